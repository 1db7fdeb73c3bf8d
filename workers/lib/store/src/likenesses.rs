//! Which photos look like one that is about to be remembered: candidates by hash, for a caller that compares their cells.
//!
//! Two captures that prove two visits with one picture may be decided at the same moment by two workers, and neither would see the other. So before anything is
//! looked up, a flight takes locks for the day of each pay point and for each band of each hash, as it is and mirrored: of two pictures within
//! [`DCT_DISTANCE_MAX`] bits one band is equal, so one waits for the other. Locks are taken in order, first in the transaction, and end with it.
//!
//! Bounds: [`BAND_MAX`] rows of a band and [`DAY_MAX`] of a day are looked at, the newest of neither preferred; [`CANDIDATES_MAX`] of a photo are compared, the
//! nearest first.

use std::collections::HashMap;

use chrono::NaiveDate;
use salur_domain::{CaptureId, ClaimId, ids::NAMESPACE};
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, sql};

/// Most bits of the DCT hash in which a candidate of the programme differs.
pub const DCT_DISTANCE_MAX: i64 = 3;
/// Most bits of the difference hash in which a candidate of the same pay point and day differs.
pub const DIFFERENCE_MAX: i64 = 16;
/// Rows of a band that are looked at; a band of ten million pictures has about 150.
const BAND_MAX: i64 = 2_000;
/// Rows of a pay point's day that are looked at.
const DAY_MAX: i64 = 5_000;
/// Candidates of one photo whose cells are compared.
pub const CANDIDATES_MAX: i64 = 60;
const BANDS: [u32; 4] = [48, 32, 16, 0];

macro_rules! band {
    ($of:literal) => {
        concat!(
            "(SELECT capture, dct, claim FROM likenesses WHERE ((dct >> ",
            $of,
            ") & 65535) = ((q.hash >> ",
            $of,
            ") & 65535) AND programme = q.programme LIMIT $5)"
        )
    };
}

sql! {
    LOCK = "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key";
    INSERT = "INSERT INTO likenesses (capture, claim, programme, pay_point, day, difference, dct, cells)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::date[], $6::bigint[], $7::bigint[], $8::bytea[]) ON CONFLICT DO NOTHING";
    ANYWHERE = concat!("SELECT q.claim, l.capture, min(l.apart) AS apart FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS q(claim, programme, hash)
        CROSS JOIN LATERAL (SELECT capture, min(bit_count((dct # q.hash)::bit(64))) AS apart FROM (", band!("48"), " UNION ALL ", band!("32"), " UNION ALL ",
        band!("16"), " UNION ALL (SELECT capture, dct, claim FROM likenesses WHERE (dct & 65535) = (q.hash & 65535) AND programme = q.programme LIMIT $5)) AS c
          WHERE c.claim <> q.claim AND bit_count((dct # q.hash)::bit(64)) <= $4 GROUP BY capture ORDER BY apart LIMIT $6) AS l GROUP BY 1, 2 ORDER BY 3");
    NEARBY = "SELECT q.claim, l.capture, min(l.apart) AS apart FROM unnest($1::uuid[], $2::text[], $3::date[], $4::bigint[]) AS q(claim, pay_point, day, hash)
        CROSS JOIN LATERAL (SELECT capture, bit_count((difference # q.hash)::bit(64)) AS apart
          FROM (SELECT capture, difference, claim FROM likenesses WHERE pay_point = q.pay_point AND day = q.day LIMIT $6) AS c
          WHERE c.claim <> q.claim AND bit_count((difference # q.hash)::bit(64)) <= $5 ORDER BY apart LIMIT $7) AS l GROUP BY 1, 2 ORDER BY 3";
    CELLS = "SELECT capture, cells FROM likenesses WHERE capture = ANY($1)";
    TELLERS = "SELECT q.capture, min(abs(extract(epoch FROM p.captured_at - q.at)))::bigint FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[])
          AS q(capture, claim, teller, at)
        CROSS JOIN LATERAL ((SELECT captured_at, claim FROM proofs WHERE teller = q.teller AND captured_at <= q.at ORDER BY captured_at DESC LIMIT 3)
          UNION ALL (SELECT captured_at, claim FROM proofs WHERE teller = q.teller AND captured_at > q.at ORDER BY captured_at LIMIT 3)) AS p
        WHERE p.claim <> q.claim GROUP BY 1";
}

/// How a photo looks, to be remembered and looked for.
#[derive(Debug, Clone)]
pub struct NewLikeness {
    /// The capture.
    pub capture: CaptureId,
    /// Its visit.
    pub claim: ClaimId,
    /// Programme of the visit's payments.
    pub programme: String,
    /// Pay point of the visit's device.
    pub pay_point: String,
    /// Day of the scan, by the clock of the pay point.
    pub day: NaiveDate,
    /// Difference hash, as it is and mirrored.
    pub difference: [i64; 2],
    /// DCT hash, as it is and mirrored.
    pub dct: [i64; 2],
    /// The cells.
    pub cells: Vec<u8>,
}

/// Captures of other visits to compare with, the nearest first.
#[derive(Debug, Default)]
pub struct Candidates {
    /// Anywhere in the programme, by visit.
    pub anywhere: HashMap<ClaimId, Vec<CaptureId>>,
    /// At the same pay point on the same day, by visit.
    pub nearby: HashMap<ClaimId, Vec<CaptureId>>,
    /// Their cells.
    pub cells: HashMap<CaptureId, Vec<u8>>,
}

/// Remembers likenesses and finds what could be the same picture of another visit, those of this flight included.
pub async fn remember(tx: &mut Tx, photos: &[NewLikeness]) -> Result<Candidates, Error> {
    if photos.is_empty() {
        return Ok(Candidates::default());
    }
    let failed = || Error::database("comparing photos");
    sqlx::query(LOCK).bind(locks(photos)).execute(tx.connection()).await.map_err(failed())?;
    insert(tx, photos).await?;
    let twice = || photos.iter().flat_map(|photo| [(photo, 0), (photo, 1)]);
    let claims: Vec<Uuid> = twice().map(|(photo, _)| photo.claim.0).collect();
    let anywhere: Vec<(Uuid, Uuid, i64)> = sqlx::query_as(ANYWHERE)
        .bind(&claims)
        .bind(twice().map(|(photo, _)| photo.programme.as_str()).collect::<Vec<_>>())
        .bind(twice().map(|(photo, side)| photo.dct[side]).collect::<Vec<_>>())
        .bind(DCT_DISTANCE_MAX)
        .bind(BAND_MAX)
        .bind(CANDIDATES_MAX)
        .fetch_all(tx.connection())
        .await
        .map_err(failed())?;
    let nearby: Vec<(Uuid, Uuid, i64)> = sqlx::query_as(NEARBY)
        .bind(&claims)
        .bind(twice().map(|(photo, _)| photo.pay_point.as_str()).collect::<Vec<_>>())
        .bind(twice().map(|(photo, _)| photo.day).collect::<Vec<_>>())
        .bind(twice().map(|(photo, side)| photo.difference[side]).collect::<Vec<_>>())
        .bind(DIFFERENCE_MAX)
        .bind(DAY_MAX)
        .bind(CANDIDATES_MAX)
        .fetch_all(tx.connection())
        .await
        .map_err(failed())?;
    let mut captures: Vec<Uuid> = anywhere.iter().chain(&nearby).map(|found| found.1).collect();
    captures.sort_unstable();
    captures.dedup();
    let cells: Vec<(Uuid, Vec<u8>)> = sqlx::query_as(CELLS).bind(captures).fetch_all(tx.connection()).await.map_err(failed())?;
    let cells = cells.into_iter().map(|(capture, cells)| (CaptureId(capture), cells)).collect();
    Ok(Candidates { anywhere: by_visit(anywhere), nearby: by_visit(nearby), cells })
}

async fn insert(tx: &mut Tx, photos: &[NewLikeness]) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(photos.iter().map(|photo| photo.capture.0).collect::<Vec<_>>())
        .bind(photos.iter().map(|photo| photo.claim.0).collect::<Vec<_>>())
        .bind(photos.iter().map(|photo| photo.programme.as_str()).collect::<Vec<_>>())
        .bind(photos.iter().map(|photo| photo.pay_point.as_str()).collect::<Vec<_>>())
        .bind(photos.iter().map(|photo| photo.day).collect::<Vec<_>>())
        .bind(photos.iter().map(|photo| photo.difference[0]).collect::<Vec<_>>())
        .bind(photos.iter().map(|photo| photo.dct[0]).collect::<Vec<_>>())
        .bind(photos.iter().map(|photo| photo.cells.as_slice()).collect::<Vec<_>>())
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::database("remembering how photos look"))
}

/// Seconds between each capture (its visit, teller and time) and the nearest remembered one of the same teller and another visit.
pub async fn since_other(tx: &mut Tx, captures: &[(CaptureId, ClaimId, &str, Timestamp)]) -> Result<HashMap<CaptureId, i64>, Error> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(TELLERS)
        .bind(captures.iter().map(|capture| capture.0.0).collect::<Vec<_>>())
        .bind(captures.iter().map(|capture| capture.1.0).collect::<Vec<_>>())
        .bind(captures.iter().map(|capture| capture.2).collect::<Vec<_>>())
        .bind(captures.iter().map(|capture| capture.3).collect::<Vec<_>>())
        .fetch_all(tx.connection())
        .await
        .map_err(Error::database("reading when a teller captured"))?;
    Ok(rows.into_iter().map(|(capture, seconds)| (CaptureId(capture), seconds)).collect())
}

fn by_visit(rows: Vec<(Uuid, Uuid, i64)>) -> HashMap<ClaimId, Vec<CaptureId>> {
    let mut found: HashMap<ClaimId, Vec<CaptureId>> = HashMap::new();
    for (claim, capture, _) in rows {
        found.entry(ClaimId(claim)).or_default().push(CaptureId(capture));
    }
    found
}

/// What a flight must have to itself, in order and each once.
fn locks(photos: &[NewLikeness]) -> Vec<i64> {
    let mut keys: Vec<i64> = photos
        .iter()
        .flat_map(|photo| {
            let day = format!("likeness day\0{}\0{}", photo.pay_point, photo.day);
            let bands = photo.dct.into_iter().flat_map(|hash| BANDS.map(|shift| (shift, (hash >> shift) & 0xffff)));
            let bands = bands.map(|(shift, value)| format!("likeness band\0{}\0{shift}\0{value}", photo.programme));
            bands.chain([day]).collect::<Vec<_>>()
        })
        .map(|name| Uuid::new_v5(&NAMESPACE, name.as_bytes()).as_u64_pair().0.cast_signed())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(dct: i64) -> NewLikeness {
        NewLikeness {
            capture: CaptureId(Uuid::nil()),
            claim: ClaimId(Uuid::nil()),
            programme: "bst".into(),
            pay_point: "kp".into(),
            day: NaiveDate::MIN,
            difference: [0; 2],
            dct: [dct, !dct],
            cells: Vec::new(),
        }
    }

    #[test]
    fn pictures_within_three_bits_wait_for_each_other_wherever_they_are() {
        let elsewhere = |dct| NewLikeness { pay_point: "other".into(), ..photo(dct) };
        let of = |photo: NewLikeness| locks(&[photo]);
        let hash = 0x0123_4567_89ab_cdef;
        assert!(of(photo(hash)).is_sorted());
        for bits in [[0, 1, 2], [0, 16, 32], [15, 47, 63], [48, 49, 50]] {
            let near = bits.iter().fold(hash, |hash: i64, bit| hash ^ (1 << bit));
            assert!(of(photo(hash)).iter().any(|lock| of(elsewhere(near)).contains(lock)), "{bits:?}");
        }
        let far = hash ^ 0x0001_0001_0001_0001;
        assert!(!of(photo(hash)).iter().any(|lock| of(elsewhere(far)).contains(lock)));
    }
}
