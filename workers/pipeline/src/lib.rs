//! The workers, one file each, in the order money moves.
//!
//! ```text
//! setups.sent, tranches.approved -> programme_setup -> tranches.opened -> release
//! batches.declared, recipients.submitted -> intake -> batches.completed -> release -> recipients.accepted
//!   -> account_creation -> accounts.opened -> transfer_posting -> transfers.posted -> cheque_rendering -> cheques.issued
//! schedules.asked, pay-points.closed, schedules.advanced -> slot_planning -> schedules.advanced | schedules.made
//! cheques.issued -> pack_making -> packs.wanted -> pack_making -> packs.made
//! cash.moved, cash.counted -> transfer_posting
//! bank-statements.sent, bank-matchings.advanced, bank-cases.decided -> bank_reconciliation -> bank-matchings.advanced
//! proofs.captured -> photo_ingest -> proofs.accepted | proofs.questioned -> status_finalizer -> payments.settled | payments.questioned
//! proofs.reviewed, hand-overs.undone -> status_finalizer -> payments.reopened -> cheque_rendering, fund_return
//! clock -> fund_return -> funds.returned
//! photos.condemned -> photo_keeping -> photos.destroyed
//! pauses.decided, resumptions.advanced -> pausing -> resumptions.advanced, and what waited out a pause, again
//! ```
//!
//! To add a worker: write one file with a type that implements [`Stage`](salur_runtime::stage::Stage), and add one line to [`stages!`].
//! Queues, bindings, diagram, conformance tests and the command line follow from the list.

use std::{collections::HashMap, sync::Arc};

use ed25519_dalek::SigningKey;
use salur_domain::{
    BatchId, CaptureId, RowKey, Rupiah,
    cheque_keys::ChequeKeys,
    vault::{DataKey, KEY_BYTES, Keys, WrappingKey},
};
use salur_store::{Blobs, Database, Error, payments};

pub mod account_creation;
pub mod answer;
pub mod bank_reconciliation;
pub mod cheque_rendering;
pub mod examiners;
pub mod feed_replay;
pub mod fund_return;
pub mod intake;
pub mod pack_making;
pub mod pausing;
pub mod photo_ingest;
pub mod photo_keeping;
pub mod programme_setup;
pub mod registry;
pub mod release;
pub mod slot_planning;
pub mod status_finalizer;
pub mod transfer_posting;
mod work;

pub use work::{Keeper, Replayer, Work, open_letter};

/// What the workers work with.
#[derive(Debug)]
pub struct Tools {
    /// PostgreSQL.
    pub database: Database,
    /// The object store.
    pub blobs: Blobs,
    /// Keys for sealing and blind indexes.
    pub keys: Keys,
    /// Wraps the keys of photos.
    pub photo_key: WrappingKey,
    /// The installation's own: keys of tranches are derived from it; it signs nothing itself any more.
    pub cheque_key: SigningKey,
    /// Decode photos where it costs nobody else.
    pub examiners: Arc<examiners::Examiners>,
    /// How strict proofs are judged.
    pub proof_policy: salur_domain::proof::Policy,
    /// Where people reach the portal: cheques say it.
    pub public_url: String,
    /// A civil registry, where one is configured.
    pub registry: Option<registry::Door>,
    /// The highest threshold that a programme may name, above which another person approves its tranches.
    pub approval_threshold_max: Rupiah,
    /// Days after which a transfer that the bank has said nothing of is a case.
    pub bank_missing_after_days: i32,
}

impl Tools {
    /// Keys of cheques.
    pub fn cheque_keys(&self) -> ChequeKeys {
        ChequeKeys::new(&self.cheque_key)
    }

    /// Address of the page on which anybody complains about a cheque.
    pub fn complaints(&self) -> String {
        format!("{}/complaint", self.public_url.trim_end_matches('/'))
    }
}

/// THE LIST. Every stage, in the order money moves.
#[macro_export]
macro_rules! stages {
    ($with:ident) => {
        $with! {
            $crate::programme_setup::ProgrammeSetup,
            $crate::intake::Intake,
            $crate::release::Release,
            $crate::account_creation::AccountCreation,
            $crate::transfer_posting::TransferPosting,
            $crate::slot_planning::SlotPlanning,
            $crate::cheque_rendering::ChequeRendering,
            $crate::pack_making::PackMaking,
            $crate::photo_ingest::PhotoIngest,
            $crate::photo_keeping::PhotoKeeping,
            $crate::status_finalizer::StatusFinalizer,
            $crate::fund_return::FundReturn,
            $crate::bank_reconciliation::BankReconciliation,
            $crate::pausing::Pausing,
            $crate::feed_replay::FeedReplay,
        }
    };
}

macro_rules! specs {
    ($($stage:ty),+ $(,)?) => {
        /// Name, facts heard and facts said of every stage: queues, bindings and the diagram derive from it.
        pub fn specs() -> Vec<salur_runtime::topology::StageSpec> {
            vec![$(salur_runtime::topology::StageSpec::of::<$stage>()),+]
        }

        /// Runs one stage by name until shutdown; `None` when there is no such stage.
        pub async fn run(
            name: &str,
            tools: &Arc<Tools>,
            broker: &salur_runtime::broker::Broker,
            health: &salur_runtime::health::Health,
            pauses: &salur_runtime::pauses::Pauses,
            shutdown: tokio_util::sync::CancellationToken,
        ) -> Option<Result<(), salur_runtime::stage::Failure>> {
            $(if name == <$stage as salur_runtime::stage::Stage>::NAME {
                let stage = Arc::new(<$stage>::new(Arc::clone(tools)));
                let work = Arc::new($crate::Work(tools.database.clone()));
                return Some(salur_runtime::worker::run_stage(stage, work, broker, health, pauses, shutdown).await);
            })+
            None
        }
    };
}
stages!(specs);

/// A new random data key: the one place where randomness enters.
pub(crate) fn fresh_key() -> Result<DataKey, Error> {
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Error::invariant(format!("no randomness: {error}")))?;
    Ok(DataKey::new(bytes))
}

/// What a row's sealed part is bound to: it opens nowhere else.
pub fn row_context(batch: BatchId, row: &RowKey) -> Vec<u8> {
    [b"row\0".as_slice(), batch.0.as_bytes(), row.0.as_bytes()].concat()
}

/// What a sealed photo and its wrapped key are bound to.
pub fn photo_context(capture: CaptureId) -> Vec<u8> {
    [b"photo\0".as_slice(), capture.0.as_bytes()].concat()
}

/// A fact names payments that exist; one that does not is forged or belongs to another database.
pub(crate) fn all_exist(keys: &[payments::Key], found: &HashMap<payments::Key, payments::Payment>) -> Result<(), Error> {
    match keys.iter().find(|key| !found.contains_key(key)) {
        Some((tranche, id)) => Err(Error::invariant(format!("payment {id} of tranche {} does not exist", tranche.0))),
        None => Ok(()),
    }
}

/// Digest of bytes, to tell whether the same came again.
pub(crate) fn digest(bytes: &[u8]) -> Vec<u8> {
    salur_media::hash::sha256(bytes).as_bytes().to_vec()
}
