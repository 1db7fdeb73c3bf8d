//! Declaring is idempotent, and what does not fit is named.

use lapin::{options::QueueDeclareOptions, types::FieldTable};
use salur_domain::Disposition;
use salur_runtime::{broker::Broker, topology};

use super::support::{SPECS, in_vhost};

#[tokio::test(flavor = "multi_thread")]
async fn declaring_twice_from_two_processes_is_fine() {
    in_vhost(|vhost| async move {
        let first = vhost.broker(SPECS).await;
        let second = vhost.broker(SPECS).await;
        for queue in topology::queues(SPECS) {
            assert_eq!(first.depth(&queue).await.expect("it is there"), (0, 0), "{queue}");
        }
        second.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_declared_differently_is_named_with_its_remedy() {
    in_vhost(|vhost| async move {
        let raw = vhost.raw().await;
        let declared = raw.channel.queue_declare("salur.toy".into(), QueueDeclareOptions::durable(), FieldTable::default()).await;
        declared.expect("a classic queue of that name");
        let broker = Broker::connect(&vhost.config()).await.expect("the broker is there");
        let failure = broker.declare(SPECS).await.expect_err("the arguments differ");
        assert_eq!(failure.disposition, Disposition::Permanent);
        let text = failure.to_string();
        assert!(text.contains("salur.toy") && text.contains("delete it"), "{text}");
    })
    .await;
}
