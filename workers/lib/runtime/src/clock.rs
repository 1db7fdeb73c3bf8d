//! The clock: what begins because time has passed.
//!
//! A timer only publishes the first step of a sweep, under an id derived from its key, and again for as long as nobody took it: the stage knows a step
//! that it has carried out. Any number of processes may look; the database's clock says what is due. Bounds: a look every [`LOOK`].

use std::{future::Future, time::Duration};

use salur_schemas::Message;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{broker::Broker, client::Client, stage::Failure};

/// How long something may be due before the clock says so.
pub const LOOK: Duration = Duration::from_secs(10);
const PRODUCER: &str = "clock";

/// Says what is due until told to stop.
pub async fn strike<M, F>(due: impl Fn() -> F + Send, broker: &Broker, shutdown: &CancellationToken)
where
    M: Message,
    F: Future<Output = Result<Vec<M>, Failure>> + Send,
{
    let client = Client::new(broker);
    while !shutdown.is_cancelled() {
        if let Err(failure) = look(&due, &client).await {
            tracing::warn!(%failure, "cannot say what is due yet");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(LOOK) => {}
        }
    }
}

async fn look<M, F>(due: &(impl Fn() -> F + Send), client: &Client) -> Result<(), Failure>
where
    M: Message,
    F: Future<Output = Result<Vec<M>, Failure>> + Send,
{
    for fact in due().await? {
        let seed = format!("{}/{}", fact.fact_type().name, fact.key());
        client.publish_facts(PRODUCER, &seed, &[fact]).await?;
    }
    Ok(())
}
