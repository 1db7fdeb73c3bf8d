//! Names out of sealed rows: the one place of the portal where a row is opened, for an answer that was recorded.
//!
//! The names of a village are opened in a thread of their own, since some thousands take tens of milliseconds. A row that does not open is counted and told:
//! its batch's key was destroyed, or it was changed.

use std::collections::HashMap;

use salur_domain::{
    BatchId, RowKey,
    likeness::{Distance, Sought},
    name::Name,
    vault::{DataKey, Keys},
};
use salur_schemas::RecipientSubmitted;
use salur_store::families::Sealed;
use uuid::Uuid;

use crate::{Portal, refusal::Refusal};

/// Opens rows.
pub struct Opener {
    keys: HashMap<BatchId, DataKey>,
    context: fn(BatchId, &RowKey) -> Vec<u8>,
}

/// The likest persons of a village.
pub struct Likest {
    /// The likest first.
    pub accounts: Vec<Uuid>,
    /// More were alike than are told.
    pub more: bool,
    /// Rows that did not open.
    pub unreadable: usize,
}

impl Opener {
    /// For rows of these batches.
    pub fn new(keys: &Keys, context: fn(BatchId, &RowKey) -> Vec<u8>, wrapped: &HashMap<BatchId, Vec<u8>>) -> Self {
        let opened = wrapped.iter().filter_map(|(batch, key)| {
            let key = DataKey::unwrap(keys.rows(), batch.0.as_bytes(), key);
            Some((*batch, key.inspect_err(|error| tracing::error!(%error, %batch, "a data key does not open")).ok()?))
        });
        Self { keys: opened.collect(), context }
    }

    /// The name in a row; none where it does not open.
    pub fn name(&self, row: &Sealed) -> Option<String> {
        Some(Name::parse(&self.row(row)?.name)?.text)
    }

    /// A row as upstream wrote it; none where it does not open.
    pub fn row(&self, row: &Sealed) -> Option<RecipientSubmitted> {
        let (batch, key) = row.key();
        let plain = self.keys.get(&batch)?.open(&(self.context)(batch, &key), &row.sealed).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

/// The persons of a village whose names are most like the one looked for.
pub async fn likest(
    portal: &Portal,
    rows: Vec<Sealed>,
    wrapped: HashMap<BatchId, Vec<u8>>,
    sought: Sought,
    most: usize,
) -> Result<Likest, Refusal> {
    let (keys, context) = (portal.keys().clone(), portal.row_context());
    let look = move || {
        let opener = Opener::new(&keys, context, &wrapped);
        let names: Vec<(Uuid, Option<String>)> = rows.iter().map(|row| (row.account, opener.name(row))).collect();
        let unreadable = names.iter().filter(|(_, name)| name.is_none()).count();
        let alike = names.into_iter().filter_map(|(account, name)| {
            let name = name?;
            Some((sought.distance(&Sought::parse(&name)?)?, name, account))
        });
        let mut alike: Vec<(Distance, String, Uuid)> = alike.collect();
        alike.sort_unstable();
        Likest { more: alike.len() > most, accounts: alike.into_iter().take(most).map(|(.., account)| account).collect(), unreadable }
    };
    tokio::task::spawn_blocking(look).await.map_err(|_| Refusal::busy("the names cannot be read right now; send the same request again"))
}
