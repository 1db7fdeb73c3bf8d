//! One reader, many viewers: reads once in [`POLL`], adds up and encodes once, and hands the same bytes to everyone.
//!
//! A view is made when somebody first asks for it, and kept while its figures stand. When the database does not answer, the last reading stays, its time
//! with it: viewers see how old it is.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use salur_runtime::stage::Failure;
use salur_store::{
    Database,
    board::{self, Day, Reading},
};
use serde::Serialize;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;

use super::{
    figures::Figures,
    ticker::{Line, Ticker},
    view::{Key, Made, View, drawn_at},
};

/// Time between readings: a payment is on every board within a second of its commit, reading and sending included.
pub const POLL: Duration = Duration::from_millis(500);
/// Time between readings of past days.
const DAYS: Duration = Duration::from_secs(15);

/// One reading, ready to be sent.
#[derive(Debug)]
pub struct Snapshot {
    /// When the database was read and compared with the ledger.
    pub at: DateTime<Utc>,
    beat: Bytes,
    read: Arc<Read>,
}

/// What was read, and what was made of it: stands while figures do.
#[derive(Debug)]
struct Read {
    reading: Reading,
    figures: Figures,
    days: Arc<Vec<Day>>,
    slots: Arc<Vec<Day>>,
    ticker: Vec<Line>,
    drawn_at: DateTime<Utc>,
    views: Mutex<HashMap<Key, Arc<Encoded>>>,
}

/// A view and the event that brings it.
pub struct Encoded {
    /// As data.
    pub view: View,
    /// As an event.
    pub event: Bytes,
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of {}", self.event.len(), self.view.place.code)
    }
}

/// Sends readings; the portal keeps the other end.
pub(crate) type Readings = watch::Sender<Option<Arc<Snapshot>>>;

#[derive(Serialize)]
struct Body<'a> {
    now: DateTime<Utc>,
    #[serde(flatten)]
    view: &'a View,
}

impl Snapshot {
    /// The view of a key; nothing where there is no such place or slice.
    pub fn view(&self, key: &Key) -> Option<Arc<Encoded>> {
        let views = || self.read.views.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) = views().get(key) {
            return Some(Arc::clone(view));
        }
        let Read { figures, days, slots, ticker, drawn_at, .. } = &*self.read;
        let view = Made { figures, days, slots, ticker, at: *drawn_at }.view(key)?;
        let event = format!("event: board\ndata: {}\n\n", encode(&view)).into();
        Some(Arc::clone(views().entry(key.clone()).or_insert_with(|| Arc::new(Encoded { view, event }))))
    }

    /// A view as JSON, as of this reading.
    pub(super) fn json(&self, view: &View) -> Bytes {
        encode(&Body { now: self.at, view }).into()
    }

    /// The event that says: read again, still these figures.
    pub(super) fn beat(&self) -> Bytes {
        self.beat.clone()
    }

    /// Everything that was added up.
    pub(super) fn figures(&self) -> &Figures {
        &self.read.figures
    }

    /// Whether people see other figures than before.
    fn differs(&self, reading: &Reading, (days, slots): (&Arc<Vec<Day>>, &Arc<Vec<Day>>), at: DateTime<Utc>) -> bool {
        let read = &self.read;
        let (before, now) = (&read.reading, reading);
        !Arc::ptr_eq(&read.days, days)
            || !Arc::ptr_eq(&read.slots, slots)
            || read.drawn_at != at
            || (&before.tranches, &before.figures, &before.paused) != (&now.tranches, &now.figures, &now.paused)
    }
}

fn encode(data: &impl Serialize) -> String {
    serde_json::to_string(data).expect("plain data: writing it to memory cannot fail")
}

/// Reads until told to stop.
pub(crate) async fn poll(database: &Database, readings: &Readings, stop: &CancellationToken) {
    let mut tick = tokio::time::interval(POLL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reader = Reader::default();
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        match reader.read(database, readings).await {
            Ok(()) => reader.is_failing = false,
            Err(error) if !reader.is_failing => {
                reader.is_failing = true;
                tracing::warn!(failure = %Failure::from(error), "the board cannot be read; viewers keep the last figures");
            }
            Err(_) => {}
        }
    }
}

/// What is kept between readings.
#[derive(Default)]
struct Reader {
    days: Arc<Vec<Day>>,
    slots: Arc<Vec<Day>>,
    days_read: Option<Instant>,
    ticker: Ticker,
    is_failing: bool,
}

impl Reader {
    async fn read(&mut self, database: &Database, readings: &Readings) -> Result<(), salur_store::Error> {
        if self.days_read.is_none_or(|read| read.elapsed() >= DAYS) {
            let (days, slots) = (board::days(database).await?, board::slots(database).await?);
            self.days_read = Some(Instant::now());
            if *self.days != days {
                self.days = Arc::new(days);
            }
            if *self.slots != slots {
                self.slots = Arc::new(slots);
            }
        }
        let mut reading = board::read(database).await?;
        reading.figures.sort_unstable_by(|a, b| (a.tranche, &a.place, a.source, &a.name).cmp(&(b.tranche, &b.place, b.source, &b.name)));
        self.publish(readings, reading);
        Ok(())
    }

    fn publish(&mut self, readings: &Readings, reading: Reading) {
        let before = readings.borrow().clone();
        let (at, drawn_at) = (reading.at, drawn_at(reading.at));
        let same = before.filter(|before| !before.differs(&reading, (&self.days, &self.slots), drawn_at));
        let read = same.map_or_else(|| self.add_up(reading, drawn_at), |before| Arc::clone(&before.read));
        let beat = format!("event: beat\ndata: {{\"now\":\"{}\"}}\n\n", at.to_rfc3339()).into();
        readings.send_replace(Some(Arc::new(Snapshot { at, beat, read })));
    }

    fn add_up(&mut self, reading: Reading, drawn_at: DateTime<Utc>) -> Arc<Read> {
        let figures = Figures::of(&reading);
        if !figures.differences.is_empty() {
            tracing::error!(differences = figures.differences.len(), "the board differs from the ledger");
        }
        let ticker = self.ticker.hear(reading.at, &figures);
        let (days, slots) = (Arc::clone(&self.days), Arc::clone(&self.slots));
        Arc::new(Read { reading, figures, days, slots, ticker, drawn_at, views: Mutex::default() })
    }
}
