//! Draws cheques and examines photos as fast as one core does, and says how fast that was.
//!
//! `media_bench cheque OUT.png`, `media_bench specimen OUT.png`, `media_bench pack OUT.pdf FAMILIES`, `media_bench photo IN.jpg THUMBNAIL.jpg`.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use salur_domain::Rupiah;
use salur_media::cheque::{Face, draw_png};
use salur_media::pack::{Entry, Heading, draw};
use salur_media::{exif, hash, photo};

const CHEQUES: u32 = 5_000;
const PHOTOS: u32 = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[1..] {
        ["cheque", out] => cheques(out, false),
        ["specimen", out] => cheques(out, true),
        ["pack", out, families] => pack(out, families.parse()?),
        ["photo", path, out] => photos(path, out),
        _ => Err("usage: media_bench cheque|specimen OUT.png | pack OUT.pdf FAMILIES | photo IN.jpg THUMBNAIL.jpg".into()),
    }
}

fn face(token: &str, specimen: bool) -> Face<'_> {
    Face {
        programme: "Bantuan Sosial Tunai Kementerian Sosial RI",
        tranche: "Tahap 4 – Juli 2020",
        masked_name: "S*** A*******",
        masked_nik: "1902******0007",
        amount: Rupiah::new(300_000).expect("not negative"),
        pay_point: "Kantor Pos Tanjung Pandan",
        pay_point_address: "Jalan Merdeka Nomor 12, Kelurahan Parit, Kecamatan Tanjung Pandan, Kabupaten Belitung",
        window: "14 Jul 2020 – 13 Agu 2020",
        slot: "Selasa, 14 Juli 2020, pukul 08.00–09.00",
        complaints: "https://bst.belitung.go.id/complaint",
        serial: "7KQ2-M9XD-4HTR-C0AZ",
        token,
        specimen,
    }
}

fn cheques(out: &str, specimen: bool) -> Result<(), Box<dyn Error>> {
    let tokens: Vec<String> = (0..16_u8).map(token).collect();
    let png = draw_png(&face(&tokens[0], specimen))?;
    std::fs::write(out, &png)?;
    let start = Instant::now();
    for n in 0..CHEQUES {
        black_box(draw_png(&face(&tokens[n as usize % tokens.len()], specimen))?);
    }
    let rate = f64::from(CHEQUES) / start.elapsed().as_secs_f64();
    println!("{rate:.0} cheques/s, {} bytes", png.len());
    Ok(())
}

fn pack(out: &str, families: u32) -> Result<(), Box<dyn Error>> {
    let tokens: Vec<String> = (0..16_u8).map(token).collect();
    let heading = Heading {
        programme: "Bantuan Sosial Tunai Kementerian Sosial RI",
        tranche: "Tahap 4 – Juli 2020",
        village: "Desa Lalang, Kecamatan Manggar",
        code: "1906032004",
        regency: "Kabupaten Belitung Timur, Kepulauan Bangka Belitung",
        generation: "0123456789abcdef0123456789abcdef",
    };
    let (name, address) = ("Siti Aminah binti Abdul Rahman", "Jalan Melati 12 RT 003 RW 001");
    let entry = |n| Entry { name, address, face: face(&tokens[n as usize % tokens.len()], true) };
    let entries: Vec<Entry> = (0..families).map(entry).collect();
    let start = Instant::now();
    let pack = draw(&heading, &entries)?;
    let rate = f64::from(families) / start.elapsed().as_secs_f64();
    std::fs::write(out, &pack.bytes)?;
    println!("{rate:.0} cheques/s, {} bytes, {} pages", pack.bytes.len(), pack.pages);
    Ok(())
}

/// 256 characters as a signed token has them.
fn token(seed: u8) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let digest = |n: u8| hash::sha256(&[seed, n]).0;
    let text = (0..8).flat_map(digest).map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
    format!("SLR1:{}", text.take(251).collect::<String>())
}

fn photos(path: &str, out: &str) -> Result<(), Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    let picture = photo::examine(&bytes)?;
    std::fs::write(out, &picture.thumbnail)?;
    println!(
        "{}x{}, thumbnail {} bytes, dhash {:016x}, {:?}",
        picture.width,
        picture.height,
        picture.thumbnail.len(),
        picture.likeness.difference_hash(),
        exif::read(&bytes)?
    );
    let start = Instant::now();
    for _ in 0..PHOTOS {
        black_box((hash::sha256(&bytes), exif::read(&bytes)?, photo::examine(&bytes)?));
    }
    println!("{:.1} photos/s", f64::from(PHOTOS) / start.elapsed().as_secs_f64());
    Ok(())
}
