//! A case is closed by a person, with a reason, once; it moves no money, and what is over by itself needs nobody.

use salur_tests::in_lab;
use sqlx::Row;

use super::{
    binary::{BELITUNG_5, GRANTED, cases, funded, imported, told, verified},
    statements::{Booked, Day},
};

#[tokio::test]
async fn a_case_is_closed_once_with_a_reason_and_moves_no_money() {
    in_lab(|lab| async move {
        let salur = funded(&lab, &[]).await;
        imported(&salur, "1.sta", &Day::new(1, &[Booked::credit(700, "B-1", "bunga")]).mt940());
        let before = "SELECT (SELECT sum(debits) FROM ledger_accounts)::bigint, count(*) FROM transfers";
        let (moved, transfers): (i64, i64) = {
            let row = salur.row(before).await;
            (row.get(0), row.get(1))
        };
        let open = cases(&salur);
        let id = open[0]["id"].as_str().expect("an id");
        let closed = salur.run(&["bank", "close", id, "--reason", "bunga bank"]);
        assert!(closed.code == Some(0) && closed.out.contains("is closed"), "{closed:?}");
        assert_eq!(told(&salur), []);
        let again = salur.run(&["bank", "close", id, "--reason", "sekali lagi"]);
        assert!(again.code == Some(1) && again.err.contains("this case is over"), "{again:?}");
        let all = salur.run(&["bank", "cases", "--all", "--json"]).json();
        assert_eq!((&all["cases"][0]["closed_by"], &all["cases"][0]["reason"]), (&"siti.aminah".into(), &"bunga bank".into()));
        let after = salur.row(before).await;
        assert_eq!((after.get::<i64, _>(0), after.get::<i64, _>(1)), (moved, transfers));
        let audit = salur.row("SELECT count(*) FROM audit WHERE act = 'bank_case_decided' AND actor = 'siti.aminah'").await;
        assert_eq!(audit.get::<i64, _>(0), 1);
        verified(&salur);
    })
    .await;
}

#[tokio::test]
async fn a_line_whose_case_was_closed_is_still_matched_when_its_transfer_comes() {
    in_lab(|lab| async move {
        let salur = crate::setup::binary::Salur::staffed(&lab, 1).await;
        let without = salur.edited("setup.toml", "without.toml", |text| {
            text.replace("[[tranche.allocation]]\nregency = \"1902\"\namount = 3000000\ndocument = \"CONTOH/BST-5/1902\"\n", "")
        });
        assert_eq!(salur.setup(&without, &[]).code, Some(0));
        imported(&salur, "1.sta", &Day::new(1, &[Booked::credit(GRANTED, "B-1", BELITUNG_5)]).mt940());
        let open = cases(&salur);
        assert_eq!(salur.run(&["bank", "close", open[0]["id"].as_str().expect("an id"), "--reason", "menyusul"]).code, Some(0));
        assert_eq!(salur.setup(&salur.file("setup.toml"), &[]).code, Some(0));
        let second = Day::new(2, &[Booked::credit(1, "B-2", "bunga")]);
        imported(&salur, "2.sta", &second.mt940());
        let lines = salur.run(&["bank", "lines", "--programme", "BST", "--outcome", "matched", "--json"]).json();
        assert_eq!(lines.as_array().map(Vec::len), Some(1), "the next statement matches what waits: {lines}");
    })
    .await;
}
