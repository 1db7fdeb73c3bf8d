//! A staffed installation with a programme, and the commands of `salur bank`.

use std::sync::Arc;

use salur_tests::Lab;
use serde_json::Value;

use crate::setup::binary::{Run, Salur};

/// What each regency of the programme is granted, by a paper of its own but for the decree.
pub const GRANTED: i64 = 3_000_000;
/// Tranche 4: three regencies, one decree.
pub const DECREE: &str = "SK 22/2020";
/// Tranche 5, Belitung.
pub const BELITUNG_5: &str = "CONTOH/BST-5/1902";

/// An installation whose programme is set up.
pub async fn funded(lab: &Arc<Lab>, settings: &[(&str, &str)]) -> Salur {
    let salur = Salur::staffed_with(lab, 1, settings).await;
    let file = decree(&salur);
    let done = salur.setup(&file, &["--json"]).json();
    assert_eq!(done["applied"], true, "{done}");
    salur
}

/// The programme's file with the decree in it.
pub fn decree(salur: &Salur) -> String {
    salur.edited("setup.toml", "decree.toml", |text| {
        let text = text.replace("CONTOH/BST-4/1902", DECREE).replace("CONTOH/BST-4/1906", DECREE);
        let third = format!("[[tranche.allocation]]\nregency = \"1901\"\namount = {GRANTED}\ndocument = \"{DECREE}\"\n\n");
        text.replacen("[[tranche]]\nid = 5", &format!("{third}[[tranche]]\nid = 5"), 1)
    })
}

/// Sends a file.
pub fn import(salur: &Salur, name: &str, content: impl AsRef<[u8]>, more: &[&str]) -> Run {
    let path = salur.file(name);
    std::fs::write(&path, content).expect("the folder can be written");
    salur.run(&[&["bank", "import", &path, "--programme", "BST"], more].concat())
}

/// Sends a file that is taken; what its lines came to: outcome and how many.
pub fn imported(salur: &Salur, name: &str, content: &str) -> Vec<(String, i64)> {
    let told = import(salur, name, content, &["--json"]).json();
    assert!(told["answer"]["accepted"] == true && told["matched_at"].is_string(), "{told}");
    let outcomes = told["outcomes"].as_array().expect("a list").iter();
    outcomes.map(|it| (it["outcome"].as_str().expect("a word").to_owned(), it["lines"].as_i64().expect("a number"))).collect()
}

/// Open cases.
pub fn cases(salur: &Salur) -> Vec<Value> {
    let told = salur.run(&["bank", "cases", "--json"]).json();
    told["cases"].as_array().expect("a list").clone()
}

/// Kind, document, amount and what was expected of each open case.
pub fn told(salur: &Salur) -> Vec<(String, String, i64, Option<i64>)> {
    let text = |case: &Value, field: &str| case[field].as_str().unwrap_or_default().to_owned();
    let of =
        |case: &Value| (text(case, "kind"), text(case, "document"), case["amount"].as_i64().unwrap_or_default(), case["expected"].as_i64());
    let mut told: Vec<_> = cases(salur).iter().map(of).collect();
    told.sort();
    told
}

/// What a case of these tests looks like.
pub fn case(kind: &str, document: &str, amount: i64, expected: Option<i64>) -> (String, String, i64, Option<i64>) {
    (kind.to_owned(), document.to_owned(), amount, expected)
}

/// Runs the checks that name anything of banks.
pub fn verified(salur: &Salur) {
    let run = salur.run(&["verify"]);
    assert!(run.out.contains("bank-matches"), "{run:?}");
    assert_eq!(run.code, Some(0), "{run:?}");
}
