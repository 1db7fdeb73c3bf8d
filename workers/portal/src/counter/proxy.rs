//! Who receives for a recipient that cannot come: named in the claim, before cash moves.
//!
//! A proxy stands on the family's household card and shows a document. What the teller typed off the cards is sealed under a key of the claim's own before it
//! is kept; beside it stand blind indexes and the masked name. Refusals speak both languages: a teller reads them out. They name a field or a rule, never
//! what was typed.

use axum::http::StatusCode;
use chrono::{TimeDelta, Utc};
use salur_domain::{
    ClaimId, name,
    proxy::{Proxy, Typed, Wrong},
    reason::Language,
    vault::DataKey,
};
use salur_store::proxies::{Barred, NewProxy};
use serde::{Deserialize, Serialize};

use crate::{Portal, access::random, refusal::Refusal};

/// WIB, in which cards are read all over the country: a birthday decides nothing here.
const ZONE: TimeDelta = TimeDelta::hours(7);

/// A proxy as a teller typed it. Prints nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    nik: String,
    kk: String,
    name: String,
    relation: String,
    document: String,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Words {
    /// 16 digits.
    pub nik: String,
    /// 16 digits.
    pub kk: String,
    /// Whole.
    pub name: String,
    /// The paper.
    pub document: String,
}

/// What the key of a proxy and what it seals are bound to.
fn context(claim: ClaimId) -> Vec<u8> {
    [b"proxy\0".as_slice(), claim.0.as_bytes()].concat()
}

/// A proxy that can be kept, sealed.
pub(super) fn named(portal: &Portal, claim: ClaimId, asked: &Asked) -> Result<NewProxy, Refusal> {
    let Asked { nik, kk, name, relation, document } = asked;
    let typed = Typed { nik, kk, name, relation, document };
    let proxy = Proxy::parse(typed, (Utc::now() + ZONE).date_naive()).map_err(unusable)?;
    let keys = portal.keys();
    let (nik, kk, relation) = (proxy.nik.digits(), proxy.kk.digits(), proxy.relation.as_str());
    let fields = [("nik", nik), ("kk", kk), ("name", &proxy.name), ("relation", relation), ("document", &proxy.document)];
    let words = Words { nik: nik.into(), kk: kk.into(), name: proxy.name.clone(), document: proxy.document.clone() };
    let (key, context) = (DataKey::new(random()?), context(claim));
    let plain = serde_json::to_vec(&words).expect("four texts are JSON");
    Ok(NewProxy {
        person: keys.nik_index(&proxy.nik).0,
        household: keys.kk_index(&proxy.kk),
        relation,
        masked_name: name::mask(&proxy.name),
        masked_nik: proxy.nik.to_string(),
        content: keys.row_digest(&fields),
        words: (key.wrap(keys.rows(), &context), key.seal(&context, &plain)),
        max_families: portal.proxy_day_max_families(),
    })
}

/// What was typed, opened; none: its key was destroyed, or it was changed.
pub(crate) fn opened(portal: &Portal, claim: ClaimId, key: Option<&[u8]>, sealed: &[u8]) -> Option<Words> {
    let context = context(claim);
    let key = DataKey::unwrap(portal.keys().rows(), &context, key?).ok()?;
    serde_json::from_slice(&key.open(&context, sealed).ok()?).ok()
}

fn unusable(wrong: Wrong) -> Refusal {
    let (code, message) = match wrong {
        Wrong::Nik(_) => (
            "proxy_nik",
            "NIK wakil tidak mungkin benar; cocokkan dengan KTP, atau minta anggota KK lain yang datang. / The proxy's NIK cannot be right; compare it \
             with the card, or have another person of the household card come.",
        ),
        Wrong::Kk => (
            "proxy_kk",
            "Nomor KK terdiri dari 16 angka; cocokkan dengan kartu. / A household card has 16 digits; compare it with the card.",
        ),
        Wrong::Name => ("proxy_name", "Tulis nama wakil seperti di KTP. / Write the proxy's name as on the card."),
        Wrong::Relation => (
            "proxy_relation",
            "Pilih hubungan: spouse, child, parent, sibling, grandchild atau other. / Choose the relation: spouse, child, parent, sibling, grandchild \
             or other.",
        ),
        Wrong::Document => (
            "proxy_document",
            "Tulis surat kuasa atau surat desa, 3 sampai 200 huruf. / Write the letter of authority or of the village, 3 to 200 characters.",
        ),
    };
    let refusal = Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message);
    match wrong {
        Wrong::Nik(reason) => refusal.with("reason", reason.as_str()).with("meaning", reason.message(Language::Indonesian)),
        _ => refusal,
    }
}

/// In log lines.
pub(super) const fn word(barred: Barred) -> &'static str {
    match barred {
        Barred::Recipient => "proxy_recipient",
        Barred::Household => "proxy_household",
        Barred::Cap(_) => "proxy_cap",
    }
}

/// Pay nothing: what a teller reads out.
pub(super) fn barred(barred: Barred) -> Refusal {
    let message = match barred {
        Barred::Recipient => "Ini NIK penerima sendiri; klaim tanpa wakil. / This is the recipient's own NIK; claim without a proxy.",
        Barred::Household => {
            "Wakil harus satu KK dengan penerima menurut daftar; jangan bayar. Minta penerima datang sendiri, atau kunjungan ke rumah. / A proxy must stand \
             on the recipient's household card as the list has it; pay nothing. Have the recipient come, or be visited at home."
        }
        Barred::Cap(_) => {
            "Wakil ini sudah menerima untuk keluarga sebanyak yang boleh hari ini; jangan bayar. Datang lagi besok, atau anggota KK lain. / This proxy has \
             received for as many families as a day allows; pay nothing. Come again tomorrow, or have another person of the household card come."
        }
    };
    let refusal = Refusal::new(StatusCode::CONFLICT, word(barred), message);
    match barred {
        Barred::Cap(most) => refusal.with("most_families", most),
        Barred::Recipient | Barred::Household => refusal,
    }
}
