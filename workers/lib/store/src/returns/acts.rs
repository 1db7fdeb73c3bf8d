//! Acts that two people sign: what is returned is stated, and a tranche closes.
//!
//! Both sign the same sum, each as they see it; while nothing changed between them the second signature carries the act out. A tranche within its programme's
//! threshold closes by one signature; a statement always has two. Decided under the tranche's lock, kept with what came of it, and answered from there.

use salur_domain::{DecisionId, Rupiah, TrancheId, ids::NAMESPACE};
use uuid::Uuid;

use super::statements;
use crate::{
    Database, Error, Timestamp, Tx,
    ledger::{self, AccountKey, Kind, Transfer},
    sql,
};

sql! {
    SIGNATURE = "SELECT effect, reason, statement, signed_at FROM signatures WHERE id = $1";
    // a signature counts until something is carried out after it
    STANDING = "SELECT actor FROM signatures s WHERE tranche = $1 AND act = $2 AND effect = 'signed' AND rupiah = $3
        AND NOT EXISTS (SELECT FROM signatures c WHERE c.tranche = s.tranche AND c.act = s.act AND c.effect = 'carried_out' AND c.signed_at >= s.signed_at)
        ORDER BY signed_at, id";
    KEEP = "INSERT INTO signatures (id, tranche, act, actor, rupiah, document, effect, reason, statement) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    WAITING = "SELECT id, act, actor, rupiah, document, signed_at FROM signatures s WHERE tranche = $1 AND effect = 'signed'
        AND NOT EXISTS (SELECT FROM signatures c WHERE c.tranche = s.tranche AND c.act = s.act AND c.effect = 'carried_out' AND c.signed_at >= s.signed_at)
        ORDER BY signed_at, id";
    STANDS = "SELECT t.programme, t.return_ended_at IS NOT NULL AS is_swept, t.closed_at IS NOT NULL AS is_closed,
          coalesce((SELECT sum(a.amount) FROM allocations a WHERE a.tranche = t.id), 0) > p.approval_threshold AS needs_two
        FROM tranches t JOIN programmes p ON p.code = t.programme WHERE t.id = $1";
    OPEN = "SELECT what, count FROM (
          SELECT 'payments' AS what, count(*) FROM payments
            WHERE tranche = $1 AND handed_over_at IS NULL AND returned_at IS NULL AND cancelled_at IS NULL
          UNION ALL SELECT 'in_question', count(*) FROM payments WHERE tranche = $1 AND questioned_at IS NOT NULL AND paid_at IS NULL
          UNION ALL SELECT 'claims', count(*) FROM claim_leases l JOIN claims c ON c.id = l.claim WHERE l.expires_at > now() AND $1 = ANY(c.tranches)
            AND EXISTS (SELECT FROM unnest(c.tranches, c.payments) AS k(tranche, id) JOIN payments p ON p.tranche = k.tranche AND p.id = k.id
              WHERE p.tranche = $1 AND p.handed_over_at IS NULL AND p.returned_at IS NULL)
          UNION ALL SELECT 'device_packs', count(*) FROM device_packs_now k WHERE k.state = 'live' AND EXISTS (SELECT FROM device_pack_claims g
            JOIN claims c ON c.id = g.claim WHERE g.pack = k.id AND $1 = ANY(c.tranches))
          UNION ALL SELECT 'held_rows', count(*) FROM recipients r LEFT JOIN row_decisions d ON d.batch = r.batch AND d.row = r.row
            WHERE r.tranche = $1 AND (r.intake = 'held' OR d.decision = 'held')
              AND NOT EXISTS (SELECT FROM ended_holds e WHERE e.batch = r.batch AND e.row = r.row)
          UNION ALL SELECT 'held_parts', count(*) FROM waiting_parts q JOIN batches b ON b.id = q.batch WHERE b.tranche = $1 AND q.families > 0
          UNION ALL SELECT 'batches', count(*) FROM batches WHERE tranche = $1 AND released_at IS NULL
          UNION ALL SELECT 'late_captures', count(*) FROM late_captures l WHERE l.tranche = $1
            AND NOT EXISTS (SELECT FROM return_reviews r WHERE r.tranche = l.tranche AND r.payment = l.payment AND r.capture = l.capture)) AS o
        WHERE count > 0 ORDER BY what";
    UNUSED = "SELECT id, kind, regency, owner, credits - debits AS rupiah FROM ledger_accounts
        WHERE tranche = $1 AND kind IN ('allocation', 'reserve') AND credits > debits ORDER BY kind DESC, id";
    KEEP_UNUSED = "INSERT INTO unused_returns (tranche, regency, amount, statement)
        SELECT $1, regency, amount, $2 FROM unnest($3::text[], $4::bigint[]) AS u(regency, amount)";
    CLOSE = "UPDATE tranches SET closed_at = now() WHERE id = $1";
}

/// What is signed.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in ActSigned")]
pub struct Asked<'a> {
    pub decision: DecisionId,
    pub tranche: TrancheId,
    /// `close` or `return_statement`.
    pub act: &'a str,
    pub rupiah: Rupiah,
    pub document: &'a str,
    pub actor: &'a str,
}

/// What came of a signature.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Signature {
    /// `signed` (another person must sign the same sum), `carried_out` or `refused`.
    pub effect: String,
    /// Why refused: `early` (the window or the sweep is not over), `open` (something of the tranche is), `empty` (nothing to state), `changed` (the sum is
    /// another), `signed` (by this person already), `closed` (already); else empty.
    pub reason: String,
    /// The number that a statement got.
    pub statement: Option<i32>,
    /// When.
    pub signed_at: Timestamp,
}

/// A signature that waits for another.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Waiting {
    /// Its id.
    pub id: Uuid,
    /// `close` or `return_statement`.
    pub act: String,
    /// Who signed.
    pub actor: String,
    /// The sum.
    pub rupiah: i64,
    /// The paper.
    pub document: String,
    /// When.
    pub signed_at: Timestamp,
}

/// Something that keeps a tranche from closing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Open {
    /// `payments`, `in_question`, `claims`, `held_rows`, `held_parts`, `batches` or `late_captures`.
    pub what: String,
    /// How many.
    pub count: i64,
}

#[derive(sqlx::FromRow)]
struct Stands {
    programme: String,
    is_swept: bool,
    is_closed: bool,
    needs_two: bool,
}

/// An account that still holds money when its tranche closes.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Unused {
    id: i64,
    kind: String,
    regency: String,
    owner: String,
    /// How much.
    pub rupiah: i64,
}

/// What came of a signature; none: nothing yet.
pub async fn signature(database: &Database, id: Uuid) -> Result<Option<Signature>, Error> {
    sqlx::query_as(SIGNATURE).bind(id).fetch_optional(database.pool()).await.map_err(Error::database("reading a signature"))
}

/// Signatures of a tranche that wait for another.
pub async fn waiting(database: &Database, tranche: TrancheId) -> Result<Vec<Waiting>, Error> {
    sqlx::query_as(WAITING).bind(tranche.0).fetch_all(database.pool()).await.map_err(Error::database("reading signatures"))
}

/// What keeps a tranche from closing.
pub async fn open(database: &Database, tranche: TrancheId) -> Result<Vec<Open>, Error> {
    sqlx::query_as(OPEN).bind(tranche.0).fetch_all(database.pool()).await.map_err(Error::database("reading what is open"))
}

/// What no family was to get, as it stands.
pub async fn unused(database: &Database, tranche: TrancheId) -> Result<i64, Error> {
    let found = sqlx::query_as(UNUSED).bind(tranche.0).fetch_all(database.pool()).await;
    let found: Vec<Unused> = found.map_err(Error::database("reading what is unused"))?;
    Ok(found.iter().map(|account| account.rupiah).sum())
}

/// Takes a signature, once, and carries the act out where it is the last that was needed.
pub async fn sign(tx: &mut Tx, asked: &Asked<'_>) -> Result<Signature, Error> {
    let failed = || Error::database("signing");
    super::lock(tx, asked.tranche).await?;
    let known = sqlx::query_as(SIGNATURE).bind(asked.decision.0).fetch_optional(tx.connection()).await.map_err(failed())?;
    if let Some(known) = known {
        return Ok(known);
    }
    let stands = sqlx::query_as(STANDS).bind(asked.tranche.0).fetch_one(tx.connection()).await;
    let stands: Stands = stands.map_err(failed())?;
    let standing = sqlx::query_scalar(STANDING).bind(asked.tranche.0).bind(asked.act).bind(asked.rupiah.get());
    let standing: Vec<String> = standing.fetch_all(tx.connection()).await.map_err(failed())?;
    let refusal = refusal(tx, asked, &stands).await?;
    let other = standing.iter().find(|actor| *actor != asked.actor);
    let (effect, reason, statement) = match (refusal, asked.act, other) {
        (Some(reason), ..) => ("refused", reason, None),
        (None, "close", _) if other.is_some() || !stands.needs_two => {
            close(tx, asked.tranche, &stands.programme).await?;
            ("carried_out", "", None)
        }
        (None, "return_statement", Some(first)) => {
            let n = statements::approve(tx, asked.tranche, [first, asked.actor], asked.document).await?;
            ("carried_out", "", Some(n))
        }
        (None, ..) if standing.iter().any(|actor| actor == asked.actor) => ("refused", "signed", None),
        (None, ..) => ("signed", "", None),
    };
    let keep = sqlx::query(KEEP).bind(asked.decision.0).bind(asked.tranche.0).bind(asked.act).bind(asked.actor).bind(asked.rupiah.get());
    let keep = keep.bind(asked.document).bind(effect).bind(reason).bind(statement);
    keep.execute(tx.connection()).await.map_err(failed())?;
    tx.wrote("signatures");
    Ok(Signature { effect: effect.to_owned(), reason: reason.to_owned(), statement, signed_at: tx.now })
}

/// Why the act cannot be carried out as it was signed.
async fn refusal(tx: &mut Tx, asked: &Asked<'_>, stands: &Stands) -> Result<Option<&'static str>, Error> {
    let failed = || Error::database("judging a signature");
    if !stands.is_swept {
        return Ok(Some("early"));
    }
    if asked.act == "return_statement" {
        let (_, lines) = statements::open_lines(tx, asked.tranche).await?;
        let (_, rupiah) = statements::total(&lines)?;
        return Ok(match rupiah {
            Rupiah::ZERO => Some("empty"),
            rupiah => (rupiah != asked.rupiah).then_some("changed"),
        });
    }
    if stands.is_closed {
        return Ok(Some("closed"));
    }
    let open: Vec<Open> = sqlx::query_as(OPEN).bind(asked.tranche.0).fetch_all(tx.connection()).await.map_err(failed())?;
    let unused: Vec<Unused> = sqlx::query_as(UNUSED).bind(asked.tranche.0).fetch_all(tx.connection()).await.map_err(failed())?;
    let rupiah: i64 = unused.iter().map(|account| account.rupiah).sum();
    Ok(match () {
        () if !open.is_empty() => Some("open"),
        () => (rupiah != asked.rupiah.get()).then_some("changed"),
    })
}

/// reserve -> allocation -> return due, of what no family was to get.
async fn close(tx: &mut Tx, tranche: TrancheId, programme: &str) -> Result<(), Error> {
    let failed = || Error::database("closing a tranche");
    let reserves: Vec<Unused> = sqlx::query_as(UNUSED).bind(tranche.0).fetch_all(tx.connection()).await.map_err(failed())?;
    let reserves: Vec<Unused> = reserves.into_iter().filter(|account| account.kind == "reserve").collect();
    give_up(tx, tranche, programme, &reserves, Kind::ReserveUnused).await?;
    let left: Vec<Unused> = sqlx::query_as(UNUSED).bind(tranche.0).fetch_all(tx.connection()).await.map_err(failed())?;
    give_up(tx, tranche, programme, &left, Kind::AllocationUnused).await?;
    if !left.is_empty() {
        let n = statements::open_number(tx, tranche).await?;
        let keep = sqlx::query(KEEP_UNUSED).bind(tranche.0).bind(n).bind(left.iter().map(|a| a.regency.as_str()).collect::<Vec<_>>());
        let keep = keep.bind(left.iter().map(|account| account.rupiah).collect::<Vec<_>>());
        keep.execute(tx.connection()).await.map_err(failed())?;
        tx.wrote("unused_returns");
    }
    sqlx::query(CLOSE).bind(tranche.0).execute(tx.connection()).await.map(drop).map_err(failed())
}

async fn give_up(tx: &mut Tx, tranche: TrancheId, programme: &str, accounts: &[Unused], kind: Kind) -> Result<(), Error> {
    let key = |regency: &str| match kind {
        Kind::ReserveUnused => AccountKey::allocation(programme, tranche, regency),
        _ => AccountKey::return_due(programme, tranche, regency),
    };
    let ids = ledger::accounts(tx, &accounts.iter().map(|account| key(&account.regency)).collect::<Vec<_>>(), true).await?;
    let of = |account: &Unused| {
        let subject =
            Uuid::new_v5(&NAMESPACE, format!("{}\0{}\0{}\0{}", kind.as_str(), tranche.0, account.regency, account.owner).as_bytes());
        let amount = Rupiah::new(account.rupiah).map_err(|error| Error::invariant(error.to_string()))?;
        let (debit, credit) = (account.id, ids[&key(&account.regency)]);
        Ok(Transfer { tranche, subject, kind, n: 1, debit, credit, amount, document: String::new() })
    };
    ledger::post(tx, &accounts.iter().map(of).collect::<Result<Vec<_>, Error>>()?).await
}
