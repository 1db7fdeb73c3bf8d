//! Every finding is produced by a capture made for it, and the clean one has none. Through the real stage, its child process and the database.

use std::sync::Arc;

use chrono::TimeDelta;
use salur_domain::proof::Place;
use salur_schemas::proof::Position;
use salur_tests::{
    World,
    counter::{Paper, Shot, device_now, id},
    in_lab,
    photos::{Exif, HEIGHT, WIDTH, grey, jpeg, jpeg_of_quality, with_embedded},
    programme::{Counter, counters},
};

use super::{captured, town};

/// What is wrong with a capture.
type Fault = fn(Shot, &Counter) -> Shot;

/// Every fault, and the codes that must come of it.
const FAULTS: [(&str, Fault, &[&str]); 17] = [
    ("nothing", |shot, _| shot, &[]),
    ("a maker's trailer", |shot, _| followed(shot, b"SEFHe trailer"), &["FIL03"]),
    ("a zip behind the picture", |shot, _| followed(shot, b"PK\x03\x04\x14\0"), &["FIL03", "FIL04"]),
    ("night", |shot, counter| pictured(shot, counter, |at, _| if at % 16 == 0 { 200 } else { 2 }), &["PIC02"]),
    ("sun", |shot, counter| pictured(shot, counter, |at, level| if at % 4 == 0 { level } else { 255 }), &["PIC03"]),
    ("a moved camera", |shot, counter| taken(shot, counter, &slope(), 80), &["PIC04"]),
    ("a wall", |shot, counter| taken(shot, counter, &[120; WIDTH as usize * HEIGHT as usize], 80), &["PIC04", "PIC05"]),
    ("an editor", edited, &["ORI01"]),
    ("a small picture of another photo", |shot, counter| embedding(shot, counter, 1), &["ORI02"]),
    ("a small picture as the camera made it", |shot, counter| embedding(shot, counter, 0), &[]),
    (
        "a copy",
        |shot, counter| {
            let picture = grey(number(&shot));
            taken(shot, counter, &picture, 50)
        },
        &["ORI03"],
    ),
    (
        "a photo days later",
        |mut shot, _| {
            shot.received_at += TimeDelta::days(4);
            shot
        },
        &["TIM05"],
    ),
    ("a clock that is fast", fast, &["TIM06"]),
    ("a broken receiver", |shot, _| stated_at(shot, 0.0, 0.0, 12.0), &["PLC04"]),
    ("a place that was typed", |shot, _| stated_at(shot, -3.0, 108.0, 12.0), &["PLC02", "PLC05", "PLC07"]),
    (
        "a device that hardly knows its place",
        |shot, counter| {
            let at = counter.place;
            stated_at(shot, at.latitude, at.longitude, 2_000.0)
        },
        &["PLC06"],
    ),
    (
        "a photo from elsewhere",
        |shot, counter| {
            let elsewhere = Place { latitude: counter.place.latitude + 0.05, ..counter.place };
            let exif = Some(Exif { taken_at: device_now(), place: elsewhere });
            let picture = jpeg(&grey(number(&shot)), exif);
            shot.with_photo(picture)
        },
        &["PLC01", "PLC07"],
    ),
];

/// A number that is the shot's own.
fn number(shot: &Shot) -> u64 {
    shot.statement.capture.0.as_u64_pair().0
}

fn followed(shot: Shot, tail: &[u8]) -> Shot {
    let photo = [&shot.photo, tail].concat();
    shot.with_photo(photo)
}

fn taken(shot: Shot, counter: &Counter, grey: &[u8], quality: u8) -> Shot {
    let photo = jpeg_of_quality(grey, Some(Exif { taken_at: shot.statement.taken_at, place: counter.place }), quality);
    shot.with_photo(photo)
}

/// The shot's picture with each field's level changed; `at` counts fields.
fn pictured(shot: Shot, counter: &Counter, level: impl Fn(usize, u8) -> u8) -> Shot {
    const FIELD: usize = 40;
    let field = |at: usize| at % usize::from(WIDTH) / FIELD + at / usize::from(WIDTH) / FIELD * 3;
    let picture: Vec<u8> = grey(number(&shot)).into_iter().enumerate().map(|(at, shade)| level(field(at), shade)).collect();
    taken(shot, counter, &picture, 80)
}

fn slope() -> Vec<u8> {
    (0..HEIGHT).flat_map(|_| (0..WIDTH).map(|x| u8::try_from(u32::from(x) * 255 / u32::from(WIDTH)).expect("a level"))).collect()
}

/// An XMP packet by which an editor names itself.
fn edited(shot: Shot, _: &Counter) -> Shot {
    let packet = [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), b"<x xmp:CreatorTool=\"Snapseed 2.0\"/>"].concat();
    let length = u16::try_from(packet.len() + 2).expect("short").to_be_bytes();
    let photo = [&shot.photo[..2], &[0xff, 0xe1], &length, &packet, &shot.photo[2..]].concat();
    shot.with_photo(photo)
}

/// With a small picture in its EXIF: its own, or that of the shot so many further on.
fn embedding(shot: Shot, counter: &Counter, further: u64) -> Shot {
    let own = number(&shot);
    let shot = taken(shot, counter, &grey(own), 80);
    let small = jpeg_of_quality(&grey(own + further), None, 30);
    let photo = with_embedded(&shot.photo, &small);
    shot.with_photo(photo)
}

fn fast(mut shot: Shot, counter: &Counter) -> Shot {
    shot.statement.taken_at += TimeDelta::seconds(700);
    shot.statement.clock_offset_s = 700;
    let picture = grey(number(&shot));
    taken(shot, counter, &picture, 80)
}

fn stated_at(mut shot: Shot, latitude: f64, longitude: f64, accuracy_m: f64) -> Shot {
    shot.statement.position = Some(Position { latitude, longitude, accuracy_m });
    shot
}

async fn shot(world: &World, number: u32, paper: &Paper, counter: &Counter) -> Shot {
    let claim = world.granted(id(number), paper, counter).await;
    Shot::new(number, &claim, paper, counter)
}

/// Codes of a capture, in order.
async fn codes(world: &World, shot: &Shot) -> Vec<String> {
    world.column(&format!("SELECT code FROM findings WHERE capture = '{}' ORDER BY code", shot.statement.capture)).await
}

#[tokio::test]
async fn every_planted_fault_has_its_findings_and_the_clean_capture_none() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, u32::try_from(FAULTS.len()).expect("a few")).await;
        let [one, ..] = counters();
        for (number, ((name, fault, expected), paper)) in (1..).zip(FAULTS.iter().zip(&papers)) {
            let shot = fault(shot(&world, number, paper, &one).await, &one);
            world.upload(shot.statement.capture, &shot.photo).await;
            captured(&world, &[&shot.signed(&one)]).await;
            assert_eq!(codes(&world, &shot).await, *expected, "{name}");
        }
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

/// Each way in which a photo is used twice: by another visit, as the counters of two towns or as one counter would.
#[tokio::test]
async fn a_picture_that_proves_another_visit_is_found_however_it_was_saved_again() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 5).await;
        let [one, two, _] = counters();
        let first = shot(&world, 1, &papers[0], &one).await;
        let original = grey(number(&first));
        let first = taken(first, &one, &original, 80);
        let mirrored: Vec<u8> = original.chunks_exact(usize::from(WIDTH)).flat_map(|row| row.iter().rev().copied()).collect();
        let again = taken(shot(&world, 2, &papers[1], &two).await, &two, &original, 71);
        let in_a_mirror = taken(shot(&world, 3, &papers[2], &two).await, &two, &mirrored, 80);
        let cut = taken(shot(&world, 4, &papers[3], &one).await, &one, &magnified(&original), 80);
        let other = shot(&world, 5, &papers[4], &one).await;
        let shots = [(&first, &one), (&again, &two), (&in_a_mirror, &two), (&cut, &one), (&other, &one)];
        for (shot, counter) in shots {
            world.upload(shot.statement.capture, &shot.photo).await;
            captured(&world, &[&shot.signed(counter)]).await;
        }
        for (shot, expected) in
            [(&first, vec![]), (&again, vec!["SAM02"]), (&in_a_mirror, vec!["SAM02"]), (&cut, vec!["SAM03"]), (&other, vec![])]
        {
            assert_eq!(codes(&world, shot).await, expected);
        }
        let named = world.column("SELECT DISTINCT evidence ->> 'other_capture' FROM findings WHERE code = 'SAM03'").await;
        assert_eq!(named, [first.statement.capture.to_string()]);
        assert_eq!(world.statuses().await, [("paid".to_owned(), 2), ("in_question".to_owned(), 3)].into());
    })
    .await;
}

/// The picture without a twentieth of its sides, at its old size.
fn magnified(grey: &[u8]) -> Vec<u8> {
    let inside = |at: u16, size: u16| usize::from(size) / 40 + usize::from(at) * 19 / 20;
    let (width, height) = (WIDTH, HEIGHT);
    (0..height).flat_map(|y| (0..width).map(move |x| grey[inside(y, height) * usize::from(width) + inside(x, width)])).collect()
}

#[tokio::test]
async fn a_teller_faster_than_a_person_is_noted_and_another_at_the_same_time_is_not() {
    in_lab(async |lab| {
        let (mut world, papers) = town(&lab, 3).await;
        let tools = Arc::get_mut(&mut world.tools).expect("nobody else works with them yet");
        tools.proof_policy.least_seconds_a_visit = 15;
        let [one, two, _] = counters();
        let mut found = Vec::new();
        for (number, (counter, paper)) in (1..).zip([&one, &two, &one].into_iter().zip(&papers)) {
            let shot = shot(&world, number, paper, counter).await;
            world.upload(shot.statement.capture, &shot.photo).await;
            captured(&world, &[&shot.signed(counter)]).await;
            found.push(codes(&world, &shot).await);
        }
        assert_eq!(found, [vec![], vec![], vec!["TEL01"]]);
    })
    .await;
}

#[tokio::test]
async fn two_photos_of_one_visit_may_look_alike() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let [one, ..] = counters();
        let first = shot(&world, 1, &papers[0], &one).await;
        let mut second = Shot { statement: first.statement.clone(), ..first.clone() };
        second.statement.capture = salur_domain::CaptureId(id(77));
        let second = taken(second, &one, &grey(1_001), 75);
        for shot in [&first, &second] {
            world.upload(shot.statement.capture, &shot.photo).await;
            captured(&world, &[&shot.signed(&one)]).await;
            assert_eq!(codes(&world, shot).await, Vec::<String>::new());
        }
    })
    .await;
}

/// Two workers decide the same picture for two visits at the same moment; without locks both would believe it.
#[tokio::test]
async fn twins_decided_at_the_same_moment_are_not_both_believed() {
    in_lab(async |lab| {
        const PAIRS: u32 = 4;
        let (world, papers) = town(&lab, 2 * PAIRS).await;
        let [one, two, _] = counters();
        for pair in 0..PAIRS {
            let (left, right) = (2 * pair, 2 * pair + 1);
            let a = shot(&world, left + 1, &papers[left as usize], &one).await;
            let picture = grey(number(&a));
            let a = taken(a, &one, &picture, 80);
            let b = taken(shot(&world, right + 1, &papers[right as usize], &two).await, &two, &picture, 72);
            world.upload(a.statement.capture, &a.photo).await;
            world.upload(b.statement.capture, &b.photo).await;
            let (a_fact, b_fact) = (a.signed(&one), b.signed(&two));
            let (a_alone, b_alone) = ([&a_fact], [&b_fact]);
            tokio::join!(captured(&world, &a_alone), captured(&world, &b_alone));
            let found = [codes(&world, &a).await, codes(&world, &b).await].concat();
            assert_eq!(found, ["SAM02"], "one of the pair {pair}");
        }
    })
    .await;
}
