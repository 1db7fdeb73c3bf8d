//! The cheque's picture: what a counter reads from it, and that it never changes by accident.

use std::io::Cursor;

use salur_domain::Rupiah;
use salur_media::cheque::{self, Error, Face, draw, draw_png};
use salur_media::hash::sha256;

const TOKEN: &str = concat!(
    "SLR1:6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTDE$VK G2EP4J0BGJLFX3R3VHXK.PJ:2DPF6R:5SVBHABVCNN95SWMPHQUHQN%A400H%UBT16Y51Y9AT1",
    ":+P6YBKD0:XB7NGJQOIS7I$H%T5+XO8YJMVHBZJF 9NSG:PICIG%*47%S%*48YIZ73423ZQT-EJDG3XW44$22CLY.IE.KD+2H0D3ZCU7JI$2K3JQH5-Y3$PA$HSCHBI I"
);

fn face() -> Face<'static> {
    Face {
        programme: "Bantuan Sosial Tunai",
        tranche: "Tahap 4",
        masked_name: "S*** A*******",
        masked_nik: "1902******0007",
        amount: Rupiah::new(300_000).expect("not negative"),
        pay_point: "Kantor Pos Manggar",
        pay_point_address: "Jalan Jenderal Sudirman Nomor 12, Desa Lalang, Kecamatan Manggar, Kabupaten Belitung Timur",
        window: "14 Jul 2020 – 13 Agu 2020",
        slot: "",
        complaints: "",
        serial: "7KQ2-M9XD-4HTR-C",
        token: TOKEN,
        specimen: true,
    }
}

fn scan(png: &[u8]) -> Vec<String> {
    let decoder = image::codecs::png::PngDecoder::new(Cursor::new(png)).expect("a png");
    let picture = image::DynamicImage::from_decoder(decoder).expect("a whole png").into_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| picture.as_raw()[y * width + x]);
    prepared.detect_grids().iter().map(|grid| grid.decode().expect("a readable code").1).collect()
}

#[test]
fn the_code_reads_back_as_the_token() {
    for specimen in [false, true] {
        let png = draw_png(&Face { specimen, ..face() }).expect("a cheque");
        assert_eq!(scan(&png), [TOKEN], "specimen {specimen}");
    }
}

#[test]
fn codes_of_every_length_that_is_drawn_read_back() {
    let token = TOKEN.repeat(4);
    for length in [5, 20, 100, 180, 256, 300, 400, 600, 720] {
        let png = draw_png(&Face { token: &token[..length], ..face() }).expect("a cheque");
        assert_eq!(scan(&png), [&token[..length]], "{length}");
    }
}

#[test]
fn a_token_too_long_to_be_readable_is_refused() {
    let drawn = draw_png(&Face { token: &TOKEN.repeat(5), ..face() });
    assert!(matches!(drawn, Err(Error::TokenTooLong(_))), "{drawn:?}");
}

#[test]
fn the_picture_is_a_small_one_bit_png_of_the_stated_size() {
    let png = draw_png(&face()).expect("a cheque");
    let reader = png::Decoder::new(Cursor::new(&png)).read_info().expect("a png");
    let info = reader.info();
    assert_eq!((info.width as usize, info.height as usize), (cheque::WIDTH, cheque::HEIGHT));
    assert_eq!((info.bit_depth, info.color_type), (png::BitDepth::One, png::ColorType::Grayscale));
    let plain = draw_png(&Face { specimen: false, ..face() }).expect("a cheque");
    assert!(plain.len() < 18_000 && png.len() < 24_000, "{} and {} bytes", plain.len(), png.len());
}

/// The pixels are the contract: bytes may change with the compressor, what families hold may not change unseen. Whoever changes the layout
/// looks at the picture and then writes the new digest here.
#[test]
fn the_pixels_are_the_ones_that_were_looked_at() {
    let digest = |specimen| sha256(draw(&Face { specimen, ..face() }).expect("a cheque").bytes()).to_string();
    assert_eq!(digest(false), "f9ff9361e3633eb3a3bdaeb6eb929b968447cb9c0bf32cdc1f05a5afeeac4734");
    assert_eq!(digest(true), "cad4acbd184cc522cfbce1dd4fbe858b9ceacf66bfd5859fbaee2a0fcd20c761");
}

#[test]
fn the_same_face_gives_the_same_bytes() {
    assert_eq!(draw_png(&face()).expect("a cheque"), draw_png(&face()).expect("a cheque"));
}

#[test]
fn every_field_shows_and_touches_no_other_place() {
    let base = draw(&face()).expect("a cheque");
    let changes: [(&str, Face, (usize, usize)); 11] = [
        ("programme", Face { programme: "X", ..face() }, (80, 112)),
        ("tranche", Face { tranche: "X", ..face() }, (112, 140)),
        ("name", Face { masked_name: "X", ..face() }, (146, 180)),
        ("nik", Face { masked_nik: "X", ..face() }, (180, 214)),
        ("amount", Face { amount: Rupiah::new(600_001).expect("not negative"), ..face() }, (220, 328)),
        ("pay point", Face { pay_point: "X", ..face() }, (336, 368)),
        ("address", Face { pay_point_address: "X", ..face() }, (368, 418)),
        ("window", Face { window: "X", ..face() }, (418, 448)),
        ("slot", Face { slot: "Selasa, 14 Juli 2020, pukul 08.00", ..face() }, (448, 478)),
        ("complaints", Face { complaints: "https://bst.example/complaint", ..face() }, (556, 582)),
        ("serial", Face { serial: "X", ..face() }, (548, 582)),
    ];
    for (name, changed, (top, bottom)) in changes {
        let other = draw(&changed).expect("a cheque");
        let rows: Vec<usize> =
            (0..cheque::HEIGHT).filter(|y| (0..cheque::WIDTH).any(|x| base.is_ink(x, *y) != other.is_ink(x, *y))).collect();
        assert!(!rows.is_empty(), "{name} does not show");
        assert!(rows.iter().all(|y| (top..bottom).contains(y)), "{name} reaches {rows:?}");
    }
}

#[test]
fn long_texts_stay_in_their_column_and_leave_the_code_readable() {
    let long = "Wilayah Kepulauan Bangka Belitung Kabupaten ".repeat(40);
    let face = Face {
        programme: &long,
        tranche: &long,
        masked_name: &long,
        masked_nik: &long,
        amount: Rupiah::new(i64::MAX).expect("not negative"),
        pay_point: &long,
        pay_point_address: &long,
        window: &long,
        slot: &long,
        complaints: &long,
        ..face()
    };
    let canvas = draw(&Face { specimen: false, ..face }).expect("a cheque");
    let gutter_is_paper = (80..580).all(|y| (762..774).all(|x| !canvas.is_ink(x, y)));
    assert!(gutter_is_paper, "a text runs into the code's room");
    assert_eq!(scan(&draw_png(&face).expect("a cheque")), [TOKEN]);
}

/// What no family should see on its cheque: letters that are not there, a crash, an empty line that looks printed.
#[test]
fn odd_texts_are_drawn_and_other_scripts_show_as_boxes() {
    let plain = draw(&face()).expect("a cheque");
    for odd in ["漢字", "\u{202e}Siti\u{202c}", "ꦱꦶꦠꦶ", "", "\u{0}", &"N".repeat(61), "🙂 🙂", "سيتي أمينة"] {
        let changed = draw(&Face { masked_name: odd, pay_point_address: odd, pay_point: odd, programme: odd, ..face() }).expect("a cheque");
        assert_ne!(plain.bytes(), changed.bytes(), "{odd}");
    }
    let turned = draw(&Face { masked_name: "\u{202e}Siti\u{2066}", ..face() }).expect("a cheque");
    let straight = draw(&Face { masked_name: "Siti", ..face() }).expect("a cheque");
    assert_eq!(turned.bytes(), straight.bytes(), "marks that turn the direction change nothing");
}

#[test]
fn amounts_up_to_999_billion_are_drawn_whole() {
    let most = draw(&Face { amount: Rupiah::new(999_999_999_999).expect("not negative"), specimen: false, ..face() }).expect("a cheque");
    let less = draw(&Face { amount: Rupiah::new(999_999_999_998).expect("not negative"), specimen: false, ..face() }).expect("a cheque");
    assert_ne!(most.bytes(), less.bytes(), "the last figure shows");
}
