//! Objects that no row names any more, or never did: looked for and taken away.
//!
//! An object is written before its row, so what is young may still get one: only what is older than [`OLD`] is looked at. Below `proofs/`, `thumbnails/` and
//! `views/` an object is an orphan where no proof has the key that names it: an examination that ran twice, or a photo that was destroyed. An upload below
//! `incoming/` is one once its capture was judged, since the bytes were sealed elsewhere; one that was never judged waits [`UNHEARD`], for its message may
//! lie in a queue that is paused. A piece of an upload below `pieces/` is one then too, or when it was given up.
//!
//! Bounds: a page of the listing and its captures in memory; the caller says how many objects go at most.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use salur_domain::CaptureId;
use uuid::Uuid;

use crate::{Blobs, Database, Error, Timestamp, blobs::Listed, pieces::GIVEN_UP, proofs, sql};

/// No transaction that could still name an object is older.
pub const OLD: TimeDelta = TimeDelta::days(1);
/// Longest time between an upload and its judgement.
pub const UNHEARD: TimeDelta = TimeDelta::days(90);
/// Where orphans are looked for.
pub const FOLDERS: [&str; 5] = ["proofs/", "thumbnails/", "views/", "incoming/", "pieces/"];

sql! {
    KEYS = "SELECT capture, photo_key FROM proofs WHERE capture = ANY($1)";
}

/// What a sweep did in one folder, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    /// Objects looked at.
    pub examined: u64,
    /// Of them named by no row, and old enough.
    pub orphans: u64,
    /// Their bytes.
    pub bytes: i64,
    /// Some were left for another sweep.
    pub is_cut: bool,
}

/// Looks through one folder and deletes at most `most` orphans; none where it is a dry run.
pub async fn sweep((database, blobs): (&Database, &Blobs), folder: &str, most: u64, is_dry: bool, now: Timestamp) -> Result<Swept, Error> {
    let (mut swept, mut last) = (Swept::default(), None::<String>);
    loop {
        let page = blobs.list(folder, last.as_deref()).await?;
        let Some(end) = page.last() else { return Ok(swept) };
        last = Some(end.key.clone());
        swept.examined += page.len() as u64;
        for orphan in orphans(database, folder, page, now).await? {
            if swept.orphans == most {
                swept.is_cut = true;
                return Ok(swept);
            }
            if !is_dry {
                blobs.delete(&orphan.key).await?;
            }
            swept.orphans += 1;
            swept.bytes += orphan.size;
        }
    }
}

/// Which objects of a page no row names.
async fn orphans(database: &Database, folder: &str, page: Vec<Listed>, now: Timestamp) -> Result<Vec<Listed>, Error> {
    let old = page.into_iter().filter(|object| object.written_at.is_some_and(|at| now - at > OLD));
    let old: Vec<(CaptureId, Listed)> = old.filter_map(|object| Some((capture_of(folder, &object.key)?, object))).collect();
    let captures: HashSet<Uuid> = old.iter().map(|(capture, _)| capture.0).collect();
    let captures: Vec<Uuid> = captures.into_iter().collect();
    let rows: Vec<(Uuid, Option<Vec<u8>>)> =
        sqlx::query_as(KEYS).bind(captures).fetch_all(database.pool()).await.map_err(Error::database("looking for the rows of objects"))?;
    let rows: HashMap<CaptureId, Option<Vec<u8>>> = rows.into_iter().map(|(capture, key)| (CaptureId(capture), key)).collect();
    let is_orphan = |(capture, object): &(CaptureId, Listed)| match (folder, rows.get(capture)) {
        ("incoming/" | "pieces/", Some(_)) => true,
        ("incoming/", None) => object.written_at.is_some_and(|at| now - at > UNHEARD),
        ("pieces/", None) => object.written_at.is_some_and(|at| now - at > GIVEN_UP),
        (_, Some(Some(key))) => !proofs::keys(*capture, key).contains(&object.key),
        (_, Some(None) | None) => true,
    };
    Ok(old.into_iter().filter(is_orphan).map(|(_, object)| object).collect())
}

/// The capture that an object is of; none: it is not ours, and stays.
fn capture_of(folder: &str, key: &str) -> Option<CaptureId> {
    key.strip_prefix(folder)?.split('/').next()?.parse().ok().map(CaptureId)
}
