//! What is refused, with its place and what to do, and changes nothing.

use salur_tests::in_lab;
use sqlx::Row;

use super::{
    binary::{BELITUNG_5, GRANTED, funded, import, imported},
    statements::{Booked, Day},
};

fn day() -> Day {
    Day::new(1, &[Booked::credit(GRANTED, "B-1", BELITUNG_5), Booked::credit(5, "B-2", "bunga")])
}

#[tokio::test]
async fn files_that_cannot_be_relied_on_are_refused_whole_with_their_place() {
    in_lab(|lab| async move {
        let salur = funded(&lab, &[]).await;
        let (swift, iso) = (day().mt940(), day().camt053());
        let bomb = "<?xml version=\"1.0\"?><!DOCTYPE b [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><Document>&b;</Document>";
        let cases: [(&str, Vec<u8>, &str); 9] = [
            (
                "currency.xml",
                iso.replacen("<Ntry><Amt Ccy=\"IDR\">", "<Ntry><Amt Ccy=\"USD\">", 1).into(),
                "statement 1, entry 1: Amt Ccy: the amount is not in IDR",
            ),
            ("fraction.xml", iso.replace(">5.00<", ">5.25<").into(), "statement 1, entry 2: Amt: the amount has a fraction of a rupiah"),
            ("fraction.sta", swift.replace("C5,00", "C5,25").into(), "line 7: :61:: the amount has a fraction of a rupiah"),
            ("balance.xml", iso.replace("3000005<", "3000006<").into(), "give 3000005, and the closing balance says 3000006"),
            ("balance.sta", swift.replace("IDR3000005,", "IDR3000006,").into(), "give 3000005, and the closing balance says 3000006"),
            ("cut.xml", iso.split_once("</Stmt>").expect("it closes").0.into(), "the file ends in the middle"),
            ("wide.xml", iso.encode_utf16().flat_map(u16::to_le_bytes).collect(), "save the file as UTF-8"),
            ("bomb.xml", bomb.into(), "the file has a document type (DTD)"),
            ("list.csv", b"nik,nama\n1,2\n".to_vec(), "send camt.053.001.02, camt.053.001.08 or MT940"),
        ];
        for (name, content, what) in cases {
            let refused = import(&salur, name, content, &[]);
            assert!(refused.code == Some(1) && refused.err.contains(what), "{name} does not say {what}: {refused:?}");
        }
        let dry = import(&salur, "balance.sta", swift.replace("IDR3000005,", "IDR3000006,"), &["--dry-run"]);
        assert!(dry.code == Some(1) && dry.err.contains("closing balance says 3000006"), "{dry:?}");
        assert_eq!(salur.row("SELECT count(*) FROM bank_sheets").await.get::<i64, _>(0), 0);
    })
    .await;
}

#[tokio::test]
async fn a_file_sent_twice_is_one_and_another_content_under_its_number_is_a_conflict() {
    in_lab(|lab| async move {
        let salur = funded(&lab, &[]).await;
        let first = imported(&salur, "1.sta", &day().mt940());
        assert_eq!(imported(&salur, "again.sta", &day().mt940()), first, "the same bytes are the same answer");
        let other = Day { lines: vec![Booked::credit(6, "B-7", "bunga")], ..day() };
        let refused = import(&salur, "other.sta", other.mt940(), &[]);
        assert!(refused.code == Some(1) && refused.err.contains("statement 2020/1 of account 0021-01-000123-30-5"), "{refused:?}");
        assert!(refused.err.contains("closing 3000005, 2 lines; this one has opening 0, closing 6, 1 lines"), "{refused:?}");
        // a file is taken whole or not at all: its other statement is not taken either
        let both = [Day::new(2, &[Booked::credit(8, "B-8", "bunga")]).mt940(), other.mt940()].concat();
        assert_eq!(import(&salur, "both.sta", both, &[]).code, Some(1));
        let row =
            salur.row("SELECT count(*), (SELECT count(*) FROM bank_lines), (SELECT count(*) FROM bank_statements) FROM bank_sheets").await;
        assert_eq!((row.get::<i64, _>(0), row.get::<i64, _>(1), row.get::<i64, _>(2)), (1, 2, 3));
        // negative control: the next number is another statement
        assert_eq!(imported(&salur, "2.sta", &Day { number: 2, ..other }.mt940()).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_shows_what_a_file_holds_and_sends_nothing() {
    in_lab(|lab| async move {
        let salur = funded(&lab, &[]).await;
        let dry = import(&salur, "1.xml", day().camt053(), &["--dry-run"]);
        assert!(
            dry.code == Some(0) && dry.out.contains("2020/1") && dry.out.contains("Rp3.000.005") && dry.out.contains("nothing was sent"),
            "{dry:?}"
        );
        assert_eq!(salur.row("SELECT count(*) FROM bank_statements").await.get::<i64, _>(0), 0);
    })
    .await;
}
