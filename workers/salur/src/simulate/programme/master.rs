//! The fictitious programme: a post office per district with its tellers and devices, offices, allocations that fit the families.
//!
//! Post offices stand near the town of their district, which is as true as a demo needs. They are open all day, since a demo is played at any
//! hour and a capture outside opening hours is a finding.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use ed25519_dalek::SigningKey;
use salur_domain::{DistrictCode, RegencyCode, region};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::super::{chance::Chance, families::Families};

const TELLERS: u64 = 3;
const DEVICES_LEAST: u64 = 2;
/// Percent of the need that is allocated, and given to tellers as float: some room, since tellers are not equally busy.
const ALLOCATED_PERCENT: i64 = 110;
const FLOAT_PERCENT: i64 = 108;
/// Allocations are round.
const ROUND: i64 = 1_000_000;
/// Least allocation, in families, for regencies where few live.
const LEAST_FAMILIES: i64 = 10;
/// Tranches up to this are opened by setup; another treasurer approves larger ones.
const THRESHOLD: i64 = 1_000_000_000;
const OPENED_AGO: Duration = Duration::hours(1);
const OPEN_FOR: Duration = Duration::days(30);
const GRACE: Duration = Duration::days(7);
const RADIUS_M: u32 = 2_000;
/// What chance places a post office for.
const LATITUDE: u64 = 101;
const LONGITUDE: u64 = 102;
const DEVICES: u64 = 103;

/// Near the towns of the districts of Belitung and Belitung Timur.
const TOWNS: [(&str, f64, f64); 12] = [
    ("190201", -2.741, 107.634),
    ("190202", -3.094, 107.652),
    ("190203", -2.812, 107.502),
    ("190204", -2.702, 107.706),
    ("190205", -2.864, 107.764),
    ("190601", -2.877, 108.271),
    ("190602", -2.968, 108.157),
    ("190603", -3.052, 107.921),
    ("190604", -2.709, 108.073),
    ("190605", -2.786, 108.203),
    ("190606", -2.893, 107.982),
    ("190607", -3.098, 108.084),
];

/// A post office and who lives in its district.
struct PostOffice {
    district: DistrictCode,
    name: &'static str,
    devices: u64,
    float: i64,
}

/// The programme.
pub struct Master {
    seed: String,
    chance: Chance,
    amount: i64,
    offices: Vec<PostOffice>,
    allocations: BTreeMap<RegencyCode, i64>,
}

impl Master {
    /// The programme of these families.
    pub fn new(seed: &str, amount: i64, families: &Families) -> Self {
        let chance = Chance::of(seed);
        let mut per_district: BTreeMap<DistrictCode, i64> = BTreeMap::new();
        for (village, count) in families.per_village() {
            *per_district.entry(village.district()).or_default() += i64::try_from(count).expect("ten million at most");
        }
        let mut offices = Vec::with_capacity(per_district.len());
        let mut need: BTreeMap<RegencyCode, (i64, i64)> = BTreeMap::new();
        for (district, families) in per_district {
            // both tranches are paid from the same drawers
            let float = per_teller(2 * families * amount, amount);
            let devices = DEVICES_LEAST + chance.below(DEVICES, number(district), 2);
            let (needed, floats) = need.entry(district.regency()).or_default();
            *needed += families * amount;
            *floats += float * i64::try_from(TELLERS).expect("a few");
            offices.push(PostOffice { district, name: region::district_name(district).unwrap_or("?"), devices, float });
        }
        let allocations = need.into_iter().map(|(regency, (needed, floats))| (regency, allocation(needed, floats, amount))).collect();
        Self { seed: seed.to_owned(), chance, amount, offices, allocations }
    }

    /// The file for `salur setup`.
    pub fn toml(&self, now: DateTime<Utc>) -> String {
        let mut text = "# Made by `salur simulate programme`: everything in it is fictitious but the names of places.\n".to_owned();
        line(&mut text, format_args!("[programme]\ncode = \"BST\"\nname = \"Bantuan Sosial Tunai\"\napproval_threshold = {THRESHOLD}\n"));
        for number in [4, 5] {
            self.tranche(&mut text, number, now);
        }
        for office in &self.offices {
            self.pay_point(&mut text, office);
        }
        for regency in self.allocations.keys() {
            let name = quoted(&format!("Kantor Pos Cabang {}", region::regency_name(*regency).unwrap_or("?")));
            line(&mut text, format_args!("[[office]]\ncode = \"KC-{regency}\"\nname = {name}\nregency = \"{regency}\"\n"));
        }
        for office in &self.offices {
            self.people(&mut text, office);
        }
        line(&mut text, format_args!("[[source]]\nname = \"dinsos-belitung\"\ndescription = \"Dinas Sosial (CONTOH)\""));
        text
    }

    /// Secret keys for the simulator of the counter.
    pub fn devices_json(&self) -> serde_json::Value {
        let device = |office: &PostOffice, n| {
            let code = device_code(office, n);
            let key = self.device_key(&code);
            json!({
                "code": code, "pay_point": pay_point_code(office), "seed": hex::encode(key.to_bytes()),
                "public_key": hex::encode(key.verifying_key().to_bytes()),
            })
        };
        let devices: Vec<_> = self.offices.iter().flat_map(|office| (1..=office.devices).map(move |n| device(office, n))).collect();
        let teller = |office: &PostOffice, n| json!({ "code": teller_code(office, n), "pay_point": pay_point_code(office) });
        let tellers: Vec<_> = self.offices.iter().flat_map(|office| (1..=TELLERS).map(move |n| teller(office, n))).collect();
        json!({ "devices": devices, "tellers": tellers })
    }

    fn tranche(&self, text: &mut String, number: u32, now: DateTime<Utc>) {
        let opens = now - OPENED_AGO;
        let (closes, returns) = (opens + OPENED_AGO + OPEN_FOR, opens + OPENED_AGO + OPEN_FOR + GRACE);
        let [opens, closes, returns] = [opens, closes, returns].map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
        line(
            text,
            format_args!(
                "[[tranche]]\nid = {number}\ncode = \"BST-{number}\"\nname = \"Tahap {number}\"\namount = {}\nopens_at = {opens}\n\
                 closes_at = {closes}\nreturns_at = {returns}\ncheques_stored = true\nspecimen = true\n",
                self.amount
            ),
        );
        for (regency, amount) in &self.allocations {
            line(
                text,
                format_args!(
                    "[[tranche.allocation]]\nregency = \"{regency}\"\namount = {amount}\ndocument = \"CONTOH/BST-{number}/{regency}\"\n"
                ),
            );
        }
    }

    fn pay_point(&self, text: &mut String, office: &PostOffice) {
        let (latitude, longitude) = self.position(office.district);
        let (name, regency) = (office.name, region::regency_name(office.district.regency()).unwrap_or("?"));
        line(
            text,
            format_args!(
                "[[pay_point]]\ncode = \"{}\"\nkind = \"post_office\"\nname = {}\naddress = {}\nlatitude = {latitude:.5}\n\
                 longitude = {longitude:.5}\nradius_m = {RADIUS_M}\nutc_offset_minutes = {}\nopens = 00:00:00\ncloses = 23:59:59\n\
                 villages = [\"{}\"]\n",
                pay_point_code(office),
                quoted(&format!("Kantor Pos {name}")),
                quoted(&format!("Kecamatan {name}, {regency}")),
                offset_minutes(office.district),
                office.district,
            ),
        );
    }

    fn people(&self, text: &mut String, office: &PostOffice) {
        for n in 1..=TELLERS {
            let (code, name) = (teller_code(office, n), quoted(&format!("Juru Bayar {n} {}", office.name)));
            let (regency, float) = (office.district.regency(), office.float);
            line(text, format_args!("[[teller]]\ncode = \"{code}\"\nname = {name}\noffice = \"KC-{regency}\"\nfloat = {float}\n"));
        }
        for n in 1..=office.devices {
            let code = device_code(office, n);
            let key = hex::encode(self.device_key(&code).verifying_key().to_bytes());
            let point = pay_point_code(office);
            line(text, format_args!("[[device]]\ncode = \"{code}\"\npay_point = \"{point}\"\npublic_key = \"{key}\"\n"));
        }
    }

    fn device_key(&self, code: &str) -> SigningKey {
        SigningKey::from_bytes(&Sha256::digest(format!("salur-simulation-device-1\n{}\n{code}", self.seed)).into())
    }

    /// Where the post office of a district stands; by chance within the zone, where we do not know the town.
    fn position(&self, district: DistrictCode) -> (f64, f64) {
        let code = district.to_string();
        if let Some((_, latitude, longitude)) = TOWNS.iter().find(|(known, ..)| *known == code) {
            return (*latitude, *longitude);
        }
        let thousandths = |what, bound| u32::try_from(self.chance.below(what, number(district), bound)).expect("a few thousand");
        let west = match offset_minutes(district) {
            420 => 96.0,
            480 => 115.0,
            _ => 128.0,
        };
        (-8.0 + f64::from(thousandths(LATITUDE, 12_000)) / 1_000.0, west + f64::from(thousandths(LONGITUDE, 12_000)) / 1_000.0)
    }
}

/// A teller's opening float: its share of what the post office pays, at least one family's both payments.
fn per_teller(need: i64, amount: i64) -> i64 {
    if need == 0 {
        return 0;
    }
    let share = (need * FLOAT_PERCENT).div_euclid(100 * i64::try_from(TELLERS).expect("a few"));
    up(share.max(2 * amount), amount)
}

/// What a regency is granted per tranche: what its families need and its tellers carry.
fn allocation(needed: i64, floats: i64, amount: i64) -> i64 {
    let roomy = (needed * ALLOCATED_PERCENT).div_euclid(100);
    up(roomy.max(floats.div_euclid(2) + 1).max(LEAST_FAMILIES * amount), ROUND)
}

/// The next multiple.
fn up(amount: i64, of: i64) -> i64 {
    (amount + of - 1).div_euclid(of) * of
}

fn line(text: &mut String, args: std::fmt::Arguments<'_>) {
    text.write_fmt(args).expect("memory takes text");
    text.push('\n');
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn number(district: DistrictCode) -> u64 {
    district.to_string().parse().expect("six digits")
}

fn pay_point_code(office: &PostOffice) -> String {
    format!("KP-{}", office.district)
}

fn teller_code(office: &PostOffice, n: u64) -> String {
    format!("JB-{}-{n}", office.district)
}

fn device_code(office: &PostOffice, n: u64) -> String {
    format!("HP-{}-{n}", office.district)
}

/// The zone of a province: WIB, WITA or WIT.
fn offset_minutes(district: DistrictCode) -> i32 {
    match district.regency().province().to_string().as_str() {
        "51" | "52" | "53" | "63" | "64" | "65" | "71" | "72" | "73" | "74" | "75" | "76" => 480,
        "81" | "82" | "91" | "92" | "93" | "94" | "95" | "96" => 540,
        _ => 420,
    }
}
