//! One object a line, each key once, digits as they are written; bad lines are named and passed over; nothing grows without bound.

use std::io::Read;

use proptest::prelude::*;

use super::*;

const ROW: &str =
    r#"{"id":"r1","nik":"1902015204850007","kk":"1902010101010001","name":"Siti","village":"19.02.01.1001","amount":"300000"}"#;

fn read(file: impl AsRef<[u8]>) -> Vec<Result<(u64, SubmittedRow), RowError>> {
    Rows::new(file.as_ref()).expect("a beginning").collect()
}

fn siti() -> SubmittedRow {
    SubmittedRow {
        row_ref: "r1".to_owned(),
        nik: "1902015204850007".to_owned(),
        kk: "1902010101010001".to_owned(),
        name: "Siti".to_owned(),
        village: "19.02.01.1001".to_owned(),
        home_visit: String::new(),
        amount: "300000".to_owned(),
        ..SubmittedRow::default()
    }
}

/// The row with its amount (a raw value) and more after it.
fn with(amount: &str, more: &str) -> String {
    ROW.replace("\"300000\"}", &format!("{amount}{more}}}"))
}

/// The only error of a file of that line between two good ones.
fn fault(line: impl AsRef<[u8]>) -> RowError {
    let file = [ROW.as_bytes(), b"\n", line.as_ref(), b"\n", ROW.as_bytes()].concat();
    let rows = read(file);
    assert_eq!((rows.len(), &rows[0], &rows[2]), (3, &Ok((1, siti())), &Ok((3, siti()))), "the others are read");
    rows[1].clone().expect_err("a fault")
}

#[test]
fn dialects_give_the_same_row() {
    let aliases = ROW.replace("\"kk\"", "\"No KK\"").replace("name", "NAMA").replace("amount", "nominal");
    for file in [ROW.to_owned(), format!("\u{FEFF}{ROW}\r\n"), format!("  {ROW} \n\n \r\n"), aliases, with("300000", ",\"note\":null")] {
        assert_eq!(read(&file), [Ok((1, siti()))], "{file}");
    }
    let lines: Vec<_> = read(format!("\n\r\n{ROW}\n\n{ROW}")).into_iter().map(|row| row.expect("good").0).collect();
    assert_eq!(lines, [3, 5]);
}

#[test]
fn an_amount_reaches_the_rules_as_it_was_written() {
    for amount in ["0", "-5", "300000.50", "3e5", "99999999999999999999999", "300000.00"] {
        assert_eq!(read(with(amount, ""))[0].as_ref().expect("a row").1.amount, amount);
        assert_eq!(read(with(&format!("\"{amount}\""), ""))[0].as_ref().expect("a row").1.amount, amount);
    }
}

#[test]
fn a_key_twice_is_refused_whatever_it_is_called() {
    for twice in [",\"amount\":1", ",\"nominal\":1", ",\"am\\u006funt\":1", ",\" Amount\":1"] {
        let error = fault(with("300000", twice));
        assert_eq!((error.column, error.what.as_str(), error.fatal), (Some("amount"), "the key stands twice", false));
    }
    assert_eq!(fault(with("1", ",\"x\":1,\"x\":1")).what, "a key stands twice");
    let many = (0..=MAX_COLUMNS).map(|n| format!(",\"x{n}\":1")).collect::<Vec<_>>().concat();
    assert_eq!(fault(with("1", &many)).what, "too many keys");
}

#[test]
fn numbers_that_may_have_lost_digits_are_refused() {
    let error = fault(ROW.replace("\"1902015204850007\"", "1902015204850007"));
    assert_eq!((error.line, error.column, error.what.as_str()), (2, Some("nik"), "the value is a number"));
    assert!(error.remedy.starts_with("write it in quotation marks"));
    assert_eq!(fault(ROW.replace("\"1902010101010001\"", "1.9E+15")).column, Some("kk"));
}

#[test]
fn lines_that_are_no_row_are_named_and_passed_over() {
    let cases = [
        ("[1]", None, "not a JSON object"),
        ("\"Siti\"", None, "not a JSON object"),
        ("{\"nik\":\"19", None, "not JSON from character 10 on"),
        (&format!("{ROW}{ROW}"), None, "not JSON from character 119 on"),
        ("{}", Some("nik"), "the object lacks a key; it may be called nik"),
        (&with("[300000]", ""), Some("amount"), "the value is an object or a list"),
        (&with("1", ",\"x\":{\"y\":1}"), None, "the value is an object or a list"),
        (&with("true", ""), Some("amount"), "the value is not a text"),
        (&with("\"\\ud800\"", ""), Some("amount"), "the value is not a text"),
    ];
    for (line, column, what) in cases {
        let error = fault(line);
        assert_eq!((error.line, error.column, error.what.as_str(), error.fatal), (2, column, what, false), "{line}");
        assert!(!error.to_string().contains("Siti"), "an error quotes nothing of the row");
    }
    assert_eq!(fault(b"{\"nik\":\"Jos\xE9\"}").what, "not UTF-8");
    assert_eq!(fault(format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000))).what, "not a JSON object");
}

#[test]
fn files_that_are_no_lines_are_refused_with_a_remedy() {
    let refused = |file: &[u8]| Rows::new(file).err().expect("refused");
    assert_eq!(refused(b"").to_string(), "file: the file is empty; check that it is the right file");
    assert_eq!(refused(b"\xFF\xFE{\0").to_string(), "line 1: the file is UTF-16; save the file as UTF-8");
    assert_eq!(refused(format!(" [{ROW}]").as_bytes()).to_string(), "line 1: the file is a JSON array; write one JSON object a line");
}

#[test]
fn a_line_without_end_ends_the_reading() {
    let largest = with("1", &" ".repeat(MAX_LINE_BYTES - ROW.len() + 6));
    assert_eq!(largest.len() + 1, MAX_LINE_BYTES);
    let start = format!("{largest}\n{ROW}\n{{");
    let rows: Vec<_> = Rows::new(start.as_bytes().chain(std::io::repeat(b'x'))).expect("a beginning").collect();
    assert_eq!((rows.len(), rows[0].is_ok(), rows[1].is_ok()), (3, true, true));
    let error = rows[2].as_ref().expect_err("too large");
    assert_eq!((error.line, error.fatal, error.what.as_str()), (3, true, "the line is larger than 65536 bytes"));
}

#[test]
fn a_mapping_names_keys_and_gives_constants() {
    let mapping = Mapping::parse("[columns]\nname = \"Nama KPM\"\n[constants]\namount = \"300000\"").expect("a mapping");
    let line = ROW.replace("\"name\"", "\"nama_kpm\"");
    let rows: Vec<_> = Rows::mapped(line.as_bytes(), &mapping).expect("a beginning").collect();
    assert_eq!(rows[0].as_ref().expect_err("both").column, Some("amount"));
    let line = line.replace(",\"amount\":\"300000\"", "");
    let rows: Vec<_> = Rows::mapped(line.as_bytes(), &mapping).expect("a beginning").collect();
    assert_eq!(rows, [Ok((1, siti()))]);
    let rows: Vec<_> = Rows::mapped(ROW.as_bytes(), &mapping).expect("a beginning").collect();
    assert!(!rows[0].as_ref().expect_err("both").fatal);
}

proptest! {
    #[test]
    fn any_bytes_end_and_lines_only_go_up(bytes in prop::collection::vec(any::<u8>(), 1..2_000), json in "([{}\":,0-9a-z\\\\\\[\\]]{0,40}\n){0,20}") {
        for file in [bytes, json.into_bytes()] {
            let Ok(rows) = Rows::new(file.as_slice()) else { continue };
            let lines: Vec<u64> = rows.map(|row| row.map_or_else(|error| error.line, |(line, _)| line)).collect();
            prop_assert!(lines.is_sorted());
        }
    }
}
