//! Devices: which counters there are, and how each signs what it sends.
//!
//! `devices.json` is what `salur simulate programme` writes beside the programme: the secret halves of the keys that setup registers. A device's
//! clock is off by up to [`CLOCK_ERROR_S`], as clocks are; it learns by how much from the portal and says so in every statement.

use std::{collections::HashMap, path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, FixedOffset, SubsecRound, TimeDelta, Utc};
use ed25519_dalek::{Signer, SigningKey};
use salur_domain::proof::Place;
use salur_store::master::PayPoint;
use serde::Deserialize;

use super::dice::Dice;

/// How far a device's clock is off, in seconds; the portal takes a quarter of an hour.
const CLOCK_ERROR_S: i32 = 120;

/// Why there are no devices.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("{path} cannot be read")]
    Read {
        /// The file.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is not a list of devices.
    #[error("{path} is not a list of devices: {reason}")]
    Shape {
        /// The file.
        path: String,
        /// Line and column, never the value: it is a secret key.
        reason: String,
    },
    /// A device that cannot be used.
    #[error("device {code}: {reason}")]
    Unusable {
        /// Its code.
        code: String,
        /// Why.
        reason: &'static str,
    },
    /// A family has nowhere to go.
    #[error("pay point {0} has no device")]
    Nowhere(String),
}

/// The file.
#[derive(Deserialize)]
struct Written {
    devices: Vec<WrittenDevice>,
    tellers: Vec<WrittenTeller>,
}

#[derive(Deserialize)]
struct WrittenDevice {
    code: String,
    pay_point: String,
    /// The secret key, hexadecimal.
    seed: String,
}

#[derive(Deserialize)]
struct WrittenTeller {
    code: String,
    pay_point: String,
}

/// A counter: a device at its pay point.
#[derive(Debug)]
pub struct Device {
    /// Its code.
    pub code: String,
    /// Who may work at it.
    tellers: Vec<String>,
    /// Where it stands.
    pub place: Place,
    zone: FixedOffset,
    key: SigningKey,
    /// Its clock minus this machine's.
    clock_error: TimeDelta,
    /// Its clock minus the server's, in seconds: what it learnt by asking.
    pub clock_offset_s: i64,
}

/// All counters, by pay point.
#[derive(Debug)]
pub struct Counters(HashMap<String, Vec<Arc<Device>>>);

impl Device {
    /// What its clock shows, in whole seconds, in the zone of its pay point.
    pub fn clock(&self, now: DateTime<Utc>) -> DateTime<FixedOffset> {
        (now + self.clock_error).trunc_subsecs(0).with_timezone(&self.zone)
    }

    /// Signs bytes, base64.
    pub fn sign(&self, bytes: &[u8]) -> String {
        STANDARD.encode(self.key.sign(bytes).to_bytes())
    }

    /// Who works at it in a visit.
    pub fn teller(&self, dice: &mut Dice) -> &String {
        pick(&self.tellers, dice)
    }
}

impl Counters {
    /// Reads the devices of a file; their pay points are master data. `server_offset` is this machine's clock minus the server's.
    pub fn read(path: &Path, pay_points: &HashMap<String, PayPoint>, seed: u64, server_offset: TimeDelta) -> Result<Self, Error> {
        let shown = || path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: shown(), source })?;
        let written: Written = serde_json::from_str(&text).map_err(|error| Error::Shape {
            path: shown(),
            reason: format!("{:?} at line {} column {}", error.classify(), error.line(), error.column()),
        })?;
        let mut dice = Dice::new(seed);
        let mut counters: HashMap<String, Vec<Arc<Device>>> = HashMap::new();
        for device in written.devices {
            let pay_point = device.pay_point.clone();
            let tellers = written.tellers.iter().filter(|teller| teller.pay_point == pay_point).map(|teller| teller.code.clone()).collect();
            let clock_error = TimeDelta::seconds(i64::from(dice.around_zero(CLOCK_ERROR_S)));
            let mut device = usable(device, tellers, pay_points, clock_error)?;
            device.clock_offset_s = (clock_error + server_offset).num_seconds();
            counters.entry(pay_point).or_default().push(Arc::new(device));
        }
        Ok(Self(counters))
    }

    /// The counter that a family goes to.
    pub fn at(&self, pay_point: &str, dice: &mut Dice) -> Result<Arc<Device>, Error> {
        let here = self.0.get(pay_point).ok_or_else(|| Error::Nowhere(pay_point.to_owned()))?;
        Ok(Arc::clone(pick(here, dice)))
    }

    /// The counter with this device.
    pub fn with(&self, code: &str) -> Option<Arc<Device>> {
        self.0.values().flatten().find(|device| device.code == code).map(Arc::clone)
    }

    /// Another counter than this one: at the same pay point where there is one, else anywhere. `None` when there is only this one.
    pub fn another(&self, device: &Device, pay_point: &str) -> Option<Arc<Device>> {
        let here = self.0.get(pay_point).into_iter().flatten();
        let mut elsewhere: Vec<&Arc<Device>> = self.0.values().flatten().collect();
        elsewhere.sort_by(|one, other| one.code.cmp(&other.code));
        here.chain(elsewhere).find(|other| other.code != device.code).map(Arc::clone)
    }
}

fn usable(
    written: WrittenDevice,
    tellers: Vec<String>,
    pay_points: &HashMap<String, PayPoint>,
    clock_error: TimeDelta,
) -> Result<Device, Error> {
    let WrittenDevice { code, pay_point, seed } = written;
    let unusable = |reason| Error::Unusable { code: code.clone(), reason };
    let point = pay_points.get(&pay_point).ok_or_else(|| unusable("its pay point is not set up"))?;
    let zone = FixedOffset::east_opt(point.utc_offset_minutes * 60).ok_or_else(|| unusable("the zone of its pay point is not a zone"))?;
    let mut secret = [0; 32];
    hex::decode_to_slice(seed, &mut secret).map_err(|_| unusable("its seed is not 64 hexadecimal digits"))?;
    if tellers.is_empty() {
        return Err(unusable("its pay point has no teller"));
    }
    let place = Place { latitude: point.latitude, longitude: point.longitude };
    Ok(Device { tellers, place, zone, key: SigningKey::from_bytes(&secret), clock_error, clock_offset_s: 0, code })
}

fn pick<'a, T>(list: &'a [T], dice: &mut Dice) -> &'a T {
    let sides = u32::try_from(list.len()).expect("a pay point has few counters");
    &list[dice.below(sides) as usize]
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;

    use super::*;

    const FILE: &str = r#"{"devices": [
        {"code": "A", "pay_point": "P", "seed": "0101010101010101010101010101010101010101010101010101010101010101", "public_key": ""},
        {"code": "B", "pay_point": "P", "seed": "0202020202020202020202020202020202020202020202020202020202020202", "public_key": ""},
        {"code": "C", "pay_point": "Q", "seed": "0303030303030303030303030303030303030303030303030303030303030303", "public_key": ""}
    ], "tellers": [{"code": "T", "pay_point": "P"}, {"code": "U", "pay_point": "Q"}]}"#;

    fn pay_point(code: &str) -> (String, PayPoint) {
        let point = PayPoint {
            code: code.into(),
            name: String::new(),
            address: String::new(),
            latitude: -2.88,
            longitude: 108.27,
            radius_m: 500,
            utc_offset_minutes: 420,
            opens: NaiveTime::MIN,
            closes: NaiveTime::MIN,
        };
        (code.into(), point)
    }

    fn read(text: &str) -> Result<Counters, Error> {
        let file = std::env::temp_dir().join(format!("salur-devices-{}-{}.json", std::process::id(), text.len()));
        std::fs::write(&file, text).expect("the folder for temporary files is writable");
        let counters = Counters::read(&file, &["P", "Q"].map(pay_point).into(), 1, TimeDelta::seconds(5));
        std::fs::remove_file(&file).expect("the file was just written");
        counters
    }

    #[test]
    fn a_rival_stands_at_the_same_pay_point_where_there_is_one() {
        let counters = read(FILE).expect("three devices");
        let rival = |code: &str, point| counters.another(&counters.with(code).expect("a device"), point).map(|other| other.code.clone());
        assert_eq!(["A", "B"].map(|code| rival(code, "P")), [Some("B".into()), Some("A".into())]);
        assert_eq!(rival("C", "Q"), Some("A".into()));
    }

    #[test]
    fn a_clock_shows_the_time_of_the_pay_point_and_its_own_error() {
        let device = read(FILE).expect("three devices").with("A").expect("a device");
        let now = DateTime::parse_from_rfc3339("2026-03-02T02:00:00.750Z").expect("a time").to_utc();
        let shown = device.clock(now);
        assert_eq!((shown.offset().local_minus_utc(), shown.timestamp_subsec_nanos()), (7 * 3_600, 0));
        assert_eq!(shown.timestamp() - now.timestamp(), device.clock_offset_s - 5);
    }

    #[test]
    fn a_broken_file_is_refused_without_telling_its_keys() {
        let error = read(&FILE.replace("0101010101", "secret")).expect_err("no key");
        assert!(matches!(error, Error::Unusable { .. }) && !error.to_string().contains("secret"), "{error}");
        let error = read(r#"{"devices": ["secret"]}"#).expect_err("no list");
        assert!(matches!(error, Error::Shape { .. }) && !error.to_string().contains("secret"), "{error}");
    }
}
