//! `salur cash` as people type it.

use salur_tests::in_lab;
use serde_json::Value;
use sqlx::Row;

use super::day;
use crate::setup::binary::{Run, Salur, TREASURER};

const SUPERVISOR: &str = "wati.lestari";

struct Desk {
    salur: Salur,
    office: String,
    teller: String,
    float: i64,
}

async fn office(lab: &std::sync::Arc<salur_tests::Lab>) -> Desk {
    let salur = Salur::staffed(lab, 1).await;
    salur.add(SUPERVISOR, &["--role", "supervisor"]);
    assert_eq!(salur.setup(&salur.file("setup.toml"), &["--json"]).json()["applied"], true);
    let cash = salur.run(&["cash", "list", "--json"]).json();
    let line = rich(&cash);
    let text = |field: &str| line[field].as_str().expect("a text").to_owned();
    Desk { office: text("office"), teller: text("teller"), float: line["books"].as_i64().expect("a sum"), salur }
}

/// The line of the first teller with a float.
fn rich(cash: &Value) -> &Value {
    let mut lines = cash["tellers"].as_array().into_iter().flatten();
    lines.find(|line| line["received"].as_i64() > Some(10_000)).expect("a teller has a float")
}

impl Desk {
    fn move_it(&self, from: &str, to: &str, amount: i64, more: &[&str]) -> Run {
        let amount = amount.to_string();
        let fixed = ["cash", "move", "--programme", "BST", "--from", from, "--to", to, "--amount", &amount, "--document", "BA-KAS-1"];
        self.salur.run_as(TREASURER, &[&fixed, more].concat())
    }

    fn close(&self, counted: i64, more: &[&str]) -> Run {
        let (counted, day) = (counted.to_string(), day(0).to_string());
        let fixed = ["cash", "close", "--programme", "BST", "--teller", &self.teller, "--day", &day, "--counted", &counted];
        self.salur.run_as(SUPERVISOR, &[&fixed, more].concat())
    }
}

#[tokio::test]
async fn cash_is_moved_a_day_closed_short_made_good_and_listed_by_command() {
    in_lab(|lab| async move {
        let it = office(&lab).await;
        let (office, teller) = (format!("office:{}", it.office), format!("teller:{}", it.teller));
        let dry = it.move_it(&teller, &office, 1_000, &["--dry-run"]);
        assert!(dry.code == Some(0) && dry.out.contains("would move Rp1.000") && dry.out.contains("nothing was moved"), "{dry:?}");
        assert_eq!(it.salur.row("SELECT count(*) FROM cash_moves").await.get::<i64, _>(0), 0);
        let done = it.move_it(&teller, &office, 1_000, &[]);
        assert!(done.code == Some(0) && done.out.contains("moved Rp1.000 from teller:"), "{done:?}");
        let much = it.move_it(&teller, &office, it.float, &[]);
        assert!(much.code == Some(1) && much.err.contains("the books say that less is there"), "{much:?}");

        let left = it.float - 1_000;
        let waits = it.close(left, &["--unsynchronised", "2"]);
        assert!(waits.code == Some(1) && waits.err.contains("2 not sent") && waits.err.contains("synchronise it"), "{waits:?}");
        let short = it.close(left - 500, &["--unsynchronised", "0"]);
        assert!(short.code == Some(1) && short.err.contains("Rp500 short"), "{short:?}");
        let dry = it.close(left - 500, &["--unsynchronised", "0", "--reason", "a note was lost", "--dry-run"]);
        assert!(dry.code == Some(0) && dry.out.contains("would close, Rp500 short"), "{dry:?}");
        let closed = it.close(left - 500, &["--unsynchronised", "0", "--reason", "a note was lost"]);
        assert!(closed.code == Some(0) && closed.out.contains("is closed, Rp500 short"), "{closed:?}");

        let settle = [
            "cash",
            "settle",
            "--programme",
            "BST",
            "--teller",
            &it.teller,
            "--office",
            &it.office,
            "--amount",
            "500",
            "--document",
            "BA-2",
        ];
        let settled = it.salur.run(&settle);
        assert!(settled.code == Some(0) && settled.out.contains("moved Rp500 from difference:"), "{settled:?}");
        let cash = it.salur.run(&["cash", "list", "--programme", "BST", "--office", &it.office, "--json"]).json();
        let line = rich(&cash);
        assert_eq!((&line["books"], &line["difference"], &line["short"]), (&(left - 500).into(), &0.into(), &500.into()));
        assert_eq!(cash["offices"][0]["books"], 1_500);
        let table = it.salur.run(&["cash", "list"]);
        assert!(table.code == Some(0) && table.out.contains("paid out") && table.out.contains(&it.teller), "{table:?}");
    })
    .await;
}

#[tokio::test]
async fn a_command_sent_again_under_its_request_moves_nothing_twice() {
    in_lab(|lab| async move {
        let it = office(&lab).await;
        let request = uuid::Uuid::from_u128(7).to_string();
        let (office, teller) = (format!("office:{}", it.office), format!("teller:{}", it.teller));
        for _ in 0..2 {
            let done = it.move_it(&teller, &office, it.float, &["--request", &request, "--json"]).json();
            assert_eq!(done["effect"]["effect"], "booked");
        }
        let other = it.move_it(&teller, &office, 1, &["--request", &request]);
        assert!(other.code == Some(1) && other.err.contains("said something else"), "{other:?}");
        assert_eq!(it.salur.row("SELECT count(*) FROM cash_moves").await.get::<i64, _>(0), 1);
    })
    .await;
}
