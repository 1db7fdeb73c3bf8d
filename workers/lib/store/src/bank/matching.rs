//! Lines that wait, transfers that no line stands for yet, and what is decided about both.
//!
//! Bounds: [`PAGE_LINES`] a step, [`OPEN_MOST`] transfers beside them, [`MISSING_MOST`] new cases of transfers a matching.

use chrono::NaiveDate;
use salur_domain::ids::NAMESPACE;
use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, sql};

/// Lines looked at in one step.
pub const PAGE_LINES: i64 = 2_000;
/// Transfers looked at in one step, oldest first: a programme has a few thousand that no line stands for yet.
pub const OPEN_MOST: i64 = 100_000;
/// Cases of transfers opened by one matching; the next opens the next.
pub const MISSING_MOST: i64 = 5_000;

sql! {
    STANDING = "SELECT programme, date_trunc('day', now(), 'UTC') AS day, max(at) AS newest, count(*) AS transfers FROM bank_transfers GROUP BY programme
        ORDER BY programme";
    BEGUN = "SELECT matching FROM bank_steps WHERE matching = ANY($1) AND after = ''";
    STEP = "SELECT next FROM bank_steps WHERE matching = $1 AND after = $2";
    INSERT_STEP = "INSERT INTO bank_steps (matching, after, next, lines) VALUES ($1, $2, $3, $4)";
    WAITING = "SELECT l.sheet, l.n, l.account, l.booked_on, l.direction, l.is_reversal, l.amount, l.bank_reference, l.refs, l.text FROM bank_lines l
        WHERE l.programme = $1 AND (l.booked_on, l.sheet, l.n) > ($2, $3, $4)
          AND NOT EXISTS (SELECT FROM bank_outcomes o WHERE (o.sheet, o.n) = (l.sheet, l.n))
        ORDER BY l.booked_on, l.sheet, l.n LIMIT $5";
    OPEN = "SELECT direction, tranche, subject, kind, n, amount - covered AS missing, document FROM bank_transfers
        WHERE programme = $1 AND document <> '' AND covered < amount ORDER BY at, tranche, subject, kind, n LIMIT $2";
    // the line that a reversal takes back: the other way, the same sum, a name in common, not taken back yet; one that stands for nothing first
    REVERSED = "SELECT l.sheet, l.n, o.outcome FROM bank_lines l LEFT JOIN bank_outcomes o ON (o.sheet, o.n) = (l.sheet, l.n)
        WHERE l.programme = $1 AND l.account = $2 AND l.amount = $3 AND l.direction <> $4 AND NOT l.is_reversal
          AND (l.refs && $5 OR (l.bank_reference <> '' AND l.bank_reference = $6))
          AND (o.outcome IS NULL OR o.outcome IN ('matched', 'partial'))
          AND NOT EXISTS (SELECT FROM bank_outcomes r WHERE r.outcome = 'reversed' AND (r.other_sheet, r.other_n) = (l.sheet, l.n))
        ORDER BY o.outcome IS NOT NULL, l.booked_on DESC, l.sheet, l.n LIMIT 1";
    INSERT_OUTCOMES = "INSERT INTO bank_outcomes (sheet, n, outcome, document, missing, other_sheet, other_n)
        SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::uuid[], $7::int[])";
    INSERT_MATCHES = "INSERT INTO bank_matches (sheet, n, tranche, subject, kind, transfer_n, amount)
        SELECT * FROM unnest($1::uuid[], $2::int[], $3::int[], $4::uuid[], $5::text[], $6::smallint[], $7::bigint[])";
    TAKE_BACK = "INSERT INTO bank_matches (sheet, n, tranche, subject, kind, transfer_n, amount)
        SELECT $1, $2, tranche, subject, kind, transfer_n, -amount FROM bank_matches WHERE (sheet, n) = ($3, $4)";
    INSERT_CASES = "INSERT INTO bank_cases (id, kind, programme, sheet, n, tranche, subject, transfer_kind, transfer_n, document, amount, expected)
        SELECT id, kind, $1, sheet, n, tranche, subject, transfer_kind, transfer_n, document, amount, expected
        FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::int[], $6::int[], $7::uuid[], $8::text[], $9::smallint[], $10::text[], $11::bigint[],
          $12::bigint[]) AS c(id, kind, sheet, n, tranche, subject, transfer_kind, transfer_n, document, amount, expected)
        ON CONFLICT (id) DO NOTHING";
    MISSING = "SELECT t.tranche, t.subject, t.kind, t.n, t.document, t.amount FROM bank_transfers t
        WHERE t.programme = $1 AND t.document <> '' AND t.covered = 0 AND t.at <= now() - make_interval(days => $2)
          AND NOT EXISTS (SELECT FROM bank_cases c WHERE c.kind = 'missing'
            AND (c.tranche, c.subject, c.transfer_kind, c.transfer_n) = (t.tranche, t.subject, t.kind, t.n))
        ORDER BY t.at, t.tranche, t.subject, t.kind, t.n LIMIT $3";
}

/// Key of a line: its sheet and place.
pub type LineKey = (Uuid, i32);

/// A line that waits.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Waiting {
    /// Its statement.
    pub sheet: Uuid,
    /// Its place in it.
    pub n: i32,
    /// The bank account.
    pub account: String,
    /// When it was booked.
    pub booked_on: NaiveDate,
    /// `credit` or `debit`.
    pub direction: String,
    /// Whether it takes another back.
    pub is_reversal: bool,
    /// How much.
    pub amount: i64,
    /// The bank's own name for it.
    pub bank_reference: String,
    /// What the payer named it.
    pub refs: Vec<String>,
    /// What the payer wrote.
    pub text: String,
}

/// A transfer that lines do not stand for wholly yet.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Open {
    /// `credit` or `debit`, as the bank sees it.
    pub direction: String,
    /// Its key.
    pub tranche: i32,
    /// Its key.
    pub subject: Uuid,
    /// Its key.
    pub kind: String,
    /// Its key.
    pub n: i16,
    /// What no line stands for yet.
    pub missing: i64,
    /// The paper behind it.
    pub document: String,
}

/// What a line came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The line.
    pub line: LineKey,
    /// `matched`, `partial` or `reversed`.
    pub outcome: &'static str,
    /// The document it names.
    pub document: String,
    /// What the document waits for after it.
    pub missing: i64,
    /// Of a reversal: the other of the two.
    pub other: Option<LineKey>,
}

/// A part of a line that stands for a transfer.
#[derive(Debug, Clone)]
pub struct Match {
    /// The line.
    pub line: LineKey,
    /// The transfer.
    pub transfer: (i32, Uuid, String, i16),
    /// How much.
    pub amount: i64,
}

/// What a case is about.
#[derive(Debug, Clone)]
pub enum About {
    /// A line.
    Line(Uuid, i32),
    /// A transfer.
    Transfer(i32, Uuid, String, i16),
}

/// A case to open.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// `unmatched`, `partial`, `doubled`, `reversed` or `missing`.
    pub kind: &'static str,
    /// What it is about.
    pub about: About,
    /// The document that the line names, or the transfer's.
    pub document: String,
    /// How much.
    pub amount: i64,
    /// What the document waited for when the line came.
    pub expected: Option<i64>,
}

impl Waiting {
    /// Its key.
    pub fn key(&self) -> LineKey {
        (self.sheet, self.n)
    }
}

impl NewCase {
    /// Its id: a function of what it is about.
    pub fn id(&self) -> Uuid {
        let about = match &self.about {
            About::Line(sheet, n) => format!("{sheet}/{n}"),
            About::Transfer(tranche, subject, kind, n) => format!("{tranche}/{subject}/{kind}/{n}"),
        };
        Uuid::new_v5(&NAMESPACE, format!("bank case\u{0}{}\u{0}{about}", self.kind).as_bytes())
    }
}

/// A matching that nothing but time or a transfer asks for.
#[derive(Debug, Clone)]
pub struct Due {
    /// Derived from programme, day and the transfers that stand.
    pub matching: Uuid,
    /// The programme.
    pub programme: String,
    /// What made it due: the day, or the newest transfer.
    pub at: Timestamp,
}

/// Programmes whose bank accounts nobody has looked at today, or since their last transfer.
pub async fn due(database: &Database) -> Result<Vec<Due>, Error> {
    let failed = || Error::database("looking for matchings that are due");
    let standing: Vec<(String, Timestamp, Timestamp, i64)> = sqlx::query_as(STANDING).fetch_all(database.pool()).await.map_err(failed())?;
    let due = |(programme, day, newest, transfers): (String, Timestamp, Timestamp, i64)| {
        let name = format!("bank matching\u{0}{programme}\u{0}{day}\u{0}{newest}\u{0}{transfers}");
        Due { matching: Uuid::new_v5(&NAMESPACE, name.as_bytes()), programme, at: day.max(newest) }
    };
    let mut all: Vec<Due> = standing.into_iter().map(due).collect();
    let ids: Vec<Uuid> = all.iter().map(|due| due.matching).collect();
    let begun: Vec<Uuid> = sqlx::query_scalar(BEGUN).bind(ids).fetch_all(database.pool()).await.map_err(failed())?;
    all.retain(|due| !begun.contains(&due.matching));
    Ok(all)
}

/// What a step said, where it was made already: the next, or that it was the last.
pub async fn step(tx: &mut Tx, matching: Uuid, after: &str) -> Result<Option<Option<String>>, Error> {
    let found = sqlx::query_scalar(STEP).bind(matching).bind(after).fetch_optional(tx.connection()).await;
    found.map_err(Error::database("reading a step of a matching"))
}

/// Remembers a step.
pub async fn insert_step(tx: &mut Tx, matching: Uuid, after: &str, next: Option<&str>, lines: usize) -> Result<(), Error> {
    let lines = i32::try_from(lines).unwrap_or(i32::MAX);
    let insert = sqlx::query(INSERT_STEP).bind(matching).bind(after).bind(next).bind(lines);
    insert.execute(tx.connection()).await.map(drop).map_err(Error::database("remembering a step of a matching"))
}

/// The next lines that wait, in the order in which they were booked.
pub async fn waiting(tx: &mut Tx, programme: &str, after: (NaiveDate, Uuid, i32)) -> Result<Vec<Waiting>, Error> {
    let page = sqlx::query_as(WAITING).bind(programme).bind(after.0).bind(after.1).bind(after.2).bind(PAGE_LINES);
    page.fetch_all(tx.connection()).await.map_err(Error::database("reading lines that wait"))
}

/// Transfers of a programme's bank account that lines do not stand for wholly yet, oldest first.
pub async fn open(tx: &mut Tx, programme: &str) -> Result<Vec<Open>, Error> {
    let open = sqlx::query_as(OPEN).bind(programme).bind(OPEN_MOST);
    open.fetch_all(tx.connection()).await.map_err(Error::database("reading transfers of a bank account"))
}

/// The line that a reversal takes back, and whether it had come to something.
pub async fn reversed(tx: &mut Tx, programme: &str, line: &Waiting) -> Result<Option<(LineKey, bool)>, Error> {
    let find = sqlx::query_as(REVERSED).bind(programme).bind(&line.account).bind(line.amount).bind(&line.direction);
    let find = find.bind(&line.refs).bind(&line.bank_reference);
    let found: Option<(Uuid, i32, Option<String>)> =
        find.fetch_optional(tx.connection()).await.map_err(Error::database("looking for what was reversed"))?;
    Ok(found.map(|(sheet, n, outcome)| ((sheet, n), outcome.is_some())))
}

/// Remembers outcomes with their matches.
pub async fn decide(tx: &mut Tx, outcomes: &[Outcome], matches: &[Match]) -> Result<(), Error> {
    let failed = || Error::database("remembering what lines came to");
    tx.wrote("bank_outcomes");
    tx.wrote("bank_matches");
    let insert = sqlx::query(INSERT_OUTCOMES).bind(outcomes.iter().map(|it| it.line.0).collect::<Vec<_>>());
    let insert = insert.bind(outcomes.iter().map(|it| it.line.1).collect::<Vec<_>>());
    let insert = insert.bind(outcomes.iter().map(|it| it.outcome).collect::<Vec<_>>());
    let insert = insert.bind(outcomes.iter().map(|it| it.document.as_str()).collect::<Vec<_>>());
    let insert = insert.bind(outcomes.iter().map(|it| it.missing).collect::<Vec<_>>());
    let insert = insert.bind(outcomes.iter().map(|it| it.other.map(|other| other.0)).collect::<Vec<_>>());
    let insert = insert.bind(outcomes.iter().map(|it| it.other.map(|other| other.1)).collect::<Vec<_>>());
    insert.execute(tx.connection()).await.map_err(failed())?;
    let insert = sqlx::query(INSERT_MATCHES).bind(matches.iter().map(|it| it.line.0).collect::<Vec<_>>());
    let insert = insert.bind(matches.iter().map(|it| it.line.1).collect::<Vec<_>>());
    let insert = insert.bind(matches.iter().map(|it| it.transfer.0).collect::<Vec<_>>());
    let insert = insert.bind(matches.iter().map(|it| it.transfer.1).collect::<Vec<_>>());
    let insert = insert.bind(matches.iter().map(|it| it.transfer.2.as_str()).collect::<Vec<_>>());
    let insert = insert.bind(matches.iter().map(|it| it.transfer.3).collect::<Vec<_>>());
    let insert = insert.bind(matches.iter().map(|it| it.amount).collect::<Vec<_>>());
    insert.execute(tx.connection()).await.map(drop).map_err(failed())
}

/// What a line stood for, a reversal takes back.
pub async fn take_back(tx: &mut Tx, reversal: LineKey, line: LineKey) -> Result<(), Error> {
    let insert = sqlx::query(TAKE_BACK).bind(reversal.0).bind(reversal.1).bind(line.0).bind(line.1);
    tx.wrote("bank_matches");
    insert.execute(tx.connection()).await.map(drop).map_err(Error::database("taking matches back"))
}

/// Transfers that the bank has said nothing of for so many days, and that no case is about yet.
pub async fn missing(tx: &mut Tx, programme: &str, days: i32) -> Result<Vec<NewCase>, Error> {
    let find = sqlx::query_as(MISSING).bind(programme).bind(days).bind(MISSING_MOST);
    let rows: Vec<(i32, Uuid, String, i16, String, i64)> =
        find.fetch_all(tx.connection()).await.map_err(Error::database("looking for transfers that are missing at the bank"))?;
    let case = |(tranche, subject, kind, n, document, amount)| NewCase {
        kind: "missing",
        about: About::Transfer(tranche, subject, kind, n),
        document,
        amount,
        expected: None,
    };
    Ok(rows.into_iter().map(case).collect())
}

/// Opens cases that do not exist.
pub async fn open_cases(tx: &mut Tx, programme: &str, cases: &[NewCase]) -> Result<(), Error> {
    let line = |case: &NewCase| if let About::Line(sheet, n) = case.about { Some((sheet, n)) } else { None };
    let transfer = |case: &NewCase| match &case.about {
        About::Transfer(tranche, subject, kind, n) => Some((*tranche, *subject, kind.clone(), *n)),
        About::Line(..) => None,
    };
    tx.wrote("bank_cases");
    let insert = sqlx::query(INSERT_CASES).bind(programme).bind(cases.iter().map(NewCase::id).collect::<Vec<_>>());
    let insert = insert.bind(cases.iter().map(|case| case.kind).collect::<Vec<_>>());
    let insert = insert.bind(cases.iter().map(|case| line(case).map(|line| line.0)).collect::<Vec<_>>());
    let insert = insert.bind(cases.iter().map(|case| line(case).map(|line| line.1)).collect::<Vec<_>>());
    let insert = insert.bind(cases.iter().map(|case| transfer(case).map(|key| key.0)).collect::<Vec<_>>());
    let insert = insert.bind(cases.iter().map(|case| transfer(case).map(|key| key.1)).collect::<Vec<_>>());
    let insert = insert.bind(cases.iter().map(|case| transfer(case).map(|key| key.2)).collect::<Vec<_>>());
    let insert = insert.bind(cases.iter().map(|case| transfer(case).map(|key| key.3)).collect::<Vec<_>>());
    let insert = insert.bind(cases.iter().map(|case| case.document.as_str()).collect::<Vec<_>>());
    let insert = insert.bind(cases.iter().map(|case| case.amount).collect::<Vec<_>>());
    let insert = insert.bind(cases.iter().map(|case| case.expected).collect::<Vec<_>>());
    insert.execute(tx.connection()).await.map(drop).map_err(Error::database("opening cases of a bank account"))
}

#[cfg(test)]
mod tests {
    use crate::ledger::{AccountKind, chart::CHART};

    /// The view and its index name the kinds in SQL; they must not drift from the chart.
    #[test]
    fn the_view_of_bank_transfers_knows_every_kind_that_touches_a_bank_account() {
        let of_chart: Vec<String> = CHART
            .iter()
            .filter(|line| [line.debit, line.credit].contains(&AccountKind::Bank))
            .map(|line| format!("'{}'", line.name))
            .collect();
        let migration = include_str!("../../../../../schemas/migrations/0031_bank_statements.sql");
        let named = format!("kind IN ({})", of_chart.join(", "));
        assert_eq!(migration.matches(&named).count(), 2, "{named}");
    }
}
