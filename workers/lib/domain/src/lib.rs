//! The rules of social cash assistance, without I/O.
//!
//! Everything here is a value or a pure function: what a NIK is, what a rupiah is, which statuses exist, how a cheque token is signed
//! and checked, what a row must satisfy. Parsing happens here once, at the edge, into types that cannot lie; the crates above never check
//! again and never pass ids as strings.
//!
//! Architecture invariant: no async, no I/O, no clock, no randomness. Time and keys are handed in.

pub mod actor;
pub mod calendar;
pub mod callback;
pub mod cash;
pub mod cheque_keys;
pub mod device_pack;
pub mod disposition;
pub mod evidence;
pub mod hold;
pub mod ids;
pub mod keeping;
pub mod likeness;
pub mod money;
pub mod name;
pub mod nik;
pub mod note;
pub mod pause;
pub mod proof;
pub mod proxy;
pub mod reason;
pub mod region;
pub mod replacement;
pub mod returns;
pub mod reversal;
pub mod revocations;
pub mod row;
pub mod sample;
pub mod schedule;
pub mod serial;
mod signed;
pub mod status;
pub mod tlog;
pub mod token;
pub mod vault;
pub mod verdict;
pub mod webhook;

pub use disposition::{Disposed, Disposition};
pub use ids::{
    AccountId, BankCaseId, BankMatchingId, BankStatementId, BatchId, CaptureId, CashCountId, CashMoveId, ClaimId, DecisionId, DevicePackId,
    PaymentId, RowKey, SetupId, SourceName, StageName, TrancheId,
};
pub use money::Rupiah;
pub use nik::{Kk, Nik, Sex};
pub use region::{DistrictCode, ProvinceCode, RegencyCode, VillageCode};
pub use serial::ChequeSerial;
pub use status::{PaymentStatus, RowStatus};
