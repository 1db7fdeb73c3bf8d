//! Photos that look like the photo of a case, side by side with it: how far they differ, where, when, by whom.
//!
//! Each thumbnail is recorded as seen in the transaction that finds it. Whoever acts for a region is shown those of that region alone.

mod words;

use salur_domain::CaptureId;
use salur_store::{
    Tx,
    gallery::{
        Case,
        near::{self, Alike},
    },
};

use super::{thumbnail_mark, why::look};
use crate::{
    pages::{Viewer, place_name},
    refusal::Refusal,
    words::moment,
};
pub(super) use words::Words;

/// What looks like a photo, shown.
pub(super) struct Alikes {
    pub photos: Vec<Shown>,
    /// Not all were compared.
    pub is_cut: bool,
}

/// A photo that looks like another, shown.
pub(super) struct Shown {
    pub capture: CaptureId,
    pub mark: String,
    pub distance: i64,
    pub at: String,
    pub place: String,
    pub pay_point: String,
    pub teller: String,
    pub teller_name: String,
    pub same_visit: bool,
}

/// What looks like the photo of a case; what is found is recorded as seen.
pub(super) async fn find(tx: &mut Tx, viewer: &Viewer, why: &str, case: &Case) -> Result<Alike, Refusal> {
    let Some(dhash) = case.dhash else { return Ok(Alike::default()) };
    let alike = near::read(tx, case.capture(), dhash, &viewer.caller.actor.region).await?;
    let captures: Vec<CaptureId> = alike.photos.iter().map(|photo| photo.capture).collect();
    look(tx, &viewer.caller, why, "near", &captures).await?;
    Ok(alike)
}

pub(super) fn shown(viewer: &Viewer, alike: &Alike) -> Alikes {
    let show = |photo: &near::Near| Shown {
        capture: photo.capture,
        mark: thumbnail_mark(viewer, photo.capture),
        distance: photo.distance,
        at: moment(photo.captured_at, photo.offset_minutes, viewer.language),
        place: place_name(&photo.village),
        pay_point: photo.pay_point.clone(),
        teller: photo.teller.clone(),
        teller_name: photo.teller_name.clone(),
        same_visit: photo.same_visit,
    };
    Alikes { photos: alike.photos.iter().map(show).collect(), is_cut: alike.is_cut }
}
