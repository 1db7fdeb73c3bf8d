//! Photos themselves: fetched, unsealed and hashed, all of them or a sample.

use futures::{StreamExt, TryStreamExt};
use salur_domain::{CaptureId, vault::DataKey};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Check, Means, Photos, Severity::Violation, Snapshot};
use crate::{Error, proofs, sql};

/// Photos in memory at once, of at most 16 MiB each.
pub const AT_ONCE: usize = 4;

sql! {
    // a seeded hash chooses; without a limit the order costs a sort of ids, nothing else
    CHOSEN = "SELECT capture, photo_key, sha256, size FROM proofs WHERE photo_key IS NOT NULL
        ORDER BY hashtextextended(capture::text, $1) LIMIT $2";
}

#[derive(sqlx::FromRow)]
struct Kept {
    capture: Uuid,
    photo_key: Vec<u8>,
    sha256: Vec<u8>,
    size: i64,
}

/// Opens photos and compares their digests.
pub(super) async fn open(snapshot: &mut Snapshot, means: &Means<'_>) -> Result<Check, Error> {
    let meaning = "each photo looked at opens under its key and has the bytes whose digest was judged";
    let mut check = Check::new("photos", meaning, Violation);
    let (seed, limit) = match means.photos {
        Photos::Sample { count, seed } => (seed, Some(count)),
        Photos::All => (0, None),
    };
    let chosen = sqlx::query_as::<_, Kept>(CHOSEN)
        .bind(seed)
        .bind(limit)
        .fetch(&mut **snapshot)
        .map_err(|error| Error::database("choosing photos")(error));
    let mut opened =
        chosen.map_ok(|kept| async move { Ok((kept.capture, wrong(&kept, means).await?)) }).try_buffer_unordered(AT_ONCE).boxed();
    while let Some((capture, wrong)) = opened.try_next().await? {
        check.examined += 1;
        if let Some(why) = wrong {
            check.name_it(|| format!("capture {capture}: {why}"));
        }
    }
    Ok(check)
}

/// What is wrong with a photo, if anything.
async fn wrong(kept: &Kept, means: &Means<'_>) -> Result<Option<&'static str>, Error> {
    let capture = CaptureId(kept.capture);
    let Some(sealed) = means.blobs.get(&proofs::original_key(capture, &kept.photo_key)).await? else {
        return Ok(Some("the object is missing"));
    };
    let context = (means.photo_context)(capture);
    let Ok(key) = DataKey::unwrap(means.photo_key, &context, &kept.photo_key) else { return Ok(Some("its key does not open")) };
    let Ok(photo) = key.open(&context, &sealed) else { return Ok(Some("it does not open: changed, or of another capture")) };
    let same = Sha256::digest(&photo)[..] == kept.sha256[..] && i64::try_from(photo.len()) == Ok(kept.size);
    Ok((!same).then_some("other bytes than were judged"))
}
