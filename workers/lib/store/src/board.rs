//! What the board shows: figures per tranche and regency, from the tallies, beside what the ledger's control accounts say.
//!
//! One statement gives both, so they are of one moment and may be compared to the rupiah. Bounds: regencies with an allocation (at most 514)
//! times tranches times [`Source`]s; asked at most once a second by each process.

use std::collections::BTreeSet;

use salur_domain::{Rupiah, TrancheId};

use crate::{Database, Error, Timestamp, sql};

sql! {
    TRANCHES = "SELECT t.id, t.code, t.name, t.programme, p.name AS programme_name, t.amount, t.specimen, t.opens_at, t.closes_at,
          EXISTS (SELECT FROM paused s WHERE s.kind = 'tranche' AND s.tranche = t.id) AS paused
        FROM tranches t JOIN programmes p ON p.code = t.programme ORDER BY t.id";
    PAUSED = "SELECT scope FROM paused WHERE kind = 'regency'";
    FIGURES = "SELECT tranche, left(village, 4) AS regency, 'tally' AS source, measure AS name, sum(families)::bigint AS families,
            sum(rupiah)::bigint AS rupiah FROM tallies_now GROUP BY tranche, left(village, 4), measure
        UNION ALL SELECT tranche, regency, 'grant', '', 0::bigint, sum(amount)::bigint FROM allocations GROUP BY tranche, regency
        UNION ALL SELECT tranche, regency, 'debits', kind, 0::bigint, sum(debits)::bigint FROM ledger_accounts
            WHERE kind IN ('allocation', 'recipient') GROUP BY tranche, regency, kind
        UNION ALL SELECT tranche, regency, 'credits', kind, 0::bigint, sum(credits)::bigint FROM ledger_accounts
            WHERE kind IN ('allocation', 'recipient') GROUP BY tranche, regency, kind
        UNION ALL SELECT tranche, regency, 'credits', account, 0::bigint, -rupiah FROM booked_back WHERE account IN ('allocation', 'recipient')
        UNION ALL SELECT tranche, regency, 'debits', account, 0::bigint, -rupiah FROM booked_back WHERE account IN ('allocation', 'recipient')";
}

/// A tranche with its programme.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Tranche {
    id: i32,
    /// Upstream's code: `BST-4`.
    pub code: String,
    /// As printed: `Tahap 4`.
    pub name: String,
    /// Code of the programme.
    pub programme: String,
    /// Name of the programme.
    pub programme_name: String,
    amount: i64,
    /// Whether its families are fictitious.
    pub specimen: bool,
    /// First hand-over.
    pub opens_at: Timestamp,
    /// Last hand-over.
    pub closes_at: Timestamp,
    /// Whether people paused it.
    pub paused: bool,
}

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A tally; the name is a measure.
    Tally,
    /// Money granted to the regency by documents.
    Grant,
    /// Debits of a control account, less what was booked back; the name is its kind.
    Debits,
    /// Credits of a control account, less what was booked back; the name is its kind.
    Credits,
}

/// One number of one regency in one tranche.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The tranche; one that does not exist for rows whose tranche is unknown.
    pub tranche: i32,
    /// Four digits; empty for rows without a readable village.
    pub regency: String,
    /// Where it comes from.
    pub source: Source,
    /// Measure or kind of account.
    pub name: String,
    /// Families, or rows where the measure counts rows.
    pub families: i64,
    /// Rupiah.
    pub rupiah: i64,
}

/// Everything, as of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The moment, by the database's clock.
    pub at: Timestamp,
    /// Tranches, by number.
    pub tranches: Vec<Tranche>,
    /// Figures, in no order.
    pub figures: Vec<Figure>,
    /// Regencies that people paused, four digits each.
    pub paused: BTreeSet<String>,
}

impl Tranche {
    /// Its number in this installation.
    pub fn id(&self) -> TrancheId {
        TrancheId(self.id)
    }

    /// What each family gets.
    pub fn amount(&self) -> Rupiah {
        Rupiah::new(self.amount).expect("the table checks that amounts are positive")
    }
}

impl Source {
    fn parse(word: &str) -> Result<Self, Error> {
        match word {
            "tally" => Ok(Self::Tally),
            "grant" => Ok(Self::Grant),
            "debits" => Ok(Self::Debits),
            "credits" => Ok(Self::Credits),
            other => Err(Error::invariant(format!("a figure comes from a known source, not {other}"))),
        }
    }
}

/// Reads the board, in the portal's role.
pub async fn read(database: &Database) -> Result<Reading, Error> {
    let failed = || Error::database("reading the board");
    let mut tx = database.begin_portal().await?;
    let tranches = sqlx::query_as(TRANCHES).fetch_all(tx.connection()).await.map_err(failed())?;
    let paused: Vec<String> = sqlx::query_scalar(PAUSED).fetch_all(tx.connection()).await.map_err(failed())?;
    let rows: Vec<(i32, String, String, String, i64, i64)> = sqlx::query_as(FIGURES).fetch_all(tx.connection()).await.map_err(failed())?;
    let figures = rows.into_iter().map(|(tranche, regency, source, name, families, rupiah)| {
        Ok(Figure { tranche, regency, source: Source::parse(&source)?, name, families, rupiah })
    });
    Ok(Reading { at: tx.now, tranches, figures: figures.collect::<Result<_, Error>>()?, paused: paused.into_iter().collect() })
}
