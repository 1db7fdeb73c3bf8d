//! Cash as its pages show it: a programme's sums, its offices page by page, and one office with what moved and was counted there.
//!
//! A region is part of every question: an office outside it is not found. Bounds: [`PAGE`] offices, [`LAST`] moves and counts.

use salur_domain::cash::{Drawer, Place};

use super::{Count, Move, drawers};
use crate::{Database, Error, Page, page::asked, sql};

/// Offices of a page.
pub const PAGE: i64 = 50;
/// Moves and counts of an office that are shown, the newest.
pub const LAST: i64 = 30;

sql! {
    PROGRAMMES = "SELECT DISTINCT a.programme FROM ledger_accounts a JOIN offices o ON o.code = a.owner
        WHERE a.kind = 'office_cash' AND starts_with(o.regency, $1) ORDER BY 1 LIMIT 100";
    SUMS = "SELECT coalesce(sum(a.debits - a.credits) FILTER (WHERE a.kind = 'office_cash'), 0)::bigint AS offices,
          coalesce(sum(a.debits - a.credits) FILTER (WHERE a.kind = 'teller_cash'), 0)::bigint AS tellers,
          coalesce(sum(a.debits - a.credits) FILTER (WHERE a.kind = 'cash_difference'), 0)::bigint AS difference
        FROM ledger_accounts a LEFT JOIN tellers t ON a.kind <> 'office_cash' AND t.code = a.owner
        JOIN offices o ON o.code = CASE a.kind WHEN 'office_cash' THEN a.owner ELSE t.office END
        WHERE a.kind IN ('office_cash', 'teller_cash', 'cash_difference') AND a.programme = $1 AND a.tranche = 0 AND a.regency = ''
          AND starts_with(o.regency, $2)";
    OFFICES = "SELECT o.code AS office, o.name, o.regency, a.debits - a.credits AS books, c.tellers, c.with_tellers, c.difference
        FROM ledger_accounts a JOIN offices o ON o.code = a.owner CROSS JOIN LATERAL (
          SELECT count(DISTINCT t.code) AS tellers,
            coalesce(sum(d.debits - d.credits) FILTER (WHERE d.kind = 'teller_cash'), 0)::bigint AS with_tellers,
            coalesce(sum(d.debits - d.credits) FILTER (WHERE d.kind = 'cash_difference'), 0)::bigint AS difference
          FROM tellers t JOIN ledger_accounts d ON d.owner = t.code AND d.programme = a.programme AND d.kind IN ('teller_cash', 'cash_difference')
            AND d.tranche = 0 AND d.regency = '' WHERE t.office = o.code) AS c
        WHERE a.kind = 'office_cash' AND a.programme = $1 AND a.tranche = 0 AND a.regency = '' AND starts_with(o.regency, $2)
          AND o.code > $3
          AND ($4::text IS NULL OR o.code = $4) ORDER BY o.code LIMIT $5";
    // what concerns another office too is that one's as well, and stays out
    MOVES = "SELECT m.id AS movement, m.programme, m.from_place AS from, m.to_place AS to, m.amount, m.document, m.actor, m.effect, m.reason, m.held,
          m.decided_at, (SELECT count(*) FROM cash_conflicts c WHERE c.id = m.id) AS conflicts
        FROM cash_moves m WHERE m.programme = $1 AND (m.from_place = ANY($2::text[]) OR m.to_place = ANY($2::text[]))
          AND m.from_place = ANY($2::text[] || '{bank}'::text[]) AND m.to_place = ANY($2::text[] || '{bank}'::text[])
        ORDER BY m.decided_at DESC, m.id LIMIT $3";
    COUNTS = "SELECT n.id AS count, n.programme, n.teller, n.day, n.counted, n.unsynchronised, n.explanation, n.actor, n.effect, n.reason, n.books,
          n.unjudged, n.claimed, n.decided_at, (SELECT count(*) FROM cash_conflicts c WHERE c.id = n.id) AS conflicts
        FROM cash_counts n WHERE n.programme = $1 AND n.teller = ANY($2) ORDER BY n.decided_at DESC, n.id LIMIT $3";
}

/// What lies where in a programme, in rupiah.
#[derive(Debug, Clone, Copy, Default, sqlx::FromRow)]
pub struct Sums {
    /// In offices.
    pub offices: i64,
    /// In drawers.
    pub tellers: i64,
    /// What tellers answer for.
    pub difference: i64,
}

/// An office with what it and its tellers hold.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Office {
    /// Its code.
    pub office: String,
    /// Its name.
    pub name: String,
    /// Four digits.
    pub regency: String,
    /// What it must have, in rupiah.
    pub books: i64,
    /// How many tellers it has.
    pub tellers: i64,
    /// What their drawers must hold, in rupiah.
    pub with_tellers: i64,
    /// What they answer for, in rupiah.
    pub difference: i64,
}

/// Codes of the programmes that have cash in a region.
pub async fn programmes(database: &Database, region: &str) -> Result<Vec<String>, Error> {
    sqlx::query_scalar(PROGRAMMES).bind(region).fetch_all(database.pool()).await.map_err(Error::database("reading programmes with cash"))
}

/// What lies where in a region.
pub async fn sums(database: &Database, programme: &str, region: &str) -> Result<Sums, Error> {
    let sums = sqlx::query_as(SUMS).bind(programme).bind(region).fetch_one(database.pool()).await;
    sums.map_err(Error::database("summing cash"))
}

/// Offices of a region, after one by its code; at most [`PAGE`].
pub async fn offices(database: &Database, programme: &str, region: &str, after: &str) -> Result<Page<Office>, Error> {
    let offices = sqlx::query_as(OFFICES).bind(programme).bind(region).bind(after).bind(None::<&str>).bind(asked(PAGE));
    Ok(Page::of(offices.fetch_all(database.pool()).await.map_err(Error::database("reading offices with cash"))?, PAGE))
}

/// One office; none: there is none of this code in the region.
pub async fn office(database: &Database, programme: &str, region: &str, code: &str) -> Result<Option<Office>, Error> {
    let office = sqlx::query_as(OFFICES).bind(programme).bind(region).bind("").bind(Some(code)).bind(1_i64);
    office.fetch_optional(database.pool()).await.map_err(Error::database("reading an office with cash"))
}

/// The last moves between these places, and between them and the bank.
pub async fn moves(database: &Database, programme: &str, places: &[Place]) -> Result<Vec<Move>, Error> {
    let places: Vec<String> = places.iter().map(ToString::to_string).collect();
    let moves = sqlx::query_as(MOVES).bind(programme).bind(places).bind(LAST).fetch_all(database.pool()).await;
    moves.map_err(Error::database("reading moves of cash"))
}

/// The last counts of these tellers.
pub async fn counts(database: &Database, programme: &str, tellers: &[String]) -> Result<Vec<Count>, Error> {
    let counts = sqlx::query_as(COUNTS).bind(programme).bind(tellers).bind(LAST).fetch_all(database.pool()).await;
    counts.map_err(Error::database("reading counts of cash"))
}

/// What is under way at these tellers, each with what the books say; in their order.
pub async fn drawers(database: &Database, programme: &str, tellers: &[(String, i64)]) -> Result<Vec<Option<Drawer>>, Error> {
    let whose = |(teller, _): &(String, i64)| (programme.to_owned(), teller.clone());
    let found = drawers::read(database.pool(), tellers.iter().map(whose).collect()).await?;
    Ok(tellers.iter().map(|teller| found.get(&whose(teller)).map(|under_way| under_way.drawer(teller.1))).collect())
}
