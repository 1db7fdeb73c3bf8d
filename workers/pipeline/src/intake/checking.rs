//! The rules of one row, and those that need the tranche, its allocations and the pay points.
//!
//! Pure but for its keys: the same row and master data give the same staged row, whatever else is in the flight.

use chrono::{NaiveDate, Utc};
use salur_domain::{BatchId, RowStatus, Rupiah, name, reason::Code, region::VillageCode, row, vault::Keys};
use salur_runtime::stage::Failure;
use salur_schemas::{BatchDeclared, RecipientReplaced, RecipientSubmitted};
use salur_store::{
    Error,
    master::{self, IntakeContext},
    recipients::{NewRow, Replaces},
};

use super::{Names, Ready};

/// Applies the rules of one row and those that need master data.
pub fn check(keys: &Keys, submitted: &RecipientSubmitted, context: &IntakeContext) -> Result<Ready, Failure> {
    let tranche = context.tranches.get(&submitted.tranche);
    // ages are counted to the first day of payment
    let on = tranche.map_or(NaiveDate::MIN, |tranche| tranche.opens_at.with_timezone(&Utc).date_naive());
    let amount = submitted.amount.read();
    let checked = row::check(
        &row::RowText {
            nik: &submitted.nik,
            kk: &submitted.kk,
            name: &submitted.name,
            birth_date: submitted.birth_date.as_deref(),
            sex: submitted.sex.as_deref(),
            address: &submitted.address,
            village: &submitted.village,
            home_visit: submitted.home_visit.as_deref(),
            amount: &amount,
        },
        on,
    );
    let village = checked.village.map(|code| code.to_string());
    let pay_point = village.as_ref().and_then(|village| context.places.get(village)).cloned();
    let mut findings = checked.findings;
    if tranche.is_none() {
        findings.retain(|code| *code != Code::Nik04); // there is no day to count ages to
    }
    findings.extend(against_master_data(submitted, tranche, checked.amount, checked.village, pay_point.is_some(), context));
    let (person, content) = digests(keys, submitted, &checked.name_compared, village.as_deref(), checked.amount);
    let id = tranche.map(salur_store::master::Tranche::id);
    let row = NewRow {
        batch: BatchId::of(&submitted.source.0, &submitted.batch),
        row: submitted.row.clone(),
        tranche: id,
        intake: salur_domain::reason::status(&findings),
        findings: findings.iter().map(|code| code.as_str()).collect(),
        amount: checked.amount,
        village: village.clone(),
        pay_point,
        payment: id.zip(checked.nik.as_ref()).map(|(tranche, nik)| keys.payment_id(tranche, nik)),
        account: checked.nik.as_ref().map(|nik| keys.nik_index(nik)),
        household: checked.kk.as_ref().map(|kk| keys.kk_index(kk)),
        content,
        person,
        name_digest: keys.row_digest(&[("name", &checked.name_compared)]).to_vec(),
        masked_name: name::mask(&checked.name),
        masked_nik: checked.nik.as_ref().map(ToString::to_string),
        sealed: Vec::new(),
        replaces: None,
    };
    let plain = serde_json::to_vec(submitted).map_err(|error| Error::invariant(error.to_string()))?;
    Ok(Ready::Row(Box::new(row), Names { source: submitted.source.0.clone(), batch: submitted.batch.clone() }, plain))
}

/// How a declaration differs from the tranche that it names, in what it says to be sure.
pub fn mismatch(declared: &BatchDeclared, tranche: &master::Tranche) -> Option<String> {
    let BatchDeclared { programme, window, tranche: code, .. } = declared;
    if let Some(programme) = programme.as_ref().filter(|programme| **programme != tranche.programme) {
        return Some(format!("declared for programme {programme}; tranche {code} is of {}", tranche.programme));
    }
    let window = window.filter(|window| (window.opens_at, window.closes_at) != (tranche.opens_at, tranche.closes_at))?;
    let (opens, closes) = (tranche.opens_at.to_rfc3339(), tranche.closes_at.to_rfc3339());
    Some(format!(
        "declared to be paid from {} to {}; tranche {code} is from {opens} to {closes}",
        window.opens_at.to_rfc3339(),
        window.closes_at.to_rfc3339()
    ))
}

/// A substitute: a row that nobody can wait for, so what would be held is rejected.
pub fn check_substitute(keys: &Keys, replaced: &RecipientReplaced, context: &IntakeContext) -> Result<Ready, Failure> {
    let Ready::Row(mut row, names, plain) = check(keys, &replaced.submitted(), context)? else { unreachable!("a row is a row") };
    if row.intake == RowStatus::Held {
        row.intake = RowStatus::Rejected;
    }
    let (reason, document) = (replaced.reason.clone(), replaced.document.clone());
    let said = [row.content.as_slice(), replaced.row.0.as_bytes(), b"\0", reason.as_bytes(), b"\0", document.as_bytes()].concat();
    row.content = crate::digest(&said);
    row.replaces = Some(Replaces { row: replaced.row.clone(), reason, document });
    Ok(Ready::Row(row, names, plain))
}

/// Keyed digests of a row: of name as compared, amount and village (the same person again in the tranche?) and of every field as it was written
/// (the same row again?).
fn digests(keys: &Keys, submitted: &RecipientSubmitted, name: &str, village: Option<&str>, amount: Option<Rupiah>) -> (Vec<u8>, Vec<u8>) {
    let amount = amount.map_or_else(|| format!("{:?}", submitted.amount), |amount| amount.get().to_string());
    let person = [("name", name), ("amount", amount.as_str()), ("village", village.unwrap_or_default())];
    let mut content = vec![
        ("tranche", submitted.tranche.as_str()),
        ("nik", &submitted.nik),
        ("kk", &submitted.kk),
        ("name", &submitted.name),
        ("birth_date", submitted.birth_date.as_deref().unwrap_or_default()),
        ("sex", submitted.sex.as_deref().unwrap_or_default()),
        ("address", &submitted.address),
        ("village", &submitted.village),
        ("amount", &amount),
    ];
    // only where it is said: rows of lists before there was such a column are the same rows still
    content.extend(submitted.home_visit.as_deref().filter(|said| !said.is_empty()).map(|said| ("home_visit", said)));
    (keys.row_digest(&person).to_vec(), keys.row_digest(&content).to_vec())
}

/// Rules that need the tranche, its allocations and the pay points.
fn against_master_data(
    submitted: &RecipientSubmitted,
    tranche: Option<&master::Tranche>,
    amount: Option<Rupiah>,
    village: Option<VillageCode>,
    has_pay_point: bool,
    context: &IntakeContext,
) -> Vec<Code> {
    let mut found = Vec::new();
    if !context.sources.contains(&submitted.source.0) {
        found.push(Code::Src01);
    }
    let Some(tranche) = tranche else {
        found.push(Code::Trn01);
        return found;
    };
    if amount.is_some_and(|amount| amount != tranche.amount()) {
        found.push(Code::Amt02);
    }
    if let Some(village) = village {
        if !context.regencies.contains(&(tranche.id().0, village.regency().to_string())) {
            found.push(Code::Reg02);
        } else if !has_pay_point {
            found.push(Code::Pay01);
        }
    }
    found
}
