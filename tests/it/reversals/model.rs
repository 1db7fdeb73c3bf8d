//! Any course of captures, reviews, undos, returns and redeliveries agrees with a reference ledger of a few lines that knows nothing of ours.
//!
//! Each family has a course of its own: at every turn one random thing happens to it, or a message of an earlier turn comes again. Thousands of families
//! share a flight. Claims and judged proofs are written as portal and photo-ingest write them, without photos; everything after them is the real stages.
//! Half-way the window ends and the sweep returns what is open. After every turn each account must hold what the reference holds, to the rupiah.

use std::collections::BTreeMap;

use chrono::Utc;
use salur_domain::{
    CaptureId, ClaimId, DecisionId,
    reversal::{ReviewGround, UndoGround, Verdict},
};
use salur_pipeline::{fund_return, status_finalizer::In};
use salur_schemas::{HandOverUndone, ProofAccepted, ProofQuestioned, ProofReviewed, UndoneBy};
use salur_tests::{
    Chain, Person, Plan, World,
    facts::{batch, moment, rows},
    in_lab,
    programme::{AMOUNT, FLOAT, TAHAP_4},
};
use uuid::Uuid;

use super::{AGUS, RINA, holds};

const TELLERS: [&str; 2] = ["TELLER-1", "TELLER-2"];
/// Things that happen to each family.
const TURNS: usize = 8;
/// The window ends after this one.
const LAST_OF_WINDOW: usize = 4;
/// Facts of a flight.
const FLIGHT: usize = 400;

/// xorshift (Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("a small number")
    }

    fn id(&mut self) -> Uuid {
        let high = u128::from(self.0);
        self.below(2);
        Uuid::from_u128((high << 64) | u128::from(self.0))
    }
}

/// A claim with what was captured under it.
struct Visit {
    claim: Uuid,
    teller: usize,
    captures: Vec<(Uuid, bool)>,
    undone: bool,
    spent: bool,
    signers: Vec<&'static str>,
}

/// Where the money of a family is.
#[derive(Clone, Copy, PartialEq)]
enum Where {
    Open,
    Handed { visit: usize, capture: Uuid, paid: bool },
    Returned,
}

/// A family: its payment, its visits, where its money is, and what was said about it before.
struct Family {
    payment: Uuid,
    visits: Vec<Visit>,
    at: Where,
    said: Vec<In>,
}

/// The reference: what each account holds, and whether the window is over.
#[derive(Default)]
struct Reference {
    drawers: [i64; 2],
    answers_for: [i64; 2],
    due: i64,
    is_over: bool,
}

impl Reference {
    /// The money is owed to the family again, or goes back.
    fn reopen(&mut self, family: &mut Family) {
        family.at = if self.is_over { Where::Returned } else { Where::Open };
        if self.is_over {
            self.due += AMOUNT;
        }
    }

    fn captured(&mut self, family: &mut Family, visit: usize, capture: Uuid, believed: bool) {
        if family.visits[visit].undone || family.visits[visit].spent || matches!(family.at, Where::Handed { .. }) {
            return;
        }
        if family.at == Where::Returned {
            self.due -= AMOUNT;
        }
        self.drawers[family.visits[visit].teller] -= AMOUNT;
        family.at = Where::Handed { visit, capture, paid: believed };
    }

    fn reviewed(&mut self, family: &mut Family, about: Uuid, verdict: Verdict) {
        let Where::Handed { visit, capture, paid: false } = family.at else { return };
        if capture != about {
            return;
        }
        if verdict == Verdict::Paid {
            family.at = Where::Handed { visit, capture, paid: true };
            return;
        }
        self.answers_for[family.visits[visit].teller] += AMOUNT;
        family.visits[visit].spent = true;
        self.reopen(family);
    }

    fn undone(&mut self, family: &mut Family, visit: usize, signer: Option<&'static str>) {
        let stands = matches!(family.at, Where::Handed { visit: other, .. } if other == visit);
        let of = &mut family.visits[visit];
        if of.undone {
            return;
        }
        if let Some(signer) = signer {
            if !stands || of.signers == [signer] {
                return;
            }
            of.signers.push(signer);
            if of.signers.len() < 2 {
                return;
            }
        }
        of.undone = true;
        if stands {
            self.drawers[of.teller] += AMOUNT;
            self.reopen(family);
        }
    }
}

impl Family {
    fn new(payment: Uuid) -> Self {
        Self { payment, visits: Vec::new(), at: Where::Open, said: Vec::new() }
    }

    /// One thing at random: what stages hear, what is written before, and what the reference makes of it.
    fn turn(&mut self, dice: &mut Dice, plain: &mut Reference, written: &mut Vec<Written>) -> In {
        let what = dice.below(10);
        if what == 0 && !self.said.is_empty() {
            return self.said[dice.below(self.said.len())].clone();
        }
        if what < 5 || self.visits.is_empty() {
            return self.capture(dice, plain, written);
        }
        let visit = dice.below(self.visits.len());
        if what < 8 && !self.visits[visit].captures.is_empty() {
            let (capture, _) = self.visits[visit].captures[dice.below(self.visits[visit].captures.len())];
            let ground = ReviewGround::ALL[dice.below(ReviewGround::ALL.len())];
            plain.reviewed(self, capture, ground.verdict());
            let (document, actor) = ("BA".to_owned(), RINA.to_owned());
            return ProofReviewed { decision: DecisionId(dice.id()), capture: CaptureId(capture), ground, document, actor, at: moment() }
                .into();
        }
        let (by, at, signer) = match dice.below(4) {
            0 => (UndoneBy::Device(format!("DEV-{}", self.visits[visit].teller + 1)), Utc::now(), None),
            1 => (UndoneBy::Actor(RINA.into()), Utc::now(), Some(RINA)),
            2 => (UndoneBy::Actor(AGUS.into()), Utc::now(), Some(AGUS)),
            _ => (UndoneBy::Device("DEV-3".into()), Utc::now(), Some("")),
        };
        // the word of another device is nobody's
        if signer != Some("") {
            plain.undone(self, visit, signer);
        }
        let (decision, claim) = (DecisionId(dice.id()), ClaimId(self.visits[visit].claim));
        HandOverUndone { decision, claim, ground: UndoGround::GivenBack, document: "BA".into(), by, at }.into()
    }

    /// A photo, of a visit of its own or of an earlier one.
    fn capture(&mut self, dice: &mut Dice, plain: &mut Reference, written: &mut Vec<Written>) -> In {
        let is_new = self.visits.is_empty() || dice.below(3) > 0;
        let visit = if is_new { self.visits.len() } else { dice.below(self.visits.len()) };
        if is_new {
            let (claim, teller) = (dice.id(), dice.below(2));
            self.visits.push(Visit { claim, teller, captures: vec![], undone: false, spent: false, signers: vec![] });
        }
        let (capture, believed) = (dice.id(), dice.below(2) == 0);
        self.visits[visit].captures.push((capture, believed));
        let of = &self.visits[visit];
        written.push(Written {
            payment: self.payment,
            claim: is_new.then_some(of.claim),
            of: of.claim,
            teller: of.teller,
            capture,
            believed,
        });
        plain.captured(self, visit, capture, believed);
        let capture = CaptureId(capture);
        if believed {
            ProofAccepted { capture, payments: vec![], at: moment() }.into()
        } else {
            ProofQuestioned { capture, payments: vec![], findings: vec![], at: moment() }.into()
        }
    }
}

/// A judged proof, and its claim where it is new.
struct Written {
    payment: Uuid,
    claim: Option<Uuid>,
    of: Uuid,
    teller: usize,
    capture: Uuid,
    believed: bool,
}

async fn write(world: &World, written: &[Written]) {
    let claims: Vec<&Written> = written.iter().filter(|one| one.claim.is_some()).collect();
    let device = |one: &&Written| format!("DEV-{}", one.teller + 1);
    let insert = sqlx::query(
        "INSERT INTO claims (id, programme, account, device, teller, tranches, payments, expires_at)
         SELECT k.id, 'BST', p.account, k.device, k.teller, ARRAY[4], ARRAY[p.id], now() + interval '1 day'
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS k(id, payment, device, teller) JOIN payments p ON p.tranche = 4 AND p.id = k.payment",
    );
    let insert =
        insert.bind(claims.iter().map(|one| one.of).collect::<Vec<_>>()).bind(claims.iter().map(|one| one.payment).collect::<Vec<_>>());
    let insert = insert.bind(claims.iter().map(device).collect::<Vec<_>>());
    let insert = insert.bind(claims.iter().map(|one| TELLERS[one.teller]).collect::<Vec<_>>());
    insert.execute(&world.sql).await.expect("claims are written");
    let insert = sqlx::query(
        "INSERT INTO proofs (capture, claim, device, teller, sha256, size, statement, signature, content, judgement, tranches, payments,
           captured_at, received_at, village, pay_point, rupiah)
         SELECT k.capture, c.id, c.device, c.teller, sha256(k.capture::text::bytea), 1, jsonb_build_object('capture', k.capture,
           'claim', c.id, 'sha256', '', 'size', 1, 'device', c.device, 'teller', c.teller, 'taken_at', '2020-07-14T09:03:04+07:00', 'clock_offset_s', 0),
           '', '', k.judgement, c.tranches, c.payments, now(), now(), '', '', 0
         FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS k(capture, claim, judgement) JOIN claims c ON c.id = k.claim",
    );
    let insert =
        insert.bind(written.iter().map(|one| one.capture).collect::<Vec<_>>()).bind(written.iter().map(|one| one.of).collect::<Vec<_>>());
    let insert = insert.bind(written.iter().map(|one| if one.believed { "accepted" } else { "questioned" }).collect::<Vec<_>>());
    insert.execute(&world.sql).await.expect("proofs are written");
}

async fn heard(world: &World, seed: &str, facts: &[In]) {
    for (number, facts) in facts.chunks(FLIGHT).enumerate() {
        let mut chain = Chain::new(world);
        chain.tell(&format!("{seed}-{number}"), facts);
        chain.run().await;
        assert!(chain.dead.is_empty(), "nothing is a dead letter: {:?}", chain.dead[0].headers.cause);
    }
}

async fn assert_agrees(world: &World, families: &[Family], plain: &Reference, turn: usize) {
    for (teller, code) in TELLERS.into_iter().enumerate() {
        assert_eq!(holds(world, "teller_cash", code).await, FLOAT + plain.drawers[teller], "drawer of {code} after turn {turn}");
        assert_eq!(holds(world, "cash_difference", code).await, plain.answers_for[teller], "what {code} answers for after turn {turn}");
    }
    let owed = "SELECT coalesce(sum(credits - debits), 0)::bigint FROM ledger_accounts WHERE tranche = 4 AND kind =";
    assert_eq!(world.one::<i64>(&format!("{owed} 'return_due'")).await, plain.due, "due to the treasury after turn {turn}");
    let open = i64::try_from(families.iter().filter(|family| family.at == Where::Open).count()).expect("few");
    assert_eq!(world.one::<i64>(&format!("{owed} 'recipient'")).await, open * AMOUNT, "owed to families after turn {turn}");
    let mut statuses: BTreeMap<String, i64> = BTreeMap::new();
    for family in families {
        let status = match family.at {
            Where::Open => "cheque_issued",
            Where::Handed { paid: true, .. } => "paid",
            Where::Handed { paid: false, .. } => "in_question",
            Where::Returned => "returned",
        };
        *statuses.entry(status.to_owned()).or_default() += 1;
    }
    assert_eq!(world.statuses().await, statuses, "after turn {turn}");
}

/// Families with cheques, whose window is open.
async fn families(world: &World, count: u32) -> Vec<Family> {
    for (number, from) in (0..count).step_by(5_000).enumerate() {
        let name = format!("list-{number}");
        let mut chain = Chain::new(world);
        chain.tell(&name, &batch(&rows(&name, TAHAP_4, (from..count.min(from + 5_000)).map(Person::new))));
        chain.run().await;
    }
    for name in [RINA, AGUS] {
        let make = sqlx::query("INSERT INTO actors (name, kind, role, created_by) VALUES ($1, 'person', 'supervisor', 'test')");
        make.bind(name).execute(&world.sql).await.expect("the owner may");
    }
    let payments: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM payments ORDER BY id").fetch_all(&world.sql).await.expect("readable");
    payments.into_iter().map(Family::new).collect()
}

/// The window ends, and the sweep comes by.
async fn end_window(world: &World, families: &mut [Family], plain: &mut Reference) {
    world.end_window(4).await;
    plain.is_over = true;
    for family in families.iter_mut().filter(|family| family.at == Where::Open) {
        family.at = Where::Returned;
        plain.due += AMOUNT;
    }
    for due in fund_return::due(&world.tools).await.expect("the database is there") {
        let fund_return::Out::ReturnAdvanced(step) = due else { panic!("the clock begins sweeps alone") };
        let mut chain = Chain::new(world);
        chain.tell("due", &[fund_return::In::from(step)]);
        chain.run().await;
    }
}

async fn courses(count: u32, seed: u64) {
    in_lab(async move |lab| {
        let world = lab.world_with(&Plan { cheques_stored: false, ..Plan::default() }).await;
        let mut families = families(&world, count).await;
        assert_eq!(families.len(), usize::try_from(count).expect("a count"), "every family has a payment");
        let (mut dice, mut plain) = (Dice(seed), Reference::default());
        for turn in 0..TURNS {
            let (mut facts, mut written) = (Vec::new(), Vec::new());
            for family in &mut families {
                let fact = family.turn(&mut dice, &mut plain, &mut written);
                facts.push(fact.clone());
                family.said.push(fact);
            }
            write(&world, &written).await;
            heard(&world, &format!("turn-{turn}"), &facts).await;
            assert_agrees(&world, &families, &plain, turn).await;
            if turn == LAST_OF_WINDOW {
                end_window(&world, &mut families, &mut plain).await;
                assert_agrees(&world, &families, &plain, turn).await;
            }
        }
        world.turn_back(4).await;
        assert_eq!(sound(&world).await, Vec::<String>::new());
    })
    .await;
}

/// What verify finds, but for what this test wrote without its makers: photos, statements, lines of the journal, cheques signed for the window it moved.
async fn sound(world: &World) -> Vec<String> {
    let made_up = ["journal:", "proof-statements:", "cheque-tokens:", "objects:", "thumbnails:", "photos:"];
    let found = world.violations().await;
    found.into_iter().filter(|line| !made_up.iter().any(|check| line.starts_with(check))).collect()
}

#[tokio::test]
async fn five_hundred_courses_agree_with_a_reference_ledger() {
    for seed in [0x5a1a_2026, 0x0dd_ba11] {
        courses(250, seed).await;
    }
}

#[tokio::test]
async fn long_a_hundred_thousand_courses_agree_with_a_reference_ledger() {
    courses(100_000, 0x1234_5678_9abc).await;
}

/// The negative control: a reference that forgets one rupiah is told apart.
#[tokio::test]
#[should_panic(expected = "what TELLER-1 answers for")]
async fn a_reference_that_is_wrong_by_a_rupiah_does_not_agree() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let plain = Reference { answers_for: [1, 0], ..Reference::default() };
        assert_agrees(&world, &[], &plain, 0).await;
    })
    .await;
}
