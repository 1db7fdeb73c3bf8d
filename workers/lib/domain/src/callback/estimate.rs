//! What the answers of a sample say of all its members: shares and rupiah, each with an interval.
//!
//! Who answered stands for members / answered of its class: Horvitz and Thompson (1952), the chance being drawn / members times the share of those drawn who
//! answered. That takes those who could not be reached for like the others of their class; how many were not reached is told beside it. A class with fewer
//! than two answers joins the class below it, since nothing is known of its spread.
//!
//! The interval of a share is Wilson's (1927) with the effective number of answers in place of the number: p (1 − p) over the stratified variance; where
//! all answered alike it is the number of answers over Kish's design effect. The usual p ± z·s would say that nothing is kept back where nobody of a
//! sample said so. The interval of rupiah is the usual one, and never below what was said.

use super::Confidence;

/// What was answered in a class: how many members it has, and what is missing of each answer's money (0: nothing).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answers {
    /// Members of the class.
    pub members: u32,
    /// One number per family that answered.
    pub values: Vec<f64>,
}

/// A number with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// From there.
    pub low: f64,
    /// The best guess.
    pub value: f64,
    /// To there.
    pub high: f64,
}

/// Joins classes with fewer than two answers to the one below, the lowest to the one above.
fn joined(classes: &[Answers]) -> Vec<Answers> {
    let mut out: Vec<Answers> = Vec::new();
    for class in classes.iter().filter(|class| class.members > 0) {
        let is_thin = class.values.len() < 2 && f64::from(class.members) > number(class);
        match out.last_mut() {
            Some(below) if is_thin || below.values.len() < 2 => {
                below.members += class.members;
                below.values.extend(&class.values);
            }
            _ => out.push(class.clone()),
        }
    }
    out
}

fn number(class: &Answers) -> f64 {
    f64::from(u32::try_from(class.values.len()).unwrap_or(u32::MAX))
}

fn mean(class: &Answers) -> f64 {
    class.values.iter().sum::<f64>() / number(class)
}

/// Mean of all members and its variance, by classes of two answers or more.
fn stratified(classes: &[Answers]) -> (f64, f64) {
    let members: f64 = classes.iter().map(|class| f64::from(class.members)).sum();
    let part = |class: &Answers| f64::from(class.members) / members;
    let average = classes.iter().map(|class| part(class) * mean(class)).sum();
    let variance = |class: &Answers| {
        let (answered, mean) = (number(class), mean(class));
        let spread = class.values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (answered - 1.0).max(1.0);
        part(class).powi(2) * (1.0 - answered / f64::from(class.members)) * spread / answered
    };
    (average, classes.iter().map(variance).sum())
}

/// The share of members whose value is not 0; none where fewer than two answered.
pub fn share(classes: &[Answers], confidence: Confidence) -> Option<Estimate> {
    let yes = |value: &f64| f64::from(u8::from(*value != 0.0));
    let classes: Vec<Answers> =
        classes.iter().map(|class| Answers { members: class.members, values: class.values.iter().map(yes).collect() }).collect();
    let classes = joined(&classes);
    if classes.iter().any(|class| class.values.len() < 2 && f64::from(class.members) > number(class)) || classes.is_empty() {
        return None;
    }
    let (value, variance) = stratified(&classes);
    let effective = if variance > 0.0 { value * (1.0 - value) / variance } else { alike(&classes) };
    Some(wilson(value, effective, deviations(confidence)))
}

/// Effective number of answers where all are alike; infinite where everybody was asked.
fn alike(classes: &[Answers]) -> f64 {
    let (members, answered) = (classes.iter().map(|class| f64::from(class.members)).sum::<f64>(), classes.iter().map(number).sum::<f64>());
    let effect: f64 = classes.iter().map(|class| (f64::from(class.members) / members).powi(2) / number(class)).sum();
    1.0 / (effect * (1.0 - answered / members))
}

fn wilson(value: f64, number: f64, z: f64) -> Estimate {
    if !number.is_finite() {
        return Estimate { low: value, value, high: value };
    }
    let scale = 1.0 + z * z / number;
    let middle = (value + z * z / (2.0 * number)) / scale;
    let half = z / scale * (value * (1.0 - value) / number + z * z / (4.0 * number * number)).sqrt();
    Estimate { low: (middle - half).max(0.0), value, high: (middle + half).min(1.0) }
}

/// The sum over all members; none where fewer than two answered.
pub fn total(classes: &[Answers], confidence: Confidence) -> Option<Estimate> {
    let said: f64 = classes.iter().flat_map(|class| &class.values).sum();
    let classes = joined(classes);
    if classes.iter().any(|class| class.values.len() < 2 && f64::from(class.members) > number(class)) || classes.is_empty() {
        return None;
    }
    let members: f64 = classes.iter().map(|class| f64::from(class.members)).sum();
    let (average, variance) = stratified(&classes);
    let (value, half) = (average * members, deviations(confidence) * variance.sqrt() * members);
    Some(Estimate { low: (value - half).max(said), value, high: value + half })
}

fn deviations(confidence: Confidence) -> f64 {
    f64::from(confidence.deviations()) / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::super::{Class, draw};
    use super::*;
    use crate::sample::{Ranks, Seed};

    const SEEDS: u32 = 2_000;
    const POPULATION: u32 = 3_000;

    /// A place where money is kept back of few families, and of more of those with signs: number, weight, rupiah that are missing.
    fn place() -> Vec<(u64, u32, f64)> {
        let chance = Ranks::of(&Seed::parse("the-place").expect("a seed"));
        let one = |number: u64| {
            let roll = chance.rank(number) % 1_000;
            let (weight, bad) = match roll {
                0..=799 => (1, 40),
                800..=929 => (2, 120),
                930..=979 => (4, 300),
                _ => (8, 600),
            };
            let is_bad = chance.rank(number + 1_000_000) % 1_000 < bad;
            (number, weight, if is_bad { f64::from(u32::try_from(50_000 + 100_000 * (number % 5)).expect("small")) } else { 0.0 })
        };
        (1..=u64::from(POPULATION)).map(one).collect()
    }

    fn asked(place: &[(u64, u32, f64)], drawn: &[u64], classes: &[Class]) -> Vec<Answers> {
        let of = |class: &Class| {
            let find = |number: &u64| place[usize::try_from(*number - 1).expect("small")];
            let values = drawn.iter().map(find).filter(|one| one.1 == class.weight).map(|one| one.2).collect();
            Answers { members: class.members, values }
        };
        classes.iter().map(of).collect()
    }

    /// How often of a thousand the truth is within the interval, drawn under many seeds; `even` forgets the weights.
    fn covers(seeds: u32, is_even: bool) -> (u32, u32, f64) {
        let place = place();
        let truth = place.iter().filter(|one| one.2 != 0.0).count();
        let truth = f64::from(u32::try_from(truth).expect("small")) / f64::from(u32::try_from(place.len()).expect("small"));
        let lost: f64 = place.iter().map(|one| one.2).sum();
        let members: Vec<(u64, u32)> = place.iter().map(|one| (one.0, one.1)).collect();
        let (mut shares, mut sums, mut off) = (0, 0, 0.0);
        for seed in 0..seeds {
            let seed = Seed::parse(&format!("call-{seed}")).expect("a seed");
            let (drawn, classes) = draw(&members, &seed, Confidence::NinetyFive, 50);
            let mut answers = asked(&place, &drawn, &classes);
            if is_even {
                answers = vec![Answers { members: POPULATION, values: answers.into_iter().flat_map(|class| class.values).collect() }];
            }
            let share = share(&answers, Confidence::NinetyFive).expect("many answered");
            shares += u32::from((share.low..=share.high).contains(&truth));
            off += share.value - truth;
            let total = total(&answers, Confidence::NinetyFive).expect("many answered");
            sums += u32::from((total.low..=total.high).contains(&lost));
        }
        (shares * 1_000 / seeds, sums * 1_000 / seeds, off / f64::from(seeds))
    }

    #[test]
    fn an_interval_of_ninety_five_per_cent_holds_the_truth_so_often_and_is_not_off_to_one_side() {
        let (shares, sums, off) = covers(SEEDS, false);
        assert!((930..=970).contains(&shares), "shares: {shares}");
        assert!((920..=970).contains(&sums), "sums: {sums}");
        assert!(off.abs() < 0.001, "{off}");
    }

    #[test]
    fn who_forgets_that_some_were_drawn_more_often_is_wrong_nearly_always() {
        let (shares, ..) = covers(SEEDS / 10, true);
        assert!(shares < 200, "{shares}");
    }

    #[test]
    fn nobody_saying_so_is_no_proof_that_there_is_nothing() {
        let share = share(&[Answers { members: 10_000, values: vec![0.0; 100] }], Confidence::NinetyFive).expect("many answered");
        assert!(share.low == 0.0 && share.value == 0.0 && (0.03..0.04).contains(&share.high), "{share:?}");
    }

    #[test]
    fn where_everybody_was_asked_the_answer_is_exact() {
        let all = [Answers { members: 4, values: vec![0.0, 0.0, 50_000.0, 0.0] }, Answers { members: 1, values: vec![1.0] }];
        let (share, total) = (share(&all, Confidence::Ninety).expect("all"), total(&all, Confidence::Ninety).expect("all"));
        assert_eq!((share.low, share.value, share.high), (0.4, 0.4, 0.4));
        assert_eq!((total.low, total.value, total.high), (50_001.0, 50_001.0, 50_001.0));
    }

    #[test]
    fn a_class_of_one_answer_joins_another_and_nothing_is_told_of_one_answer_alone() {
        let thin = [Answers { members: 90, values: vec![0.0; 9] }, Answers { members: 10, values: vec![1.0] }];
        let share = share(&thin, Confidence::NinetyFive).expect("ten answered");
        assert!((share.value - 0.1).abs() < 1e-9, "{share:?}");
        assert_eq!(super::share(&[Answers { members: 90, values: vec![1.0] }], Confidence::NinetyFive), None);
        assert_eq!(
            super::share(&[Answers { members: 90, values: vec![] }, Answers { members: 3, values: vec![] }], Confidence::NinetyFive),
            None
        );
        assert_eq!(super::share(&[], Confidence::NinetyFive), None);
    }
}
