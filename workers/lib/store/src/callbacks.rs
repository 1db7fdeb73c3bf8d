//! Samples of families who are called back, and what they answered: insert-only rows of the portal, evidence each.
//!
//! What a sample is drawn from is read as of a transaction below the horizon, so that the same question has the same answer for ever: hand-overs that stand,
//! with the signs that speak for asking ([`Signs`]). Whoever acts for a region sees the samples within it. Bounds: [`MEMBERS_MAX`] members read at once,
//! [`PAGE`] samples of a list, [`FRAME`] members of a page.

use salur_domain::callback::{Class, MEMBERS_MAX, Signs};
use serde::Serialize;
use uuid::Uuid;

use crate::{Error, Page, Timestamp, Tx, page::asked, sql};

/// Samples of one list.
pub const PAGE: i64 = 100;
/// Members of one page of what a sample was drawn from.
pub const FRAME: i64 = 10_000;

/// Hand-overs of tranche $1 in region $2 that stood before transaction $3, with signs.
macro_rules! members {
    () => {
        "WITH standing AS MATERIALIZED (
            SELECT h.payment, h.capture, f.n, f.teller, f.device,
              EXISTS (SELECT FROM findings c WHERE c.capture = h.capture AND c.severity = 'question' AND c.tx < $3) AS questioned
            FROM hand_overs h JOIN payments p ON p.tranche = h.tranche AND p.id = h.payment AND starts_with(p.regency, $2)
            JOIN proofs f ON f.capture = h.capture
            WHERE h.tranche = $1 AND h.tx < $3
              AND NOT EXISTS (SELECT FROM reversals r WHERE r.tranche = h.tranche AND r.payment = h.payment AND r.n = h.n AND r.tx < $3)),
          complained AS MATERIALIZED (SELECT c.payment FROM complaints c WHERE c.tranche = $1 AND c.tx < $3 GROUP BY 1),
          of_tellers AS (SELECT s.teller, count(*) AS complained FROM standing s JOIN complained c USING (payment) GROUP BY 1),
          unproven AS (SELECT DISTINCT r.teller FROM reversals r WHERE r.tranche = $1 AND r.kind = 'not_proven' AND r.tx < $3),
          devices AS (SELECT s.device FROM standing s WHERE s.questioned GROUP BY 1 HAVING count(*) >= 3)
        SELECT s.n, s.payment, c.payment IS NOT NULL AS complaint, s.questioned,
          coalesce(t.complained, 0) - (c.payment IS NOT NULL)::int >= 2 OR u.teller IS NOT NULL AS teller, d.device IS NOT NULL AS device
        FROM standing s LEFT JOIN complained c USING (payment) LEFT JOIN of_tellers t USING (teller) LEFT JOIN unproven u USING (teller)
        LEFT JOIN devices d USING (device)"
    };
}

sql! {
    MEMBERS = concat!(members!(), " ORDER BY s.n LIMIT $4");
    MEMBERS_AFTER = concat!(members!(), " WHERE s.n > $5 ORDER BY s.n LIMIT $4");
    KEEP = "INSERT INTO callback_samples (id, tranche, region, seed, as_of, confidence, margin, members, why, actor)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING";
    KEEP_CLASSES = "INSERT INTO callback_classes (sample, weight, members, drawn) SELECT $1, * FROM unnest($2::smallint[], $3::int[], $4::int[])";
    KEEP_FAMILIES = "INSERT INTO callback_families (sample, place, n, tranche, payment, weight, signs)
        SELECT $1, k.place, k.n, $2, k.payment, k.weight, string_to_array(k.signs, ' ')
        FROM unnest($3::int[], $4::bigint[], $5::uuid[], $6::smallint[], $7::text[]) AS k(place, n, payment, weight, signs)";
    SAMPLES = "SELECT s.id AS sample, t.code AS tranche, s.region, s.seed, s.as_of, s.confidence, s.margin, s.members, s.why, s.actor, s.drawn_at,
          s.tranche AS tranche_id, (SELECT coalesce(sum(c.drawn), 0) FROM callback_classes c WHERE c.sample = s.id) AS drawn,
          (SELECT count(*) FROM callback_results r WHERE r.sample = s.id AND r.outcome <> 'not_reached') AS answered
        FROM callback_samples s JOIN tranches t ON t.id = s.tranche
        WHERE starts_with(s.region, $1) AND ($2::uuid IS NULL OR s.id = $2) ORDER BY s.drawn_at DESC, s.id LIMIT $3";
    CLASSES = "SELECT weight, members, drawn FROM callback_classes WHERE sample = $1 ORDER BY weight";
    FAMILIES = "SELECT k.place, k.n, k.payment, k.weight, k.signs, p.amount, p.village, p.pay_point, p.status, f.teller, r.outcome, r.rupiah, r.note, r.actor,
          r.recorded_at, r.complaint, (SELECT count(*) FROM callback_results a WHERE a.sample = k.sample AND a.payment = k.payment) AS calls
        FROM callback_families k JOIN payments p ON p.tranche = k.tranche AND p.id = k.payment JOIN proofs f ON f.n = k.n
        LEFT JOIN LATERAL (SELECT * FROM callback_results a WHERE a.sample = k.sample AND a.payment = k.payment
          ORDER BY a.outcome = 'not_reached', a.recorded_at DESC LIMIT 1) AS r ON true
        WHERE k.sample = $1 AND ($2::uuid IS NULL OR k.payment = $2) ORDER BY k.place";
    SERIAL = "SELECT c.serial FROM cheques c WHERE c.tranche = $1 AND c.payment = $2 ORDER BY c.version DESC LIMIT 1";
    RECORD = "INSERT INTO callback_results (id, sample, payment, outcome, rupiah, note, complaint, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT DO NOTHING";
    RESULT = "SELECT sample, payment, outcome, rupiah, note FROM callback_results WHERE id = $1";
    ROW = "SELECT p.batch, p.row FROM callback_families k JOIN payments p ON p.tranche = k.tranche AND p.id = k.payment
        WHERE k.sample = $1 AND k.payment = $2";
}

/// A hand-over that stands.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "each is a sign that is there or not")]
pub struct Member {
    /// Number of its proof.
    pub n: i64,
    /// What was handed over.
    pub payment: Uuid,
    complaint: bool,
    questioned: bool,
    teller: bool,
    device: bool,
}

/// What a sample is drawn with.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "as in the table of samples")]
pub struct Drawing<'a> {
    pub sample: Uuid,
    pub tranche: i32,
    pub region: &'a str,
    pub seed: &'a str,
    pub as_of: i64,
    pub confidence: i16,
    pub margin: i16,
    pub members: u32,
    pub why: &'a str,
    pub actor: &'a str,
}

/// A sample.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table of samples")]
pub struct Sample {
    pub sample: Uuid,
    pub tranche: String,
    #[serde(skip)]
    pub tranche_id: i32,
    pub region: String,
    pub seed: String,
    pub as_of: i64,
    pub confidence: i16,
    pub margin: i16,
    pub members: i32,
    pub drawn: i64,
    /// Families whose answer is known.
    pub answered: i64,
    pub why: String,
    pub actor: String,
    pub drawn_at: Timestamp,
}

/// A family that was drawn, masked, with its answer or its last call.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of families, payments and results")]
pub struct Family {
    pub place: i32,
    pub n: i64,
    pub payment: Uuid,
    pub weight: i16,
    pub signs: Vec<String>,
    pub amount: i64,
    pub village: String,
    pub pay_point: String,
    /// Of the payment, now.
    pub status: String,
    pub teller: String,
    pub outcome: Option<String>,
    pub rupiah: Option<i64>,
    pub note: Option<String>,
    pub actor: Option<String>,
    pub recorded_at: Option<Timestamp>,
    pub complaint: Option<Uuid>,
    /// How often somebody called.
    pub calls: i64,
}

/// What somebody answered.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "as in the table of results")]
pub struct Said<'a> {
    pub result: Uuid,
    pub sample: Uuid,
    pub payment: Uuid,
    pub outcome: &'a str,
    pub rupiah: Option<i64>,
    pub note: &'a str,
    pub complaint: Option<Uuid>,
    pub actor: &'a str,
}

impl Member {
    /// What speaks for asking it.
    pub const fn signs(&self) -> Signs {
        Signs { complaint: self.complaint, questioned: self.questioned, teller: self.teller, device: self.device }
    }
}

/// What there is to draw from, by number; none: more than [`MEMBERS_MAX`].
pub async fn members(tx: &mut Tx, tranche: i32, region: &str, as_of: i64) -> Result<Option<Vec<Member>>, Error> {
    let read = sqlx::query_as(MEMBERS).bind(tranche).bind(region).bind(as_of).bind(i64::from(MEMBERS_MAX) + 1);
    let found: Vec<Member> = read.fetch_all(tx.connection()).await.map_err(Error::database("reading who was paid"))?;
    Ok((found.len() <= usize::try_from(MEMBERS_MAX).unwrap_or(usize::MAX)).then_some(found))
}

/// A page of what a sample was drawn from, after a number.
pub async fn frame(tx: &mut Tx, sample: &Sample, after: i64) -> Result<Page<Member>, Error> {
    let read = sqlx::query_as(MEMBERS_AFTER).bind(sample.tranche_id).bind(&sample.region).bind(sample.as_of).bind(asked(FRAME)).bind(after);
    Ok(Page::of(read.fetch_all(tx.connection()).await.map_err(Error::database("reading what a sample was drawn from"))?, FRAME))
}

/// Keeps a sample with its classes and families; the same one again is kept once.
pub async fn keep(tx: &mut Tx, drawing: &Drawing<'_>, classes: &[Class], families: &[Member]) -> Result<bool, Error> {
    let failed = || Error::database("keeping a sample of families to call");
    let Drawing { sample, tranche, region, seed, as_of, confidence, margin, members, why, actor } = drawing;
    let kept = sqlx::query(KEEP).bind(sample).bind(tranche).bind(region).bind(seed).bind(as_of).bind(confidence).bind(margin);
    let kept = kept.bind(members.cast_signed()).bind(why).bind(actor).execute(tx.connection()).await.map_err(failed())?;
    if kept.rows_affected() == 0 {
        return Ok(false);
    }
    let small = |weight: u32| i16::try_from(weight).expect("a weight is 8 at most");
    let weights: Vec<i16> = classes.iter().map(|class| small(class.weight)).collect();
    let of = |number: fn(&Class) -> u32| classes.iter().map(|class| number(class).cast_signed()).collect::<Vec<i32>>();
    let query = sqlx::query(KEEP_CLASSES).bind(sample).bind(weights).bind(of(|class| class.members)).bind(of(|class| class.drawn));
    query.execute(tx.connection()).await.map_err(failed())?;
    let places: Vec<i32> = (1..).take(families.len()).collect();
    let numbers: Vec<i64> = families.iter().map(|family| family.n).collect();
    let payments: Vec<Uuid> = families.iter().map(|family| family.payment).collect();
    let weights: Vec<i16> = families.iter().map(|family| small(family.signs().weight())).collect();
    let signs: Vec<String> = families.iter().map(|family| family.signs().names().join(" ")).collect();
    let query = sqlx::query(KEEP_FAMILIES).bind(sample).bind(tranche).bind(places).bind(numbers).bind(payments).bind(weights).bind(signs);
    query.execute(tx.connection()).await.map_err(failed())?;
    for table in ["callback_samples", "callback_classes", "callback_families"] {
        tx.wrote(table);
    }
    Ok(true)
}

/// Samples within a region, the newest first; one alone where its id is named.
pub async fn samples(tx: &mut Tx, region: &str, sample: Option<Uuid>) -> Result<Vec<Sample>, Error> {
    let read = sqlx::query_as(SAMPLES).bind(region).bind(sample).bind(PAGE).fetch_all(tx.connection());
    read.await.map_err(Error::database("reading samples of families to call"))
}

/// The classes of a sample.
pub async fn classes(tx: &mut Tx, sample: Uuid) -> Result<Vec<Class>, Error> {
    let read: Vec<(i16, i32, i32)> = sqlx::query_as(CLASSES)
        .bind(sample)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::database("reading the classes of a sample"))?;
    let of = |(weight, members, drawn): (i16, i32, i32)| Class {
        weight: u32::from(weight.unsigned_abs()),
        members: members.unsigned_abs(),
        drawn: drawn.unsigned_abs(),
    };
    Ok(read.into_iter().map(of).collect())
}

/// The families of a sample in the order in which they were drawn; one alone where its payment is named.
pub async fn families(tx: &mut Tx, sample: Uuid, payment: Option<Uuid>) -> Result<Vec<Family>, Error> {
    let read = sqlx::query_as(FAMILIES).bind(sample).bind(payment).fetch_all(tx.connection());
    read.await.map_err(Error::database("reading the families of a sample"))
}

/// The row of a list behind a family of a sample.
pub async fn row(tx: &mut Tx, sample: Uuid, payment: Uuid) -> Result<Option<(salur_domain::BatchId, salur_domain::RowKey)>, Error> {
    let found: Option<(Uuid, String)> = sqlx::query_as(ROW)
        .bind(sample)
        .bind(payment)
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::database("finding the row of a family"))?;
    Ok(found.map(|(batch, row)| (salur_domain::BatchId(batch), salur_domain::RowKey(row))))
}

/// The serial of a payment's last cheque: what a complaint is about.
pub async fn serial(tx: &mut Tx, tranche: i32, payment: Uuid) -> Result<Option<String>, Error> {
    let read = sqlx::query_scalar(SERIAL).bind(tranche).bind(payment).fetch_optional(tx.connection());
    read.await.map_err(Error::database("reading the serial of a payment"))
}

/// Whether this very result was recorded before.
pub async fn is_recorded(tx: &mut Tx, said: &Said<'_>) -> Result<bool, Error> {
    type Found = (Uuid, Uuid, String, Option<i64>, String);
    let found: Option<Found> =
        sqlx::query_as(RESULT).bind(said.result).fetch_optional(tx.connection()).await.map_err(Error::database("reading a result"))?;
    Ok(found.is_some_and(|(sample, payment, outcome, rupiah, note)| {
        (sample, payment, outcome.as_str(), rupiah, note.as_str()) == (said.sample, said.payment, said.outcome, said.rupiah, said.note)
    }))
}

/// Keeps what a call came to, if no answer stood before.
pub async fn record(tx: &mut Tx, result: &Said<'_>) -> Result<bool, Error> {
    let Said { result, sample, payment, outcome, rupiah, note, complaint, actor } = result;
    let kept =
        sqlx::query(RECORD).bind(result).bind(sample).bind(payment).bind(outcome).bind(rupiah).bind(note).bind(complaint).bind(actor);
    let kept = kept.execute(tx.connection()).await.map_err(Error::database("recording what a call came to"))?;
    tx.wrote("callback_results");
    Ok(kept.rows_affected() == 1)
}
