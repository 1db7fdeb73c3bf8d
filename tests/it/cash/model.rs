//! Any course of moves, hand-overs and counts agrees with a ledger of a few lines that knows nothing of ours.

use std::collections::BTreeMap;

use salur_pipeline::{photo_ingest, transfer_posting::In};
use salur_schemas::CashCounted;
use salur_tests::{
    Chain, Person, World,
    facts::{batch, rows},
    in_lab,
    programme::{AMOUNT, FLOAT, TAHAP_4, counters},
};

use super::{BANK, OFFICE, counted, day, effect, held, moved, tell};

const FLIGHTS: u32 = 60;
const MOST_IN_A_FLIGHT: u64 = 5;
const FAMILIES: u32 = 6;
const PLACES: [&str; 7] =
    [BANK, OFFICE, "teller:TELLER-1", "teller:TELLER-2", "teller:TELLER-3", "difference:TELLER-1", "difference:TELLER-2"];

/// xorshift (Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn place(&mut self) -> &'static str {
        PLACES[usize::try_from(self.below(PLACES.len() as u64)).expect("few places")]
    }
}

/// A sum per place, and the last day each teller closed.
struct Plain {
    sums: BTreeMap<String, i64>,
    closed: BTreeMap<String, i64>,
}

impl Plain {
    fn sum(&mut self, place: &str) -> &mut i64 {
        self.sums.entry(place.to_owned()).or_default()
    }

    fn shift(&mut self, from: &str, to: &str, amount: i64) {
        *self.sum(from) -= amount;
        *self.sum(to) += amount;
    }

    fn moved(&mut self, from: &str, to: &str, amount: i64) -> &'static str {
        let kind = |place: &str| place.split(':').next().unwrap_or_default().to_owned();
        let allowed = ["bank>office", "office>bank", "office>teller", "teller>office", "teller>teller", "difference>office"];
        if from == to {
            return "refused same";
        }
        if !allowed.contains(&format!("{}>{}", kind(from), kind(to)).as_str()) {
            return "refused way";
        }
        if amount == 0 {
            return "refused amount";
        }
        if *self.sum(from) < amount {
            return "refused overdrawn";
        }
        self.shift(from, to, amount);
        "booked"
    }

    /// `ordinal` counts days upwards.
    fn counted(&mut self, teller: &str, ordinal: i64, counted: i64, is_explained: bool) -> &'static str {
        let last = self.closed.get(teller).copied().unwrap_or(i64::MIN);
        let (drawer, difference) = (format!("teller:{teller}"), format!("difference:{teller}"));
        let beyond = counted - *self.sum(&drawer);
        if ordinal == last {
            return "refused closed";
        }
        if ordinal < last {
            return "refused later_day";
        }
        if beyond != 0 && !is_explained {
            return "refused differs";
        }
        self.shift(&difference, &drawer, beyond);
        self.closed.insert(teller.to_owned(), ordinal);
        "closed"
    }
}

/// One fact at random, and what must come of it.
fn any(dice: &mut Dice, plain: &mut Plain, number: u32) -> (In, &'static str) {
    if dice.below(4) > 0 {
        let (from, to) = (dice.place(), dice.place());
        let holds = (*plain.sum(from)).clamp(0, FLOAT);
        let amount = match dice.below(4) {
            0 => holds,
            1 => holds + 1,
            _ => i64::try_from(dice.below(holds.unsigned_abs() / 2 + 2)).expect("small"),
        };
        return (moved(number, from, to, amount).into(), plain.moved(from, to, amount));
    }
    let teller = ["TELLER-1", "TELLER-2"][usize::try_from(dice.below(2)).expect("two")];
    let before = i64::try_from(dice.below(20)).expect("small");
    let books = *plain.sum(&format!("teller:{teller}"));
    let notes = if dice.below(2) == 0 { books.max(0) } else { i64::try_from(dice.below(FLOAT.unsigned_abs())).expect("small") };
    let is_explained = dice.below(2) == 0;
    let explanation = if is_explained { "seen".into() } else { String::new() };
    let fact = CashCounted { explanation, ..counted(number, teller, day(before), notes) };
    (fact.into(), plain.counted(teller, -before, notes, is_explained))
}

async fn assert_agrees(world: &World, plain: &mut Plain, when: u32) {
    for place in PLACES {
        let (kind, owner) = place.split_once(':').unwrap_or((place, ""));
        let kind = match kind {
            "bank" => "bank",
            "office" => "office_cash",
            "teller" => "teller_cash",
            _ => "cash_difference",
        };
        assert_eq!(held(world, kind, owner).await, *plain.sum(place), "{place} after flight {when}");
    }
}

async fn course(seed: u64) {
    in_lab(async move |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        chain.tell("4", &batch(&rows("tahap-4", TAHAP_4, (0..FAMILIES).map(Person::new))));
        chain.run().await;
        let mut plain = Plain { sums: BTreeMap::new(), closed: BTreeMap::new() };
        *plain.sum(BANK) = held(&world, "bank", "").await;
        for teller in ["TELLER-1", "TELLER-2", "TELLER-3"] {
            *plain.sum(&format!("teller:{teller}")) = FLOAT;
        }
        let (mut dice, mut number, mut families) = (Dice(seed), 0, 0);
        for flight in 0..FLIGHTS {
            if families < FAMILIES && dice.below(6) == 0 {
                let counter = &counters()[usize::try_from(dice.below(2)).expect("two")];
                let visit: photo_ingest::In = world.visit(families, &world.paper(4, &Person::new(families)).await, counter).await.into();
                chain.tell(&format!("visit {families}"), &[visit]);
                chain.run().await;
                *plain.sum(&format!("teller:{}", counter.teller)) -= AMOUNT;
                families += 1;
            }
            let facts: Vec<(In, &str)> = (0..=dice.below(MOST_IN_A_FLIGHT))
                .map(|_| {
                    number += 1;
                    any(&mut dice, &mut plain, number)
                })
                .collect();
            let first = number + 1 - u32::try_from(facts.len()).expect("few");
            let expected: Vec<&str> = facts.iter().map(|(_, effect)| *effect).collect();
            tell(&world, facts.into_iter().map(|(fact, _)| fact)).await;
            for (number, expected) in (first..).zip(expected) {
                assert_eq!(effect(&world, number).await, expected, "fact {number} of seed {seed:x}");
            }
            assert_agrees(&world, &mut plain, flight).await;
        }
        assert!(families > 0 && world.count("cash_moves WHERE effect = 'booked'").await > 10, "the course does something");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn any_course_of_moves_hand_overs_and_counts_agrees_with_a_plain_ledger() {
    for seed in [0x5a1a_2020, 0x0bad_cafe, 0x1234_5678_9abc] {
        course(seed).await;
    }
}
