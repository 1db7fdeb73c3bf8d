//! Outcomes in the words of the closed list: what upstream hears about a row.

use salur_domain::{PaymentStatus, RowKey, SourceName, reason::Code};
use salur_schemas::{
    Outcome,
    outcome::{OutcomeStatus, Reason},
};
use salur_store::{Timestamp, payments::Origin};

/// Codes with column and remedy. A code this program does not know (a newer one stored it) is passed on bare.
pub fn reasons<'a>(codes: impl Iterator<Item = &'a str>) -> Vec<Reason> {
    codes
        .map(|text| match Code::parse(text) {
            Some(code) => Reason { code: text.into(), column: code.column().into(), remedy: code.explain() },
            None => Reason { code: text.into(), column: String::new(), remedy: String::new() },
        })
        .collect()
}

/// The outcome of a payment that moved on.
pub fn of_payment(origin: &Origin, status: PaymentStatus, reasons: Vec<Reason>, at: Timestamp) -> Outcome {
    Outcome {
        source: SourceName(origin.source.clone()),
        batch: origin.batch.clone(),
        row: RowKey(origin.row.clone()),
        status: OutcomeStatus::Payment(status),
        reasons,
        at,
    }
}
