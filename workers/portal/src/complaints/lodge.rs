//! A complaint as anybody lodges it: no sign-in, and an answer that tells nobody whether the cheque is known.
//!
//! Whether the serial is mistyped its check character says, to anybody and without a look at the database. Beyond that the answer is the same and costs the
//! same: a row, and a number made of the complaint's own id. The form carries that id, so a complaint sent twice is one. Nothing typed is logged.

use std::time::Instant;

use askama::Template;
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use salur_domain::{serial::ChequeSerial, vault::DataKey};
use salur_runtime::telemetry::{Metric, count};
use salur_store::{
    audit,
    complaints::{self, Lodged},
};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Written, context,
    words::{KINDS, Words, kind},
};
use crate::{
    Portal,
    access::{random, random_id},
    clients::Client,
    pages::{Frame, PageRefusal, Speaking, show},
    refusal::Refusal,
    told::{Entered, Told, one_line},
};

/// Longest text, in characters.
pub const TEXT_MAX: usize = 500;
/// Longest way to be reached, in characters.
const CONTACT_MAX: usize = 120;
/// No family gets as much.
const RUPIAH_MAX: i64 = 100_000_000;
/// The page.
const PATH: &str = "/complaint";
/// Who lodges, in the audit.
const ANYBODY: &str = "public";
/// Bytes of a complaint's number: 60 bits, twelve characters.
const NUMBER_BITS: u32 = 60;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A complaint as it is sent. Prints nothing: it holds what was typed.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sent {
    /// Made by who sends it, so that the same one sent again is one.
    complaint: Option<Uuid>,
    serial: String,
    kind: String,
    rupiah: Option<i64>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    contact: String,
}

/// The form: an amount as people write it.
#[derive(Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    complaint: Option<Uuid>,
    serial: String,
    kind: String,
    rupiah: String,
    text: String,
    contact: String,
}

/// What is wrong with a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Serial,
    Kind,
    Rupiah,
    Text,
    Contact,
    Rate,
}

#[derive(Template)]
#[template(path = "complaint.html")]
struct ComplaintPage {
    f: Frame,
    w: &'static Words,
    filled: Filled,
    id: Uuid,
    kinds: Vec<(&'static str, &'static str)>,
    wrong: Option<&'static str>,
    number: Option<String>,
}

pub(super) async fn take(
    State(portal): State<Portal>,
    client: Client,
    Told(sent): Told<Sent>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let number = keep(&portal, client, sent).await?.map_err(Wrong::refusal)?;
    Ok((StatusCode::CREATED, Json(json!({ "number": number }))))
}

pub(super) async fn ask(Speaking(language): Speaking) -> Result<Response, PageRefusal> {
    let id = random_id().map_err(|refusal| PageRefusal::plain(language, PATH, refusal))?;
    Ok(show(&page(language, Filled::default(), id, None, None)))
}

pub(super) async fn send(
    State(portal): State<Portal>,
    client: Client,
    Speaking(language): Speaking,
    Entered(filled): Entered<Filled>,
) -> Result<Response, PageRefusal> {
    let refused = |refusal| PageRefusal::plain(language, PATH, refusal);
    let id = filled.complaint.map_or_else(random_id, Ok).map_err(refused)?;
    let kept = match amount(&filled.rupiah) {
        Ok(rupiah) => {
            let Filled { serial, kind, text, contact, .. } = filled.clone();
            keep(&portal, client, Sent { complaint: Some(id), serial, kind, rupiah, text, contact }).await.map_err(refused)?
        }
        Err(wrong) => Err(wrong),
    };
    Ok(match kept {
        Ok(number) => show(&page(language, Filled::default(), id, None, Some(number))),
        Err(wrong) => (wrong.status(), show(&page(language, filled, id, Some(wrong), None))).into_response(),
    })
}

fn page(language: salur_domain::reason::Language, filled: Filled, id: Uuid, wrong: Option<Wrong>, number: Option<String>) -> ComplaintPage {
    let w = Words::of(language);
    let kinds = KINDS.map(|word| (word, kind(w, word))).to_vec();
    ComplaintPage { f: Frame::plain(language, PATH), w, filled, id, kinds, wrong: wrong.map(|wrong| wrong.said(w)), number }
}

/// Checks a complaint, counts it, and keeps it; the number is the same whatever is known of its cheque.
async fn keep(portal: &Portal, client: Client, sent: Sent) -> Result<Result<String, Wrong>, Refusal> {
    let checked = match check(&sent) {
        Ok(checked) => checked,
        Err(wrong) => return Ok(Err(wrong)),
    };
    if !portal.complaints().take(client, Instant::now()) {
        return Ok(Err(Wrong::Rate));
    }
    let (serial, kind, rupiah, written) = (checked.serial.to_string(), checked.kind, checked.rupiah, checked.written);
    let complaint = checked.complaint.map_or_else(random_id, Ok)?;
    let number = number(complaint);
    let words = if written.text.is_empty() && written.contact.is_empty() { None } else { Some(seal(portal, complaint, &written)?) };
    let mut tx = portal.database().begin_portal().await?;
    let is_new = complaints::lodge(&mut tx, &Lodged { complaint, number: &number, serial: &serial, kind, rupiah, words }).await?;
    if is_new {
        audit::record(&mut tx, ANYBODY, "complaint_lodged", &json!({ "complaint": complaint, "kind": kind })).await?;
    }
    tx.commit().await?;
    if is_new {
        count(Metric::Complaints, &[("kind", kind)], 1);
    }
    Ok(Ok(number))
}

struct Checked {
    complaint: Option<Uuid>,
    serial: ChequeSerial,
    kind: &'static str,
    rupiah: Option<i64>,
    written: Written,
}

fn check(sent: &Sent) -> Result<Checked, Wrong> {
    let serial = ChequeSerial::parse(&sent.serial).map_err(|_| Wrong::Serial)?;
    let kind = KINDS.into_iter().find(|word| *word == sent.kind).ok_or(Wrong::Kind)?;
    let is_amount = |rupiah: i64| kind == "kept_back" && (1..=RUPIAH_MAX).contains(&rupiah);
    if !sent.rupiah.is_none_or(is_amount) {
        return Err(Wrong::Rupiah);
    }
    // a browser ends lines as the network does
    let text = sent.text.replace("\r\n", "\n").trim().to_owned();
    if text.chars().count() > TEXT_MAX || text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Wrong::Text);
    }
    let contact = one_line(&sent.contact, 0..=CONTACT_MAX).ok_or(Wrong::Contact)?;
    Ok(Checked { complaint: sent.complaint, serial, kind, rupiah: sent.rupiah, written: Written { text, contact } })
}

/// `Rp300.000`, `300 000` or `300000`; nothing is none.
fn amount(text: &str) -> Result<Option<i64>, Wrong> {
    let text = text.trim();
    let digits = text.strip_prefix("Rp").or_else(|| text.strip_prefix("rp")).unwrap_or(text).replace(['.', ' ', ','], "");
    if digits.is_empty() { Ok(None) } else { digits.parse().map(Some).map_err(|_| Wrong::Rupiah) }
}

fn seal(portal: &Portal, complaint: Uuid, written: &Written) -> Result<(Vec<u8>, Vec<u8>), Refusal> {
    let (key, context) = (DataKey::new(random()?), context(complaint));
    let plain = serde_json::to_vec(written).expect("two texts are JSON");
    Ok((key.wrap(portal.keys().rows(), &context), key.seal(&context, &plain)))
}

/// What the family keeps: made of the id alone, so that it says nothing, and is the same when the complaint is sent again.
pub(crate) fn number(complaint: Uuid) -> String {
    let digest = Sha256::digest([b"complaint\0".as_slice(), complaint.as_bytes()].concat());
    let bits = u64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes"));
    let letters = (0..NUMBER_BITS / 5).map(|at| ALPHABET[usize::try_from(bits >> (5 * at) & 31).expect("five bits")]);
    let letters: Vec<char> = letters.map(char::from).collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

impl Wrong {
    const fn status(self) -> StatusCode {
        if matches!(self, Self::Rate) { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::UNPROCESSABLE_ENTITY }
    }

    const fn said(self, w: &'static Words) -> &'static str {
        match self {
            Self::Serial => w.wrong_serial,
            Self::Kind => w.wrong_kind,
            Self::Rupiah => w.wrong_rupiah,
            Self::Text => w.wrong_text,
            Self::Contact => w.wrong_contact,
            Self::Rate => w.wrong_rate,
        }
    }

    fn refusal(self) -> Refusal {
        let (code, message) = match self {
            Self::Serial => ("serial", "this serial is mistyped; compare it with the cheque"),
            Self::Kind => ("kind", "say what is wrong: not_received, kept_back, not_me or other"),
            Self::Rupiah => ("rupiah", "an amount is 1 to 100,000,000 whole rupiah, and belongs to kept_back"),
            Self::Text => ("text", "a text has at most 500 characters"),
            Self::Contact => ("contact", "a way to be reached has at most 120 characters on one line"),
            Self::Rate => ("rate", "too many complaints came from this address, or altogether; send it again in ten minutes"),
        };
        Refusal::new(self.status(), code, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        assert_eq!(
            ["", "Rp300.000", "300 000", "300000", "rp 50,000"].map(amount),
            [Ok(None), Ok(Some(300_000)), Ok(Some(300_000)), Ok(Some(300_000)), Ok(Some(50_000))]
        );
        assert_eq!(["much", "-x", "9".repeat(30).as_str()].map(amount), [Err(Wrong::Rupiah); 3]);
    }

    #[test]
    fn a_number_is_twelve_characters_and_follows_from_the_id_alone() {
        let one = number(Uuid::from_u128(1));
        assert_eq!((one.len(), one.as_str()), (14, number(Uuid::from_u128(1)).as_str()));
        assert_ne!(one, number(Uuid::from_u128(2)));
    }
}
