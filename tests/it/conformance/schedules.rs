//! The fixture of slot-planning: a schedule asked for twice, its step, a pay point that closes, and what is refused.

use std::sync::Arc;

use chrono::Utc;
use salur_domain::{DecisionId, TrancheId, schedule::Rule};
use salur_pipeline::slot_planning;
use salur_runtime::testkit::Delivery;
use salur_schemas::{PayPointClosed, ScheduleAdvanced, ScheduleAsked};
use salur_tests::{
    Lab,
    facts::{deliveries, moment},
};
use uuid::Uuid;

use super::fixture::{Fixture, staged};

/// Released families of two tranches, of which one is planned.
pub async fn asked(lab: &Arc<Lab>) -> Fixture {
    let (world, mut chain) = staged(lab).await;
    chain.run_until(&["account-creation"]).await;
    let asked = |id: u128, tranche| ScheduleAsked {
        decision: DecisionId(Uuid::from_u128(id)),
        tranche: TrancheId(tranche),
        rule: Rule::LastDigit,
        per_hour: Some(3),
        actor: "rina.wati".into(),
        at: moment(),
    };
    let step = |id: u128| ScheduleAdvanced { schedule: DecisionId(Uuid::from_u128(id)), tranche: TrancheId(4), after: None, at: moment() };
    let closed = |id: u128, pay_point: &str, instead: &str| PayPointClosed {
        decision: DecisionId(Uuid::from_u128(id)),
        pay_point: pay_point.into(),
        from: Utc::now().date_naive(),
        instead: instead.into(),
        document: "SE-4".into(),
        reissue: false,
        actor: "rina.wati".into(),
        at: moment(),
    };
    let course: Vec<slot_planning::In> = vec![
        asked(1, 4).into(),
        asked(1, 4).into(),
        step(1).into(),
        closed(2, "PP-1902", "PP-1906").into(),
        step(2).into(),
        closed(3, "PP-1902", "PP-1906").into(),
    ];
    let refused: Vec<slot_planning::In> =
        vec![asked(4, 99).into(), closed(5, "PP-1906", "PP-1906").into(), closed(6, "PP-0", "PP-1906").into()];
    let chains = vec![deliveries("course", &course, 1), deliveries("refused", &refused, 1)];
    let poison = vec![(Delivery::of("no-schedule", moment(), &[slot_planning::In::from(step(9))]), "there is no schedule")];
    Fixture::new("slot-planning", world, chains, poison).await
}
