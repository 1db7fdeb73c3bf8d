//! Every figure of every summary is what plain SQL over the ledger's entries says.

use salur_tests::{World, in_lab};
use sqlx::AssertSqlSafe;

use super::{Figures, Staffed, figures, total, town};

/// Name of a figure, kind of the account, kinds of transfers (none: all), sign, and what else must hold of the entry `e`, its account `a` and payment `p`.
type Rule = (&'static str, &'static str, &'static str, i32, &'static str);

/// What every figure that counts families is in the ledger.
const FAMILIES: &[Rule] = &[
    ("funded", "recipient", "'recipient_funded'", -1, "true"),
    ("open", "recipient", "", -1, "true"),
    ("in_question", "recipient", "'hand_over'", 1, "p.status = 'in_question'"),
    ("paid", "recipient", "'hand_over'", 1, "p.status = 'paid'"),
    ("returned", "recipient", "'return', 'return_reversed'", 1, "true"),
    ("returned_unfunded", "reserve", "'return_unfunded'", 1, "true"),
    ("cancelled", "recipient", "'cancelled'", 1, "true"),
    ("withdrawn", "reserve", "'withdrawn'", 1, "true"),
];
const MONEY: &[Rule] = &[
    ("allocation", "allocation", "'programme_funded'", -1, "true"),
    ("unreserved", "allocation", "", -1, "true"),
    ("reserved", "reserve", "", -1, "true"),
    ("return_due", "return_due", "", -1, "true"),
];
const HANDED_OVER: &[Rule] = &[
    ("handed_over", "teller_cash", "'hand_over'", -1, "e.tranche = 4"),
    (
        "undone",
        "teller_cash",
        "'hand_over'",
        -1,
        "e.tranche = 4 AND EXISTS (SELECT FROM transfers u WHERE (u.tranche, u.subject, u.n) = (e.tranche, e.subject, e.n)
           AND u.kind IN ('hand_over_undone', 'not_proven'))",
    ),
    ("in_question", "teller_cash", "'hand_over'", -1, "e.tranche = 4 AND p.status = 'in_question'"),
    ("paid", "teller_cash", "'hand_over'", -1, "e.tranche = 4 AND p.status = 'paid'"),
];
const OF_TELLER: &[Rule] = &[
    ("received", "teller_cash", "'cash_to_teller', 'cash_between_tellers'", 1, "e.amount > 0"),
    ("given_back", "teller_cash", "'cash_back_to_office', 'cash_between_tellers'", -1, "e.amount < 0"),
    ("short", "teller_cash", "'cash_short', 'second_pay_out'", -1, "true"),
    ("over", "teller_cash", "'cash_over'", 1, "true"),
    ("paid_out", "teller_cash", "'hand_over', 'hand_over_undone'", -1, "true"),
    ("books", "teller_cash", "", 1, "true"),
    ("difference", "cash_difference", "", 1, "true"),
];
const OF_OFFICE: &[Rule] = &[
    ("received", "office_cash", "'cash_to_office'", 1, "true"),
    ("paid_in", "office_cash", "'cash_back_to_bank'", -1, "true"),
    ("given", "office_cash", "'cash_to_teller'", -1, "true"),
    ("given_back", "office_cash", "'cash_back_to_office'", 1, "true"),
    ("settled", "office_cash", "'difference_settled'", 1, "true"),
];

/// Sums over entries by a key, under the names of figures.
async fn sums(world: &World, key: &str, rules: &[Rule], counts: bool, of: &str) -> Figures {
    let mut found = Figures::new();
    for (name, account, kinds, sign, only) in rules {
        let kinds = if kinds.is_empty() { "true".to_owned() } else { format!("e.kind IN ({kinds})") };
        let query = format!(
            "SELECT {key}, ({sign} * sum(sign(e.amount)))::bigint, ({sign} * sum(e.amount))::bigint FROM entries e JOIN ledger_accounts a ON a.id = e.account
               LEFT JOIN payments p ON p.tranche = e.tranche AND p.id = e.subject
               WHERE a.kind = '{account}' AND {kinds} AND {only} AND {of} GROUP BY 1"
        );
        let lines: Vec<(String, i64, i64)> =
            sqlx::query_as(AssertSqlSafe(query)).fetch_all(&world.sql).await.expect("entries can be summed");
        for (line, families, rupiah) in lines {
            if counts {
                found.insert((line.clone(), format!("{name}_families")), families);
            }
            found.insert((line, format!("{name}_rupiah")), rupiah);
        }
    }
    found
}

/// Payments made, which are rows and no money yet.
async fn accepted(world: &World, key: &str) -> Figures {
    let query = format!("SELECT {key}, count(*), sum(p.amount)::bigint FROM payments p WHERE p.tranche = 4 GROUP BY 1");
    let lines: Vec<(String, i64, i64)> = sqlx::query_as(AssertSqlSafe(query)).fetch_all(&world.sql).await.expect("payments can be summed");
    let named = |(line, families, rupiah): (String, i64, i64)| {
        [("accepted_families", families), ("accepted_rupiah", rupiah)].map(|(name, number)| ((line.clone(), name.to_owned()), number))
    };
    lines.into_iter().flat_map(named).collect()
}

/// What the ledger says a summary must say.
pub async fn expected(world: &World, by: &str) -> Figures {
    let of_tranche = "e.tranche = 4";
    let place = |key: &'static str, of_payment: &'static str, with_money: bool| async move {
        let mut found = sums(world, key, FAMILIES, true, of_tranche).await;
        found.extend(accepted(world, of_payment).await);
        if with_money {
            found.extend(sums(world, key, MONEY, false, of_tranche).await);
        }
        found
    };
    let office = "'OFFICE-1'";
    let mut found = match by {
        "tranche" => place("'BST-4'", "'BST-4'", true).await,
        "regency" => place("a.regency", "p.regency", true).await,
        "pay-point" => place("p.pay_point", "p.pay_point", false).await,
        "teller" => {
            let mut found = sums(world, "a.owner", HANDED_OVER, true, "true").await;
            found.extend(sums(world, "a.owner", OF_TELLER, false, "true").await);
            found
        }
        "office" => {
            let mut found = sums(world, office, HANDED_OVER, true, "true").await;
            found.extend(sums(world, office, OF_OFFICE, false, "true").await);
            let held = [
                ("books", "office_cash", "", 1, "true"),
                ("drawers", "teller_cash", "", 1, "true"),
                ("difference", "cash_difference", "", 1, "true"),
            ];
            found.extend(sums(world, office, &held, false, "true").await);
            found
        }
        _ => {
            // every family and office of this world is in the western zone
            let day = "to_char(e.at AT TIME ZONE 'Asia/Jakarta', 'YYYY-MM-DD')";
            let mut found = sums(world, day, HANDED_OVER, true, "true").await;
            found.extend(sums(world, day, OF_OFFICE, false, "true").await);
            found
        }
    };
    found.retain(|_, number| *number != 0);
    found
}

/// The sum of lines under `total`.
pub fn summed(lines: &Figures) -> Figures {
    let mut sum = Figures::new();
    for ((_, name), number) in lines {
        *sum.entry(("total".to_owned(), name.clone())).or_default() += number;
    }
    sum.retain(|_, number| *number != 0);
    sum
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_of_every_summary_is_the_ledgers_and_lines_sum_to_the_total() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        let world = &staffed.house.world;
        for by in super::ALL {
            let told = staffed.summary(by).await;
            let ledger = expected(world, by).await;
            assert_eq!(figures(&told), ledger, "by {by}");
            assert_eq!(total(&told), summed(&ledger), "by {by}");
            assert_eq!(told["differences"], serde_json::json!([]), "by {by}");
        }
        assert_eq!(world.violations().await, Vec::<String>::new());
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_state_of_a_family_is_there_and_the_allocation_is_the_sum_of_where_the_money_is() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        let told = staffed.summary("regency").await;
        let sum = total(&told);
        let of = |name: &str| sum.get(&("total".to_owned(), name.to_owned())).copied().unwrap_or_default();
        for (name, families) in [
            ("accepted", 18),
            ("withdrawn", 1),
            ("funded", 15),
            ("open", 1),
            ("in_question", 1),
            ("paid", 4),
            ("returned", 8),
            ("returned_unfunded", 2),
            ("cancelled", 1),
        ] {
            assert_eq!(of(&format!("{name}_families")), families, "{name}");
        }
        let parts = ["unreserved", "reserved", "open", "in_question", "paid", "return_due"];
        assert_eq!(of("allocation_rupiah"), parts.iter().map(|part| of(&format!("{part}_rupiah"))).sum::<i64>());
        assert_eq!(summed(&figures(&told)), total(&staffed.summary("tranche").await), "regencies sum to their tranche");
        assert_eq!(told["at"].as_str().map(|at| at.ends_with('Z')), Some(true), "it says of which moment it is");
        staffed.house.close().await;
    })
    .await;
}
