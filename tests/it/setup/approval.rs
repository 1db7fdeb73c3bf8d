//! A tranche above the threshold is opened by somebody who entered nothing of it, on the sum that person saw.

use salur_tests::in_lab;
use serde_json::{Value, json};
use sqlx::Row;

use super::binary::{APPROVER, Run, Salur, TREASURER};

/// Lower than any tranche of these tests.
const LOW: &str = "approval_threshold = 1\n";

async fn with_low_threshold(lab: &std::sync::Arc<salur_tests::Lab>) -> (Salur, String) {
    let salur = Salur::staffed(lab, 1).await;
    let low = salur.edited("setup.toml", "low.toml", |text| text.replace("approval_threshold = 1000000000\n", LOW));
    let report = salur.setup(&low, &["--json"]).json();
    assert_eq!((&report["applied"], &report["opened"]), (&true.into(), &json!([])), "{report}");
    (salur, low)
}

fn allocation(salur: &Salur) -> i64 {
    let tranches = salur.run(&["tranche", "list", "--json"]).json();
    tranches[0]["allocation"].as_i64().expect("a sum")
}

fn approve(salur: &Salur, who: &str, sum: i64, more: &[&str]) -> Run {
    let sum = sum.to_string();
    salur.run_as(who, &[&["tranche", "approve", "BST-4", "--allocation", &sum, "--document", "SK Mensos 22/2020"], more].concat())
}

#[tokio::test]
async fn a_tranche_above_the_threshold_waits_for_another_treasurer_who_names_its_sum() {
    in_lab(|lab| async move {
        let (salur, low) = with_low_threshold(&lab).await;
        let sum = allocation(&salur);
        let own = approve(&salur, TREASURER, sum, &[]);
        assert!(own.code == Some(1) && own.err.contains("you entered tranche BST-4; another treasurer must approve it"), "{own:?}");
        let other_sum = approve(&salur, APPROVER, sum + 1, &[]);
        assert!(other_sum.code == Some(1) && other_sum.err.contains("look again"), "{other_sum:?}");
        let dry = approve(&salur, APPROVER, sum, &["--dry-run"]);
        assert!(dry.code == Some(0) && dry.out.contains("waits: entered by siti.aminah"), "{dry:?}");
        assert_eq!(salur.row("SELECT count(*) FROM tranches WHERE opened_at IS NOT NULL").await.get::<i64, _>(0), 0);

        let done = approve(&salur, APPROVER, sum, &[]);
        assert!(done.code == Some(0) && done.out.contains("tranche BST-4 is approved and open"), "{done:?}");
        let again = approve(&salur, APPROVER, sum, &[]);
        assert!(again.code == Some(1) && again.err.contains("open already"), "{again:?}");
        let tranches = salur.run(&["tranche", "list", "--json"]).json();
        let people = |tranche: &Value| (tranche["entered_by"].clone(), tranche["approved_by"].clone(), tranche["opened_at"].is_string());
        assert_eq!(people(&tranches[0]), (json!([TREASURER]), json!(APPROVER), true));
        assert_eq!(people(&tranches[1]), (json!([TREASURER]), Value::Null, false), "the other tranche waits for its own");

        let same = salur.setup(&low, &["--json"]).json();
        assert_eq!(same["nothing_to_change"], true, "an approved tranche may exceed the threshold: {same}");
    })
    .await;
}

#[tokio::test]
async fn an_approved_tranche_neither_grows_nor_changes() {
    in_lab(|lab| async move {
        let (salur, _) = with_low_threshold(&lab).await;
        assert_eq!(approve(&salur, APPROVER, allocation(&salur), &[]).code, Some(0));
        let dearer = salur.edited("low.toml", "dearer.toml", |text| text.replacen("amount = 300000", "amount = 600000", 1));
        let refused = salur.setup(&dearer, &[]);
        assert!(refused.code == Some(1) && refused.err.contains("tranche[0].amount: the tranche was approved as it is"), "{refused:?}");
        let topped = salur.edited("low.toml", "topped.toml", |text| {
            let more = "[[tranche.allocation]]\nregency = \"1902\"\namount = 7000000\ndocument = \"top-up\"\n\n";
            text.replacen("[[tranche]]\nid = 5", &format!("{more}[[tranche]]\nid = 5"), 1)
        });
        let refused = salur.setup(&topped, &[]);
        assert!(refused.code == Some(1) && refused.err.contains("would exceed the threshold and what was approved"), "{refused:?}");
        // negative control: the tranche that nobody approved yet may grow
        let waiting = salur.edited("low.toml", "waiting.toml", |text| {
            let more = "[[tranche.allocation]]\nregency = \"1902\"\namount = 7000000\ndocument = \"top-up\"\n\n";
            text.replacen("[[pay_point]]", &format!("{more}[[pay_point]]"), 1)
        });
        assert_eq!(salur.setup(&waiting, &[]).code, Some(0));
    })
    .await;
}

#[tokio::test]
async fn who_topped_a_tranche_up_does_not_approve_it_either() {
    in_lab(|lab| async move {
        let (salur, _) = with_low_threshold(&lab).await;
        let topped = salur.edited("low.toml", "topped.toml", |text| {
            let more = "[[tranche.allocation]]\nregency = \"1902\"\namount = 7000000\ndocument = \"top-up\"\n\n";
            text.replacen("[[tranche]]\nid = 5", &format!("{more}[[tranche]]\nid = 5"), 1)
        });
        assert_eq!(salur.run_as(APPROVER, &["setup", &topped]).code, Some(0));
        let sum = allocation(&salur);
        for who in [TREASURER, APPROVER] {
            let refused = approve(&salur, who, sum, &[]);
            assert!(refused.code == Some(1) && refused.err.contains("you entered"), "{refused:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_programme_cannot_raise_its_threshold_above_the_installations() {
    in_lab(|lab| async move {
        let salur = Salur::staffed_with(&lab, 1, &[("SALUR__TRANCHES__APPROVAL_THRESHOLD_MAX_RUPIAH", "999999999")]).await;
        let refused = salur.setup(&salur.file("setup.toml"), &[]);
        assert!(refused.code == Some(1) && refused.err.contains("programme.approval_threshold: Rp1.000.000.000 is above"), "{refused:?}");
        assert_eq!(salur.row("SELECT count(*) FROM programmes").await.get::<i64, _>(0), 0);
    })
    .await;
}

#[tokio::test]
async fn an_administrator_sets_nothing_up_and_approves_nothing() {
    in_lab(|lab| async move {
        let salur = Salur::staffed(&lab, 1).await;
        let refused = salur.run_as("the.admin", &["setup", &salur.file("setup.toml")]);
        assert!(refused.code == Some(1) && refused.err.contains("a caller of role administrator may not do this"), "{refused:?}");
        let refused = approve(&salur, "the.admin", 1, &[]);
        assert!(refused.code == Some(1) && refused.err.contains("refused (403)"), "{refused:?}");
        let nobody = salur.run_as("nobody", &["setup", &salur.file("setup.toml")]);
        assert!(nobody.code == Some(1) && nobody.err.contains("not signed in"), "{nobody:?}");
    })
    .await;
}
