//! Where truth is kept: PostgreSQL for rows, an S3-compatible store for bytes.
//!
//! SQL stands as constants, one module per noun, each prepared against the migrated schema by a test, so that a clean clone builds without a
//! database. Statements take arrays: one is the N = 1 case of a flight. A commit is three or four statements, never one clever CTE: lock in
//! key order, insert what is missing, read what existed, update the few hot rows last.
//!
//! Architecture invariant: this crate is the only one that speaks SQL or S3, and [`ledger`] the only code that writes money. It knows nothing of
//! brokers. Global lock order: payments, cheques, proofs, tranches, ledger accounts, batches and other counters.

pub mod accounts;
pub mod actors;
pub mod audit;
pub mod bank;
pub mod batches;
pub mod blobs;
pub mod board;
pub mod callbacks;
pub mod cash;
pub mod cheque_keys;
pub mod cheques;
pub mod claims;
pub mod complaints;
pub mod database_logins;
pub mod dead_letters;
pub mod device_packs;
pub mod devices;
pub mod drawer;
pub mod error;
pub mod evidence;
pub mod families;
pub mod feed;
pub mod gallery;
pub mod holds;
pub mod identities;
pub mod journal;
pub mod keeping;
pub mod ledger;
pub mod likenesses;
pub mod mappings;
pub mod master;
pub mod packs;
pub mod page;
pub mod passwords;
pub mod pauses;
pub mod payments;
pub mod phases;
pub mod photo_requests;
pub mod pieces;
pub mod pool;
pub mod proofs;
pub mod proxies;
pub mod recipients;
pub mod registry;
pub mod release;
pub mod replacements;
pub mod replays;
pub mod reports;
pub mod returns;
pub mod reversals;
pub mod schedules;
pub mod setup;
pub mod setups;
pub mod status;
pub mod subjects;
pub mod summaries;
pub mod sweep;
pub mod tallies;
pub mod timelines;
pub mod tranches;
pub mod uploads;
pub mod verify;
mod version;
pub mod webhooks;

pub use blobs::Blobs;
pub use error::Error;
pub use page::Page;
pub use pool::{Database, Tx};

/// A moment, in UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// Every statement of this crate, with its name: a test prepares each against the migrated schema.
pub fn statements() -> Vec<(&'static str, &'static str)> {
    [statements_of_doors(), statements_of_stages()].concat()
}

/// What people and systems ask for.
fn statements_of_doors() -> Vec<(&'static str, &'static str)> {
    [
        actors::STATEMENTS,
        actors::shown::STATEMENTS,
        bank::taken::STATEMENTS,
        board::STATEMENTS,
        callbacks::STATEMENTS,
        cash::shown::STATEMENTS,
        complaints::STATEMENTS,
        database_logins::STATEMENTS,
        device_packs::STATEMENTS,
        device_packs::ends::STATEMENTS,
        device_packs::shown::STATEMENTS,
        devices::STATEMENTS,
        drawer::STATEMENTS,
        families::STATEMENTS,
        feed::STATEMENTS,
        gallery::STATEMENTS,
        gallery::conduct::STATEMENTS,
        gallery::near::STATEMENTS,
        gallery::reveals::STATEMENTS,
        gallery::sample::STATEMENTS,
        identities::STATEMENTS,
        mappings::STATEMENTS,
        packs::shown::STATEMENTS,
        passwords::STATEMENTS,
        reports::STATEMENTS,
        schedules::shown::STATEMENTS,
        subjects::STATEMENTS,
        summaries::STATEMENTS,
        timelines::STATEMENTS,
        uploads::STATEMENTS,
        webhooks::STATEMENTS,
    ]
    .concat()
}

fn statements_of_stages() -> Vec<(&'static str, &'static str)> {
    [
        accounts::STATEMENTS,
        audit::STATEMENTS,
        bank::STATEMENTS,
        bank::matching::STATEMENTS,
        bank::shown::STATEMENTS,
        batches::STATEMENTS,
        cash::STATEMENTS,
        cash::decide::STATEMENTS,
        cash::drawers::STATEMENTS,
        cheque_keys::STATEMENTS,
        cheques::STATEMENTS,
        claims::STATEMENTS,
        dead_letters::STATEMENTS,
        &evidence::statements(),
        holds::STATEMENTS,
        journal::STATEMENTS,
        ledger::STATEMENTS,
        keeping::STATEMENTS,
        likenesses::STATEMENTS,
        master::STATEMENTS,
        packs::STATEMENTS,
        packs::waiting::STATEMENTS,
        pauses::STATEMENTS,
        pauses::waiting::STATEMENTS,
        payments::STATEMENTS,
        phases::STATEMENTS,
        photo_requests::STATEMENTS,
        proofs::STATEMENTS,
        proxies::STATEMENTS,
        recipients::STATEMENTS,
        registry::STATEMENTS,
        release::STATEMENTS,
        &release::ALL_STATEMENTS.concat(),
        replacements::STATEMENTS,
        replays::STATEMENTS,
        returns::STATEMENTS,
        reversals::STATEMENTS,
        reversals::questions::STATEMENTS,
        &returns::ALL_STATEMENTS.concat(),
        schedules::STATEMENTS,
        schedules::hours::STATEMENTS,
        schedules::steps::STATEMENTS,
        setup::STATEMENTS,
        setup::REFUSAL_STATEMENTS,
        setups::STATEMENTS,
        status::STATEMENTS,
        status::gauges::STATEMENTS,
        status::verification::STATEMENTS,
        sweep::STATEMENTS,
        tallies::STATEMENTS,
        tranches::STATEMENTS,
        &verify::statements(),
    ]
    .concat()
}

/// Declares SQL constants and lists them in `STATEMENTS`.
macro_rules! sql {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)+) => {
        $($(#[$doc])* const $name: &str = $text;)+
        /// Every statement of this module, with its name.
        pub const STATEMENTS: &[(&str, &str)] = &[$((concat!(module_path!(), "::", stringify!($name)), $name)),+];
    };
}
pub(crate) use sql;
