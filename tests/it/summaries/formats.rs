//! JSON, CSV and XLSX say the same, and nothing in them is run by a spreadsheet.

use std::{collections::BTreeMap, io::Read};

use reqwest::{StatusCode, header};
use salur_tests::in_lab;
use serde_json::Value;
use sqlx::Executor;

use super::{Staffed, town};

async fn fetch(staffed: &Staffed, by: &str, format: &str) -> (String, Vec<u8>) {
    let path = format!("{}/api/summaries/{by}?tranche=BST-4&format={format}", staffed.house.address);
    let answer = staffed.house.http.get(path).bearer_auth(&staffed.auditor).send().await.expect("the portal answers");
    assert_eq!(answer.status(), StatusCode::OK);
    let kind = answer.headers()[header::CONTENT_TYPE].to_str().expect("text").to_owned();
    (kind, answer.bytes().await.expect("a body").to_vec())
}

/// Lines of cells as text; the first names the columns.
type Cells = Vec<Vec<String>>;

fn of_csv(bytes: &[u8]) -> Cells {
    let lines = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes).into_records();
    lines.map(|line| line.expect("a record").iter().map(ToOwned::to_owned).collect()).collect()
}

/// `A1` is column 0, `AB7` column 27.
fn column_of(reference: &str) -> usize {
    let letters = reference.bytes().take_while(u8::is_ascii_uppercase);
    letters.fold(0, |column, letter| 26 * column + usize::from(letter - b'A') + 1) - 1
}

/// Cells of the first sheet, and how many of them are numbers.
fn of_xlsx(bytes: &[u8]) -> (Cells, usize) {
    let mut sheet = String::new();
    let mut book = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook is a ZIP");
    book.by_name("xl/worksheets/sheet1.xml").expect("a sheet").read_to_string(&mut sheet).expect("XML");
    assert!(!sheet.contains("<f>"), "no formula");
    let between = |text: &str, from: &str, to: &str| {
        text.split_once(from).and_then(|(_, rest)| rest.split_once(to)).map(|(inner, _)| inner.to_owned())
    };
    let mut numbers = 0;
    let rows = sheet.split("<row ").skip(1).map(|row| {
        let mut line = Vec::new();
        for cell in row.split("<c ").skip(1) {
            // an empty text is no cell: a cell says where it stands
            line.resize(column_of(&between(cell, "r=\"", "\"").expect("a reference")), String::new());
            let number = between(cell, "<v>", "</v>");
            numbers += usize::from(number.is_some());
            let text = || between(cell, "<t>", "</t>").unwrap_or_default().replace("&quot;", "\"").replace("&amp;", "&");
            line.push(number.unwrap_or_else(text));
        }
        line
    });
    (rows.collect::<Cells>(), numbers)
}

/// What JSON says, as the cells of a table.
fn of_json(told: &Value) -> Cells {
    let columns: Vec<String> =
        told["columns"].as_array().expect("columns").iter().map(|name| name.as_str().expect("text").to_owned()).collect();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let (at, tranche) = (text(&told["at"]), text(&told["tranche"]));
    let line = |code: &Value, name: &Value, figures: &Value| {
        let keys = [at.clone(), tranche.clone(), text(code), text(name)];
        keys.into_iter().chain(columns.iter().map(|column| figures[column].to_string())).collect()
    };
    let header = ["at", "tranche", "code", "name"].map(ToOwned::to_owned).into_iter().chain(columns.clone()).collect();
    let lines = told["lines"].as_array().expect("lines").iter().map(|each| line(&each["code"], &each["name"], &each["figures"]));
    let total = line(&"total".into(), &"".into(), &told["total"]);
    [header].into_iter().chain(lines).chain([total]).collect()
}

/// Each line by its columns, without the moment, which differs from one asking to the next.
fn without_moment(cells: &Cells) -> Vec<BTreeMap<&str, &str>> {
    let names = &cells[0];
    cells[1..]
        .iter()
        .map(|line| {
            assert_eq!(line.len(), names.len(), "each line has every column");
            names.iter().zip(line).skip(1).map(|(name, cell)| (name.as_str(), cell.as_str())).collect()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_and_xlsx_say_what_json_says_of_one_moment_each() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        for by in super::ALL {
            let json = of_json(&staffed.summary(by).await);
            let (kind, bytes) = fetch(&staffed, by, "csv").await;
            assert_eq!(kind, "text/csv");
            let table = of_csv(&bytes);
            assert_eq!(without_moment(&table), without_moment(&json), "by {by}");
            let (kind, bytes) = fetch(&staffed, by, "xlsx").await;
            assert_eq!(kind, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
            let (book, numbers) = of_xlsx(&bytes);
            assert_eq!(without_moment(&book), without_moment(&json), "by {by}");
            assert_eq!(numbers, (book[0].len() - 4) * (book.len() - 1), "every figure is a number that can be added up");
            for cells in [&table, &book] {
                let moments: std::collections::BTreeSet<&String> = cells[1..].iter().map(|line| &line[0]).collect();
                assert_eq!(moments.len(), 1, "every line is of the same moment");
                assert!(cells[1][0].parse::<chrono::DateTime<chrono::Utc>>().is_ok(), "{}", cells[1][0]);
            }
        }
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_a_spreadsheet_would_run_is_defused() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        let rename = "UPDATE tellers SET name = '=HYPERLINK(\"x\")' WHERE code = 'TELLER-2'";
        staffed.house.world.sql.execute(rename).await.expect("the owner may");
        let name = |cells: &Cells| cells.iter().find(|line| line[2] == "TELLER-2").expect("a teller")[3].clone();
        assert_eq!(name(&of_csv(&fetch(&staffed, "teller", "csv").await.1)), "'=HYPERLINK(\"x\")");
        assert_eq!(name(&of_xlsx(&fetch(&staffed, "teller", "xlsx").await.1).0), "=HYPERLINK(\"x\")", "a text cell");
        staffed.house.close().await;
    })
    .await;
}
