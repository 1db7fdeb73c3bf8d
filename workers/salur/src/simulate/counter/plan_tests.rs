//! The plan of a simulated day has the shares it promises.

use salur_domain::PaymentId;

use super::*;

const FOUR: TrancheId = TrancheId(1);
const FIVE: TrancheId = TrancheId(2);
const SHARES: Shares = Shares { no_show: 0.02, both: 300, wrong: 0.03 };

fn cheque(tranche: TrancheId, family: u128) -> Cheque {
    let payment = (tranche, PaymentId(Uuid::from_u128(family << 8 | u128::from(tranche.0.unsigned_abs()))));
    Cheque { payment, version: 1, stored: true, token: String::new(), pay_point: "P".into(), account: Uuid::from_u128(family) }
}

fn first(families: u128) -> Vec<Cheque> {
    (0..families).map(|family| cheque(FOUR, family)).collect()
}

/// One in twenty is gone, as many are new.
fn second(families: u128) -> Vec<Cheque> {
    let all = (0..families + families / 20).filter(|family| family % 20 != 0 || *family >= families);
    all.map(|family| cheque(FIVE, family)).collect()
}

fn accounts<'a>(visits: impl IntoIterator<Item = &'a Visit>) -> std::collections::BTreeSet<Uuid> {
    visits.into_iter().map(|visit| visit.cheque.account).collect()
}

#[test]
fn the_same_seed_gives_the_same_visits() {
    let told = |seed| {
        let plan = plan(seed, &[FOUR], first(2_000), SHARES);
        plan.visits.iter().map(|visit| (visit.cheque.account, visit.twist, visit.chance)).collect::<Vec<_>>()
    };
    assert_eq!(told(1), told(1));
    assert_ne!(told(1), told(2));
}

#[test]
fn the_first_tranche_alone_leaves_no_shows_and_those_who_wait() {
    let plan = plan(1, &[FOUR], first(8_700), SHARES);
    assert_eq!((plan.no_shows, plan.waiting, plan.visits.len()), (174, 330, 8_196));
}

#[test]
fn three_hundred_come_once_for_both_and_nobody_else_who_was_not_served_before() {
    let before = plan(1, &[FOUR], first(8_700), SHARES);
    let after = plan(1, &[FOUR, FIVE], [first(8_700), second(8_700)].concat(), SHARES);
    let served = accounts(&before.visits);
    let on_first: std::collections::BTreeSet<Uuid> = first(8_700).iter().map(|cheque| cheque.account).collect();
    let late = after.visits.iter().filter(|visit| visit.cheque.payment.0 == FIVE && on_first.contains(&visit.cheque.account));
    assert_eq!(late.filter(|visit| !served.contains(&visit.cheque.account)).count(), 300);
}

#[test]
fn a_family_that_stays_home_stays_home_in_both_runs() {
    let before = plan(1, &[FOUR], first(8_700), SHARES);
    let after = plan(1, &[FOUR, FIVE], [first(8_700), second(8_700)].concat(), Shares { both: 0, ..SHARES });
    let nobody = Shares { both: 0, ..SHARES };
    let served = accounts(&plan(1, &[FOUR], first(8_700), nobody).visits);
    assert_eq!(before.no_shows, 174);
    let again = accounts(&after.visits);
    assert!(first(8_700).iter().all(|cheque| served.contains(&cheque.account) == again.contains(&cheque.account)));
}

#[test]
fn three_percent_go_wrong_in_seven_kinds() {
    let plan = plan(1, &[FOUR], first(8_700), SHARES);
    let count = |twist| plan.visits.iter().filter(|visit| visit.twist == twist).count();
    let kinds = Twist::WRONG.map(count);
    assert_eq!(kinds.iter().sum::<usize>(), 246);
    assert!(kinds.iter().all(|kind| (35..=36).contains(kind)), "{kinds:?}");
}

#[test]
fn a_single_family_comes_and_nothing_goes_wrong() {
    let plan = plan(1, &[FOUR], first(1), SHARES);
    assert_eq!((plan.no_shows, plan.waiting), (0, 0));
    assert_eq!(plan.visits.iter().map(|visit| visit.twist).collect::<Vec<_>>(), [Twist::Good]);
}
