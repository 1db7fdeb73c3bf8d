//! Cash as the stage transfer-posting decides it: one move or count after the other, on balances that are locked.
//!
//! Every account that the flight will touch is locked at once in id order, those of payments too, so that the flights of all stages lock alike. Then each
//! fact is judged by the rules of [`salur_domain::cash`] on what the facts before it left, and what came of it is a row beside its transfer. What
//! was decided stays: an id that is known decides nothing, and other content under it is kept as a conflict.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use salur_domain::{
    Rupiah, TrancheId,
    cash::{Count, Place, Reason, Side, Way, judge_count, judge_move},
};
use salur_schemas::{CashCounted, CashMoved};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::drawers::{self, UnderWay, Whose};
use crate::{
    Error, Tx,
    ledger::{self, AccountKey, Kind, Transfer},
    pauses, sql,
};

sql! {
    KNOWN = "SELECT id, digest FROM cash_moves WHERE id = ANY($1) UNION ALL SELECT id, digest FROM cash_counts WHERE id = ANY($1)";
    KEEP_CONFLICTS = "INSERT INTO cash_conflicts (id, digest, content) SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::jsonb[]) ON CONFLICT DO NOTHING";
    FIND = "SELECT a.kind, a.programme, a.owner, a.id, CASE a.kind WHEN 'bank' THEN NULL WHEN 'office_cash' THEN a.owner ELSE t.office END AS office
        FROM unnest($1::text[], $2::text[], $3::text[]) AS k(kind, programme, owner)
        JOIN ledger_accounts a ON a.kind = k.kind AND a.programme = k.programme AND a.tranche = 0 AND a.regency = '' AND a.owner = k.owner
        LEFT JOIN tellers t ON t.code = a.owner";
    KEEP_MOVES = "INSERT INTO cash_moves (id, programme, from_place, to_place, amount, document, actor, digest, effect, reason, held)
        SELECT id, programme, from_place, to_place, amount, document, actor, digest, CASE reason WHEN '' THEN 'booked' ELSE 'refused' END, reason, held
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::bytea[], $9::text[], $10::bigint[])
          AS m(id, programme, from_place, to_place, amount, document, actor, digest, reason, held) ORDER BY id ON CONFLICT DO NOTHING";
    KEEP_COUNTS = "INSERT INTO cash_counts (id, programme, teller, day, counted, unsynchronised, explanation, actor, digest, effect, reason,
          books, unjudged, claimed)
        SELECT id, programme, teller, day, counted, unsynchronised, explanation, actor, digest, CASE reason WHEN '' THEN 'closed' ELSE 'refused' END, reason,
          books, unjudged, claimed
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::bytea[], $10::text[],
            $11::bigint[], $12::bigint[], $13::bigint[])
          AS c(id, programme, teller, day, counted, unsynchronised, explanation, actor, digest, reason, books, unjudged, claimed)
        ORDER BY id ON CONFLICT DO NOTHING";
}

/// What somebody said of cash.
#[derive(Debug, Clone)]
pub enum Said {
    /// It moved.
    Moved(CashMoved),
    /// A drawer was counted.
    Counted(CashCounted),
}

type Digested = [u8; 32];

impl Said {
    fn id(&self) -> Uuid {
        match self {
            Self::Moved(moved) => moved.movement.0,
            Self::Counted(counted) => counted.count.0,
        }
    }

    /// Of everything but the moment, which is another when a request is repeated.
    fn digest(&self) -> Result<Digested, Error> {
        let text = match self {
            Self::Moved(CashMoved { movement: _, programme, from, to, amount, document, actor, at: _ }) => {
                serde_json::to_vec(&("moved", programme, from, to, amount, document, actor))
            }
            Self::Counted(CashCounted { count: _, programme, teller, day, counted, unsynchronised, explanation, actor, at: _ }) => {
                serde_json::to_vec(&("counted", programme, teller, day, counted, unsynchronised, explanation, actor))
            }
        };
        Ok(Sha256::digest(text.map_err(|error| unwritable(&error))?).into())
    }

    fn content(&self) -> Result<serde_json::Value, Error> {
        let content = match self {
            Self::Moved(moved) => serde_json::to_value(moved),
            Self::Counted(counted) => serde_json::to_value(counted),
        };
        content.map_err(|error| unwritable(&error))
    }

    fn programme(&self) -> &str {
        match self {
            Self::Moved(moved) => &moved.programme,
            Self::Counted(counted) => &counted.programme,
        }
    }

    /// The teller to whom cash goes; none: to no teller.
    fn taker(&self) -> Option<&str> {
        match self {
            Self::Moved(CashMoved { to: Place::Teller(teller), .. }) => Some(teller),
            Self::Moved(_) | Self::Counted(_) => None,
        }
    }

    fn places(&self) -> [Place; 2] {
        match self {
            Self::Moved(moved) => [moved.from.clone(), moved.to.clone()],
            Self::Counted(CashCounted { teller, .. }) => [Place::Teller(teller.clone()), Place::Difference(teller.clone())],
        }
    }
}

fn unwritable(error: &serde_json::Error) -> Error {
    Error::invariant(format!("what was said of cash cannot be written: {error}"))
}

pub(super) fn key_of(programme: &str, place: &Place) -> AccountKey {
    match place {
        Place::Bank => AccountKey::bank(programme),
        Place::Office(code) => AccountKey::office(programme, code),
        Place::Teller(code) => AccountKey::teller(programme, code),
        Place::Difference(code) => AccountKey::cash_difference(programme, code),
    }
}

const fn kind_of(way: Way) -> Kind {
    match way {
        Way::ToOffice => Kind::CashToOffice,
        Way::BackToBank => Kind::CashBackToBank,
        Way::ToTeller => Kind::CashToTeller,
        Way::BackToOffice => Kind::CashBackToOffice,
        Way::BetweenTellers => Kind::CashBetweenTellers,
        Way::Settled => Kind::DifferenceSettled,
    }
}

/// Decides what is new, in order. `others` are the ledger accounts that the transaction will move besides.
pub async fn decide(tx: &mut Tx, said: &[&Said], others: &[i64]) -> Result<(), Error> {
    let new = new_ones(tx, said).await?;
    if new.is_empty() {
        return Ok(());
    }
    let accounts = accounts(tx, &new).await?;
    let touched = new.iter().flat_map(|(said, _)| said.places().map(|place| named(key_of(said.programme(), &place))));
    let ids: BTreeSet<i64> = touched.filter_map(|name| Some(accounts.get(&name)?.id)).chain(others.iter().copied()).collect();
    let held = ledger::lock_held(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let drawers = drawers_of(tx, &new).await?;
    let takers: Vec<&str> = new.iter().filter_map(|(said, _)| said.taker()).collect();
    let paused = pauses::of_tellers(tx.connection(), &takers).await?;
    let mut books = Books { accounts, held, drawers, paused, transfers: Vec::new() };
    let (mut moves, mut counts) = (Vec::new(), Vec::new());
    for (said, digest) in &new {
        match said {
            Said::Moved(moved) => moves.push(books.move_it(moved, *digest)?),
            Said::Counted(counted) => counts.push(books.count_it(counted, *digest, tx.now)?),
        }
    }
    keep_moves(tx, &moves).await?;
    keep_counts(tx, &counts).await?;
    ledger::post_new(tx, &books.transfers).await
}

/// The first of each id that nobody decided yet; other content under a known id is kept as a conflict.
async fn new_ones<'a>(tx: &mut Tx, said: &[&'a Said]) -> Result<Vec<(&'a Said, Digested)>, Error> {
    let ids: Vec<Uuid> = said.iter().map(|said| said.id()).collect();
    let known: Vec<(Uuid, Vec<u8>)> =
        sqlx::query_as(KNOWN).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("reading what became of cash"))?;
    let mut known: HashMap<Uuid, Vec<u8>> = known.into_iter().collect();
    let (mut new, mut conflicts) = (Vec::new(), BTreeMap::new());
    for said in said {
        let digest = said.digest()?;
        match known.get(&said.id()) {
            None => {
                known.insert(said.id(), digest.to_vec());
                new.push((*said, digest));
            }
            Some(stands) if *stands == digest => {}
            Some(_) => drop(conflicts.insert((said.id(), digest), said.content()?)),
        }
    }
    if !conflicts.is_empty() {
        let keep = sqlx::query(KEEP_CONFLICTS).bind(conflicts.keys().map(|key| key.0).collect::<Vec<_>>());
        let keep =
            keep.bind(conflicts.keys().map(|key| key.1.to_vec()).collect::<Vec<_>>()).bind(conflicts.into_values().collect::<Vec<_>>());
        keep.execute(tx.connection()).await.map_err(Error::database("keeping conflicts about cash"))?;
    }
    Ok(new)
}

/// A ledger account of a place, and the office that the place is or belongs to.
struct Account {
    id: i64,
    office: Option<String>,
}

/// Kind, programme and owner.
type Named = (String, String, String);

fn named(key: AccountKey) -> Named {
    (key.kind.as_str().to_owned(), key.programme, key.owner)
}

async fn accounts(tx: &mut Tx, new: &[(&Said, Digested)]) -> Result<HashMap<Named, Account>, Error> {
    let of = |said: &&Said| {
        let programme = said.programme().to_owned();
        said.places().into_iter().chain([Place::Bank]).map(move |place| named(key_of(&programme, &place))).collect::<Vec<_>>()
    };
    let wanted: BTreeSet<Named> = new.iter().flat_map(|(said, _)| of(said)).collect();
    let rows: Vec<(String, String, String, i64, Option<String>)> = sqlx::query_as(FIND)
        .bind(wanted.iter().map(|name| name.0.as_str()).collect::<Vec<_>>())
        .bind(wanted.iter().map(|name| name.1.as_str()).collect::<Vec<_>>())
        .bind(wanted.iter().map(|name| name.2.as_str()).collect::<Vec<_>>())
        .fetch_all(tx.connection())
        .await
        .map_err(Error::database("finding accounts of cash"))?;
    Ok(rows.into_iter().map(|(kind, programme, owner, id, office)| ((kind, programme, owner), Account { id, office })).collect())
}

/// The drawers that were counted: read when they are locked, so that an earlier close is seen.
async fn drawers_of(tx: &mut Tx, new: &[(&Said, Digested)]) -> Result<HashMap<Whose, UnderWay>, Error> {
    let of = |(said, _): &(&'_ Said, Digested)| match said {
        Said::Counted(counted) => Some((counted.programme.clone(), counted.teller.clone())),
        Said::Moved(_) => None,
    };
    let whose: BTreeSet<Whose> = new.iter().filter_map(of).collect();
    if whose.is_empty() { Ok(HashMap::new()) } else { drawers::read(tx.connection(), whose).await }
}

/// The locked balances, as the facts before left them.
struct Books {
    accounts: HashMap<Named, Account>,
    held: HashMap<i64, i64>,
    drawers: HashMap<Whose, UnderWay>,
    /// Tellers to whom no cash goes.
    paused: HashSet<String>,
    transfers: Vec<Transfer>,
}

/// A move with what came of it.
struct MoveRow<'a> {
    moved: &'a CashMoved,
    digest: Digested,
    reason: Option<Reason>,
    held: Option<i64>,
}

/// A count with what came of it.
struct CountRow<'a> {
    counted: &'a CashCounted,
    digest: Digested,
    reason: Option<Reason>,
    books: Option<i64>,
    unjudged: i64,
    claimed: i64,
}

impl Books {
    fn account(&self, programme: &str, place: &Place) -> Option<(i64, Side<'_>)> {
        let account = self.accounts.get(&named(key_of(programme, place)))?;
        let held = *self.held.get(&account.id)?;
        Some((account.id, Side { office: account.office.as_deref(), held }))
    }

    /// A programme that was set up has a bank account.
    fn is_known(&self, programme: &str) -> bool {
        self.accounts.contains_key(&named(key_of(programme, &Place::Bank)))
    }

    /// Books what the rules allow.
    fn post(&mut self, subject: Uuid, kind: Kind, (debit, credit): (i64, i64), amount: Rupiah, document: &str) -> Result<(), Error> {
        for (account, change) in [(debit, amount.get()), (credit, -amount.get())] {
            let held = self.held.get_mut(&account).ok_or_else(|| Error::invariant("an account of cash is locked"))?;
            *held = held.checked_add(change).ok_or_else(|| Error::invariant("more cash than can be counted"))?;
        }
        let (tranche, n, document) = (TrancheId(0), 1, document.to_owned());
        self.transfers.push(Transfer { tranche, subject, kind, n, debit, credit, amount, document });
        Ok(())
    }

    fn move_it<'a>(&mut self, moved: &'a CashMoved, digest: Digested) -> Result<MoveRow<'a>, Error> {
        let CashMoved { programme, from, to, amount, .. } = moved;
        let (giver, taker) = (self.account(programme, from), self.account(programme, to));
        let held = giver.map(|giver| giver.1.held);
        let way = if self.is_known(programme) {
            judge_move((from, giver.map(|giver| giver.1)), (to, taker.map(|taker| taker.1)), *amount)
        } else {
            Err(Reason::Programme)
        };
        let is_paused = matches!(to, Place::Teller(teller) if self.paused.contains(teller));
        let way = way.and_then(|way| if is_paused { Err(Reason::Paused) } else { Ok(way) });
        let sides = taker.map(|taker| taker.0).zip(giver.map(|giver| giver.0));
        if let (Ok(way), Some(sides)) = (way, sides) {
            self.post(moved.movement.0, kind_of(way), sides, *amount, &moved.document)?;
        }
        Ok(MoveRow { moved, digest, reason: way.err(), held })
    }

    fn count_it<'a>(&mut self, counted: &'a CashCounted, digest: Digested, now: crate::Timestamp) -> Result<CountRow<'a>, Error> {
        let CashCounted { programme, teller, day, unsynchronised, explanation, .. } = counted;
        let row = |reason, books, unjudged, claimed| Ok(CountRow { counted, digest, reason, books, unjudged, claimed });
        let whose = (programme.clone(), teller.clone());
        let sides =
            self.account(programme, &Place::Teller(teller.clone())).zip(self.account(programme, &Place::Difference(teller.clone())));
        let (Some(((drawer, side), (difference, _))), Some(known)) = (sides, self.drawers.get(&whose)) else {
            return row(Some(if self.is_known(programme) { Reason::Place } else { Reason::Programme }), None, 0, 0);
        };
        let (books, unjudged, claimed) = (side.held, known.unjudged, known.claimed);
        let judged = judge_count(
            known.drawer(books),
            Count { day: *day, counted: counted.counted, unsynchronised: *unsynchronised, is_explained: !explanation.is_empty() },
            now,
        );
        if let Ok(beyond) = judged {
            let amount = Rupiah::new(beyond.saturating_abs()).map_err(|error| Error::invariant(error.to_string()))?;
            match beyond {
                0 => {}
                1.. => self.post(counted.count.0, Kind::CashOver, (drawer, difference), amount, explanation)?,
                _ => self.post(counted.count.0, Kind::CashShort, (difference, drawer), amount, explanation)?,
            }
            if let Some(known) = self.drawers.get_mut(&whose) {
                known.last_closed = Some(*day);
            }
        }
        row(judged.err(), Some(books), unjudged, claimed)
    }
}

fn word(reason: Option<Reason>) -> &'static str {
    reason.map_or("", Reason::as_str)
}

async fn keep_moves(tx: &mut Tx, rows: &[MoveRow<'_>]) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    tx.wrote("cash_moves");
    let keep = sqlx::query(KEEP_MOVES)
        .bind(rows.iter().map(|row| row.moved.movement.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.moved.programme.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.moved.from.to_string()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.moved.to.to_string()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.moved.amount.get()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.moved.document.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.moved.actor.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.digest.to_vec()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| word(row.reason)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.held).collect::<Vec<_>>());
    all_kept(keep.execute(tx.connection()).await, rows.len())
}

async fn keep_counts(tx: &mut Tx, rows: &[CountRow<'_>]) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    tx.wrote("cash_counts");
    let keep = sqlx::query(KEEP_COUNTS)
        .bind(rows.iter().map(|row| row.counted.count.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.counted.programme.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.counted.teller.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.counted.day).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.counted.counted.get()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| i64::from(row.counted.unsynchronised)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.counted.explanation.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.counted.actor.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.digest.to_vec()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| word(row.reason)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.books).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.unjudged).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.claimed).collect::<Vec<_>>());
    all_kept(keep.execute(tx.connection()).await, rows.len())
}

/// A row that was there already came from another lane in this moment: seen when tried again.
fn all_kept(done: Result<sqlx::postgres::PgQueryResult, sqlx::Error>, wanted: usize) -> Result<(), Error> {
    let done = done.map_err(Error::database("keeping what became of cash"))?;
    if done.rows_affected() == wanted as u64 { Ok(()) } else { Err(Error::Raced("deciding about cash")) }
}
