//! A photo in pieces (`/api/captures/uploads`), and the addresses of many at once (`POST /api/captures/upload-urls`).

use base64::Engine;
use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use ed25519_dalek::Signer;
use reqwest::{Method, StatusCode, header::HeaderMap};
use salur_domain::{CaptureId, ClaimId};
use salur_pipeline::photo_ingest;
use salur_portal::signed;
use salur_store::{proofs, sweep};
use salur_tests::{
    Chain,
    counter::{Shot, id},
    in_lab,
    photos::{Exif, HEIGHT, WIDTH, grey, jpeg_of_quality},
    programme::{Counter, counters},
};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use super::{
    captures::{capture, claimed},
    contract::{assert_as_documented, document},
    keeping::objects,
    support::{House, code},
};

const BEGIN: &str = "/api/captures/uploads";
const PATH: &str = "/api/captures/uploads/{capture}";
const MANY: &str = "/api/captures/upload-urls";
const PARTIAL: &str = "application/partial-upload";
const KIB: usize = 1024;

/// What a door answered.
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("none", |value| value.to_str().expect("text"))
    }

    /// Where it says that the photo has come to, and whether it is whole.
    fn reached(&self) -> (u16, &str, &str) {
        (self.status.as_u16(), self.header("upload-offset"), self.header("upload-complete"))
    }

    fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["error"].as_str().unwrap_or("none"))
    }
}

/// A device and its upload at a portal.
struct Line<'a> {
    house: &'a House,
    counter: &'a Counter,
    capture: CaptureId,
}

impl Line<'_> {
    fn path(&self) -> String {
        format!("{BEGIN}/{}", self.capture)
    }

    fn signature(&self, method: &str, time: &str, body: &[u8]) -> String {
        let signature = self.counter.key.sign(&signed::to_sign(method, &self.path(), time, body));
        base64::engine::general_purpose::STANDARD.encode(signature.to_bytes())
    }

    async fn ask(&self, address: &str, method: Method, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let time = Utc::now().to_rfc3339();
        let signature = self.signature(method.as_str(), &time, &body);
        let mut request = self.house.http.request(method.clone(), format!("{address}{}", self.path()));
        request = request.header(signed::DEVICE_HEADER, self.counter.device).header(signed::TIME_HEADER, &time);
        request = request.header(signed::SIGNATURE_HEADER, signature).body(body);
        request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.expect("the portal answers");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        if method != Method::HEAD {
            assert_as_documented(&document(), &method.as_str().to_lowercase(), PATH, &(status, body.clone()));
        }
        assert!(!status.is_success() || method == Method::DELETE || headers.contains_key("upload-limit"));
        Answer { status, headers, body }
    }

    async fn append(&self, address: &str, offset: usize, bytes: &[u8], is_last: bool) -> Answer {
        let complete = if is_last { "?1" } else { "?0" };
        let headers =
            [("upload-offset", offset.to_string()), ("upload-complete", complete.to_owned()), ("content-type", PARTIAL.to_owned())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.ask(address, Method::PATCH, &headers, bytes.to_vec()).await
    }

    async fn head(&self) -> Answer {
        self.ask(&self.house.address, Method::HEAD, &[], Vec::new()).await
    }

    /// A line that breaks in the middle of a piece.
    async fn break_off(&self, offset: usize, bytes: &[u8]) {
        let time = Utc::now().to_rfc3339();
        let signature = self.signature("PATCH", &time, bytes);
        let head = format!(
            "PATCH {} HTTP/1.1\r\nhost: portal\r\ncontent-length: {}\r\ncontent-type: {PARTIAL}\r\nupload-offset: {offset}\r\nupload-complete: ?0\r\n\
             x-salur-device: {}\r\nx-salur-time: {time}\r\nx-salur-signature: {signature}\r\n\r\n",
            self.path(),
            bytes.len(),
            self.counter.device,
        );
        let address = self.house.address.strip_prefix("http://").expect("an address");
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("the portal listens");
        stream.write_all(head.as_bytes()).await.expect("it reads");
        stream.write_all(&bytes[..bytes.len() / 2]).await.expect("it reads");
        drop(stream);
    }
}

/// The same visit with a photo of some hundred KiB: every pixel a little off.
fn with_large_photo(shot: &Shot, counter: &Counter) -> Shot {
    let mut state = 7_u32;
    let noise = grey(1_001).into_iter().map(|shade| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        shade.saturating_add(u8::try_from(state >> 27).expect("five bits"))
    });
    let pixels: Vec<u8> = noise.collect();
    assert_eq!(pixels.len(), usize::from(WIDTH) * usize::from(HEIGHT));
    let exif = Exif { taken_at: shot.statement.taken_at, place: counter.place };
    shot.clone().with_photo(jpeg_of_quality(&pixels, Some(exif), 95))
}

fn wanted(shot: &Shot) -> Value {
    let statement = &shot.statement;
    json!({ "capture": statement.capture, "claim": statement.claim, "size": statement.size, "sha256": statement.sha256 })
}

async fn begun<'a>(house: &'a House, counter: &'a Counter, shot: &Shot) -> Line<'a> {
    let answer = house.post(counter, BEGIN, &wanted(shot)).await;
    assert_eq!(answer.0, StatusCode::CREATED, "{}", answer.1);
    assert_as_documented(&document(), "post", BEGIN, &answer);
    Line { house, counter, capture: shot.statement.capture }
}

async fn stored(house: &House, capture: CaptureId) -> Option<Bytes> {
    house.world.tools.blobs.get(&proofs::incoming_key(capture)).await.expect("the store answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_in_seven_pieces_over_a_broken_line_and_two_portals_is_paid() {
    in_lab(async |lab| {
        let mut house = House::open(&lab).await;
        let other = house.second();
        let [counter, ..] = counters();
        let (_, shot) = claimed(&house, &counter).await;
        let shot = with_large_photo(&shot, &counter);
        let line = begun(&house, &counter, &shot).await;
        let each = shot.photo.len().div_ceil(7);
        assert!(each >= 32 * KIB, "{each} bytes of a piece");
        assert_eq!(line.head().await.reached(), (204, "0", "?0"));
        let portals = [house.address.clone(), other];
        for (number, piece) in shot.photo.chunks(each).enumerate() {
            let offset = number * each;
            let (end, is_last) = (offset + piece.len(), number == 6);
            if number == 3 {
                line.break_off(offset, piece).await;
                assert_eq!(line.head().await.reached(), (204, offset.to_string().as_str(), "?0"), "half a piece is none");
            }
            let answer = line.append(&portals[number % 2], offset, piece, is_last).await;
            let expected = if is_last { (200, end.to_string(), "?1") } else { (204, end.to_string(), "?0") };
            assert_eq!(answer.reached(), (expected.0, expected.1.as_str(), expected.2), "piece {number}: {}", answer.body);
            let again = line.append(&portals[(number + 1) % 2], offset, piece, is_last).await;
            if is_last {
                assert_eq!((again.code(), again.reached().2), ((400, "completed"), "?1"));
            } else {
                assert_eq!((again.code(), again.reached().1), ((409, "offset"), end.to_string().as_str()), "sent twice");
                assert_eq!((&again.body["expected-offset"], &again.body["provided-offset"]), (&json!(end), &json!(offset)));
            }
        }
        let size = shot.photo.len().to_string();
        assert_eq!(line.head().await.reached(), (204, size.as_str(), "?1"));
        assert_eq!(stored(&house, line.capture).await.as_deref(), Some(&shot.photo[..]), "the same bytes");
        let left = objects(&house, "pieces/").await;
        assert_eq!(left, [format!("pieces/{}/stated", line.capture)], "its pieces are forgotten");
        let (status, body) = house.post(&counter, "/api/captures", &capture(&shot, &counter)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        let mut chain = Chain::new(&house.world);
        chain.tell("capture", &[photo_ingest::In::from(shot.signed(&counter))]);
        chain.run().await;
        assert_eq!(house.world.column("SELECT code FROM findings").await, Vec::<String>::new());
        assert_eq!(house.world.count("payments WHERE status = 'paid'").await, 1);
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pieces_for_one_place_at_once_take_nothing_back_and_a_wrong_digest_begins_anew() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let (_, shot) = claimed(&house, &counter).await;
        let shot = with_large_photo(&shot, &counter);
        let line = begun(&house, &counter, &shot).await;
        let (photo, at) = (&shot.photo, house.address.as_str());
        let (small, large) = tokio::join!(line.append(at, 0, &photo[..32 * KIB], false), line.append(at, 0, &photo[..64 * KIB], false));
        let taken = [&small, &large].into_iter().filter(|answer| answer.status == StatusCode::NO_CONTENT).count();
        assert!(taken >= 1, "{} {}", small.status, large.status);
        let reach: usize = line.head().await.header("upload-offset").parse().expect("a number");
        assert!(reach == 64 * KIB || (reach == 32 * KIB && large.status == StatusCode::CONFLICT), "{reach}: the furthest counts");
        let mut other = photo[reach..].to_vec();
        *other.last_mut().expect("it is large") ^= 1;
        let (first, second) = tokio::join!(line.append(at, reach, &other, true), line.append(at, reach, &other, true));
        for answer in [&first, &second] {
            assert!([(422, "sha256"), (404, "upload"), (503, "busy")].contains(&answer.code()), "{:?}", answer.code());
        }
        assert!([&first, &second].into_iter().any(|answer| answer.code() == (422, "sha256") && answer.header("upload-complete") == "?1"));
        assert!(stored(&house, line.capture).await.is_none() && objects(&house, "pieces/").await.is_empty(), "nothing of it is kept");
        assert_eq!(line.head().await.status, StatusCode::NOT_FOUND);

        let line = begun(&house, &counter, &shot).await;
        assert_eq!(line.append(at, 0, &photo[..100 * KIB], false).await.status, StatusCode::NO_CONTENT);
        let rest = &photo[100 * KIB..];
        let (first, second) = tokio::join!(line.append(at, 100 * KIB, rest, true), line.append(at, 100 * KIB, rest, true));
        for answer in [&first, &second] {
            assert!([(200, "none"), (400, "completed"), (503, "busy"), (409, "offset")].contains(&answer.code()), "{:?}", answer.code());
        }
        assert!([&first, &second].into_iter().any(|answer| answer.status == StatusCode::OK));
        assert_eq!(stored(&house, line.capture).await.as_deref(), Some(&photo[..]));
        house.close().await;
    })
    .await;
}

async fn each_wrong_piece_is_refused(line: &Line<'_>, photo: &[u8]) {
    let (size, at) = (photo.len(), line.house.address.as_str());
    let piece = &photo[..64 * KIB];
    let cases = [
        (line.append(at, 1, piece, false).await, (409, "offset")),
        (line.append(at, 0, &piece[..32 * KIB - 1], false).await, (400, "piece")),
        (line.append(at, 0, piece, true).await, (400, "length")),
        (line.append(at, 0, &vec![0; size + 1], false).await, (400, "length")),
        (line.append(at, 0, &vec![0; 1024 * KIB + 1], false).await, (413, "size")),
        (line.ask(at, Method::PATCH, &[("upload-offset", "0"), ("upload-complete", "?0")], piece.to_vec()).await, (415, "type")),
        (line.ask(at, Method::PATCH, &[("upload-offset", "0"), ("content-type", PARTIAL)], piece.to_vec()).await, (400, "headers")),
        (
            line.ask(at, Method::PATCH, &[("upload-offset", "-1"), ("upload-complete", "?0"), ("content-type", PARTIAL)], piece.to_vec())
                .await,
            (400, "headers"),
        ),
    ];
    for (answer, expected) in cases {
        assert_eq!(answer.code(), expected, "{}", answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let limit = "max-size=16777216, max-append-size=1048576, min-append-size=32768, max-age=";
        assert!(answer.header("upload-limit").starts_with(limit), "{}", answer.header("upload-limit"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_of_an_upload_says_what_is_wrong() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, stranger, _] = counters();
        let (_, shot) = claimed(&house, &counter).await;
        let shot = with_large_photo(&shot, &counter);
        let (size, at) = (shot.photo.len(), house.address.as_str());
        let with = |field: &str, value: Value| {
            let mut body = wanted(&shot);
            body[field] = value;
            body
        };
        for (body, expected) in [
            (with("claim", json!(ClaimId(id(99)))), (404, "claim")),
            (with("sha256", json!("abc")), (422, "sha256")),
            (with("size", json!(16 * 1024 * 1024 + 1)), (422, "size")),
        ] {
            assert_eq!(code(&house.post(&counter, BEGIN, &body).await), expected);
        }
        assert_eq!(code(&house.post(&stranger, BEGIN, &wanted(&shot)).await), (403, "claim"));
        let unknown = Line { house: &house, counter: &counter, capture: shot.statement.capture };
        assert_eq!(unknown.append(at, 0, &shot.photo[..64 * KIB], false).await.code(), (404, "upload"));

        let line = begun(&house, &counter, &shot).await;
        assert_eq!(code(&house.post(&counter, BEGIN, &with("size", json!(size + 1))).await), (409, "upload"), "another photo");
        assert_eq!(house.post(&counter, BEGIN, &wanted(&shot)).await.0, StatusCode::CREATED, "the same again");
        let thief = Line { house: &house, counter: &stranger, capture: line.capture };
        assert_eq!(thief.head().await.status, StatusCode::FORBIDDEN);
        assert_eq!(thief.append(at, 0, &shot.photo[..64 * KIB], false).await.code(), (403, "claim"));
        assert_eq!(thief.ask(at, Method::DELETE, &[], Vec::new()).await.code(), (403, "claim"));
        each_wrong_piece_is_refused(&line, &shot.photo).await;
        assert_eq!(line.head().await.reached(), (204, "0", "?0"), "nothing of that was taken");
        let (status, _) = house.call(Method::PATCH, &line.path(), None, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "who does not sign");
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_given_up_is_forgotten_at_once_or_after_a_week() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let (_, shot) = claimed(&house, &counter).await;
        let shot = with_large_photo(&shot, &counter);
        let at = house.address.as_str();
        let line = begun(&house, &counter, &shot).await;
        assert_eq!(line.append(at, 0, &shot.photo[..64 * KIB], false).await.status, StatusCode::NO_CONTENT);
        assert_eq!(line.ask(at, Method::DELETE, &[], Vec::new()).await.status, StatusCode::NO_CONTENT);
        assert!(objects(&house, "pieces/").await.is_empty());
        assert_eq!(line.ask(at, Method::DELETE, &[], Vec::new()).await.code(), (404, "upload"));

        let line = begun(&house, &counter, &shot).await;
        assert_eq!(line.append(at, 0, &shot.photo[..64 * KIB], false).await.status, StatusCode::NO_CONTENT);
        let tools = &house.world.tools;
        let swept = async |days| {
            let now = Utc::now() + TimeDelta::days(days);
            sweep::sweep((&tools.database, &tools.blobs), "pieces/", 100, false, now).await.expect("it can be swept").orphans
        };
        assert_eq!(swept(6).await, 0, "a device may come back within a week");
        assert_eq!(swept(8).await, 2, "then its piece goes, and what was said of it");
        assert_eq!(line.head().await.status, StatusCode::NOT_FOUND);
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_many_photos_are_told_at_once_each_by_itself() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, stranger, _] = counters();
        let (_, shot) = claimed(&house, &counter).await;
        let mut others = [wanted(&shot), wanted(&shot), wanted(&shot)];
        others[0]["claim"] = json!(ClaimId(id(99)));
        others[1]["size"] = json!(0);
        others[2]["sha256"] = json!("abc");
        let all = [&[wanted(&shot)], &others[..]].concat();
        let states = async |counter: &Counter, uploads: &[Value]| {
            let answer = house.post(counter, MANY, &json!({ "uploads": uploads })).await;
            assert_eq!(answer.0, StatusCode::OK, "{}", answer.1);
            assert_as_documented(&document(), "post", MANY, &answer);
            answer.1["uploads"].as_array().expect("a list").clone()
        };
        let told = states(&counter, &all).await;
        let of = |told: &[Value]| told.iter().map(|one| one["state"].as_str().expect("a state").to_owned()).collect::<Vec<_>>();
        assert_eq!(of(&told), ["wanted", "claim", "size", "sha256"]);
        assert_eq!(of(&states(&stranger, &all[..1]).await), ["claim"], "of another device");
        let put = house.http.put(told[0]["url"].as_str().expect("a URL")).body(shot.photo.clone()).send().await.expect("the store answers");
        assert!(put.status().is_success(), "{}", put.status());
        assert_eq!(of(&states(&counter, &all[..1]).await), ["there"]);
        for count in [0, 101] {
            let uploads = vec![wanted(&shot); count];
            assert_eq!(code(&house.post(&counter, MANY, &json!({ "uploads": uploads })).await), (422, "uploads"));
        }
        assert_eq!(states(&counter, &vec![wanted(&shot); 100]).await.len(), 100, "as many as the door takes fit a signed body");
        house.close().await;
    })
    .await;
}
