//! Cheques: what to draw, and what was issued. The stored row wins over any redrawing.

use std::collections::{HashMap, HashSet};

use salur_domain::{PaymentId, Rupiah, TrancheId, evidence::Row};
use sqlx::types::chrono::{NaiveDate, NaiveTime};
use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, payments::Key, sql};

sql! {
    FACES = "SELECT p.tranche, p.id, p.amount, p.regency, p.pay_point, p.cheque_issued_at IS NOT NULL AS is_issued, r.masked_name, r.masked_nik,
          t.programme, t.name AS tranche_name, t.opens_at, t.closes_at, t.cheques_stored, t.specimen,
          q.name AS pay_point_name, q.address AS pay_point_address, q.utc_offset_minutes, s.day AS slot_day, s.starts AS slot_from
        FROM payments p JOIN unnest($1::int[], $2::uuid[]) AS k(tranche, id) ON p.tranche = k.tranche AND p.id = k.id
        JOIN recipients r ON r.batch = p.batch AND r.row = p.row JOIN tranches t ON t.id = p.tranche 
        LEFT JOIN slots_now s ON s.tranche = p.tranche AND s.payment = p.id AND s.day IS NOT NULL
        JOIN pay_points q ON q.code = coalesce(s.pay_point, p.pay_point)";
    ISSUE = "INSERT INTO cheques (tranche, payment, version, serial, token, stored)
        SELECT * FROM unnest($1::int[], $2::uuid[], $3::smallint[], $4::text[], $5::text[], $6::boolean[])
        ON CONFLICT (tranche, payment, version) DO NOTHING RETURNING tranche, payment, version";
    READ = "SELECT c.tranche, c.payment, c.version, c.serial, c.issued_at FROM cheques c
        JOIN unnest($1::int[], $2::uuid[], $3::smallint[]) AS k(tranche, payment, version) USING (tranche, payment, version)";
    LIST = "SELECT c.tranche, c.payment, c.version, c.serial, c.token, c.stored, p.pay_point, p.account FROM cheques c
        JOIN payments p ON p.tranche = c.tranche AND p.id = c.payment
        WHERE c.tranche = ANY($1) AND (c.tranche, c.payment) > ($2, $3)
          AND NOT EXISTS (SELECT FROM cheques n WHERE n.tranche = c.tranche AND n.payment = c.payment AND n.version > c.version)
        ORDER BY c.tranche, c.payment LIMIT $4";
}

/// What stands on a cheque, from stored rows only; needs no decryption key.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Face {
    tranche: i32,
    id: Uuid,
    amount: i64,
    /// Four digits.
    pub regency: String,
    /// Whether it has a cheque.
    pub is_issued: bool,
    /// Code of the pay point.
    pub pay_point: String,
    /// `S*** A*****`
    pub masked_name: String,
    /// `1902******0007`
    pub masked_nik: String,
    /// Code of the programme.
    pub programme: String,
    /// `Tahap 4`
    pub tranche_name: String,
    /// First hand-over.
    pub opens_at: Timestamp,
    /// Last hand-over.
    pub closes_at: Timestamp,
    /// Whether the picture is stored.
    pub cheques_stored: bool,
    /// Whether the families are fictitious: the cheque says CONTOH.
    pub specimen: bool,
    /// The day on which the family is asked to come.
    pub slot_day: Option<NaiveDate>,
    /// When its hour begins, by the clock of the pay point.
    pub slot_from: Option<NaiveTime>,
    /// Name of the pay point; where the slot is elsewhere, of that.
    pub pay_point_name: String,
    /// Address of the pay point.
    pub pay_point_address: String,
    /// Zone of the pay point.
    pub utc_offset_minutes: i32,
}

/// A cheque to issue.
#[derive(Debug, Clone)]
pub struct NewCheque {
    /// The payment.
    pub payment: Key,
    /// 1 for the first.
    pub version: i16,
    /// Typable serial.
    pub serial: String,
    /// Signed token.
    pub token: String,
    /// Whether the picture is stored.
    pub stored: bool,
}

/// A cheque as issued, with what a counter needs to find its picture.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Issued {
    tranche: i32,
    payment: Uuid,
    /// 1 for the first.
    pub version: i16,
    /// Typable serial.
    pub serial: String,
    /// Signed token.
    pub token: String,
    /// Whether the picture is stored.
    pub stored: bool,
    /// Where the family is paid.
    pub pay_point: String,
    /// The family's account: cheques of one account are one visit.
    pub account: Uuid,
}

impl NewCheque {
    /// Its payment and version.
    pub fn which(&self) -> Which {
        (self.payment, self.version)
    }

    fn evidence(&self, at: Timestamp) -> Row {
        let (tranche, payment) = self.payment;
        let row = Row::new("cheques", &[tranche.0]).number(tranche.0).id(payment.0).number(self.version).keyed();
        row.text(&self.serial).digest(&self.token).flag(self.stored).moment(at)
    }
}

impl Face {
    /// Key of the payment.
    pub fn key(&self) -> Key {
        (TrancheId(self.tranche), PaymentId(self.id))
    }
    /// What the family gets.
    pub fn amount(&self) -> Rupiah {
        Rupiah::new(self.amount).expect("the table checks that amounts are positive")
    }
}

impl Issued {
    /// Key of the payment.
    pub fn key(&self) -> Key {
        (TrancheId(self.tranche), PaymentId(self.payment))
    }
}

/// Object key of a cheque's picture. Ids only: no personal data in object keys.
pub fn picture_key(payment: Key, version: i16) -> String {
    format!("cheques/{}/{}/{version}.png", payment.0.0, payment.1)
}

/// What to draw for each payment.
pub async fn faces(database: &Database, payments: &[Key]) -> Result<HashMap<Key, Face>, Error> {
    let (tranches, ids): (Vec<i32>, Vec<Uuid>) = payments.iter().map(|(tranche, id)| (tranche.0, id.0)).unzip();
    let rows: Vec<Face> =
        sqlx::query_as(FACES).bind(tranches).bind(ids).fetch_all(database.pool()).await.map_err(Error::database("reading cheque faces"))?;
    Ok(rows.into_iter().map(|face| (face.key(), face)).collect())
}

/// A cheque: its payment and version.
pub type Which = (Key, i16);

/// Serial and moment of a cheque that was issued.
pub type IssuedAs = (String, Timestamp);

/// Issues those of these cheques that may be; returns the ones that are new, and serial and moment of all that exist.
pub async fn issue(
    tx: &mut Tx,
    all: &[&NewCheque],
    may: impl Fn(&NewCheque) -> bool,
) -> Result<(Vec<Which>, HashMap<Which, IssuedAs>), Error> {
    let failed = || Error::database("issuing cheques");
    let columns = |cheques: &[&NewCheque]| -> (Vec<i32>, Vec<Uuid>, Vec<i16>) {
        let tranches = cheques.iter().map(|cheque| cheque.payment.0.0).collect();
        (tranches, cheques.iter().map(|cheque| cheque.payment.1.0).collect(), cheques.iter().map(|cheque| cheque.version).collect())
    };
    let wanted: Vec<&NewCheque> = all.iter().copied().filter(|cheque| may(cheque)).collect();
    let (tranches, ids, versions) = columns(&wanted);
    let new: Vec<(i32, Uuid, i16)> = sqlx::query_as(ISSUE)
        .bind(tranches)
        .bind(ids)
        .bind(versions)
        .bind(wanted.iter().map(|cheque| cheque.serial.as_str()).collect::<Vec<_>>())
        .bind(wanted.iter().map(|cheque| cheque.token.as_str()).collect::<Vec<_>>())
        .bind(wanted.iter().map(|cheque| cheque.stored).collect::<Vec<_>>())
        .fetch_all(tx.connection())
        .await
        .map_err(failed())?;
    let (tranches, ids, versions) = columns(all);
    let rows = sqlx::query_as(READ).bind(tranches).bind(ids).bind(versions).fetch_all(tx.connection()).await;
    let rows: Vec<(i32, Uuid, i16, String, Timestamp)> = rows.map_err(failed())?;
    let which = |tranche, id, version| ((TrancheId(tranche), PaymentId(id)), version);
    let new: HashSet<Which> = new.into_iter().map(|(tranche, id, version)| which(tranche, id, version)).collect();
    let mut written: HashSet<Which> = HashSet::new();
    for cheque in wanted.iter().filter(|cheque| new.contains(&cheque.which())) {
        if written.insert(cheque.which()) {
            tx.evidence(cheque.evidence(tx.now));
        }
    }
    let issued = rows.into_iter().map(|(tranche, id, version, serial, at)| (which(tranche, id, version), (serial, at))).collect();
    Ok((new.into_iter().collect(), issued))
}

/// The next cheques of some tranches after a payment, in key order: for packs and for the simulated counter.
pub async fn list(database: &Database, tranches: &[TrancheId], after: Option<Key>, limit: i64) -> Result<Vec<Issued>, Error> {
    let ids: Vec<i32> = tranches.iter().map(|tranche| tranche.0).collect();
    let (tranche, payment) = after.map_or((0, Uuid::nil()), |(tranche, id)| (tranche.0, id.0));
    sqlx::query_as(LIST)
        .bind(ids)
        .bind(tranche)
        .bind(payment)
        .bind(limit)
        .fetch_all(database.pool())
        .await
        .map_err(Error::database("listing cheques"))
}
