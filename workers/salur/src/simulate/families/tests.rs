//! The made-up families keep the promises of the module's comment.

use std::collections::{BTreeMap, HashSet};

use salur_domain::{Rupiah, region::villages, row};

use super::*;

const COUNT: u64 = 20_000;
const AMOUNT: i64 = 300_000;

fn families(seed: &str, count: u64) -> Families {
    let regency = |text: &str| salur_domain::RegencyCode::parse(text).expect("four digits");
    let inside: Vec<VillageCode> = ["1902", "1906"].into_iter().flat_map(|code| villages(regency(code)).map(|(code, _)| code)).collect();
    let outside = villages(regency("1901")).next().map(|(code, _)| code);
    Families::new(seed, count, AMOUNT, &inside, outside)
}

fn findings(row: &SubmittedRow) -> Vec<&'static str> {
    let amount = Rupiah::parse(&row.amount);
    let text = row::RowText {
        nik: &row.nik,
        kk: &row.kk,
        name: &row.name,
        birth_date: Some(&row.birth_date),
        sex: Some(&row.sex),
        address: &row.address,
        village: &row.village,
        home_visit: Some(&row.home_visit),
        amount: &amount,
    };
    row::check(&text, "2026-06-01".parse().expect("a date")).findings.into_iter().map(salur_domain::reason::Code::as_str).collect()
}

#[test]
fn good_rows_satisfy_every_rule_and_bad_ones_break_theirs_alone() {
    let families = families("s", COUNT);
    let of_many = ["NIK09", "NIK10", "AMT02", "REG02"];
    for row in families.rows(List::First).chain(families.rows(List::Second)) {
        let code = row.damage.map(Damage::code).filter(|code| !of_many.contains(code));
        assert_eq!(findings(&row.text), code.into_iter().collect::<Vec<_>>(), "row {}", row.text.row_ref);
    }
}

#[test]
fn nobody_is_twice_in_a_list_but_in_the_pairs_made_on_purpose() {
    let families = families("s", COUNT);
    for list in [List::First, List::Second] {
        let (mut niks, mut cards) = (HashSet::new(), HashSet::new());
        for Row { text: row, damage, .. } in families.rows(list) {
            match damage {
                None => assert!(niks.insert(row.nik) && cards.insert(row.kk), "row {}", row.row_ref),
                Some(Damage::SameNik) => assert!(niks.contains(&row.nik), "row {}", row.row_ref),
                Some(Damage::SameHousehold) => assert!(cards.contains(&row.kk), "row {}", row.row_ref),
                Some(_) => {}
            }
        }
    }
}

#[test]
fn both_rows_of_a_pair_are_held_and_the_later_one_of_a_household() {
    let rows: Vec<Row> = families("s", COUNT).rows(List::First).collect();
    let mut seen = BTreeMap::new();
    for pair in rows.windows(2) {
        match pair[1].damage {
            Some(Damage::SameNik) => assert_eq!([pair[0].status, pair[1].status], [RowStatus::Held; 2]),
            Some(Damage::SameHousehold) => assert_eq!([pair[0].status, pair[1].status], [RowStatus::Accepted, RowStatus::Held]),
            _ => continue,
        }
        *seen.entry(pair[1].damage).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 2, "both kinds occur in a list of {COUNT}");
}

#[test]
fn the_second_list_has_most_families_again_some_renamed_or_moved() {
    let families = families("s", COUNT);
    let (mut same, mut renamed, mut moved) = (0, 0, 0);
    for (first, second) in families.rows(List::First).zip(families.rows(List::Second)) {
        if first.damage.is_some() || second.damage.is_some() {
            continue;
        }
        let known = first.text.nik == second.text.nik;
        assert_eq!(known, second.known);
        assert_eq!(known && first.text.name != second.text.name, second.renamed);
        same += u64::from(known);
        renamed += u64::from(second.renamed);
        moved += u64::from(known && first.text.village != second.text.village);
    }
    let about = |count: u64, percent: u64| (COUNT * percent * 8 / 1_000..=COUNT * percent * 12 / 1_000).contains(&count);
    assert!(about(COUNT - same, 8) && about(renamed, 1) && about(moved, 2), "{same} same, {renamed} renamed, {moved} moved");
}

#[test]
fn the_share_of_bad_rows_is_the_documented_one() {
    assert_eq!(damage::SHARES.iter().map(|(_, share)| share).sum::<u64>(), 150);
    let bad = families("s", COUNT).rows(List::First).filter(|row| row.damage.is_some()).count();
    assert!((240..=360).contains(&bad), "{bad} of {COUNT}");
}

#[test]
fn the_same_seed_makes_the_same_rows_and_another_one_others() {
    let rows = |seed: &str| families(seed, 500).rows(List::Second).map(|row| row.text).collect::<Vec<_>>();
    assert_eq!(rows("a"), rows("a"));
    assert_ne!(rows("a"), rows("b"));
}

#[test]
fn a_small_list_has_good_rows_only() {
    let families = families("s", 1);
    let rows: Vec<Row> = families.rows(List::First).chain(families.rows(List::Second)).collect();
    assert!(rows.len() == 2 && rows.iter().all(|row| row.status == RowStatus::Accepted));
    assert_eq!(rows[0].text.nik, rows[1].text.nik);
    assert_eq!(families.per_village().map(|(_, count)| count).sum::<u64>(), 1);
}
