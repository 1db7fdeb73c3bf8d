//! The adapters between runtime, which knows no SQL, and store, which knows no broker.

mod replays;

use std::sync::Arc;

use salur_domain::{StageName, vault::DataKey};
use salur_runtime::{
    dead_letters::{self, DeadLetterStore},
    stage::{Failure, UnitOfWork},
};
use salur_store::{Database, Error, Tx};
use uuid::Uuid;

use crate::Tools;

pub use replays::Replayer;

/// Characters of a cause that tell causes apart.
const FINGERPRINT_CHARS: usize = 160;

/// A transaction of the runtime is a transaction of the database, in the role of the stage.
#[derive(Debug, Clone)]
pub struct Work(pub Database);

impl UnitOfWork for Work {
    type Tx = Tx;

    async fn begin(&self, stage: StageName) -> Result<Tx, Failure> {
        Ok(self.0.begin_as(stage).await?)
    }

    async fn commit(&self, tx: Tx) -> Result<(), Failure> {
        Ok(tx.commit().await?)
    }
}

/// Keeps dead letters in their table, bodies sealed: they may hold personal data.
#[derive(Debug)]
pub struct Keeper(pub Arc<Tools>);

impl DeadLetterStore for Keeper {
    async fn keep(&self, letters: Vec<dead_letters::DeadLetter>) -> Result<(), Failure> {
        let mut tx = self.0.database.begin().await?;
        for letter in letters {
            salur_store::dead_letters::keep(&mut tx, &self.row(letter)?).await?;
        }
        Ok(tx.commit().await?)
    }
}

impl Keeper {
    fn row(&self, letter: dead_letters::DeadLetter) -> Result<salur_store::dead_letters::DeadLetter, Failure> {
        // the body is part of the id: a producer that uses a message id twice must not make us forget one of the two
        let name = [b"dead\0".as_slice(), letter.fingerprint.as_bytes(), &crate::digest(&letter.body)].concat();
        let id = Uuid::new_v5(&salur_domain::ids::NAMESPACE, &name);
        let key = crate::fresh_key()?;
        let wrapped = key.wrap(self.0.keys.rows(), id.as_bytes());
        Ok(salur_store::dead_letters::DeadLetter {
            id,
            stage: letter.stage,
            fingerprint: cause_of(&letter.cause),
            cause: letter.cause,
            message_id: letter.message_id,
            fact_type: fact_type(&letter.body),
            attempts: i32::try_from(letter.attempts).unwrap_or(i32::MAX),
            body: [
                &[u8::try_from(wrapped.len()).expect("a wrapped key is short")],
                wrapped.as_slice(),
                &key.seal(id.as_bytes(), &letter.body),
            ]
            .concat(),
            headers: serde_json::json!({ "traceparent": letter.traceparent, "key": letter.key }),
            first_published_at: letter.first_published_at,
            kept_at: chrono::DateTime::UNIX_EPOCH,
            replayed_at: None,
        })
    }
}

/// Opens the body of a kept letter.
pub fn open_letter(tools: &Tools, id: Uuid, sealed: &[u8]) -> Result<Vec<u8>, Error> {
    let (length, rest) = sealed.split_first().ok_or_else(|| Error::invariant("a sealed letter is not empty"))?;
    let (wrapped, body) = rest.split_at_checked(usize::from(*length)).ok_or_else(|| Error::invariant("a sealed letter holds its key"))?;
    let key = DataKey::unwrap(tools.keys.rows(), id.as_bytes(), wrapped).map_err(Error::Sealed)?;
    key.open(id.as_bytes(), body).map_err(Error::Sealed)
}

/// Letters of one cause share a fingerprint: the cause without the words that hold a digit, which are ids, counts and places.
fn cause_of(cause: &str) -> String {
    let words: Vec<&str> =
        cause.split_whitespace().map(|word| if word.contains(|c: char| c.is_ascii_digit()) { "#" } else { word }).collect();
    words.join(" ").chars().take(FINGERPRINT_CHARS).collect()
}

fn fact_type(body: &[u8]) -> String {
    salur_schemas::envelope::Envelope::parse(body).map(|envelope| envelope.kind).unwrap_or_default()
}
