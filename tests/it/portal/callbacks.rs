//! Families who are called back: drawn again by anybody, opened for a reason, answered once; money that is missing is a complaint.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use reqwest::{Method, StatusCode};
use salur_domain::{
    callback::{Confidence, draw},
    sample::Seed,
};
use salur_store::callbacks::{self, Drawing};
use salur_tests::{
    Person, World, in_lab,
    programme::{SOURCE, counters},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    browser::signed_in,
    complaints::serial,
    contract::{assert_as_documented, document},
    gallery::paid,
    people::{administrator, person},
    proofs::doubtful,
    samples::settled,
    support::{House, code},
};

const PATH: &str = "/api/callbacks";
const WHY: &str = "call-backs of tranche 4";

/// A sample of a region with its first family, kept by nobody in particular.
pub async fn drawn(house: &House, region: &str) -> (String, String) {
    let actor = "INSERT INTO actors (name, kind, role, created_by) VALUES ('the.caller', 'person', 'supervisor', 'test')";
    sqlx::query(actor).execute(&house.world.sql).await.expect("the owner may");
    settled(&house.world).await;
    let sample = keep(&house.world, region).await;
    let payment: Uuid = house.world.one("SELECT payment FROM callback_families WHERE place = 1").await;
    (sample.to_string(), payment.to_string())
}

/// Draws whoever was paid in a region and keeps it.
pub async fn keep(world: &World, region: &str) -> Uuid {
    let sample = Uuid::from_u128(56);
    let mut tx = world.tools.database.begin_portal().await.expect("the database is there");
    let as_of = salur_store::gallery::sample::horizon(&mut tx).await.expect("a number");
    let members = callbacks::members(&mut tx, 4, region, as_of).await.expect("read").expect("few");
    let weighted: Vec<(u64, u32)> = members.iter().map(|member| (member.n.cast_unsigned(), member.signs().weight())).collect();
    let (numbers, classes) = draw(&weighted, &Seed::parse("s").expect("a seed"), Confidence::NinetyFive, 50);
    let families: Vec<_> =
        numbers.iter().filter_map(|number| members.iter().find(|one| one.n.cast_unsigned() == *number).cloned()).collect();
    let count = u32::try_from(members.len()).expect("few");
    let drawing =
        Drawing { sample, tranche: 4, region, seed: "s", as_of, confidence: 95, margin: 50, members: count, why: WHY, actor: "the.caller" };
    assert!(callbacks::keep(&mut tx, &drawing, &classes, &families).await.expect("kept"));
    tx.commit().await.expect("committed");
    sample
}

struct Office {
    house: House,
    document: Value,
    supervisor: String,
    clerk: String,
    auditor: String,
    admin: String,
}

impl Office {
    async fn open(lab: &std::sync::Arc<salur_tests::Lab>) -> Self {
        let house = House::open(lab).await;
        let admin = administrator(&house).await;
        let supervisor = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let office = person(&house, &admin, "dinas.sosial", "office", Some(SOURCE)).await;
        let auditor = person(&house, &admin, "the.auditor", "auditor", None).await;
        let [one, two, _] = counters();
        paid(&house, 0, &one).await;
        doubtful(&house, 1, &one).await;
        paid(&house, 2, &two).await;
        let complaint = json!({ "serial": serial(&house, 2).await, "kind": "not_me" });
        assert_eq!(house.call(Method::POST, "/api/complaints", None, Some(&complaint)).await.0, StatusCode::CREATED);
        settled(&house.world).await;
        Self { house, document: document(), supervisor, clerk: office, auditor, admin }
    }

    async fn draw(&self, body: &Value) -> (StatusCode, Value) {
        let answer = self.house.call(Method::POST, PATH, Some(&self.supervisor), Some(body)).await;
        assert_as_documented(&self.document, "post", PATH, &answer);
        answer
    }

    async fn see(&self, sample: &str) -> Value {
        let answer = self.house.call(Method::GET, &format!("{PATH}/{sample}"), Some(&self.auditor), None).await;
        assert_as_documented(&self.document, "get", &format!("{PATH}/{{sample}}"), &answer);
        assert_eq!(answer.0, StatusCode::OK, "{}", answer.1);
        answer.1
    }

    async fn record(&self, who: &str, sample: &str, payment: &str, body: &Value) -> (StatusCode, Value) {
        let path = format!("{PATH}/{sample}/families/{payment}/results");
        let answer = self.house.call(Method::POST, &path, Some(who), Some(body)).await;
        assert_as_documented(&self.document, "post", &format!("{PATH}/{{sample}}/families/{{payment}}/results"), &answer);
        answer
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}"))
}

/// The numbers that the other program draws.
fn redrawn(sample: &Value, members: &Value) -> Vec<i64> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/it/portal/callbacks/redraw.py");
    let mut python = Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 is there");
    let asked = json!({ "seed": sample["seed"], "confidence": sample["confidence"], "margin": sample["margin"], "members": members });
    python.stdin.take().expect("piped").write_all(asked.to_string().as_bytes()).expect("it reads");
    let out = python.wait_with_output().expect("it ends");
    assert!(out.status.success());
    String::from_utf8(out.stdout).expect("text").lines().map(|line| line.parse().expect("a number")).collect()
}

#[test]
fn another_program_draws_the_same_families_from_the_documentation_alone() {
    for (seed, confidence, margin) in [("a", 90, 50), ("audit-2026", 95, 20), ("z", 99, 100)] {
        let members: Vec<(u64, u32)> =
            (1..=3_000_u64).map(|n| (n * 7, [1, 1, 1, 1, 1, 1, 2, 2, 4, 8][usize::try_from(n % 10).expect("small")])).collect();
        let (ours, _) = draw(&members, &Seed::parse(seed).expect("a seed"), Confidence::parse(confidence).expect("one"), margin);
        let listed: Vec<Value> = members.iter().map(|(n, weight)| json!({ "n": n, "weight": weight })).collect();
        let sample = json!({ "seed": seed, "confidence": confidence, "margin": margin });
        let theirs = redrawn(&sample, &json!(listed));
        assert_eq!(ours, theirs.into_iter().map(i64::cast_unsigned).collect::<Vec<_>>(), "{seed}");
        let other = redrawn(&json!({ "seed": "another", "confidence": confidence, "margin": margin }), &json!(listed));
        assert_ne!(ours, other.into_iter().map(i64::cast_unsigned).collect::<Vec<_>>(), "another seed draws others");
    }
}

#[tokio::test]
async fn a_sample_is_drawn_once_and_again_by_anybody_whatever_came_later() {
    in_lab(async |lab| {
        let office = Office::open(&lab).await;
        let body = json!({ "request": Uuid::from_u128(1), "tranche": "BST-4", "seed": "tahap-4", "why": WHY });
        let (first, again) = (office.draw(&body).await, office.draw(&body).await);
        assert_eq!((first.0, &first.1), (StatusCode::CREATED, &again.1));
        assert_eq!((&first.1["members"], &first.1["drawn"]), (&json!(3), &json!(3)));
        assert_eq!(office.house.world.count("callback_samples").await, 1);
        assert_eq!(office.house.world.count("audit WHERE act = 'callbacks_drawn' AND actor = 'rina.wati'").await, 1);
        let told = office.see(text(&first.1, "sample")).await;
        let weights = "SELECT weight || ' ' || array_to_string(signs, ',') FROM callback_families ORDER BY place";
        assert_eq!(office.house.world.column(weights).await, ["4 complaint", "2 questioned", "1 "], "the heaviest first");
        assert_eq!(told["classes"][2], json!({ "weight": 4, "members": 1, "drawn": 1 }));
        // somebody else is paid, and another complains
        paid(&office.house, 3, &counters()[1]).await;
        let complaint = json!({ "serial": serial(&office.house, 0).await, "kind": "kept_back" });
        office.house.call(Method::POST, "/api/complaints", None, Some(&complaint)).await;
        settled(&office.house.world).await;
        let path = format!("{PATH}/{}/frame", text(&first.1, "sample"));
        let frame = office.house.call(Method::GET, &path, Some(&office.auditor), None).await;
        assert_as_documented(&office.document, "get", &format!("{PATH}/{{sample}}/frame"), &frame);
        let numbers: Vec<i64> = told["families"].as_array().expect("families").iter().filter_map(|family| family["n"].as_i64()).collect();
        assert_eq!(redrawn(&first.1, &frame.1["members"]), numbers, "from what stood then");
        let as_of = json!({ "tranche": "BST-4", "seed": "tahap-4", "as_of": first.1["as_of"], "why": WHY });
        let repeated = office.draw(&as_of).await.1;
        let families = office.see(text(&repeated, "sample")).await["families"].clone();
        let drawn: Vec<i64> = families.as_array().expect("families").iter().filter_map(|family| family["n"].as_i64()).collect();
        assert_eq!(drawn, numbers);
        let fresh = office.draw(&json!({ "tranche": "BST-4", "seed": "tahap-4", "why": WHY })).await.1;
        assert_eq!((&fresh["members"], &repeated["members"]), (&json!(4), &json!(3)), "what came later is in a later sample");
        for (field, body) in [
            ("confidence", json!({ "tranche": "BST-4", "confidence": 80, "why": WHY })),
            ("margin", json!({ "tranche": "BST-4", "margin": 1, "why": WHY })),
            ("region", json!({ "tranche": "BST-4", "region": "x", "why": WHY })),
            ("why", json!({ "tranche": "BST-4", "why": "1902015204850007" })),
            ("as_of", json!({ "tranche": "BST-4", "as_of": i64::MAX, "why": WHY })),
            ("seed", json!({ "tranche": "BST-4", "seed": "1902015204850007", "why": WHY })),
            ("tranche", json!({ "tranche": "BST-4", "region": "11", "why": WHY })),
        ] {
            assert_eq!(code(&office.draw(&body).await), (422, field));
        }
        assert_eq!(office.house.world.violations().await, Vec::<String>::new());
        office.house.close().await;
    })
    .await;
}

async fn refuses_nonsense(office: &Office, sample: &str, payment: &str) {
    let call = |outcome: &str, rupiah: Option<i64>| json!({ "outcome": outcome, "rupiah": rupiah, "note": "by phone" });
    for (field, body) in [
        ("rupiah", call("kept_back", None)),
        ("rupiah", call("kept_back", Some(10_000_000))),
        ("rupiah", call("got_all", Some(1))),
        ("note", json!({ "outcome": "got_all", "note": "1902015204850007" })),
        ("json", call("stolen", None)),
    ] {
        assert_eq!(code(&office.record(&office.clerk, sample, payment, &body).await), (422, field));
    }
}

#[tokio::test]
async fn the_first_answer_stands_and_money_that_is_missing_is_one_complaint() {
    in_lab(async |lab| {
        let office = Office::open(&lab).await;
        let world = &office.house.world;
        let sample = office.draw(&json!({ "tranche": "BST-4", "region": "1902", "why": WHY })).await.1;
        let sample = text(&sample, "sample").to_owned();
        let (_, payment) = world.payment(4, &Person::new(0));
        let payment = payment.to_string();
        let before = world.count("complaints").await;
        let call = |outcome: &str, rupiah: Option<i64>| json!({ "outcome": outcome, "rupiah": rupiah, "note": "by phone" });
        let missed = office.record(&office.clerk, &sample, &payment, &call("not_reached", None)).await;
        assert_eq!((missed.0, &missed.1["outcome"], &missed.1["calls"]), (StatusCode::OK, &json!("not_reached"), &json!(1)));
        refuses_nonsense(&office, &sample, &payment).await;
        // two of the office tell other answers at the same moment
        let mut kept = call("kept_back", Some(50_000));
        kept["request"] = json!(Uuid::from_u128(9));
        let none = call("did_not_get", None);
        let (one, two) = tokio::join!(
            office.record(&office.clerk, &sample, &payment, &kept),
            office.record(&office.supervisor, &sample, &payment, &none),
        );
        let statuses = [one.0, two.0];
        assert!(statuses.contains(&StatusCode::OK) && statuses.contains(&StatusCode::CONFLICT), "{statuses:?}");
        assert_eq!(world.count("callback_results WHERE outcome <> 'not_reached'").await, 1);
        assert_eq!(world.count("complaints").await, before + 1, "the complaint of who came second is not kept");
        let stands = office.see(&sample).await;
        let family = stands["families"].as_array().expect("families").iter().find(|family| family["payment"] == payment.as_str());
        let family = family.expect("it was drawn");
        let open = office.house.call(Method::GET, "/api/complaints", Some(&office.clerk), None).await.1;
        let listed = open["complaints"].as_array().expect("a list").iter().find(|one| one["complaint"] == family["complaint"]);
        assert_eq!(listed.map(|one| &one["payment"]), Some(&family["payment"]), "it waits for a supervisor");
        if one.0 == StatusCode::OK {
            let again = office.record(&office.clerk, &sample, &payment, &kept).await;
            assert_eq!((again.0, &again.1), (StatusCode::OK, &one.1), "the same call told again");
        }
        assert_eq!(code(&office.record(&office.clerk, &sample, &payment, &call("got_all", None)).await), (409, "answered"));
        assert_eq!(world.count("complaints").await, before + 1);
        assert_eq!(code(&office.record(&office.auditor, &sample, &payment, &call("got_all", None)).await), (403, "role"));
        for number in [1, 2] {
            let (_, payment) = world.payment(4, &Person::new(number));
            let answer = office.record(&office.clerk, &sample, &payment.to_string(), &call("got_all", None)).await;
            assert_eq!(answer.0, StatusCode::OK, "{}", answer.1);
        }
        let report = office.see(&sample).await["report"].clone();
        assert_eq!((&report["waiting"], &report["got_all"]), (&json!(0), &json!(2)));
        let share = &report["shares"]["got_all"];
        assert_eq!((share["low"].as_f64(), share["value"].as_f64()), (Some(0.6667), Some(0.6667)), "all were asked: exact");
        let missing = if one.0 == StatusCode::OK { 50_000 } else { 300_000 };
        assert_eq!(report["missing"], json!({ "low": missing, "value": missing, "high": missing }));
        assert_eq!(world.statuses().await.values().sum::<i64>(), 5, "no payment moved");
        assert_eq!(world.violations().await, Vec::<String>::new());
        office.house.close().await;
    })
    .await;
}

#[tokio::test]
async fn how_a_family_is_reached_is_opened_for_a_reason_that_is_recorded_and_within_the_region() {
    in_lab(async |lab| {
        let office = Office::open(&lab).await;
        let sample = office.draw(&json!({ "tranche": "BST-4", "region": "19", "why": WHY })).await.1;
        let sample = text(&sample, "sample").to_owned();
        let (_, payment) = office.house.world.payment(4, &Person::new(0));
        let path = format!("{PATH}/{sample}/families/{payment}/contact");
        let open = async |who: &str, why: &str| {
            let answer = office.house.call(Method::POST, &path, Some(who), Some(&json!({ "why": why }))).await;
            assert_as_documented(&office.document, "post", &format!("{PATH}/{{sample}}/families/{{payment}}/contact"), &answer);
            answer
        };
        assert_eq!(code(&open(&office.clerk, "x").await), (422, "why"));
        assert_eq!(code(&open(&office.auditor, WHY).await), (403, "role"));
        assert_eq!(office.house.world.count("audit WHERE act = 'callback_opened'").await, 0);
        let opened = open(&office.clerk, WHY).await;
        assert_eq!((opened.0, text(&opened.1, "name")), (StatusCode::OK, Person::new(0).name.as_str()));
        let recorded =
            "SELECT actor || ' ' || (detail ->> 'payment') || ' ' || (detail ->> 'why') FROM audit WHERE act = 'callback_opened'";
        assert_eq!(office.house.world.column(recorded).await, [format!("dinas.sosial {payment} {WHY}")]);
        let audit: String = office.house.world.one("SELECT string_agg(detail::text, '') FROM audit").await;
        assert!(!audit.contains(&Person::new(0).name), "no name is in the audit");
        let mut elsewhere = signed_in(&office.house, &office.admin, "from.aceh", "supervisor", "11").await;
        for page in [format!("/callbacks/{sample}"), format!("/callbacks/{sample}/{payment}")] {
            assert_eq!(elsewhere.get(&page).await.status, StatusCode::NOT_FOUND, "another region's is none");
        }
        assert!(elsewhere.get("/callbacks").await.text().contains("Belum ada sampel"));
        office.house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_supervisor_draws_calls_and_sees_what_it_says_at_the_pages() {
    in_lab(async |lab| {
        let office = Office::open(&lab).await;
        let mut agus = signed_in(&office.house, &office.admin, "agus.salim", "supervisor", "").await;
        let page = agus.get("/callbacks").await;
        let request = page.between("name=\"request\" value=\"", "\"").to_owned();
        let form = |tranche: &'static str| {
            [
                ("request", request.clone()),
                ("tranche", tranche.into()),
                ("region", "1902".into()),
                ("confidence", "90".into()),
                ("margin", "50".into()),
                ("why", WHY.into()),
            ]
        };
        let send = async |agus: &mut super::browser::Browser<'_>, form: [(&str, String); 6]| {
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            agus.post("/callbacks", &form).await
        };
        let wrong = send(&mut agus, form("BST-9")).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text().contains("value=\"BST-9\""), "what was filled in stays");
        let drawn = send(&mut agus, form("BST-4")).await;
        assert_eq!(drawn.status, StatusCode::SEE_OTHER, "{}", drawn.text());
        let sample = agus.get(&drawn.location).await;
        assert!(sample.text().contains("Belum cukup jawaban") && sample.text().contains("bukti diragukan"), "{}", sample.text());
        for number in 0..3 {
            let (_, payment) = office.house.world.payment(4, &Person::new(number));
            let family = format!("{}/{payment}", drawn.location);
            let opened = agus.post(&format!("{family}/contact"), &[("why", WHY)]).await;
            assert!(opened.text().contains(&Person::new(number).name), "{}", opened.text());
            let outcome = if number == 0 { ("kept_back", "Rp50.000") } else { ("got_all", "") };
            let none = agus.post(&format!("{family}/results"), &[("outcome", ""), ("rupiah", "")]).await;
            assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
            let kept = agus.post(&format!("{family}/results"), &[("outcome", outcome.0), ("rupiah", outcome.1), ("note", "")]).await;
            assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text());
        }
        let said = agus.get(&drawn.location).await;
        assert!(said.text().contains("66,7 %") && said.text().contains("Rp50.000"), "{}", said.text());
        office.house.close().await;
    })
    .await;
}
