//! Random samples of proofs: the same for anybody who asks the same, for ever; recorded; every proof as likely as any other.

use reqwest::{Method, StatusCode};
use salur_domain::sample::Seed;
use salur_store::gallery::{
    Filter,
    sample::{self, EFFORT, Effort},
};
use salur_tests::{Lab, World, in_lab, programme::counters};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};
use tokio::time::{Duration, sleep};

use super::{
    browser::{Browser, Page},
    gallery::{WHY, looking, paid},
    people::{administrator, person},
    proofs::{decide, doubtful},
    support::House,
};

/// Waits until what was written is below the horizon: other databases of the cluster hold it back for a moment.
pub async fn settled(world: &World) {
    let done = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        > greatest((SELECT max(tx) FROM proofs), (SELECT max(tx) FROM proof_reviews))";
    for _ in 0..600 {
        if world.one::<Option<bool>>(done).await != Some(false) {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("the horizon does not move");
}

/// Captures in the order in which a page lists them.
fn listed(page: &Page) -> Vec<String> {
    page.text().split("<th scope=\"row\" class=\"mono\">").skip(1).map(|rest| rest[..36].to_owned()).collect()
}

/// Follows the way to an address that can be kept.
async fn drawn(browser: &mut Browser<'_>, path: &str) -> (String, Page) {
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text());
    let kept = page.location.clone();
    let page = browser.get(&kept).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    (kept, page)
}

#[tokio::test]
async fn the_same_seed_gives_anybody_the_same_sample_whatever_came_later() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [one, two, _] = counters();
        paid(&house, 0, &one).await;
        let doubted = doubtful(&house, 1, &one).await;
        paid(&house, 2, &two).await;
        settled(&house.world).await;
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let (kept, first) = drawn(&mut auditor, "/proofs/sample?number=2&seed=").await;
        assert!(first.text().contains("2 dari 3 bukti") && listed(&first).len() == 2, "{}", first.text());
        let (questioned, page) = drawn(&mut auditor, "/proofs/sample?state=questioned&number=5&seed=tahap-4").await;
        assert_eq!(listed(&page), [doubted.capture.to_string()]);
        // others come and are decided
        paid(&house, 3, &two).await;
        let rina = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let body = json!({ "ground": "witnesses", "document": "BA-1" });
        house.call(Method::POST, &format!("/api/proofs/{}/review", doubted.capture), Some(&rina), Some(&body)).await;
        decide(&house).await;
        settled(&house.world).await;
        let mut other = looking(&house, &admin, "an.other", "auditor", "").await;
        assert_eq!(listed(&other.get(&kept).await), listed(&first), "in the same order");
        assert_eq!(listed(&other.get(&questioned).await), [doubted.capture.to_string()], "as it was then");
        assert_eq!(listed(&drawn(&mut other, "/proofs/sample?state=questioned&seed=tahap-4").await.1), Vec::<String>::new());
        assert_eq!(listed(&drawn(&mut other, "/proofs/sample?seed=tahap-4").await.1).len(), 4);
        let recorded = "SELECT actor || ' ' || (detail ->> 'seed') || ' ' || (detail ->> 'number') || ' ' || (detail ->> 'drawn') || ' '
              || (detail -> 'filter' ->> 'state') || ' ' || (detail ->> 'why') FROM audit
            WHERE act = 'sample_drawn' AND detail ->> 'seed' = 'tahap-4' ORDER BY id";
        let expected = [
            format!("the.auditor tahap-4 5 1 questioned {WHY}"),
            format!("an.other tahap-4 5 1 questioned {WHY}"),
            format!("an.other tahap-4 100 0 questioned {WHY}"),
            format!("an.other tahap-4 100 4  {WHY}"),
        ];
        assert_eq!(house.world.column(recorded).await, expected);
        let seen = "audit WHERE act = 'proofs_seen' AND detail ->> 'page' = 'sample'";
        assert_eq!(house.world.count(seen).await, 5, "each with its captures, but for the one without any");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_sample_shows_what_of_it_its_reviewer_has_opened() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [one, two, _] = counters();
        let first = paid(&house, 0, &one).await;
        paid(&house, 2, &two).await;
        settled(&house.world).await;
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let (kept, page) = drawn(&mut auditor, "/proofs/sample?seed=s").await;
        assert!(page.text().contains("Sudah Anda buka: 0 dari 2"), "{}", page.text());
        let thumbnail = page.between("<img src=\"", "\"").to_owned();
        assert_eq!(auditor.get(&thumbnail).await.status, StatusCode::OK, "the sample lets its photos be seen");
        auditor.get(&format!("/proofs/{}", first.capture)).await;
        assert!(auditor.get(&kept).await.text().contains("Sudah Anda buka: 1 dari 2"));
        let mut other = looking(&house, &admin, "an.other", "auditor", "").await;
        assert!(other.get(&kept).await.text().contains("Sudah Anda buka: 0 dari 2"), "what somebody else opened is not opened");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn programs_draw_the_sample_of_the_page_and_are_told_what_is_wrong() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [one, two, _] = counters();
        paid(&house, 0, &one).await;
        paid(&house, 2, &two).await;
        settled(&house.world).await;
        let auditor = person(&house, &admin, "the.auditor", "auditor", None).await;
        let ask = async |token: &str, query: &str| house.call(Method::GET, &format!("/api/proofs/sample?{query}"), Some(token), None).await;
        assert_eq!(ask(&auditor, "").await.0, StatusCode::PRECONDITION_REQUIRED, "first the reason");
        let say = async |why: &str| house.call(Method::POST, "/api/proofs/why", Some(&auditor), Some(&json!({ "why": why }))).await;
        assert_eq!(say("for 1902015204850007").await.1["error"], "why", "nobody's number stands in a record");
        assert_eq!(say(WHY).await.0, StatusCode::OK);
        let (status, told) = ask(&auditor, "seed=api&number=2").await;
        assert_eq!((status, told["members"].as_i64(), told["members_counted"].as_bool()), (StatusCode::OK, Some(2), Some(true)), "{told}");
        let captures: Vec<&str> = told["proofs"].as_array().expect("proofs").iter().filter_map(|proof| proof["capture"].as_str()).collect();
        let mut browser = looking(&house, &admin, "an.other", "auditor", "").await;
        let page = browser.get(&format!("/proofs/sample?seed=api&number=2&as_of={}", told["as_of"])).await;
        assert_eq!(listed(&page), captures);
        assert_eq!(house.world.count("proofs WHERE n <> 0").await, 2);
        for (query, code) in [
            ("number=501", "number"),
            ("number=0", "number"),
            ("number=x", "number"),
            ("seed=two+words", "seed"),
            ("seed=1902015204850007", "seed"),
            ("as_of=9000000000000000000", "as_of"),
            ("as_of=-1", "as_of"),
            ("teller=1902015204850007", "teller"),
            ("tellr=X", "query"),
        ] {
            let (status, told) = ask(&auditor, query).await;
            assert!(status.is_client_error() && told["error"] == code, "{query}: {status} {told}");
        }
        let elsewhere = house.call(Method::POST, "/api/actors", Some(&admin), Some(&of_region("from.aceh", "11"))).await.1;
        let aceh = super::people::Person::new("from.aceh", 201);
        aceh.enrol(&house, elsewhere["code"].as_str().expect("a code")).await;
        let aceh = aceh.sign_in(&house).await.1["token"].as_str().expect("a token").to_owned();
        house.call(Method::POST, "/api/proofs/why", Some(&aceh), Some(&json!({ "why": WHY }))).await;
        assert_eq!(ask(&aceh, "seed=api").await.1["members"], 0, "whoever acts for a region draws from it alone");
        assert_eq!(ask(&aceh, "place=1902").await.0, StatusCode::FORBIDDEN);
        let treasurer = person(&house, &admin, "siti.aminah", "treasurer", None).await;
        assert_eq!(ask(&treasurer, "").await.0, StatusCode::FORBIDDEN);
        house.close().await;
    })
    .await;
}

fn of_region(name: &str, region: &str) -> Value {
    json!({ "name": name, "kind": "person", "role": "auditor", "region": region })
}

/// Proofs of nobody, of which one of `of` is refused, with gaps between their numbers.
async fn crowd(world: &World, proofs: u32, of: u32) {
    let rows = format!(
        "INSERT INTO proofs (capture, claim, device, teller, sha256, size, statement, signature, content, judgement, tranches, payments, captured_at,
            received_at, village, pay_point, rupiah)
         SELECT gen_random_uuid(), gen_random_uuid(), 'D', 'T', decode(repeat('00', 32), 'hex'), 1, '{{}}', '', '',
            CASE WHEN i % {of} = 0 THEN 'refused' ELSE 'accepted' END, '{{4}}', ARRAY[gen_random_uuid()], now(), now(), '1902011001',
            (SELECT min(code) FROM pay_points), 300000
         FROM generate_series(1, {proofs}) AS i"
    );
    world.sql.execute(AssertSqlSafe(rows)).await.expect("the owner may");
    let gaps = "ALTER TABLE proofs DISABLE TRIGGER insert_only; DELETE FROM proofs WHERE n % 7 IN (1, 2, 4); ALTER TABLE proofs ENABLE TRIGGER insert_only;
        ANALYZE proofs";
    world.sql.execute(gaps).await.expect("the owner may");
    settled(world).await;
}

async fn numbers(world: &World, state: &str, seed: &str, number: i64, effort: &Effort) -> (Vec<i64>, bool) {
    let filter = Filter { state: state.into(), ..Filter::default() };
    let mut tx = world.tools.database.begin_portal().await.expect("a transaction");
    let as_of = sample::horizon(&mut tx).await.expect("a horizon");
    let seed = Seed::parse(seed).expect("a seed");
    let drawn = sample::draw(&mut tx, &filter, &seed, number, as_of, effort).await.expect("drawn").expect("it can be drawn");
    (drawn.tiles.iter().map(|tile| tile.n).collect(), drawn.is_counted)
}

/// Reads everything at once.
const WHOLE: Effort = Effort { first: 1_000_000, most: 1_000_000, members: 1_000_000 };
/// Windows of 200, 800 and 3,200.
const WINDOWS: Effort = Effort { first: 200, most: 4_200, members: 1_000_000 };
/// Never enough by ranks: all members by the filter.
const MEMBERS: Effort = Effort { first: 1, most: 1, members: 1_000_000 };

#[tokio::test]
async fn however_it_is_found_a_sample_is_the_same() {
    in_lab(async |lab: std::sync::Arc<Lab>| {
        let world = lab.world().await;
        crowd(&world, 20_000, 40).await;
        for (state, seed, number, by_rank) in [
            ("", "a", 1, true),
            ("", "b", 50, true),
            ("accepted", "c", 500, true),
            ("refused", "d", 10, true),
            ("refused", "e", 200, false),
        ] {
            let (whole, is_counted) = numbers(&world, state, seed, number, &WHOLE).await;
            assert!(is_counted && whole.len() == usize::try_from(number).expect("small"), "{seed}: {}", whole.len());
            let (windows, is_counted) = numbers(&world, state, seed, number, &WINDOWS).await;
            assert_eq!((windows, is_counted), (whole.clone(), !by_rank), "{seed}: window by window");
            assert_eq!(numbers(&world, state, seed, number, &MEMBERS).await, (whole.clone(), true), "{seed}: by the filter");
            assert_eq!(numbers(&world, state, seed, number, &EFFORT).await.0, whole, "{seed}: as the page does");
        }
        assert_ne!(numbers(&world, "", "a", 50, &EFFORT).await.0, numbers(&world, "", "b", 50, &EFFORT).await.0);
    })
    .await;
}

#[tokio::test]
async fn every_proof_is_drawn_as_often_as_any_other() {
    in_lab(async |lab: std::sync::Arc<Lab>| {
        let world = lab.world().await;
        crowd(&world, 3_500, 10).await;
        let members = world.count("proofs WHERE judgement = 'refused'").await;
        let windows = Effort { first: 400, ..WINDOWS };
        let (mut times, seeds, number) = (std::collections::BTreeMap::<i64, i64>::new(), 400, 20);
        for seed in 0..seeds {
            for n in numbers(&world, "refused", &format!("draw-{seed}"), number, &windows).await.0 {
                *times.entry(n).or_default() += 1;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (chi_square, freedom) = {
            let (expected, share) = ((seeds * number) as f64 / members as f64, number as f64 / members as f64);
            let never = (members - i64::try_from(times.len()).expect("small")) as f64 * expected;
            let sum: f64 = times.values().map(|times| (*times as f64 - expected).powi(2) / expected).sum::<f64>() + never;
            (sum / (1.0 - share), (members - 1) as f64)
        };
        // one of a thousand is further off than 3.3 standard deviations, which are the root of twice the degrees of freedom
        assert!((chi_square - freedom).abs() < 3.3 * (2.0 * freedom).sqrt(), "{chi_square} of {freedom}");
    })
    .await;
}
