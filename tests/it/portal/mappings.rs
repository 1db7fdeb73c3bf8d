//! A source's own names of columns, kept at the portal: they count for its own lists, from the next one on, until they are taken back.

use std::fmt::Write;

use reqwest::{Method, StatusCode, header::CONTENT_TYPE};
use salur_tests::{
    Person, in_lab,
    programme::{AMOUNT, SOURCE},
};
use serde_json::Value;

use super::{
    batches::pain001,
    people::{administrator, person, system},
    support::{House, answer, code},
};

/// One byte more than a mapping may have.
const TOO_LARGE: usize = 64 * 1024 + 1;
const OTHER: &str = "dinsos-timur";
const MAPPING: &str = "[columns]\nnik = \"NIK KTP\"\nname = \"Nama Penerima\"\n\n[constants]\namount = \"300000\"\n";

/// A list as the source writes it: its own names, and no amounts.
fn own_csv(persons: impl IntoIterator<Item = Person>) -> String {
    let mut text = "NIK KTP,KK,Nama Penerima,Desa\n".to_owned();
    for Person { nik, kk, name, village, .. } in persons {
        writeln!(text, "{nik},{kk},{name},{village}").expect("written to memory");
    }
    text
}

async fn set(house: &House, token: &str, content: impl Into<reqwest::Body>) -> (StatusCode, Value) {
    let sent = house.http.put(format!("{}/api/mapping", house.address)).bearer_auth(token).header(CONTENT_TYPE, "application/toml");
    answer(sent.body(content).send().await.expect("the portal answers")).await
}

async fn show(house: &House, token: &str) -> (StatusCode, Value) {
    house.call(Method::GET, "/api/mapping", Some(token), None).await
}

async fn post(house: &House, token: &str, kind: &str, batch: &str, list: &str) -> (StatusCode, Value) {
    let sent = house.http.post(format!("{}/api/batches?tranche=BST-4&batch={batch}", house.address)).bearer_auth(token);
    answer(sent.header(CONTENT_TYPE, kind).body(list.to_owned()).send().await.expect("the portal answers")).await
}

#[tokio::test]
async fn a_list_with_a_sources_own_names_is_taken_once_it_said_them_and_for_no_other_source() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let (mine, theirs) = (system(&house, &admin, "sender", SOURCE).await, system(&house, &admin, "other", OTHER).await);
        let list = own_csv((20..23).map(Person::new));
        let is_refused = |(status, refused): (StatusCode, Value)| {
            let fault = &refused["first_faults"][0];
            let said = fault["said"].as_str().unwrap_or_default();
            assert_eq!(
                (status, &fault["column"], refused["error"].as_str()),
                (StatusCode::UNPROCESSABLE_ENTITY, &"nik".into(), Some("faults")),
                "{refused}"
            );
            assert!(said.contains("the header lacks a column") && said.contains("nik"), "{said}");
        };
        is_refused(post(&house, &mine, "text/csv", "juli", &list).await);
        let (status, told) = set(&house, &mine, MAPPING).await;
        assert_eq!((status, &told["source"], &told["version"]), (StatusCode::OK, &SOURCE.into(), &1.into()), "{told}");
        assert_eq!((&told["content"], &told["actor"]), (&MAPPING.into(), &"sender".into()));
        let (status, sent) = post(&house, &mine, "text/csv", "juli", &list).await;
        assert_eq!((status, &sent["rows"], &sent["sum"]), (StatusCode::ACCEPTED, &3.into(), &(3 * AMOUNT).into()), "{sent}");
        is_refused(post(&house, &theirs, "text/csv", "juli", &list).await);
        let (status, shown) = show(&house, &theirs).await;
        assert_eq!((status, &shown["version"], &shown["content"]), (StatusCode::OK, &0.into(), &"".into()), "{shown}");
        assert_eq!(show(&house, &mine).await.1, told);
        let kept = house.world.column("SELECT format('%s %s', source, mapping) FROM uploads").await;
        assert_eq!(kept, [format!("{SOURCE} 1")], "a list remembers by which mapping it was read");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_same_mapping_again_is_the_same_version_and_an_empty_one_takes_it_back() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let list = own_csv((20..23).map(Person::new));
        assert_eq!(set(&house, &token, "").await.1["version"], 0, "there was none to take back");
        let first = set(&house, &token, MAPPING).await;
        assert_eq!(set(&house, &token, MAPPING).await, first);
        assert_eq!(post(&house, &token, "text/csv", "juli", &list).await.0, StatusCode::ACCEPTED);
        let (status, gone) = set(&house, &token, "").await;
        assert_eq!((status, &gone["version"], &gone["content"]), (StatusCode::OK, &2.into(), &"".into()), "{gone}");
        assert_eq!(set(&house, &token, "").await.1, gone);
        let refused = post(&house, &token, "text/csv", "agustus", &list).await;
        assert_eq!(code(&refused), (422, "faults"));
        let audited = house.world.column("SELECT detail->>'content' FROM audit WHERE act = 'mapping_set' ORDER BY id").await;
        assert_eq!(audited, [MAPPING, ""], "what changed nothing is not audited");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_list_that_came_by_another_mapping_is_a_conflict_that_shows_both_sides() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let list = own_csv((20..23).map(Person::new));
        set(&house, &token, MAPPING).await;
        let (status, sent) = post(&house, &token, "text/csv", "juli", &list).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{sent}");
        let other = MAPPING.replace("300000", "600000");
        set(&house, &token, other).await;
        let (status, refused) = post(&house, &token, "text/csv", "juli", &list).await;
        assert_eq!((status, refused["error"].as_str()), (StatusCode::CONFLICT, Some("conflict")), "{refused}");
        let sides = ["first", "this"].map(|side| (refused[side]["mapping"].clone(), refused[side]["sum"].clone()));
        assert_eq!(sides, [(1.into(), (3 * AMOUNT).into()), (2.into(), (6 * AMOUNT).into())], "{refused}");
        assert_eq!(refused["first"]["sha256"], refused["this"]["sha256"], "the same bytes, and other rows");
        assert_eq!(house.world.count("uploads WHERE mapping = 1").await, 1, "the first content under a name stands");
        assert_eq!(post(&house, &token, "text/csv", "agustus", &list).await.0, StatusCode::ACCEPTED);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_no_mapping_is_refused_with_its_reason_and_changes_nothing() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let kept = set(&house, &token, MAPPING).await;
        let large = "#".repeat(TOO_LARGE);
        let wrong = [
            ("[columns]\nnikk = \"NIK\"", "a column that does not exist, \"nikk\""),
            ("[constants]\nnik = \"1902015204850007\"", "column nik differs from row to row"),
            ("[columns]\nnik = \"A\"\nkk = \"a\"", "mapped to the same name"),
            ("[columns]\n\nnik = 1\n", "line 3: the mapping is not TOML"),
            ("# \0", "a mapping is text of at most"),
            (&large, "a mapping is text of at most"),
            ("{}", "line 1: the mapping is not TOML"),
        ];
        for (content, why) in wrong {
            let refused = set(&house, &token, content.to_owned()).await;
            assert_eq!(code(&refused), (422, "mapping"), "{why}: {}", refused.1);
            assert!(refused.1["detail"].as_str().is_some_and(|message| message.contains(why)), "{why}: {}", refused.1);
        }
        let no_text = [(vec![b'#', 0xFF], 400), (vec![b'#'; 3 << 20], 413)];
        for (content, status) in no_text {
            let refused = set(&house, &token, content).await;
            assert_eq!(code(&refused), (status, "mapping"), "refused in the words of every door: {}", refused.1);
        }
        assert_eq!(show(&house, &token).await, kept);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn who_sends_no_lists_neither_sees_nor_sets_a_mapping() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let office = person(&house, &admin, "the.office", "office", Some(SOURCE)).await;
        let mut others = vec![admin.clone()];
        for (name, role) in [("a.treasurer", "treasurer"), ("a.supervisor", "supervisor"), ("an.auditor", "auditor"), ("ops", "ops")] {
            others.push(person(&house, &admin, name, role, None).await);
        }
        for token in &others {
            for refused in [set(&house, token, MAPPING).await, show(&house, token).await] {
                assert_eq!(code(&refused), (403, "role"), "{}", refused.1);
            }
        }
        assert_eq!(house.world.count("mappings").await, 0);
        assert_eq!(set(&house, &office, MAPPING).await.1["actor"], "the.office");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn fixed_names_of_pain_001_are_not_mapped_and_its_list_is_the_same_by_any_mapping() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let list = pain001(&(20..23).map(Person::new).collect::<Vec<_>>());
        set(&house, &token, MAPPING.replace("300000", "600000")).await;
        for content in ["[columns]\nnik = \"Nomor\"\n", ""] {
            let (status, sent) = post(&house, &token, "application/xml", "juli", &list).await;
            assert_eq!((status, &sent["sum"]), (StatusCode::ACCEPTED, &(3 * AMOUNT).into()), "{sent}");
            set(&house, &token, content).await;
        }
        assert_eq!(post(&house, &token, "application/xml", "juli", &list).await.0, StatusCode::ACCEPTED, "sent again after both changes");
        assert_eq!(house.world.count("uploads WHERE mapping IS NULL").await, 1);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn of_two_mappings_set_at_once_one_counts_and_neither_is_an_error() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let names: Vec<String> = (0..8).map(|at| format!("[columns]\nnik = \"NIK {at}\"\n")).collect();
        let answers = futures::future::join_all(names.iter().map(|content| set(&house, &token, content.clone()))).await;
        for (status, told) in answers {
            assert_eq!(status, StatusCode::OK, "{told}");
        }
        assert_eq!(show(&house, &token).await.1["version"], 8, "each is a version of its own");
        house.close().await;
    })
    .await;
}
