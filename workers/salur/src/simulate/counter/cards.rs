//! The household cards of families that send somebody: one in a hundred, always the same ones.
//!
//! A family brings its card to the counter; here its row stands for it, opened with the keys of the installation. Who comes is made up from the number on the
//! card: the same person for the same card in every run, and no person of two cards.

use std::collections::HashMap;

use salur_domain::{
    Nik,
    vault::{DataKey, Keys},
};
use salur_schemas::RecipientSubmitted;
use salur_store::{Database, families};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    dice::{Dice, rank},
    plan::{Twist, Visit},
};

/// One family in so many sends somebody.
const ONE_IN: u64 = 100;
/// What a proxy may be to the recipient, in turn.
const RELATIONS: [&str; 4] = ["child", "spouse", "grandchild", "sibling"];
const NAMES: [&str; 5] = ["Rina Wulandari", "Dedi Kusuma", "Maya Lestari", "Agus Hidayat", "Wati Sitorus"];

/// Whom families send, by account.
pub async fn sent(database: &Database, keys: &Keys, seed: u64, visits: &[Visit]) -> Result<HashMap<Uuid, Value>, salur_store::Error> {
    let good = visits.iter().filter(|visit| visit.twist == Twist::Good).map(|visit| visit.cheque.account);
    let accounts: Vec<Uuid> = good.filter(|account| rank(seed, "proxy", account.as_bytes()).is_multiple_of(ONE_IN)).collect();
    let mut tx = database.begin_portal().await?;
    let newest: HashMap<_, Uuid> =
        families::payments(&mut tx, &accounts, "").await?.into_iter().map(|found| (found.key(), found.account)).collect();
    let rows = families::rows(&mut tx, &newest.keys().cloned().collect::<Vec<_>>()).await?;
    let wrapped = families::data_keys(&mut tx, &rows).await?;
    let card = |row: &families::Sealed| {
        let (batch, key) = row.key();
        let data_key = DataKey::unwrap(keys.rows(), batch.0.as_bytes(), wrapped.get(&batch)?).ok()?;
        let plain = data_key.open(&salur_pipeline::row_context(batch, &key), &row.sealed).ok()?;
        let family: RecipientSubmitted = serde_json::from_slice(&plain).ok()?;
        Some((*newest.get(&row.key())?, proxy(&family.kk)?))
    };
    Ok(rows.iter().filter_map(card).collect())
}

/// Somebody of a household card.
fn proxy(kk: &str) -> Option<Value> {
    let district = kk.get(..6)?;
    let mut dice = Dice::new(rank(0, "proxy of a card", kk.as_bytes()));
    let (day, month, year) = (1 + dice.below(28), 1 + dice.below(12), 70 + dice.below(30));
    let nik = format!("{district}{day:02}{month:02}{year:02}{:04}", 1 + dice.below(9_999));
    Nik::parse(&nik).ok()?;
    let mut pick = |list: &[&'static str]| list[dice.below(u32::try_from(list.len()).expect("a short list")) as usize];
    Some(json!({ "nik": nik, "kk": kk, "name": pick(&NAMES), "relation": pick(&RELATIONS), "document": "Surat kuasa (simulasi)" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_card_sends_the_same_person_and_another_card_another() {
        let of = |kk| proxy(kk).expect("a card");
        assert_eq!(of("1902010101050001"), of("1902010101050001"));
        assert_ne!(of("1902010101050001")["nik"], of("1902010101050002")["nik"]);
        assert_eq!(proxy("19"), None);
    }
}
