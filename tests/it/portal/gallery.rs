//! The auditors' gallery: who sees which photo, what is recorded of it, and what a supervisor decides on a case.

use reqwest::StatusCode;
use salur_pipeline::photo_ingest;
use salur_schemas::ProofCaptured;
use salur_tests::{
    Chain, Person,
    counter::{Shot, id},
    in_lab,
    photos::photo,
    programme::{Counter, counters},
};

use super::{
    browser::{Browser, signed_in},
    people::administrator,
    proofs::{decide, doubtful},
    support::House,
};

pub const WHY: &str = "audit of tranche 4, assignment 12/2026";

/// A family paid with a photo that is believed.
pub async fn paid(house: &House, number: u32, counter: &Counter) -> ProofCaptured {
    let paper = house.world.paper(4, &Person::new(number)).await;
    let claim = house.world.granted(id(number), &paper, counter).await;
    let shot = Shot::new(number, &claim, &paper, counter);
    house.world.upload(shot.statement.capture, &shot.photo).await;
    let captured = shot.signed(counter);
    let mut chain = Chain::new(&house.world);
    chain.tell("paid", &[photo_ingest::In::from(captured.clone())]);
    chain.run().await;
    captured
}

/// Somebody who said why they look.
pub async fn looking<'a>(house: &'a House, admin: &str, name: &'static str, role: &str, region: &str) -> Browser<'a> {
    let mut browser = signed_in(house, admin, name, role, region).await;
    let page = browser.get("/proofs").await;
    assert!(
        page.text().contains("Untuk apa Anda melihat foto keluarga?") && !page.text().contains("<img src=\"/proofs"),
        "first the reason"
    );
    assert_eq!(browser.post("/proofs/why", &[("why", "  x "), ("next", "/proofs")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = browser.post("/proofs/why", &[("why", WHY), ("next", "/proofs?state=questioned")]).await;
    assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/proofs?state=questioned"));
    browser
}

/// A picture without EXIF, of at most 1,600 pixels a side.
fn is_bare(jpeg: &[u8]) -> bool {
    let read = salur_media::exif::read(jpeg).expect("its segments can be walked");
    !read.present && salur_media::photo::examine(jpeg).is_ok_and(|picture| picture.width.max(picture.height) <= 1_600)
}

#[tokio::test]
async fn a_view_is_made_once_and_the_original_leaves_by_a_request_of_its_own() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [one, ..] = counters();
        let capture = paid(&house, 0, &one).await.capture;
        let blobs = &house.world.tools.blobs;
        let views = async || blobs.list("views/", None).await.expect("the store answers");
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let case = auditor.get(&format!("/proofs/{capture}")).await;
        let photo = case.between("<a href=\"/proofs/", "\"").to_owned();
        assert!(views().await.is_empty(), "nobody looked yet");
        let first = auditor.get(&format!("/proofs/{photo}")).await.body;
        let kept = views().await.pop().expect("one view");
        assert!(kept.key.starts_with(&format!("views/{capture}/")) && usize::try_from(kept.size).expect("small") > first.len(), "sealed");
        assert_eq!(auditor.get(&format!("/proofs/{photo}")).await.body, first, "the same again");
        // nothing rests on a view: one that was changed is made again
        blobs.put(&kept.key, bytes::Bytes::from_static(b"changed"), "image/jpeg").await.expect("the store takes it");
        assert_eq!(auditor.get(&format!("/proofs/{photo}")).await.body, first);
        let as_judged: String = house.world.one(&format!("SELECT encode(sha256, 'hex') FROM proofs WHERE capture = '{capture}'")).await;
        let original = auditor.post(&format!("/proofs/{capture}/original"), &[]).await;
        assert_eq!(original.status, StatusCode::OK);
        assert_eq!(salur_media::hash::sha256(&original.body).to_string(), as_judged, "the very bytes that were judged");
        assert!(!is_bare(&original.body), "and what the camera wrote into them");
        let taken = "SELECT actor || ' ' || (detail ->> 'why') || ' ' || (detail ->> 'capture') FROM audit WHERE act = 'original_taken'";
        assert_eq!(house.world.column(taken).await, [format!("the.auditor {WHY} {capture}")]);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_auditor_sees_a_photo_only_from_a_page_that_recorded_it() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [one, ..] = counters();
        let (believed, doubted) = (paid(&house, 0, &one).await, doubtful(&house, 1, &one).await);
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let sheet = auditor.get("/proofs").await;
        assert!(sheet.text().contains(&believed.capture.to_string()) && sheet.text().contains(&doubted.capture.to_string()));
        let recorded =
            "SELECT actor || ' ' || (detail ->> 'page') || ' ' || (detail ->> 'why') || ' ' || jsonb_array_length(detail -> 'captures')
            FROM audit WHERE act = 'proofs_seen' ORDER BY id";
        assert_eq!(house.world.column(recorded).await, [format!("the.auditor sheet {WHY} 2")]);
        let thumbnail = format!("/proofs/{}/thumbnail", believed.capture);
        let mark = sheet.between(&format!("{thumbnail}?m="), "\"").to_owned();
        let seen = auditor.get(&format!("{thumbnail}?m={mark}")).await;
        assert_eq!((seen.status, seen.kind.as_str()), (StatusCode::OK, "image/jpeg"));
        // the mark of a thumbnail opens no photo, and no thumbnail of another; none opens nothing
        for path in [
            thumbnail.clone(),
            format!("{thumbnail}?m={}", "0".repeat(32)),
            format!("/proofs/{}/photo?m={mark}", believed.capture),
            format!("/proofs/{}/thumbnail?m={mark}", doubted.capture),
        ] {
            assert_eq!(auditor.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let case = auditor.get(&format!("/proofs/{}", believed.capture)).await;
        let photo = case.between("<a href=\"/proofs/", "\"").to_owned();
        let shown = auditor.get(&format!("/proofs/{photo}")).await;
        assert_eq!((shown.status, shown.kind.as_str()), (StatusCode::OK, "image/jpeg"));
        assert!(is_bare(&shown.body), "what is looked at carries no metadata");
        assert_eq!(house.world.column(recorded).await.len(), 2, "the sheet and the case; nothing looks like it");
        let mut other = looking(&house, &admin, "an.other", "auditor", "").await;
        assert_eq!(other.get(&format!("/proofs/{photo}")).await.status, StatusCode::NOT_FOUND, "a mark is of one session");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_acts_for_a_region_sees_its_families_alone_and_other_roles_none() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [one, ..] = counters();
        let captured = paid(&house, 0, &one).await;
        let village: String = house.world.one("SELECT village FROM proofs").await;
        let mut here = looking(&house, &admin, "from.here", "supervisor", "1902").await;
        assert!(here.get("/proofs").await.text().contains(&captured.capture.to_string()));
        let mut elsewhere = looking(&house, &admin, "from.aceh", "supervisor", "11").await;
        let sheet = elsewhere.get("/proofs").await;
        assert!(sheet.status == StatusCode::OK && !sheet.text().contains(&captured.capture.to_string()));
        assert_eq!(elsewhere.get(&format!("/proofs?place={village}")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(elsewhere.get(&format!("/proofs/{}", captured.capture)).await.status, StatusCode::NOT_FOUND);
        let mut treasurer = signed_in(&house, &admin, "siti.aminah", "treasurer", "").await;
        for path in ["/proofs".to_owned(), format!("/proofs/{}", captured.capture)] {
            assert_eq!(treasurer.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_sheet_shows_what_its_filters_let_through_a_page_at_a_time() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [one, two, _] = counters();
        let (first, second, third) = (paid(&house, 0, &one).await, doubtful(&house, 1, &one).await, paid(&house, 2, &two).await);
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let village: String = house.world.one(&format!("SELECT village FROM proofs WHERE capture = '{}'", first.capture)).await;
        let all = [&first, &second, &third];
        let shown = async |browser: &mut Browser<'_>, query: &str| {
            let page = browser.get(&format!("/proofs?{query}")).await;
            assert_eq!(page.status, StatusCode::OK, "{query}: {}", page.text());
            all.map(|proof| page.text().contains(&format!("<a href=\"/proofs/{}\"", proof.capture)))
        };
        assert_eq!(shown(&mut auditor, "").await, [true; 3]);
        assert_eq!(shown(&mut auditor, "state=questioned").await, [false, true, false]);
        assert_eq!(shown(&mut auditor, "state=accepted").await, [true, false, true]);
        assert_eq!(shown(&mut auditor, "state=paid").await, [false; 3]);
        assert_eq!(shown(&mut auditor, "finding=EXF01").await, [false, true, false]);
        assert_eq!(shown(&mut auditor, "finding=SAM01").await, [false; 3]);
        assert_eq!(shown(&mut auditor, &format!("teller={}", two.teller)).await, [false, false, true]);
        assert_eq!(shown(&mut auditor, &format!("device={}", one.device)).await, [true, true, false]);
        assert!(shown(&mut auditor, &format!("province=19&regency=1902&place={village}")).await[0]);
        assert_eq!(shown(&mut auditor, "province=11").await, [false; 3]);
        assert_eq!(shown(&mut auditor, "least=600.000").await, [true, false, false], "the first family has two tranches");
        assert_eq!(shown(&mut auditor, "most=599999").await, [false, true, true]);
        assert_eq!(shown(&mut auditor, "from=2100-01-01").await, [false; 3]);
        assert_eq!(shown(&mut auditor, "to=2100-01-01").await, [true; 3]);
        let undo = format!(
            "INSERT INTO hand_over_undos (id, claim, ground, document, device, effect, reason)
             SELECT gen_random_uuid(), claim, 'given_back', '', device, 'carried_out', '' FROM proofs WHERE capture = '{}'",
            first.capture
        );
        sqlx::query(sqlx::AssertSqlSafe(undo)).execute(&house.world.sql).await.expect("the owner may");
        assert_eq!(shown(&mut auditor, "state=undone").await, [true, false, false]);
        assert_eq!(shown(&mut auditor, "state=accepted").await, [false, false, true]);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn sheets_show_each_proof_once_and_say_what_they_cannot_read() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [one, two, _] = counters();
        let (first, second, third) = (paid(&house, 0, &one).await, doubtful(&house, 1, &one).await, paid(&house, 2, &two).await);
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let all = [&first, &second, &third];
        let mut seen = Vec::new();
        let mut path = "/proofs?photos=1&state=".to_owned();
        for sheet in 1..=3 {
            let page = auditor.get(&path).await;
            seen.extend(
                all.iter()
                    .filter(|proof| page.text().contains(&format!("<a href=\"/proofs/{}\"", proof.capture)))
                    .map(|proof| proof.capture),
            );
            if sheet == 3 {
                assert!(!page.text().contains("rel=\"next\""), "the last sheet is full, and no empty one follows");
                break;
            }
            path = page.between("rel=\"next\" href=\"", "\"").replace("&#38;", "&").replace("&amp;", "&");
        }
        seen.sort_unstable();
        let mut expected = all.map(|proof| proof.capture).to_vec();
        expected.sort_unstable();
        assert_eq!(seen, expected, "each once");
        assert!(auditor.get("/proofs?state=&teller=nobody").await.text().contains("Tidak ada bukti dengan saringan ini."));
        for (query, field) in
            [("place=19x2", "place"), ("from=yesterday", "from"), ("least=much", "least"), ("photos=-1&place=%2e%2e", "place")]
        {
            let page = auditor.get(&format!("/proofs?{query}")).await;
            assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && page.text().contains(field), "{query}");
        }
        for naughty in [
            "teller=%00",
            "before=%00~%00",
            "device=%F0%9F%92%A9",
            "teller='%3B--",
            "pay_point=%3Cscript%3E",
            "before=9999",
            "photos=99999999999",
        ] {
            let page = auditor.get(&format!("/proofs?{naughty}")).await;
            assert!(page.status == StatusCode::OK || page.status == StatusCode::BAD_REQUEST, "{naughty}: {}", page.status);
            assert!(!page.text().contains("<script>"), "{naughty}");
        }
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_supervisor_decides_on_the_case_and_the_second_one_sees_that_it_was_decided() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let doubted = doubtful(&house, 0, &counters()[0]).await;
        let case = format!("/proofs/{}", doubted.capture);
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let page = auditor.get(&case).await;
        assert!(page.text().contains("EXF01") && page.text().contains("foto tanpa EXIF") && !page.text().contains("Kirim keputusan"));
        let form = [("ground", "witnesses"), ("document", "BA-7")];
        assert_eq!(auditor.post(&format!("{case}/review"), &form).await.status, StatusCode::FORBIDDEN, "an auditor changes nothing");
        let mut rina = looking(&house, &admin, "rina.wati", "supervisor", "").await;
        let mut agus = looking(&house, &admin, "agus.salim", "supervisor", "1902").await;
        assert!(rina.get(&case).await.text().contains("Kirim keputusan"));
        assert_eq!(
            rina.post(&format!("{case}/review"), &[("ground", "because"), ("document", "BA")]).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        let sent = rina.post(&format!("{case}/review"), &form).await;
        assert_eq!((sent.status, sent.location.as_str()), (StatusCode::SEE_OTHER, format!("{case}?sent=1").as_str()));
        agus.post(&format!("{case}/review"), &[("ground", "photo_false"), ("document", "BA-8")]).await;
        assert!(rina.get(&sent.location).await.text().contains("sedang dijalankan"));
        decide(&house).await;
        let page = agus.get(&case).await;
        assert!(page.text().contains("Dinyatakan dibayar") && page.text().contains("rina.wati") && page.text().contains("BA-7"));
        assert!(page.text().contains("sudah diputuskan lebih dulu") && page.text().contains("BA-8"), "the second one sees it");
        assert!(!page.text().contains("Kirim keputusan"));
        assert!(agus.get("/proofs?state=paid").await.text().contains(&doubted.capture.to_string()));
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn from_a_case_to_the_entries_of_its_payment_is_one_step() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let captured = paid(&house, 0, &counters()[0]).await;
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let case = auditor.get(&format!("/proofs/{}", captured.capture)).await;
        let payment = case.between("<a href=\"/payments/", "\"").to_owned();
        let page = auditor.get(&format!("/payments/{payment}")).await;
        assert!(page.text().contains("recipient → teller_cash") && page.text().contains("Diserahkan dan dibayar"), "{}", page.text());
        assert!(page.text().contains(&format!("/proofs/{}", captured.capture)), "and back");
        let serial: String = house.world.one(&format!("SELECT serial FROM cheques WHERE payment = '{payment}'")).await;
        assert_eq!(auditor.post("/payments", &[("name", &serial)]).await.location, format!("/payments/{payment}"));
        assert!(auditor.post("/payments", &[("name", "1902015204850007")]).await.text().contains("Ini bukan nomor seri"));
        assert_eq!(auditor.get("/payments?name=1902015204850007").await.status, StatusCode::OK, "nothing is looked up by an address");
        assert_eq!(auditor.get(&format!("/payments/{}", id(999))).await.status, StatusCode::NOT_FOUND);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_photo_that_is_gone_or_changed_is_said_aloud() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let captured = paid(&house, 0, &counters()[0]).await;
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let sheet = auditor.get("/proofs").await;
        let path = format!("/proofs/{}", sheet.between("<img src=\"/proofs/", "\""));
        let key: Vec<u8> = house.world.one("SELECT photo_key FROM proofs").await;
        let thumbnail = salur_store::proofs::thumbnail_key(captured.capture, &key);
        assert_eq!(auditor.get(&path).await.status, StatusCode::OK);
        house.world.tools.blobs.delete(&thumbnail).await.expect("the store deletes");
        assert_eq!(auditor.get(&path).await.status, StatusCode::GONE, "gone");
        house.world.tools.blobs.put(&thumbnail, bytes::Bytes::from(photo(9, None)), "application/octet-stream").await.expect("put");
        assert_eq!(auditor.get(&path).await.status, StatusCode::GONE, "changed");
        house.close().await;
    })
    .await;
}
