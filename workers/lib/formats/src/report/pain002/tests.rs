//! The report is well-formed whatever the texts, says each row's status, and nothing that was not counted.

use proptest::prelude::*;

use super::super::Words;
use super::*;
use crate::xml::{Step, Xml};

fn original(version: Version) -> Original {
    Original { version, message_id: "M-1".to_owned(), payment_id: Some("P-1".to_owned()), count: Some(4) }
}

fn row(reference: &str, status: &str) -> Row {
    Row { row_ref: reference.to_owned(), status: status.to_owned(), ..Row::default() }
}

fn finding(message: &str) -> Finding {
    let words = |message: &str, remedy: &str| Words { message: message.to_owned(), remedy: remedy.to_owned() };
    let (indonesian, english) = (words("salah", "perbaiki"), words(message, "mend it"));
    Finding { code: "NIK04".to_owned(), column: "nik".to_owned(), indonesian, english }
}

fn written(version: Version, rows: &[Row]) -> io::Result<String> {
    let mut answered = Answered::default();
    for row in rows {
        answered.count(&row.status, 1)?;
    }
    let created = "2020-08-01T08:00:00Z".parse().expect("a time");
    let mut report = Pain002::new(Vec::new(), "A-1", created, &original(version), &answered)?;
    for row in rows {
        report.write(row)?;
    }
    Ok(String::from_utf8(report.finish()?).expect("UTF-8"))
}

/// Every text with the path of its element.
fn texts(file: &str) -> Vec<(String, String)> {
    let mut xml = Xml::new(file.as_bytes());
    let (mut path, mut texts, mut text) = (Vec::new(), Vec::new(), String::new());
    loop {
        match xml.step().expect("well-formed") {
            Step::Open => path.push(xml.name().to_owned()),
            Step::Text => text.push_str(xml.text()),
            Step::Close => {
                if !text.is_empty() {
                    texts.push((path.join("/"), std::mem::take(&mut text)));
                }
                path.pop();
            }
            Step::End => return texts,
        }
    }
}

fn text_of(file: &str, element: &str) -> Vec<String> {
    texts(file).into_iter().filter(|(path, _)| path.ends_with(element)).map(|(_, text)| text).collect()
}

#[test]
fn the_report_answers_each_row_in_the_elements_of_the_standard() {
    let finding = finding("date <impossible> & so");
    let rows = [row("E1", "paid"), Row { findings: vec![finding], ..row("E2", "held") }, row("E3", "rejected"), row("E4", "funded")];
    let report = "Document/CstmrPmtStsRpt";
    for (version, paid) in [(Version::V03, "ACSC"), (Version::V09, "ACCC")] {
        let group = format!("{report}/OrgnlGrpInfAndSts");
        let payment = format!("{report}/OrgnlPmtInfAndSts");
        let transaction = format!("{payment}/TxInfAndSts");
        let expected = [
            (format!("{report}/GrpHdr/MsgId"), "A-1"),
            (format!("{report}/GrpHdr/CreDtTm"), "2020-08-01T08:00:00Z"),
            (format!("{group}/OrgnlMsgId"), "M-1"),
            (format!("{group}/OrgnlMsgNmId"), version.message()),
            (format!("{group}/OrgnlNbOfTxs"), "4"),
            (format!("{group}/GrpSts"), "PART"),
            (format!("{payment}/OrgnlPmtInfId"), "P-1"),
            (format!("{transaction}/OrgnlEndToEndId"), "E1"),
            (format!("{transaction}/TxSts"), paid),
            (format!("{transaction}/OrgnlEndToEndId"), "E2"),
            (format!("{transaction}/TxSts"), "PDNG"),
            (format!("{transaction}/StsRsnInf/Rsn/Prtry"), "NIK04"),
            (format!("{transaction}/StsRsnInf/AddtlInf"), "nik: salah; perbaiki / date <impossible> & so; mend it"),
            (format!("{transaction}/OrgnlEndToEndId"), "E3"),
            (format!("{transaction}/TxSts"), "RJCT"),
            (format!("{transaction}/OrgnlEndToEndId"), "E4"),
            (format!("{transaction}/TxSts"), "ACSP"),
        ];
        assert_eq!(texts(&written(version, &rows).expect("memory")), expected.map(|(path, text)| (path, text.to_owned())));
    }
}

#[test]
fn the_group_status_follows_from_the_rows() {
    let group = |statuses: &[&str]| {
        let rows: Vec<_> = statuses.iter().map(|status| row("E", status)).collect();
        text_of(&written(Version::V03, &rows).expect("memory"), "/GrpSts").concat()
    };
    assert_eq!((group(&["accepted", "paid"]), group(&["rejected", "cancelled"])), ("ACTC".to_owned(), "RJCT".to_owned()));
    assert_eq!((group(&["paid", "rejected"]), group(&["funded", "held"])), ("PART".to_owned(), "PART".to_owned()));
    assert_eq!((group(&["held", "rejected"]), group(&["staged"]), group(&[])), ("PDNG".to_owned(), "PDNG".to_owned(), "PDNG".to_owned()));
}

#[test]
fn what_the_standard_has_no_room_for_is_an_error_and_not_cut_off() {
    assert!(written(Version::V03, &[row(&"E".repeat(35), "paid")]).is_ok());
    for bad in [row(&"E".repeat(36), "paid"), row("", "paid"), row("E", "lost")] {
        assert_eq!(written(Version::V03, &[bad]).expect_err("refused").kind(), io::ErrorKind::InvalidInput);
    }
    let mut answered = Answered::default();
    answered.count("held", 1).expect("a status");
    let report = || Pain002::new(Vec::new(), "A-1", DateTime::UNIX_EPOCH, &original(Version::V03), &answered).expect("memory");
    assert!(report().finish().is_err(), "a row is missing");
    let mut report = report();
    report.write(&row("E", "held")).expect("counted");
    assert!(report.write(&row("E", "held")).is_err(), "not counted");
}

proptest! {
    #[test]
    fn any_message_is_well_formed_and_whole(message in "\\PC{0,300}|[a-z ]{0,300}|[\\x00-\\x7F]{0,200}", reference in "\\PC{1,35}") {
        let file = written(Version::V09, &[Row { findings: vec![finding(&message)], ..row(&reference, "held") }]).expect("memory");
        let pieces = text_of(&file, "/AddtlInf");
        prop_assert!(pieces.iter().all(|piece| (1..=105).contains(&piece.chars().count())));
        let squeezed = |text: &str| text.split_whitespace().collect::<String>().replace(is_no_xml, "\u{FFFD}");
        prop_assert_eq!(squeezed(&pieces.concat()), squeezed(&format!("nik: salah; perbaiki / {message}; mend it")));
        prop_assert_eq!(text_of(&file, "/OrgnlEndToEndId"), [reference]);
    }
}
