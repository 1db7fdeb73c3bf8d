//! The fixture of pausing: payments that wait for each of three stages; each kind paused, resumed, refused, again and in conflict; steps of resumptions.

use std::sync::Arc;

use salur_domain::{DecisionId, TrancheId, ids::NAMESPACE, pause::Kind};
use salur_pipeline::pausing::In;
use salur_runtime::testkit::Delivery;
use salur_schemas::{PauseDecided, ResumptionAdvanced};
use salur_tests::{
    Lab, Person,
    facts::{deliveries, moment},
    people::BELITUNG,
    programme::TAHAP_4,
};
use uuid::Uuid;

use super::fixture::{Fixture, staged};

fn said(seed: &str, kind: Kind, scope: &str, paused: bool) -> PauseDecided {
    let (decision, scope, actor) = (DecisionId(Uuid::new_v5(&NAMESPACE, seed.as_bytes())), scope.to_owned(), "siti.aminah".to_owned());
    PauseDecided { decision, kind, scope, paused, reason: "banjir".into(), actor, at: moment() }
}

/// Each kind in turn, with what cannot be done.
fn decisions() -> Vec<Vec<In>> {
    let paused = said("pause 4", Kind::Tranche, TAHAP_4, true);
    let other = PauseDecided { reason: "dugaan".into(), ..paused.clone() };
    let tranche = vec![
        paused.clone().into(),
        PauseDecided { at: moment() + chrono::TimeDelta::hours(1), ..paused }.into(),
        other.into(),
        said("pause 4 again", Kind::Tranche, TAHAP_4, true).into(),
        said("resume 4", Kind::Tranche, TAHAP_4, false).into(),
        said("resume 4 again", Kind::Tranche, TAHAP_4, false).into(),
    ];
    let regency =
        vec![said("pause 1902", Kind::Regency, BELITUNG, true).into(), said("resume 1902", Kind::Regency, BELITUNG, false).into()];
    let others = vec![
        said("a point", Kind::PayPoint, "PP-1902", true).into(),
        said("a teller", Kind::Teller, "TELLER-1", true).into(),
        said("a stage", Kind::Stage, "cheque-rendering", true).into(),
        said("itself", Kind::Stage, "pausing", true).into(),
        said("nobody", Kind::Teller, "NOBODY", true).into(),
        said("nowhere", Kind::Tranche, "BST-99", false).into(),
    ];
    vec![tranche, regency, others]
}

/// Payments that are accepted, have their account, are funded; nothing of it is paused.
pub async fn decided(lab: &Arc<Lab>) -> Fixture {
    let (world, mut chain) = staged(lab).await;
    chain.run_until(&["account-creation"]).await;
    let mut accepted = chain.take("account-creation");
    let last = accepted.pop().expect("batches were released");
    chain.publish([last]);
    chain.run_until(&["transfer-posting"]).await;
    chain.take("transfer-posting");
    let next = accepted.pop().expect("two batches were released");
    chain.publish([next]);
    chain.run_until(&["cheque-rendering"]).await;
    let statuses = world.statuses().await;
    for status in ["accepted", "account_open", "funded"] {
        assert!(statuses.contains_key(status), "payments wait for each stage: {statuses:?}");
    }
    let step = |tranche, regency: Option<&str>, after| -> In {
        let (decision, regency) = (DecisionId(Uuid::nil()), regency.map(str::to_owned));
        ResumptionAdvanced { decision, tranche: TrancheId(tranche), regency, after, at: moment() }.into()
    };
    let (_, someone) = world.payment(4, &Person::new(1));
    let steps = [step(4, None, None), step(5, None, None), step(5, Some(BELITUNG), None), step(4, None, Some(someone))];
    let mut chains: Vec<Vec<Delivery>> =
        decisions().iter().enumerate().map(|(at, facts)| deliveries(&format!("said-{at}"), facts, 4)).collect();
    chains.extend(deliveries("step", &steps, 1).into_iter().map(|step| vec![step]));
    Fixture::new("pausing", world, chains, vec![]).await
}
