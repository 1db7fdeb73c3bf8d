//! The figures of the board: what is open, what differs, what stands where.

use chrono::DateTime;

use super::*;

fn figure(regency: &str, source: Source, name: &str, families: i64, rupiah: i64) -> Figure {
    Figure { tranche: 4, regency: regency.into(), source, name: name.into(), families, rupiah }
}

fn figures() -> Vec<Figure> {
    vec![
        figure("1902", Source::Grant, "", 0, 10_000),
        figure("1902", Source::Tally, "funded", 10, 3_000),
        figure("1902", Source::Tally, "paid", 6, 1_800),
        figure("1902", Source::Tally, "in_question", 1, 300),
        figure("1902", Source::Credits, "allocation", 0, 10_000),
        figure("1902", Source::Debits, "allocation", 0, 3_000),
        figure("1902", Source::Credits, "recipient", 0, 3_000),
        figure("1902", Source::Debits, "recipient", 0, 2_100),
        figure("", Source::Tally, "rejected", 2, 600),
    ]
}

fn board(figures: &[Figure]) -> (Totals, Vec<Difference>) {
    let places = places(figures);
    let mut totals = Totals::default();
    for (place, _) in places.values() {
        totals.add(place);
    }
    (totals, differences(&places))
}

#[test]
fn open_is_what_was_funded_and_not_handed_over() {
    let (totals, differences) = board(&figures());
    assert_eq!(totals.open, Sum { families: 3, rupiah: 900 });
    assert_eq!(totals.rejected, Sum { families: 2, rupiah: 600 });
    assert_eq!(totals.paid_permille(), Some(180));
    assert_eq!(differences, []);
}

#[test]
fn a_rupiah_that_the_ledger_does_not_have_is_named() {
    let mut figures = figures();
    figures[2].rupiah += 1;
    let (_, differences) = board(&figures);
    assert_eq!(differences, [Difference { tranche: 4, regency: "1902".into(), what: "handed_over", board: 2_101, ledger: 2_100 }]);
}

#[test]
fn money_in_the_ledger_that_no_tally_knows_is_named() {
    let (_, differences) = board(&[figure("1906", Source::Credits, "recipient", 0, 300)]);
    assert_eq!(differences, [Difference { tranche: 4, regency: "1906".into(), what: "funded", board: 0, ledger: 300 }]);
}

#[test]
fn a_hundred_percent_means_everything() {
    assert_eq!(permille(999_999, 1_000_000), 999);
    assert_eq!(permille(1_000_000, 1_000_000), 1_000);
    assert_eq!(permille(i64::MAX, i64::MAX), 1_000);
}

#[test]
fn regencies_stand_in_their_province() {
    let moment = DateTime::UNIX_EPOCH;
    let mut provinces = Vec::new();
    for code in ["1902", "1906", "3201"] {
        let code = RegencyCode::parse(code).expect("four digits");
        province(&mut provinces, code.province()).totals.allocation += 1;
    }
    assert_eq!(
        provinces.iter().map(|province| (province.code.as_str(), province.totals.allocation)).collect::<Vec<_>>(),
        [("19", 2), ("32", 1)]
    );
    assert_eq!(provinces[0].name, "Kepulauan Bangka Belitung");
    let empty = Board::of(&Reading { at: moment, tranches: vec![], figures: figures(), paused: ["1902".to_owned()].into() });
    assert_eq!(empty.tranches, []);
}
