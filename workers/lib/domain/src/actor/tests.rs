//! The table, seen from who must not.

use super::*;

const ACTS: [Act; 48] = [
    Act::ManageActors,
    Act::ManageDevices,
    Act::RotateChequeKeys,
    Act::ReplaceCheques,
    Act::SeeDevices,
    Act::MakeDevicePacks,
    Act::SetUp,
    Act::SeeTranches,
    Act::ApproveTranche,
    Act::SignForTranche,
    Act::GiveReturnReason,
    Act::SeeCash,
    Act::SeeDrawer,
    Act::MoveCash,
    Act::CloseDay,
    Act::SeeFigures,
    Act::SeePayments,
    Act::FindFamilies,
    Act::SeeComplaints,
    Act::AnswerComplaints,
    Act::SeeCallbacks,
    Act::DrawCallbacks,
    Act::RecordCallbacks,
    Act::SeePacks,
    Act::OpenPacks,
    Act::MakePacks,
    Act::HandOutPacks,
    Act::SeeSchedules,
    Act::PlanSchedules,
    Act::Reconcile,
    Act::SeeStages,
    Act::PauseStages,
    Act::PausePayments,
    Act::SeePauses,
    Act::SeeBank,
    Act::SeeProofs,
    Act::RevealNik,
    Act::JudgeHandOvers,
    Act::KeepPhotos,
    Act::SubmitBatch,
    Act::SeeBatch,
    Act::ReplayFeed,
    Act::SeeHolds,
    Act::DecideHolds,
    Act::SeeDeadLetters,
    Act::ReplayDeadLetters,
    Act::SeeWebhooks,
    Act::ManageWebhooks,
];

fn acts_of(role: Role) -> Vec<Act> {
    ACTS.into_iter().filter(|act| role.may(*act)).collect()
}

#[test]
fn nobody_both_sends_lists_and_decides_about_their_rows() {
    for role in Role::ALL {
        assert!(!(role.may(Act::SubmitBatch) && role.may(Act::DecideHolds)), "{role}");
    }
}

#[test]
fn who_makes_actors_and_devices_sees_no_family_and_nobody_else_makes_them() {
    assert_eq!(acts_of(Role::Administrator), [Act::ManageActors, Act::ManageDevices, Act::RotateChequeKeys, Act::SeeDevices]);
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Administrator) {
        assert!(!role.may(Act::ManageActors) && !role.may(Act::ManageDevices), "{role}");
    }
}

#[test]
fn an_auditor_changes_nothing() {
    assert_eq!(
        acts_of(Role::Auditor),
        [
            Act::SeeDevices,
            Act::SeeTranches,
            Act::SeeCash,
            Act::SeeFigures,
            Act::SeePayments,
            Act::FindFamilies,
            Act::SeeComplaints,
            Act::SeeCallbacks,
            Act::SeePacks,
            Act::SeeSchedules,
            Act::SeeStages,
            Act::SeePauses,
            Act::SeeBank,
            Act::SeeProofs,
            Act::RevealNik,
            Act::SeeBatch,
            Act::SeeHolds,
            Act::SeeDeadLetters,
            Act::SeeWebhooks
        ]
    );
}

#[test]
fn who_brings_money_in_sends_no_list_and_ends_no_hold() {
    assert_eq!(
        acts_of(Role::Treasurer),
        [
            Act::SetUp,
            Act::SeeTranches,
            Act::ApproveTranche,
            Act::SignForTranche,
            Act::SeeCash,
            Act::MoveCash,
            Act::SeeFigures,
            Act::Reconcile,
            Act::PausePayments,
            Act::SeePauses,
            Act::SeeBank
        ]
    );
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Treasurer) {
        assert!(!role.may(Act::SetUp) && !role.may(Act::ApproveTranche), "{role}");
    }
}

#[test]
fn a_leader_sees_figures_and_no_family() {
    assert_eq!(acts_of(Role::Viewer), [Act::SeeFigures]);
}

#[test]
fn a_teller_sees_the_own_drawer_and_nothing_else() {
    assert_eq!(acts_of(Role::Teller), [Act::SeeDrawer]);
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Teller) {
        assert!(!role.may(Act::SeeDrawer) && !role.has_counter(), "{role}");
    }
}

#[test]
fn who_moves_cash_closes_no_day() {
    for role in Role::ALL {
        assert!(!(role.may(Act::MoveCash) && role.may(Act::CloseDay)), "{role}");
    }
}

#[test]
fn who_brings_cash_or_closes_tranches_does_not_judge_hand_overs() {
    for role in Role::ALL {
        assert!(!(role.may(Act::JudgeHandOvers) && (role.may(Act::MoveCash) || role.may(Act::SignForTranche))), "{role}");
    }
}

#[test]
fn who_runs_the_machines_stops_no_money_and_who_stops_money_no_machine() {
    for role in Role::ALL {
        assert!(!(role.may(Act::PauseStages) && role.may(Act::PausePayments)), "{role}");
    }
}

#[test]
fn names_are_plain() {
    assert!(is_name("siti.aminah") && is_name("dinsos-2"));
    assert!(["", "a", "Siti", "2b", "siti aminah", "siti/aminah", "-x", &"a".repeat(49)].into_iter().all(|wrong| !is_name(wrong)));
}
