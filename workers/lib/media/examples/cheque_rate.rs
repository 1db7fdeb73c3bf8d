//! Signs and draws cheques as fast as one core does: pictures one by one, and packs of a village; processor time, so that a busy machine tells the same.
//!
//! `cheque_rate [CHEQUES]` prints one JSON object. `scripts/bench cheques` runs it beside its peers.

use std::{error::Error, fs, hint::black_box};

use chrono::DateTime;
use ed25519_dalek::SigningKey;
use salur_domain::{
    ChequeSerial, PaymentId, Rupiah, TrancheId,
    cheque_keys::ChequeKeys,
    token::{self, ChequeClaims},
    vault::Keys,
};
use salur_media::{
    cheque::{Face, draw_png},
    pack::{Entry, Heading, draw},
};
use uuid::Uuid;

const CHEQUES: u32 = 10_000;
/// A large village.
const OF_PACK: u32 = 500;

struct Press {
    keys: Keys,
    signing: SigningKey,
}

impl Press {
    /// Serial and token, as cheque-rendering makes them.
    fn sign(&self, n: u32) -> (String, String) {
        let payment = PaymentId(Uuid::from_u128(0x1902_0000_0000_4000_8000_0000_0000_0000 + u128::from(n)));
        let serial = ChequeSerial::derive(&self.keys, payment, 1);
        let moment = |seconds| DateTime::from_timestamp(seconds, 0).expect("a moment");
        let claims = ChequeClaims {
            serial,
            payment,
            version: 1,
            amount: amount(),
            pay_point: "PP-1902".into(),
            opens_at: moment(1_594_684_800),
            closes_at: moment(1_597_276_799),
        };
        (serial.to_string(), token::sign(&claims, &self.signing, &token::key_id(&self.signing.verifying_key())))
    }
}

fn amount() -> Rupiah {
    Rupiah::new(300_000).expect("positive")
}

fn face<'a>(serial: &'a str, token: &'a str) -> Face<'a> {
    Face {
        programme: "Bantuan Sosial Tunai Kementerian Sosial RI",
        tranche: "Tahap 4 – Juli 2020",
        masked_name: "S*** A*******",
        masked_nik: "1902******0007",
        amount: amount(),
        pay_point: "Kantor Pos Tanjung Pandan",
        pay_point_address: "Jalan Merdeka Nomor 12, Kelurahan Parit, Kecamatan Tanjung Pandan, Kabupaten Belitung",
        window: "14 Jul 2020 – 13 Agu 2020",
        slot: "",
        complaints: "https://bst.example/complaint",
        serial,
        token,
        specimen: false,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let cheques = std::env::args().nth(1).map_or(Ok(CHEQUES), |number| number.parse())?;
    let keys = Keys::from_hex(&"11".repeat(32), &"22".repeat(32))?;
    let press = Press { keys, signing: ChequeKeys::new(&SigningKey::from_bytes(&[7; 32])).of(TrancheId(4), 1) };
    black_box((png(&press, 200)?, pdf(&press, OF_PACK)?)); // templates, strikes and fonts are read once
    let (mut before, mut rates) = (processor_s()?, Vec::new());
    let mut bytes = Vec::new();
    for (name, work) in [("png", png as fn(&Press, u32) -> Result<usize, Box<dyn Error>>), ("pdf", pdf)] {
        let size = work(&press, cheques)?;
        let now = processor_s()?;
        rates.push((name, f64::from(cheques) / (now - before)));
        bytes.push(size / cheques as usize);
        before = now;
    }
    println!(
        "{{\"cheques\":{cheques},\"png_per_s_core\":{:.0},\"pdf_cheques_per_s_core\":{:.0},\"png_bytes\":{},\"pdf_bytes\":{}}}",
        rates[0].1, rates[1].1, bytes[0], bytes[1]
    );
    Ok(())
}

fn png(press: &Press, cheques: u32) -> Result<usize, Box<dyn Error>> {
    let mut bytes = 0;
    for n in 0..cheques {
        let (serial, token) = press.sign(n);
        bytes += black_box(draw_png(&face(&serial, &token))?).len();
    }
    Ok(bytes)
}

fn pdf(press: &Press, cheques: u32) -> Result<usize, Box<dyn Error>> {
    let heading = Heading {
        programme: "Bantuan Sosial Tunai Kementerian Sosial RI",
        tranche: "Tahap 4 – Juli 2020",
        village: "Lalang, Kec. Manggar",
        code: "1906032004",
        regency: "Kabupaten Belitung Timur",
        generation: "0123456789abcdef0123456789abcdef",
    };
    let (name, address) = ("Siti Aminah binti Abdul Rahman", "Jalan Melati 12 RT 003 RW 001");
    let mut bytes = 0;
    for from in (0..cheques).step_by(OF_PACK as usize) {
        let signed: Vec<(String, String)> = (from..cheques.min(from + OF_PACK)).map(|n| press.sign(n)).collect();
        let entries: Vec<Entry> = signed.iter().map(|(serial, token)| Entry { name, address, face: face(serial, token) }).collect();
        bytes += black_box(draw(&heading, &entries)?).bytes.len();
    }
    Ok(bytes)
}

/// Seconds that this process had a processor.
fn processor_s() -> Result<f64, Box<dyn Error>> {
    let nanoseconds: u32 = 1_000_000_000;
    let had: f64 = fs::read_to_string("/proc/self/schedstat")?.split(' ').next().ok_or("no number")?.parse()?;
    Ok(had / f64::from(nanoseconds))
}
