//! What a plan of a whole country costs: ten million families of 83,762 villages at 7,000 pay points, village by village.
//!
//! `cargo run --release -p salur-domain --example schedule_rate`

use std::{collections::HashMap, sync::Arc, time::Instant};

use chrono::{NaiveDate, NaiveTime};
use salur_domain::{
    PaymentId,
    schedule::{self, Family, Hints, Hours, Opening, Points, Rule, Ways},
};
use uuid::Uuid;

const FAMILIES: usize = 10_000_000;
const VILLAGES: usize = 83_762;
const PAY_POINTS: usize = 7_000;
/// Of 30 days of seven hours: 8,400 families, a fifth more than the largest pay point is asked for.
const PER_HOUR: u32 = 40;

fn main() {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
    let first = NaiveDate::from_ymd_opt(2026, 7, 1).expect("a day");
    let days: Vec<NaiveDate> = first.iter_days().take(30).collect();
    let codes: Vec<Arc<str>> = (0..PAY_POINTS).map(|at| format!("KP-{at}").into()).collect();
    let of = |village: usize| FAMILIES * (village + 1) / VILLAGES - FAMILIES * village / VILLAGES;
    for rule in [Rule::Villages, Rule::LastDigit, Rule::BirthMonth] {
        let mut expected: HashMap<&Arc<str>, u64> = HashMap::new();
        (0..VILLAGES)
            .for_each(|village| *expected.entry(&codes[village % PAY_POINTS]).or_default() += u64::try_from(of(village)).expect("few"));
        let point = |code: &Arc<str>| {
            let window = (first.and_time(time(0)), days[29].and_time(time(23)));
            let opening = Opening { days: days.clone(), opens: time(8), closes: time(15), window, per_hour: Some(PER_HOUR), per_day: None };
            (Arc::clone(code), Hours::new(opening).paced(expected[code]))
        };
        let mut points: Points = codes.iter().map(point).collect();
        let began = Instant::now();
        let (mut placed, mut missing) = (0_usize, 0_usize);
        for village in 0..VILLAGES {
            let families: Vec<Family> = (0..of(village)).map(|at| family(village, at)).collect();
            let ways = Ways { counter: Some(Arc::clone(&codes[village % PAY_POINTS])), ..Ways::default() };
            let planned = schedule::plan(rule, &families, &ways, &mut points);
            placed += planned.iter().filter(|(_, slot)| slot.is_ok()).count();
            missing += planned.iter().filter(|(_, slot)| slot.is_err()).count();
        }
        let seconds = began.elapsed().as_secs_f64();
        println!("{:<12} {placed} families with a slot, {missing} without, {seconds:.1} s, {} at most", rule.as_str(), memory());
    }
}

/// One household of eight has two families.
fn family(village: usize, at: usize) -> Family {
    let number = u128::try_from(village * 100_000 + at).expect("a number");
    let household = if at % 16 == 1 { number - 1 } else { number };
    let mixed = (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    let small = |of: u128| u8::try_from((mixed >> 64) % of).expect("small");
    let hints = Hints { last_digit: Some(small(10)), birth_month: Some(small(12) + 1), is_visited: false };
    Family { payment: PaymentId(Uuid::from_u128(mixed)), household: Uuid::from_u128(household), hints, with: None }
}

/// The most memory the process had, as Linux tells it.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map_or_else(|| "memory unknown".to_owned(), |rest| rest.trim().to_owned())
}
