//! Where the figures of summaries are read, each as (line, what, families, rupiah).

use std::collections::BTreeMap;

use salur_domain::region::{self, RegencyCode};

use super::{By, Difference, Figures, LINES_MAX, Sum, Tx, Which, columns};
use crate::{Error, sql};

/// Most rows of a statement: every line with every figure.
const ROWS_MAX: i64 = 24 * (LINES_MAX + 1);

/// Hand-overs of tranche $1, those of them that were undone, and those in question; `$key` is the line, of `h` (the transfer), its drawer `c`, the
/// teller `l`, the office `o`, the family's account `f` and the regency's clock `k`.
macro_rules! hand_overs {
    ($key:literal, $region:literal) => {
        concat!(
            "SELECT ", $key, " AS line, what, count(*) AS families, sum(h.amount)::bigint AS rupiah FROM (
                SELECT 'handed_over' AS what, t.credit, t.debit, t.at, t.amount FROM transfers t WHERE t.kind = 'hand_over' AND t.tranche = $1
                UNION ALL SELECT 'undone', t.credit, t.debit, t.at, t.amount FROM reversals v
                  JOIN transfers t ON t.tranche = v.tranche AND t.subject = v.payment AND t.n = v.n AND t.kind = 'hand_over' WHERE v.tranche = $1
                UNION ALL SELECT 'in_question', t.credit, t.debit, t.at, t.amount FROM hand_overs q
                  JOIN payments p ON p.tranche = q.tranche AND p.id = q.payment AND p.status = 'in_question' AND p.round = q.n
                  JOIN transfers t ON t.tranche = q.tranche AND t.subject = q.payment AND t.n = q.n AND t.kind = 'hand_over'
                  WHERE NOT q.believed AND q.tranche = $1) AS h
              JOIN ledger_accounts c ON c.id = h.credit LEFT JOIN tellers l ON l.code = c.owner LEFT JOIN offices o ON o.code = l.office
              JOIN ledger_accounts f ON f.id = h.debit LEFT JOIN regency_clocks k ON k.regency = f.regency
              WHERE starts_with(", $region, ", $2) GROUP BY 1, 2"
        )
    };
}

/// Transfers of cash of programme $4 that touch an account of a kind; the list is that of the index `transfers_of_cash`.
macro_rules! cash {
    ($key:literal, $what:expr, $kind:literal) => {
        concat!(
            "SELECT ", $key, " AS line, ", $what, " AS what, 0::bigint AS families, sum(t.amount)::bigint AS rupiah
              FROM transfers t JOIN ledger_accounts a ON a.kind = '", $kind, "' AND a.programme = $4 AND a.id IN (t.debit, t.credit)
              LEFT JOIN tellers l ON a.kind = 'teller_cash' AND l.code = a.owner
              JOIN offices o ON o.code = CASE a.kind WHEN 'office_cash' THEN a.owner ELSE l.office END
              LEFT JOIN regency_clocks k ON k.regency = o.regency
              WHERE t.kind IN ('cash_to_office', 'cash_back_to_bank', 'cash_to_teller', 'cash_back_to_office', 'cash_between_tellers', 'cash_short',
                'cash_over', 'second_pay_out', 'difference_settled') AND starts_with(o.regency, $2) GROUP BY 1, 2"
        )
    };
}

/// What lies with tellers and offices of programme $4 by the books: an account makes a line, though nothing happened on it.
macro_rules! books {
    ($key:literal, $what:expr, $kind:literal) => {
        concat!(
            "SELECT ",
            $key,
            " AS line, '",
            $what,
            "' AS what, 0::bigint AS families, sum(a.debits - a.credits)::bigint AS rupiah
              FROM ledger_accounts a LEFT JOIN tellers l ON a.kind <> 'office_cash' AND l.code = a.owner
              JOIN offices o ON o.code = CASE a.kind WHEN 'office_cash' THEN a.owner ELSE l.office END
              WHERE a.kind = '",
            $kind,
            "' AND a.programme = $4 AND starts_with(o.regency, $2) GROUP BY 1"
        )
    };
}

/// What a transfer is to an office.
macro_rules! to_office {
    () => {
        "CASE t.kind WHEN 'cash_to_office' THEN 'received' WHEN 'cash_back_to_bank' THEN 'paid_in' WHEN 'cash_to_teller' THEN 'given'
          WHEN 'cash_back_to_office' THEN 'given_back' WHEN 'difference_settled' THEN 'settled' ELSE 'none' END"
    };
}

macro_rules! lines {
    ($($part:expr),+ $(,)?) => {
        concat!("SELECT line, what, sum(families)::bigint AS families, sum(rupiah)::bigint AS rupiah FROM (", lines!(@ $($part),+),
            ") AS figures GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $3")
    };
    (@ $part:expr) => { $part };
    (@ $part:expr, $($rest:expr),+) => { concat!($part, " UNION ALL ", lines!(@ $($rest),+)) };
}

sql! {
    SCOPE = "SELECT id, programme FROM tranches WHERE code = $1";
    // tallies, documents, and what the ledger says: balances, and totals without what was booked back
    PLACES = "SELECT t.code, f.regency, f.what, sum(f.families)::bigint, sum(f.rupiah)::bigint FROM (
          SELECT tranche, left(village, 4) AS regency, measure AS what, families, rupiah FROM tallies_now WHERE measure IN ('accepted', 'withdrawn', 'funded',
            'in_question', 'paid', 'returned', 'returned_unfunded', 'cancelled')
          UNION ALL SELECT tranche, regency, 'allocation', 0, amount FROM allocations
          UNION ALL SELECT tranche, regency, CASE kind WHEN 'allocation' THEN 'unreserved' WHEN 'reserve' THEN 'reserved' ELSE kind END, 0, credits - debits
            FROM ledger_accounts WHERE kind IN ('allocation', 'reserve', 'return_due')
          UNION ALL SELECT tranche, regency, 'ledger_funded', 0, credits FROM ledger_accounts WHERE kind = 'recipient'
          UNION ALL SELECT tranche, regency, 'ledger_gone', 0, debits FROM ledger_accounts WHERE kind = 'recipient'
          UNION ALL SELECT tranche, regency, side.what, 0, -rupiah FROM booked_back CROSS JOIN (VALUES ('ledger_funded'), ('ledger_gone')) AS side(what)
            WHERE account = 'recipient'
          UNION ALL SELECT x.tranche, a.regency, 'ledger_allocation', 0, x.amount FROM transfers x JOIN ledger_accounts a ON a.id = x.credit
            WHERE x.kind = 'programme_funded') AS f
        JOIN tranches t ON t.id = f.tranche
        WHERE ($1::int IS NULL OR f.tranche = $1) AND starts_with(f.regency, $2) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT $3";
    PAY_POINTS = "SELECT pay_point, measure, sum(families)::bigint, sum(rupiah)::bigint FROM tallies_now
        WHERE tranche = $1 AND starts_with(village, $2) AND measure IN ('accepted', 'withdrawn', 'funded', 'in_question', 'paid',
          'returned', 'returned_unfunded', 'cancelled') GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $3";
    OFFICES = lines!(hand_overs!("coalesce(o.code, '')", "coalesce(o.regency, '')"), cash!("o.code", to_office!(), "office_cash"),
        books!("o.code", "books", "office_cash"), books!("o.code", "drawers", "teller_cash"), books!("o.code", "difference", "cash_difference"));
    TELLERS = lines!(hand_overs!("c.owner", "coalesce(o.regency, '')"),
        cash!("l.code", "CASE WHEN t.kind IN ('cash_short', 'second_pay_out') THEN 'short' WHEN t.kind = 'cash_over' THEN 'over'
          WHEN a.id = t.debit THEN 'received' ELSE 'given_back' END", "teller_cash"),
        books!("l.code", "books", "teller_cash"), books!("l.code", "difference", "cash_difference"));
    DAYS = lines!(
        hand_overs!("to_char(h.at AT TIME ZONE 'UTC' + make_interval(mins => coalesce(k.utc_offset_minutes, 420)), 'YYYY-MM-DD')", "f.regency"),
        cash!("to_char(t.at AT TIME ZONE 'UTC' + make_interval(mins => coalesce(k.utc_offset_minutes, 420)), 'YYYY-MM-DD')", to_office!(), "office_cash"));
    TRANCHE_NAMES = "SELECT code, name FROM tranches WHERE code = ANY($1)";
    PAY_POINT_NAMES = "SELECT code, name FROM pay_points WHERE code = ANY($1)";
    OFFICE_NAMES = "SELECT code, name FROM offices WHERE code = ANY($1)";
    TELLER_NAMES = "SELECT code, name FROM tellers WHERE code = ANY($1)";
}

/// Figures by tranche and regency.
pub(super) type Places = BTreeMap<(String, String), BTreeMap<String, Sum>>;

/// What is summed up.
pub(super) struct Scope {
    tranche: Option<i32>,
    programme: String,
    region: String,
}

/// The tranche that is asked for; none: it does not exist, or one had to be named.
pub(super) async fn scope(tx: &mut Tx, which: Which<'_>) -> Result<Option<Scope>, Error> {
    let region = which.region.to_owned();
    let Some(code) = which.tranche else {
        let all = Scope { tranche: None, programme: String::new(), region };
        return Ok((which.by == By::Tranche).then_some(all));
    };
    let found: Option<(i32, String)> =
        sqlx::query_as(SCOPE).bind(code).fetch_optional(tx.connection()).await.map_err(Error::database("finding a tranche"))?;
    Ok(found.map(|(id, programme)| Scope { tranche: Some(id), programme, region }))
}

/// Tallies and ledger by tranche and regency.
pub(super) async fn places(tx: &mut Tx, scope: &Scope) -> Result<Places, Error> {
    let rows = sqlx::query_as(PLACES).bind(scope.tranche).bind(&scope.region).bind(ROWS_MAX).fetch_all(tx.connection()).await;
    let rows: Vec<(String, String, String, i64, i64)> = rows.map_err(Error::database("reading a summary by regency"))?;
    let mut places = Places::new();
    for (tranche, regency, what, families, rupiah) in rows {
        places.entry((tranche, regency)).or_default().insert(what, Sum { families, rupiah });
    }
    Ok(places)
}

/// Lines that are neither tranches nor regencies.
pub(super) async fn read(tx: &mut Tx, scope: &Scope, by: By) -> Result<Figures, Error> {
    let statement = match by {
        By::Tranche | By::Regency => return Ok(Figures::new()),
        By::PayPoint => PAY_POINTS,
        By::Office => OFFICES,
        By::Teller => TELLERS,
        By::Day => DAYS,
    };
    let rows = sqlx::query_as(statement).bind(scope.tranche).bind(&scope.region).bind(ROWS_MAX);
    let rows = if by.tells_cash() { rows.bind(&scope.programme) } else { rows };
    let rows = rows.fetch_all(tx.connection()).await.map_err(Error::database("reading a summary"))?;
    let mut figures = Figures::new();
    for (line, what, families, rupiah) in rows {
        let (line, what): (String, String) = (line, what);
        figures.entry(line).or_default().insert(what, Sum { families, rupiah });
    }
    Ok(figures)
}

/// Names of lines by their code.
pub(super) async fn names(tx: &mut Tx, by: By, codes: impl Iterator<Item = &String>) -> Result<BTreeMap<String, String>, Error> {
    let codes: Vec<&String> = codes.collect();
    let statement = match by {
        By::Day => return Ok(BTreeMap::new()),
        By::Regency => {
            let name = |code: &str| RegencyCode::parse(code).ok().and_then(region::regency_name).unwrap_or_default().to_owned();
            return Ok(codes.into_iter().map(|code| (code.clone(), name(code))).collect());
        }
        By::Tranche => TRANCHE_NAMES,
        By::PayPoint => PAY_POINT_NAMES,
        By::Office => OFFICE_NAMES,
        By::Teller => TELLER_NAMES,
    };
    let rows: Vec<(String, String)> = sqlx::query_as(statement)
        .bind(codes)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::database("reading the names of a summary"))?;
    Ok(rows.into_iter().collect())
}

/// What is compared in a place: its word, the summary's figure and the ledger's.
fn compared(found: &BTreeMap<String, Sum>) -> [(&'static str, i64, i64); 3] {
    let rupiah = |name| columns::of(found, name).rupiah;
    let gone = ["in_question", "paid", "returned", "cancelled"].into_iter().map(rupiah).sum();
    [
        ("allocation", rupiah("allocation"), rupiah("ledger_allocation")),
        ("funded", rupiah("funded"), rupiah("ledger_funded")),
        ("gone", gone, rupiah("ledger_gone")),
    ]
}

/// How far a place is from the ledger, in rupiah.
pub(super) fn distance(found: &BTreeMap<String, Sum>) -> i64 {
    compared(found).into_iter().map(|(_, summary, ledger)| (summary - ledger).abs()).sum()
}

/// Where tallies are not what the ledger says.
pub(super) fn differences(places: &Places) -> Vec<Difference> {
    let of_place = |((tranche, regency), found): (&(String, String), &BTreeMap<String, Sum>)| {
        let (tranche, regency) = (tranche.clone(), regency.clone());
        let apart = compared(found).into_iter().filter(|(_, summary, ledger)| summary != ledger);
        apart.map(move |(what, summary, ledger)| Difference { tranche: tranche.clone(), regency: regency.clone(), what, summary, ledger })
    };
    places.iter().flat_map(of_place).collect()
}

/// Whether what the tallies call paid or in question is what tellers handed over, of the whole country: a teller pays families of any region.
pub(super) fn undelivered(which: Which<'_>, scope: &Scope, places: &Places, total: &[Sum]) -> Option<Difference> {
    if !which.by.tells_cash() || !scope.region.is_empty() {
        return None;
    }
    let told = |name| which.by.columns().iter().zip(total).find(|(column, _)| column.name == name).map_or(0, |(_, sum)| sum.rupiah);
    let ledger = told("handed_over") - told("undone");
    let summary = places.values().flat_map(|found| ["paid", "in_question"].map(|name| columns::of(found, name).rupiah)).sum();
    let tranche = which.tranche.unwrap_or_default().to_owned();
    (summary != ledger).then(|| Difference { tranche, regency: String::new(), what: "handed_over", summary, ledger })
}
