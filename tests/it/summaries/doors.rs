//! Who may ask for summaries, what is refused in which words, and the command line.

use reqwest::StatusCode;
use salur_tests::{in_lab, programme::SOURCE};
use serde_json::{Value, json};
use sqlx::Executor;

use super::{ALL, Staffed, figures, total, town};
use crate::portal::{command_line::Desk, people::system, support::code};

#[tokio::test(flavor = "multi_thread")]
async fn cash_is_told_to_those_who_may_see_cash_and_the_rest_to_those_who_may_see_tranches() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, lab.world().await).await;
        let upstream = system(&staffed.house, &staffed.admin, "sender", SOURCE).await;
        let ops = crate::portal::people::person(&staffed.house, &staffed.admin, "run", "ops", None).await;
        for by in ALL {
            let path = format!("/api/summaries/{by}?tranche=BST-4");
            let tells_cash = ["office", "teller", "day"].contains(&by);
            let of_ops = if tells_cash { StatusCode::FORBIDDEN } else { StatusCode::OK };
            for (token, status) in [
                (&staffed.auditor, StatusCode::OK),
                (&staffed.treasurer, StatusCode::OK),
                (&ops, of_ops),
                (&upstream, StatusCode::FORBIDDEN),
                (&staffed.admin, StatusCode::FORBIDDEN),
            ] {
                assert_eq!(staffed.get(token, &path).await.0, status, "{by}");
            }
            assert_eq!(staffed.house.call(reqwest::Method::GET, &path, None, None).await.0, StatusCode::UNAUTHORIZED);
        }
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_summed_up_is_refused_with_what_to_do() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, lab.world().await).await;
        for (path, refused) in [
            ("/api/summaries/province?tranche=BST-4", (404, "by")),
            ("/api/summaries/regency?tranche=BST-9", (404, "tranche")),
            ("/api/summaries/tranche?tranche=BST-9", (404, "tranche")),
            ("/api/summaries/regency", (422, "tranche")),
            ("/api/summaries/regency?tranche=BST-4&format=pdf", (400, "query")),
        ] {
            let answer = staffed.get(&staffed.auditor, path).await;
            assert_eq!(code(&answer), refused, "{path}");
        }
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_acts_for_a_region_sees_its_part_and_its_ledger() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        let near = staffed.get(&staffed.neighbour, "/api/summaries/regency?tranche=BST-4").await.1;
        let whole = figures(&staffed.summary("regency").await);
        let part: super::Figures = whole.into_iter().filter(|((regency, _), _)| regency == "1906").collect();
        assert!(!part.is_empty());
        assert_eq!((figures(&near), &near["region"], &near["differences"]), (part, &json!("1906"), &json!([])));
        let tranche = staffed.get(&staffed.neighbour, "/api/summaries/tranche?tranche=BST-4").await.1;
        assert_eq!(total(&tranche), total(&near));
        for by in ["office", "teller"] {
            let told = staffed.get(&staffed.neighbour, &format!("/api/summaries/{by}?tranche=BST-4")).await.1;
            assert_eq!(told["lines"], json!([]), "its tellers are another regency's");
        }
        let days = staffed.get(&staffed.neighbour, "/api/summaries/day?tranche=BST-4").await.1;
        assert_eq!((&days["total"]["handed_over_families"], &days["total"]["received_rupiah"]), (&json!(1), &json!(0)));
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn salur_summary_prints_writes_and_ends_with_1_where_it_is_not_the_ledger() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        let desk = Desk::new(&staffed.house, "audit");
        let wanted = json!({ "name": "an.auditor", "kind": "person", "role": "auditor" });
        let made = staffed.house.call(reqwest::Method::POST, "/api/actors", Some(&staffed.admin), Some(&wanted)).await.1;
        let code = made["code"].as_str().expect("a code");
        let (done, said) = desk.run(&["login", "--server", &staffed.house.address, "--as", "an.auditor", "--code", code]).await;
        assert!(done, "{said}");
        let (done, said) = desk.run(&["summary", "regency", "--tranche", "BST-4"]).await;
        assert!(done && said.starts_with("summary by regency of BST-4 as of 20") && said.contains("Kabupaten Belitung Timur"), "{said}");
        let (done, said) = desk.run(&["summary", "teller", "--tranche", "BST-4", "--json"]).await;
        let told: Value = serde_json::from_str(&said).expect("JSON");
        assert!(done);
        assert_eq!(figures(&told), figures(&staffed.summary("teller").await));
        for (flag, first) in [("--csv", b"at,tr".as_slice()), ("--xlsx", b"PK\x03\x04".as_slice())] {
            let out = desk.home.join("summary");
            let (done, said) = desk.run(&["summary", "day", "--tranche", "BST-4", flag, out.to_str().expect("text")]).await;
            assert!(done && std::fs::read(&out).is_ok_and(|bytes| bytes.starts_with(first)), "{said}");
        }
        let (done, said) = desk.run(&["summary", "regency"]).await;
        assert!(!done && said.contains("refused (422): name the tranche"), "{said}");
        let damage = "UPDATE tally_deltas SET rupiah = rupiah + 1 WHERE ctid = (SELECT min(ctid) FROM tally_deltas WHERE tranche = 4 AND measure = 'paid')";
        staffed.house.world.sql.execute(damage).await.expect("a superuser may do anything");
        let (done, said) = desk.run(&["summary", "tranche"]).await;
        assert!(!done && said.contains("NOT THE LEDGER: BST-4 1902 gone"), "{said}");
        staffed.house.close().await;
    })
    .await;
}
