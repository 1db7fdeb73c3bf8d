//! Packs: what stands in them, that they are whole, and that they never change by accident.

use salur_domain::Rupiah;
use salur_media::{
    cheque::Face,
    pack::{ENTRIES_MAX, Entry, Error, Heading, draw},
};

fn heading() -> Heading<'static> {
    Heading {
        programme: "Bantuan Sosial Tunai",
        tranche: "Tahap 4",
        village: "Desa Lalang, Kecamatan Manggar",
        code: "1906032004",
        regency: "Kabupaten Belitung Timur",
        generation: "0123456789abcdef0123456789abcdef",
    }
}

fn face(token: &str) -> Face<'_> {
    Face {
        programme: "Bantuan Sosial Tunai",
        tranche: "Tahap 4",
        masked_name: "S*** A*******",
        masked_nik: "1902******0007",
        amount: Rupiah::new(300_000).expect("not negative"),
        pay_point: "Kantor Pos Manggar",
        pay_point_address: "Jalan Jenderal Sudirman Nomor 12",
        window: "14 Jul 2020 – 13 Agu 2020",
        slot: "",
        complaints: "https://bst.example/complaint",
        serial: "7KQ2-M9XD-4HTR-C0AZ",
        token,
        specimen: true,
    }
}

fn entry<'a>(name: &'a str, address: &'a str) -> Entry<'a> {
    Entry { name, address, face: face("SLR1:6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTDE$VK G2EP4J0BGJL") }
}

#[test]
fn the_same_families_give_the_same_bytes() {
    let entries = [entry("Siti Aminah", "Jalan Melati 12"), entry("Nur'aini", "")];
    let (pack, again) = (draw(&heading(), &entries).expect("a pack"), draw(&heading(), &entries).expect("a pack"));
    assert_eq!(pack.bytes, again.bytes);
    let other = draw(&Heading { generation: "other", ..heading() }, &entries).expect("a pack");
    assert_ne!(pack.bytes, other.bytes);
}

#[test]
fn a_pack_has_a_list_and_its_cheques_three_to_a_page() {
    for (families, pages) in [(1, 2), (3, 2), (4, 3), (13, 6), (14, 7)] {
        let pack = draw(&heading(), &vec![entry("Siti Aminah", "Jalan Melati 12"); families]).expect("a pack");
        assert_eq!(pack.pages, pages, "{families}");
        assert!(pack.bytes.starts_with(b"%PDF-1.7") && pack.bytes.ends_with(b"%%EOF"), "{families}");
    }
}

#[test]
fn nobody_and_too_many_make_no_pack() {
    assert!(matches!(draw(&heading(), &[]), Err(Error::Count(0))));
    let many = vec![entry("Siti", ""); ENTRIES_MAX + 1];
    assert!(matches!(draw(&heading(), &many), Err(Error::Count(_))));
}

#[test]
fn odd_texts_are_written_and_none_is_a_crash() {
    let long = "Siti Aminah binti Abdul Rahman bin Muhammad Yusuf al-Banjari dari Tanjung Pandan".repeat(2);
    let odd = ["漢字", "\u{202e}Siti\u{202c}", "ꦱꦶꦠꦶ", "", "\u{0}(\\)", &long, "🙂", "سيتي أمينة"];
    let entries: Vec<Entry> = odd
        .iter()
        .map(|text| Entry { face: Face { masked_name: text, pay_point_address: text, ..face("SLR1:0") }, ..entry(text, text) })
        .collect();
    assert_eq!(draw(&heading(), &entries).expect("a pack").pages, 4);
    let rich = Entry { face: Face { amount: Rupiah::new(999_999_999_999).expect("not negative"), ..face("SLR1:0") }, ..entry("Siti", "") };
    assert!(draw(&heading(), std::slice::from_ref(&rich)).is_ok());
    let richest = Entry { face: Face { amount: Rupiah::new(i64::MAX).expect("not negative"), ..face("SLR1:0") }, ..rich };
    assert!(matches!(draw(&heading(), &[richest.clone(), richest]), Err(Error::Sum)));
}

#[test]
fn a_token_too_long_to_be_readable_names_its_cheque() {
    let token = "A".repeat(2_000);
    let entries = [entry("Siti", ""), Entry { face: face(&token), ..entry("Budi", "") }];
    assert!(matches!(draw(&heading(), &entries), Err(Error::Cheque(2, _))));
}
