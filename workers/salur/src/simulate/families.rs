//! Fictitious families over real villages: the lists of two tranches, with a documented share of bad rows.
//!
//! Nothing is remembered: a family is a function of the seed and its place in the list, so a list of any length streams. NIKs satisfy the
//! rules and are obviously made up: their serials begin at [`FIRST_SERIAL`], which no registry reaches. The second tranche has the same
//! places: [`GONE`] of the families are gone and replaced, [`RENAMED`] of the rest are renamed, [`MOVED`] moved within their regency.
//! Bounds: [`FAMILIES_MAX`]; lists below [`ALL_GOOD_BELOW`] have good rows only.

mod damage;
mod names;

pub use damage::Damage;

use chrono::{Days, NaiveDate};
use salur_domain::{Sex, VillageCode, region, status::RowStatus};
use salur_formats::csv::SubmittedRow;

use super::chance::Chance;

/// Most families of a list.
pub const FAMILIES_MAX: u64 = 10_000_000;
/// Shorter lists have good rows only.
pub const ALL_GOOD_BELOW: u64 = 100;
/// Shares are counted in these.
pub const SHARE_OF: u64 = 10_000;
/// Families of the first tranche that are gone in the second, of [`SHARE_OF`].
pub const GONE: u64 = 500;
/// Families that stay and have another name in the second tranche.
pub const RENAMED: u64 = 100;
/// Families that stay and have another village in the second tranche.
pub const MOVED: u64 = 200;
/// Families that ask to be visited at home, in either tranche.
const VISITED: u64 = 100;
/// Serials of made-up NIKs and household cards.
pub const FIRST_SERIAL: u64 = 9_001;
const SERIALS: u64 = 999;
/// Recipients are born on one of so many days from 1 January 1945 on: up to the end of 2004.
const BIRTH_DAYS: u64 = 21_915;
/// Household cards were issued on one of so many days from 1 January 2005 on: up to the end of 2019.
const CARD_DAYS: u64 = 5_478;
/// A family's place in its district counts once for each tranche.
const TRANCHES: u64 = 2;

/// What a number is for.
#[derive(Clone, Copy)]
enum For {
    Weight = 1,
    Sex,
    GivenName,
    SecondName,
    Street,
    House,
    Neighbourhood,
    Gone,
    Renamed,
    Moved,
    Destination,
    Damage,
    HomeVisit,
}

/// Which tranche of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// The first.
    First,
    /// The second.
    Second,
}

/// A village and the places of the list that lie in it.
#[derive(Debug, Clone)]
struct Block {
    village: VillageCode,
    /// First place.
    from: u64,
    /// First place of its district.
    district_from: u64,
}

/// The families of a programme.
#[derive(Debug)]
pub struct Families {
    chance: Chance,
    count: u64,
    amount: i64,
    blocks: Vec<Block>,
    /// A village without an allocation; none where every regency has one.
    outside: Option<VillageCode>,
}

/// A row, and what should become of it.
#[derive(Debug)]
pub struct Row {
    /// As in the file.
    pub text: SubmittedRow,
    /// What is wrong with it.
    pub damage: Option<Damage>,
    /// Accepted, held or rejected: the row before a bad pair is held too.
    pub status: RowStatus,
    /// In the second list: the family was in the first one.
    pub known: bool,
    /// In the second list: under another name.
    pub renamed: bool,
}

impl Families {
    /// `count` families of `amount` over these villages, which are sorted.
    pub fn new(seed: &str, count: u64, amount: i64, villages: &[VillageCode], outside: Option<VillageCode>) -> Self {
        let chance = Chance::of(seed);
        let weights: Vec<u64> = villages.iter().map(|village| 50 + chance.below(For::Weight as u64, number(*village), 100)).collect();
        let total: u64 = weights.iter().sum();
        let mut blocks: Vec<Block> = Vec::with_capacity(villages.len());
        let mut before = 0;
        for (village, weight) in villages.iter().zip(weights) {
            let from = before * count / total.max(1);
            let of_district = blocks.last().filter(|last| last.village.district() == village.district());
            let district_from = of_district.map_or(from, |last| last.district_from);
            blocks.push(Block { village: *village, from, district_from });
            before += weight;
        }
        Self { chance, count, amount, blocks, outside }
    }

    /// The rows of a list, in order.
    pub fn rows(&self, list: List) -> impl Iterator<Item = Row> + '_ {
        (0..self.count).map(move |place| self.row(list, place))
    }

    /// Families per village of the first list, in order.
    pub fn per_village(&self) -> impl Iterator<Item = (VillageCode, u64)> + '_ {
        let ends = self.blocks.iter().skip(1).map(|block| block.from).chain([self.count]);
        self.blocks.iter().zip(ends).map(|(block, end)| (block.village, end - block.from))
    }

    fn row(&self, list: List, place: u64) -> Row {
        let block = self.block(place);
        let known = list == List::Second && !self.drawn(For::Gone, place, GONE);
        let newcomer = list == List::Second && !known;
        let renamed = known && self.drawn(For::Renamed, place, RENAMED);
        let moved = known && self.drawn(For::Moved, place, MOVED);
        let village = if moved { self.destination(block, place) } else { block.village };
        // a person is a place and whether it was filled again
        let person = place * TRANCHES + u64::from(newcomer);
        let in_district = (place - block.district_from) * TRANCHES + u64::from(newcomer);
        let district = block.village.district().to_string();
        let (nik, born, sex) = self.identity(&district, person, in_district);
        let number = match list {
            List::First => 1,
            List::Second => 2,
        };
        let mut row = SubmittedRow {
            row_ref: format!("{number}-{:08}", place + 1),
            nik,
            kk: card(&district, in_district),
            name: self.name(person, sex, u64::from(renamed)),
            birth_date: born.to_string(),
            sex: sex.as_str().to_owned(),
            address: self.address(if moved { person + 1 } else { person }),
            village: village.to_string(),
            home_visit: if self.drawn(For::HomeVisit, person, VISITED) { "sakit".to_owned() } else { String::new() },
            amount: self.amount.to_string(),
        };
        let damage = self.damage(list, place);
        if let Some(damage) = damage {
            self.spoil(damage, list, place, &mut row);
        }
        let status = match damage {
            Some(damage) => damage.status(),
            // both of a pair are held: nobody can know which is right
            None if self.damage(list, place + 1) == Some(Damage::SameNik) => RowStatus::Held,
            None => RowStatus::Accepted,
        };
        Row { text: row, damage, status, known, renamed }
    }

    /// Makes a row bad.
    fn spoil(&self, damage: Damage, list: List, place: u64, row: &mut SubmittedRow) {
        match damage {
            Damage::SameNik => {
                let twin = self.row(list, place - 1).text;
                (row.nik, row.birth_date, row.sex) = (twin.nik, twin.birth_date, twin.sex);
            }
            Damage::SameHousehold => row.kk = self.row(list, place - 1).text.kk,
            Damage::OutsideAllocation => row.village = self.outside.map(|village| village.to_string()).unwrap_or_default(),
            other => other.spoil(row, self.amount),
        }
    }

    /// What is wrong at a place. A pair needs a good row before it, so the row before decides first.
    fn damage(&self, list: List, place: u64) -> Option<Damage> {
        if self.count < ALL_GOOD_BELOW || place >= self.count {
            return None;
        }
        let of = |place: u64| {
            let list = if list == List::First { 0 } else { 1 << 40 };
            damage::drawn(self.chance.below(For::Damage as u64, list + place, SHARE_OF))
        };
        let drawn = of(place)?;
        let lonely = place == 0 || of(place - 1).is_some();
        let possible = match drawn {
            Damage::SameNik | Damage::SameHousehold => !lonely,
            Damage::OutsideAllocation => self.outside.is_some(),
            _ => true,
        };
        possible.then_some(drawn)
    }

    fn drawn(&self, what: For, place: u64, share: u64) -> bool {
        self.count >= ALL_GOOD_BELOW && self.chance.below(what as u64, place, SHARE_OF) < share
    }

    fn block(&self, place: u64) -> &Block {
        let after = self.blocks.partition_point(|block| block.from <= place);
        &self.blocks[after.saturating_sub(1)]
    }

    /// Another village of the same regency; the same one where there is no other.
    fn destination(&self, block: &Block, place: u64) -> VillageCode {
        let villages: Vec<VillageCode> =
            region::villages(block.village.regency()).map(|(code, _)| code).filter(|code| *code != block.village).collect();
        if villages.is_empty() { block.village } else { self.chance.one_of(For::Destination as u64, place, &villages) }
    }

    /// NIK, birth date and sex. Date and serial together are the place in the district, so no two are equal.
    fn identity(&self, district: &str, person: u64, in_district: u64) -> (String, NaiveDate, Sex) {
        let sex = if self.chance.below(For::Sex as u64, person, 2) == 0 { Sex::Female } else { Sex::Male };
        // 7,919 is prime and no divisor of the days: neighbours in the list are years apart, and every day occurs
        let day = (in_district * 7_919) % BIRTH_DAYS;
        let born = date(1945, day);
        let in_nik = if sex == Sex::Female { 40 } else { 0 } + chrono::Datelike::day(&born);
        let nik = format!("{district}{in_nik:02}{}{}", born.format("%m%y"), serial(in_district / BIRTH_DAYS));
        (nik, born, sex)
    }

    fn name(&self, person: u64, sex: Sex, spelling: u64) -> String {
        let given = if sex == Sex::Female { names::WOMEN } else { names::MEN };
        let given = self.chance.one_of(For::GivenName as u64, person, given);
        let count = u64::try_from(names::SECOND.len()).expect("a short list");
        let second = self.chance.below(For::SecondName as u64, person, count) + spelling;
        let second = names::SECOND[usize::try_from(second % count).expect("below the length of the list")];
        format!("{given} {second}")
    }

    fn address(&self, person: u64) -> String {
        let street = self.chance.one_of(For::Street as u64, person, names::STREETS);
        let house = 1 + self.chance.below(For::House as u64, person, 120);
        let neighbourhood = self.chance.below(For::Neighbourhood as u64, person, 48);
        format!("Jl. {street} No. {house} RT {:03}/RW {:03}", 1 + neighbourhood % 12, 1 + neighbourhood / 12)
    }
}

/// A household card number, by the same means as a NIK.
fn card(district: &str, in_district: u64) -> String {
    let issued = date(2005, (in_district * 7_919) % CARD_DAYS);
    format!("{district}{}{}", issued.format("%d%m%y"), serial(in_district / CARD_DAYS))
}

fn serial(at: u64) -> u64 {
    assert!(at < SERIALS, "more families in a district than made-up serials");
    FIRST_SERIAL + at
}

fn date(year: i32, day: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 1, 1).and_then(|first| first.checked_add_days(Days::new(day))).expect("a day of this or the last century")
}

fn number(village: VillageCode) -> u64 {
    village.to_string().parse().expect("ten digits")
}

#[cfg(test)]
mod tests;
