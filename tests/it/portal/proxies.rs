//! Somebody else receives for a family: named in the claim, of its household card, for few families a day.

use std::sync::Arc;

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use salur_domain::{ClaimId, TrancheId};
use salur_pipeline::photo_ingest;
use salur_store::claims;
use salur_tests::{
    Chain, Person, World,
    counter::{Paper, Shot, id},
    in_lab,
    programme::{Counter, counters},
};
use serde_json::{Value, json};

use super::{
    gallery::looking,
    keeping::destroy,
    people::{administrator, person},
    support::{House, PROXY_FAMILIES, code},
};
use crate::{
    evidence::support::{seal_all, sealer_of, verify},
    verify::{damage::assert_named, town::damage},
};

/// A person of another list, on the household card of a family.
fn proxy(of: &Person, number: u32) -> Value {
    let person = Person::new(number);
    json!({"nik": person.nik, "kk": of.kk, "name": person.name, "relation": "child", "document": "Surat kuasa 14/2026"})
}

/// A photo of a claim that was granted at the portal, as the broker would bring it.
async fn captured(world: &World, number: u32, claim: u32, paper: &Paper, counter: &Counter) -> photo_ingest::In {
    let claim =
        claims::read(&world.tools.database, &[ClaimId(id(claim))]).await.expect("claims can be read").pop().expect("it was granted");
    let shot = Shot::new(number, &claim, paper, counter);
    world.upload(shot.statement.capture, &shot.photo).await;
    shot.signed(counter).into()
}

/// What was found of the visit of a capture, and how its payment stands.
async fn found(world: &World, number: u32, paper: &Paper) -> (Vec<String>, Vec<String>) {
    let capture = id(number + 1_000_000);
    let codes = world.column(&format!("SELECT code FROM findings WHERE capture = '{capture}' ORDER BY code")).await;
    (codes, world.column(&format!("SELECT status FROM payments WHERE id = '{}'", paper.payment)).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_the_household_card_is_kept_sealed_and_the_family_is_paid() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let (family, stands_in) = (Person::new(1), Person::new(900));
        let paper = house.world.paper(4, &family).await;
        let asked = proxy(&family, 900);
        let answer = house.claim_by(&counter, id(1), &paper.token, &asked).await;
        assert_eq!(answer.0, StatusCode::OK, "{}", answer.1);
        assert_eq!(house.claim_by(&counter, id(1), &paper.token, &asked).await, answer, "the same again is the same answer");
        let kept = house.world.column("SELECT concat_ws(' ', relation, masked_name, masked_nik, max_families) FROM claim_proxies").await;
        assert_eq!(kept, [format!("child {} {} 3", salur_domain::name::mask(&stands_in.name), stands_in.nik())]);
        let capture = captured(&house.world, 1, 1, &paper, &counter).await;
        let mut chain = Chain::new(&house.world);
        chain.tell("captures", &[capture]);
        chain.run().await;
        assert_eq!(found(&house.world, 1, &paper).await, (vec![], vec!["paid".into()]));
        // nothing of the person stands anywhere in the clear; the control: what is masked does
        let tables = house.world.column("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'").await;
        let mut whole = String::new();
        for table in tables {
            whole.extend(house.world.column(&format!("SELECT t::text FROM {table} t")).await);
        }
        for personal in [&stands_in.nik, &family.kk, &stands_in.name, &"Surat kuasa".to_owned()] {
            assert!(!whole.contains(personal.as_str()), "{personal} is in a table");
        }
        assert!(whole.contains(&stands_in.nik().to_string()));
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        seal_all(&mut sealer_of(&house.world), &house.world).await;
        assert_eq!(verify(&house.world, None).await.damages, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_of_the_household_card_or_is_the_recipient_may_not_receive_and_nothing_is_left_behind() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, other, _] = counters();
        let family = Person::new(1);
        let paper = house.world.paper(4, &family).await;
        let before = house.world.dump().await;
        let stranger = proxy(&Person::new(2), 900);
        let answer = house.claim_by(&counter, id(1), &paper.token, &stranger).await;
        assert_eq!(code(&answer), (409, "proxy_household"));
        let said = answer.1["detail"].as_str().expect("a sentence");
        assert!(said.contains("jangan bayar") && said.contains("pay nothing"), "{said}");
        assert!(!answer.1.to_string().contains("900"), "nothing of what was typed comes back");
        let itself = json!({"nik": family.nik, "kk": family.kk, "name": family.name, "relation": "other", "document": "Surat kuasa"});
        assert_eq!(code(&house.claim_by(&counter, id(1), &paper.token, &itself).await), (409, "proxy_recipient"));
        assert_eq!(house.world.dump().await, before, "a refused claim leaves nothing behind");
        // the lease went back with it: another counter pays the family itself
        assert_eq!(house.claim(&other, id(2), &paper.token).await.0, StatusCode::OK);
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_payment_of_the_visit_must_be_of_the_household_card() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let family = Person::new(0);
        let moved = house.world.tools.keys.kk_index(&Person::new(3).kk());
        let later = house.world.tools.keys.payment_id(TrancheId(5), &family.nik());
        sqlx::query("UPDATE payments SET household = $1 WHERE id = $2")
            .bind(moved)
            .bind(later.0)
            .execute(&house.world.sql)
            .await
            .expect("the owner may");
        let paper = house.world.paper(4, &family).await;
        let answer = house.claim_by(&counter, id(1), &paper.token, &proxy(&family, 900)).await;
        assert_eq!(code(&answer), (409, "proxy_household"));
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_wrong_is_refused_by_field() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let family = Person::new(1);
        let paper = house.world.paper(4, &family).await;
        let wrong = [
            ("nik", "19020152", "proxy_nik"),
            ("nik", "1902013202850007", "proxy_nik"),
            ("kk", "12", "proxy_kk"),
            ("name", "", "proxy_name"),
            ("relation", "neighbour", "proxy_relation"),
            ("document", "x", "proxy_document"),
        ];
        for (field, value, expected) in wrong {
            let mut asked = proxy(&family, 900);
            asked[field] = value.into();
            assert_eq!(code(&house.claim_by(&counter, id(1), &paper.token, &asked).await), (422, expected));
        }
        let mut more = proxy(&family, 900);
        more["phone"] = "0812".into();
        assert_eq!(house.claim_by(&counter, id(1), &paper.token, &more).await.0, StatusCode::BAD_REQUEST);
        assert_eq!(house.world.count("claims").await, 0);
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_exists_is_not_given_another_proxy() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let family = Person::new(1);
        let paper = house.world.paper(4, &family).await;
        let first = proxy(&family, 900);
        assert_eq!(house.claim_by(&counter, id(1), &paper.token, &first).await.0, StatusCode::OK);
        for other in [proxy(&family, 901), Value::Null] {
            assert_eq!(code(&house.claim_by(&counter, id(1), &paper.token, &other).await), (409, "claim"));
        }
        // heard many times at once it is one claim with one proxy
        let twelve = join_all((0..12).map(|_| house.claim_by(&counter, id(2), &paper.token, &first))).await;
        assert!(twelve.iter().all(|answer| answer.0 == StatusCode::OK && answer.1 == twelve[0].1), "{twelve:?}");
        assert_eq!((house.world.count("claims").await, house.world.count("claim_proxies").await), (2, 2));
        house.close().await;
    })
    .await;
}

/// Families whose lists say the household card of each, claimed for one proxy at as many counters at one moment; how many were granted.
async fn at_once(house: &House, families: &[Person], stands_in: u32) -> (usize, Vec<&'static str>) {
    const DEVICES: [&str; 4] = ["D-01", "D-02", "D-03", "D-04"];
    let mut claims = Vec::new();
    for ((family, device), number) in families.iter().zip(DEVICES).zip(1u8..) {
        let counter = house.device(device, 50 + number).await;
        let (paper, asked) = (house.world.paper(4, family).await, proxy(family, stands_in));
        claims.push(async move { house.claim_by(&counter, id(number.into()), &paper.token, &asked).await });
    }
    let answers = join_all(claims).await;
    let granted = answers.iter().filter(|answer| answer.0 == StatusCode::OK).count();
    let known = ["proxy_cap", "taken"];
    let refused = answers.iter().filter(|answer| answer.0 != StatusCode::OK);
    (granted, refused.map(|answer| known.into_iter().find(|known| code(answer) == (409, known)).unwrap_or("another")).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_counters_at_one_moment_do_not_pass_the_cap_together() {
    in_lab(async |lab| {
        let house = Arc::new(House::open(&lab).await);
        let families: Vec<Person> = (0..4).map(Person::new).collect();
        assert_eq!(usize::from(PROXY_FAMILIES) + 1, families.len());
        assert_eq!(at_once(&house, &families, 900).await, (3, vec!["proxy_cap"]));
        let held = house.world.column("SELECT count(DISTINCT account)::text FROM claim_proxies").await;
        assert_eq!(held, ["3"]);
        // a family that counts already may be claimed again, and another person has a day of one's own
        house.world.end_leases().await;
        let [counter, ..] = counters();
        let counted = house.world.column("SELECT encode(uuid_send(account), 'hex') FROM claim_proxies ORDER BY named_at").await;
        let account = |family: &Person| hex::encode(house.world.tools.keys.nik_index(&family.nik()).0);
        let (inside, outside): (Vec<&Person>, Vec<&Person>) = families.iter().partition(|family| counted.contains(&account(family)));
        let again = house.world.paper(4, inside[0]).await;
        assert_eq!(house.claim_by(&counter, id(20), &again.token, &proxy(inside[0], 900)).await.0, StatusCode::OK);
        let left = house.world.paper(4, outside[0]).await;
        let refused = house.claim_by(&counter, id(21), &left.token, &proxy(outside[0], 900)).await;
        assert_eq!((code(&refused), refused.1["most_families"].as_u64()), ((409, "proxy_cap"), Some(3)));
        assert_eq!(house.claim_by(&counter, id(22), &left.token, &proxy(outside[0], 901)).await.0, StatusCode::OK);
        // tomorrow is another day
        sqlx::query("ALTER TABLE claim_proxies DISABLE TRIGGER ALL").execute(&house.world.sql).await.expect("the owner may");
        sqlx::query("UPDATE claim_proxies SET day = day - 1").execute(&house.world.sql).await.expect("the owner may");
        sqlx::query("ALTER TABLE claim_proxies ENABLE TRIGGER ALL").execute(&house.world.sql).await.expect("the owner may");
        assert_eq!(house.claim_by(&counter, id(23), &left.token, &proxy(outside[0], 900)).await.0, StatusCode::OK);
        Arc::into_inner(house).expect("nobody else holds it").close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_proxy_holds_no_family() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, other, _] = counters();
        let family = Person::new(1);
        let paper = house.world.paper(4, &family).await;
        let person = house.world.tools.keys.nik_index(&Person::new(900).nik()).0.as_u64_pair().0.cast_signed();
        let mut held = house.world.sql.begin().await.expect("a transaction");
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(person).execute(&mut *held).await.expect("locked");
        let asked = proxy(&family, 900);
        let mut waiting = Box::pin(house.claim_by(&counter, id(1), &paper.token, &asked));
        let early = tokio::time::timeout(std::time::Duration::from_millis(700), &mut waiting).await;
        assert!(early.is_err(), "a claim of this person waits for who counts its families: {early:?}");
        assert_eq!(house.claim(&other, id(2), &paper.token).await.0, StatusCode::OK, "the family itself is paid meanwhile");
        held.rollback().await.expect("the lock ends");
        assert_eq!(code(&(&mut waiting).await), (409, "taken"));
        drop(waiting);
        assert_eq!(house.world.count("claim_proxies").await, 0);
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_two_household_cards_is_a_finding_of_the_second_visit_and_of_no_clean_one() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let [first, second, itself] = [1, 2, 3].map(Person::new);
        let mut papers = Vec::new();
        for (family, number) in [&first, &second].into_iter().zip(1..) {
            let paper = house.world.paper(4, family).await;
            assert_eq!(house.claim_by(&counter, id(number), &paper.token, &proxy(family, 900)).await.0, StatusCode::OK);
            papers.push(paper);
        }
        let own = house.world.paper(4, &itself).await;
        assert_eq!(house.claim(&counter, id(3), &own.token).await.0, StatusCode::OK);
        papers.push(own);
        // judged the other way round, and together: what is found of each is a function of the claims
        let mut captures = Vec::new();
        for (paper, number) in papers.iter().rev().zip([3, 2, 1]) {
            captures.push(captured(&house.world, number, number, paper, &counter).await);
        }
        let mut chain = Chain::new(&house.world);
        chain.tell("captures", &captures);
        chain.run().await;
        assert_eq!(found(&house.world, 1, &papers[0]).await, (vec![], vec!["paid".into()]));
        assert_eq!(found(&house.world, 2, &papers[1]).await, (vec!["PRX01".into()], vec!["in_question".into()]));
        assert_eq!(found(&house.world, 3, &papers[2]).await, (vec![], vec!["paid".into()]));
        let evidence = house.world.column("SELECT evidence::text FROM findings WHERE code = 'PRX01'").await;
        assert_eq!(evidence, [r#"{"most": "1", "families": "2", "households": "2"}"#]);
        house.close().await;
    })
    .await;
}

/// Two families of two household cards, both paid through one proxy; ids of their captures.
async fn two_visits(house: &House) -> [String; 2] {
    let [counter, ..] = counters();
    let mut captures = Vec::new();
    for number in [1, 2] {
        let (family, paper) = (Person::new(number), house.world.paper(4, &Person::new(number)).await);
        assert_eq!(house.claim_by(&counter, id(number), &paper.token, &proxy(&family, 900)).await.0, StatusCode::OK);
        captures.push(captured(&house.world, number, number, &paper, &counter).await);
    }
    let mut chain = Chain::new(&house.world);
    chain.tell("captures", &captures);
    chain.run().await;
    [1, 2].map(|number: u32| id(number + 1_000_000).to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_sees_who_received_masked_and_the_other_visits_of_the_same_person() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let captures = two_visits(&house).await;
        let stands_in = Person::new(900);
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        for (capture, other) in [(&captures[0], &captures[1]), (&captures[1], &captures[0])] {
            let page = auditor.get(&format!("/proofs/{capture}")).await;
            let text = page.text();
            assert!(text.contains("Yang menerima") && text.contains(&stands_in.nik().to_string()), "{text}");
            assert!(text.contains(&format!("/proofs/{other}")) && text.contains("KK lain"), "the other visit is named: {text}");
            assert!(!text.contains(&stands_in.nik) && !text.contains(&stands_in.name), "masked");
        }
        let told = auditor.get(&format!("/proofs/{}", captures[1])).await;
        assert!(told.text().contains("PRX01"));
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_about_a_person_names_when_it_received_for_others_until_that_is_destroyed() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let captures = two_visits(&house).await;
        let rina = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let agus = person(&house, &admin, "agus.salim", "supervisor", None).await;
        let stands_in = Person::new(900);
        let ask = json!({"nik": stands_in.nik, "why": "letter of 3 May 2026"});
        let report = async || {
            let (status, told) = house.call(Method::POST, "/api/subjects/report", Some(&rina), Some(&ask)).await;
            assert_eq!(status, StatusCode::OK, "{told}");
            told["proxied"].as_array().expect("a list").clone()
        };
        let told = report().await;
        let seen: Vec<_> =
            told.iter().map(|one| (one["data"]["name"].as_str(), one["captures"][0].as_str(), one["relation"].as_str())).collect();
        assert_eq!(seen.len(), 2, "{told:?}");
        for (one, capture) in seen.iter().zip(&captures) {
            assert_eq!(*one, (Some(stands_in.name.as_str()), Some(capture.as_str()), Some("child")));
        }
        // the first visit is of one tranche and accepted: its photo may go by an order, and who received goes with it
        assert_eq!(destroy(&house, &rina, &captures[0], "court_order").await.0, "signed");
        assert_eq!(destroy(&house, &agus, &captures[0], "court_order").await.0, "carried_out");
        let told = report().await;
        assert_eq!((&told[0]["is_open"], &told[0]["data"], &told[1]["is_open"]), (&json!(false), &Value::Null, &json!(true)));
        assert_eq!(house.world.column("SELECT (data_key IS NULL)::text FROM claim_proxies ORDER BY named_at").await, ["true", "false"]);
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        let changed = sqlx::query("UPDATE claim_proxies SET data_key = NULL").execute(&house.world.sql).await;
        assert!(changed.is_err(), "the key of a visit whose photo is kept is not forgotten, not even by the owner");
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_names_a_proxy_of_another_card_and_one_that_passed_the_cap() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        two_visits(&house).await;
        assert_named(&house.world, &[]).await;
        let claim = id(1).to_string();
        damage(&house.world, &format!("UPDATE claim_proxies SET household = gen_random_uuid() WHERE claim = '{claim}'")).await;
        assert_named(&house.world, &[("proxies", &claim)]).await;
        let mended = house.world.tools.keys.kk_index(&Person::new(1).kk());
        damage(&house.world, &format!("UPDATE claim_proxies SET household = '{mended}' WHERE claim = '{claim}'")).await;
        damage(&house.world, &format!("CREATE TABLE kept_key AS SELECT data_key FROM claim_proxies WHERE claim = '{claim}'")).await;
        damage(&house.world, &format!("UPDATE claim_proxies SET data_key = NULL WHERE claim = '{claim}'")).await;
        assert_named(&house.world, &[("proxies", "its key is forgotten")]).await;
        let back = format!("UPDATE claim_proxies SET data_key = (SELECT data_key FROM kept_key) WHERE claim = '{claim}'");
        damage(&house.world, &back).await;
        damage(&house.world, "UPDATE claim_proxies SET max_families = 1").await;
        assert_named(&house.world, &[("proxy-days", "2 families")]).await;
        house.close().await;
    })
    .await;
}
