//! Files of spreadsheets give their rows; what a spreadsheet has spoilt is refused with its row, column and remedy; bombs do not unpack.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

const HEADER: [&str; 10] = ["ID", "NIK", "No KK", "Nama", "Tgl Lahir", "Jenis Kelamin", "Alamat", "Desa", "Nominal", "Kunjungan Rumah"];
const ROW: [&str; 10] =
    ["r1", "1902015204850007", "1902010101010001", "Siti", "1985-04-12", "P", "Jl. A & B", "19.02.01.1001", "300000", "sakit"];

fn read(file: Vec<u8>) -> Result<Vec<RowResult>, RowError> {
    Rows::new(Cursor::new(file)).map(Iterator::collect)
}

fn refused(file: Vec<u8>) -> RowError {
    let error = match read(file) {
        Err(error) => error,
        Ok(rows) => rows.last().cloned().expect("an item").expect_err("an error"),
    };
    assert!(error.fatal && !error.remedy.is_empty());
    error
}

fn siti() -> SubmittedRow {
    let [row_ref, nik, kk, name, birth_date, sex, address, village, amount, home_visit] = ROW.map(str::to_owned);
    SubmittedRow { row_ref, nik, kk, name, birth_date, sex, address, village, home_visit, amount }
}

/// A workbook of a spreadsheet: header, the row, and what else is done to the sheet.
fn book(change: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, HEADER).expect("fits");
    sheet.write_row(1, 0, ROW).expect("fits");
    change(sheet);
    book.add_worksheet();
    book.save_to_buffer().expect("memory")
}

/// The error of the second row of data.
fn fault(change: impl FnOnce(&mut Worksheet)) -> (u64, Option<&'static str>, String) {
    let rows = read(book(|sheet| {
        sheet.write_row(2, 0, ROW).expect("fits");
        change(sheet);
        sheet.write_row(4, 0, ROW).expect("fits");
    }));
    let rows = rows.expect("a header");
    assert_eq!((rows.len(), &rows[0], &rows[2]), (3, &Ok((2, siti())), &Ok((5, siti()))));
    let error = rows[1].clone().expect_err("a fault");
    assert!(!error.fatal && !error.remedy.is_empty());
    (error.line, error.column, error.what)
}

/// A package of these parts.
fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("memory");
        zip.write_all(content).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

const BOOK: &[u8] = br#"<workbook xmlns:r="r"><sheets><sheet name="a" r:id="rId1"/></sheets></workbook>"#;
const RELATIONS: &[u8] = br#"<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>
    <Relationship Id="rId2" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>"#;

/// A workbook by hand: the XML of its sheet and of its shared texts.
fn by_hand(sheet: &str, shared: &str) -> Vec<u8> {
    package(&[
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", shared.as_bytes()),
    ])
}

/// A row of inline texts.
fn inline(cells: &[&str]) -> String {
    let cells = cells.iter().map(|text| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>")).collect::<Vec<_>>().concat();
    format!("<row>{cells}</row>")
}

#[test]
fn a_sheet_gives_its_rows_whatever_it_stores_them_as() {
    let date = Format::new().set_num_format("dd/mm/yyyy");
    let stored_otherwise = book(|sheet| {
        let day = rust_xlsxwriter::ExcelDateTime::from_ymd(1985, 4, 12).expect("a day");
        sheet.write_datetime_with_format(3, 4, day, &date).expect("fits");
        for column in [0, 1, 2, 3, 5, 6, 7, 9] {
            sheet.write(3, column, ROW[usize::from(column)]).expect("fits");
        }
        sheet.write_number(3, 8, 300_000.0).expect("fits");
    });
    assert_eq!(read(stored_otherwise), Ok(vec![Ok((2, siti())), Ok((4, siti()))]));
    let texts: String =
        ROW.map(|text| format!("<si><r><t>{}</t></r><r><t/></r><rPh><t>x</t></rPh></si>", text.replace('&', "&amp;"))).concat();
    let cells = (0..ROW.len()).map(|n| format!("<c t=\"s\"><v>{n}</v></c>")).collect::<Vec<_>>().concat();
    let sheet = format!("<worksheet><sheetData>{}<row r=\"7\">{cells}</row></sheetData></worksheet>", inline(&HEADER));
    assert_eq!(read(by_hand(&sheet, &format!("<sst uniqueCount=\"99999999999\">{texts}</sst>"))), Ok(vec![Ok((7, siti()))]));
}

#[test]
fn a_number_where_digits_are_lost_is_refused_with_the_remedy() {
    let lost = "the cell is a number, its last digits are lost".to_owned();
    assert_eq!(fault(|sheet| drop(sheet.write_number(2, 1, 1_902_015_204_850_007.0))), (3, Some("nik"), lost.clone()));
    assert_eq!(fault(|sheet| drop(sheet.write_number(2, 2, 1_902_010_101_010_001.0))), (3, Some("kk"), lost));
}

#[test]
fn cells_that_are_no_text_are_refused() {
    let formula = || Formula::new("=100000*3").set_result("300000");
    assert_eq!(fault(|sheet| drop(sheet.write_formula(2, 8, formula()))), (3, Some("amount"), "the cell is a formula".to_owned()));
    assert_eq!(fault(|sheet| drop(sheet.write_formula(2, 1, formula()))), (3, Some("nik"), "the cell is a formula".to_owned()));
    assert_eq!(fault(|sheet| drop(sheet.write_boolean(2, 3, true))), (3, Some("name"), "the cell is true or false".to_owned()));
    let date = Format::new().set_num_format("d mmm yy");
    assert_eq!(fault(|sheet| drop(sheet.write_number_with_format(2, 8, 3.0, &date))), (3, Some("amount"), "the cell is a date".to_owned()));
}

#[test]
fn amounts_pass_as_they_are() {
    for (number, text) in [(0.0, "0"), (-5.0, "-5"), (300_000.5, "300000.5"), (3e5, "300000"), (1e20, "100000000000000000000")] {
        let rows = read(book(|sheet| drop(sheet.write_number(1, 8, number)))).expect("a header");
        assert_eq!(rows[0].as_ref().expect("a row").1.amount, text);
    }
}

#[test]
fn one_sheet_has_data() {
    let mut two = Workbook::new();
    for hidden in [false, true] {
        two.add_worksheet().set_hidden(hidden).write_row(0, 0, HEADER).expect("fits");
    }
    assert_eq!(refused(two.save_to_buffer().expect("memory")).what, "2 sheets have data, hidden ones included");
    let mut none = Workbook::new();
    none.add_worksheet();
    assert_eq!(refused(none.save_to_buffer().expect("memory")).what, "the workbook has no data");
    let rows = inline(&["DAFTAR PENERIMA"]) + &inline(&HEADER);
    let error = refused(by_hand(&format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"), "<sst/>"));
    assert_eq!((error.line, error.column, error.what.as_str()), (1, Some("nik"), "the header lacks a column; it may be called nik"));
}

#[test]
fn a_full_sheet_with_its_texts_in_the_cells_is_within_bounds() {
    // as a writer that streams makes it: 599,110,033 bytes of 1,048,575 families were refused once
    let cell = |(column, text): (usize, &str)| format!("<c r=\"{column}1048576\" t=\"inlineStr\"><is><t>{text}</t></is></c>").len();
    let address = "Jl. Jenderal Sudirman No. 123, RT 004 RW 002, Dusun Air Merbau, Kelurahan Lesung Batang, Tanjungpandan 33411";
    let row = ROW.iter().chain([&address]).copied().enumerate().map(cell).sum::<usize>() + "<row r=\"1048576\"></row>".len();
    assert!(row as u64 * MAX_ROWS < MAX_UNPACKED_BYTES, "a row of {row} bytes");
}

#[test]
fn bombs_are_refused_before_they_unpack() {
    let zeros = vec![b' '; 20_000_000];
    let bomb = package(&[("xl/workbook.xml", BOOK), ("xl/worksheets/sheet1.xml", &zeros)]);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    assert!(refused(bomb).what.starts_with("the file unpacks to 2"));
    let names: Vec<_> = (0..=MAX_PARTS).map(|n| n.to_string()).collect();
    let parts: Vec<_> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert_eq!(refused(package(&parts)).what, "the file has more than 1000 parts");
    let entities = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><worksheet><sheetData/></worksheet>";
    assert_eq!(refused(by_hand(entities, "<sst/>")).what, "in a part of the workbook: the file has a document type (DTD)");
}

#[test]
fn a_directory_that_lies_about_sizes_does_not_unpack_more() {
    let rows = inline(&HEADER) + &inline(&ROW.map(|_| "x")).repeat(1_000);
    let mut file = by_hand(&format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"), "<sst/>");
    let size = u32::try_from(format!("<worksheet><sheetData>{rows}</sheetData></worksheet>").len()).expect("small").to_le_bytes();
    while let Some(at) = file.windows(4).position(|bytes| bytes == size) {
        file[at..at + 4].copy_from_slice(&2_000_u32.to_le_bytes());
    }
    assert!(refused(file).fatal, "the sheet ends in the middle");
}

#[test]
fn files_that_are_something_else_are_refused_with_a_remedy() {
    let what = |file: &[u8]| refused(file.to_vec()).what;
    assert_eq!(what(b""), "the file is empty");
    assert_eq!(what(b"nik,kk\n1,2\n"), "the file is not an XLSX, or not whole");
    assert_eq!(what(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "the file has a password or is an XLS of before 2007");
    assert_eq!(what(&package(&[("xl/workbook.xml", BOOK), ("xl/vbaProject.bin", b"x")])), "the file has macros");
    assert_eq!(what(&package(&[("xl/workbook.bin", b"x")])), "the file is a binary workbook (XLSB)");
    assert_eq!(what(&package(&[("word/document.xml", b"x")])), "the file is no workbook, or lacks a part");
    let whole = book(|_| ());
    assert_eq!(what(&whole[..whole.len() - 30]), "the file is not an XLSX, or not whole");
}

#[test]
fn sheets_beyond_what_spreadsheets_have_are_refused() {
    let data = |rows: &str| by_hand(&format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"), "<sst><si><t>x</t></si></sst>");
    let what = |rows: &str| refused(data(rows)).what;
    let header = inline(&HEADER);
    let columns: Vec<_> = (0..=crate::MAX_COLUMNS).map(|_| "x").collect();
    assert_eq!(what(&inline(&columns)), "the header has 65 columns, more than 64");
    let order = "the row after it is out of order, or beyond 1048576";
    for number in ["1048577", "1", "0", "x", "99999999999999999999"] {
        assert_eq!(what(&format!("{header}<row r=\"{number}\"><c><v>1</v></c></row>")), order);
    }
    let order = "a cell is out of order, or beyond column 16384";
    for cells in [
        "<c r=\"XFE2\"><v>1</v></c>",
        "<c r=\"ZZZZZZZZZ2\"><v>1</v></c>",
        "<c r=\"2\"/>",
        "<c r=\"B2\"><v>1</v></c><c r=\"B2\"><v>1</v></c>",
    ] {
        assert_eq!(what(&format!("{header}<row>{cells}</row>")), order, "{cells}");
    }
    for number in ["1", "-1", "x", "99999999999999999999"] {
        assert_eq!(what(&format!("{header}<row><c t=\"s\"><v>{number}</v></c></row>")), "a cell refers to a text that is not there");
    }
    assert_eq!(
        what(&format!("{header}{}", inline(&[&"x".repeat(MAX_CELL_BYTES + 1)]))),
        "in a part of the workbook: a tag or text is larger than 65536 bytes"
    );
    let pieces = format!("{}&amp;", "x".repeat(60_000)).repeat(3);
    assert_eq!(what(&format!("{header}{}", inline(&[&pieces]))), "a cell is too long");
}

#[test]
fn dates_count_from_1899_or_1904() {
    for (text, is_1904, date) in [("31149", false, "1985-04-12"), ("31149.75", false, "1985-04-12"), ("0", true, "1904-01-01")] {
        assert_eq!(sheet::date(text, is_1904).as_deref(), Some(date));
    }
    assert_eq!((sheet::date("-1", false), sheet::date("1e300", false), sheet::date("NaN", false)), (None, None, None));
}

#[test]
fn a_mapping_names_columns_and_gives_constants() {
    let mapping = Mapping::parse("[columns]\nname = \"Nama KPM\"\n[constants]\namount = \"300000\"").expect("a mapping");
    let file = book(|sheet| drop(sheet.write(0, 3, "Nama KPM").and_then(|sheet| sheet.write(0, 8, "Catatan"))));
    let rows: Vec<_> = Rows::mapped(Cursor::new(file), &mapping).expect("a header").collect();
    assert_eq!(rows, [Ok((2, siti()))]);
}

proptest! {
    #[test]
    fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(read(bytes).is_err());
    }

    #[test]
    fn any_damage_to_a_file_ends(at in 0_usize..10_000, with in prop::collection::vec(any::<u8>(), 1..9)) {
        let mut file = book(|_| ());
        let at = at % (file.len() - with.len());
        file[at..at + with.len()].copy_from_slice(&with);
        if let Ok(rows) = read(file) {
            prop_assert!(rows.len() <= 2);
        }
    }

    #[test]
    fn any_damage_to_a_sheet_ends(at in 0_usize..2_000, with in "[<>/&;\"a-crstv0-9 !-]{0,12}", drop in 0_usize..40) {
        let sheet = format!("<worksheet><sheetData>{}{}</sheetData></worksheet>", inline(&HEADER), inline(&ROW.map(|_| "x")));
        let at = at.min(sheet.len());
        let sheet = format!("{}{with}{}", &sheet[..at], &sheet[(at + drop).min(sheet.len())..]);
        if let Ok(rows) = read(by_hand(&sheet, "<sst/>")) {
            prop_assert!(rows.len() <= 4);
        }
    }
}
