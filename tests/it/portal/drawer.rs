//! A teller at a browser: the own drawer and hand-overs, nothing of others, and nothing that would make a count or a photo say what is expected.

use reqwest::{Method, StatusCode};
use salur_tests::{
    Chain, in_lab,
    programme::{FLOAT, counters},
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Row};

use super::{
    gallery::paid,
    people::{administrator, made, person},
    proofs::doubtful,
    support::House,
};

async fn teller(house: &House, admin: &str, name: &'static str, code: &str, pay_point: &str) -> String {
    made(house, admin, name, &wanted(name, code, pay_point)).await
}

fn wanted(name: &str, code: &str, pay_point: &str) -> Value {
    json!({ "name": name, "kind": "person", "role": "teller", "region": "19", "teller": code, "pay_point": pay_point })
}

/// The day of the last hand-over, by the clock of its pay point.
async fn day(house: &House) -> String {
    let day = "SELECT max((f.captured_at AT TIME ZONE 'UTC') + make_interval(mins => p.utc_offset_minutes))::date::text
        FROM proofs f JOIN pay_points p ON p.code = f.pay_point";
    house.world.one(day).await
}

async fn page(house: &House, token: &str, day: &str) -> String {
    let (status, page) = house.call(Method::GET, &format!("/drawer?day={day}"), Some(token), None).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page.as_str().expect("a page").to_owned()
}

fn rows(page: &str) -> usize {
    let list = page.split_once("data-hand-overs").map_or("", |(_, rest)| rest.split("</ul>").next().unwrap_or_default());
    list.matches("<li>").count()
}

#[tokio::test]
async fn a_teller_sees_the_own_hand_overs_of_the_own_pay_point_those_in_question_first_and_nobody_elses() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [one, two, _] = counters();
        paid(&house, 0, &one).await;
        doubtful(&house, 1, &one).await;
        paid(&house, 2, &two).await;
        let day = day(&house).await;
        let mine = teller(&house, &admin, "siti.teller", one.teller, "PP-1902").await;
        let hers = teller(&house, &admin, "the.other.teller", two.teller, "PP-1902").await;
        let elsewhere = teller(&house, &admin, "of.another.place", one.teller, "PP-1906").await;
        let seen = page(&house, &mine, &day).await;
        assert_eq!((rows(&seen), rows(&page(&house, &hers, &day).await), rows(&page(&house, &elsewhere, &day).await)), (2, 1, 0));
        let list = seen.split_once("data-hand-overs").expect("a list").1;
        assert!(list.find("dipertanyakan") < list.find("diterima") && list.contains("dipertanyakan"), "in question first");
        let telling: Vec<String> = house
            .world
            .column("SELECT unnest(ARRAY[masked_name, masked_nik, p.serial]) FROM recipients r JOIN cheques p ON p.payment = r.payment")
            .await;
        let findings = house.world.column("SELECT DISTINCT code FROM findings").await;
        assert!(!telling.is_empty() && !findings.is_empty(), "there is something to tell");
        for told in telling.iter().chain(&findings).map(String::as_str).chain([two.teller, "/proofs"]) {
            assert!(!seen.contains(told), "{told}");
        }
        assert_eq!(rows(&page(&house, &mine, "2020-01-01").await), 0, "another day");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_should_lie_in_the_drawer_is_told_when_the_day_is_closed_and_not_before() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [one, two, _] = counters();
        paid(&house, 0, &one).await;
        house.world.end_leases().await;
        let supervisor = person(&house, &admin, "the.supervisor", "supervisor", None).await;
        let mine = teller(&house, &admin, "siti.teller", one.teller, "PP-1902").await;
        let books: i64 = house.world.one("SELECT debits - credits FROM ledger_accounts WHERE kind = 'teller_cash' AND owner = 'TELLER-1'").await;
        let written = |rupiah: i64| salur_domain::Rupiah::new(rupiah).expect("positive").to_string();
        let day = day(&house).await;
        let count = async |teller: &str, explanation: &str| {
            let asked = json!({
                "programme": "BST", "teller": teller, "day": day, "counted": books - 50_000, "unsynchronised": 0, "explanation": explanation,
            });
            house.call(Method::POST, "/api/cash/counts", Some(&supervisor), Some(&asked)).await;
            let mut chain = Chain::new(&house.world);
            chain.publish(house.take("salur.transfer-posting").await);
            chain.run().await;
        };
        let open = page(&house, &mine, &day).await;
        assert!(books < FLOAT && open.contains(&written(FLOAT)) && !open.contains(&written(books)), "the float and not the rest");
        count(one.teller, "").await;
        let refused = page(&house, &mine, &day).await;
        assert!(refused.contains(&written(books - 50_000)) && !refused.contains("Rp50.000") && !refused.contains(&written(books)));
        count(two.teller, "another drawer").await;
        count(one.teller, "a torn note").await;
        let closed = page(&house, &mine, &day).await;
        assert!(closed.contains("-Rp50.000") && closed.contains("a torn note") && !closed.contains("another drawer"), "{closed}");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_database_itself_shows_a_tellers_role_the_own_drawer_and_no_table() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [one, two, _] = counters();
        paid(&house, 0, &one).await;
        paid(&house, 2, &two).await;
        let mut connection = house.world.sql.acquire().await.expect("a connection");
        let mut asked = async |teller: &str, statement: &str| {
            let mut tx = connection.begin().await.expect("a transaction");
            sqlx::query("SELECT set_config('role', 'salur_teller', true), set_config('salur.teller', $1, true), set_config('salur.pay_point', $2, true)")
                .bind(teller)
                .bind(if teller.is_empty() { "" } else { "PP-1902" })
                .execute(&mut *tx)
                .await
                .expect("the owner may take any role");
            let found = sqlx::query(AssertSqlSafe(statement.to_owned())).fetch_one(&mut *tx).await.map(|row| row.get::<i64, _>(0));
            found.map_err(|error| error.as_database_error().and_then(sqlx::error::DatabaseError::code).map(std::borrow::Cow::into_owned))
        };
        let hand_overs = "SELECT count(*) FROM drawer.hand_overs";
        assert_eq!(house.world.count("proofs").await, 2, "the control: there are two");
        assert_eq!(asked(one.teller, hand_overs).await, Ok(1));
        assert_eq!(asked("TELLER-9", hand_overs).await, Ok(0));
        for view in ["hand_overs", "moves", "counts", "floats", "counters"] {
            assert_eq!(asked("", &format!("SELECT count(*) FROM drawer.{view}")).await, Ok(0), "{view}: nobody said whose");
        }
        assert_eq!(asked(two.teller, "SELECT received FROM drawer.floats").await, Ok(FLOAT));
        for table in ["proofs", "payments", "recipients", "cash_counts", "ledger_accounts", "actors", "findings", "audit", "tellers"] {
            let refused = asked(one.teller, &format!("SELECT count(*) FROM public.{table}")).await;
            assert_eq!(refused, Err(Some("42501".to_owned())), "{table}");
        }
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_teller_names_a_drawer_and_a_pay_point_that_are_there_and_others_name_none() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let make = async |wanted: Value| {
            let (status, told) = house.call(Method::POST, "/api/actors", Some(&admin), Some(&wanted)).await;
            (status.as_u16(), told["error"].as_str().unwrap_or_default().to_owned())
        };
        let refused = |code: &str| (422, code.to_owned());
        assert_eq!(make(wanted("a.teller", "TELLER-99", "PP-1902")).await, refused("teller"));
        assert_eq!(make(wanted("a.teller", "TELLER-1", "PP-9999")).await, refused("pay_point"));
        let with = |field: &str, value: Value| {
            let mut wanted = wanted("a.teller", "TELLER-1", "PP-1902");
            wanted[field] = value;
            wanted
        };
        assert_eq!(make(with("region", json!("11"))).await, refused("teller"), "the office lies elsewhere");
        assert_eq!(make(with("pay_point", Value::Null)).await, refused("teller"));
        assert_eq!(make(with("role", json!("auditor"))).await, refused("teller"), "an auditor has no drawer");
        assert_eq!(make(with("region", json!(""))).await, (201, String::new()), "the control");
        house.close().await;
    })
    .await;
}
