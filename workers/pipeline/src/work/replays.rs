//! Replays as the store keeps them: opened here, where the keys are, and audited as the act of who asked.

use std::sync::Arc;

use salur_runtime::{
    dead_letters::DeadLetter,
    replays::{ReplayStore, Wished},
    stage::Failure,
};
use salur_store::{
    audit, dead_letters,
    replays::{self, Effect, Taken},
};

use crate::{Tools, open_letter};

/// Opens letters that a person asked to have replayed, and writes what came of it.
#[derive(Debug)]
pub struct Replayer(pub Arc<Tools>);

impl ReplayStore for Replayer {
    type Wish = Taken;

    async fn take(&self, most: u16) -> Result<Vec<Wished<Taken>>, Failure> {
        let mut tx = self.0.database.begin().await?;
        let taken = replays::take(&mut tx, i64::from(most)).await?;
        tx.commit().await?;
        Ok(taken
            .into_iter()
            .map(|taken| {
                let letter = self.open(&taken);
                (taken, letter)
            })
            .collect())
    }

    async fn end(&self, taken: &Taken, sent: bool) -> Result<(), Failure> {
        let mut tx = self.0.database.begin().await?;
        let letter = &taken.letter;
        let effect = match sent {
            false => Effect::Refused,
            true if dead_letters::mark_replayed(&mut tx, letter.id, letter.kept_at).await? => Effect::Replayed,
            true => Effect::DiedAgain,
        };
        if replays::end(&mut tx, taken, effect).await? {
            let detail = serde_json::json!({
                "letter": letter.id, "stage": letter.stage, "message": letter.message_id, "request": taken.request,
                "died_again": effect == Effect::DiedAgain, "refused": effect == Effect::Refused,
            });
            audit::record(&mut tx, &taken.actor, "dead-letter-replayed", &detail).await?;
        }
        Ok(tx.commit().await?)
    }
}

impl Replayer {
    /// The letter as it is published; none where that would never work.
    fn open(&self, taken: &Taken) -> Option<DeadLetter> {
        let letter = &taken.letter;
        if !crate::specs().iter().any(|spec| spec.name == letter.stage) {
            tracing::warn!(letter = %letter.id, stage = letter.stage, "a dead letter is of no stage of this version");
            return None;
        }
        let opened = open_letter(&self.0, letter.id, &letter.body);
        let body = opened.inspect_err(|error| tracing::error!(letter = %letter.id, %error, "a dead letter cannot be opened")).ok()?;
        Some(DeadLetter {
            fingerprint: letter.fingerprint.clone(),
            message_id: letter.message_id.clone(),
            stage: letter.stage.clone(),
            cause: letter.cause.clone(),
            body,
            traceparent: letter.headers["traceparent"].as_str().map(str::to_owned),
            key: letter.headers["key"].as_str().map(str::to_owned),
            attempts: u32::try_from(letter.attempts).unwrap_or_default(),
            first_published_at: letter.first_published_at,
        })
    }
}
