//! Captures beside others: whose picture proves another visit already, and who hands over faster than a person.
//!
//! In the transaction of the flight. Twins of other flights wait for each other (`salur_store::likenesses`, `proofs::first_users`); those of one flight are told
//! apart by their order here: the first has the picture, the next is the copy. Of a few candidates by hash the cells are compared
//! (`salur_media::likeness`); about a tenth of a millisecond each, three where a crop is looked for.

use std::collections::HashMap;

use salur_domain::{
    CaptureId, ClaimId,
    proof::{Alike, History, Policy},
};
use salur_media::likeness::Likeness;
use salur_store::{
    Error, Tx,
    likenesses::{self, Candidates, NewLikeness},
    proofs,
};

use super::examination::Examination;

/// How a candidate is compared: a share of 1, and 1 is the same.
type Compare = fn(&Likeness, &Likeness) -> f32;

/// What is known beside each capture of a flight, in its order.
pub async fn histories(tx: &mut Tx, flight: &[&Examination], policy: &Policy) -> Result<Vec<History>, Error> {
    let looks: Vec<NewLikeness> = flight.iter().filter_map(|examination| Some(examination.look.as_ref()?.1.clone())).collect();
    let candidates = likenesses::remember(tx, &looks).await?;
    let mut photos: Vec<_> = flight.iter().map(|examination| photo(examination)).collect();
    photos.sort_unstable();
    let first = proofs::first_users(tx, &photos).await?;
    let since = since_other(tx, flight).await?;
    let order: HashMap<CaptureId, usize> = flight.iter().enumerate().map(|(at, examination)| (examination.proof.capture, at)).collect();
    Ok(flight
        .iter()
        .enumerate()
        .map(|(at, examination)| {
            let proof = &examination.proof;
            let before = |capture: CaptureId| order.get(&capture).is_none_or(|place| *place < at);
            let reused = first.get(&proof.sha256).filter(|(_, claim)| *claim != proof.claim);
            let nearest = |among: &HashMap<ClaimId, Vec<CaptureId>>, compare: Compare, most: u32| {
                let among = among.get(&proof.claim)?.iter().copied().filter(|capture| before(*capture));
                nearest(&examination.look.as_ref()?.0, among, &candidates, compare).filter(|alike| alike.apart_per_mille <= most)
            };
            History {
                same_bytes: reused.map(|(capture, _)| *capture),
                alike_anywhere: nearest(&candidates.anywhere, Likeness::correlation, policy.alike_per_mille),
                alike_nearby: nearest(&candidates.nearby, Likeness::correlation_cropped, policy.alike_cropped_per_mille),
                since_other_s: since.get(&proof.capture).copied(),
            }
        })
        .collect())
}

fn photo(examination: &Examination) -> ([u8; 32], CaptureId, ClaimId) {
    let proof = &examination.proof;
    (proof.sha256, proof.capture, proof.claim)
}

/// The candidate that looks most alike, as it is or in a mirror.
fn nearest(look: &Likeness, among: impl Iterator<Item = CaptureId>, candidates: &Candidates, compare: Compare) -> Option<Alike> {
    let mirrored = look.mirrored();
    among
        .filter_map(|capture| {
            let other = Likeness::new(candidates.cells.get(&capture)?.clone())?;
            let correlation = compare(look, &other).max(compare(&mirrored, &other));
            Some(Alike { capture, apart_per_mille: per_mille_apart(correlation) })
        })
        .min_by_key(|alike| alike.apart_per_mille)
}

/// A correlation of 1 is 0 apart; whole thousandths.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2,000")]
fn per_mille_apart(correlation: f32) -> u32 {
    ((1.0 - correlation) * 1_000.0).round().clamp(0.0, 2_000.0) as u32
}

/// Seconds to the nearest capture of the same teller and another visit, remembered or in this flight.
async fn since_other(tx: &mut Tx, flight: &[&Examination]) -> Result<HashMap<CaptureId, i64>, Error> {
    let of = |examination: &Examination| (examination.proof.claim, examination.proof.teller.clone(), examination.proof.captured_at);
    let captures: Vec<_> = flight
        .iter()
        .map(|examination| {
            (examination.proof.capture, examination.proof.claim, examination.proof.teller.as_str(), examination.proof.captured_at)
        })
        .collect();
    let mut since = likenesses::since_other(tx, &captures).await?;
    for examination in flight {
        let (claim, teller, at) = of(examination);
        let others = flight.iter().map(|other| of(other)).filter(|other| other.0 != claim && other.1 == teller);
        if let Some(seconds) = others.map(|other| (other.2 - at).num_seconds().abs()).min() {
            let nearest = since.entry(examination.proof.capture).or_insert(seconds);
            *nearest = (*nearest).min(seconds);
        }
    }
    Ok(since)
}
