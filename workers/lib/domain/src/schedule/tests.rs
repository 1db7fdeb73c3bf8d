//! Properties of a plan, over points, villages and households that chance makes up.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::*;

const RULES: [Rule; 3] = [Rule::Villages, Rule::LastDigit, Rule::BirthMonth];
const VISITS: &str = "visits";

/// A family: its household and three hints.
type Given = (u8, u8, u8, bool);
/// What was planned, and what is left of each point.
type Plan = (Vec<(Family, Result<Slot, Missing>)>, Points);

#[derive(Debug, Clone)]
struct Case {
    rule: Rule,
    /// Capacity of an hour and of a day, days, hours of a day; the last point visits.
    points: Vec<(Option<u32>, Option<u32>, usize, u32)>,
    /// For each village its point, whether it is visited, and its families: household and hints.
    villages: Vec<(usize, bool, Vec<Given>)>,
}

fn day(number: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 7, 1).expect("a day") + chrono::Days::new(u64::try_from(number).expect("few"))
}

fn time(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).expect("a time")
}

fn hours((per_hour, per_day, days, hours): (Option<u32>, Option<u32>, usize, u32)) -> Hours {
    let window = (day(0).and_time(time(0)), day(60).and_time(time(0)));
    Hours::new(Opening { days: (0..days).map(day).collect(), opens: time(8), closes: time(8 + hours), window, per_hour, per_day })
}

fn cases() -> impl Strategy<Value = Case> {
    let point = (prop::option::weighted(0.9, 1..6_u32), prop::option::of(1..20_u32), 0..8_usize, 1..5_u32);
    let family = (0..30_u8, 0..10_u8, 1..13_u8, prop::bool::weighted(0.2));
    let village = (0..3_usize, any::<bool>(), prop::collection::vec(family, 0..40));
    (prop::sample::select(RULES.to_vec()), prop::collection::vec(point, 4), prop::collection::vec(village, 1..6))
        .prop_map(|(rule, points, villages)| Case { rule, points, villages })
}

fn code(point: usize) -> Arc<str> {
    if point == 3 { VISITS.into() } else { format!("P{point}").into() }
}

fn families(village: usize, given: &[(u8, u8, u8, bool)]) -> Vec<Family> {
    let family = |(at, (household, digit, month, is_visited)): (usize, &(u8, u8, u8, bool))| Family {
        payment: PaymentId(Uuid::from_u128(
            (u128::try_from(village * 1_000 + at).expect("few") + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835),
        )),
        household: Uuid::from_u128(u128::try_from(village * 1_000).expect("few") + u128::from(*household)),
        hints: Hints { last_digit: Some(*digit), birth_month: Some(*month), is_visited: *is_visited },
        with: None,
    };
    given.iter().enumerate().map(family).collect()
}

fn planned(case: &Case, reverse: bool) -> Plan {
    let total = case.villages.iter().map(|village| village.2.len()).sum::<usize>();
    let paced = |point: &(Option<u32>, Option<u32>, usize, u32)| hours(*point).paced(u64::try_from(total).expect("few"));
    let mut points: Points = case.points.iter().enumerate().map(|(at, point)| (code(at), paced(point))).collect();
    let mut all = Vec::new();
    for (at, (point, is_visited, given)) in case.villages.iter().enumerate() {
        let mut families = families(at, given);
        if reverse {
            families.reverse();
        }
        let ways = Ways { counter: Some(code(*point)), visits: is_visited.then(|| code(3)), stand_in: None };
        let planned: HashMap<PaymentId, Result<Slot, Missing>> = plan(case.rule, &families, &ways, &mut points).into_iter().collect();
        assert_eq!(planned.len(), families.len(), "everyone has one answer");
        all.extend(families.into_iter().map(|family| (family.clone(), planned[&family.payment].clone())));
    }
    (all, points)
}

proptest! {
    #[test]
    fn no_hour_and_no_day_has_more_families_than_it_takes(case in cases()) {
        let (planned, points) = planned(&case, false);
        let (mut by_hour, mut by_day) = (HashMap::new(), HashMap::new());
        for slot in planned.iter().filter_map(|(_, slot)| slot.as_ref().ok()) {
            *by_hour.entry(slot.clone()).or_insert(0_u32) += 1;
            *by_day.entry((slot.pay_point.clone(), slot.day)).or_insert(0_u32) += 1;
        }
        for (slot, families) in &by_hour {
            let at = (0..4).find(|at| code(*at) == slot.pay_point).expect("a point");
            prop_assert!(*families <= case.points[at].0.expect("a point without capacity takes nobody"), "{slot:?}: {families}");
            prop_assert_eq!(points[&slot.pay_point].count(slot.day, slot.starts), *families);
        }
        for ((point, day), families) in by_day {
            let at = (0..4).find(|at| code(*at) == point).expect("a point");
            prop_assert!(families <= case.points[at].1.unwrap_or(u32::MAX), "{point} on {day}: {families}");
        }
    }

    #[test]
    fn a_household_comes_in_one_hour_or_not_at_all(case in cases()) {
        let (planned, _) = planned(&case, false);
        let mut households: HashMap<Uuid, HashSet<Result<Slot, Missing>>> = HashMap::new();
        for (family, slot) in planned {
            households.entry(family.household).or_default().insert(slot);
        }
        prop_assert!(households.values().all(|slots| slots.len() == 1));
    }

    #[test]
    fn who_has_no_slot_has_none_for_the_reason_given(case in cases()) {
        let (planned, points) = planned(&case, false);
        let mut sizes: HashMap<Uuid, u32> = HashMap::new();
        for (family, _) in &planned {
            *sizes.entry(family.household).or_default() += 1;
        }
        let of: HashMap<PaymentId, usize> = case.villages.iter().enumerate()
            .flat_map(|(at, (point, _, given))| families(at, given).into_iter().map(|family| (family.payment, *point))).collect();
        for (family, missing) in planned.iter().filter_map(|(family, slot)| Some((family, *slot.as_ref().err()?))) {
            let (at, size) = (of[&family.payment], sizes[&family.household]);
            let (per_hour, per_day, days, hours) = case.points[at];
            let holds = match missing {
                Missing::NoPoint => false,
                Missing::NoCapacity => per_hour.is_none(),
                Missing::NoDay => days == 0,
                Missing::LargeHousehold => size > per_hour.unwrap_or(0).min(per_day.unwrap_or(u32::MAX)),
                Missing::Full => (0..days).all(|number| {
                    let counts: Vec<u32> = (0..hours).map(|hour| points[&code(at)].count(day(number), time(8 + hour))).collect();
                    counts.iter().sum::<u32>() + size > per_day.unwrap_or(u32::MAX)
                        || counts.iter().all(|count| count + size > per_hour.unwrap_or(0))
                }),
            };
            prop_assert!(holds, "{missing:?} of a household of {size} at {:?}", case.points[at]);
        }
    }

    #[test]
    fn the_order_in_which_families_are_told_changes_nothing(case in cases()) {
        let slots = |reverse| planned(&case, reverse).0.into_iter().map(|(family, slot)| (family.payment, slot)).collect::<HashMap<_, _>>();
        prop_assert_eq!(slots(false), slots(true));
    }
}

fn at(code: &str) -> Ways {
    Ways { counter: Some(code.into()), visits: Some(VISITS.into()), stand_in: None }
}

fn points() -> Points {
    let ample = (Some(10), None, 10, 5);
    [("P0".into(), hours(ample)), (VISITS.into(), hours((Some(1), None, 1, 1)))].into()
}

#[test]
fn who_cannot_come_is_visited_with_the_household_while_there_is_room() {
    let mut points = points();
    let planned = plan(Rule::Villages, &families(0, &[(1, 0, 1, true), (2, 0, 1, true), (3, 0, 1, false)]), &at("P0"), &mut points);
    let visited = planned.iter().filter(|(_, slot)| slot.as_ref().is_ok_and(|slot| &*slot.pay_point == VISITS)).count();
    assert_eq!((visited, planned.iter().filter(|(_, slot)| slot.is_ok()).count()), (1, 3), "the visitor takes one, the others come");
    let planned = plan(Rule::Villages, &families(1, &[(1, 0, 1, true), (1, 0, 1, false)]), &at("P0"), &mut self::points());
    assert!(planned.iter().all(|(_, slot)| slot.as_ref().is_ok_and(|slot| &*slot.pay_point == "P0")), "two do not fit, and stay together");
}

#[test]
fn a_rule_shares_the_days_out() {
    let given: Vec<(u8, u8, u8, bool)> = (0..10).map(|digit| (digit, digit, 1, false)).collect();
    let families = families(0, &given);
    let planned: HashMap<_, _> = plan(Rule::LastDigit, &families, &at("P0"), &mut points()).into_iter().collect();
    for family in &families {
        let digit = usize::from(family.hints.last_digit.expect("a digit"));
        assert_eq!(planned[&family.payment].as_ref().expect("a slot").day, day(digit));
    }
}

#[test]
fn who_is_late_joins_the_household() {
    let mut points = points();
    let slot = Slot { pay_point: "P0".into(), day: day(4), starts: time(10) };
    let mut late = families(0, &[(1, 0, 1, false)]);
    late[0].with = Some(slot.clone());
    assert_eq!(plan(Rule::Villages, &late, &at("P0"), &mut points)[0].1, Ok(slot.clone()));
    points.get_mut("P0").expect("a point").load(day(4), time(10), 9);
    late[0].payment = PaymentId(Uuid::from_u128(7));
    assert_ne!(plan(Rule::Villages, &late, &at("P0"), &mut points)[0].1, Ok(slot), "the hour is full");
}

#[test]
fn villages_follow_one_another_over_all_days() {
    let mut points: Points = [("P0".into(), hours((Some(10), None, 10, 5)).paced(400))].into();
    let ways = Ways { counter: Some("P0".into()), ..Ways::default() };
    let mut days = Vec::new();
    for village in 0..10 {
        let given: Vec<(u8, u8, u8, bool)> = (0..40).map(|household| (household, 0, 1, false)).collect();
        let planned = plan(Rule::Villages, &families(village, &given), &ways, &mut points);
        let of: HashSet<NaiveDate> = planned.into_iter().map(|(_, slot)| slot.expect("a slot").day).collect();
        days.push(of);
    }
    assert!(days.iter().enumerate().all(|(at, of)| *of == HashSet::from([day(at)])), "forty a day, in ten days: {days:?}");
}

#[test]
fn hours_outside_the_window_are_shut() {
    let window = (day(0).and_time(time(9)), day(1).and_time(time(9)));
    let mut hours =
        Hours::new(Opening { days: vec![day(0), day(1)], opens: time(8), closes: time(11), window, per_hour: Some(1), per_day: None });
    let mut found = Vec::new();
    while let Ok(hour) = hours.take(1, None) {
        found.push(hour);
    }
    assert_eq!(found, [(day(0), time(9)), (day(0), time(10)), (day(1), time(8))]);
    assert_eq!(hours.room(), 0);
}
