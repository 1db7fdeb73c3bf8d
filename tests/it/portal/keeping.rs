//! How long photos are kept, through the doors: destroyed by two people and by the clock, never under a hold; objects that no row names; one person's report.

use chrono::{TimeDelta, Utc};
use reqwest::{Method, StatusCode};
use salur_domain::{CaptureId, vault::DataKey};
use salur_pipeline::photo_keeping;
use salur_store::{keeping, proofs, sweep};
use salur_tests::{Chain, Person, counter::id, in_lab, programme::counters, world::PHOTO_KEY};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};

use super::{
    command_line::Desk,
    gallery::{WHY, looking, paid},
    people::{administrator, person},
    support::House,
};
use crate::{
    evidence::support::{seal_all, sealer_of, verify},
    verify::town::damage,
};

/// What waits for photo-keeping is decided, as its worker would.
async fn decide(house: &House) {
    let mut chain = Chain::new(&house.world);
    chain.publish(house.take("salur.photo-keeping").await);
    chain.run().await;
    assert!(chain.dead.is_empty(), "{:?}", chain.dead[0].headers.cause);
}

/// A wish, and what comes of it: its effect and reason.
pub async fn destroy(house: &House, token: &str, capture: impl std::fmt::Display, ground: &str) -> (String, String) {
    let body = json!({ "ground": ground, "document": "PN-7/2026" });
    let told = house.call(Method::POST, &format!("/api/proofs/{capture}/destroy"), Some(token), Some(&body)).await;
    assert_eq!(told.0, StatusCode::ACCEPTED, "{}", told.1);
    decide(house).await;
    let door = format!("/api/destructions/{}", told.1["decision"].as_str().expect("an id"));
    let effect = house.call(Method::GET, &door, Some(token), None).await.1["effect"].clone();
    let word = |field: &str| effect[field].as_str().unwrap_or_else(|| panic!("decided: {effect}")).to_owned();
    (word("effect"), word("reason"))
}

fn came(effect: &str, reason: &str) -> (String, String) {
    (effect.to_owned(), reason.to_owned())
}

pub async fn objects(house: &House, folder: &str) -> Vec<String> {
    house.world.tools.blobs.list(folder, None).await.expect("the store answers").into_iter().map(|object| object.key).collect()
}

/// A piece of its upload that was left behind.
async fn leave_a_piece(house: &House, capture: CaptureId) {
    let put = house.world.tools.blobs.put(&format!("pieces/{capture}/00000000-00000006"), "a half".into(), "image/jpeg").await;
    put.expect("the store takes it");
}

/// Whoever brings the key back, or signs for two, is named.
async fn is_named_when_it_is_changed(house: &House, gone: CaptureId) {
    damage(&house.world, &format!("UPDATE proofs SET photo_key = '\\x01' WHERE capture = '{gone}'")).await;
    damage(&house.world, "UPDATE photo_destructions SET actor = 'agus.salim' WHERE effect = 'signed'").await;
    let named = house.world.violations().await.join("\n");
    assert!(named.contains("its key is still there") && named.contains("nobody else signed"), "{named}");
    assert!(verify(&house.world, None).await.damages.iter().any(|line| line.contains("photo_destructions ")), "and the change too");
}

#[tokio::test]
async fn a_photo_is_destroyed_by_two_people_and_its_digest_its_findings_and_its_case_are_kept() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let rina = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let agus = person(&house, &admin, "agus.salim", "supervisor", None).await;
        let auditor = person(&house, &admin, "an.auditor", "auditor", None).await;
        let [one, ..] = counters();
        let (gone, kept) = (paid(&house, 0, &one).await.capture, paid(&house, 1, &one).await.capture);
        let mut looker = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let photo = looker.get(&format!("/proofs/{gone}")).await.between("<a href=\"/proofs/", "\"").to_owned();
        assert_eq!(looker.get(&format!("/proofs/{photo}")).await.status, StatusCode::OK, "there is a view too");
        let wrapped: Vec<u8> = house.world.one(&format!("SELECT photo_key FROM proofs WHERE capture = '{gone}'")).await;
        let sealed = house.world.tools.blobs.get(&proofs::original_key(gone, &wrapped)).await.expect("answers").expect("there");
        let context = salur_pipeline::photo_context(gone);
        let key = DataKey::unwrap(&salur_domain::vault::WrappingKey::new(&PHOTO_KEY), &context, &wrapped).expect("it opens");
        assert!(key.open(&context, &sealed).is_ok(), "the control: with its key a copy of the object opens");

        leave_a_piece(&house, gone).await;
        let body = json!({ "ground": "court_order", "document": "PN-7/2026" });
        let door = format!("/api/proofs/{gone}/destroy");
        let told = house.call(Method::POST, &door, Some(&auditor), Some(&body)).await;
        assert_eq!(told.0, StatusCode::FORBIDDEN, "an auditor changes nothing");
        assert_eq!(destroy(&house, &rina, gone, "retention_ended").await, came("refused", "kept"), "no order, and the tranche is open");
        assert_eq!(destroy(&house, &rina, gone, "court_order").await, came("signed", ""));
        assert_eq!(destroy(&house, &rina, gone, "court_order").await, came("refused", "signed"), "one person is one");
        assert_eq!(destroy(&house, &agus, gone, "data_subject").await, came("signed", ""), "on another ground it is another wish");
        assert_eq!(destroy(&house, &agus, gone, "court_order").await, came("carried_out", ""));
        assert_eq!(destroy(&house, &agus, gone, "court_order").await, came("refused", "destroyed"));

        let left = |keys: &[String]| keys.iter().filter(|key| key.contains(&gone.to_string())).count();
        for folder in sweep::FOLDERS {
            let keys = objects(&house, folder).await;
            assert_eq!(left(&keys), 0, "{folder}: {keys:?}");
            assert!(["views/", "pieces/"].contains(&folder) || !keys.is_empty(), "the other photo is untouched: {folder}");
        }
        let row = format!(
            "SELECT format('%s %s %s', photo_key IS NULL, length(sha256), (SELECT count(*) FROM likenesses l WHERE l.capture = f.capture))
             FROM proofs f WHERE capture = '{gone}'"
        );
        assert_eq!(house.world.one::<String>(&row).await, "t 32 0");
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        seal_all(&mut sealer_of(&house.world), &house.world).await;
        assert_eq!(verify(&house.world, None).await.damages, Vec::<String>::new(), "and so does the evidence");
        let case = looker.get(&format!("/proofs/{gone}")).await;
        assert!(case.text().contains("Foto ini dimusnahkan") && case.text().contains("PN-7/2026"), "{}", case.text());
        assert!(
            !case.text().contains(&format!("/proofs/{gone}/photo")) && !case.text().contains("/thumbnail"),
            "nothing is asked for that is gone"
        );
        assert_eq!(looker.get(&format!("/proofs/{photo}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(looker.post(&format!("/proofs/{gone}/original"), &[]).await.status, StatusCode::GONE);
        assert!(looker.get(&format!("/proofs/{kept}")).await.text().contains(&format!("/proofs/{kept}/photo")));
        is_named_when_it_is_changed(&house, gone).await;
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn nothing_under_a_legal_hold_is_destroyed_by_people_or_by_the_clock() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let rina = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let agus = person(&house, &admin, "agus.salim", "supervisor", None).await;
        let capture = paid(&house, 1, &counters()[0]).await.capture; // of one tranche: every tranche of a visit must be over
        let say = async |token: &str, door: &str, body: &Value| house.call(Method::POST, door, Some(token), Some(body)).await;
        let years = json!({ "programme": "BST", "years": 5, "document": "SK-5/2026" });
        assert_eq!(say(&rina, "/api/retentions", &years).await.1["in_force"], Value::Null);
        assert_eq!(say(&rina, "/api/retentions", &years).await.1["in_force"], Value::Null, "one person is one");
        assert_eq!(say(&agus, "/api/retentions", &years).await.1["in_force"], 5);
        let close = |years: u32| format!("UPDATE tranches SET closed_at = now() - interval '{years} years 1 day' WHERE id = 4");
        let close = async |years| house.world.sql.execute(AssertSqlSafe(close(years))).await.expect("the owner may");
        let due = async || photo_keeping::due(&house.world.tools).await.expect("the clock looks");
        close(4).await;
        assert!(due().await.is_empty(), "four years are not five");
        close(5).await;
        assert_eq!(due().await.len(), 1);
        let hold = json!({ "tranche": "BST-4", "document": "KPK-3/2026" });
        let placed = say(&rina, "/api/legal-holds", &hold).await;
        assert_eq!(placed.0, StatusCode::CREATED, "{}", placed.1);
        assert!(due().await.is_empty(), "the clock waits");
        for ground in ["retention_ended", "court_order"] {
            assert_eq!(destroy(&house, &rina, capture, ground).await, came("refused", "held"), "{ground}");
        }
        assert_eq!(say(&rina, "/api/legal-holds", &json!({ "tranche": "BST-99", "document": "x" })).await.1["error"], "held");
        let end = format!("/api/legal-holds/{}/end", placed.1["hold"].as_str().expect("an id"));
        let letter = json!({ "document": "KPK-4/2031" });
        assert_eq!(say(&agus, &end, &letter).await.0, StatusCode::OK);
        assert_eq!(say(&agus, &end, &letter).await.0, StatusCode::NOT_FOUND, "once");
        // what the clock says is heard twice, and decided once
        let mut chain = Chain::new(&house.world);
        chain.tell("clock", &due().await);
        chain.tell("clock again", &due().await);
        chain.run().await;
        let effects =
            "SELECT format('%s %s %s', ground, effect, coalesce(actor, 'clock')) FROM photo_destructions WHERE reason = '' ORDER BY 1";
        assert_eq!(house.world.column(effects).await, ["retention_ended carried_out clock"]);
        assert!(due().await.is_empty() && objects(&house, "proofs/").await.is_empty());
        let opened = "UPDATE tranches SET closed_at = NULL WHERE id = 4"; // it was closed by nobody, to let years pass
        house.world.sql.execute(opened).await.expect("the owner may");
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        let back = "ALTER TABLE proofs DISABLE TRIGGER USER; UPDATE proofs SET photo_key = '\\x00'; ALTER TABLE proofs ENABLE TRIGGER USER";
        house.world.sql.execute(back).await.expect("the owner may");
        let found = house.world.violations().await;
        assert!(found.iter().any(|found| found.starts_with("destroyed-photos: ")), "{found:?}");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn objects_that_no_row_names_are_swept_when_they_are_old_and_no_other() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let capture = paid(&house, 0, &counters()[0]).await.capture;
        let (blobs, database) = (&house.world.tools.blobs, &house.world.tools.database);
        let bytes = || bytes::Bytes::from_static(b"orphan");
        let orphans = [
            format!("proofs/{capture}/0000000000000000"),
            format!("proofs/{}/0000000000000000", id(55)),
            format!("thumbnails/{}/0000000000000000", id(55)),
            format!("views/{}/0000000000000000", id(55)),
            format!("pieces/{capture}/00000000-00000006"),
        ];
        let stay = [format!("incoming/{}", id(56)), format!("pieces/{}/stated", id(56)), "proofs/not-ours".to_owned()];
        for key in orphans.iter().chain(&stay) {
            blobs.put(key, bytes(), "image/jpeg").await.expect("the store takes it");
        }
        let swept = async |is_dry, most, days| {
            let mut gone = 0;
            for folder in sweep::FOLDERS {
                let now = Utc::now() + TimeDelta::days(days);
                gone += sweep::sweep((database, blobs), folder, most, is_dry, now).await.expect("it can be swept").orphans;
            }
            gone
        };
        let before = objects(&house, "").await;
        assert_eq!(swept(false, 100, 0).await, 0, "what is young may still get its row");
        assert_eq!(swept(true, 100, 2).await, 6, "and the upload that was judged");
        assert_eq!(objects(&house, "").await, before, "a dry run deletes nothing");
        assert_eq!(swept(false, 1, 2).await, 5, "one of a folder");
        assert_eq!(swept(false, 100, 2).await, 1);
        let left = objects(&house, "").await;
        assert!(orphans.iter().all(|key| !left.contains(key)) && stay.iter().all(|key| left.contains(key)), "{left:?}");
        assert!(!left.contains(&proofs::incoming_key(capture)), "the plain bytes are gone, the sealed ones are kept");
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        assert_eq!(swept(false, 100, 100).await, 2, "an upload that nobody spoke of in ninety days, and one given up in pieces");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_person_is_told_what_is_held_and_who_looked() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let capture = paid(&house, 0, &counters()[0]).await.capture;
        let mut looker = looking(&house, &admin, "the.auditor", "auditor", "").await;
        looker.get(&format!("/proofs/{capture}")).await;
        let rina = Desk::new(&house, "rina");
        let made = house
            .call(Method::POST, "/api/actors", Some(&admin), Some(&json!({ "name": "rina.wati", "kind": "person", "role": "supervisor" })))
            .await;
        assert!(made.0.is_success(), "{}", made.1);
        let login = ["login", "--server", &house.address, "--as", "rina.wati", "--code", made.1["code"].as_str().expect("a code")];
        let (done, said) = rina.run(&login).await;
        assert!(done, "{said}");
        let nik = Person::new(0).nik();
        let ask = ["subject", "report", "--nik", nik.digits(), "--why", "letter of 3 May 2026"];
        let (done, said) = rina.run(&[&ask[..], &["--json"]].concat()).await;
        assert!(done, "{said}");
        let report: Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!(report["rows"][0]["data"]["nik"], nik.digits());
        assert_eq!(report["proofs"][0]["capture"], capture.to_string());
        let events: Vec<&str> =
            report["payments"][0]["events"].as_array().into_iter().flatten().filter_map(|event| event["event"].as_str()).collect();
        assert!(events.contains(&"cheque_issued") && events.contains(&"claimed"), "{events:?}");
        let looks: Vec<String> = report["looks"].as_array().into_iter().flatten().map(Value::to_string).collect();
        assert!(looks.iter().any(|look| look.contains("the.auditor") && look.contains("proofs_seen") && look.contains(WHY)), "{looks:?}");
        let (done, said) = rina.run(&ask).await;
        assert!(done && said.contains("subject_reported") && said.contains("letter of 3 May 2026"), "it is itself told: {said}");
        let (done, said) = rina.run(&["subject", "report", "--nik", Person::new(77).nik().digits(), "--why", "letter of 3 May 2026"]).await;
        assert!(!done && said.contains("nothing is held"), "{said}");
        let kept = house.world.column("SELECT detail::text FROM audit WHERE act = 'subject_reported'").await;
        assert!(kept.len() == 3 && kept.iter().all(|detail| !detail.contains(nik.digits())), "no number stands in a record: {kept:?}");

        // the same person looks at, checks and carries out a proof
        let of = capture.to_string();
        let why = ["--why", "letter of 3 May 2026"];
        let (done, said) = rina.run(&[&["proof", "show", &of], &why[..]].concat()).await;
        assert!(done && said.contains("photo        kept"), "{said}");
        let (done, said) = rina.run(&[&["proof", "verify", &of], &why[..]].concat()).await;
        assert!(done && said.contains("the bytes that were judged and that the device signed for"), "{said}");
        let out = rina.home.join("case.zip");
        let (done, said) = rina.run(&[&["proof", "export", &of, "--out", &out.to_string_lossy()], &why[..]].concat()).await;
        assert!(done && out.metadata().is_ok_and(|file| file.len() > 1_000), "{said}");
        let (done, said) = rina.run(&["proof", "hold", "place", "--capture", &of, "--document", "PN-1"]).await;
        assert!(done, "{said}");
        let (done, said) = rina.run(&["proof", "hold", "list"]).await;
        assert!(done && said.contains(&of), "{said}");
        let standing = keeping::holds(&house.world.tools.database).await.expect("read");
        assert_eq!(standing.len(), 1);
        house.close().await;
    })
    .await;
}
