//! One type per id, so that a payment can never be passed where an account belongs.
//!
//! Payment and account ids *are* their natural keys: 16 bytes of a keyed HMAC over (tranche, NIK) and over the NIK (see [`crate::vault`]).
//! Whoever lacks the key learns nothing from them, and the same person in the same tranche cannot become two payments, whatever order
//! messages come in.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

uuid_id! {
    /// A batch: derived from (source, the source's own batch name).
    BatchId,
    /// One payment to one family in one tranche: keyed function of (tranche, NIK).
    PaymentId,
    /// One account per person for all tranches: the keyed blind index of the NIK.
    AccountId,
    /// A counter's ten-minute lease on the cheques of one visit.
    ClaimId,
    /// What a person decided about a hold; made by who asked, so that a repeated request is recognised.
    DecisionId,
    /// A setup file that a treasurer sent.
    SetupId,
    /// Cash moved between bank, office and teller; made by who asked, so that a repeated request is recognised.
    CashMoveId,
    /// A teller's drawer counted; made by who asked or by the device.
    CashCountId,
    /// A file of bank statements that a treasurer sent.
    BankStatementId,
    /// A matching of lines with transfers: of the statement that caused it, or of the day and the transfers.
    BankMatchingId,
    /// A case of a bank account: derived from what it is about.
    BankCaseId,
    /// One capture of a photo, made up by the device so that a repeated upload is recognised.
    CaptureId,
    /// What one device pays without a network; made by who asked, so that a repeated request is recognised.
    DevicePackId,
}

/// Namespace of every id that salur derives (a random UUID, fixed for ever).
pub const NAMESPACE: Uuid = Uuid::from_u128(0x6f2f_7c4a_2f0e_4d51_9f6e_53a1_c0de_5a1a);

/// Longest name of a source.
const SOURCE_MAX: usize = 32;

/// Whether a text can name a source: names of sources stand in routing keys.
pub fn is_source(name: &str) -> bool {
    (1..=SOURCE_MAX).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Longest code of master data.
const CODE_MAX: usize = 32;

/// Whether a text can be the code of a device, a pay point, a tranche: letters, digits and hyphens.
pub fn is_code(text: &str) -> bool {
    (1..=CODE_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

impl BatchId {
    /// The id of a source's batch. Equal names of two sources are two batches.
    ///
    /// ```
    /// use salur_domain::BatchId;
    /// assert_eq!(BatchId::of("dinsos", "b-1"), BatchId::of("dinsos", "b-1"));
    /// assert_ne!(BatchId::of("dinsos", "b-1"), BatchId::of("kemensos", "b-1"));
    /// ```
    pub fn of(source: &str, batch: &str) -> Self {
        Self(Uuid::new_v5(&NAMESPACE, format!("batch\u{0}{source}\u{0}{batch}").as_bytes()))
    }
}

/// The number of a tranche in this installation (not the tahap printed on a cheque, which is master data).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TrancheId(pub i32);

/// Longest row reference, batch name or tranche code, in characters.
pub const MAX_KEY: usize = 128;
/// Longest source name, in characters.
pub const MAX_SOURCE: usize = 32;

/// Natural key of a row within its batch: upstream's row reference, else the line number. 1 to [`MAX_KEY`] printable characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct RowKey(#[schemars(length(min = 1, max = 128))] pub String);

/// Short name of an upstream system, used in routing keys: 1 to [`MAX_SOURCE`] lower-case letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct SourceName(#[schemars(regex(pattern = r"^[a-z0-9-]{1,32}$"))] pub String);

/// Text that is somebody's key: what a database cannot store or a log cannot show ends here, as a malformed message.
pub fn key_text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if is_key(&text) { Ok(text) } else { Err(serde::de::Error::custom(format!("a key has 1 to {MAX_KEY} printable characters"))) }
}

/// Whether a text may be a row reference, batch name or tranche code.
pub fn is_key(text: &str) -> bool {
    (1..=MAX_KEY).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

impl<'de> Deserialize<'de> for RowKey {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        key_text(from).map(Self)
    }
}

impl<'de> Deserialize<'de> for SourceName {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if (1..=MAX_SOURCE).contains(&text.len()) && plain {
            return Ok(Self(text));
        }
        Err(serde::de::Error::custom(format!("a source name has 1 to {MAX_SOURCE} lower-case letters, digits or hyphens")))
    }
}

/// Name of a stage as it stands in queues, metrics and tables: `transfer-posting`.
pub type StageName = &'static str;
