//! Statements to the treasury: what is to be stated, and what was; and what was paid of it.
//!
//! A statement is the sum over the returns that bear its number and were not reversed, and over what was unused when the tranche closed. It is approved only
//! if, with all before it, it says of each regency what the ledger says. Approved, it is written down and never changes; what comes later bears the
//! next number.

use std::collections::BTreeMap;

use salur_domain::{DecisionId, Rupiah, TrancheId, ids::NAMESPACE};
use uuid::Uuid;

use crate::{
    Database, Error, Timestamp, Tx,
    ledger::{self, AccountKey, Kind, Transfer},
    sql,
};

sql! {
    OPEN_NUMBER = "SELECT count(*)::int + 1 FROM return_statements WHERE tranche = $1";
    OPEN_LINES = "SELECT regency, reason, families, rupiah FROM (
          SELECT r.regency, r.reason, count(*) AS families, sum(r.amount)::bigint AS rupiah FROM returns r
            WHERE r.tranche = $1 AND r.statement = $2
              AND NOT EXISTS (SELECT FROM return_reversals v WHERE v.tranche = r.tranche AND v.payment = r.payment AND v.n = r.n) GROUP BY 1, 2
          UNION ALL SELECT regency, 'unused', 0, amount FROM unused_returns WHERE tranche = $1 AND statement = $2) AS lines
        ORDER BY regency, reason";
    LINES = "SELECT regency, reason, families, rupiah FROM return_statement_lines WHERE tranche = $1 AND n = $2 ORDER BY regency, reason";
    OF_TRANCHE = "SELECT s.n, s.families, s.rupiah, s.prepared_by, s.approved_by, s.document, s.approved_at, r.document AS receipt, r.decided_at AS remitted_at
        FROM return_statements s LEFT JOIN remittances r ON r.tranche = s.tranche AND r.statement = s.n AND r.effect = 'remitted'
        WHERE s.tranche = $1 ORDER BY s.n";
    KEEP = "INSERT INTO return_statements (tranche, n, families, rupiah, prepared_by, approved_by, document) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    KEEP_LINES = "INSERT INTO return_statement_lines (tranche, n, regency, reason, families, rupiah)
        SELECT $1, $2, regency, reason, families, rupiah
        FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[]) AS l(regency, reason, families, rupiah)";
    // what the ledger says of each regency, and what all statements say; the next statement is the difference, which is nothing
    DISAGREEMENT = "SELECT regency
        FROM (SELECT regency, sum(credits - debits) AS due FROM ledger_accounts WHERE kind = 'return_due' AND tranche = $1 GROUP BY 1) AS a
        FULL JOIN (SELECT regency, sum(rupiah) AS stated FROM return_statement_lines WHERE tranche = $1 GROUP BY 1) AS s USING (regency)
        FULL JOIN (SELECT a.regency, sum(t.amount) AS remitted FROM transfers t JOIN ledger_accounts a ON a.id = t.debit
            WHERE t.tranche = $1 AND t.kind = 'remitted' GROUP BY 1) AS r USING (regency)
        WHERE coalesce(due, 0) + coalesce(remitted, 0) <> coalesce(stated, 0) ORDER BY 1 LIMIT 1";
    REMITTANCE = "SELECT effect, reason, decided_at, rupiah FROM remittances WHERE id = $1";
    OF_REGENCIES = "SELECT t.programme, l.regency, sum(l.rupiah)::bigint AS rupiah,
          EXISTS (SELECT FROM remittances r WHERE r.tranche = l.tranche AND r.statement = l.n AND r.effect = 'remitted') AS remitted
        FROM return_statement_lines l JOIN tranches t ON t.id = l.tranche WHERE l.tranche = $1 AND l.n = $2 GROUP BY 1, 2, 4 ORDER BY 2";
    KEEP_REMITTANCE = "INSERT INTO remittances (id, tranche, statement, actor, document, rupiah, effect, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
}

/// A line: of a regency, for a reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Line {
    /// Four digits.
    pub regency: String,
    /// Of the closed list.
    pub reason: String,
    /// Families; none for what was unused.
    pub families: i64,
    /// Rupiah.
    pub rupiah: i64,
}

/// A statement that was approved.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Statement {
    /// Its number in the tranche.
    pub n: i32,
    /// Families named by count.
    pub families: i64,
    /// Rupiah.
    pub rupiah: i64,
    /// Who signed first.
    pub prepared_by: String,
    /// Who signed second.
    pub approved_by: String,
    /// The paper behind it.
    pub document: String,
    /// When.
    pub approved_at: Timestamp,
    /// The treasury's receipt; none: not paid yet.
    pub receipt: Option<String>,
    /// When it was paid.
    pub remitted_at: Option<Timestamp>,
}

/// What came of paying a statement.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Remittance {
    /// `remitted` or `refused`.
    pub effect: String,
    /// Why refused: `remitted` (already), `unknown` (no such statement), `short` (the bank holds less); else empty.
    pub reason: String,
    /// When.
    pub decided_at: Timestamp,
    /// How much.
    pub rupiah: i64,
}

/// A payment to the treasury as asked for.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in StatementRemitted")]
pub struct Remit<'a> {
    pub decision: DecisionId,
    pub tranche: TrancheId,
    pub statement: i32,
    pub document: &'a str,
    pub actor: &'a str,
}

/// Families and rupiah of lines.
pub fn total(lines: &[Line]) -> Result<(i64, Rupiah), Error> {
    let wrong = |error: salur_domain::money::Error| Error::invariant(error.to_string());
    let amounts = lines.iter().map(|line| Rupiah::new(line.rupiah)).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    Ok((lines.iter().map(|line| line.families).sum(), Rupiah::sum(amounts).map_err(wrong)?))
}

/// What the next statement of a tranche would say, and its number.
pub async fn open(database: &Database, tranche: TrancheId) -> Result<(i32, Vec<Line>), Error> {
    let mut tx = database.begin().await?;
    let open = open_lines(&mut tx, tranche).await?;
    tx.commit().await?;
    Ok(open)
}

/// [`open`], in a transaction that holds the tranche.
pub(super) async fn open_lines(tx: &mut Tx, tranche: TrancheId) -> Result<(i32, Vec<Line>), Error> {
    let failed = || Error::database("reading what is to be stated");
    let n = open_number(tx, tranche).await?;
    let lines = sqlx::query_as(OPEN_LINES).bind(tranche.0).bind(n).fetch_all(tx.connection()).await.map_err(failed())?;
    Ok((n, lines))
}

pub(super) async fn open_number(tx: &mut Tx, tranche: TrancheId) -> Result<i32, Error> {
    let n = sqlx::query_scalar(OPEN_NUMBER).bind(tranche.0).fetch_one(tx.connection()).await;
    n.map_err(Error::database("numbering a statement"))
}

/// The statements of a tranche.
pub async fn list(database: &Database, tranche: TrancheId) -> Result<Vec<Statement>, Error> {
    sqlx::query_as(OF_TRANCHE).bind(tranche.0).fetch_all(database.pool()).await.map_err(Error::database("reading statements"))
}

/// The lines of a statement that was approved.
pub async fn lines(database: &Database, tranche: TrancheId, n: i32) -> Result<Vec<Line>, Error> {
    sqlx::query_as(LINES).bind(tranche.0).bind(n).fetch_all(database.pool()).await.map_err(Error::database("reading a statement"))
}

/// Writes a statement down; the tranche is locked. It must say what the ledger says.
pub(super) async fn approve(tx: &mut Tx, tranche: TrancheId, by: [&str; 2], document: &str) -> Result<i32, Error> {
    let failed = || Error::database("writing a statement");
    let (n, lines) = open_lines(tx, tranche).await?;
    let (families, rupiah) = total(&lines)?;
    let keep = sqlx::query(KEEP).bind(tranche.0).bind(n).bind(families).bind(rupiah.get()).bind(by[0]).bind(by[1]).bind(document);
    keep.execute(tx.connection()).await.map_err(failed())?;
    let keep = sqlx::query(KEEP_LINES).bind(tranche.0).bind(n);
    let keep = keep.bind(lines.iter().map(|line| line.regency.as_str()).collect::<Vec<_>>());
    let keep = keep.bind(lines.iter().map(|line| line.reason.as_str()).collect::<Vec<_>>());
    let keep = keep.bind(lines.iter().map(|line| line.families).collect::<Vec<_>>());
    let keep = keep.bind(lines.iter().map(|line| line.rupiah).collect::<Vec<_>>());
    keep.execute(tx.connection()).await.map_err(failed())?;
    tx.wrote("return_statements");
    tx.wrote("return_statement_lines");
    let other = sqlx::query_scalar(DISAGREEMENT).bind(tranche.0).fetch_optional(tx.connection()).await;
    match other.map_err(failed())? {
        Some::<String>(regency) => Err(Error::invariant(format!("statement {n} and the ledger disagree about regency {regency}"))),
        None => Ok(n),
    }
}

/// What came of a payment to the treasury; none: nothing yet.
pub async fn remittance(database: &Database, id: Uuid) -> Result<Option<Remittance>, Error> {
    sqlx::query_as(REMITTANCE).bind(id).fetch_optional(database.pool()).await.map_err(Error::database("reading a remittance"))
}

/// return due -> bank, for each regency of a statement, once.
pub async fn remit(tx: &mut Tx, asked: &Remit<'_>) -> Result<Remittance, Error> {
    let failed = || Error::database("paying a statement");
    super::lock(tx, asked.tranche).await?;
    let known = sqlx::query_as(REMITTANCE).bind(asked.decision.0).fetch_optional(tx.connection()).await.map_err(failed())?;
    if let Some(known) = known {
        return Ok(known);
    }
    let parts = sqlx::query_as(OF_REGENCIES).bind(asked.tranche.0).bind(asked.statement).fetch_all(tx.connection()).await;
    let parts: Vec<(String, String, i64, bool)> = parts.map_err(failed())?;
    let rupiah: i64 = parts.iter().map(|part| part.2).sum();
    let reason = match parts.first() {
        None => "unknown",
        Some((.., true)) => "remitted",
        Some(_) => pay(tx, asked, &parts, rupiah).await?,
    };
    let effect = if reason.is_empty() { "remitted" } else { "refused" };
    let keep = sqlx::query(KEEP_REMITTANCE).bind(asked.decision.0).bind(asked.tranche.0).bind(asked.statement).bind(asked.actor);
    let keep = keep.bind(asked.document).bind(rupiah).bind(effect).bind(reason);
    keep.execute(tx.connection()).await.map_err(failed())?;
    tx.wrote("remittances");
    Ok(Remittance { effect: effect.to_owned(), reason: reason.to_owned(), decided_at: tx.now, rupiah })
}

/// Books a statement as paid; why not, where the bank holds less than it: cash that came back from the offices was not paid in yet.
async fn pay(tx: &mut Tx, asked: &Remit<'_>, parts: &[(String, String, i64, bool)], rupiah: i64) -> Result<&'static str, Error> {
    let transfers = transfers(tx, asked, parts).await?;
    let moved: Vec<i64> = transfers.iter().flat_map(|transfer| [transfer.debit, transfer.credit]).collect();
    let held = ledger::lock_held(tx, &moved).await?;
    if transfers.first().is_some_and(|transfer| held[&transfer.credit] < rupiah) {
        return Ok("short");
    }
    ledger::post(tx, &transfers).await?;
    Ok("")
}

async fn transfers(tx: &mut Tx, asked: &Remit<'_>, parts: &[(String, String, i64, bool)]) -> Result<Vec<Transfer>, Error> {
    let tranche = asked.tranche;
    let keys: BTreeMap<&str, [AccountKey; 2]> = parts
        .iter()
        .map(|(programme, regency, ..)| {
            (regency.as_str(), [AccountKey::return_due(programme, tranche, regency), AccountKey::bank(programme)])
        })
        .collect();
    let ids = ledger::accounts(tx, &keys.values().flatten().cloned().collect::<Vec<_>>(), false).await?;
    let of = |(_, regency, rupiah, _): &(String, String, i64, bool)| {
        let [due, bank] = &keys[regency.as_str()];
        let subject = Uuid::new_v5(&NAMESPACE, format!("remitted\0{}\0{}\0{regency}", tranche.0, asked.statement).as_bytes());
        let amount = Rupiah::new(*rupiah).map_err(|error| Error::invariant(error.to_string()))?;
        let document = asked.document.to_owned();
        Ok(Transfer { tranche, subject, kind: Kind::Remitted, n: 1, debit: ids[due], credit: ids[bank], amount, document })
    };
    parts.iter().map(of).collect()
}
