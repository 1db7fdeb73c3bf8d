//! Both versions give the rows they hold; totals that differ are told with both figures; no input grows without bound.

use proptest::prelude::*;

use super::*;

/// A transaction as the table of the module has it.
fn transaction(reference: &str, amount: &str) -> String {
    format!(
        "<CdtTrfTxInf><PmtId><InstrId>i</InstrId><EndToEndId>{reference}</EndToEndId></PmtId><Amt>{amount}</Amt><Cdtr><Nm>Siti &amp; \
         Aminah</Nm><PstlAdr><Ctry>ID</Ctry><AdrLine>Jl. A 12</AdrLine><AdrLine>RT 01/RW 02</AdrLine></PstlAdr><Id><PrvtId>\
         <DtAndPlcOfBirth><BirthDt>1985-04-12</BirthDt><CityOfBirth>x</CityOfBirth></DtAndPlcOfBirth>\
         <Othr><Id>1902015204850007</Id><SchmeNm><Prtry>NIK</Prtry></SchmeNm></Othr>\
         <Othr><Id>1902010101010001</Id><SchmeNm><Prtry>KK</Prtry></SchmeNm></Othr>\
         <Othr><Id>19.02.01.1001</Id><SchmeNm><Prtry>DESA</Prtry></SchmeNm></Othr>\
         <Othr><Id>12</Id><SchmeNm><Cd>CUST</Cd></SchmeNm></Othr></PrvtId></Id></Cdtr></CdtTrfTxInf>"
    )
}

fn rupiah(amount: &str) -> String {
    format!("<InstdAmt Ccy=\"IDR\">{amount}</InstdAmt>")
}

fn document(version: &str, group: &str, payments: &[(&str, &str)]) -> String {
    let payments = payments
        .iter()
        .map(|(totals, rows)| format!("<PmtInf><PmtInfId>P-1</PmtInfId><PmtMtd>TRF</PmtMtd>{totals}{rows}</PmtInf>"))
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{version}\"><CstmrCdtTrfInitn>\
         <GrpHdr><MsgId>M-1</MsgId>{group}</GrpHdr>{payments}</CstmrCdtTrfInitn></Document>\n"
    )
}

/// A file of these transactions without sums.
fn file(rows: &[String]) -> String {
    document("pain.001.001.09", &format!("<NbOfTxs>{}</NbOfTxs>", rows.len()), &[("", &rows.concat())])
}

fn read(file: impl AsRef<[u8]>) -> Result<Vec<RowResult>, RowError> {
    Rows::new(file.as_ref()).map(Iterator::collect)
}

/// The error that ends the reading of a file, wherever it comes.
fn refused(file: impl AsRef<[u8]>) -> RowError {
    let error = match read(file) {
        Err(error) => error,
        Ok(rows) => rows.last().cloned().expect("an item").expect_err("an error"),
    };
    assert!(error.fatal);
    error
}

/// The error of the second of three transactions; the others are read.
fn fault(row: String) -> RowError {
    let good = transaction("E1", &rupiah("1"));
    let rows = read(file(&[good.clone(), row, good])).expect("a header");
    assert_eq!((rows.len(), rows[0].is_ok(), rows[2].is_ok()), (3, true, true));
    let error = rows[1].clone().expect_err("a fault");
    assert_eq!((error.line, error.fatal), (2, false));
    error
}

fn siti(reference: &str) -> SubmittedRow {
    SubmittedRow {
        row_ref: reference.to_owned(),
        nik: "1902015204850007".to_owned(),
        kk: "1902010101010001".to_owned(),
        name: "Siti & Aminah".to_owned(),
        birth_date: "1985-04-12".to_owned(),
        sex: String::new(),
        address: "Jl. A 12, RT 01/RW 02".to_owned(),
        village: "19.02.01.1001".to_owned(),
        home_visit: String::new(),
        amount: "300000".to_owned(),
    }
}

#[test]
fn both_versions_and_any_prefix_give_the_rows_and_the_header() {
    let rows = [transaction("E1", &rupiah("300000.00")), transaction("E2", &rupiah("300000"))];
    let group = "<NbOfTxs>2</NbOfTxs><CtrlSum>600000.0</CtrlSum>";
    let totals = "<NbOfTxs>1</NbOfTxs><CtrlSum>300000</CtrlSum>";
    for version in [Version::V03, Version::V09] {
        let plain = document(version.message(), group, &[(totals, &rows[0]), (totals, &rows[1])]);
        let prefixed = plain.replace("</", "</x:").replace('<', "<x:").replace("<x:/x:", "</x:").replace("<x:?", "<?");
        for file in [plain.clone(), format!("\u{FEFF}{plain}"), plain.replace("><", ">\r\n  <"), prefixed.replace("xmlns=", "xmlns:x=")] {
            let reader = Rows::new(file.as_bytes()).expect("a header");
            let header = reader.header().clone();
            assert_eq!((header.version, header.message_id.as_str(), header.count), (version, "M-1", 2));
            assert_eq!((header.sum.as_deref(), header.payment_id.as_deref()), (Some("600000.0"), Some("P-1")));
            let rows: Vec<_> = reader.collect();
            assert_eq!(rows, [Ok((1, siti("E1"))), Ok((2, siti("E2")))], "{file}");
        }
    }
}

#[test]
fn totals_that_differ_are_told_with_both_figures_after_the_rows() {
    let row = transaction("E1", &rupiah("300000"));
    let told = |group: &str, payment: &str| {
        let rows = read(document("pain.001.001.03", group, &[(payment, &row)])).expect("a header");
        assert_eq!((rows.len(), &rows[0]), (2, &Ok((1, siti("E1")))));
        rows[1].clone().expect_err("an error").to_string()
    };
    let remedy = "; export the file again, or correct the control totals";
    assert_eq!(told("<NbOfTxs>3</NbOfTxs>", ""), format!("file: GrpHdr declares 3 transactions and has 1{remedy}"));
    let sum = "<NbOfTxs>1</NbOfTxs><CtrlSum>300000.01</CtrlSum>";
    assert_eq!(told(sum, ""), format!("file: GrpHdr declares a sum of 300000.01; its amounts give 300000{remedy}"));
    let good = "<NbOfTxs>1</NbOfTxs>";
    assert_eq!(told(good, "<NbOfTxs>2</NbOfTxs>"), format!("file: PmtInf declares 2 transactions and has 1{remedy}"));
    assert_eq!(told(good, "<CtrlSum>3</CtrlSum>"), format!("file: PmtInf declares a sum of 3; its amounts give 300000{remedy}"));
}

#[test]
fn amounts_are_whole_rupiah_and_count_in_the_sum_whatever_their_currency() {
    let what = |amount: &str| {
        let error = fault(transaction("E2", amount));
        assert_eq!(error.column, Some("amount"));
        assert!(error.remedy.starts_with("write whole rupiah"));
        error.what
    };
    assert_eq!(what(&rupiah("300000.50")), "the amount has a fraction of a rupiah");
    assert_eq!(what("<InstdAmt Ccy=\"USD\">300000</InstdAmt>"), "the currency is not IDR");
    assert_eq!(what("<InstdAmt>300000</InstdAmt>"), "the currency is not IDR");
    assert_eq!(what("<EqvtAmt><Amt Ccy=\"IDR\">1</Amt></EqvtAmt>"), "InstdAmt is missing");
    for bad in ["-1", "3e5", "", "300.000,00", "1000000000000000000"] {
        assert_eq!(what(&rupiah(bad)), "the amount is not a decimal number of up to 18 digits", "{bad}");
    }
    assert_eq!(read(file(&[transaction("E1", &rupiah("0"))])).expect("a header")[0].as_ref().expect("a row").1.amount, "0");
    let rows = [transaction("E1", &rupiah("1.50")), transaction("E2", "<InstdAmt Ccy=\"USD\">2.50</InstdAmt>")];
    let group = "<NbOfTxs>2</NbOfTxs><CtrlSum>4</CtrlSum>";
    assert_eq!(read(document("pain.001.001.03", group, &[("", &rows.concat())])).expect("a header").len(), 2, "two faults, sums agree");
}

#[test]
fn identifiers_are_there_once_and_at_most_35_characters() {
    let limit = "é".repeat(MAX_ID_CHARS);
    assert_eq!(read(file(&[transaction(&limit, &rupiah("1"))])).expect("a header")[0].as_ref().expect("a row").1.row_ref, limit);
    let error = fault(transaction(&format!("{limit}x"), &rupiah("1")));
    assert_eq!((error.column, error.what.as_str()), (Some("id"), "longer than 35 characters"));
    for missing in ["", " ", "NOTPROVIDED"] {
        let error = fault(transaction(missing, &rupiah("1")));
        assert_eq!(
            error.in_format(crate::Format::Pain001).to_string(),
            "transaction 2, column id: EndToEndId is missing; give every transaction a reference of its own"
        );
    }
    let long = transaction("E", &rupiah("1")).replace("1902015204850007", &"1".repeat(36));
    assert_eq!(fault(long).column, Some("nik"));
    let twice = transaction("E", &rupiah("1")).replace("<Prtry>KK", "<Prtry>NIK");
    assert_eq!((fault(twice.clone()).column, fault(twice).what.as_str()), (Some("nik"), "the element stands twice"));
    let long = file(&[]).replace("M-1", &"M".repeat(36));
    assert_eq!(refused(long).what, "MsgId is empty or longer than 35 characters");
}

#[test]
fn entity_bombs_and_document_types_are_refused_at_their_first_line() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>";
    let body = file(&[transaction("&b;", &rupiah("1"))]).replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", bomb);
    assert_eq!(refused(body).to_string(), "file: the file has a document type (DTD); write it without DTD and entities");
    let error = refused(file(&[transaction("&b;", &rupiah("1"))]));
    assert_eq!(error.to_string(), "line 1: the file uses an entity; write the character itself");
    assert_eq!(refused(file(&[transaction("&#0;", &rupiah("1"))])).what, "the file uses an entity");
}

#[test]
fn files_that_are_something_else_are_refused_with_a_remedy() {
    let good = file(&[transaction("E1", &rupiah("1"))]);
    let bare = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"/>".to_owned();
    let cases = [
        (bare, "the group header is missing"),
        (String::new(), "the file is empty"),
        ("nik,kk\n1,2\n".to_owned(), "text outside of the document"),
        (good.replace("pain.001.001.09", "pain.008.001.02"), "the namespace is of another message or version"),
        (good.replace("Document", "Dokument"), "the root element is not Document"),
        (good.replace("CstmrCdtTrfInitn", "CstmrDrctDbtInitn"), "not a customer credit transfer initiation"),
        (good.replace("<PmtInf>", "<PmtInf><o:x xmlns:o=\"urn:o\"/>"), "an element of an unknown namespace"),
        (good.replace("<PmtInf>", "<PmtInf xmlns=\"\">"), "an element of an unknown namespace"),
        (good.replace("<PmtInf>", "<PmtInf><o:x/>"), "an element of an unknown namespace"),
        (good.replace("GrpHdr", "GrpHdx"), "a payment before the group header"),
        (good.replace("<NbOfTxs>1</NbOfTxs>", ""), "GrpHdr lacks NbOfTxs"),
        (good.replace("<NbOfTxs>1<", "<NbOfTxs>-1<"), "NbOfTxs is not a number of 1 to 15 digits"),
        (good.replace("</GrpHdr>", "</GrpHdr><GrpHdr></GrpHdr>"), "a second group header"),
        (good.replace("UTF-8", "ISO-8859-1"), "the file declares another encoding than UTF-8"),
        (format!("{good}{good}"), "something follows the document"),
        (good.replace("Siti", &"S".repeat(MAX_TEXT_BYTES)), "a text is larger than 4096 bytes"),
        (good.replace("Siti", &"<a>".repeat(65)), "elements deeper than 64 or with names longer than 128 bytes"),
        (good.replace("<PmtInf>", &format!("<!--{}--><PmtInf>", "x".repeat(70_000))), "a tag or text is larger than 65536 bytes"),
        (good.replace("</Nm>", "</Nn>"), "not well-formed XML"),
    ];
    for (file, what) in cases {
        let error = refused(&file);
        assert!(error.what.starts_with(what), "{error} is not {what}");
        assert!(!error.to_string().contains("Siti") && !error.remedy.is_empty());
    }
    assert_eq!(
        refused(
            file(&[transaction("E1", &rupiah("1"))])
                .replace("Siti", "Jos\u{e9}")
                .replace('é', "\u{1}")
                .into_bytes()
                .iter()
                .map(|b| if *b == 1 { 0xE9 } else { *b })
                .collect::<Vec<_>>()
        )
        .what,
        "not UTF-8"
    );
}

#[test]
fn a_file_cut_anywhere_never_looks_whole() {
    let whole = file(&[transaction("E1", &rupiah("1")), transaction("E2", &rupiah("1"))]);
    let end = whole.trim_end().len();
    for cut in 0..end {
        refused(&whole.as_bytes()[..cut]);
    }
    assert!(read(&whole.as_bytes()[..end]).expect("a header").iter().all(Result::is_ok));
}

#[test]
fn a_text_without_end_ends_the_reading() {
    let start = file(&[transaction("E1", &rupiah("1"))]);
    let start = &start[..start.find("Siti").expect("there")];
    for endless in [b'x', b'<', b'&', b' '] {
        let error = Rows::new(start.as_bytes().chain(std::io::repeat(endless))).map(|mut rows| rows.find_map(Result::err));
        assert!(error.expect("a header").expect("an error").fatal);
    }
}

#[test]
fn supplementary_data_of_anybody_is_read_past() {
    let row = transaction("E1", &rupiah("300000"));
    let row = row.replace("</CdtTrfTxInf>", "<SplmtryData><Envlp><o:x xmlns:o=\"urn:o\">1</o:x></Envlp></SplmtryData></CdtTrfTxInf>");
    assert_eq!(read(file(&[row])), Ok(vec![Ok((1, siti("E1")))]));
}

proptest! {
    #[test]
    fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        if let Ok(rows) = read(bytes) {
            prop_assert!(rows.is_empty());
        }
    }

    #[test]
    fn any_damage_ends_and_numbers_only_go_up(at in 0_usize..2_000, with in "[<>/&;\"a-cPI !\\[\\]-]{0,12}", drop in 0_usize..40) {
        let mut file = file(&[transaction("E1", &rupiah("1")), transaction("E2", &rupiah("1"))]).into_bytes();
        let at = at.min(file.len());
        file.splice(at..(at + drop).min(file.len()), with.bytes());
        if let Ok(rows) = read(file) {
            prop_assert!(rows.len() <= 3 && rows.iter().flatten().map(|(line, _)| line).is_sorted());
        }
    }
}

#[test]
fn the_payment_information_is_named_where_it_is_the_only_one() {
    let row = transaction("E1", &rupiah("1"));
    for (payments, named) in [(1, Some("P-1")), (2, None)] {
        let file = document("pain.001.001.09", &format!("<NbOfTxs>{payments}</NbOfTxs>"), &vec![("", row.as_str()); payments]);
        let mut rows = Rows::new(file.as_bytes()).expect("a header");
        assert_eq!((rows.by_ref().count(), rows.header().only_payment()), (payments, named));
    }
}
