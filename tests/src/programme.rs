//! The programme of a test world: tranches 4 and 5, two regencies, three devices with their tellers.

use chrono::{NaiveTime, TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use salur_domain::{
    Rupiah,
    proof::Place,
    region::{self, RegencyCode},
};
use salur_store::setup::{Allocation, Device, MasterData, Office, PayPoint, Programme, Source, Teller, Tranche, Village};

use crate::people::{BELITUNG, BELITUNG_TIMUR};

/// What a family gets, in rupiah.
pub const AMOUNT: i64 = 300_000;
/// The upstream system.
pub const SOURCE: &str = "dinsos-belitung";
/// The tranches' codes.
pub const TAHAP_4: &str = "BST-4";
/// The tranches' codes.
pub const TAHAP_5: &str = "BST-5";
/// Opening float of each teller, in rupiah.
pub const FLOAT: i64 = 100 * AMOUNT;

/// Where the families of Belitung are paid.
pub const TANJUNG_PANDAN: Place = Place { latitude: -2.7411, longitude: 107.6367 };
/// Where the families of Belitung Timur are paid.
pub const MANGGAR: Place = Place { latitude: -2.8667, longitude: 108.2667 };

/// What a test may want otherwise.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Rupiah for Belitung, per tranche.
    pub belitung: i64,
    /// Rupiah for Belitung Timur, per tranche.
    pub belitung_timur: i64,
    /// Whether cheques are drawn and stored.
    pub cheques_stored: bool,
    /// Tranches whose allocation exceeds this wait for approval.
    pub approval_threshold: i64,
}

impl Default for Plan {
    fn default() -> Self {
        Self { belitung: 100_000 * AMOUNT, belitung_timur: 100_000 * AMOUNT, cheques_stored: true, approval_threshold: i64::MAX / 2 }
    }
}

/// A device of the counter with the teller who usually uses it.
#[derive(Debug, Clone)]
pub struct Counter {
    /// Its code.
    pub device: &'static str,
    /// Code of the teller.
    pub teller: &'static str,
    /// Signs requests and statements.
    pub key: SigningKey,
    /// Where it stands.
    pub place: Place,
}

/// The counters: two in Tanjung Pandan, one in Manggar.
pub fn counters() -> [Counter; 3] {
    let counter = |device, teller, seed, place| Counter { device, teller, key: SigningKey::from_bytes(&[seed; 32]), place };
    [
        counter("DEV-1", "TELLER-1", 1, TANJUNG_PANDAN),
        counter("DEV-2", "TELLER-2", 2, TANJUNG_PANDAN),
        counter("DEV-3", "TELLER-3", 3, MANGGAR),
    ]
}

/// The master data of a plan, with windows around today.
pub fn master_data(plan: &Plan) -> MasterData {
    MasterData {
        programme: Programme {
            code: "BST".into(),
            name: "Bantuan Sosial Tunai".into(),
            approval_threshold: rupiah(plan.approval_threshold),
        },
        exclusions: Vec::new(),
        tranches: vec![tranche(4, TAHAP_4, "Tahap 4", plan), tranche(5, TAHAP_5, "Tahap 5", plan)],
        allocations: [4, 5].into_iter().flat_map(|tranche| allocations(tranche, plan)).collect(),
        pay_points: vec![pay_point("PP-1902", "Tanjung Pandan", TANJUNG_PANDAN), pay_point("PP-1906", "Manggar", MANGGAR)],
        villages: [BELITUNG, BELITUNG_TIMUR].into_iter().flat_map(villages).collect(),
        visits: Vec::new(),
        offices: vec![Office { code: "OFFICE-1".into(), name: "Kantor Pos Tanjung Pandan".into(), regency: BELITUNG.into() }],
        tellers: counters().into_iter().map(|counter| teller(counter.teller)).collect(),
        devices: counters().iter().map(device).collect(),
        sources: vec![
            Source { name: SOURCE.into(), description: "Dinas Sosial Belitung".into() },
            Source { name: "dinsos-timur".into(), description: "Dinas Sosial Belitung Timur".into() },
        ],
    }
}

fn tranche(id: i32, code: &str, name: &str, plan: &Plan) -> Tranche {
    let today = Utc::now().date_naive().and_time(NaiveTime::MIN).and_utc();
    Tranche {
        id,
        code: code.into(),
        programme: "BST".into(),
        name: name.into(),
        amount: rupiah(AMOUNT),
        opens_at: today - TimeDelta::days(7),
        closes_at: today + TimeDelta::days(30),
        returns_at: today + TimeDelta::days(33),
        cheques_stored: plan.cheques_stored,
        specimen: true,
    }
}

fn allocations(tranche: i32, plan: &Plan) -> [Allocation; 2] {
    [(BELITUNG, plan.belitung), (BELITUNG_TIMUR, plan.belitung_timur)].map(|(regency, amount)| Allocation {
        tranche,
        regency: regency.into(),
        amount: rupiah(amount),
        document: format!("DIPA-{tranche}-{regency}"),
    })
}

fn pay_point(code: &str, name: &str, place: Place) -> PayPoint {
    PayPoint {
        code: code.into(),
        kind: "post_office",
        name: format!("Kantor Pos {name}"),
        address: format!("Jl. Merdeka 1, {name}"),
        latitude: place.latitude,
        longitude: place.longitude,
        radius_m: 500,
        utc_offset_minutes: 420,
        opens: NaiveTime::MIN,
        closes: NaiveTime::from_hms_opt(23, 59, 59).expect("a time of day"),
        per_hour: None,
        per_day: None,
        closed: Vec::new(),
    }
}

fn villages(regency: &str) -> Vec<Village> {
    let code = RegencyCode::parse(regency).expect("four digits");
    let pay_point = format!("PP-{regency}");
    region::villages(code).map(|(village, _)| Village { village: village.to_string(), pay_point: pay_point.clone() }).collect()
}

fn teller(code: &str) -> Teller {
    Teller { code: code.into(), name: format!("Juru bayar {code}"), office: "OFFICE-1".into(), float: rupiah(FLOAT) }
}

fn device(counter: &Counter) -> Device {
    let digits = hex::encode(counter.key.verifying_key().as_bytes());
    let pay_point = if counter.place == MANGGAR { "PP-1906" } else { "PP-1902" };
    Device { code: counter.device.into(), pay_point: pay_point.into(), public_key: format!("\\x{digits}") }
}

fn rupiah(amount: i64) -> Rupiah {
    Rupiah::new(amount).expect("plans have no debts")
}
