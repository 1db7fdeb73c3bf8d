//! Sealing: the journal's lines, in the order of transactions, into the log.
//!
//! A round takes the lines below the horizon of a snapshot (every transaction with a smaller number has ended, so none can appear before them any more),
//! writes their tiles and entries, then the new head as a row, then shows the checkpoint. A sealer that dies anywhere leaves nothing to repair: what it wrote
//! without a row is written again with the same bytes, and a row whose checkpoint was not shown is shown by the next. No connection waits for the object
//! store but the one that holds the lock of sealers. A head is never signed that does not extend what was shown. Bounds: [`MOST_LINES`] per round.

use salur_domain::{
    note::Signer,
    tlog::{self, Checkpoint, Edge, Tile, partial_tiles},
};
use sqlx::PgConnection;

use super::log::{self, Position};
use crate::{Blobs, Database, Error, Timestamp, sql};

/// Lines of a round.
pub const MOST_LINES: i64 = 4_096;

sql! {
    LEAD = "SELECT pg_try_advisory_lock(7226310030)";
    LEADS = "SELECT 1";
    HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
    NEXT = "SELECT tx, at, note FROM journal WHERE tx > $1 AND tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY tx LIMIT $2";
    SEAL = "INSERT INTO seals (size, tx, checkpoint) SELECT $1, $2, $3 WHERE coalesce((SELECT max(size) FROM seals), 0) = $4
        ON CONFLICT DO NOTHING RETURNING clock_timestamp()";
    WAITS = "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0)::float8 FROM journal WHERE tx > $1";
}

/// What a round did.
#[derive(Debug, Clone, Default)]
pub struct Round {
    /// Whether this process is the one that seals.
    pub leads: bool,
    /// Seconds from the moment of each line's transaction to its seal.
    pub ages_s: Vec<f64>,
    /// Entries of the log.
    pub size: u64,
    /// Age of the oldest line that waits, in seconds.
    pub waits_s: f64,
    /// More lines wait than a round takes.
    pub more: bool,
}

/// Seals, one round at a time.
#[derive(Debug)]
pub struct Sealer {
    database: Database,
    blobs: Blobs,
    signer: Signer,
    lead: Option<PgConnection>,
    head: Option<Head>,
}

/// Where the log stands.
#[derive(Debug, Clone, Default)]
struct Head {
    edge: Edge,
    /// Entries of the last bundle, while it is not full.
    open: Vec<Vec<u8>>,
    tx: i64,
}

/// A head whose tiles are written and whose row is not.
#[derive(Debug)]
pub struct Written {
    before: u64,
    head: Head,
    full: Vec<Tile>,
    checkpoint: String,
    moments: Vec<Timestamp>,
}

impl Sealer {
    /// A sealer; the name of its key is the origin of the log.
    pub fn new(database: Database, blobs: Blobs, signer: Signer) -> Self {
        Self { database, blobs, signer, lead: None, head: None }
    }

    /// Everything that is due. After an error the next round begins with what was written.
    pub async fn round(&mut self) -> Result<Round, Error> {
        let done = self.try_round().await;
        if done.is_err() {
            self.head = None;
        }
        done
    }

    async fn try_round(&mut self) -> Result<Round, Error> {
        if !self.leads().await? {
            return Ok(Round::default());
        }
        let mut round = Round { leads: true, ..Round::default() };
        if let Some(written) = self.write().await? {
            round.more = i64::try_from(written.moments.len()).is_ok_and(|count| count == MOST_LINES);
            round.ages_s = self.record(written).await?;
        }
        let head = self.head.as_ref().map_or((0, 0), |head| (head.edge.size, head.tx));
        round.size = head.0;
        let mut tx = self.database.begin_sealer().await?;
        round.waits_s = sqlx::query_scalar(WAITS).bind(head.1).fetch_one(tx.connection()).await.map_err(failed())?;
        tx.commit().await?;
        Ok(round)
    }

    /// Whether this process holds the lock of sealers; it goes with its connection.
    async fn leads(&mut self) -> Result<bool, Error> {
        if let Some(lead) = &mut self.lead {
            if sqlx::query(LEADS).execute(lead).await.is_ok() {
                return Ok(true);
            }
            (self.lead, self.head) = (None, None);
        }
        let mut lead = self.database.pool().acquire().await.map_err(failed())?.detach();
        let leads = sqlx::query_scalar(LEAD).fetch_one(&mut lead).await.map_err(failed())?;
        self.lead = Some(lead).filter(|_| leads);
        Ok(leads)
    }

    /// Writes the tiles of what is due; none where nothing is.
    pub async fn write(&mut self) -> Result<Option<Written>, Error> {
        if self.head.is_none() {
            self.head = Some(self.open().await?);
        }
        let mut head = self.head.clone().expect("opened above");
        let before = head.edge.size;
        let mut tx = self.database.begin_sealer().await?;
        let lines: Vec<(i64, Timestamp, String)> =
            sqlx::query_as(NEXT).bind(head.tx).bind(MOST_LINES).fetch_all(tx.connection()).await.map_err(failed())?;
        tx.commit().await?;
        let Some(last) = lines.last() else { return Ok(None) };
        head.tx = last.0;
        let (mut objects, mut full, mut moments) = (Vec::new(), Vec::new(), Vec::with_capacity(lines.len()));
        for (_, at, note) in lines {
            moments.push(at);
            head.take(note.into_bytes(), &mut objects, &mut full);
        }
        head.partial(&mut objects);
        log::write(&self.blobs, objects).await?;
        let origin = self.signer.verifier().name().to_owned();
        let checkpoint = self.signer.sign(&Checkpoint { origin, size: head.edge.size, root: head.edge.root() }.text());
        Ok(Some(Written { before, head, full, checkpoint, moments }))
    }

    /// Makes a written head the head, shows it, and gives the age of each line.
    async fn record(&mut self, written: Written) -> Result<Vec<f64>, Error> {
        let number = |size: u64| i64::try_from(size).map_err(|_| Error::invariant("a log fits i64"));
        let mut tx = self.database.begin_sealer().await?;
        let insert = sqlx::query_scalar(SEAL).bind(number(written.head.edge.size)?).bind(written.head.tx).bind(&written.checkpoint);
        let sealed: Option<Timestamp> = insert.bind(number(written.before)?).fetch_optional(tx.connection()).await.map_err(failed())?;
        tx.commit().await?;
        let Some(sealed) = sealed else {
            self.head = None;
            return Err(Error::invariant("another sealer was first; its head is read again"));
        };
        self.head = Some(written.head);
        log::show(&self.blobs, &written.checkpoint).await?;
        for full in written.full {
            log::tidy(&self.blobs, full).await?;
        }
        Ok(written.moments.into_iter().map(|at| seconds(sealed - at)).collect())
    }

    /// The head that was recorded last, rebuilt from its tiles; shown, if it was not.
    async fn open(&self) -> Result<Head, Error> {
        let mut tx = self.database.begin_sealer().await?;
        let position = Position::read(tx.connection()).await?;
        let horizon: i64 = sqlx::query_scalar(HORIZON).fetch_one(tx.connection()).await.map_err(failed())?;
        tx.commit().await?;
        let log_key = self.signer.verifier();
        let shown = log::shown(&self.blobs).await?;
        let shown = shown.map(|note| log::checkpoint_of(&note, log_key)).transpose()?;
        let shown_size = shown.as_ref().map_or(0, |checkpoint| checkpoint.size);
        let Some(position) = position else {
            return if shown_size == 0 { Ok(Head::default()) } else { Err(rolled_back(0, shown_size)) };
        };
        let size = position.size();
        if shown_size > size {
            return Err(rolled_back(size, shown_size));
        }
        if horizon <= position.tx {
            return Err(Error::invariant(
                "transaction numbers went back: this database was restored from a dump, and its log cannot go on",
            ));
        }
        let edge = log::edge(&self.blobs, size).await?;
        if edge.root() != log::checkpoint_of(&position.checkpoint, log_key)?.root {
            return Err(Error::invariant(format!("the tiles of the log do not make its head of {size} entries")));
        }
        if let Some(shown) = shown
            && log::edge(&self.blobs, shown.size).await?.root() != shown.root
        {
            return Err(Error::invariant(format!("the log does not extend the checkpoint of {} entries that it shows", shown.size)));
        }
        if shown_size < size {
            log::show(&self.blobs, &position.checkpoint).await?;
        }
        let open = match partial_tiles(size).into_iter().find(|tile| tile.level == 0) {
            Some(partial) => log::entries(&self.blobs, partial).await?,
            None => Vec::new(),
        };
        Ok(Head { edge, open, tx: position.tx })
    }
}

impl Head {
    /// Appends an entry; what it fills goes to the objects to be written.
    fn take(&mut self, entry: Vec<u8>, objects: &mut Vec<(String, Vec<u8>)>, full: &mut Vec<Tile>) {
        let filled = self.edge.push(tlog::leaf(&entry));
        self.open.push(entry);
        for (tile, hashes) in filled {
            objects.push((tile.path(), hashes.concat()));
            if tile.level == 0 {
                objects.push((tile.entries_path(), log::bundle(&std::mem::take(&mut self.open))));
            }
            full.push(tile);
        }
    }

    fn partial(&self, objects: &mut Vec<(String, Vec<u8>)>) {
        for (tile, hashes) in self.edge.partial() {
            objects.push((tile.path(), hashes.concat()));
            if tile.level == 0 {
                objects.push((tile.entries_path(), log::bundle(&self.open)));
            }
        }
    }
}

fn failed() -> impl FnOnce(sqlx::Error) -> Error {
    Error::database("sealing the journal")
}

fn rolled_back(size: u64, shown: u64) -> Error {
    Error::invariant(format!("the database was rolled back: it knows {size} sealed entries, and a checkpoint of {shown} was shown"))
}

#[expect(clippy::cast_precision_loss, reason = "an age in seconds is a float in metrics")]
fn seconds(age: chrono::TimeDelta) -> f64 {
    age.num_milliseconds() as f64 / 1_000.0
}
