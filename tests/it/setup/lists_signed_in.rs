//! `salur submit` through the portal: as whoever is signed in, for their own source.

use std::sync::Arc;

use salur_tests::{Lab, in_lab};
use serde_json::Value;
use sqlx::Row;

use super::binary::{Run, Salur};

const SENDER: &str = "dinsos.belitung";

/// A programme that is set up, and an office that sends for its source.
async fn with_sender(lab: &Arc<Lab>, families: u32) -> Salur {
    let salur = Salur::staffed(lab, families).await;
    assert_eq!(salur.setup(&salur.file("setup.toml"), &[]).code, Some(0));
    salur.add(SENDER, &["--role", "office", "--source", "dinsos-belitung"]);
    salur
}

fn submit(salur: &Salur, who: &str, file: &str, more: &[&str]) -> Run {
    salur.run_as(who, &[&["submit", file, "--tranche", "BST-4"], more].concat())
}

#[tokio::test]
async fn a_list_is_sent_for_the_callers_source_and_again_without_harm() {
    in_lab(|lab| async move {
        let salur = with_sender(&lab, 300).await;
        let list = salur.file("tranche-4.csv");
        let sent = submit(&salur, SENDER, &list, &["--json"]).json();
        assert_eq!((&sent["rows"], &sent["source"], &sent["sent"]), (&300.into(), &"dinsos-belitung".into(), &true.into()), "{sent}");
        assert_eq!(submit(&salur, SENDER, &list, &["--json"]).json()["batch_id"], sent["batch_id"]);
        let told = submit(&salur, SENDER, &list, &["--batch", "april"]);
        assert!(told.code == Some(0) && told.out.contains("batch april of dinsos-belitung for BST-4"), "{told:?}");
        let other = submit(&salur, SENDER, &salur.file("tranche-5.csv"), &["--batch", "april"]);
        assert!(other.code == Some(1) && other.err.contains("another list came under this name before"), "{other:?}");
        assert_eq!(salur.row("SELECT count(*) FROM audit WHERE act = 'batch_submitted'").await.get::<i64, _>(0), 3);
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_looks_ahead_and_sends_nothing() {
    in_lab(|lab| async move {
        let salur = with_sender(&lab, 300).await;
        let told = submit(&salur, SENDER, &salur.file("tranche-4.csv"), &["--dry-run"]);
        assert_eq!(told.code, Some(0), "{told:?}");
        for part in ["300 rows, Rp", "payable", "held", "rejected", "1902 KABUPATEN BELITUNG", "left  fits", "nothing was sent"] {
            assert!(told.out.to_uppercase().contains(&part.to_uppercase()), "{part}: {}", told.out);
        }
        assert_eq!(salur.row("SELECT count(*) FROM uploads").await.get::<i64, _>(0), 0);
    })
    .await;
}

#[tokio::test]
async fn faults_are_told_in_the_words_of_the_format() {
    in_lab(|lab| async move {
        let salur = with_sender(&lab, 30).await;
        let bad = salur.edited("tranche-4.csv", "bad.csv", |text| text.replacen(",300000", ",300.000", 1));
        let refused = submit(&salur, SENDER, &bad, &[]);
        assert!(refused.code == Some(1) && refused.err.contains("bad.csv: line 2, column amount: "), "{refused:?}");
        assert!(refused.err.contains("write whole rupiah in digits only: 300000") && refused.err.contains("nothing was sent"));
        let told: Value = serde_json::from_str(&submit(&salur, SENDER, &bad, &["--json"]).out).expect("one JSON object");
        assert_eq!((&told["sent"], &told["faults"]), (&false.into(), &1.into()));
    })
    .await;
}

#[tokio::test]
async fn who_has_no_source_or_is_not_signed_in_sends_nothing_however_long_the_list() {
    in_lab(|lab| async move {
        let salur = Salur::staffed(&lab, 20_000).await;
        let list = salur.file("tranche-4.csv");
        for _ in 0..10 {
            let refused = submit(&salur, "the.admin", &list, &[]);
            assert!(refused.code == Some(1) && refused.err.contains("a caller of role administrator may not do this"), "{refused:?}");
        }
        let nobody = submit(&salur, "nobody", &list, &[]);
        assert!(nobody.code == Some(1) && nobody.err.contains("not signed in"), "{nobody:?}");
    })
    .await;
}

#[tokio::test]
async fn a_list_with_own_names_of_columns_is_taken_while_the_source_has_a_mapping() {
    in_lab(|lab| async move {
        let salur = with_sender(&lab, 30).await;
        let list = salur.edited("tranche-4.csv", "own.csv", |text| text.replacen("nik", "NIK KTP", 1));
        std::fs::write(salur.file("mapping.toml"), "[columns]\nnik = \"NIK KTP\"\n").expect("the folder can be written");
        let refused = submit(&salur, SENDER, &list, &[]);
        assert!(refused.code == Some(1) && refused.err.contains("column nik: the header lacks a column"), "{refused:?}");
        let mapping = |what: &[&str]| salur.run_as(SENDER, &[&["mapping"], what].concat());
        assert!(mapping(&["show"]).out.contains("dinsos-belitung uses our own names of columns"));
        let set = mapping(&["set", &salur.file("mapping.toml")]);
        assert!(set.code == Some(0) && set.out.starts_with("# dinsos-belitung, version 1, set by dinsos.belitung\n[columns]\n"), "{set:?}");
        assert_eq!(mapping(&["show"]).out, set.out);
        assert_eq!(submit(&salur, SENDER, &list, &["--json"]).json()["rows"], 30);
        let wrong = mapping(&["set", &list]);
        assert!(wrong.code == Some(1) && wrong.err.contains("the mapping is not TOML"), "{wrong:?}");
        let nowhere = mapping(&["set", &salur.file("nowhere.toml")]);
        assert!(nowhere.code == Some(1) && nowhere.err.contains("nowhere.toml cannot be read"), "{nowhere:?}");
        let removed = mapping(&["remove", "--json"]).json();
        assert_eq!((&removed["version"], &removed["content"]), (&2.into(), &"".into()));
        assert_eq!(submit(&salur, SENDER, &list, &["--batch", "other"]).code, Some(1));
        let treasurer = salur.run(&["mapping", "show"]);
        assert!(treasurer.code == Some(1) && treasurer.err.contains("a caller of role treasurer may not do this"), "{treasurer:?}");
    })
    .await;
}
