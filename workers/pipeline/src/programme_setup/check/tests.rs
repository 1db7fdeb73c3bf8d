//! The example holds; what is changed in it is found, all of it, with its path.

use super::*;

/// What the installation of these tests allows.
const MOST: i64 = 1_000_000_000;

fn check(text: &str) -> Result<Checked, Vec<Problem>> {
    super::check(text, Rupiah::new(MOST).expect("it is positive"))
}

const EXAMPLE: &str = include_str!("../../../../../docs/setup.example.toml");

fn paths(text: &str) -> Vec<String> {
    check(text).expect_err("the file is wrong").into_iter().map(|problem| problem.path).collect()
}

#[test]
fn the_example_of_the_documentation_holds() {
    let checked = check(EXAMPLE).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let data = checked.data;
    assert_eq!((data.tranches.len(), data.allocations.len(), data.pay_points.len()), (1, 2, 2));
    assert_eq!((data.offices.len(), data.tellers.len(), data.devices.len(), data.sources.len()), (1, 2, 1, 1));
    assert!(data.villages.iter().any(|village| village.village == "1902011001"));
}

#[test]
fn a_regency_with_money_and_villages_without_a_pay_point_is_a_warning() {
    let checked = check(EXAMPLE).expect("the example holds");
    assert!(checked.warnings.iter().any(|warning| warning.contains("1906") && warning.contains("PAY01")), "{:?}", checked.warnings);
}

#[test]
fn every_wrong_field_is_told_at_once_with_its_path() {
    let text = EXAMPLE
        .replace("approval_threshold = 1_000_000_000", "approval_threshold = -1")
        .replace("regency = \"1906\"", "regency = \"1999\"")
        .replace("closes_at = 2020-08-13", "closes_at = 2020-06-13")
        .replace("office = \"KC-1902\"", "office = \"KC-1903\"")
        .replace("latitude = -2.741", "latitude = -92.741")
        .replace("name = \"dinsos-belitung\"", "name = \"Dinsos Belitung\"");
    assert_eq!(
        paths(&text),
        [
            "programme.approval_threshold",
            "tranche[0].closes_at",
            "tranche[0].allocation[1].regency",
            "pay_point[0].latitude",
            "teller[0].office",
            "teller[1].office",
            "source[0].name"
        ]
    );
}

#[test]
fn a_table_that_cannot_be_read_hides_no_other_and_is_not_missed() {
    let text = EXAMPLE
        .replace("regency = \"1902\"\n\n[[teller]]", "regency = 1902\n\n[[teller]]")
        .replace("amount = 300_000 ", "amount = \"300.000\" ");
    assert_eq!(paths(&text), ["tranche[0].amount", "office[0].regency"]);
}

#[test]
fn unknown_keys_and_tables_are_refused() {
    let text = format!("{EXAMPLE}\ncolour = \"red\"\n[fee]\namount = 1\n");
    assert_eq!(paths(&text), ["fee", "source[0]"]);
}

#[test]
fn a_programme_excludes_others_once_each_and_never_itself() {
    let excludes = |list: &str| EXAMPLE.replace("code = \"BST\"", &format!("code = \"BST\"\nexcludes = {list}"));
    let pairs = |list: &str| check(&excludes(list)).expect("the file holds").data.exclusions;
    let codes: Vec<[String; 2]> = pairs(r#"["PKH", "BPNT"]"#).iter().map(|pair| pair.codes().map(str::to_owned)).collect();
    assert_eq!(codes, [["BST", "PKH"], ["BPNT", "BST"]], "whoever names it, a pair is one pair");
    assert_eq!(pairs("[]"), []);
    let wrong = paths(&excludes(r#"["PKH", "BST", "P K H", "PKH"]"#));
    assert_eq!(wrong, ["programme.excludes[1]", "programme.excludes[2]", "programme.excludes[3]"]);
}

#[test]
fn a_village_is_served_by_one_pay_point() {
    let text = EXAMPLE.replace("villages = [\"190203\"]", "villages = [\"190203\", \"1902011001\"]");
    let problems = check(&text).expect_err("the village is in 190201 too");
    assert_eq!(problems[0].path, "pay_point[1].villages[1]");
    assert!(problems[0].reason.contains("pay_point[0].villages[0]"), "{}", problems[0]);
}

#[test]
fn text_that_is_no_toml_is_one_problem_with_its_line() {
    let problems = check("[programme]\ncode = \n").expect_err("no TOML");
    assert_eq!(problems.len(), 1);
    assert!(problems[0].reason.contains("line 2"), "{}", problems[0]);
}

#[test]
fn a_programme_does_not_raise_its_threshold_above_the_installations() {
    assert_eq!(
        paths(&EXAMPLE.replace("approval_threshold = 1_000_000_000", "approval_threshold = 1_000_000_001")),
        ["programme.approval_threshold"]
    );
}
