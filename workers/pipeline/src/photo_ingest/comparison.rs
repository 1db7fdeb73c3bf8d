//! Captures beside others: whose picture proves another visit already, who hands over faster than a person, and who
//! receives for families of many household cards.
//!
//! In the transaction of the flight. Twins of other flights wait for each other (`salur_store::likenesses`, `proofs::first_users`); those of one flight are
//! told apart by their order here: the first has the picture, the next is the copy. Of a few candidates by hash the cells are compared
//! (`salur_media::likeness`); some ten microseconds each, thirty where a crop is looked for.

use std::collections::HashMap;

use salur_domain::{
    CaptureId, ClaimId,
    proof::{Alike, History, Policy, Repeats},
};
use salur_media::likeness::{Likeness, Sought};
use salur_store::{
    Error, Tx,
    likenesses::{self, Candidates, NewLikeness},
    proofs, proxies,
};

use super::examination::Examination;

/// How a candidate is compared: how far apart at most, in thousandths, and by what.
type Test = (u32, fn(&Sought, &Likeness) -> f32);

/// What is known beside each capture of a flight, in its order.
pub async fn histories(tx: &mut Tx, flight: &[&Examination], policy: &Policy) -> Result<Vec<History>, Error> {
    let looks: Vec<NewLikeness> = flight.iter().filter_map(|examination| Some(examination.look.as_ref()?.1.clone())).collect();
    let candidates = likenesses::remember(tx, &looks).await?;
    let mut photos: Vec<_> = flight.iter().map(|examination| photo(examination)).collect();
    photos.sort_unstable();
    let first = proofs::first_users(tx, &photos).await?;
    let since = since_other(tx, flight).await?;
    let claims: Vec<ClaimId> = flight.iter().map(|examination| examination.proof.claim).collect();
    let repeats = proxies::repeats(tx, &claims).await?;
    let whole: Test = (policy.alike_per_mille, Sought::correlation);
    let parts: Test = (policy.alike_cropped_per_mille, Sought::correlation_of_parts);
    let order: HashMap<CaptureId, usize> = flight.iter().enumerate().map(|(at, examination)| (examination.proof.capture, at)).collect();
    Ok(flight
        .iter()
        .enumerate()
        .map(|(at, examination)| {
            let proof = &examination.proof;
            let before = |capture: CaptureId| order.get(&capture).is_none_or(|place| *place < at);
            let reused = first.get(&proof.sha256).filter(|(_, claim)| *claim != proof.claim);
            let sought = examination.look.as_ref().map(|look| look.0.sought());
            let nearest = |among: &HashMap<ClaimId, Vec<CaptureId>>, tests: &[Test]| {
                let among = among.get(&proof.claim)?.iter().copied().filter(|capture| before(*capture));
                nearest(sought.as_ref()?, among, &candidates, tests)
            };
            History {
                same_bytes: reused.map(|(capture, _)| *capture),
                alike_anywhere: nearest(&candidates.anywhere, &[whole]),
                alike_nearby: nearest(&candidates.nearby, &[whole, parts]),
                since_other_s: since.get(&proof.capture).copied(),
                proxy: repeats.get(&proof.claim).map(|(families, households)| Repeats { families: *families, households: *households }),
            }
        })
        .collect())
}

fn photo(examination: &Examination) -> ([u8; 32], CaptureId, ClaimId) {
    let proof = &examination.proof;
    (proof.sha256, proof.capture, proof.claim)
}

/// The candidate that looks most alike, of those that a test takes for the same.
fn nearest(sought: &Sought, among: impl Iterator<Item = CaptureId>, candidates: &Candidates, tests: &[Test]) -> Option<Alike> {
    among
        .filter_map(|capture| {
            let other = Likeness::new(candidates.cells.get(&capture)?.clone())?;
            let apart = tests.iter().map(|(most, compare)| (per_mille_apart(compare(sought, &other)), *most));
            let apart_per_mille = apart.filter(|(apart, most)| apart <= most).map(|(apart, _)| apart).min()?;
            Some(Alike { capture, apart_per_mille })
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
