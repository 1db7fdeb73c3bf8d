//! One reader, many viewers: reads once in [`POLL`], encodes once, and hands the same bytes to everyone.
//!
//! When the database does not answer, the last reading stays, its time with it: viewers see how old it is.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use salur_domain::reason::Language;
use salur_runtime::stage::Failure;
use salur_store::{Database, board};
use serde::Serialize;
use tokio::{sync::watch, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::{model::Board, page};
use crate::refusal::Refusal;

/// Time between readings.
pub const POLL: Duration = Duration::from_secs(1);

/// One reading, ready to be sent.
#[derive(Debug)]
pub struct Snapshot {
    /// When the database was read and compared with the ledger.
    pub at: DateTime<Utc>,
    /// Counts changes of figures within this process.
    pub version: u64,
    board: Arc<Board>,
    event: Bytes,
    beat: Bytes,
    pages: [OnceLock<Bytes>; 2],
}

/// Sends readings; the portal keeps the other end.
pub(crate) type Readings = watch::Sender<Option<Arc<Snapshot>>>;

#[derive(Serialize)]
struct Body<'a> {
    now: DateTime<Utc>,
    version: u64,
    #[serde(flatten)]
    board: &'a Board,
}

impl Snapshot {
    /// The reading after `before`: what did not change is not encoded again.
    fn next(before: Option<&Self>, at: DateTime<Utc>, board: Board) -> Self {
        let pages = [OnceLock::new(), OnceLock::new()];
        let beat = format!("event: beat\ndata: {{\"now\":\"{}\"}}\n\n", at.to_rfc3339()).into();
        if let Some(before) = before.filter(|before| *before.board == board) {
            return Self { at, version: before.version, board: Arc::clone(&before.board), event: before.event.clone(), beat, pages };
        }
        let version = before.map_or(1, |before| before.version + 1);
        let event = format!("event: board\ndata: {}\n\n", encode(at, version, &board)).into();
        Self { at, version, board: Arc::new(board), event, beat, pages }
    }

    /// The board as JSON, as of this reading.
    pub(super) fn json(&self) -> Bytes {
        encode(self.at, self.version, &self.board).into()
    }

    /// The event that brings figures, as of the reading that first had them.
    pub(super) fn event(&self) -> Bytes {
        self.event.clone()
    }

    /// The event that says: read again, still these figures.
    pub(super) fn beat(&self) -> Bytes {
        self.beat.clone()
    }

    /// The page, drawn when first asked for.
    pub(super) fn page(&self, language: Language) -> Result<Bytes, Refusal> {
        let cell = &self.pages[usize::from(language == Language::English)];
        if let Some(page) = cell.get() {
            return Ok(page.clone());
        }
        let drawn: Bytes = page::draw(&self.board, self.at, self.version, language)?.into();
        Ok(cell.get_or_init(|| drawn).clone())
    }
}

fn encode(now: DateTime<Utc>, version: u64, board: &Board) -> String {
    serde_json::to_string(&Body { now, version, board }).expect("plain data: writing it to memory cannot fail")
}

/// Reads until told to stop.
pub(crate) async fn poll(database: &Database, readings: &Readings, stop: &CancellationToken) {
    let mut tick = tokio::time::interval(POLL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        match board::read(database).await {
            Ok(reading) => {
                failing = false;
                publish(readings, &reading);
            }
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(failure = %Failure::from(error), "the board cannot be read; viewers keep the last figures");
            }
            Err(_) => {}
        }
    }
}

fn publish(readings: &Readings, reading: &board::Reading) {
    let before = readings.borrow().clone();
    let next = Snapshot::next(before.as_deref(), reading.at, Board::of(reading));
    if !next.board.differences.is_empty() && before.is_none_or(|before| before.version != next.version) {
        tracing::error!(differences = next.board.differences.len(), "the board differs from the ledger");
    }
    readings.send_replace(Some(Arc::new(next)));
}
