//! What is said (facts on queues) and what is kept (migrations). Nothing but data.
//!
//! One file per noun. A fact has a past-tense name which is its routing key (`transfers.posted`; with its source where it comes from upstream:
//! `recipients.submitted.dinsos`), a major version, and a natural key. Messages carry 1 to [`envelope::MAX_FACTS`] facts of one type in a
//! CloudEvents 1.0 envelope. Unknown fields are ignored; an unknown major version is a newer producer, not poison.

pub mod account;
pub mod bank;
pub mod batch;
pub mod case;
pub mod cash;
pub mod cheque;
pub mod cheque_key;
pub mod envelope;
pub mod fact;
pub mod feed;
pub mod hold;
pub mod keeping;
pub mod outcome;
pub mod pack;
pub mod pause;
pub mod payment;
pub mod proof;
pub mod recipient;
pub mod release;
pub mod returns;
pub mod schedule;
pub mod tranche;
pub mod transfer;
pub mod withdrawal;

pub use account::AccountOpened;
pub use bank::{BankCaseDecided, BankMatchingAdvanced, BankStatementSent};
pub use batch::{BatchCompleted, BatchDeclared, Window};
pub use case::CaseOpened;
pub use cash::{CashCounted, CashMoved};
pub use cheque::{ChequeIssued, ChequeReplaced};
pub use cheque_key::ChequeKeyRotated;
pub use fact::{Fact, FactType, Message, Route};
pub use feed::FeedReplayed;
pub use hold::{Hold, HoldAdvanced, HoldDecided};
pub use keeping::{PhotoCondemned, PhotoDestroyed};
pub use outcome::Outcome;
pub use pack::{PackHandedOut, PackMade, PackWanted};
pub use pause::{PauseDecided, ResumptionAdvanced};
pub use payment::{HandOverUndone, PaymentQuestioned, PaymentReopened, PaymentSettled, UndoneBy};
pub use proof::{PhotoAsked, ProofAccepted, ProofCaptured, ProofQuestioned, ProofReviewed};
pub use recipient::{RecipientAccepted, RecipientSubmitted, StatedAmount};
pub use release::{ReleaseAdvanced, ReleaseStep};
pub use returns::{
    Act, ActSigned, CaptureLate, FundsReturned, ReturnAdvanced, ReturnReasonGiven, ReturnReviewed, StatementApproved, StatementRemitted,
    TrancheClosed,
};
pub use schedule::{PayPointClosed, ScheduleAdvanced, ScheduleAsked, ScheduleMade};
pub use tranche::{SetupSent, TrancheApproved, TrancheOpened};
pub use transfer::TransferPosted;
pub use withdrawal::{RecipientReplaced, RecipientWithdrawn, Substitute, SubstituteStaged};

/// Every fact type, in the order money moves.
pub const ALL: &[FactType] = &[
    SetupSent::TYPE,
    TrancheApproved::TYPE,
    TrancheOpened::TYPE,
    BatchDeclared::TYPE,
    RecipientSubmitted::TYPE,
    RecipientWithdrawn::TYPE,
    RecipientReplaced::TYPE,
    SubstituteStaged::TYPE,
    BatchCompleted::TYPE,
    ReleaseAdvanced::TYPE,
    HoldDecided::TYPE,
    HoldAdvanced::TYPE,
    RecipientAccepted::TYPE,
    AccountOpened::TYPE,
    CashMoved::TYPE,
    CashCounted::TYPE,
    TransferPosted::TYPE,
    ScheduleAsked::TYPE,
    PayPointClosed::TYPE,
    ScheduleAdvanced::TYPE,
    ScheduleMade::TYPE,
    ChequeKeyRotated::TYPE,
    ChequeIssued::TYPE,
    ChequeReplaced::TYPE,
    PackWanted::TYPE,
    PackMade::TYPE,
    PackHandedOut::TYPE,
    ProofCaptured::TYPE,
    ProofAccepted::TYPE,
    ProofQuestioned::TYPE,
    PaymentSettled::TYPE,
    PaymentQuestioned::TYPE,
    ProofReviewed::TYPE,
    PhotoAsked::TYPE,
    HandOverUndone::TYPE,
    PaymentReopened::TYPE,
    CaseOpened::TYPE,
    PhotoCondemned::TYPE,
    PhotoDestroyed::TYPE,
    ReturnAdvanced::TYPE,
    FundsReturned::TYPE,
    ReturnReasonGiven::TYPE,
    CaptureLate::TYPE,
    ReturnReviewed::TYPE,
    ActSigned::TYPE,
    StatementRemitted::TYPE,
    StatementApproved::TYPE,
    TrancheClosed::TYPE,
    BankStatementSent::TYPE,
    BankMatchingAdvanced::TYPE,
    BankCaseDecided::TYPE,
    PauseDecided::TYPE,
    ResumptionAdvanced::TYPE,
    FeedReplayed::TYPE,
    Outcome::TYPE,
];
