//! Good files are read whatever their dialect; bad rows are named and passed over; nothing grows without bound.

use std::io::{self, Read};

use proptest::prelude::*;

use super::*;

const HEADER: &str = "id,nik,kk,name,birth_date,sex,address,village,home_visit,amount\n";
const ROW: &str = "r1,1902015204850007,1902010101010001,Siti Aminah,1985-04-12,P,\"Jl. A, RT 1\",19.02.01.1001,sakit,300000\n";

fn read(file: impl AsRef<[u8]>) -> Vec<Result<(u64, SubmittedRow), RowError>> {
    Rows::new(file.as_ref()).expect("a header").collect()
}

fn header_error(file: impl AsRef<[u8]>) -> RowError {
    Rows::new(file.as_ref()).err().expect("no header")
}

fn siti() -> SubmittedRow {
    SubmittedRow {
        row_ref: "r1".to_owned(),
        nik: "1902015204850007".to_owned(),
        kk: "1902010101010001".to_owned(),
        name: "Siti Aminah".to_owned(),
        birth_date: "1985-04-12".to_owned(),
        sex: "P".to_owned(),
        address: "Jl. A, RT 1".to_owned(),
        village: "19.02.01.1001".to_owned(),
        home_visit: "sakit".to_owned(),
        amount: "300000".to_owned(),
    }
}

#[test]
fn dialects_give_the_same_row() {
    let plain = format!("{HEADER}{ROW}");
    let semicolons = "ID;NIK;No KK;Nama;Tgl_Lahir;Jenis-Kelamin;Alamat;Desa;Kunjungan Rumah;Nominal\n\
                      r1;1902015204850007;1902010101010001;Siti Aminah;1985-04-12;P;Jl. A, RT 1;19.02.01.1001;sakit;300000";
    let dialects = [
        plain.clone(),
        format!("\u{FEFF}{plain}"),
        plain.replace('\n', "\r\n"),
        plain.trim_end().to_owned(),
        semicolons.to_owned(),
        semicolons.replace(';', "\t"),
        format!("note,{HEADER}, {ROW}").replace("\nr1", "\n,r1").replace(", r1", ",r1"),
    ];
    for (at, file) in dialects.iter().enumerate() {
        assert_eq!(read(file), [Ok((2, siti()))], "dialect {at}: {file}");
    }
}

#[test]
fn a_row_without_reference_is_called_by_its_line() {
    let file = "nik,kk,name,village,amount\na,b,c,d,1\n\n\"two\nlines\",b,c,d,2\nx,b,c,d,3\n\n\n";
    for file in [file.to_owned(), file.replace('\n', "\r\n")] {
        let lines: Vec<_> = read(&file).into_iter().map(|row| row.expect("good")).map(|(line, row)| (line, row.row_ref)).collect();
        assert_eq!(lines, [(2, "2".to_owned()), (4, "4".to_owned()), (6, "6".to_owned())]);
    }
}

#[test]
fn bad_rows_are_named_and_passed_over() {
    let mut file = format!("{HEADER}{ROW}a,b\n{ROW}").into_bytes();
    file.extend_from_slice(b"r2,1,2,Jos\xE9,,,,4,,5\n");
    file.extend_from_slice(ROW.as_bytes());
    let rows = read(&file);
    let errors: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
    assert_eq!((rows.len(), errors.len()), (5, 2));
    assert_eq!((errors[0].line, errors[0].column, errors[0].what.as_str()), (3, None, "the row has 2 columns, the header 10"));
    assert_eq!((errors[1].line, errors[1].column, errors[1].what.as_str()), (5, Some("name"), "not UTF-8"));
    assert!(!errors[1].to_string().contains("Jos"), "an error quotes nothing of the row");
    assert_eq!(errors[1].to_string(), "line 5, column name: not UTF-8; save the file as CSV UTF-8");
}

#[test]
fn a_row_of_too_many_columns_is_passed_over() {
    let rows = read(format!("{HEADER}{}\n{ROW}", ",".repeat(MAX_COLUMNS)));
    assert_eq!(rows[0].as_ref().err().map(|error| (error.line, error.fatal)), Some((2, false)));
    assert_eq!(rows[1], Ok((3, siti())));
}

#[test]
fn a_million_columns_are_counted_and_not_kept() {
    let row = format!("{}\n", ",".repeat(1_000_000));
    let error = header_error(&row);
    assert_eq!((error.fatal, error.what.as_str()), (true, "the first line is larger than 65536 bytes"));
    let rows = read(format!("{HEADER}{row}{ROW}"));
    let error = rows[0].as_ref().expect_err("too many");
    assert_eq!((error.line, error.fatal, error.what.as_str()), (2, false, "the row has 1000001 columns, more than 64"));
    assert_eq!(rows[1], Ok((3, siti())));
}

#[test]
fn a_separator_that_is_none_is_told_with_the_columns_it_may_be() {
    let error = header_error(HEADER.replace(',', "|"));
    assert_eq!(
        error.to_string(),
        "line 1, column nik: the header lacks a column; it may be called nik; put the names of the columns into the first line"
    );
    let mixed = read(format!("{HEADER}{}{ROW}", ROW.replace(',', ";")));
    assert_eq!(mixed[0].as_ref().expect_err("ragged").remedy, "write fields that hold the separator inside quotation marks");
    assert_eq!(mixed[1], Ok((3, siti())));
}

#[test]
fn a_mapping_names_columns_and_gives_constants() {
    let mapping = crate::Mapping::parse("[columns]\nid = \"No Urut\"\n[constants]\namount = \"300000\"").expect("a mapping");
    let mapped = |file: &str| Rows::mapped(file.as_bytes(), &mapping).map(Iterator::collect::<Vec<_>>);
    let both = mapped(HEADER.replace("id,", "no_urut,").as_str()).expect_err("both");
    assert_eq!((both.column, both.what.as_str()), (Some("amount"), "the file has a column that the mapping gives as a constant"));
    let file = format!("{HEADER}{ROW}").replace("id,nik", "No Urut,nik").replace(",amount", ",note");
    assert_eq!(mapped(&file), Ok(vec![Ok((2, siti()))]));
    assert_eq!(mapped(HEADER).expect_err("lacks the mapped name").column, Some("amount"));
    assert_eq!(mapped("nik,kk,name,village\n").expect_err("lacks the mapped name").column, Some("id"));
}

#[test]
fn files_that_are_no_list_are_refused_with_a_remedy() {
    assert_eq!(header_error("").column, Some("nik"));
    assert_eq!(header_error(ROW).column, Some("nik"));
    assert_eq!(header_error("nik,kk,name,amount\n").column, Some("village"));
    assert_eq!(header_error("nik,kk,name,nama,village,amount\n").what, "the header has the column twice");
    assert_eq!(header_error(b"\xFF\xFEn\0i\0k\0").what, "the file is UTF-16");
    assert_eq!(header_error("nik,kk,name,village,amount\ra,b,c,d,1\r").what, "lines end in carriage returns alone");
    assert_eq!(header_error("x".repeat(MAX_HEADER_BYTES + 5000)).what, "the first line is larger than 65536 bytes");
    assert!(header_error("").fatal);
}

/// A source that never ends and counts what was taken from it.
struct Endless<'a> {
    taken: &'a std::cell::Cell<usize>,
}

impl Read for Endless<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        into.fill(b'x');
        self.taken.set(self.taken.get() + into.len());
        Ok(into.len())
    }
}

#[test]
fn an_open_quotation_mark_cannot_read_the_whole_file_into_memory() {
    let taken = std::cell::Cell::new(0);
    let start = format!("{HEADER}{ROW}r2,\"");
    let mut rows = Rows::new(start.as_bytes().chain(Endless { taken: &taken })).expect("a header");
    assert_eq!(rows.next(), Some(Ok((2, siti()))));
    let error = rows.next().expect("an item").expect_err("too large");
    assert_eq!((error.line, error.fatal, error.what.as_str()), (3, true, "the row is larger than 1048576 bytes"));
    assert!(rows.next().is_none(), "nothing after it means anything");
    assert!(taken.get() <= 2 * MAX_ROW_BYTES, "{}", taken.get());
}

#[test]
fn the_largest_row_is_read() {
    let row = format!("r1,1,2,{},,,,4,,5\n", "x".repeat(MAX_ROW_BYTES - 21));
    let rows = read(format!("{HEADER}{row}{row}{ROW}"));
    assert!(rows.len() == 3 && rows.iter().all(Result::is_ok));
}

/// A disk that fails after the first row.
struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    }
}

#[test]
fn a_source_that_fails_is_told_and_ends() {
    let start = format!("{HEADER}{ROW}");
    let rows: Vec<_> = Rows::new(start.as_bytes().chain(Failing)).expect("a header").collect();
    assert_eq!(rows[0], Ok((2, siti())));
    assert_eq!(rows[1].as_ref().err().map(|error| error.what.as_str()), Some("the file cannot be read: connection reset"));
    assert_eq!(rows.len(), 2);
    assert!(Rows::new(Failing).is_err());
}

#[test]
fn what_is_written_reads_back_as_it_was() {
    let odd = SubmittedRow { name: "\"O'Neil\", \n; Sí\t=1+1".to_owned(), address: String::new(), nik: " 1.9E+15 ".to_owned(), ..siti() };
    let mut writer = Writer::new(Vec::new()).expect("memory");
    for row in [siti(), odd.clone()] {
        writer.write(&row).expect("memory");
    }
    let file = writer.finish().expect("memory");
    assert_eq!(read(&file), [Ok((2, siti())), Ok((3, odd))]);
}

proptest! {
    #[test]
    fn any_fields_read_back_as_they_were_written(fields in prop::collection::vec(prop::array::uniform10("[a ,;\"\r\n\t'é]{0,6}"), 1..20)) {
        let rows = fields.into_iter().enumerate().map(|(n, [_, nik, kk, name, birth_date, sex, address, village, home_visit, amount])| {
            SubmittedRow { row_ref: format!("r{n}"), nik, kk, name, birth_date, sex, address, village, home_visit, amount }
        });
        let rows: Vec<_> = rows.collect();
        let mut writer = Writer::new(Vec::new()).expect("memory");
        for row in &rows {
            writer.write(row).expect("memory");
        }
        let back: Result<Vec<_>, _> = read(writer.finish().expect("memory")).into_iter().map(|row| row.map(|(_, row)| row)).collect();
        prop_assert_eq!(back, Ok(rows));
    }

    #[test]
    fn any_bytes_after_a_header_end_and_lines_only_go_up(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let file = [HEADER.as_bytes(), &bytes].concat();
        let lines: Vec<u64> = read(&file).into_iter().map(|row| row.map_or_else(|error| error.line, |(line, _)| line)).collect();
        prop_assert!(lines.iter().all(|line| *line >= 2) && lines.is_sorted());
        let last_line = u64::try_from(file.split(|byte| *byte == b'\n').count()).expect("few");
        prop_assert!(lines.iter().all(|line| *line <= last_line));
    }
}

/// csv-spectrum below `$SALUR_CORPORA/csv`, where the variable is set: each file against its JSON.
#[test]
fn odd_files_of_others_give_what_their_authors_meant() {
    let Ok(corpora) = std::env::var("SALUR_CORPORA") else { return };
    let folder = std::path::Path::new(&corpora).join("csv");
    let mut checked = 0;
    for entry in std::fs::read_dir(folder.join("csvs")).expect("SALUR_CORPORA has csv-spectrum") {
        let path = entry.expect("readable").path();
        let json = folder.join("json").join(path.file_stem().expect("a name")).with_extension("json");
        // Checkouts turn CRLF into LF, also inside quotes.
        let meant = std::fs::read_to_string(json).expect("readable").replace("\\r\\n", "\\n");
        let meant: serde_json::Value = serde_json::from_str(&meant).expect("JSON");
        let mut records = Records::new(std::fs::File::open(&path).expect("readable")).expect("a first line");
        let (mut header, mut record) = (Record::new(), Record::new());
        records.next_into(&mut header).expect("within limits");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let mut found = Vec::new();
        while records.next_into(&mut record).expect("within limits") {
            found.push(header.iter().map(text).zip(record.iter().map(|field| text(field).into())).collect::<serde_json::Map<_, _>>());
        }
        assert_eq!(serde_json::to_value(found).expect("JSON"), meant, "{}", path.display());
        checked += 1;
    }
    assert!(checked > 0);
}
