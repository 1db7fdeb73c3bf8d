//! The paper in the families' hands: which cheques were handed out, and what a counter's camera reads off one.
//!
//! The social office hands out the pictures; here the rows of issued cheques stand for the stack of paper. What a counter does with a cheque starts
//! from its picture alone: the QR is decoded with libraries that did not draw it, and its signature is checked with the public key and nothing
//! else. A tranche that stores no pictures has them in village packs; there the row's token stands for the QR.

use std::{
    collections::BTreeMap,
    io::Cursor,
    sync::Arc,
    time::{Duration, Instant},
};

use image::{DynamicImage, GrayImage, codecs::png::PngDecoder};
use salur_domain::{
    TrancheId,
    cheque_keys::KeySet,
    token::{self, ChequeClaims},
};
use salur_store::{
    Blobs, Database,
    cheques::{self, Issued},
    payments::Key,
    tallies,
};
use uuid::Uuid;

/// Cheques read from the stack at once.
const PAGE: i64 = 5_000;
/// Looks at how many cheques were issued are so far apart.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Longest wait for cheques: ten minutes without the expected number mean that something upstream stands still.
const WAIT_MAX: Duration = Duration::from_mins(10);

/// Where a teller points the camera: the right half of a cheque; left, top, width and height in pixels.
const FINDER: (u32, u32, u32, u32) = (760, 70, 480, 480);

/// Why a cheque cannot be read, or is not there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Database or object store.
    #[error("the stack of cheques cannot be read")]
    Store(#[from] salur_store::Error),
    /// Fewer cheques than expected.
    #[error("{issued} cheques were issued, {expected} expected, after {} s", WAIT_MAX.as_secs())]
    Missing {
        /// Issued.
        issued: i64,
        /// Expected.
        expected: i64,
    },
    /// The picture is not in the object store.
    #[error("the picture of a cheque is missing")]
    NoPicture,
    /// Not a PNG.
    #[error("the picture of a cheque cannot be decoded")]
    Picture(#[source] image::ImageError),
    /// No code, or more than one.
    #[error("the picture of a cheque has {0} codes, not 1")]
    Codes(usize),
    /// A code whose modules cannot be told apart.
    #[error("the code of a cheque cannot be made out")]
    Extract(#[source] quircs::ExtractError),
    /// A code that cannot be read.
    #[error("the code of a cheque cannot be read")]
    Decode(#[source] quircs::DecodeError),
    /// A code that the patient reader cannot read either.
    #[error("the code of a cheque cannot be read by either reader")]
    Patient(#[source] rqrr::DeQRError),
    /// A code that holds something else.
    #[error("the code of a cheque is not a text")]
    NotText,
    /// Not signed by us.
    #[error("the code is not that of a cheque")]
    Token(#[source] token::Error),
    /// The picture is that of another cheque.
    #[error("the picture is that of another cheque")]
    OtherCheque,
    /// Reading it panicked.
    #[error("reading a cheque panicked")]
    Panicked,
}

/// A cheque on paper.
#[derive(Debug, Clone)]
pub struct Cheque {
    /// Its payment.
    pub payment: Key,
    /// 1 for the first.
    pub version: i16,
    /// Whether there is a picture.
    pub stored: bool,
    /// Its token, for tranches without pictures.
    pub token: String,
    /// Where the family is paid.
    pub pay_point: String,
    /// The family.
    pub account: Uuid,
}

/// What the camera read.
#[derive(Debug)]
pub struct Scan {
    /// Text of the code.
    pub token: String,
    /// What it says, signed.
    pub claims: ChequeClaims,
    /// How long decoding and checking took.
    pub took: Duration,
}

impl From<Issued> for Cheque {
    fn from(issued: Issued) -> Self {
        let payment = issued.key();
        let Issued { version, stored, token, pay_point, account, .. } = issued;
        Self { payment, version, stored, token, pay_point, account }
    }
}

/// Waits until so many cheques of these tranches were issued.
pub async fn wait_for(database: &Database, tranches: &[TrancheId], expected: i64) -> Result<(), Error> {
    let since = Instant::now();
    loop {
        let issued = count(database, tranches, "cheque_issued").await?;
        if issued >= expected {
            return Ok(());
        }
        if since.elapsed() > WAIT_MAX {
            return Err(Error::Missing { issued, expected });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Families of these tranches that reached a measure.
pub async fn count(database: &Database, tranches: &[TrancheId], measure: &str) -> Result<i64, salur_store::Error> {
    let tallies = tallies::read(database).await?;
    let ours = tallies.iter().filter(|tally| tally.measure == measure && tranches.contains(&TrancheId(tally.tranche)));
    Ok(ours.map(|tally| tally.families).sum())
}

/// The newest cheque of every payment of these tranches, in key order.
pub async fn stack(database: &Database, tranches: &[TrancheId]) -> Result<Vec<Cheque>, Error> {
    let mut newest: BTreeMap<Key, Cheque> = BTreeMap::new();
    loop {
        let after = newest.last_key_value().map(|(key, _)| *key);
        let page = cheques::list(database, tranches, after, PAGE).await?;
        if page.is_empty() {
            return Ok(newest.into_values().collect());
        }
        for cheque in page.into_iter().map(Cheque::from) {
            let known = newest.get(&cheque.payment).is_some_and(|known| known.version > cheque.version);
            if !known {
                newest.insert(cheque.payment, cheque);
            }
        }
    }
}

/// Reads the picture of a cheque and checks what it says.
pub async fn scan(blobs: &Blobs, keys: &Arc<KeySet>, cheque: &Cheque) -> Result<Scan, Error> {
    let picture = if cheque.stored {
        let found = blobs.get(&cheques::picture_key(cheque.payment, cheque.version)).await?;
        Some(found.ok_or(Error::NoPicture)?)
    } else {
        None
    };
    let (token, payment, keys) = (cheque.token.clone(), cheque.payment.1, Arc::clone(keys));
    let read = tokio::task::spawn_blocking(move || {
        let since = Instant::now();
        let token = picture.map_or(Ok(token), |png| read_code(&png))?;
        let claims = token::verify(&token, |kid| keys.find(kid).map(|known| known.key)).map_err(Error::Token)?;
        if claims.payment == payment { Ok(Scan { token, claims, took: since.elapsed() }) } else { Err(Error::OtherCheque) }
    });
    read.await.map_err(|_| Error::Panicked)?
}

/// The text of the one code in a PNG: first where a teller points the camera, then anywhere.
fn read_code(png: &[u8]) -> Result<String, Error> {
    let decoder = PngDecoder::new(Cursor::new(png)).map_err(Error::Picture)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(Error::Picture)?.into_luma8();
    let pointed = image::imageops::crop_imm(&picture, FINDER.0, FINDER.1, FINDER.2, FINDER.3).to_image();
    match codes_in(&pointed) {
        Ok(Some(text)) => Ok(text),
        // a quick reader that fails is followed by a patient one, as a teller scans again
        Ok(None) | Err(_) => patient(&picture),
    }
}

/// The text of the one code anywhere in a picture, by the slower of two readers.
fn patient(picture: &GrayImage) -> Result<String, Error> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| picture.as_raw()[y * width + x]);
    match prepared.detect_grids().as_slice() {
        [code] => code.decode().map(|(_, text)| text).map_err(Error::Patient),
        codes => Err(Error::Codes(codes.len())),
    }
}

/// The text of the one code in a picture, if there is any.
fn codes_in(picture: &GrayImage) -> Result<Option<String>, Error> {
    let mut reader = quircs::Quirc::default();
    let mut codes = reader.identify(picture.width() as usize, picture.height() as usize, picture.as_raw());
    let Some(code) = codes.next() else { return Ok(None) };
    let others = codes.count();
    if others > 0 {
        return Err(Error::Codes(1 + others));
    }
    let code = code.map_err(Error::Extract)?.decode().map_err(Error::Decode)?;
    String::from_utf8(code.payload).map(Some).map_err(|_| Error::NotText)
}

#[cfg(test)]
mod tests {
    use salur_domain::Rupiah;
    use salur_media::cheque::{Face, draw_png};

    use super::*;

    #[test]
    fn the_code_is_read_off_a_drawn_cheque() {
        let token = format!("SLR1:{}", "6BF%ZA$*".repeat(30));
        let face = Face {
            programme: "Bantuan Sosial Tunai",
            tranche: "Tahap 4",
            masked_name: "S*** A*****",
            masked_nik: "1906******0007",
            amount: Rupiah::new(300_000).expect("a positive amount"),
            pay_point: "Kantor Pos Manggar",
            pay_point_address: "Jl. Contoh 1",
            window: "14 Jul 2020 – 13 Agu 2020",
            slot: "",
            complaints: "",
            serial: "ABCD-EFGH-JKLM-NPQR",
            token: &token,
            specimen: true,
        };
        let png = draw_png(&face).expect("a drawable cheque");
        assert_eq!(read_code(&png).expect("a readable code"), token);
    }

    #[test]
    fn a_picture_without_a_code_is_an_error() {
        let mut png = Vec::new();
        DynamicImage::new_luma8(64, 64).write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png).expect("an encodable picture");
        assert!(matches!(read_code(&png), Err(Error::Codes(0))));
    }
}
