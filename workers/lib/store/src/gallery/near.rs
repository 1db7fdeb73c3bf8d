//! Photos that look like one photo: perceptual hashes that differ in few of their 64 bits.
//!
//! Where two differ in at most [`DISTANCE_MAX`] = 7 bits, one of their four bands of 16 bits differs in at most one, so that 17 values in each of four indexes
//! find all. Bounds: [`COMPARED_MAX`] candidates of each band, of which [`NEAR_MAX`] are shown, the nearest first; where a band had more it is said. A photo of
//! nothing (dark, or a wall) looks like every other such. What comes of looking is recorded by the caller, in the same transaction.

use salur_domain::CaptureId;
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, sql};

/// Most bits in which near photos differ: the same scene in another size and quality differs in up to four (`media/tests/photo.rs`).
pub const DISTANCE_MAX: i64 = 7;
/// Photos shown.
pub const NEAR_MAX: i64 = 12;
/// Candidates of a band that are compared.
pub const COMPARED_MAX: i64 = 20_000;
const BAND_BITS: u32 = 16;
const BANDS: u32 = 4;

/// Candidates of a band, as its index has it.
macro_rules! band {
    ($number:literal, $of:literal, $values:literal) => {
        concat!(
            "(SELECT ",
            $number,
            " AS band, capture, dhash FROM proofs WHERE dhash IS NOT NULL AND photo_key IS NOT NULL AND ",
            $of,
            " = ANY(",
            $values,
            "::bigint[]) LIMIT $6)"
        )
    };
}

sql! {
    NEAR = concat!("WITH c AS (", band!("1", "((dhash >> 48) & 65535)", "$1"), " UNION ALL ", band!("2", "((dhash >> 32) & 65535)", "$2"), " UNION ALL ",
        band!("3", "((dhash >> 16) & 65535)", "$3"), " UNION ALL ", band!("4", "(dhash & 65535)", "$4"), "),
          near AS (SELECT DISTINCT capture, bit_count((dhash # $5)::bit(64)) AS distance FROM c WHERE bit_count((dhash # $5)::bit(64)) <= $7)
        SELECT EXISTS (SELECT FROM c GROUP BY band HAVING count(*) >= $6) AS is_cut, f.*
        FROM (SELECT 1) AS one LEFT JOIN LATERAL (SELECT n.capture, n.distance, f.captured_at, f.village, q.name AS pay_point, t.name AS teller_name, f.teller,
            f.claim = (SELECT claim FROM proofs WHERE capture = $8) AS same_visit, q.utc_offset_minutes AS offset_minutes
          FROM near n JOIN proofs f ON f.capture = n.capture JOIN pay_points q ON q.code = f.pay_point JOIN tellers t ON t.code = f.teller
          WHERE f.capture <> $8 AND left(f.village, length($9)) = $9 ORDER BY n.distance, f.captured_at DESC LIMIT $10) AS f ON true");
}

/// A photo that looks like another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in the tables of proofs, tellers and pay points")]
pub struct Near {
    pub capture: CaptureId,
    /// Bits in which the two differ: 0 to [`DISTANCE_MAX`].
    pub distance: i64,
    pub captured_at: Timestamp,
    pub village: String,
    pub pay_point: String,
    pub teller: String,
    pub teller_name: String,
    /// It was taken in the same visit.
    pub same_visit: bool,
    /// Zone of the pay point, minutes east of UTC.
    pub offset_minutes: i32,
}

/// What looks like a photo.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alike {
    /// The nearest first.
    pub photos: Vec<Near>,
    /// A band had more candidates than were compared.
    pub is_cut: bool,
}

#[derive(sqlx::FromRow)]
struct Found {
    is_cut: bool,
    capture: Option<Uuid>,
    distance: Option<i64>,
    captured_at: Option<Timestamp>,
    village: Option<String>,
    pay_point: Option<String>,
    teller: Option<String>,
    teller_name: Option<String>,
    same_visit: Option<bool>,
    offset_minutes: Option<i32>,
}

/// What looks like the photo of a capture, in a region (empty: the country).
pub async fn read(tx: &mut Tx, capture: CaptureId, dhash: i64, region: &str) -> Result<Alike, Error> {
    let [one, two, three, four] = bands(dhash);
    let query = sqlx::query_as(NEAR).bind(one).bind(two).bind(three).bind(four).bind(dhash).bind(COMPARED_MAX).bind(DISTANCE_MAX);
    let found: Vec<Found> = query
        .bind(capture.0)
        .bind(region)
        .bind(NEAR_MAX)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::database("looking for photos that look alike"))?;
    let is_cut = found.iter().any(|found| found.is_cut);
    Ok(Alike { photos: found.into_iter().filter_map(near).collect(), is_cut })
}

fn near(found: Found) -> Option<Near> {
    Some(Near {
        capture: CaptureId(found.capture?),
        distance: found.distance?,
        captured_at: found.captured_at?,
        village: found.village?,
        pay_point: found.pay_point?,
        teller: found.teller?,
        teller_name: found.teller_name?,
        same_visit: found.same_visit?,
        offset_minutes: found.offset_minutes?,
    })
}

/// Of each band, its value and those that differ from it in one bit.
fn bands(dhash: i64) -> [Vec<i64>; 4] {
    std::array::from_fn(|at| {
        let shift = BAND_BITS * (BANDS - 1 - u32::try_from(at).expect("four bands"));
        let value = (dhash >> shift) & 0xffff;
        std::iter::once(value).chain((0..BAND_BITS).map(|bit| value ^ (1 << bit))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_seven_bits_differ_one_band_finds_it() {
        let hash = 0x8123_4567_89ab_cdef_u64;
        // all ways to spread seven differences over four bands, the first bits of each
        for spread in 0..8_u32.pow(4) {
            let counts: [u32; 4] = std::array::from_fn(|band| spread / 8_u32.pow(u32::try_from(band).expect("small")) % 8);
            if counts.iter().sum::<u32>() != 7 {
                continue;
            }
            let differing = counts.iter().fold(0_u64, |mask, count| mask << 16 | ((1 << count) - 1));
            let other = bands((hash ^ differing).cast_signed());
            let found = bands(hash.cast_signed()).iter().zip(&other).any(|(values, other)| values.contains(&other[0]));
            assert!(found, "{counts:?}");
        }
    }

    #[test]
    fn two_differences_in_each_band_are_beyond_it() {
        let (one, other) = (bands(0), bands(0x0003_0003_0003_0003));
        assert!(!one.iter().zip(&other).any(|(values, other)| values.contains(&other[0])));
    }
}
