//! Both formats give the same lines; what cannot be relied on is refused with its place; no input panics or grows without bound.

use proptest::prelude::*;

use super::*;

/// An entry of camt.053.001.02 of the days of these tests.
fn entry(amount: &str, mark: &str, more: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"IDR\">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2020-07-14</Dt></BookgDt>\
         <ValDt><Dt>2020-07-13</Dt></ValDt>{more}</Ntry>"
    )
}

fn details(bank: &str, reference: &str, text: &str) -> String {
    format!(
        "<AcctSvcrRef>{bank}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>\
         <RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls>"
    )
}

fn balance(code: &str, mark: &str, amount: &str) -> String {
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"IDR\">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>\
         <Dt><Dt>2020-07-14</Dt></Dt></Bal>"
    )
}

fn stmt(opening: &str, closing: &str, entries: &str) -> String {
    format!(
        "<Stmt><Id>STMT-17</Id><ElctrncSeqNb>17</ElctrncSeqNb><Acct><Id><Othr><Id>0021-01-000123-30-5</Id></Othr></Id><Ccy>IDR</Ccy></Acct>\
         {}{}{entries}</Stmt>",
        balance("OPBD", "CRDT", opening),
        balance("CLBD", "CRDT", closing)
    )
}

fn camt(version: &str, statements: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}\"><BkToCstmrStmt>\
         <GrpHdr><MsgId>M-1</MsgId></GrpHdr>{statements}</BkToCstmrStmt></Document>\n"
    )
}

const MT940: &str = "{1:F01BANKIDJAXXXX0000000000}{2:I940BANKIDJAXXXXN}{4:\r\n:20:940-17\r\n:25:0021-01-000123-30-5\r\n:28C:00017/001\r\n\
:60F:C200714IDR100,\r\n:61:2007130714C250000000,00NTRFDIPA-4-1902//B-1\r\n:86:Dana BST tahap 4\r\n:61:2007130714RC40,NMSCNONREF//B-2\r\n\
:86:Batal\r\n:62F:C200714IDR250000060,00\r\n-}\r\n";

fn camt_of_the_day(version: &str) -> String {
    let status = if version == "08" { "<Sts><Cd>BOOK</Cd></Sts>" } else { "<Sts>BOOK</Sts>" };
    let entries = [
        entry("250000000.00", "CRDT", &details("B-1", "DIPA-4-1902", "Dana BST tahap 4")),
        entry("40", "DBIT", &format!("<RvslInd>true</RvslInd>{}", details("B-2", "NOTPROVIDED", "Batal"))),
    ];
    camt(version, &stmt("100", "250000060", &entries.concat())).replace("<Sts>BOOK</Sts>", status)
}

fn refused(file: impl AsRef<[u8]>) -> String {
    read(file.as_ref()).expect_err("it is refused").to_string()
}

#[test]
fn both_formats_of_a_day_give_the_same_statement() {
    let swift = read(MT940.as_bytes()).expect("a statement");
    assert_eq!((swift.len(), swift[0].lines.len(), swift[0].name().as_str()), (1, 2, "2020/17"));
    let line = &swift[0].lines[0];
    let day = |day| NaiveDate::from_ymd_opt(2020, 7, day).expect("a day");
    assert_eq!((line.booked_on, line.value_on, line.amount.get()), (day(14), day(13), 250_000_000));
    assert_eq!(
        (line.bank_reference.as_str(), &line.references[..], line.text.as_str()),
        ("B-1", &["DIPA-4-1902".to_owned()][..], "Dana BST tahap 4")
    );
    let back = &swift[0].lines[1];
    assert_eq!((back.direction, back.is_reversal, back.references.len()), (Direction::Debit, true, 0));
    for version in ["02", "08"] {
        let iso = read(camt_of_the_day(version).as_bytes()).expect("a statement");
        assert_eq!(iso[0].lines, swift[0].lines, "{version}");
        let content = |statement: &Statement| serde_json::to_string(statement).expect("plain data");
        assert_eq!(content(&iso[0]), content(&swift[0]), "what is compared of two files");
    }
}

#[test]
fn balances_that_do_not_add_up_are_refused_with_the_figures() {
    let iso = camt("02", &stmt("100", "351", &entry("250", "CRDT", "")));
    assert_eq!(
        refused(iso),
        "statement 1: Bal CLBD: opening 100 and 1 lines of together 250 give 350, and the closing balance says 351; ask the bank for the statement again"
    );
    let swift = MT940.replace(":62F:C200714IDR250000060,00", ":62F:C200714IDR250000061,00");
    assert!(
        refused(swift).starts_with("line 10: :62F:: opening 100 and 2 lines of together 249999960 give 250000060"),
        "the line is named"
    );
}

#[test]
fn fractions_and_other_currencies_are_refused_where_they_stand() {
    let good = entry("1", "CRDT", "");
    let of = |entry: String| refused(camt("02", &stmt("0", "2", &[good.clone(), entry].concat())));
    assert!(of(entry("1.50", "CRDT", "")).starts_with("statement 1, entry 2: Amt: the amount has a fraction of a rupiah"));
    assert!(of(good.replace("IDR", "USD")).starts_with("statement 1, entry 2: Amt Ccy: the amount is not in IDR"));
    assert!(refused(MT940.replace("C40,", "C40,25")).starts_with("line 8: :61:: the amount has a fraction"));
    assert!(refused(MT940.replace(":60F:C200714IDR", ":60F:C200714USD")).starts_with("line 5: :60F:: the account is not in IDR"));
    assert!(refused(MT940.replace("C40,", "C40.25")).starts_with("line 8: :61:: no amount with a comma"));
}

#[test]
fn what_is_not_booked_is_passed_over_and_an_unknown_status_is_not() {
    let pending = entry("5", "CRDT", "").replace("BOOK", "PDNG");
    let told = entry("6", "CRDT", "").replace("BOOK", "INFO");
    let read = read(camt("02", &stmt("0", "1", &[pending, entry("1", "CRDT", ""), told, entry("0", "CRDT", "")].concat())).as_bytes());
    let statement = &read.expect("a statement")[0];
    assert_eq!((statement.lines.len(), statement.passed_over), (1, 3));
    assert!(refused(camt("02", &stmt("0", "1", &entry("1", "CRDT", "").replace("BOOK", "DONE")))).contains("entry 1: Sts"));
}

#[test]
fn pages_of_a_statement_are_joined_and_a_missing_one_is_told() {
    let first = ":20:A\n:25:1\n:28C:5/1\n:60F:C200714IDR0,\n:61:200714C10,NTRFX//1\n:62M:C200714IDR10,\n-\n";
    let second = ":20:A\n:25:1\n:28C:5/2\n:60M:C200714IDR10,\n:61:200714D4,NTRFY//2\n:62F:C200714IDR6,\n-\n";
    let whole = read([first, second].concat().as_bytes()).expect("a statement");
    assert_eq!((whole.len(), whole[0].lines.len(), whole[0].opening.rupiah, whole[0].closing.rupiah), (1, 2, 0, 6));
    assert!(refused(first).starts_with("line 6: :62M:: the statement goes on"));
    assert!(refused(second).contains("the page before this one (:60M:) is missing"));
    assert!(
        refused([first, &second.replace(":60M:C200714IDR10,", ":60M:C200714IDR11,")].concat())
            .contains("ends with 10, and this one begins with 11")
    );
    assert!(refused([first, &second.replace("5/2", "6/2")].concat()).contains("is of another statement"));
    let several = read([first, second, &second.replace("60M", "60F").replace("5/2", "6")].concat().as_bytes()).expect("two statements");
    assert_eq!(several.iter().map(|statement| statement.number.as_str()).collect::<Vec<_>>(), ["5", "6"]);
}

#[test]
fn the_entry_day_takes_the_year_beside_the_value_day() {
    let of = |line: &str| {
        let file = format!(":20:A\n:25:1\n:28C:5\n:60F:C200714IDR0,\n:61:{line}C1,NTRFX\n:62F:C200714IDR1,\n");
        read(file.as_bytes()).expect("a statement")[0].lines[0].booked_on.to_string()
    };
    assert_eq!([of("2012310101"), of("2101011231"), of("200714")], ["2021-01-01", "2020-12-31", "2020-07-14"]);
}

#[test]
fn broken_files_are_refused_with_what_to_do() {
    let whole = camt_of_the_day("02");
    let cases: [(Vec<u8>, &str); 11] = [
        (Vec::new(), "line 1: the file is empty"),
        (whole.split_once("</Stmt>").expect("it closes").0.into(), "the file ends in the middle; send the whole file"),
        (whole.as_bytes()[..whole.len() / 2].to_vec(), "check that the file is complete"),
        (MT940.as_bytes()[..200].to_vec(), "no closing balance; send the whole file"),
        (whole.encode_utf16().flat_map(u16::to_le_bytes).collect(), "NUL characters, as UTF-16 does; save the file as UTF-8"),
        (whole.replace("tahap", "\u{e9}").chars().map(|c| u8::try_from(u32::from(c)).expect("Latin 1")).collect(), "not UTF-8"),
        (MT940.replace("tahap", "\u{e9}").chars().map(|c| u8::try_from(u32::from(c)).expect("Latin 1")).collect(), "line 7: not UTF-8"),
        (b"<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaa\">]><Document/>".to_vec(), "document type (DTD); write it without DTD"),
        (whole.replace("001.02", "001.13").into_bytes(), "another message or version; send camt.053.001.02"),
        (b"tanggal,jumlah\n1,2\n".to_vec(), "line 1: neither a field of MT940 nor XML"),
        (MT940.replace(":60F:C200714IDR100,\r\n", "").into_bytes(), ":60F:: missing before the closing balance"),
    ];
    for (file, what) in cases {
        let told = refused(file);
        assert!(told.contains(what), "{told} does not say {what}");
    }
}

#[test]
fn limits_hold() {
    let line = ":61:200714C1,NTRFX\n".repeat(MAX_LINES + 1);
    let many = format!(":20:A\n:25:1\n:28C:5\n:60F:C200714IDR0,\n{line}:62F:C200714IDR1,\n");
    assert!(refused(many).contains("more than 200000 lines"));
    assert!(refused(format!(":20:A\n:25:{}\n", "x".repeat(4_096))).contains("longer than 2048 bytes"));
    let deep = camt("02", &stmt("0", "0", &["<Ntry>".to_owned(), "<a>".repeat(80)].concat()));
    assert!(refused(deep).contains("deeper than 64"));
    let huge = MT940.replace("C250000000,00", "C999999999999999999,");
    assert!(refused(huge).contains("too large"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        drop(read(bytes.as_slice()));
    }

    #[test]
    fn damage_to_a_statement_never_panics(iso in any::<bool>(), cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = if iso { camt_of_the_day("08").into_bytes() } else { MT940.as_bytes().to_vec() };
        for (at, byte) in cuts {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        drop(read(bytes.as_slice()));
    }

    #[test]
    fn what_looks_like_a_line_never_panics(text in ":61:[0-9]{0,11}(C|D|RC|RD|é)?[A-Z]?[0-9,.]{0,18}[A-Z0-9é/]{0,24}") {
        drop(read(format!(":20:A\n:25:1\n:28C:5\n:60F:C200714IDR0,\n{text}\n:62F:C200714IDR1,\n").as_bytes()));
    }
}
