//! Facts as upstream sends them, and messages of them.

use chrono::{DateTime, Utc};
use salur_domain::{RowKey, Rupiah, SourceName};
use salur_pipeline::intake;
use salur_runtime::testkit::Delivery;
use salur_schemas::{BatchDeclared, Message, RecipientSubmitted, StatedAmount};

use crate::{
    people::Person,
    programme::{AMOUNT, SOURCE},
};

/// A row as upstream sends it.
pub fn row(batch: &str, tranche: &str, key: &str, person: &Person) -> RecipientSubmitted {
    RecipientSubmitted {
        source: SourceName(SOURCE.into()),
        batch: batch.into(),
        tranche: tranche.into(),
        row: RowKey(key.into()),
        nik: person.nik.clone(),
        kk: person.kk.clone(),
        name: person.name.clone(),
        birth_date: Some(person.birth_date.clone()),
        sex: Some(person.sex.into()),
        address: person.address.clone(),
        village: person.village.clone(),
        home_visit: person.home_visit.clone(),
        amount: StatedAmount::Number(AMOUNT.into()),
    }
}

/// The rows of persons, keyed `1`, `2`, ...
pub fn rows(batch: &str, tranche: &str, persons: impl IntoIterator<Item = Person>) -> Vec<RecipientSubmitted> {
    persons.into_iter().enumerate().map(|(at, person)| row(batch, tranche, &(at + 1).to_string(), &person)).collect()
}

/// The declaration of these rows, which are of one batch.
pub fn declared(rows: &[RecipientSubmitted]) -> BatchDeclared {
    let first = rows.first().expect("a batch has rows");
    let sum = Rupiah::sum(rows.iter().filter_map(|row| row.amount.read().ok())).expect("a small sum");
    BatchDeclared {
        source: first.source.clone(),
        batch: first.batch.clone(),
        tranche: first.tranche.clone(),
        count: rows.len() as u64,
        sum,
        programme: None,
        window: None,
    }
}

/// Rows and their declaration, as intake hears them: the declaration last.
pub fn batch(rows: &[RecipientSubmitted]) -> Vec<intake::In> {
    let declaration = declared(rows);
    rows.iter().cloned().map(intake::In::from).chain([declaration.into()]).collect()
}

/// The moment that producers of tests write.
pub fn moment() -> DateTime<Utc> {
    DateTime::from_timestamp(1_594_692_184, 5_000).expect("a moment in 2020")
}

/// Messages of facts: neighbours of one type share one, `size` facts at most; ids are `<seed>-<number>`.
pub fn deliveries<M: Message>(seed: &str, facts: &[M], size: usize) -> Vec<Delivery> {
    let alike = facts.chunk_by(|a, b| a.fact_type() == b.fact_type());
    let chunks = alike.flat_map(|alike| alike.chunks(size));
    chunks.enumerate().map(|(at, facts)| Delivery::of(&format!("{seed}-{at}"), moment(), facts)).collect()
}
