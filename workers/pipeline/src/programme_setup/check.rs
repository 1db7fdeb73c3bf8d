//! What a setup file must satisfy beyond its shape: everything wrong with it is found in one pass.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use chrono::{DateTime, NaiveTime, Utc};
use ed25519_dalek::VerifyingKey;
use salur_domain::{RegencyCode, Rupiah, ids::is_code};
use salur_store::setup::{self as rows, MasterData, Refusal};
use serde::{Deserialize, Serialize};

use super::{file, places};

/// Longest name, address or document.
const MAX_TEXT: usize = 200;
const CODE_REMEDY: &str = "use 1 to 32 letters, digits and hyphens";

/// What is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `tranche[1].allocation[0].regency`.
    pub path: String,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

impl Problem {
    /// A problem at a path.
    pub fn new(path: &str, reason: String, remedy: &str) -> Self {
        Self { path: path.to_owned(), reason, remedy: remedy.to_owned() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}; {}", self.reason, self.remedy)
    }
}

/// A file that holds.
#[derive(Debug)]
pub struct Checked {
    /// What to apply.
    pub data: MasterData,
    /// What will not work as somebody may expect.
    pub warnings: Vec<String>,
    /// Where each row stands in the file.
    paths: HashMap<(&'static str, String), String>,
}

impl Checked {
    /// The refusal with the path of its field.
    pub fn place(&self, refusal: &Refusal) -> Problem {
        let place = self.paths.get(&(refusal.what, refusal.key.clone())).map_or(refusal.what, String::as_str);
        Problem::new(&format!("{place}.{}", refusal.field), refusal.reason.clone(), refusal.remedy)
    }
}

/// Reads and checks a file; all its problems, or what to apply. `most`: the highest threshold that a programme may name.
pub fn check(text: &str, most: Rupiah) -> Result<Checked, Vec<Problem>> {
    let (file, mut problems) = file::read(text).map_err(|problem| vec![problem])?;
    let threshold = file.programme.as_ref().and_then(|programme| Rupiah::new(programme.approval_threshold).ok());
    problems.extend(threshold.and_then(|given| super::threshold_problem(given, most)));
    let mut checker =
        Checker { whole: problems.iter().all(|problem| problem.path == "programme.approval_threshold"), problems, paths: HashMap::new() };
    let data = checker.file(&file);
    let warnings = places::uncovered(&data);
    let Checker { problems, paths, .. } = checker;
    if problems.is_empty() { Ok(Checked { data, warnings, paths }) } else { Err(problems) }
}

/// Collects what is wrong.
pub(super) struct Checker {
    pub(super) problems: Vec<Problem>,
    paths: HashMap<(&'static str, String), String>,
    /// Every table could be read: what is missing is missing.
    whole: bool,
}

impl Checker {
    fn file(&mut self, file: &file::File) -> MasterData {
        let programme = self.programme(file.programme.as_ref());
        let exclusions = self.exclusions(file.programme.as_ref());
        let (tranches, allocations) = self.tranches(&programme.code, &file.tranches);
        let (pay_points, villages, visits) = self.pay_points(&file.pay_points);
        let offices = self.offices(&file.offices);
        let tellers = self.tellers(&file.tellers);
        let devices = self.devices(&file.devices);
        let sources = self.sources(&file.sources);
        MasterData { programme, exclusions, tranches, allocations, pay_points, villages, visits, offices, tellers, devices, sources }
    }

    fn programme(&mut self, programme: Option<&file::Programme>) -> rows::Programme {
        let Some(programme) = programme else {
            return rows::Programme { code: String::new(), name: String::new(), approval_threshold: Rupiah::ZERO };
        };
        let code = self.code("programme", "programme", "code", &programme.code);
        let name = self.text("programme.name", &programme.name);
        rows::Programme { code, name, approval_threshold: self.rupiah("programme.approval_threshold", programme.approval_threshold, 0) }
    }

    /// The pairs that the programme is of. Whether the other exists is for the database to say: a file describes one programme.
    fn exclusions(&mut self, programme: Option<&file::Programme>) -> Vec<rows::Exclusion> {
        let Some(file::Programme { code, excludes, .. }) = programme else { return Vec::new() };
        let mut pairs = Vec::new();
        for (at, other) in excludes.iter().enumerate() {
            let path = format!("programme.excludes[{at}]");
            if !is_code(other) {
                self.wrong(&path, "not a code".into(), CODE_REMEDY);
            }
            match rows::Exclusion::new(code, other) {
                None => self.wrong(&path, "a programme does not exclude itself".into(), "name another programme"),
                Some(pair) if pairs.contains(&pair) => self.wrong(&path, format!("`{other}` is named already"), "name it once"),
                Some(pair) => pairs.push(pair),
            }
        }
        pairs
    }

    fn tranches(
        &mut self,
        programme: &str,
        given: &[(String, file::Tranche, Vec<file::Placed<file::Allocation>>)],
    ) -> (Vec<rows::Tranche>, Vec<rows::Allocation>) {
        let (mut tranches, mut allocations) = (Vec::new(), Vec::new());
        for (path, tranche, granted) in given {
            self.claim("tranche", &tranche.id.to_string(), path, "id");
            if tranche.id < 1 {
                self.wrong(&format!("{path}.id"), "not positive".into(), "number tranches from 1");
            }
            let code = self.code("tranche code", path, "code", &tranche.code);
            let name = self.text(&format!("{path}.name"), &tranche.name);
            let amount = self.rupiah(&format!("{path}.amount"), tranche.amount, 1);
            let (opens_at, closes_at, returns_at) = self.window(path, tranche);
            let (id, programme) = (tranche.id, programme.to_owned());
            let (cheques_stored, specimen) = (tranche.cheques_stored, tranche.specimen);
            tranches.push(rows::Tranche { id, code, programme, name, amount, opens_at, closes_at, returns_at, cheques_stored, specimen });
            if granted.is_empty() {
                self.wrong(&format!("{path}.allocation"), "missing".into(), "add at least one table [[tranche.allocation]]");
            }
            allocations.extend(granted.iter().map(|(path, allocation)| self.allocation(tranche.id, path, allocation)));
        }
        if Rupiah::sum(allocations.iter().map(|allocation: &rows::Allocation| allocation.amount)).is_err() {
            self.wrong("tranche", "the sum of all allocations does not fit".into(), "check the amounts");
        }
        (tranches, allocations)
    }

    fn allocation(&mut self, tranche: i32, path: &str, allocation: &file::Allocation) -> rows::Allocation {
        let regency = self.regency(&format!("{path}.regency"), &allocation.regency);
        let document = self.text(&format!("{path}.document"), &allocation.document);
        let amount = self.rupiah(&format!("{path}.amount"), allocation.amount, 1);
        self.claim("allocation", &format!("{tranche}/{regency}/{document}"), path, "document");
        rows::Allocation { tranche, regency, amount, document }
    }

    fn window(&mut self, path: &str, tranche: &file::Tranche) -> (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>) {
        let opens = self.moment(&format!("{path}.opens_at"), &tranche.opens_at);
        let closes = self.moment(&format!("{path}.closes_at"), &tranche.closes_at);
        let returns = self.moment(&format!("{path}.returns_at"), &tranche.returns_at);
        if let (Some(opens), Some(closes)) = (opens, closes)
            && opens >= closes
        {
            self.wrong(&format!("{path}.closes_at"), "not after opens_at".into(), "let the window end after it begins");
        }
        if let (Some(closes), Some(returns)) = (closes, returns)
            && closes > returns
        {
            self.wrong(&format!("{path}.returns_at"), "before closes_at".into(), "let money go back after the last hand-over");
        }
        (opens.unwrap_or_default(), closes.unwrap_or_default(), returns.unwrap_or_default())
    }

    fn pay_points(&mut self, given: &[file::Placed<file::PayPoint>]) -> (Vec<rows::PayPoint>, Vec<rows::Village>, Vec<rows::Village>) {
        let (mut points, mut villages, mut visits) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for (path, point) in given {
            let code = self.code("pay_point", path, "code", &point.code);
            places::villages(self, path, point, &mut villages);
            let kind = places::kind(self, path, &point.kind);
            places::position(self, path, point);
            places::visits(self, path, point, &mut visits);
            let (opens, closes) = self.hours(path, point);
            let closed = places::capacity(self, path, point);
            points.push(rows::PayPoint {
                code,
                kind,
                name: self.text(&format!("{path}.name"), &point.name),
                address: self.text(&format!("{path}.address"), &point.address),
                latitude: point.latitude,
                longitude: point.longitude,
                radius_m: point.radius_m,
                utc_offset_minutes: point.utc_offset_minutes,
                opens,
                closes,
                per_hour: point.per_hour,
                per_day: point.per_day,
                closed,
            });
        }
        let rows = |served: places::Served| {
            served.into_iter().map(|(village, (pay_point, _))| rows::Village { village: village.to_string(), pay_point }).collect()
        };
        (points, rows(villages), rows(visits))
    }

    fn hours(&mut self, path: &str, point: &file::PayPoint) -> (NaiveTime, NaiveTime) {
        let opens = self.time_of_day(&format!("{path}.opens"), &point.opens);
        let closes = self.time_of_day(&format!("{path}.closes"), &point.closes);
        if let (Some(opens), Some(closes)) = (opens, closes)
            && opens >= closes
        {
            self.wrong(&format!("{path}.closes"), "not after opens".into(), "give local times of one day");
        }
        (opens.unwrap_or_default(), closes.unwrap_or_default())
    }

    fn offices(&mut self, given: &[file::Placed<file::Office>]) -> Vec<rows::Office> {
        let office = |(path, office): &file::Placed<file::Office>| rows::Office {
            code: self.code("office", path, "code", &office.code),
            name: self.text(&format!("{path}.name"), &office.name),
            regency: self.regency(&format!("{path}.regency"), &office.regency),
        };
        given.iter().map(office).collect()
    }

    fn tellers(&mut self, given: &[file::Placed<file::Teller>]) -> Vec<rows::Teller> {
        let teller = |(path, teller): &file::Placed<file::Teller>| {
            self.exists("office", &teller.office, &format!("{path}.office"));
            rows::Teller {
                code: self.code("teller", path, "code", &teller.code),
                name: self.text(&format!("{path}.name"), &teller.name),
                office: teller.office.clone(),
                float: self.rupiah(&format!("{path}.float"), teller.float, 0),
            }
        };
        given.iter().map(teller).collect()
    }

    fn devices(&mut self, given: &[file::Placed<file::Device>]) -> Vec<rows::Device> {
        let device = |(path, device): &file::Placed<file::Device>| {
            self.exists("pay_point", &device.pay_point, &format!("{path}.pay_point"));
            let code = self.code("device", path, "code", &device.code);
            let key = device.public_key.to_ascii_lowercase();
            let field = format!("{path}.public_key");
            if is_public_key(&key) {
                self.claim("public key", &key, path, "public_key");
            } else {
                self.wrong(&field, "not an Ed25519 public key".into(), "give the 64 hexadecimal digits that the device shows");
            }
            rows::Device { code, pay_point: device.pay_point.clone(), public_key: format!("\\x{key}") }
        };
        given.iter().map(device).collect()
    }

    fn sources(&mut self, given: &[file::Placed<file::Source>]) -> Vec<rows::Source> {
        let source = |(path, source): &file::Placed<file::Source>| {
            let field = format!("{path}.name");
            if !salur_domain::ids::is_source(&source.name) {
                self.wrong(&field, "not a source name".into(), "use 1 to 32 lower-case letters, digits and hyphens");
            }
            self.claim("source", &source.name, path, "name");
            rows::Source { name: source.name.clone(), description: self.text(&format!("{path}.description"), &source.description) }
        };
        given.iter().map(source).collect()
    }
}

/// One field each.
impl Checker {
    pub(super) fn wrong(&mut self, path: &str, reason: String, remedy: &str) {
        self.problems.push(Problem::new(path, reason, remedy));
    }

    /// Notes where a row stands; a key belongs to one row.
    fn claim(&mut self, what: &'static str, key: &str, path: &str, field: &str) {
        if let Some(first) = self.paths.insert((what, key.to_owned()), path.to_owned()) {
            self.wrong(&format!("{path}.{field}"), format!("{what} `{key}` stands at {first} already"), "remove or rename one of them");
        }
    }

    fn exists(&mut self, what: &'static str, key: &str, path: &str) {
        if self.whole && !self.paths.contains_key(&(what, key.to_owned())) {
            self.wrong(path, format!("there is no {what} `{key}` in the file"), "correct the code, or add it");
        }
    }

    fn code(&mut self, what: &'static str, path: &str, field: &str, code: &str) -> String {
        if !is_code(code) {
            self.wrong(&format!("{path}.{field}"), "not a code".into(), CODE_REMEDY);
        }
        self.claim(what, code, path, field);
        code.to_owned()
    }

    fn text(&mut self, path: &str, text: &str) -> String {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.chars().count() > MAX_TEXT || trimmed.chars().any(char::is_control) {
            self.wrong(path, "empty, too long or with control characters".into(), "give 1 to 200 characters on one line");
        }
        trimmed.to_owned()
    }

    fn rupiah(&mut self, path: &str, amount: i64, least: i64) -> Rupiah {
        if amount < least {
            self.wrong(path, format!("less than {least}"), "give whole rupiah");
        }
        Rupiah::new(amount).unwrap_or_default()
    }

    fn regency(&mut self, path: &str, text: &str) -> String {
        if let Some(code) = RegencyCode::parse(text).ok().filter(|code| code.is_known()) {
            return code.to_string();
        }
        self.wrong(path, format!("`{text}` is no regency or city"), "give its four digits: \"1902\"");
        text.to_owned()
    }

    fn moment(&mut self, path: &str, text: &str) -> Option<DateTime<Utc>> {
        let moment = DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.with_timezone(&Utc));
        if moment.is_none() {
            self.wrong(path, "not a moment".into(), "give date, time and offset: 2020-07-14T08:00:00+07:00");
        }
        moment
    }

    fn time_of_day(&mut self, path: &str, text: &str) -> Option<NaiveTime> {
        let time = ["%H:%M:%S", "%H:%M"].into_iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok());
        if time.is_none() {
            self.wrong(path, "not a time of day".into(), "give hours and minutes: \"08:00\"");
        }
        time
    }
}

fn is_public_key(digits: &str) -> bool {
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits, &mut bytes).is_ok() && VerifyingKey::from_bytes(&bytes).is_ok_and(|key| !key.is_weak())
}

#[cfg(test)]
mod tests;
