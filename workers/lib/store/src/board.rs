//! What the board shows: figures per tranche and regency, from the tallies, beside what the ledger's control accounts say.
//!
//! One statement gives both, so they are of one moment and may be compared to the rupiah. Bounds: regencies with an allocation (at most 514)
//! times tranches times [`Source`]s; asked twice a second by each process. Villages and pay points are read of one regency, when somebody looks.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use salur_domain::{Rupiah, TrancheId};

use crate::{Database, Error, Timestamp, sql};

sql! {
    TRANCHES = "SELECT t.id, t.code, t.name, t.programme, p.name AS programme_name, t.amount, t.specimen, t.opens_at, t.closes_at,
          EXISTS (SELECT FROM paused s WHERE s.kind = 'tranche' AND s.tranche = t.id) AS paused
        FROM tranches t JOIN programmes p ON p.code = t.programme ORDER BY t.id";
    PAUSED = "SELECT scope FROM paused WHERE kind = 'regency'";
    FIGURES = "WITH now AS MATERIALIZED (SELECT tranche, regency, method, measure, families, rupiah FROM board_now)
        SELECT tranche, regency AS place, 'tally' AS source, measure AS name, sum(families)::bigint AS families, sum(rupiah)::bigint AS rupiah
          FROM now GROUP BY tranche, regency, measure
        UNION ALL SELECT tranche, left(regency, 2), method, measure, sum(families)::bigint, sum(rupiah)::bigint
          FROM now WHERE method <> '' GROUP BY tranche, left(regency, 2), method, measure
        UNION ALL SELECT tranche, regency, 'grant', '', 0::bigint, sum(amount)::bigint FROM allocations GROUP BY tranche, regency
        UNION ALL SELECT tranche, regency, 'debits', kind, 0::bigint, sum(debits)::bigint FROM ledger_accounts
            WHERE kind IN ('allocation', 'recipient') GROUP BY tranche, regency, kind
        UNION ALL SELECT tranche, regency, 'credits', kind, 0::bigint, sum(credits)::bigint FROM ledger_accounts
            WHERE kind IN ('allocation', 'recipient') GROUP BY tranche, regency, kind
        UNION ALL SELECT tranche, regency, 'credits', account, 0::bigint, -rupiah FROM booked_back WHERE account IN ('allocation', 'recipient')
        UNION ALL SELECT tranche, regency, 'debits', account, 0::bigint, -rupiah FROM booked_back WHERE account IN ('allocation', 'recipient')";
    DAYS = "SELECT tranche, regency, day, sum(families)::bigint AS families, sum(rupiah)::bigint AS rupiah
        FROM (SELECT tranche, regency, day, families, rupiah FROM board_days
          UNION ALL SELECT tranche, left(village, 4), day, families, rupiah FROM tally_deltas WHERE measure = 'paid') AS both_of_them
        GROUP BY tranche, regency, day ORDER BY tranche, regency, day";
    SLOTS = "SELECT tranche, regency, day, sum(families)::bigint AS families, sum(rupiah)::bigint AS rupiah FROM schedule_days
        GROUP BY tranche, regency, day HAVING sum(families) <> 0 ORDER BY tranche, regency, day";
    VILLAGES = "SELECT tranche, village, pay_point, measure, sum(families)::bigint AS families, sum(rupiah)::bigint AS rupiah
        FROM (SELECT tranche, village, pay_point, measure, families, rupiah FROM tallies
            WHERE tranche = ANY($1) AND village >= $2 AND village < $2 || ':'
          UNION ALL SELECT tranche, village, pay_point, measure, families, rupiah FROM tally_deltas
            WHERE tranche = ANY($1) AND village >= $2 AND village < $2 || ':') AS both_of_them
        GROUP BY tranche, village, pay_point, measure";
    PAY_POINTS = "SELECT code, name, kind FROM pay_points WHERE code = ANY($1)";
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
    /// A tally of a regency; the name is a measure.
    Tally,
    /// A tally of a province by method of payment, the name is a measure.
    Method(Method),
    /// Money granted to the regency by documents.
    Grant,
    /// Debits of a control account, less what was booked back; the name is its kind.
    Debits,
    /// Credits of a control account, less what was booked back; the name is its kind.
    Credits,
}

/// How money reaches families: the kind of the pay point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// At a post office.
    PostOffice,
    /// At a community point in a village.
    Community,
    /// At the family's home.
    HomeVisit,
}

/// One number of one place in one tranche.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The tranche; one that does not exist for rows whose tranche is unknown.
    pub tranche: i32,
    /// Regency, four digits, empty for rows without a readable village; a province, two digits, by method.
    pub place: String,
    /// Where it comes from.
    pub source: Source,
    /// Measure or kind of account.
    pub name: String,
    /// Families, or rows where the measure counts rows.
    pub families: i64,
    /// Rupiah.
    pub rupiah: i64,
}

/// What was paid in a regency on a day, less what was undone that day.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Day {
    /// The tranche.
    pub tranche: i32,
    /// Four digits.
    pub regency: String,
    /// In western Indonesia, when it was booked.
    pub day: NaiveDate,
    /// Families.
    pub families: i64,
    /// Rupiah.
    pub rupiah: i64,
}

/// A measure of a village at a pay point.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Village {
    /// The tranche.
    pub tranche: i32,
    /// Ten digits.
    pub village: String,
    /// Its code; empty for rows that have none.
    pub pay_point: String,
    /// A measure.
    pub measure: String,
    /// Families, or rows where the measure counts rows.
    pub families: i64,
    /// Rupiah.
    pub rupiah: i64,
}

/// A pay point by name.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PayPoint {
    /// Its code.
    pub code: String,
    /// `Kantor Pos Tanjung Pandan`
    pub name: String,
    /// A [`Method`] as text.
    pub kind: String,
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

impl Method {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::PostOffice, Self::Community, Self::HomeVisit];

    /// As the kind of a pay point.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PostOffice => "post_office",
            Self::Community => "community",
            Self::HomeVisit => "home_visit",
        }
    }

    /// Reads it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }
}

impl Source {
    fn parse(word: &str) -> Result<Self, Error> {
        match word {
            "tally" => Ok(Self::Tally),
            "grant" => Ok(Self::Grant),
            "debits" => Ok(Self::Debits),
            "credits" => Ok(Self::Credits),
            other => Method::parse(other)
                .map(Self::Method)
                .ok_or_else(|| Error::invariant(format!("a figure comes from a known source, not {other}"))),
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
    let figures = rows.into_iter().map(|(tranche, place, source, name, families, rupiah)| {
        Ok(Figure { tranche, place, source: Source::parse(&source)?, name, families, rupiah })
    });
    Ok(Reading { at: tx.now, tranches, figures: figures.collect::<Result<_, Error>>()?, paused: paused.into_iter().collect() })
}

/// Who is asked to come each day, by tranche, regency and day, on which they are: at most the days of their windows.
pub async fn slots(database: &Database) -> Result<Vec<Day>, Error> {
    sqlx::query_as(SLOTS).fetch_all(database.begin_portal().await?.connection()).await.map_err(Error::database("reading the board's slots"))
}

/// What was paid each day, by tranche, regency and day: at most the days of their windows.
pub async fn days(database: &Database) -> Result<Vec<Day>, Error> {
    sqlx::query_as(DAYS).fetch_all(database.begin_portal().await?.connection()).await.map_err(Error::database("reading the board's days"))
}

/// The villages of a regency in some tranches, and the pay points that they were sent to, as of one moment.
pub async fn villages(database: &Database, tranches: &[i32], regency: &str) -> Result<(Vec<Village>, Vec<PayPoint>), Error> {
    let failed = || Error::database("reading the villages of a regency");
    let mut tx = database.begin_portal().await?;
    let villages: Vec<Village> = sqlx::query_as(VILLAGES).bind(tranches).bind(regency).fetch_all(tx.connection()).await.map_err(failed())?;
    let codes: BTreeSet<&str> = villages.iter().map(|village| village.pay_point.as_str()).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let pay_points = sqlx::query_as(PAY_POINTS).bind(codes).fetch_all(tx.connection()).await.map_err(failed())?;
    Ok((villages, pay_points))
}
