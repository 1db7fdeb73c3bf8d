//! What is counted, and what is refused before anything is sent.

use std::io::Write;

use super::*;

const HEADER: &str = "id,nik,kk,name,village,amount\n";

fn row(reference: &str, amount: &str) -> String {
    format!("{reference},1902015204850007,1902010101010001,Siti Aminah,1902011001,{amount}\n")
}

fn file(text: &str) -> Document {
    let mut file = tempfile::tempfile().expect("the folder for temporary files can be written");
    file.write_all(text.as_bytes()).expect("written");
    Document::of(file, "list.csv", Mapping::default()).expect("it can be read").expect("its name tells")
}

fn read(text: &str) -> Summary {
    summarise(&file(text), Check::Totals).expect("the file can be read")
}

#[test]
fn rows_are_counted_and_summed_and_the_content_digested() {
    let text = format!("{HEADER}{}{}", row("1", "300000"), row("2", "600000"));
    let summary = read(&text);
    assert_eq!((summary.rows, summary.sum.get(), summary.fault_count), (2, 900_000, 0));
    assert_eq!(summary.sha256, <[u8; 32]>::from(Sha256::digest(&text)));
}

#[test]
fn an_amount_that_has_to_be_guessed_is_refused_with_its_line_and_column() {
    let summary = read(&format!("{HEADER}{}{}", row("1", "300000"), row("2", "300.000")));
    assert_eq!(summary.fault_count, 1);
    assert_eq!((summary.faults[0].line, summary.faults[0].column), (3, Some("amount")));
}

#[test]
fn a_reference_used_twice_is_refused_wherever_it_stands() {
    let summary = read(&format!("{HEADER}{}{}{}", row("b", "1"), row("a", "1"), row("b", "1")));
    assert_eq!(summary.fault_count, 1);
    assert_eq!((summary.faults[0].line, summary.faults[0].column), (4, Some("id")));
}

#[test]
fn references_need_not_be_in_order() {
    assert_eq!(read(&format!("{HEADER}{}{}{}", row("9", "1"), row("10", "1"), row("2", "1"))).fault_count, 0);
}

#[test]
fn a_file_without_rows_or_header_is_refused() {
    assert_eq!(read(HEADER).fault_count, 1);
    assert!(read("a,b\n1,2\n").faults[0].to_string().contains("lacks a column"));
}

#[test]
fn only_the_first_faults_are_kept_and_all_are_counted() {
    let rows: String = (0..50).map(|n| row(&n.to_string(), "x")).collect();
    let summary = read(&format!("{HEADER}{rows}"));
    assert_eq!((summary.faults.len(), summary.fault_count), (FAULTS_SHOWN, 50));
}

#[test]
fn the_rules_of_one_row_are_counted_on_request() {
    let list = file(&format!("{HEADER}{}", row("1", "300000").replace("1902015204850007", "190201520485007")));
    let summary = summarise(&list, Check::Alone("2026-06-01".parse().expect("a day"))).expect("the file can be read");
    assert_eq!(summary.findings.into_iter().collect::<Vec<_>>(), [(Code::Nik01, 1)]);
}
