//! From rows to a file: opens what was sealed at intake, puts the families in the order in which they come, then of their names, and has the pack drawn.
//!
//! A row that does not open, since its batch's key was destroyed or it was changed, stands in the list masked, and is counted.

use std::collections::HashMap;

use chrono::FixedOffset;
use salur_domain::{
    BatchId, Disposed, Disposition, Rupiah, calendar,
    name::Name,
    reason::Language,
    region::{self, VillageCode},
    vault::{DataKey, Keys},
};
use salur_media::{
    cheque::Face,
    hash,
    pack::{self, Entry, Heading},
};
use salur_schemas::RecipientSubmitted;
use salur_store::{
    Timestamp,
    packs::{Contents, Family, NewPack, Place, Point},
};

/// Why a pack was not drawn.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be.
    #[error("a pack was not drawn")]
    Draw(#[source] pack::Error),
    /// A row names a pay point that does not exist.
    #[error("pay point {0} of a pack does not exist")]
    Point(String),
    /// Larger than a file of 2 GiB, which the number of cheques forbids.
    #[error("a pack is too large")]
    Size,
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// A pack, drawn.
#[derive(Debug)]
pub(super) struct Drawn {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its row, without who asked for it.
    pub row: NewPack,
}

/// Who a family is, in full.
struct Person {
    name: String,
    address: String,
    is_open: bool,
}

/// What stands on the cheques of one pay point.
struct Counter<'a> {
    point: &'a Point,
    window: String,
}

/// Draws the pack of what waits in a village.
pub(super) fn draw(keys: &Keys, place: &Place, contents: &Contents, complaints: &str) -> Result<Drawn, Error> {
    let opened = open_keys(keys, &contents.data_keys);
    let mut families: Vec<(Person, &Family)> = contents.families.iter().map(|family| (person(&opened, family), family)).collect();
    families.sort_by_cached_key(|(person, family)| {
        (family.slot_day.is_none(), family.slot_day, family.slot_from, person.name.to_lowercase(), family.payment)
    });
    let slots: Vec<String> = families.iter().map(|(_, family)| slot(family)).collect();
    let unreadable = families.iter().filter(|(person, _)| !person.is_open).count();
    let counters = counters(contents);
    let entries: Vec<Entry> =
        families.iter().zip(&slots).map(|(one, slot)| entry(contents, &counters, complaints, one, slot)).collect::<Result<_, _>>()?;
    let (village, regency) = names(&place.1);
    let heading = Heading {
        programme: &contents.title.programme,
        tranche: &contents.title.tranche,
        village: &village,
        code: &place.1,
        regency: &regency,
        generation: &contents.generation,
    };
    let drawn = pack::draw(&heading, &entries).map_err(Error::Draw)?;
    let small = |number: usize| i32::try_from(number).map_err(|_| Error::Size);
    let row = NewPack {
        place: place.clone(),
        generation: contents.generation.clone(),
        cheques: contents.families.iter().map(|family| (family.payment, family.version)).collect(),
        rupiah: Rupiah::sum(contents.families.iter().map(Family::amount)).map_err(|_| Error::Draw(pack::Error::Sum))?,
        pages: small(drawn.pages)?,
        size: small(drawn.bytes.len())?,
        sha256: hash::sha256(&drawn.bytes).as_bytes().to_vec(),
        unreadable: small(unreadable)?,
        asked_by: String::new(),
    };
    Ok(Drawn { bytes: drawn.bytes, row })
}

fn open_keys(keys: &Keys, wrapped: &HashMap<BatchId, Vec<u8>>) -> HashMap<BatchId, DataKey> {
    let opened = wrapped.iter().filter_map(|(batch, key)| {
        let key = DataKey::unwrap(keys.rows(), batch.0.as_bytes(), key);
        Some((*batch, key.inspect_err(|error| tracing::error!(%error, %batch, "a data key does not open")).ok()?))
    });
    opened.collect()
}

fn person(keys: &HashMap<BatchId, DataKey>, family: &Family) -> Person {
    let (batch, row) = family.key();
    let read = || {
        let plain = keys.get(&batch)?.open(&crate::row_context(batch, &row), &family.sealed).ok()?;
        let submitted: RecipientSubmitted = serde_json::from_slice(&plain).ok()?;
        Some(Person { name: Name::parse(&submitted.name)?.text, address: submitted.address, is_open: true })
    };
    read().unwrap_or_else(|| Person { name: family.masked_name.clone(), address: String::new(), is_open: false })
}

fn counters(contents: &Contents) -> HashMap<&str, Counter<'_>> {
    let counter = |point: &'_ Point| {
        let zone = FixedOffset::east_opt(point.utc_offset_minutes * 60).expect("the table bounds offsets to a day");
        let day = |moment: Timestamp| calendar::short_date(moment.with_timezone(&zone).date_naive(), Language::Indonesian);
        format!("{} – {}", day(contents.title.opens_at), day(contents.title.closes_at))
    };
    contents.points.iter().map(|(code, point)| (code.as_str(), Counter { point, window: counter(point) })).collect()
}

fn entry<'a>(
    contents: &'a Contents,
    counters: &'a HashMap<&str, Counter<'a>>,
    complaints: &'a str,
    (person, family): &'a (Person, &'a Family),
    slot: &'a str,
) -> Result<Entry<'a>, Error> {
    let counter = counters.get(family.pay_point.as_str()).ok_or_else(|| Error::Point(family.pay_point.clone()))?;
    let face = Face {
        programme: &contents.title.programme,
        tranche: &contents.title.tranche,
        masked_name: &family.masked_name,
        masked_nik: &family.masked_nik,
        amount: family.amount(),
        pay_point: &counter.point.name,
        pay_point_address: &counter.point.address,
        window: &counter.window,
        slot,
        complaints,
        serial: &family.serial,
        token: &family.token,
        specimen: contents.title.specimen,
    };
    Ok(Entry { name: &person.name, address: &person.address, face })
}

fn slot(family: &Family) -> String {
    let hour = |(day, from)| calendar::hour(day, from, Language::Indonesian);
    family.slot_day.zip(family.slot_from).map(hour).unwrap_or_default()
}

/// Village with its district, and regency; codes where today's list has lost them.
fn names(code: &str) -> (String, String) {
    let Ok(village) = VillageCode::parse(code) else { return (code.to_owned(), String::new()) };
    let of = region::village_name(village).unwrap_or(code);
    let district = region::district_name(village.district()).map(|district| format!(", Kec. {district}")).unwrap_or_default();
    let regency = region::regency_name(village.regency()).unwrap_or_default();
    (format!("{of}{district}"), regency.to_owned())
}
