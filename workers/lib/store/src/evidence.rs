//! Evidence read back: which tables are evidence, which of their columns, and how a stored row becomes the line it was hashed as.
//!
//! [`TABLES`] is the list. Where a table that grows with families is written the line is made of what is written (`Tx::evidence`); here it is made of what is
//! stored, by one statement per table; a test holds both to each other over a whole programme. The lines of the others are made here from the
//! beginning (`Tx::wrote`). The order of columns is the format: `docs/evidence.md`.
//! Not covered: wrapped keys, which rotate, and what is derived from the photo's bytes, whose digest is covered.

use salur_domain::{CaptureId, PaymentId, evidence::Row};
use serde_json::Value;

use crate::{Error, payments::Key};

pub mod audit;
pub mod export;
pub mod log;
pub mod prove;
pub mod seal;

/// How a stored column becomes a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Plain,
    Text,
    Digest,
    Json,
}

/// A table of evidence.
pub(crate) struct Table {
    /// Its name, which opens each line.
    pub name: &'static str,
    key: usize,
    fields: &'static [Field],
    /// Rows of the transactions after $1 up to $2, in the order of transactions.
    of_transactions: &'static str,
    /// Rows of a payment ($2) of a tranche ($1).
    of_payment: &'static str,
    /// Rows of a capture ($1).
    of_capture: &'static str,
}

macro_rules! field {
    (text) => {
        Field::Text
    };
    (digest) => {
        Field::Digest
    };
    (json) => {
        Field::Json
    };
    (texts) => {
        Field::Json
    };
    ($plain:ident) => {
        Field::Plain
    };
}
macro_rules! cell {
    (moment $column:literal) => { concat!("(extract(epoch FROM r.", $column, ") * 1000000)::bigint::text") };
    (bytes $column:literal) => { concat!("encode(r.", $column, ", 'hex')") };
    (texts $column:literal) => { concat!("to_jsonb(r.", $column, ")::text") };
    (visit $column:literal) => {
        "(SELECT string_agg(v.tranche || ':' || v.id, ',' ORDER BY v.place) FROM unnest(r.tranches, r.payments) WITH ORDINALITY AS v(tranche, id, place))"
    };
    ($kind:ident $column:literal) => { concat!("r.", $column, "::text") };
}
/// Which rows of a table are of a capture.
macro_rules! of_capture {
    ("proofs") => {
        "r.capture = $1"
    };
    ("findings") => {
        "r.capture = $1"
    };
    ("hand_overs") => {
        "r.capture = $1"
    };
    ("proof_reviews") => {
        "r.capture = $1"
    };
    ("photo_destructions") => {
        "r.capture = $1"
    };
    ("photo_requests") => {
        "r.capture = $1"
    };
    ("photo_answers") => {
        "r.capture = $1 OR r.request IN (SELECT q.id FROM photo_requests q WHERE q.capture = $1)"
    };
    ("claims") => {
        "r.id = (SELECT f.claim FROM proofs f WHERE f.capture = $1)"
    };
    ("claim_proxies") => {
        "r.claim = (SELECT f.claim FROM proofs f WHERE f.capture = $1)"
    };
    ($other:tt) => {
        "$1::uuid IS NULL"
    };
}
macro_rules! tables {
    ($($name:tt of $tranches:literal from $from:literal, payment $payment:literal, key $key:literal:
        $first:ident $first_column:literal $(, $kind:ident $column:literal)*;)+) => {
        /// THE LIST. What is evidence, in the order of columns in which it is hashed.
        pub(crate) const TABLES: &[Table] = &[$(Table {
            name: $name,
            key: $key,
            fields: &[field!($first) $(, field!($kind))*],
            of_transactions: concat!("SELECT r.tx, ", $tranches, " AS tranches, ARRAY[", cell!($first $first_column) $(, ", ", cell!($kind $column))*,
                "] AS cells FROM ", $from, " WHERE r.tx > $1 AND r.tx <= $2"),
            of_payment: concat!("SELECT r.tx, ", $tranches, " AS tranches, ARRAY[", cell!($first $first_column) $(, ", ", cell!($kind $column))*,
                "] AS cells FROM ", $from, " WHERE ", $payment),
            of_capture: concat!("SELECT r.tx, ", $tranches, " AS tranches, ARRAY[", cell!($first $first_column) $(, ", ", cell!($kind $column))*,
                "] AS cells FROM ", $from, " WHERE ", of_capture!($name)),
        }),+];
    };
}
tables! {
    "transfers" of "ARRAY[r.tranche]" from "transfers r", payment "r.tranche = $1 AND r.subject = $2", key 4:
        number "tranche", id "subject", text "kind", number "n", number "debit", number "credit", number "amount", digest "document", moment "at";
    "hand_overs" of "ARRAY[r.tranche]" from "hand_overs r", payment "r.tranche = $1 AND r.payment = $2", key 3:
        number "tranche", id "payment", number "n", id "capture", text "teller", flag "believed", moment "at";
    "proofs" of "r.tranches" from "proofs r", payment "r.capture IN (SELECT h.capture FROM hand_overs h WHERE h.tranche = $1 AND h.payment = $2)", key 1:
        id "capture", id "claim", text "device", text "teller", bytes "sha256", number "size", json "statement", text "signature", bytes "content",
        text "judgement", visit "payments", moment "captured_at", moment "received_at", moment "judged_at";
    "findings" of "(SELECT p.tranches FROM proofs p WHERE p.capture = r.capture)" from "findings r",
        payment "r.capture IN (SELECT h.capture FROM hand_overs h WHERE h.tranche = $1 AND h.payment = $2)", key 2:
        id "capture", text "code", text "severity", json "evidence";
    "cheques" of "ARRAY[r.tranche]" from "cheques r", payment "r.tranche = $1 AND r.payment = $2", key 3:
        number "tranche", id "payment", number "version", text "serial", digest "token", flag "stored", moment "issued_at";
    "cheque_replacements" of "ARRAY[r.tranche]" from "cheque_replacements r", payment "r.tranche = $1 AND r.payment = $2", key 1:
        id "id", number "tranche", id "payment", number "version", text "loss", digest "document", text "actor", text "effect", text "reason",
        moment "decided_at";
    "claims" of "r.tranches" from "claims r", payment "r.id IN (SELECT p.claim FROM proofs p JOIN hand_overs h ON h.capture = p.capture
          WHERE h.tranche = $1 AND h.payment = $2)", key 1:
        id "id", text "programme", id "account", text "device", text "teller", visit "payments", moment "claimed_at", moment "expires_at";
    "claim_proxies" of "(SELECT c.tranches FROM claims c WHERE c.id = r.claim)" from "claim_proxies r",
        payment "r.claim IN (SELECT p.claim FROM proofs p JOIN hand_overs h ON h.capture = p.capture WHERE h.tranche = $1 AND h.payment = $2)", key 1:
        id "claim", id "account", id "person", id "household", text "relation", digest "masked_name", text "masked_nik", text "day", number "max_families",
        bytes "content", digest "sealed", moment "named_at";
    "hold_decisions" of "ARRAY[r.tranche]" from "hold_decisions r", payment "EXISTS (SELECT FROM payments p WHERE p.tranche = $1 AND p.id = $2
          AND r.batch = p.batch AND r.row = p.row)", key 1:
        id "id", id "batch", text "row", text "regency", number "tranche", text "code", text "ruling", digest "reason", text "actor", text "effect",
        text "held_code", id "other_batch", text "other_row", number "families", number "rupiah", moment "decided_at";
    "tranche_decisions" of "ARRAY[r.tranche]" from "tranche_decisions r", payment "r.tranche = $1 AND $2::uuid IS NOT NULL", key 1:
        id "id", number "tranche", text "actor", text "effect", text "reason", number "allocation", digest "document", moment "decided_at";
    "withdrawals" of "ARRAY[r.tranche]" from "withdrawals r", payment "EXISTS (SELECT FROM payments p WHERE p.tranche = $1 AND p.id = $2
          AND r.batch = p.batch AND r.row = p.row)", key 2:
        id "batch", text "row", text "substitute", digest "reason", digest "document", text "effect", text "status", text "code", number "tranche",
        text "regency", moment "decided_at";
    "pauses" of "ARRAY[r.tranche]" from "pauses r", payment "r.tranche = $1 AND $2::uuid IS NOT NULL", key 1:
        id "id", text "kind", text "scope", number "n", flag "paused", digest "reason", text "actor", text "effect", text "refused", moment "decided_at";
    "cases" of "ARRAY[r.tranche]" from "cases r", payment "r.tranche = $1 AND r.payment = $2", key 1:
        id "id", text "kind", id "capture", number "tranche", id "payment", text "teller", id "other_capture", text "other_teller", moment "opened_at";
    "proof_reviews" of "coalesce((SELECT p.tranches FROM proofs p WHERE p.capture = r.capture), '{}')" from "proof_reviews r",
        payment "r.capture IN (SELECT h.capture FROM hand_overs h WHERE h.tranche = $1 AND h.payment = $2)", key 1:
        id "id", id "capture", text "verdict", text "ground", digest "document", text "actor", text "effect", text "reason", moment "reviewed_at";
    "hand_over_undos" of "coalesce((SELECT c.tranches FROM claims c WHERE c.id = r.claim), '{}')" from "hand_over_undos r",
        payment "r.claim IN (SELECT v.claim FROM reversals v WHERE v.tranche = $1 AND v.payment = $2)", key 1:
        id "id", id "claim", text "ground", digest "document", text "device", text "actor", text "effect", text "reason", moment "undone_at";
    "photo_destructions" of "coalesce((SELECT p.tranches FROM proofs p WHERE p.capture = r.capture), '{}')" from "photo_destructions r",
        payment "r.capture IN (SELECT h.capture FROM hand_overs h WHERE h.tranche = $1 AND h.payment = $2)", key 1:
        id "id", id "capture", text "ground", digest "document", text "actor", text "effect", text "reason", moment "decided_at";
    "reversals" of "ARRAY[r.tranche]" from "reversals r", payment "r.tranche = $1 AND r.payment = $2", key 3:
        number "tranche", id "payment", number "n", text "kind", id "claim", id "capture", text "teller", id "decision", number "cheque", moment "at";
    "returns" of "ARRAY[r.tranche]" from "returns r", payment "r.tranche = $1 AND r.payment = $2", key 3:
        number "tranche", id "payment", number "n", text "regency", text "reason", number "amount", number "statement", moment "returned_at";
    "return_reasons" of "ARRAY[r.tranche]" from "return_reasons r", payment "r.tranche = $1 AND r.payment = $2", key 1:
        id "id", number "tranche", id "payment", text "reason", text "actor", digest "document", text "effect", moment "given_at";
    "late_captures" of "ARRAY[r.tranche]" from "late_captures r", payment "r.tranche = $1 AND r.payment = $2", key 3:
        number "tranche", id "payment", id "capture", moment "at";
    "return_reviews" of "ARRAY[r.tranche]" from "return_reviews r", payment "r.tranche = $1 AND r.payment = $2", key 3:
        number "tranche", id "payment", id "capture", flag "reopened", moment "at";
    "return_reversals" of "ARRAY[r.tranche]" from "return_reversals r", payment "r.tranche = $1 AND r.payment = $2", key 3:
        number "tranche", id "payment", number "n", id "capture", moment "at";
    "signatures" of "ARRAY[r.tranche]" from "signatures r", payment "r.tranche = $1 AND $2::uuid IS NOT NULL", key 1:
        id "id", number "tranche", text "act", text "actor", number "rupiah", digest "document", text "effect", text "reason", number "statement",
        moment "signed_at";
    "return_statements" of "ARRAY[r.tranche]" from "return_statements r", payment "r.tranche = $1 AND $2::uuid IS NOT NULL", key 2:
        number "tranche", number "n", number "families", number "rupiah", text "prepared_by", text "approved_by", digest "document",
        moment "approved_at";
    "return_statement_lines" of "ARRAY[r.tranche]" from "return_statement_lines r", payment "r.tranche = $1 AND $2::uuid IS NULL", key 4:
        number "tranche", number "n", text "regency", text "reason", number "families", number "rupiah";
    "unused_returns" of "ARRAY[r.tranche]" from "unused_returns r", payment "r.tranche = $1 AND $2::uuid IS NULL", key 2:
        number "tranche", text "regency", number "amount", number "statement", moment "at";
    "remittances" of "ARRAY[r.tranche]" from "remittances r", payment "r.tranche = $1 AND $2::uuid IS NOT NULL", key 1:
        id "id", number "tranche", number "statement", text "actor", digest "document", number "rupiah", text "effect", text "reason",
        moment "decided_at";
    "cash_moves" of "ARRAY[]::int[]" from "cash_moves r", payment "$1::int IS NULL AND $2::uuid IS NULL", key 1:
        id "id", text "programme", text "from_place", text "to_place", number "amount", digest "document", text "actor", text "effect", text "reason",
        number "held", moment "decided_at";
    "cash_counts" of "ARRAY[]::int[]" from "cash_counts r", payment "$1::int IS NULL AND $2::uuid IS NULL", key 1:
        id "id", text "programme", text "teller", text "day", number "counted", number "unsynchronised", digest "explanation", text "actor",
        text "effect", text "reason", number "books", number "unjudged", number "claimed", moment "decided_at";
    "bank_statements" of "ARRAY[]::int[]" from "bank_statements r", payment "$1::int IS NULL AND $2::uuid IS NULL", key 1:
        id "id", text "programme", text "actor", number "bytes", bytes "sha256", moment "sent_at";
    "bank_sheets" of "ARRAY[]::int[]" from "bank_sheets r", payment "$1::int IS NULL AND $2::uuid IS NULL", key 1:
        id "id", id "file", text "programme", digest "account", digest "name", text "opens_on", number "opening", text "closes_on", number "closing",
        number "lines", bytes "content", moment "read_at";
    "bank_lines" of "ARRAY[]::int[]" from "bank_lines r", payment "$1::int IS NULL AND $2::uuid IS NULL", key 2:
        id "sheet", number "n", text "booked_on", text "value_on", text "direction", flag "is_reversal", number "amount", digest "bank_reference",
        texts "refs", digest "text";
    "bank_outcomes" of "ARRAY[]::int[]" from "bank_outcomes r", payment "$1::int IS NULL AND $2::uuid IS NULL", key 2:
        id "sheet", number "n", text "outcome", digest "document", number "missing", id "other_sheet", number "other_n", moment "decided_at";
    "bank_matches" of "ARRAY[r.tranche]" from "bank_matches r", payment "$1::int IS NULL AND $2::uuid IS NULL", key 6:
        id "sheet", number "n", number "tranche", id "subject", text "kind", number "transfer_n", number "amount";
    "bank_cases" of "ARRAY[r.tranche]" from "bank_cases r", payment "$1::int IS NULL AND $2::uuid IS NULL", key 1:
        id "id", text "kind", text "programme", id "sheet", number "n", number "tranche", id "subject", text "transfer_kind", number "transfer_n",
        digest "document", number "amount", number "expected", moment "opened_at";
    "bank_case_decisions" of "ARRAY[]::int[]" from "bank_case_decisions r", payment "$1::int IS NULL AND $2::uuid IS NULL", key 1:
        id "id", id "bank_case", text "actor", digest "reason", text "effect", moment "decided_at";
    "complaints" of "ARRAY[r.tranche]" from "complaints r", payment "r.tranche = $1 AND r.payment = $2", key 1:
        id "id", text "number", text "serial", number "tranche", id "payment", text "kind", number "rupiah", digest "sealed", moment "lodged_at";
    "complaint_answers" of "(SELECT ARRAY[c.tranche] FROM complaints c WHERE c.id = r.complaint)" from "complaint_answers r",
        payment "r.complaint IN (SELECT c.id FROM complaints c WHERE c.tranche = $1 AND c.payment = $2)", key 1:
        id "complaint", text "verdict", digest "note", text "actor", moment "answered_at";
    "photo_requests" of "coalesce((SELECT p.tranches FROM proofs p WHERE p.capture = r.capture), '{}')" from "photo_requests r",
        payment "r.capture IN (SELECT h.capture FROM hand_overs h WHERE h.tranche = $1 AND h.payment = $2)", key 1:
        id "id", id "capture", id "claim", digest "wish", text "actor", text "effect", text "reason", moment "asked_at";
    "photo_answers" of "coalesce((SELECT p.tranches FROM proofs p WHERE p.capture = r.capture), '{}')" from "photo_answers r",
        payment "r.request IN (SELECT q.id FROM photo_requests q JOIN hand_overs h ON h.capture = q.capture WHERE h.tranche = $1 AND h.payment = $2)", key 1:
        id "capture", id "request", moment "answered_at";
    "callback_samples" of "ARRAY[r.tranche]" from "callback_samples r", payment "$1::int IS NULL AND $2::uuid IS NULL", key 1:
        id "id", number "tranche", text "region", text "seed", number "as_of", number "confidence", number "margin", number "members", digest "why",
        text "actor", moment "drawn_at";
    "callback_classes" of "(SELECT ARRAY[s.tranche] FROM callback_samples s WHERE s.id = r.sample)" from "callback_classes r",
        payment "$1::int IS NULL AND $2::uuid IS NULL", key 2: id "sample", number "weight", number "members", number "drawn";
    "callback_families" of "ARRAY[r.tranche]" from "callback_families r", payment "r.tranche = $1 AND r.payment = $2", key 2:
        id "sample", number "place", number "n", number "tranche", id "payment", number "weight", texts "signs";
    "callback_results" of "(SELECT ARRAY[s.tranche] FROM callback_samples s WHERE s.id = r.sample)" from "callback_results r",
        payment "r.payment = $2 AND r.sample IN (SELECT s.id FROM callback_samples s WHERE s.tranche = $1)", key 1:
        id "id", id "sample", id "payment", text "outcome", number "rupiah", digest "note", id "complaint", text "actor", moment "recorded_at";
    "audit" of "ARRAY[]::int[]" from "audit r", payment "$1::int IS NULL AND $2::uuid IS NULL", key 3:
        moment "at", text "actor", text "act", json "detail";
}

/// Every statement of this module, with its name.
pub fn statements() -> Vec<(&'static str, &'static str)> {
    let of_table = |table: &'static Table| [table.of_transactions, table.of_payment, table.of_capture].map(|text| (table.name, text));
    let of_modules = [audit::STATEMENTS, export::STATEMENTS, log::STATEMENTS, prove::STATEMENTS, seal::STATEMENTS].concat();
    TABLES.iter().flat_map(of_table).chain(of_modules).collect()
}

/// The payments of a visit as one list: `5:<id>`.
pub(crate) fn visit(payments: &[Key]) -> Vec<String> {
    payments.iter().map(|(tranche, id)| format!("{}:{id}", tranche.0)).collect()
}

/// JSON as it is digested: keys sorted, no blanks, whole numbers without a fraction. The same before it is stored and after.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort_unstable();
            let fields: Vec<String> =
                keys.into_iter().map(|key| format!("{}:{}", Value::from(key.as_str()), canonical(&fields[key]))).collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Number(number) if !number.is_i64() && !number.is_u64() => number.as_f64().map_or_else(|| number.to_string(), whole_or_not),
        other => other.to_string(),
    }
}

/// The database keeps 5.0, 5e0 and 5 apart in writing and not in value.
#[expect(clippy::cast_possible_truncation, reason = "bounded: below 2^64 a whole float is a whole i128")]
fn whole_or_not(number: f64) -> String {
    const LIMIT: f64 = 18_446_744_073_709_551_616.0;
    if number.fract() == 0.0 && number.abs() < LIMIT { (number as i128).to_string() } else { Value::from(number).to_string() }
}

type Stored = (i64, Option<Vec<Option<i32>>>, Vec<Option<String>>);

/// Rows of a table by the transactions that wrote them, after one up to another.
pub(crate) async fn rows(connection: &mut sqlx::PgConnection, table: &Table, after: i64, upto: i64) -> Result<Vec<(i64, Row)>, Error> {
    let stored = sqlx::query_as::<_, Stored>(table.of_transactions).bind(after).bind(upto).fetch_all(connection).await;
    table.rows(stored.map_err(Error::database("reading evidence"))?)
}

/// Rows of a table that a payment rests on.
pub(crate) async fn rows_of_payment(
    connection: &mut sqlx::PgConnection,
    table: &Table,
    tranche: i32,
    payment: PaymentId,
) -> Result<Vec<(i64, Row)>, Error> {
    let stored = sqlx::query_as::<_, Stored>(table.of_payment).bind(tranche).bind(payment.0).fetch_all(connection).await;
    table.rows(stored.map_err(Error::database("reading evidence of a payment"))?)
}

/// Rows of a table that are of a capture.
pub(crate) async fn rows_of_capture(
    connection: &mut sqlx::PgConnection,
    table: &Table,
    capture: CaptureId,
) -> Result<Vec<(i64, Row)>, Error> {
    let stored = sqlx::query_as::<_, Stored>(table.of_capture).bind(capture.0).fetch_all(connection).await;
    table.rows(stored.map_err(Error::database("reading evidence of a capture"))?)
}

impl Table {
    fn rows(&self, stored: Vec<Stored>) -> Result<Vec<(i64, Row)>, Error> {
        let row = |(tx, tranches, cells): Stored| {
            let tranches: Vec<i32> = tranches.into_iter().flatten().flatten().collect();
            Ok((tx, self.row(&tranches, &cells)?))
        };
        stored.into_iter().map(row).collect()
    }

    /// The line of a stored row.
    fn row(&self, tranches: &[i32], cells: &[Option<String>]) -> Result<Row, Error> {
        let mut row = Row::new(self.name, tranches);
        for (at, (field, cell)) in self.fields.iter().zip(cells).enumerate() {
            row = match (field, cell.as_deref()) {
                (_, None) => row.nothing(),
                (Field::Plain, Some(text)) => row.list(&[text]),
                (Field::Text, Some(text)) => row.text(text),
                (Field::Digest, Some(text)) => row.digest(text),
                (Field::Json, Some(text)) => {
                    let value = serde_json::from_str(text).map_err(|_| Error::invariant("the database keeps JSON"))?;
                    row.digest(&canonical(&value))
                }
            };
            row = if at + 1 == self.key { row.keyed() } else { row };
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_digested_the_same_however_it_is_written() {
        let read = |text: &str| canonical(&serde_json::from_str(text).expect("JSON"));
        assert_eq!(
            read(r#"{"b": 5.0, "a": [1e16, -0.0, 0.1, "x\n"], "c": null}"#),
            r#"{"a":[10000000000000000,0,0.1,"x\n"],"b":5,"c":null}"#
        );
        assert_eq!(read("10000000000000000000"), read("1e19"), "beyond i64");
        assert_eq!(read("1e300"), read(&format!("1{}", "0".repeat(300))), "beyond u64");
    }

    #[test]
    fn every_table_has_a_key_within_its_columns() {
        assert!(TABLES.iter().all(|table| table.key > 0 && table.key < table.fields.len()));
    }
}
