//! A search from what was typed to what is answered, in one transaction that also records it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Instant,
};

use salur_domain::{
    actor::{Act, covers},
    likeness,
    nik::{Kk, Nik},
    region::VillageCode,
    serial::ChequeSerial,
};
use salur_store::{
    Tx, audit,
    families::{self, Found},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    Failed, Wrong,
    list::{self, Answered, Counts, Line, Named},
    names::{self, Opener},
};
use crate::{Portal, access::Caller, told::one_line_without_number};

/// Families of one answer.
pub const ANSWERS_MAX: usize = 50;
/// Shortest and longest reason, in characters.
const WHY: std::ops::RangeInclusive<usize> = 3..=200;

/// What is looked for. Prints nothing: it holds what was typed.
#[derive(Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// By what.
    pub kind: Kind,
    /// The NIK, card, serial or name; the lines of a list.
    pub text: String,
    /// Ten digits: where the name is looked for.
    #[serde(default)]
    pub village: String,
    /// Why somebody looks.
    pub why: String,
}

/// By what a family is looked for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The NIK of a person.
    #[default]
    Nik,
    /// The number of a household card.
    Kk,
    /// The serial of a cheque.
    Serial,
    /// A name within a village.
    Name,
    /// NIKs and serials, one a line.
    List,
}

impl Kind {
    /// As in bodies and audit rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nik => "nik",
            Self::Kk => "kk",
            Self::Serial => "serial",
            Self::Name => "name",
            Self::List => "list",
        }
    }
}

/// What came of it.
#[derive(Serialize)]
pub struct Answer {
    /// The likest first; none for a list.
    pub families: Vec<Family>,
    /// More were alike than are told.
    pub more: bool,
    /// Rows of the village that do not open: nothing is known of their names.
    pub unreadable: usize,
    /// Of a list, in order.
    pub lines: Vec<Answered>,
    /// Of a list.
    pub counts: Option<Counts>,
}

/// A person with the payments in the caller's region.
#[derive(Serialize)]
pub struct Family {
    /// In full; masked where its row does not open.
    pub name: String,
    /// Masked.
    pub nik: String,
    /// Ten digits, of the newest payment.
    pub village: String,
    /// The newest tranche first.
    pub payments: Vec<Payment>,
}

/// A payment of somebody who was found.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_field_names, reason = "a payment is named as in other bodies")]
pub struct Payment {
    pub payment: Uuid,
    pub tranche: String,
    pub amount: i64,
    pub status: String,
    /// Of its last cheque.
    pub serial: Option<String>,
    pub village: String,
    pub pay_point: String,
}

enum Sought {
    Person(Uuid),
    Household(Uuid),
    Serial(String),
    Name(likeness::Sought, String),
    List(Vec<Line>),
}

/// Looks for a family, and records that somebody did.
pub async fn search(portal: &Portal, caller: &Caller, asked: &Asked) -> Result<Answer, Failed> {
    caller.must(Act::FindFamilies)?;
    let why = reason(&asked.why).ok_or(Failed::Wrong(Wrong::Why))?;
    let region = caller.actor.region.as_str();
    let sought = read(portal, asked, region).map_err(Failed::Wrong)?;
    if !portal.searches().take(caller.actor.name.clone(), Instant::now()) {
        return Err(Failed::Wrong(Wrong::Rate));
    }
    let mut tx = portal.database().begin_portal().await?;
    let answer = answer(portal, &mut tx, &sought, region).await?;
    let payments: Vec<Uuid> = answer.families.iter().flat_map(|family| family.payments.iter().map(|paid| paid.payment)).collect();
    let number = answer.counts.as_ref().map_or(answer.families.len(), |counts| counts.found);
    let lines = answer.counts.as_ref().map_or(1, |counts| counts.lines);
    let detail = json!({ "kind": asked.kind.as_str(), "why": why, "sought": lines, "found": number, "payments": payments });
    audit::record(&mut tx, &caller.actor.name, "families_sought", &detail).await?;
    tx.commit().await?;
    Ok(answer)
}

/// A reason that can stand in the audit: nobody's number is in it.
pub(crate) fn reason(text: &str) -> Option<String> {
    one_line_without_number(text, WHY)
}

fn read(portal: &Portal, asked: &Asked, region: &str) -> Result<Sought, Wrong> {
    let text = asked.text.trim();
    Ok(match asked.kind {
        Kind::Nik => Sought::Person(portal.keys().nik_index(&Nik::parse(text).map_err(|error| Wrong::Nik(error.code()))?).0),
        Kind::Kk => Sought::Household(portal.keys().kk_index(&Kk::parse(text).ok_or(Wrong::Kk)?)),
        Kind::Serial => Sought::Serial(ChequeSerial::parse(text).map_err(|_| Wrong::Serial)?.to_string()),
        Kind::Name => {
            let village = VillageCode::parse(&asked.village).map_err(|_| Wrong::Village)?.to_string();
            if !covers(region, &village) {
                return Err(Wrong::Village);
            }
            Sought::Name(likeness::Sought::parse(text).ok_or(Wrong::Name)?, village)
        }
        Kind::List => Sought::List(list::read(&asked.text).ok_or(Wrong::List)?),
    })
}

async fn answer(portal: &Portal, tx: &mut Tx, sought: &Sought, region: &str) -> Result<Answer, Failed> {
    let (mut more, mut unreadable) = (false, 0);
    let accounts = match sought {
        Sought::Person(account) => vec![*account],
        Sought::Household(card) => families::of_household(tx, *card, region).await?,
        Sought::Serial(serial) => families::of_serials(tx, std::slice::from_ref(serial), region).await?.into_values().collect(),
        Sought::Name(name, village) => {
            let rows = families::of_village(tx, village).await?.ok_or(Failed::Wrong(Wrong::Crowded))?;
            let wrapped = families::data_keys(tx, &rows).await?;
            let likest = names::likest(portal, rows, wrapped, name.clone(), ANSWERS_MAX).await?;
            (more, unreadable) = (likest.more, likest.unreadable);
            likest.accounts
        }
        Sought::List(lines) => return by_line(portal, tx, lines, region).await,
    };
    let families = told(portal, tx, &accounts, region).await?;
    Ok(Answer { families, more, unreadable, lines: Vec::new(), counts: None })
}

/// Persons with their names and payments, in this order.
async fn told(portal: &Portal, tx: &mut Tx, accounts: &[Uuid], region: &str) -> Result<Vec<Family>, Failed> {
    let mut found = by_account(families::payments(tx, accounts, region).await?);
    let keys: Vec<_> = found.values().filter_map(|payments| payments.first()).map(Found::key).collect();
    let rows = families::rows(tx, &keys).await?;
    let opener = Opener::new(portal.keys(), portal.row_context(), &families::data_keys(tx, &rows).await?);
    let names: HashMap<_, _> = rows.iter().filter_map(|row| Some((row.key(), opener.name(row)?))).collect();
    let family = |payments: Vec<Found>| {
        let newest = payments.first()?;
        Some(Family {
            name: names.get(&newest.key()).or(newest.name.as_ref()).cloned().unwrap_or_default(),
            nik: newest.nik.clone().unwrap_or_default(),
            village: newest.village.clone(),
            payments: payments.into_iter().map(Payment::from).collect(),
        })
    };
    Ok(accounts.iter().filter_map(|account| family(found.remove(account)?)).collect())
}

async fn by_line(portal: &Portal, tx: &mut Tx, lines: &[Line], region: &str) -> Result<Answer, Failed> {
    let serials: Vec<String> =
        lines.iter().filter_map(|line| if let Named::Cheque(serial) = &line.named { Some(serial.to_string()) } else { None }).collect();
    let of_serials = families::of_serials(tx, &serials, region).await?;
    let accounts: Vec<Option<Uuid>> = lines.iter().map(|line| line.account(portal.keys(), &of_serials)).collect();
    let mut persons: Vec<Uuid> = accounts.iter().flatten().copied().collect();
    persons.sort_unstable();
    persons.dedup();
    let found = by_account(families::payments(tx, &persons, region).await?);
    let mut counts = Counts { lines: lines.len(), payments: statuses(&found), ..Counts::default() };
    let mut seen = HashSet::new();
    let answered = lines.iter().zip(&accounts).map(|(line, account)| {
        let payments = account.and_then(|account| found.get(&account));
        counts.again += usize::from(account.is_some_and(|account| !seen.insert(account)));
        let nik = payments.and_then(|payments| payments.first()?.nik.clone());
        let answered = line.answered(nik, payments.into_iter().flatten().cloned().map(Payment::from).collect());
        match answered.result {
            "found" => counts.found += 1,
            "wrong" => counts.wrong += 1,
            _ => counts.not_found += 1,
        }
        answered
    });
    let lines = answered.collect();
    Ok(Answer { families: Vec::new(), more: false, unreadable: 0, lines, counts: Some(counts) })
}

fn by_account(found: Vec<Found>) -> HashMap<Uuid, Vec<Found>> {
    let mut by: HashMap<Uuid, Vec<Found>> = HashMap::new();
    for payment in found {
        by.entry(payment.account).or_default().push(payment);
    }
    by
}

fn statuses(found: &HashMap<Uuid, Vec<Found>>) -> BTreeMap<String, usize> {
    let mut statuses = BTreeMap::new();
    for payment in found.values().flatten() {
        *statuses.entry(payment.status.clone()).or_default() += 1;
    }
    statuses
}

impl From<Found> for Payment {
    fn from(found: Found) -> Self {
        let Found { payment, tranche, amount, status, serial, village, pay_point, .. } = found;
        Self { payment, tranche, amount, status, serial, village, pay_point }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_short_on_one_line_and_without_a_number_of_a_person() {
        assert_eq!(reason("  surat tugas 12/2026 ").as_deref(), Some("surat tugas 12/2026"));
        for wrong in ["", "ab", "a\nb c", "keluarga 1902015204850007", "keluarga 1902 0152 0485 0007", &"x".repeat(201)] {
            assert_eq!(reason(wrong), None, "{wrong}");
        }
    }
}
