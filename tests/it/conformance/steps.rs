//! Fixtures of the stages between rows and cheques.

use std::sync::Arc;

use salur_domain::{AccountId, BatchId, DecisionId, PaymentId, RowKey, Rupiah, SourceName, TrancheId, hold::Ruling, replacement::Loss};
use salur_pipeline::{account_creation, cheque_rendering, intake, release as releasing, transfer_posting};
use salur_runtime::testkit::Delivery;
use salur_schemas::{
    AccountOpened, BatchCompleted, ChequeIssued, ChequeKeyRotated, ChequeReplaced, Hold, HoldDecided, PaymentReopened, RecipientAccepted,
    RecipientReplaced, RecipientSubmitted, RecipientWithdrawn, Substitute, TransferPosted, envelope::Envelope,
};
use salur_tests::{
    Chain, Lab, Person, World, example,
    facts::{deliveries, moment, row},
    programme::{SOURCE, TAHAP_4},
};
use uuid::Uuid;

use super::{
    cash,
    fixture::{Fixture, opened, staged},
};

/// Facts of a message in fixtures: several messages of several facts.
const FACTS: usize = 3;

/// Two batches of two tranches, step by step: the messages are recorded in a first run.
pub async fn release(lab: &Arc<Lab>) -> Fixture {
    let (world, mut chain) = staged(lab).await;
    let completed = chain.take("release");
    chain.tell("substitutes", &substitutes());
    chain.run_until(&["release", "account-creation"]).await;
    let substitutes = chain.take("release");
    world.keep().await;
    let mut recording = Chain::new(&world);
    recording.publish(completed);
    recording.run_until(&["account-creation"]).await;
    recording.tell("decided", &decisions());
    recording.tell("taken back", &taken_back());
    recording.publish(substitutes);
    recording.run_until(&["account-creation"]).await;
    world.rewind().await;
    let of = |name: &str| {
        let batch = BatchId::of(SOURCE, name).to_string();
        let named = format!("\"batch\":\"{name}\"");
        let mine = |delivery: &Delivery| {
            let body = String::from_utf8_lossy(&delivery.body);
            body.contains(&batch) || body.contains(&named)
        };
        recording
            .heard
            .iter()
            .filter(|(stage, _)| *stage == "release")
            .map(|(_, delivery)| delivery.clone())
            .filter(mine)
            .collect::<Vec<_>>()
    };
    let nobody = BatchCompleted { batch: BatchId::of("nobody", "nothing"), at: moment() };
    let poison = vec![(Delivery::of("no-batch", moment(), &[releasing::In::from(nobody)]), "does not exist")];
    Fixture::new("release", world, vec![[vec![opened(4)], of("four")].concat(), of("five")], poison).await
}

/// What upstream takes back of batch four: a payment, twice; an ended row; one that never came.
fn taken_back() -> Vec<releasing::In> {
    let document = |row: &str| if row == "1" { "BA-1" } else { "BA-2" };
    let old = |row: &str| RecipientWithdrawn {
        source: SourceName(SOURCE.into()),
        batch: "four".into(),
        row: RowKey(row.into()),
        reason: "moved".into(),
        document: document(row).into(),
        at: moment(),
    };
    ["1", "1", "11", "99"].map(old).map(releasing::In::from).into()
}

/// Families in the place of others of batch four: one that fits, one that comes to a place that is taken.
fn substitutes() -> Vec<intake::In> {
    let substitute = |(replaced, key, n): (&str, &str, u32)| {
        let RecipientSubmitted { source, batch, tranche, row, nik, kk, name, birth_date, sex, address, village, home_visit, amount } =
            row("four", TAHAP_4, key, &Person::new(n));
        let substitute = Substitute { tranche, row, nik, kk, name, birth_date, sex, address, village, home_visit, amount };
        let (reason, document) = ("died".into(), "BA-9".into());
        RecipientReplaced { source, batch, row: RowKey(replaced.into()), substitute, reason, document, at: moment() }
    };
    [("2", "2-b", 60), ("2", "2-c", 61)].map(substitute).map(intake::In::from).into()
}

/// What a supervisor decides about the holds of batch four, and one decision too late.
fn decisions() -> Vec<releasing::In> {
    let row = |row: &str| Hold::Row(RowKey(row.into()));
    let decided = [
        (row("7"), "NIK09", Ruling::Release),
        (row("8"), "NIK09", Ruling::Release),
        (row("9"), "NIK10", Ruling::Release),
        (row("11"), "NIK09b", Ruling::Reject),
        (row("11"), "NIK09b", Ruling::Release),
        (Hold::Part("1906".into()), "MON01", Ruling::Release),
        (Hold::Part("1906".into()), "MON01", Ruling::Reject),
    ];
    let (batch, reason, actor) = (BatchId::of(SOURCE, "four"), "seen the cards", "siti.aminah");
    let fact = |(n, (hold, code, ruling)): (u128, (Hold, &str, Ruling))| HoldDecided {
        decision: DecisionId(Uuid::from_u128(n)),
        batch,
        hold,
        code: code.into(),
        ruling,
        reason: reason.into(),
        actor: actor.into(),
        at: moment(),
    };
    (1..).zip(decided).map(fact).map(releasing::In::from).collect()
}

/// Accepted payments of two tranches, the same persons in both, one renamed, one cancelled.
pub async fn after_release(lab: &Arc<Lab>, stage: &'static str) -> Fixture {
    let (world, mut chain) = staged(lab).await;
    chain.run_until(&[stage]).await;
    cancel_one(&world).await;
    let accepted: Vec<account_creation::In> = facts(&chain.take(stage), RecipientAccepted::into);
    let stranger = RecipientAccepted {
        payment: PaymentId(Uuid::nil()),
        tranche: TrancheId(4),
        source: SourceName(SOURCE.into()),
        batch: BatchId(Uuid::nil()),
        row: RowKey("1".into()),
        at: moment(),
    };
    fixture(stage, world, &accepted, &[stranger.into()]).await
}

/// Payments with accounts.
pub async fn after_accounts(lab: &Arc<Lab>, stage: &'static str) -> Fixture {
    let (world, mut chain) = staged(lab).await;
    chain.run_until(&[stage]).await;
    cancel_one(&world).await;
    let opened: Vec<transfer_posting::In> = facts(&chain.take(stage), AccountOpened::into);
    let (payment, account) = (PaymentId(Uuid::nil()), AccountId(Uuid::nil()));
    let stranger = AccountOpened { payment, account, tranche: TrancheId(4), at: moment() };
    let mut fixture = fixture(stage, world, &opened, &[stranger.into()]).await;
    fixture.chains.extend(cash::said());
    fixture
}

/// Funded payments.
pub async fn after_transfers(lab: &Arc<Lab>, stage: &'static str) -> Fixture {
    let (world, mut chain) = staged(lab).await;
    chain.run_until(&[stage]).await;
    cancel_one(&world).await;
    let posted: Vec<cheque_rendering::In> = facts(&chain.take(stage), TransferPosted::into);
    let (payment, amount) = (PaymentId(Uuid::nil()), Rupiah::ZERO);
    let stranger = TransferPosted { payment, amount, tranche: TrancheId(4), at: moment() };
    let people = "INSERT INTO actors (name, kind, role, created_by) VALUES ('rina.wati', 'person', 'supervisor', 'test'),
        ('agus.salim', 'person', 'supervisor', 'test')";
    sqlx::query(people).execute(&world.sql).await.expect("the owner may");
    let mut fixture = fixture(stage, world, &posted, &[stranger.into()]).await;
    let reopened = |posted: &cheque_rendering::In, cheque| {
        let cheque_rendering::In::TransferPosted(posted) = posted else { panic!("funded alone waits here") };
        PaymentReopened { payment: posted.payment, tranche: posted.tranche, round: 2, cheque, at: moment() }.into()
    };
    let again: [cheque_rendering::In; 2] = [reopened(&posted[0], Some(2)), reopened(&posted[1], None)];
    fixture.chains.push(deliveries("reopened", &again, 1));
    let rotated = |n: u128, tranche| ChequeKeyRotated {
        decision: DecisionId(Uuid::from_u128(n)),
        tranche: TrancheId(tranche),
        reason: "a laptop was lost".into(),
        actor: "the.admin".into(),
        at: moment(),
    };
    let rotations = [rotated(1, 4), rotated(2, 4), rotated(1, 4), rotated(3, 5)].map(cheque_rendering::In::from);
    fixture.chains.push(deliveries("rotated", &rotations, 1));
    fixture.chains.extend(replaced(&posted));
    fixture
}

/// Wishes to replace cheques: seconded, by one alone, on two grounds, once more than there is, and of a payment that ended. Each after its cheque.
fn replaced(posted: &[cheque_rendering::In]) -> Vec<Vec<Delivery>> {
    let of = |at: usize| {
        let cheque_rendering::In::TransferPosted(posted) = &posted[at] else { panic!("funded alone waits here") };
        posted.clone()
    };
    let said = |n: u128, at: usize, version: u16, loss: Loss, actor: &str| {
        let (payment, tranche, decision) = (of(at).payment, of(at).tranche, DecisionId(Uuid::from_u128(0x7000 + n)));
        let (document, actor, at) = ("LP-1".to_owned(), actor.to_owned(), moment());
        cheque_rendering::In::from(ChequeReplaced { decision, payment, tranche, version, loss, document, actor, at })
    };
    let (rina, agus) = ("rina.wati", "agus.salim");
    let chains = [
        vec![
            said(1, 3, 1, Loss::Lost, rina),
            said(2, 3, 1, Loss::Lost, rina),
            said(3, 3, 1, Loss::Lost, agus),
            said(4, 3, 1, Loss::Stolen, rina),
        ],
        vec![said(5, 4, 1, Loss::Damaged, rina), said(6, 4, 1, Loss::Stolen, agus)],
        vec![said(7, 5, 2, Loss::Lost, rina)],
    ];
    let chain = |(number, said): (usize, Vec<cheque_rendering::In>)| {
        let at = number + 3;
        let mut all = vec![of(at).into()];
        all.extend(said);
        deliveries(&format!("replaced-{number}"), &all, 1)
    };
    chains.into_iter().enumerate().map(chain).collect()
}

/// Issued cheques, and the example's table.
pub async fn after_cheques(lab: &Arc<Lab>, stage: &'static str) -> Fixture {
    let (world, mut chain) = staged(lab).await;
    chain.run().await;
    sqlx::raw_sql(example::reminders::MIGRATION).execute(&world.sql).await.expect("the example's migration applies");
    let issued: Vec<example::In> = chain.facts::<ChequeIssued>().into_iter().map(example::In::from).collect();
    let (payment, serial) = (PaymentId(Uuid::nil()), String::new());
    let stranger = ChequeIssued { payment, serial, tranche: TrancheId(4), version: 1, at: moment() };
    let mut fixture = fixture(stage, world, &issued, &[stranger.into()]).await;
    fixture.poison[0].1 = "foreign key";
    fixture
}

async fn fixture<M: salur_schemas::Message>(stage: &'static str, world: World, facts: &[M], stranger: &[M]) -> Fixture {
    assert!(facts.len() > 2 * FACTS, "a fixture has several messages of several facts");
    let chains = deliveries("fact", facts, FACTS).into_iter().map(|delivery| vec![delivery]).collect();
    let poison = vec![(Delivery::of("no-payment", moment(), stranger), "does not exist")];
    Fixture::new(stage, world, chains, poison).await
}

/// Withdraws the first payment, as a later command will.
async fn cancel_one(world: &World) {
    let cancel =
        "UPDATE payments SET cancelled_at = now() WHERE (tranche, id) = (SELECT tranche, id FROM payments ORDER BY tranche, id LIMIT 1)";
    let done = sqlx::query(cancel).execute(&world.sql).await.expect("the owner may cancel");
    assert_eq!(done.rows_affected(), 1);
}

/// The facts of messages, wrapped for the stage that hears them.
pub fn facts<F: salur_schemas::Fact, M>(deliveries: &[Delivery], wrap: impl Fn(F) -> M) -> Vec<M> {
    let mut all = Vec::new();
    for delivery in deliveries {
        let envelope = Envelope::parse(&delivery.body).expect("stages say well-formed messages");
        all.extend(envelope.facts().map(|json| wrap(serde_json::from_str(json).expect("facts fit their type"))));
    }
    all
}
