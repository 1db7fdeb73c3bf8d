//! Objects against rows: every sealed photo, thumbnail and cheque picture exists, with the size that was written.
//!
//! Two ordered streams are merged, what the rows expect and what the store lists, so that ten million objects cost one listing and the memory
//! of one page. Objects are written before their row, so one more than expected is a warning (an abandoned attempt), never a violation.

use std::collections::VecDeque;

use futures::{Stream, TryStreamExt};
use salur_domain::{CaptureId, PaymentId, TrancheId, vault::ENCLOSING};
use uuid::Uuid;

use super::{
    Check,
    Severity::{Violation, Warning},
    Snapshot,
};
use crate::{Blobs, Error, blobs::Listed, cheques::picture_key, packs::object_key, proofs, sql};

sql! {
    // by key: captures are ordered as their text is
    PHOTOS = "SELECT capture, photo_key, sealed_size, width IS NOT NULL AS decoded FROM proofs WHERE photo_key IS NOT NULL ORDER BY capture";
    KEYLESS = "SELECT capture FROM proofs f WHERE (photo_key IS NULL OR sealed_size IS NULL)
        AND NOT EXISTS (SELECT FROM photo_destructions d WHERE d.capture = f.capture AND d.effect = 'carried_out')";
    STORED_TRANCHES = "SELECT id FROM tranches WHERE EXISTS (SELECT FROM cheques WHERE tranche = id AND stored) ORDER BY id";
    PICTURES = "SELECT payment, version FROM cheques WHERE tranche = $1 AND stored ORDER BY payment, (version::text || '.') COLLATE \"C\"";
    PACKED_TRANCHES = "SELECT DISTINCT tranche FROM packs ORDER BY tranche";
    PACKS = "SELECT village, generation, size FROM packs WHERE tranche = $1 ORDER BY village COLLATE \"C\", generation COLLATE \"C\"";
}

/// What the store lists below a prefix, in order, a page at a time.
struct Listing<'a> {
    blobs: &'a Blobs,
    prefix: String,
    page: VecDeque<Listed>,
    last: Option<String>,
    ended: bool,
}

impl<'a> Listing<'a> {
    fn of(blobs: &'a Blobs, prefix: impl Into<String>) -> Self {
        Self { blobs, prefix: prefix.into(), page: VecDeque::new(), last: None, ended: false }
    }

    /// The next object, without taking it.
    async fn peek(&mut self) -> Result<Option<&Listed>, Error> {
        if self.page.is_empty() && !self.ended {
            self.page = self.blobs.list(&self.prefix, self.last.as_deref()).await?.into();
            self.ended = self.page.is_empty();
            self.last = self.page.back().map(|object| object.key.clone());
        }
        Ok(self.page.front())
    }

    /// Takes objects up to a key: names those before it, and gives the size of the one that has it.
    async fn seek(&mut self, key: &str, strange: &mut Check) -> Result<Option<i64>, Error> {
        while let Some(listed) = self.peek().await? {
            match listed.key.as_str().cmp(key) {
                std::cmp::Ordering::Less => strange.name_it(|| listed.key.clone()),
                std::cmp::Ordering::Equal => {
                    let size = listed.size;
                    self.page.pop_front();
                    return Ok(Some(size));
                }
                std::cmp::Ordering::Greater => return Ok(None),
            }
            self.page.pop_front();
        }
        Ok(None)
    }

    /// Names everything that is left.
    async fn rest(&mut self, strange: &mut Check) -> Result<(), Error> {
        while self.peek().await?.is_some() {
            let listed = self.page.pop_front().expect("an object was peeked at");
            strange.name_it(|| listed.key);
        }
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct Expected {
    capture: Uuid,
    photo_key: Vec<u8>,
    sealed_size: Option<i64>,
    decoded: bool,
}

/// All checks of objects.
pub(super) async fn all(snapshot: &mut Snapshot, blobs: &Blobs) -> Result<Vec<Check>, Error> {
    let mut photos = Check::new("objects", "each proof's sealed photo is stored, with the size that was written", Violation);
    let mut thumbnails = Check::new("thumbnails", "each photo that could be read has its sealed thumbnail", Violation);
    let mut pictures = Check::new("cheque-pictures", "each cheque issued with a picture has it stored", Violation);
    let mut strange = Check::new("orphans", "objects of attempts that no row names: swept later, or on their way", Warning);
    without_key(snapshot, &mut photos).await?;
    {
        let wanted = photos_wanted(snapshot).map_ok(|photo| {
            let size = photo.sealed_size;
            (format!("capture {}", photo.capture), proofs::original_key(CaptureId(photo.capture), &photo.photo_key), size)
        });
        compare(wanted, Listing::of(blobs, "proofs/"), &mut photos, &mut strange).await?;
    }
    {
        let decoded = photos_wanted(snapshot).try_filter(|photo| std::future::ready(photo.decoded));
        let wanted = decoded.map_ok(|photo| {
            (format!("capture {}", photo.capture), proofs::thumbnail_key(CaptureId(photo.capture), &photo.photo_key), None)
        });
        compare(wanted, Listing::of(blobs, "thumbnails/"), &mut thumbnails, &mut strange).await?;
    }
    let tranches: Vec<i32> =
        sqlx::query_scalar(STORED_TRANCHES).fetch_all(&mut **snapshot).await.map_err(Error::database("reading tranches"))?;
    for tranche in tranches {
        let rows = sqlx::query_as::<_, (Uuid, i16)>(PICTURES)
            .bind(tranche)
            .fetch(&mut **snapshot)
            .map_err(|error| Error::database("reading cheques")(error));
        let wanted = rows.map_ok(|(payment, version)| {
            let key = picture_key((TrancheId(tranche), PaymentId(payment)), version);
            (format!("cheque {tranche}/{payment} version {version}"), key, None)
        });
        compare(wanted, Listing::of(blobs, format!("cheques/{tranche}/")), &mut pictures, &mut strange).await?;
    }
    let packs = packs(snapshot, blobs, &mut strange).await?;
    Ok(vec![photos, thumbnails, pictures, packs, strange])
}

/// Packs: a row is written after its object, so that each has one.
async fn packs(snapshot: &mut Snapshot, blobs: &Blobs, strange: &mut Check) -> Result<Check, Error> {
    let mut check = Check::new("pack-files", "each pack has its sealed file stored, with the size that was written", Violation);
    let failed = || Error::database("reading packs");
    let tranches: Vec<i32> = sqlx::query_scalar(PACKED_TRANCHES).fetch_all(&mut **snapshot).await.map_err(failed())?;
    for tranche in tranches {
        let rows = sqlx::query_as::<_, (String, String, i32)>(PACKS).bind(tranche).fetch(&mut **snapshot);
        let wanted = rows.map_err(|error| failed()(error)).map_ok(|(village, generation, size)| {
            let name = format!("pack {tranche}/{village}/{generation}");
            let sealed = i64::from(size) + i64::try_from(ENCLOSING).expect("a hundred bytes");
            (name, object_key(&(TrancheId(tranche), village), &generation), Some(sealed))
        });
        compare(wanted, Listing::of(blobs, format!("packs/{tranche}/")), &mut check, strange).await?;
    }
    Ok(check)
}

/// A proof without the key or size of its photo proves nothing.
async fn without_key(snapshot: &mut Snapshot, check: &mut Check) -> Result<(), Error> {
    let mut rows = sqlx::query_scalar::<_, Uuid>(KEYLESS).fetch(&mut **snapshot);
    while let Some(capture) = rows.try_next().await.map_err(Error::database("reading proofs"))? {
        check.examined += 1;
        check.name_it(|| format!("capture {capture}: no photo was kept"));
    }
    Ok(())
}

fn photos_wanted(snapshot: &mut Snapshot) -> impl Stream<Item = Result<Expected, Error>> {
    sqlx::query_as::<_, Expected>(PHOTOS).fetch(&mut **snapshot).map_err(|error| Error::database("reading proofs")(error))
}

/// Merges what is wanted (name, key, size) with what is listed; both in key order.
async fn compare(
    wanted: impl Stream<Item = Result<(String, String, Option<i64>), Error>>,
    mut listing: Listing<'_>,
    check: &mut Check,
    strange: &mut Check,
) -> Result<(), Error> {
    let mut wanted = std::pin::pin!(wanted);
    while let Some((name, key, size)) = wanted.try_next().await? {
        check.examined += 1;
        match (listing.seek(&key, strange).await?, size) {
            (None, _) => check.name_it(|| format!("{name}: object {key} is missing")),
            (Some(found), Some(size)) if found != size => {
                check.name_it(|| format!("{name}: object {key} has {found} bytes, {size} were written"));
            }
            (Some(_), _) => {}
        }
        strange.examined += 1;
    }
    listing.rest(strange).await
}
