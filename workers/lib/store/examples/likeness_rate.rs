//! How long it takes to look for photos like a new one, among all that a database remembers: `scripts/bench likenesses` fills it.
//!
//! `likeness_rate DATABASE_URL LOOKS`, where hashes are those of [`hash`]: every tenth look is for a remembered picture of another visit with three bits
//! changed, which must be found, one bit in each of three bands. Each look is what a flight of one photo does, locks and the new row included, and is
//! rolled back. Prints one JSON object: microseconds at the median, at p99 and at most, and what was found.

use std::time::Instant;

use chrono::NaiveDate;
use md5::{Digest, Md5};
use salur_domain::{CaptureId, ClaimId};
use salur_store::{
    Database,
    likenesses::{NewLikeness, remember},
};
use uuid::Uuid;

/// Pay points and days over which the pictures are spread, as the script spreads them.
const PAY_POINTS: u64 = 7_000;
const DAYS: u64 = 30;
const PLANTED_EVERY: u64 = 10;
/// Numbers of the looks, beyond those of any picture that is remembered.
const BEYOND: u64 = 1_000_000_000;

/// The first half of MD5 of the number in decimal digits: SQL makes the same.
fn hash(number: u64) -> i64 {
    let digest = Md5::digest(number.to_string());
    i64::from_be_bytes(digest[..8].try_into().expect("eight of sixteen bytes"))
}

fn photo(number: u64, of: u64) -> NewLikeness {
    let looks_like = number.is_multiple_of(PLANTED_EVERY).then(|| hash(number * 7_919 % of) ^ 0x0001_0000_0001_0001);
    let dct = looks_like.unwrap_or_else(|| hash(BEYOND + number));
    let day = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day") + chrono::Days::new(number % DAYS);
    NewLikeness {
        capture: CaptureId(Uuid::from_u128(u128::from(BEYOND + number))),
        claim: ClaimId(Uuid::from_u128(u128::from(2 * BEYOND + number))),
        programme: "BST".into(),
        pay_point: format!("KP-{}", number % PAY_POINTS),
        day,
        difference: [hash(3 * BEYOND + number), hash(4 * BEYOND + number)],
        dct: [dct, hash(5 * BEYOND + number)],
        cells: vec![0; 1_024],
    }
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let url = args.next().expect("likeness_rate DATABASE_URL LOOKS PHOTOS");
    let [looks, photos] = [(); 2].map(|()| args.next().and_then(|text| text.parse::<u64>().ok()).expect("a number"));
    let database = Database::connect(&url, 1).await.expect("the database answers");
    let (mut took, mut found, mut planted) = (Vec::new(), 0, 0);
    for number in 0..looks {
        let photo = photo(number, photos);
        let mut tx = database.begin_as("photo-ingest").await.expect("a transaction");
        let began = Instant::now();
        let candidates = remember(&mut tx, std::slice::from_ref(&photo)).await.expect("it answers");
        took.push(began.elapsed().as_micros());
        if number.is_multiple_of(PLANTED_EVERY) {
            planted += 1;
            found += u64::from(candidates.anywhere.contains_key(&photo.claim));
        }
    }
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    println!(
        "{{\"looks\":{looks},\"p50_us\":{},\"p99_us\":{},\"most_us\":{},\"planted\":{planted},\"found\":{found}}}",
        at(50),
        at(99),
        at(100)
    );
    assert_eq!(found, planted, "a remembered picture within three bits was not found");
}
