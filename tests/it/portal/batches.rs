//! Lists over HTTP: refused whole or sent whole, under the caller's own source.

use std::fmt::Write;

use reqwest::{Method, StatusCode};
use salur_tests::{
    Person, Plan, in_lab,
    people::BELITUNG_TIMUR,
    programme::{AMOUNT, SOURCE},
};
use serde_json::Value;

use super::{
    people::{administrator, person, system},
    support::{House, answer},
};

/// A list as an office has it.
pub fn csv(persons: impl IntoIterator<Item = Person>) -> String {
    let mut text = "id,nik,kk,name,birth_date,sex,address,village,amount\n".to_owned();
    for (at, p) in persons.into_iter().enumerate() {
        let Person { nik, kk, name, birth_date, sex, address, village, .. } = p;
        writeln!(text, "{at},{nik},{kk},{name},{birth_date},{sex},\"{address}\",{village},{AMOUNT}").expect("written to memory");
    }
    text
}

async fn post(house: &House, token: &str, query: &str, list: &str) -> (StatusCode, Value) {
    let sent = house.http.post(format!("{}/api/batches?{query}", house.address)).bearer_auth(token).header("content-type", "text/csv");
    answer(sent.body(list.to_owned()).send().await.expect("the portal answers")).await
}

#[tokio::test]
async fn a_list_is_sent_once_whatever_often_it_is_posted_and_other_content_under_its_name_is_a_conflict() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let list = csv((20..25).map(Person::new));
        let (status, tried) = post(&house, &token, "tranche=BST-4&batch=juli&dry_run=true", &list).await;
        assert_eq!((status, &tried["sent"], &tried["rows"]), (StatusCode::OK, &false.into(), &5.into()));
        assert_eq!((house.waiting("salur.intake").await, house.world.count("uploads").await), (0, 0), "a dry run writes nothing");
        for _ in 0..2 {
            let (status, sent) = post(&house, &token, "tranche=BST-4&batch=juli", &list).await;
            assert_eq!((status, &sent["rows"], &sent["sum"]), (StatusCode::ACCEPTED, &5.into(), &(5 * AMOUNT).into()), "{sent}");
        }
        assert_eq!(house.world.count("uploads").await, 1);
        let other = csv((20..26).map(Person::new));
        let (status, refused) = post(&house, &token, "tranche=BST-4&batch=juli", &other).await;
        assert_eq!((status, &refused["first"]["rows"], &refused["this"]["rows"]), (StatusCode::CONFLICT, &5.into(), &6.into()));
        let (status, _) = post(&house, &token, "tranche=BST-5&batch=juli", &list).await;
        assert_eq!(status, StatusCode::CONFLICT, "another tranche is another list");
        // declaration and rows, twice: ids are the same, so intake knows the second
        assert_eq!(house.waiting("salur.intake").await, 4);
        house.close().await;
    })
    .await;
}

/// The same families as a credit transfer initiation.
pub fn pain001(persons: &[Person]) -> String {
    let sum = AMOUNT * i64::try_from(persons.len()).expect("few");
    let count = persons.len();
    let mut text = format!(
        "<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"><CstmrCdtTrfInitn><GrpHdr><MsgId>M1</MsgId>\
         <NbOfTxs>{count}</NbOfTxs><CtrlSum>{sum}</CtrlSum></GrpHdr><PmtInf><PmtInfId>P1</PmtInfId>"
    );
    for (at, Person { nik, kk, name, birth_date, village, .. }) in persons.iter().enumerate() {
        let other = |kind: &str, id: &str| format!("<Othr><Id>{id}</Id><SchmeNm><Prtry>{kind}</Prtry></SchmeNm></Othr>");
        write!(
            text,
            "<CdtTrfTxInf><PmtId><EndToEndId>E{at}</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"IDR\">{AMOUNT}.00</InstdAmt></Amt><Cdtr><Nm>{name}</Nm>\
             <Id><PrvtId><DtAndPlcOfBirth><BirthDt>{birth_date}</BirthDt></DtAndPlcOfBirth>{}{}{}</PrvtId></Id></Cdtr></CdtTrfTxInf>",
            other("NIK", nik),
            other("KK", kk),
            other("DESA", village),
        )
        .expect("written to memory");
    }
    text + "</PmtInf></CstmrCdtTrfInitn></Document>"
}

#[tokio::test]
async fn a_list_comes_in_any_format_and_a_total_that_is_not_its_own_is_refused() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let persons: Vec<Person> = (20..23).map(Person::new).collect();
        let lines: Vec<String> = persons
            .iter()
            .map(|p| serde_json::json!({"nik": p.nik, "kk": p.kk, "name": p.name, "village": p.village, "amount": AMOUNT}).to_string())
            .collect();
        let post = async |kind: &str, list: String| {
            let sent =
                house.http.post(format!("{}/api/batches?tranche=BST-4", house.address)).bearer_auth(&token).header("content-type", kind);
            answer(sent.body(list).send().await.expect("the portal answers")).await
        };
        for (kind, list) in [("application/jsonl", lines.join("\n")), ("application/xml; charset=utf-8", pain001(&persons))] {
            let (status, sent) = post(kind, list).await;
            assert_eq!((status, &sent["rows"], &sent["sum"]), (StatusCode::ACCEPTED, &3.into(), &(3 * AMOUNT).into()), "{kind}: {sent}");
        }
        let formats = house.world.column("SELECT format FROM uploads ORDER BY format").await;
        assert_eq!(formats, ["jsonl", "xml"]);
        let wrong = pain001(&persons).replacen("<CtrlSum>", "<CtrlSum>1", 1);
        let (status, refused) = post("text/xml", wrong).await;
        assert_eq!((status, &refused["error"]), (StatusCode::UNPROCESSABLE_ENTITY, &"faults".into()), "{refused}");
        let (status, refused) = post("image/jpeg", String::new()).await;
        assert_eq!((status, &refused["error"]), (StatusCode::UNSUPPORTED_MEDIA_TYPE, &"type".into()));
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_list_with_faults_is_refused_whole_with_line_column_and_remedy() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let list = csv((20..23).map(Person::new)).replacen(&format!(",{AMOUNT}\n2,"), ",300.000\n2,", 1);
        let (status, refused) = post(&house, &token, "tranche=BST-4", &list).await;
        let first = &refused["first_faults"][0];
        assert_eq!(
            (status, &first["line"], &first["column"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &3.into(), &"amount".into()),
            "{refused}"
        );
        assert!(first["remedy"].as_str().is_some_and(|remedy| remedy.contains("300000")));
        let cases = [("", "query"), ("tranche=", "name"), ("tranche=BST-4&batch=%00", "zero"), ("tranche=BST-4&source=other", "query")];
        for (query, code) in cases {
            let (status, refused) = post(&house, &token, query, &csv([Person::new(20)])).await;
            assert!(status.is_client_error() && refused["error"] == code, "{query}: {status} {refused}");
        }
        assert_eq!((house.waiting("salur.intake").await, house.world.count("uploads").await), (0, 0));
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_source_sees_its_own_lists_and_their_rows_and_nothing_of_another() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        sqlx::query("INSERT INTO sources VALUES ('other', 'another upstream')").execute(&house.world.sql).await.expect("the owner may");
        let mine = system(&house, &admin, "sender", SOURCE).await;
        let theirs = system(&house, &admin, "other.sender", "other").await;
        let auditor = person(&house, &admin, "an.auditor", "auditor", None).await;
        let get = async |token: &str, path: &str| house.call(Method::GET, path, Some(token), None).await;
        let names = |lists: &Value| lists.as_array().expect("lists").iter().map(|list| list["name"].clone()).collect::<Vec<_>>();
        assert_eq!(names(&get(&mine, "/api/batches").await.1), ["tahap-4", "tahap-5"]);
        assert_eq!(names(&get(&theirs, "/api/batches").await.1), Vec::<Value>::new());
        assert_eq!(names(&get(&auditor, "/api/batches").await.1), ["tahap-4", "tahap-5"]);
        let (status, rows) = get(&mine, "/api/batches/tahap-4/rows").await;
        let statuses: Vec<&str> = rows["rows"].as_array().expect("rows").iter().filter_map(|row| row["status"].as_str()).collect();
        assert_eq!((status, statuses.as_slice()), (StatusCode::OK, ["cheque_issued"; 4].as_slice()));
        assert_eq!(get(&theirs, "/api/batches/tahap-4/rows").await.0, StatusCode::NOT_FOUND);
        assert_eq!(get(&theirs, &format!("/api/batches/tahap-4/rows?source={SOURCE}")).await.0, StatusCode::NOT_FOUND, "its own alone");
        assert_eq!(get(&auditor, &format!("/api/batches/tahap-4/rows?source={SOURCE}")).await.0, StatusCode::OK);
        let (status, _) = post(&house, &auditor, "tranche=BST-4", &csv([Person::new(20)])).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "an auditor sends nothing");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_tells_what_would_be_paid_held_and_rejected_and_the_room_in_each_allocation() {
    in_lab(async |lab| {
        let world = lab.world_with(&Plan { belitung_timur: AMOUNT, ..Plan::default() }).await;
        let house = House::around(&lab, world).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let mut persons: Vec<Person> = (1..=4).map(Person::new).collect();
        persons.push(Person::new(4)); // NIK09: both held
        persons.push(Person { kk: Person::new(1).kk, ..Person::new(5) }); // NIK10: held
        persons.extend([6, 8].map(|n| Person::of(BELITUNG_TIMUR, n))); // more than there is
        persons.push(Person { village: "1901011001".into(), ..Person::new(9) }); // REG02
        persons.push(Person { nik: "19".into(), ..Person::new(10) }); // NIK01
        let (status, told) = post(&house, &token, "tranche=BST-4&dry_run=true", &csv(persons)).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let ahead = &told["preview"];
        let families = ["payable", "held", "rejected"].map(|what| ahead[what]["families"].as_i64().expect("a number"));
        assert_eq!((families, &ahead["held"]["rupiah"]), ([5, 3, 2], &(3 * AMOUNT).into()), "{told}");
        let regencies: Vec<_> =
            ahead["regencies"].as_array().expect("regencies").iter().map(|r| (r["regency"].as_str(), r["fits"].as_bool())).collect();
        assert_eq!(regencies, [(Some("1902"), Some(true)), (Some("1906"), Some(false))], "{told}");
        assert_eq!((&told["findings"]["NIK09"], &told["findings"]["NIK10"]), (&2.into(), &1.into()));
        assert_eq!((house.waiting("salur.intake").await, house.world.count("uploads").await), (0, 0), "nothing was written");
        let (status, refused) = post(&house, &token, "tranche=BST-99&dry_run=true", &csv([Person::new(1)])).await;
        assert_eq!((status, &refused["error"]), (StatusCode::UNPROCESSABLE_ENTITY, &"tranche".into()));
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn lists_are_told_on_from_the_last_one() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let (sender, ops) = (system(&house, &admin, "sender", SOURCE).await, person(&house, &admin, "the.ops", "ops", None).await);
        let names = async |token: &str, query: &str| {
            let (status, lists) = house.call(Method::GET, &format!("/api/batches{query}"), Some(token), None).await;
            assert_eq!(status, StatusCode::OK, "{lists}");
            lists.as_array().expect("a list").iter().map(|list| list["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&sender, "").await, ["tahap-4", "tahap-5"]);
        assert_eq!(names(&sender, "?after=tahap-4").await, ["tahap-5"]);
        assert_eq!(names(&sender, "?after=tahap-4&after_source=another").await, ["tahap-5"], "one's own source is known");
        assert_eq!(names(&ops, &format!("?after=tahap-4&after_source={SOURCE}")).await, ["tahap-5"]);
        assert_eq!(names(&ops, &format!("?after=tahap-5&after_source={SOURCE}")).await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}
