//! The figures of the board: what is open, what differs, what stands where, and what the public does not see.

use chrono::DateTime;

use super::*;
use crate::board::model::permille;

fn figure(place: &str, source: Source, name: &str, families: i64, rupiah: i64) -> Figure {
    Figure { tranche: 4, place: place.into(), source, name: name.into(), families, rupiah }
}

fn figures() -> Vec<Figure> {
    vec![
        figure("1902", Source::Grant, "", 0, 10_000),
        figure("1902", Source::Tally, "funded", 40, 12_000),
        figure("1902", Source::Tally, "paid", 36, 10_800),
        figure("1902", Source::Tally, "in_question", 1, 300),
        figure("1902", Source::Credits, "allocation", 0, 10_000),
        figure("1902", Source::Debits, "allocation", 0, 12_000),
        figure("1902", Source::Credits, "recipient", 0, 12_000),
        figure("1902", Source::Debits, "recipient", 0, 11_100),
        figure("", Source::Tally, "rejected", 2, 600),
        figure("19", Source::Method(Method::Community), "funded", 40, 12_000),
    ]
}

fn of(figures: Vec<Figure>) -> Figures {
    let paused = ["1902".to_owned()].into();
    Figures::of(&Reading { at: DateTime::UNIX_EPOCH, tranches: vec![], figures, paused })
}

#[test]
fn open_is_what_was_funded_and_not_handed_over() {
    let figures = of(figures());
    let country = figures.totals(0, 0);
    assert_eq!(country.open, Sum { families: 3, rupiah: 900 });
    assert_eq!(country.rejected, Sum { families: 2, rupiah: 600 });
    assert_eq!(figures.differences, []);
}

#[test]
fn a_rupiah_that_the_ledger_does_not_have_is_named() {
    let mut wrong = figures();
    wrong[2].rupiah += 1;
    let expected = Difference { tranche: 4, regency: "1902".into(), what: "handed_over", board: 11_101, ledger: 11_100 };
    assert_eq!(of(wrong).differences, [expected]);
}

#[test]
fn money_in_the_ledger_that_no_tally_knows_is_named() {
    let figures = of(vec![figure("1906", Source::Credits, "recipient", 0, 300)]);
    assert_eq!(figures.differences, [Difference { tranche: 4, regency: "1906".into(), what: "funded", board: 0, ledger: 300 }]);
}

#[test]
fn a_hundred_percent_means_everything() {
    assert_eq!(permille(999_999, 1_000_000), 999);
    assert_eq!(permille(1_000_000, 1_000_000), 1_000);
    assert_eq!(permille(i64::MAX, i64::MAX), 1_000);
}

#[test]
fn regencies_stand_in_their_province_and_what_cannot_be_read_elsewhere() {
    let places = places(&["1902", "1906", "3201", ""].into(), &["1902".to_owned()].into());
    let shown: Vec<_> = places.iter().map(|place| (place.code.as_str(), place.parent, place.is_paused)).collect();
    let (country, province) = (Some(0), |at| Some(at));
    assert_eq!(
        shown,
        [
            ("", None, false),
            ("19", country, false),
            ("1902", province(1), true),
            ("1906", province(1), false),
            ("32", country, false),
            ("3201", province(4), false),
            ("-", country, false)
        ]
    );
    assert_eq!(places[1].name, "Kepulauan Bangka Belitung");
}

#[test]
fn the_public_sees_no_few_and_cannot_work_them_out() {
    let figures = of(figures());
    let [regency, funded, paid, in_question, open, rejected] = [figures.place("1902").expect("it is there"), 5, 6, 7, 8, 1];
    assert!(figures.is_hidden(0, regency, in_question) && figures.is_hidden(0, regency, open), "1 in question, 3 open");
    assert!(!figures.is_hidden(0, regency, funded) && !figures.is_hidden(0, regency, paid));
    assert!(figures.is_hidden(0, 0, rejected), "two rows of the country");
    assert!(!figures.is_method_hidden(0, 0, Method::Community, funded));
}
