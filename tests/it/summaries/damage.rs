//! A summary that is not the ledger's says so: each damage is told by name, and none is told before it.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use salur_tests::{in_lab, programme::AMOUNT};
use serde_json::{Value, json};
use sqlx::Executor;

use super::{Staffed, figures, ledger::expected, town};

/// A damage, by what it is told: the summary, and what differs where.
const DAMAGE: &[(&str, &str, &str, &str)] = &[
    (
        "UPDATE tally_deltas SET rupiah = rupiah + 1 WHERE ctid = (SELECT min(ctid) FROM tally_deltas WHERE tranche = 4 AND measure = 'paid')",
        "regency",
        "gone",
        "1902",
    ),
    ("INSERT INTO tally_deltas SELECT tranche, village, pay_point, 'funded', 1, 300000 FROM tally_deltas WHERE tranche = 4 AND measure = 'funded'
        AND starts_with(village, '1906') LIMIT 1", "pay-point", "funded", "1906"),
    ("UPDATE allocations SET amount = amount - 5 WHERE tranche = 4 AND regency = '1906'", "tranche", "allocation", "1906"),
    ("UPDATE ledger_accounts SET debits = debits + 7 WHERE kind = 'recipient' AND tranche = 4 AND regency = '1902' AND credits > debits + 7", "tranche", "gone",
        "1902"),
    (
        "UPDATE transfers SET amount = amount + 3 WHERE kind = 'hand_over'
          AND subject = (SELECT min(subject::text)::uuid FROM transfers WHERE kind = 'hand_over')",
        "teller",
        "handed_over",
        "",
    ),
];

async fn differences(staffed: &Staffed, by: &str) -> Vec<(String, String)> {
    let told = staffed.summary(by).await;
    let named = told["differences"].as_array().expect("a list").iter().map(|apart| {
        assert_ne!(apart["summary"], apart["ledger"]);
        let text = |field: &str| apart[field].as_str().expect("text").to_owned();
        (text("what"), text("regency"))
    });
    named.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_that_was_changed_is_told_where_it_is_not_the_ledgers() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        let world = &staffed.house.world;
        world.keep().await;
        for (damage, by, what, regency) in DAMAGE {
            assert_eq!(differences(&staffed, by).await, [], "before: {damage}");
            let done = world
                .sql
                .execute(sqlx::AssertSqlSafe(format!("SET session_replication_role = replica; {damage}; RESET session_replication_role")));
            done.await.expect("a superuser may do anything");
            let told = differences(&staffed, by).await;
            assert!(told.contains(&((*what).to_owned(), (*regency).to_owned())), "{damage}: {told:?}");
            world.rewind().await;
        }
        staffed.house.close().await;
    })
    .await;
}

/// The comparison of the tests with the ledger can fail: the control of `ledger.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn a_tally_that_was_changed_is_not_what_the_entries_say() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        let world = &staffed.house.world;
        let before = staffed.summary("regency").await;
        let change = "UPDATE tally_deltas SET families = families + 1
            WHERE ctid = (SELECT min(ctid) FROM tally_deltas WHERE tranche = 4 AND measure = 'returned')";
        world.sql.execute(change).await.expect("a superuser may do anything");
        let after = staffed.summary("regency").await;
        let ledger = expected(world, "regency").await;
        assert_eq!(figures(&before), ledger);
        let told = figures(&after);
        let keys: BTreeSet<_> = told.keys().chain(ledger.keys()).collect();
        let apart: Vec<&str> = keys.into_iter().filter(|key| ledger.get(*key) != told.get(*key)).map(|(_, name)| name.as_str()).collect();
        assert_eq!(apart, ["open_families", "returned_families"], "whoever was returned is not open");
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_says_how_far_it_is_from_the_ledger() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        let damage = "INSERT INTO tally_deltas SELECT tranche, village, pay_point, measure, families, rupiah FROM tally_deltas
            WHERE tranche = 4 AND measure = 'paid' AND starts_with(village, '1906') LIMIT 1";
        staffed.house.world.sql.execute(damage).await.expect("a superuser may do anything");
        let (status, told) = staffed.get(&staffed.auditor, "/api/summaries/tranche").await;
        assert_eq!((status, &told["tranche"]), (StatusCode::OK, &Value::Null), "all tranches");
        let off: Vec<_> =
            told["lines"].as_array().expect("lines").iter().map(|line| (&line["code"], &line["figures"]["off_ledger_rupiah"])).collect();
        assert_eq!(off, [(&json!("BST-4"), &json!(AMOUNT)), (&json!("BST-5"), &json!(0))]);
        assert_eq!(told["total"]["off_ledger_rupiah"], json!(AMOUNT));
        staffed.house.close().await;
    })
    .await;
}
