//! `salur simulate registry`, as an operator starts it.

use std::{process::Stdio, sync::Arc, time::Duration};

use salur_pipeline::registry::{
    Door,
    http::{HttpRegistry, Settings},
};
use salur_tests::{Person, World, facts::rows, in_lab, programme::TAHAP_4};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use super::sent;

const TIMEOUT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn the_simulated_registry_is_asked_like_a_real_one_and_answers_by_its_dice() {
    in_lab(async |lab| {
        let binary = salur_tests::binary();
        let dice = ["--unknown", "500", "--deceased", "0", "--differs", "0", "--slow", "0", "--broken", "300", "--nonsense", "300"];
        let mut process = Command::new(binary)
            .args(["simulate", "registry"])
            .args(dice)
            .env("SALUR__REGISTRY__TOKEN", "of-the-rehearsal")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary runs");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let url = lines.next_line().await.expect("it can be read").expect("its address");
        let registry = HttpRegistry::new(&Settings { url: &url, token: Some("of-the-rehearsal"), timeout: TIMEOUT }).expect("an address");
        let world = lab.world().await;
        let tools = Arc::into_inner(world.tools).expect("nobody else has the tools yet");
        let tools = Arc::new(salur_pipeline::Tools { registry: Some(Door::new(Arc::new(registry), 1)), ..tools });
        let world = World { tools, ..world };
        // five: with one question at a time, the first answers come before eight in a row had none
        let mut chain = sent(&world, "a", &rows("a", TAHAP_4, (1..=5).map(Person::new))).await;
        chain.undelay();
        chain.run().await;
        assert!(chain.delayed.is_empty(), "trouble is met once");
        assert_eq!(world.count("registry_answers").await, 5);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}
