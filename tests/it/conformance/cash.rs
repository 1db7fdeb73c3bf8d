//! What transfer-posting hears of cash besides payments: moves and counts with every effect, again, and in conflict.

use salur_domain::Rupiah;
use salur_pipeline::transfer_posting::In;
use salur_runtime::testkit::Delivery;
use salur_schemas::{CashCounted, CashMoved};
use salur_tests::{
    facts::{deliveries, moment},
    programme::FLOAT,
};

use crate::cash::{BANK, OFFICE, counted, day, moved};

/// The way of the notes through the office and two drawers, and the days of a third that has no part in it.
pub fn said() -> Vec<Vec<Delivery>> {
    let there = moved(1, BANK, OFFICE, 900);
    let other = CashMoved { amount: Rupiah::new(901).expect("positive"), ..there.clone() };
    let short = CashCounted { explanation: "a note was torn".into(), ..counted(12, "TELLER-1", day(0), FLOAT + 200) };
    let way: Vec<In> = vec![
        there.clone().into(),
        CashMoved { at: moment() + chrono::TimeDelta::hours(1), ..there }.into(),
        other.into(),
        moved(2, OFFICE, "teller:TELLER-1", 901).into(),
        moved(3, OFFICE, "teller:TELLER-1", 400).into(),
        moved(4, OFFICE, "teller:NOBODY", 1).into(),
        moved(5, "teller:TELLER-1", "teller:TELLER-2", 100).into(),
        counted(11, "TELLER-1", day(0), FLOAT).into(),
        short.clone().into(),
        CashCounted { explanation: "a note was lost".into(), ..short }.into(),
        moved(6, "difference:TELLER-1", OFFICE, 60).into(),
        moved(7, OFFICE, BANK, 500).into(),
    ];
    let days: Vec<In> = vec![
        CashCounted { unsynchronised: 2, ..counted(21, "TELLER-3", day(1), FLOAT) }.into(),
        counted(22, "TELLER-3", day(1), FLOAT).into(),
        counted(23, "TELLER-3", day(1), FLOAT).into(),
        CashCounted { explanation: "found".into(), ..counted(24, "TELLER-3", day(0), FLOAT + 7) }.into(),
    ];
    vec![deliveries("way", &way, 5), deliveries("days", &days, 3)]
}
