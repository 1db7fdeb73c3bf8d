//! For each stage: a world as it is before the stage's turn, and messages that make it do everything it can.

use std::sync::Arc;

use salur_domain::{Rupiah, TrancheId};
use salur_pipeline::intake;
use salur_runtime::testkit::{Delivery, Outcome};
use salur_schemas::{RecipientSubmitted, StatedAmount, TrancheOpened, messages};
use salur_tests::{
    Chain, Lab, Person, Plan, World,
    chain::fly,
    facts::{self, batch, declared, deliveries, row, rows},
    people::{BELITUNG, BELITUNG_TIMUR},
    programme::{AMOUNT, TAHAP_4, TAHAP_5},
};

use super::{bank, feed, keeping, packs, pauses, proofs, returns, schedules, setups, steps};

/// What a stage is tried with.
pub struct Fixture {
    /// The stage.
    pub stage: &'static str,
    /// The world, kept as it is before the stage's turn.
    pub world: World,
    /// Messages: inside a chain order matters, chains are independent of each other.
    pub chains: Vec<Vec<Delivery>>,
    /// Messages that it cannot process, and a part of the reason.
    pub poison: Vec<(Delivery, &'static str)>,
}

impl Fixture {
    /// Keeps the world as it is.
    pub async fn new(stage: &'static str, world: World, chains: Vec<Vec<Delivery>>, poison: Vec<(Delivery, &'static str)>) -> Self {
        world.keep().await;
        Self { stage, world, chains, poison }
    }

    /// All messages, chain by chain.
    pub fn all(&self) -> Vec<Delivery> {
        self.chains.concat()
    }

    /// One flight from the world as it stands, which must end.
    pub async fn hear(&self, deliveries: Vec<Delivery>) -> Outcome {
        let count = deliveries.len();
        let outcome = fly(&self.world.tools, self.stage, deliveries, None).await;
        assert_eq!((&outcome.stopped, outcome.acked.len()), (&None, count), "{} finishes its flight", self.stage);
        outcome
    }

    /// One flight after the other.
    pub async fn hear_in(&self, flights: Vec<Vec<Delivery>>) -> Outcome {
        let mut all = Outcome::default();
        for flight in flights {
            let outcome = self.hear(flight).await;
            all.emitted.extend(outcome.emitted);
            all.delayed.extend(outcome.delayed);
            all.dead.extend(outcome.dead);
        }
        all
    }
}

messages! {
    /// What opens tranches.
    pub enum Opened { TrancheOpened }
}

/// The fixture of a stage. A new stage needs one here: what it hears in every variant it knows.
pub async fn of(lab: &Arc<Lab>, stage: &'static str) -> Fixture {
    match stage {
        "programme-setup" => setups::sent_and_approved(lab).await,
        "intake" => intake(lab).await,
        "release" => steps::release(lab).await,
        "account-creation" => steps::after_release(lab, stage).await,
        "transfer-posting" => steps::after_accounts(lab, stage).await,
        "cheque-rendering" => steps::after_transfers(lab, stage).await,
        "slot-planning" => schedules::asked(lab).await,
        "pack-making" => packs::issued(lab).await,
        "photo-ingest" => proofs::captured(lab).await,
        "photo-keeping" => keeping::condemned(lab).await,
        "status-finalizer" => proofs::judged(lab).await,
        "fund-return" => returns::due(lab).await,
        "bank-reconciliation" => bank::sent_and_closed(lab).await,
        "pausing" => pauses::decided(lab).await,
        "feed-replay" => feed::replayed(lab).await,
        "reminder-planning" => steps::after_cheques(lab, stage).await,
        unknown => panic!("stage {unknown} has no conformance fixture: write one in tests/it/conformance/fixture.rs"),
    }
}

/// Staged, warned, held and rejected rows, twins, conflicts, late rows, totals that agree and totals that do not.
async fn intake(lab: &Arc<Lab>) -> Fixture {
    let world = lab.world().await;
    let done = rows("done", TAHAP_4, (1..=3).map(Person::new));
    let mut chain = Chain::new(&world);
    chain.tell("done", &batch(&done));
    chain.run_until(&["release"]).await;
    let late = row("done", TAHAP_4, "9", &Person::new(9));
    let other_totals = salur_schemas::BatchDeclared { sum: Rupiah::new(AMOUNT).expect("an amount"), ..declared(&done) };
    let lateness: Vec<intake::In> = vec![late.clone().into(), with_name(&late, "Nama Lain").into(), done[0].clone().into()];
    let totals: Vec<intake::In> = vec![declared(&done).into(), other_totals.into()];

    let mixed = mixed_rows();
    let first: Vec<intake::In> = mixed.iter().cloned().map(intake::In::from).collect();
    let twins: Vec<intake::In> = vec![mixed[0].clone().into(), mixed[0].clone().into(), with_name(&mixed[0], "Nama Lain").into()];

    let short = rows("short", TAHAP_5, (30..=35).map(|n| Person::of(BELITUNG_TIMUR, n)));
    let wrong_sum = salur_schemas::BatchDeclared { sum: Rupiah::ZERO, ..declared(&short) };
    let short: Vec<intake::In> = short.into_iter().map(intake::In::from).chain([wrong_sum.into()]).collect();
    let chains = vec![
        deliveries("late", &lateness, 10),
        deliveries("totals", &totals, 10),
        [
            deliveries("mixed", &first, 3),
            deliveries("twins", &twins, 10),
            deliveries("mixed-total", &[declared(&mixed).into()] as &[intake::In], 1),
        ]
        .concat(),
        deliveries("short", &short, 4),
        deliveries("strange", &strangers(), 10),
    ];
    Fixture::new("intake", world, chains, vec![]).await
}

/// One row of every kind that intake tells apart.
fn mixed_rows() -> Vec<RecipientSubmitted> {
    let mut mixed = rows("mixed", TAHAP_4, (10..=18).map(|n| Person::of(if n % 2 == 0 { BELITUNG } else { BELITUNG_TIMUR }, n)));
    mixed[1].nik = "190201".into();
    mixed[2].nik = "1902016313850007".into();
    mixed[2].birth_date = None;
    mixed[3].amount = StatedAmount::Number((2 * AMOUNT).into());
    mixed[4].village = "1902019999".into();
    mixed[5].sex = Some("?".into());
    mixed[6].village = "3171011001".into();
    mixed[7].kk = String::new();
    mixed
}

/// Rows of a tranche and a source that nobody knows, and an amount that cannot be read.
fn strangers() -> Vec<intake::In> {
    let mut strangers = rows("strange", "BST-99", (40..=42).map(Person::new));
    strangers[1].source.0 = "nobody".into();
    strangers[2].amount = StatedAmount::Text("tiga ratus ribu".into());
    strangers.into_iter().map(intake::In::from).collect()
}

/// The same row under another name.
pub fn with_name(row: &RecipientSubmitted, name: &str) -> RecipientSubmitted {
    RecipientSubmitted { name: name.into(), ..row.clone() }
}

/// Two tranches of mixed rows, staged: Belitung Timur has money for one family a tranche, one earlier batch of tranche 4 is released.
pub async fn staged(lab: &Arc<Lab>) -> (World, Chain) {
    let plan = Plan { belitung_timur: AMOUNT, ..Plan::default() };
    let world = lab.world_with(&plan).await;
    let mut chain = Chain::new(&world);
    let earlier = rows("earlier", TAHAP_4, [Person::new(1), Person::new(2)]);
    chain.tell("earlier", &batch(&earlier));
    chain.run_until(&["account-creation"]).await;
    for (name, tranche) in [("four", TAHAP_4), ("five", TAHAP_5)] {
        chain.tell(name, &batch(&households(name, tranche)));
    }
    chain.run_until(&["release", "account-creation"]).await;
    (world, chain)
}

/// Accepted rows, a pair, a household twice, a person of an earlier batch with the same and with other content, a regency short of money.
fn households(name: &str, tranche: &str) -> Vec<RecipientSubmitted> {
    let mut persons: Vec<Person> = (3..=9).map(Person::new).collect();
    persons.push(Person::new(9));
    persons.push(Person { kk: Person::new(3).kk, ..Person::new(20) });
    persons.extend([Person::new(1), Person { name: "Nama Lain".into(), ..Person::new(2) }]);
    persons.extend([Person::of(BELITUNG_TIMUR, 50), Person::of(BELITUNG_TIMUR, 51)]);
    if tranche == TAHAP_5 {
        persons[0].name = "Nama Baru".into();
    }
    rows(name, tranche, persons)
}

/// The message that a tranche was opened.
pub fn opened(tranche: i32) -> Delivery {
    let fact = TrancheOpened { tranche: TrancheId(tranche), at: facts::moment() };
    Delivery::of(&format!("opened-{tranche}"), facts::moment(), &[Opened::from(fact)])
}
