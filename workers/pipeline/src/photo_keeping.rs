//! photo-keeping: whether a photo is destroyed is decided here, and then its objects go.
//!
//! Hears `photos.condemned` from the portal and from the clock, and its own `photos.destroyed`. A photo is destroyed when two people signed for it on the
//! same ground, or when the years of its programme, which two people said, are over; never under a legal hold, never while its visit is in question, and
//! before the retention ends only by an order. Destroying forgets the wrapped key in the transaction that decides: from then on nobody opens the original,
//! the view or the thumbnail, wherever copies of them lie, also where the store refuses to delete. Then `photos.destroyed` takes the objects away, as often
//! as it is heard.
//!
//! Beside it objects that no row names are swept ([`sweep`]): attempts that lost, uploads that were judged, and what a destruction left.
//!
//! Bounds: [`keeping::due`] photos of one look of the clock; one photo's objects per fact; [`SWEEP_MOST`] objects of a folder every [`SWEEP_EVERY`].

use std::{sync::Arc, time::Duration};

use salur_domain::{DecisionId, ids::NAMESPACE, keeping::Ground};
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{PhotoCondemned, PhotoDestroyed, messages};
use salur_store::{
    Error, Tx,
    keeping::{self, Wish},
    proofs, sweep,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Tools, Work};

/// Between two sweeps of objects.
const SWEEP_EVERY: Duration = Duration::from_hours(6);
/// Objects that go in one sweep of a folder.
const SWEEP_MOST: u64 = 100_000;

messages! {
    /// What photo-keeping hears.
    pub enum In { PhotoCondemned, PhotoDestroyed }
}
messages! {
    /// What photo-keeping says.
    pub enum Out { PhotoDestroyed }
}

/// The stage.
#[derive(Debug)]
pub struct PhotoKeeping(Arc<Tools>);

impl PhotoKeeping {
    /// With its tools.
    pub fn new(tools: Arc<Tools>) -> Self {
        Self(tools)
    }
}

/// Photos whose retention is over. One that is not destroyed today, for whatever reason, is named again tomorrow as another wish.
pub async fn due(tools: &Tools) -> Result<Vec<In>, Failure> {
    let due = keeping::due(&tools.database).await?;
    let condemn = |(capture, day)| {
        let decision = DecisionId(Uuid::new_v5(&NAMESPACE, format!("retention ended\0{capture}\0{day}").as_bytes()));
        let (ground, at) = (Ground::RetentionEnded, chrono::Utc::now());
        PhotoCondemned { decision, capture, ground, document: String::new(), actor: None, at }.into()
    };
    Ok(due.into_iter().map(condemn).collect())
}

/// Takes away what no row names, now and every [`SWEEP_EVERY`], until told to stop. Any number of processes may do it.
pub async fn sweep(tools: &Tools, shutdown: &CancellationToken) {
    while !shutdown.is_cancelled() {
        for folder in sweep::FOLDERS {
            match sweep::sweep((&tools.database, &tools.blobs), folder, SWEEP_MOST, false, chrono::Utc::now()).await {
                Ok(swept) if swept.orphans > 0 => {
                    tracing::info!(folder, orphans = swept.orphans, bytes = swept.bytes, "objects were swept");
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(folder, %error, "cannot sweep objects now"),
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(SWEEP_EVERY) => {}
        }
    }
}

impl Stage for PhotoKeeping {
    const NAME: &'static str = "photo-keeping";
    type In = In;
    type Out = Out;
    type Context = ();
    type Ready = In;
    type Work = Work;

    fn policy(&self) -> Policy {
        Policy { flight_facts: 32, prefetch: 64, concurrency: 4, deadline: Duration::from_mins(2), ..Policy::default() }
    }

    async fn load(&self, _: &[In]) -> Result<(), Failure> {
        Ok(())
    }

    /// Takes the objects of a photo whose key is forgotten away: those of examinations that ran twice too.
    async fn prepare(&self, fact: &In, (): &()) -> Result<In, Failure> {
        if let In::PhotoDestroyed(destroyed) = fact {
            for prefix in proofs::prefixes(destroyed.capture) {
                for object in self.0.blobs.list(&prefix, None).await? {
                    self.0.blobs.delete(&object.key).await?;
                }
            }
        }
        Ok(fact.clone())
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, In>) -> Result<Verdicts<Out>, Failure> {
        keeping::lock(tx).await?;
        let mut verdicts = Vec::with_capacity(flight.len());
        for fact in flight.facts() {
            verdicts.push(match fact {
                In::PhotoCondemned(condemned) => decide(tx, condemned).await?,
                In::PhotoDestroyed(_) => Verdict::Done,
            });
        }
        let mut verdicts = verdicts.into_iter();
        Ok(flight.judge(|_| verdicts.next().expect("one verdict per fact")))
    }
}

async fn decide(tx: &mut Tx, fact: &PhotoCondemned) -> Result<Verdict<Out>, Error> {
    let effect = if let Some(known) = keeping::effect(tx, fact.decision).await? {
        known
    } else {
        let (document, actor) = (fact.document.as_str(), fact.actor.as_deref());
        let wish = Wish { decision: fact.decision, capture: fact.capture, ground: fact.ground, document, actor };
        let comes = comes_of(tx, &wish).await?;
        keeping::decide(tx, &wish, comes).await?
    };
    Ok(match effect.effect.as_str() {
        "carried_out" => Verdict::Emit(vec![PhotoDestroyed { capture: fact.capture, at: effect.at }.into()]),
        _ => Verdict::Done,
    })
}

/// What comes of a wish, and why not.
async fn comes_of(tx: &mut Tx, wish: &Wish<'_>) -> Result<(&'static str, &'static str), Error> {
    let Some(photo) = keeping::standing(tx, wish.capture, wish.ground).await? else { return Ok(("refused", "unknown")) };
    let others = |actor: &str| photo.signers.iter().any(|signer| signer != actor);
    Ok(match wish.actor {
        _ if !photo.is_kept => ("refused", "destroyed"),
        _ if photo.is_held => ("refused", "held"),
        _ if photo.is_in_question => ("refused", "in_question"),
        _ if !photo.is_over && !wish.ground.is_ordered() => ("refused", "kept"),
        // the years themselves are two people's word
        None => ("carried_out", ""),
        Some(actor) if others(actor) => ("carried_out", ""),
        Some(_) if photo.signers.is_empty() => ("signed", ""),
        Some(_) => ("refused", "signed"),
    })
}
