//! What boards read: grouped deltas per commit, folded later.

use std::collections::BTreeMap;

use salur_domain::{Rupiah, TrancheId};

use crate::{Database, Error, Tx, sql};

sql! {
    INSERT = "INSERT INTO tally_deltas (tranche, village, pay_point, measure, families, rupiah)
        SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])";
    FOLD_LOCK = "SELECT pg_try_advisory_xact_lock(7226310003)";
    FOLD_TAKE = "WITH taken AS (DELETE FROM tally_deltas RETURNING tranche, village, pay_point, measure, families, rupiah, day),
        board AS (INSERT INTO board_tallies
          SELECT t.tranche, left(t.village, 4), coalesce(p.kind, ''), t.measure, sum(t.families), sum(t.rupiah)
          FROM taken t LEFT JOIN pay_points p ON p.code = t.pay_point GROUP BY 1, 2, 3, 4
          ON CONFLICT (tranche, regency, method, measure)
          DO UPDATE SET families = board_tallies.families + excluded.families, rupiah = board_tallies.rupiah + excluded.rupiah),
        days AS (INSERT INTO board_days
          SELECT tranche, left(village, 4), day, sum(families), sum(rupiah) FROM taken WHERE measure = 'paid' GROUP BY 1, 2, 3
          ON CONFLICT (tranche, regency, day)
          DO UPDATE SET families = board_days.families + excluded.families, rupiah = board_days.rupiah + excluded.rupiah)
        INSERT INTO tallies SELECT tranche, village, pay_point, measure, sum(families), sum(rupiah) FROM taken GROUP BY 1, 2, 3, 4
        ON CONFLICT (tranche, village, pay_point, measure)
        DO UPDATE SET families = tallies.families + excluded.families, rupiah = tallies.rupiah + excluded.rupiah";
    READ = "SELECT tranche, regency, measure, sum(families)::bigint AS families, sum(rupiah)::bigint AS rupiah
        FROM board_now GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Rows seen, at their stated amount.
    Submitted,
    /// Rows that ended.
    Rejected,
    /// Rows that wait.
    Held,
    /// Rows answered as already accepted.
    Already,
    /// Payments made.
    Accepted,
    /// Payments cancelled before they were funded.
    Withdrawn,
    /// Payments whose account a civil registry had confirmed when it was attached.
    Verified,
    /// Payments funded.
    Funded,
    /// Payments cancelled after they were funded.
    Cancelled,
    /// Cheques issued, first versions.
    ChequeIssued,
    /// Handed over, in question.
    InQuestion,
    /// Paid.
    Paid,
    /// Returned to the treasury after they were funded.
    Returned,
    /// Returned to the treasury without ever having been funded.
    ReturnedUnfunded,
}

impl Measure {
    /// The word in the table, on the board and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Rejected => "rejected",
            Self::Held => "held",
            Self::Already => "already",
            Self::Accepted => "accepted",
            Self::Withdrawn => "withdrawn",
            Self::Verified => "verified",
            Self::Funded => "funded",
            Self::Cancelled => "cancelled",
            Self::ChequeIssued => "cheque_issued",
            Self::InQuestion => "in_question",
            Self::Paid => "paid",
            Self::Returned => "returned",
            Self::ReturnedUnfunded => "returned_unfunded",
        }
    }
}

/// The deltas of one commit, grouped as they are added.
#[derive(Debug, Default)]
pub struct Deltas {
    grouped: BTreeMap<(i32, String, String, Measure), (i64, i64)>,
}

/// One line of the board: a measure in a regency of a tranche.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Tally {
    /// Tranche.
    pub tranche: i32,
    /// Four digits; empty for rejected rows without a readable village.
    pub regency: String,
    /// [`Measure`] as text.
    pub measure: String,
    /// Families, or rows where the measure counts rows.
    pub families: i64,
    /// Rupiah.
    pub rupiah: i64,
}

impl Deltas {
    /// Counts one family.
    pub fn add(&mut self, tranche: TrancheId, village: &str, pay_point: &str, measure: Measure, amount: Rupiah) -> Result<(), Error> {
        self.count((tranche, village, pay_point, measure), 1, amount.get())
    }

    /// Counts one family less: it is counted elsewhere now.
    pub fn take(&mut self, tranche: TrancheId, village: &str, pay_point: &str, measure: Measure, amount: Rupiah) -> Result<(), Error> {
        self.count((tranche, village, pay_point, measure), -1, -amount.get())
    }

    fn count(
        &mut self,
        (tranche, village, pay_point, measure): (TrancheId, &str, &str, Measure),
        by: i64,
        amount: i64,
    ) -> Result<(), Error> {
        let (families, rupiah) = self.grouped.entry((tranche.0, village.to_owned(), pay_point.to_owned(), measure)).or_default();
        *families += by;
        *rupiah = rupiah.checked_add(amount).ok_or_else(|| Error::invariant("a tally does not fit 64 bits"))?;
        Ok(())
    }

    /// Writes them: plain inserts, no hot row.
    pub async fn write(self, tx: &mut Tx) -> Result<(), Error> {
        if self.grouped.is_empty() {
            return Ok(());
        }
        let (mut tranches, mut villages, mut points, mut measures, mut families, mut rupiah) =
            (vec![], vec![], vec![], vec![], vec![], vec![]);
        for ((tranche, village, point, measure), (count, sum)) in self.grouped {
            tranches.push(tranche);
            villages.push(village);
            points.push(point);
            measures.push(measure.as_str());
            families.push(count);
            rupiah.push(sum);
        }
        sqlx::query(INSERT)
            .bind(tranches)
            .bind(villages)
            .bind(points)
            .bind(measures)
            .bind(families)
            .bind(rupiah)
            .execute(tx.connection())
            .await
            .map(drop)
            .map_err(Error::database("writing tally deltas"))
    }
}

/// Folds deltas into tallies. Returns false when another process is folding.
pub async fn fold(database: &Database) -> Result<bool, Error> {
    let failed = || Error::database("folding tallies");
    let mut tx = database.begin().await?;
    let mine: bool = sqlx::query_scalar(FOLD_LOCK).fetch_one(tx.connection()).await.map_err(failed())?;
    if mine {
        sqlx::query(FOLD_TAKE).execute(tx.connection()).await.map_err(failed())?;
        tx.commit().await?;
    }
    Ok(mine)
}

/// Tallies per tranche, regency and measure, as of now.
pub async fn read(database: &Database) -> Result<Vec<Tally>, Error> {
    sqlx::query_as(READ).fetch_all(database.pool()).await.map_err(Error::database("reading tallies"))
}
