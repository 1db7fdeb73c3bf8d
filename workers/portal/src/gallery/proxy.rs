//! Who received for a family, masked, and how often the same person did so for others: on the case of a visit.
//!
//! Counted is in the whole country; of other visits are named those of the viewer's region. Who it is by name nobody sees here.

use chrono::{DateTime, Utc};
use salur_store::proxies::{DAYS, Other, Shown};
use uuid::Uuid;

use crate::{pages::place_name, words::words};

words! {
    title: "Yang menerima", "Who received";
    lead: "Penerima diwakili orang lain dari KK yang sama. Surat dan namanya tersimpan tertutup.",
        "Another person of the household card represented the recipient. Document and name are kept sealed.";
    relation: "Hubungan", "Relation";
    families: "Keluarga yang diwakili", "Families represented";
    households: "KK yang disebut", "Household cards named";
    days: "hari sebelum dan sesudahnya", "days before and after";
    others: "Kunjungan lain dengan wakil ini", "Other visits of this proxy";
    same_card: "KK yang sama", "same household card";
    other_card: "KK lain", "another household card";
    destroyed: "Nama dan suratnya sudah dimusnahkan.", "The name and the document were destroyed.";
    spouse: "suami atau istri", "husband or wife";
    child: "anak atau menantu", "child, by birth or marriage";
    parent: "orang tua atau mertua", "parent, own or of the spouse";
    sibling: "saudara kandung", "brother or sister";
    grandchild: "cucu", "grandchild";
    other: "anggota KK lain", "another person of the card";
}

/// What a case shows of it.
pub(super) struct Section {
    pub name: String,
    pub nik: String,
    pub relation: &'static str,
    pub is_kept: bool,
    pub families: i64,
    pub households: i64,
    pub days: i32,
    pub others: Vec<Visit>,
}

/// Another visit of the same person.
pub(super) struct Visit {
    pub capture: Uuid,
    pub at: String,
    pub place: String,
    pub teller: String,
    pub card: &'static str,
}

pub(super) fn section(w: &'static Words, proxy: &(Shown, Vec<Other>), at: impl Fn(DateTime<Utc>) -> String) -> Section {
    let (shown, others) = proxy;
    let visit = |other: &Other| Visit {
        capture: other.capture,
        at: at(other.captured_at),
        place: place_name(&other.village),
        teller: other.teller.clone(),
        card: if other.is_same_household { w.same_card } else { w.other_card },
    };
    Section {
        name: shown.name.clone(),
        nik: shown.nik.clone(),
        relation: relation(w, &shown.relation),
        is_kept: shown.is_kept,
        families: shown.families,
        households: shown.households,
        days: DAYS,
        others: others.iter().map(visit).collect(),
    }
}

fn relation(w: &'static Words, word: &str) -> &'static str {
    match word {
        "spouse" => w.spouse,
        "child" => w.child,
        "parent" => w.parent,
        "sibling" => w.sibling,
        "grandchild" => w.grandchild,
        _ => w.other,
    }
}
