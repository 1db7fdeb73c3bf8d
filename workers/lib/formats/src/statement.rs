//! The return-to-treasury statement on paper: what goes back, by regency and reason.
//!
//! A workbook for those who add up, a PDF for those who sign. Both are a function of the statement's rows alone, so that a statement fetched twice is the same
//! paper. Bahasa Indonesia first, English second. No personal data: a statement has counts and sums. Bounds: a line per regency and reason, so under 5,000.

use chrono::{DateTime, Utc};
use salur_domain::{Rupiah, returns::ReturnReason};

mod pdf;
mod xlsx;

/// What stands above and below the lines.
#[derive(Debug, Clone)]
pub struct Head {
    /// `BST-4/R-1`.
    pub number: String,
    /// Code of the programme.
    pub programme: String,
    /// As printed: `Tahap 4`.
    pub tranche: String,
    /// First and last hand-over.
    pub window: [DateTime<Utc>; 2],
    /// When it was approved.
    pub approved_at: DateTime<Utc>,
    /// Who signed first.
    pub prepared_by: String,
    /// Who signed second.
    pub approved_by: String,
    /// The paper behind it.
    pub document: String,
    /// The treasury's receipt, once it was paid.
    pub receipt: Option<String>,
}

/// A line.
#[derive(Debug, Clone)]
pub struct Line {
    /// Four digits.
    pub regency: String,
    /// Its name; empty for one that no list knows.
    pub regency_name: String,
    /// Why.
    pub reason: ReturnReason,
    /// Families.
    pub families: i64,
    /// How much.
    pub rupiah: Rupiah,
}

/// A statement.
#[derive(Debug, Clone)]
pub struct Paper {
    /// What it is.
    pub head: Head,
    /// In the order of regencies and reasons.
    pub lines: Vec<Line>,
}

impl Paper {
    /// Label and value of everything above the lines, Indonesian and English.
    fn facts(&self) -> Vec<(String, String)> {
        let head = &self.head;
        let day = |at: &DateTime<Utc>| at.format("%d-%m-%Y %H:%M UTC").to_string();
        let mut facts = vec![
            ("Nomor / Number".to_owned(), head.number.clone()),
            ("Program / Programme".to_owned(), format!("{}, {}", head.programme, head.tranche)),
            ("Masa penyaluran / Window".to_owned(), format!("{} - {}", day(&head.window[0]), day(&head.window[1]))),
            ("Dasar / Document".to_owned(), head.document.clone()),
            ("Disusun oleh / Prepared by".to_owned(), head.prepared_by.clone()),
            ("Disetujui oleh / Approved by".to_owned(), format!("{}, {}", head.approved_by, day(&head.approved_at))),
        ];
        facts.extend(head.receipt.iter().map(|receipt| ("Bukti setor / Receipt".to_owned(), receipt.clone())));
        facts
    }

    /// Families and rupiah of lines. An amount that does not fit was refused long before.
    fn total<'a>(lines: impl Iterator<Item = &'a Line> + Clone) -> (i64, Rupiah) {
        (lines.clone().map(|line| line.families).sum(), Rupiah::sum(lines.map(|line| line.rupiah)).unwrap_or_default())
    }
}

/// Why, in both languages.
fn reason(line: &Line) -> String {
    format!("{} / {}", line.reason.indonesian(), line.reason.as_str())
}

const TITLE: &str = "Daftar Pengembalian ke Kas Negara";
const SUBTITLE: &str = "Return-to-treasury statement";
const COLUMNS: [&str; 4] = ["Kabupaten/Kota - Regency", "Alasan - Reason", "Keluarga - Families", "Rupiah"];

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn paper(regencies: u32) -> Paper {
        let at = DateTime::UNIX_EPOCH;
        let head = Head {
            number: "BST-4/R-1".into(),
            programme: "BST".into(),
            tranche: "Tahap 4".into(),
            window: [at, at],
            approved_at: at,
            prepared_by: "siti.aminah".into(),
            approved_by: "budi.santoso".into(),
            document: "BA (9)\\2020".into(),
            receipt: None,
        };
        let line = |regency: u32, reason| Line {
            regency: format!("{}", 1100 + regency),
            regency_name: "Kabupaten Belitung Timur".into(),
            reason,
            families: 3,
            rupiah: Rupiah::new(900_000).expect("a sum"),
        };
        let lines = (0..regencies).flat_map(|n| [line(n, ReturnReason::Absent), line(n, ReturnReason::Deceased)]);
        Paper { head, lines: lines.collect() }
    }

    #[test]
    fn the_same_rows_are_the_same_paper() {
        assert_eq!(paper(3).pdf(), paper(3).pdf());
    }

    #[test]
    fn a_national_statement_has_pages_and_ends_with_its_total() {
        let text = String::from_utf8_lossy(&paper(514).pdf()).into_owned();
        assert!(text.starts_with("%PDF-1.") && text.contains("/Count 3"), "tens of pages");
        assert!(text.contains("(3.084)") && text.contains("(Rp925.200.000)"), "514 regencies, two lines of Rp900.000");
        assert!(text.contains("BA \\(9\\)\\\\2020"), "text cannot end its string");
    }

    #[test]
    fn the_workbook_opens_with_as_many_lines() {
        let bytes = paper(2).xlsx().expect("it is written");
        assert!(bytes.starts_with(b"PK"));
    }
}
