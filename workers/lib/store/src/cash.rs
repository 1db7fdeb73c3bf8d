//! Cash: what became of moves and counts, who holds how much, and what the portal hears before anything is judged.
//!
//! What is decided stands in [`decide`]. The report reads the ledger: what a drawer got, gave back and was found short or over are its few transfers of
//! cash; what it paid to families is the rest of its balance, so that ten million hand-overs are not summed for it. Bound: [`LINES_MAX`] lines.

use chrono::NaiveDate;
use salur_domain::{
    CaptureId, ClaimId,
    cash::{Drawer, Place, Side},
};
use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, sql};

pub mod decide;
pub(crate) mod drawers;
pub mod shown;

pub use decide::{Said, decide};

/// Most lines of a report.
pub const LINES_MAX: i64 = 10_000;

/// Sums over the transfers of cash of an account; both lists of kinds are those of the index `transfers_of_cash`.
macro_rules! moved {
    ($side:literal, $kinds:literal) => {
        concat!(
            "(SELECT coalesce(sum(t.amount), 0)::bigint FROM transfers t WHERE t.",
            $side,
            " = a.id AND t.kind IN (",
            $kinds,
            ") AND t.kind IN ('cash_to_office', 'cash_back_to_bank', 'cash_to_teller', 'cash_back_to_office', 'cash_between_tellers', 'cash_short',
              'cash_over', 'second_pay_out', 'difference_settled'))"
        )
    };
}

sql! {
    MOVE = "SELECT id AS movement, programme, from_place AS from, to_place AS to, amount, document, actor, effect, reason, held, decided_at,
          (SELECT count(*) FROM cash_conflicts c WHERE c.id = m.id) AS conflicts
        FROM cash_moves m WHERE id = $1";
    COUNT = "SELECT id AS count, programme, teller, day, counted, unsynchronised, explanation, actor, effect, reason, books, unjudged, claimed, decided_at,
          (SELECT count(*) FROM cash_conflicts k WHERE k.id = c.id) AS conflicts
        FROM cash_counts c WHERE id = $1";
    OFFICES = concat!("SELECT programme, office, name, received, paid_in, given, given_back, settled, books FROM (
        SELECT a.programme, o.code AS office, o.name, ", moved!("debit", "'cash_to_office'"), " AS received, ",
          moved!("credit", "'cash_back_to_bank'"), " AS paid_in, ", moved!("credit", "'cash_to_teller'"), " AS given, ",
          moved!("debit", "'cash_back_to_office'"), " AS given_back, ", moved!("debit", "'difference_settled'"), " AS settled, a.debits - a.credits AS books
        FROM ledger_accounts a JOIN offices o ON o.code = a.owner
        WHERE a.kind = 'office_cash' AND ($1::text IS NULL OR a.programme = $1) AND starts_with(o.regency, $2) AND ($3::text IS NULL OR o.code = $3)
        ORDER BY a.programme, o.code LIMIT $4) AS offices");
    // what went to families is what is left of the balance when everything else is taken off
    TELLERS = concat!("SELECT *, received + over - given_back - short - books AS paid_out FROM (
        SELECT a.programme, t.code AS teller, t.name, t.office, ", moved!("debit", "'cash_to_teller', 'cash_between_tellers'"), " AS received, ",
          moved!("credit", "'cash_back_to_office', 'cash_between_tellers'"), " AS given_back, ",
          moved!("credit", "'cash_short', 'second_pay_out'"), " AS short, ", moved!("debit", "'cash_over'"), " AS over, a.debits - a.credits AS books,
          coalesce((SELECT d.debits - d.credits FROM ledger_accounts d WHERE d.kind = 'cash_difference' AND d.programme = a.programme
            AND d.tranche = 0 AND d.regency = '' AND d.owner = a.owner), 0) AS difference,
          (SELECT max(c.day) FROM cash_counts c WHERE c.programme = a.programme AND c.teller = t.code AND c.effect = 'closed') AS closed
        FROM ledger_accounts a JOIN tellers t ON t.code = a.owner JOIN offices o ON o.code = t.office
        WHERE a.kind = 'teller_cash' AND ($1::text IS NULL OR a.programme = $1) AND starts_with(o.regency, $2) AND ($3::text IS NULL OR o.code = $3)
        ORDER BY a.programme, o.code, t.code LIMIT $4) AS tellers");
    HEAR = "INSERT INTO heard_captures (capture, claim, programme, teller) SELECT $1, id, programme, teller FROM claims WHERE id = $2
        ON CONFLICT DO NOTHING";
    // as it stands, without a lock: for a door that says early what a stage would say
    LOOK = "SELECT a.debits - a.credits AS held, o.code AS office, o.regency FROM ledger_accounts a LEFT JOIN tellers t ON t.code = a.owner
        LEFT JOIN offices o ON o.code = CASE a.kind WHEN 'bank' THEN NULL WHEN 'office_cash' THEN a.owner ELSE t.office END
        WHERE a.kind = $1 AND a.programme = $2 AND a.tranche = 0 AND a.regency = '' AND a.owner = $3";
}

/// What became of a move.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Move {
    /// Its id.
    pub movement: Uuid,
    /// Code of the programme.
    pub programme: String,
    /// Who gave.
    pub from: String,
    /// Who took.
    pub to: String,
    /// How much, in rupiah.
    pub amount: i64,
    /// The paper behind it.
    pub document: String,
    /// Who said so.
    pub actor: String,
    /// `booked` or `refused`.
    pub effect: String,
    /// Why refused, as [`salur_domain::cash::Reason`]; else empty.
    pub reason: String,
    /// What the giver held before, in rupiah; none: the programme has no such place.
    pub held: Option<i64>,
    /// When.
    pub decided_at: Timestamp,
    /// How often other content came under its id.
    pub conflicts: i64,
}

/// What became of a count.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in CashCounted")]
pub struct Count {
    pub count: Uuid,
    pub programme: String,
    pub teller: String,
    pub day: NaiveDate,
    pub counted: i64,
    pub unsynchronised: i64,
    pub explanation: String,
    pub actor: String,
    /// `closed` or `refused`.
    pub effect: String,
    /// Why refused, as [`salur_domain::cash::Reason`]; else empty.
    pub reason: String,
    /// What the books said, in rupiah; none: the programme has no such teller.
    pub books: Option<i64>,
    /// Captures that came in and were not booked yet.
    pub unjudged: i64,
    /// Families being paid at that moment.
    pub claimed: i64,
    /// When.
    pub decided_at: Timestamp,
    /// How often other content came under its id.
    pub conflicts: i64,
}

/// Cash of an office in a programme, in rupiah.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct OfficeLine {
    /// Code of the programme.
    pub programme: String,
    /// Its code.
    pub office: String,
    /// Its name.
    pub name: String,
    /// From the bank.
    pub received: i64,
    /// Back to the bank.
    pub paid_in: i64,
    /// To its tellers.
    pub given: i64,
    /// Back from them.
    pub given_back: i64,
    /// Made good by them.
    pub settled: i64,
    /// What it must have.
    pub books: i64,
}

/// Cash of a teller in a programme, in rupiah.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct TellerLine {
    /// Code of the programme.
    pub programme: String,
    /// Code of the teller.
    pub teller: String,
    /// Name of the teller.
    pub name: String,
    /// The office.
    pub office: String,
    /// Floats, and cash from other tellers.
    pub received: i64,
    /// To families.
    pub paid_out: i64,
    /// Back to the office, and to other tellers.
    pub given_back: i64,
    /// Found missing.
    pub short: i64,
    /// Found beyond the books.
    pub over: i64,
    /// What the drawer must hold; below nothing: families were paid from notes that nobody booked in.
    pub books: i64,
    /// What the teller answers for and has not made good; below nothing: found beyond the books, and not explained yet.
    pub difference: i64,
    /// The last day that was closed.
    pub closed: Option<NaiveDate>,
}

/// Who holds how much.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Report {
    /// By programme and office.
    pub offices: Vec<OfficeLine>,
    /// By programme, office and teller.
    pub tellers: Vec<TellerLine>,
}

/// A place as it stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Stands {
    /// Debits less credits, in rupiah.
    pub held: i64,
    /// The office that it is or belongs to; none for the bank.
    pub office: Option<String>,
    /// Regency of the office.
    pub regency: Option<String>,
}

impl Stands {
    /// For the rules.
    pub fn side(&self) -> Side<'_> {
        Side { office: self.office.as_deref(), held: self.held }
    }
}

/// Which lines of a report.
#[derive(Debug, Clone, Copy, Default)]
pub struct Which<'a> {
    /// Only of this programme.
    pub programme: Option<&'a str>,
    /// Only of offices whose regency begins so.
    pub region: &'a str,
    /// Only of this office.
    pub office: Option<&'a str>,
}

/// What became of a move; none: nothing yet.
pub async fn movement(database: &Database, id: Uuid) -> Result<Option<Move>, Error> {
    sqlx::query_as(MOVE).bind(id).fetch_optional(database.pool()).await.map_err(Error::database("reading a move of cash"))
}

/// What became of a count; none: nothing yet.
pub async fn count(database: &Database, id: Uuid) -> Result<Option<Count>, Error> {
    sqlx::query_as(COUNT).bind(id).fetch_optional(database.pool()).await.map_err(Error::database("reading a count of cash"))
}

/// Who holds how much, at most [`LINES_MAX`] lines of each kind.
pub async fn report(database: &Database, which: Which<'_>) -> Result<Report, Error> {
    let failed = || Error::database("reading who holds how much cash");
    let offices = sqlx::query_as(OFFICES).bind(which.programme).bind(which.region).bind(which.office).bind(LINES_MAX);
    let tellers = sqlx::query_as(TELLERS).bind(which.programme).bind(which.region).bind(which.office).bind(LINES_MAX);
    let offices = offices.fetch_all(database.pool()).await.map_err(failed())?;
    Ok(Report { offices, tellers: tellers.fetch_all(database.pool()).await.map_err(failed())? })
}

/// A place of a programme as it stands; none: the programme has none such.
pub async fn look(database: &Database, programme: &str, place: &Place) -> Result<Option<Stands>, Error> {
    let key = decide::key_of(programme, place);
    let look = sqlx::query_as(LOOK).bind(key.kind.as_str()).bind(&key.programme).bind(&key.owner);
    look.fetch_optional(database.pool()).await.map_err(Error::database("looking where cash lies"))
}

/// A teller's drawer as it stands; none: the programme has no such teller.
pub async fn look_into(database: &Database, programme: &str, teller: &str) -> Result<Option<Drawer>, Error> {
    let Some(stands) = look(database, programme, &Place::Teller(teller.to_owned())).await? else { return Ok(None) };
    let whose = (programme.to_owned(), teller.to_owned());
    let under_way = drawers::read(database.pool(), [whose.clone()].into()).await?;
    Ok(under_way.get(&whose).map(|under_way| under_way.drawer(stands.held)))
}

/// Remembers that a capture came in, so that no day closes over it; again changes nothing.
pub async fn hear(tx: &mut Tx, capture: CaptureId, claim: ClaimId) -> Result<(), Error> {
    let hear = sqlx::query(HEAR).bind(capture.0).bind(claim.0);
    hear.execute(tx.connection()).await.map(drop).map_err(Error::database("hearing of a capture"))
}
