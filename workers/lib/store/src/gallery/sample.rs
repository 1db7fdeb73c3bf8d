//! A random sample of proofs: those that a filter lets through and that a seed ranks lowest ([`salur_domain::sample`]).
//!
//! What there is to draw from is fixed by *as of*, the number of a transaction below the horizon: every transaction with a smaller number has ended, so that
//! no proof and no decision can appear before it later, and the same question gives the same sample for ever. Every member has the same chance, whatever
//! the filter; the seed alone decides.
//!
//! Ten million proofs are not sorted. Ranks are computed from numbers, without a row (75 ms for ten million), and the proofs of the lowest ranks are looked
//! up by number, a window of [`Effort::first`] and then four times as many, until enough of them fit the filter. Where [`Effort::most`] looks are not enough
//! the filter lets little through: then its numbers are read by its own indexes, [`Effort::members`] at most, and ranked. Both ways give the same sample. A
//! few proofs are ranked whole at once.

use salur_domain::sample::{Ranks, Seed};
use uuid::Uuid;

use super::{Filter, Tile, bind, filtered, from, state, tile};
use crate::{Error, Timestamp, Tx, sql};

/// Most proofs of a sample.
pub const SAMPLE_MAX: i64 = 500;

sql! {
    HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
    TOP = "SELECT coalesce(max(n), 0) FROM proofs";
    UPTO = "SELECT at FROM journal WHERE tx < $1 ORDER BY tx DESC LIMIT 1";
    AMONG = concat!("SELECT f.n", from!("$11"), " WHERE ", filtered!(), " AND f.tx < $11 AND f.n = ANY($12)");
    MEMBERS = concat!("SELECT f.n", from!("$11"), " WHERE ", filtered!(), " AND f.tx < $11 LIMIT $12");
    TILES = concat!("SELECT ", tile!(), from!("$1"), " WHERE f.n = ANY($2)");
    OPENED = "SELECT k.capture FROM unnest($1::uuid[]) AS k(capture) WHERE EXISTS (SELECT FROM audit a WHERE a.act = 'proofs_seen'
          AND a.detail -> 'captures' ? k.capture::text AND a.actor = $2 AND a.detail ->> 'page' = 'case' AND a.detail #>> '{captures,0}' = k.capture::text)";
}

/// What a sample may cost.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Numbers looked up in the first window, and where there are fewer proofs all at once.
    pub first: u64,
    /// Numbers looked up in all windows together.
    pub most: u64,
    /// Members read where that is not enough.
    pub members: i64,
}

/// A second of the database at most: 85,000 look-ups by a unique index, or a million numbers.
pub const EFFORT: Effort = Effort { first: 4_000, most: 84_000, members: 1_000_000 };

/// A sample.
#[derive(Debug, Clone)]
pub struct Sample {
    /// In the order of ranks.
    pub tiles: Vec<Tile>,
    /// How many proofs there were to draw from.
    pub members: i64,
    /// That number was counted; else it was reckoned from the share that fits.
    pub is_counted: bool,
    /// When the last transaction was of which it knows.
    pub upto: Option<Timestamp>,
}

/// The moment, as the number of a transaction, that a sample drawn now is of.
pub async fn horizon(tx: &mut Tx) -> Result<i64, Error> {
    sqlx::query_scalar(HORIZON).fetch_one(tx.connection()).await.map_err(failed())
}

/// Draws a sample; none where the filter lets more through than may be read, and too little to be found by ranks.
pub async fn draw(tx: &mut Tx, filter: &Filter, seed: &Seed, number: i64, as_of: i64, effort: &Effort) -> Result<Option<Sample>, Error> {
    let wanted = usize::try_from(number.clamp(1, SAMPLE_MAX)).expect("a small number");
    let ranks = Ranks::of(seed);
    let top: i64 = sqlx::query_scalar(TOP).fetch_one(tx.connection()).await.map_err(failed())?;
    let top = u64::try_from(top).map_err(|_| Error::invariant("proofs are numbered from 1"))?;
    let found = match by_rank(tx, filter, ranks, (top, wanted), as_of, effort).await? {
        Some(found) => Some(found),
        None => by_filter(tx, filter, ranks, as_of, effort).await?,
    };
    let Some((mut numbers, members, is_counted)) = found else { return Ok(None) };
    numbers.truncate(wanted);
    let mut tiles: Vec<Tile> = sqlx::query_as(TILES).bind(as_of).bind(&numbers).fetch_all(tx.connection()).await.map_err(failed())?;
    tiles.sort_by_key(|tile| rank(ranks, tile.n));
    let upto = sqlx::query_scalar(UPTO).bind(as_of).fetch_optional(tx.connection()).await.map_err(failed())?;
    Ok(Some(Sample { tiles, members, is_counted, upto }))
}

/// Numbers in the order of ranks, how many members there are, and whether they were counted.
type Found = (Vec<i64>, i64, bool);

/// Looks the lowest ranks up, window after window; none where they hold too few members.
async fn by_rank(
    tx: &mut Tx,
    filter: &Filter,
    ranks: Ranks,
    (top, wanted): (u64, usize),
    as_of: i64,
    effort: &Effort,
) -> Result<Option<Found>, Error> {
    let (mut numbers, mut low, mut looks, mut width) = (Vec::new(), 0_u64, 0, effort.first);
    while looks < effort.most {
        looks += width;
        let is_all = looks >= top;
        // so many of the numbers as the window is of all ranks
        let high = if is_all { u64::MAX } else { share(looks, top) };
        let window = tokio::task::spawn_blocking(move || ranks.window(top, low..=high));
        let window: Vec<i64> =
            window.await.map_err(|_| Error::invariant("ranks are computed"))?.into_iter().map(u64::cast_signed).collect();
        let query = bind(sqlx::query_as(AMONG), filter).bind(as_of).bind(window);
        let mut among: Vec<(i64,)> = query.fetch_all(tx.connection()).await.map_err(failed())?;
        among.sort_by_key(|found| rank(ranks, found.0));
        numbers.extend(among.into_iter().map(|found| found.0));
        let held = i64::try_from(numbers.len()).expect("as many as were looked up");
        if is_all {
            return Ok(Some((numbers, held, true)));
        }
        if numbers.len() >= wanted {
            return Ok(Some((numbers, reckoned(held, looks, top), false)));
        }
        low = high + 1;
        width *= 4;
    }
    Ok(None)
}

/// Reads the numbers of all members, and ranks them.
async fn by_filter(tx: &mut Tx, filter: &Filter, ranks: Ranks, as_of: i64, effort: &Effort) -> Result<Option<Found>, Error> {
    let query = bind(sqlx::query_as(MEMBERS), filter).bind(as_of).bind(effort.members + 1);
    let members: Vec<(i64,)> = query.fetch_all(tx.connection()).await.map_err(failed())?;
    let count = i64::try_from(members.len()).expect("bounded");
    if count > effort.members {
        return Ok(None);
    }
    let mut numbers: Vec<i64> = members.into_iter().map(|member| member.0).collect();
    numbers.sort_by_cached_key(|number| rank(ranks, *number));
    Ok(Some((numbers, count, true)))
}

fn rank(ranks: Ranks, number: i64) -> u64 {
    ranks.rank(number.cast_unsigned())
}

/// The highest rank of the lowest `part` of `whole`.
fn share(part: u64, whole: u64) -> u64 {
    u64::try_from(u128::from(u64::MAX) * u128::from(part) / u128::from(whole)).unwrap_or(u64::MAX)
}

/// How many there are of all, where so many were among those looked up.
fn reckoned(held: i64, looks: u64, top: u64) -> i64 {
    i64::try_from(i128::from(held) * i128::from(top) / i128::from(looks)).unwrap_or(i64::MAX)
}

/// Which of these captures somebody has opened as a case.
pub async fn opened(tx: &mut Tx, captures: &[Uuid], actor: &str) -> Result<Vec<Uuid>, Error> {
    let failed = Error::database("looking for what was opened");
    sqlx::query_scalar(OPENED).bind(captures).bind(actor).fetch_all(tx.connection()).await.map_err(failed)
}

fn failed() -> impl FnOnce(sqlx::Error) -> Error {
    Error::database("drawing a sample of proofs")
}
