//! pack-making: the cheques of a village as one file to print, with the list by which they are handed out.
//!
//! Hears `cheques.issued`: where all that is funded in the village has a cheque, a pack is wanted of those that lie in none (level-triggered from rows, so it
//! does not matter which cheque came last). Hears `packs.wanted`, its own or a person's: reads the village, opens its rows, draws, seals and stores the file,
//! and then writes the rows of the pack. A pack is complete or absent: without its row nobody is shown the object. What comes late is wanted again and is the
//! next pack. Hears `packs.handed-out`: what an office says, remembered once.
//!
//! It is the one stage that opens rows: a list for handing out has full names and addresses on it. They stand in no message, log or object key; the file is
//! sealed under the key of rows, not of photos (`docs/decisions/0036`).
//!
//! Bounds: [`packs::CHEQUES_MAX`] cheques of a pack; one village, or [`packs::LOADED_MAX`] families of several, in memory with two files.

mod drawing;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use salur_domain::{PaymentId, TrancheId};
use salur_runtime::stage::{Delay, Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{ChequeIssued, PackHandedOut, PackMade, PackWanted, messages};
use salur_store::{
    Error, Tx,
    packs::{self, Contents, Made, NewPack, Place, Standing, Standings, Wanted},
};

use crate::{Tools, Work};

messages! {
    /// What pack-making hears.
    pub enum In { ChequeIssued, PackWanted, PackHandedOut }
}
messages! {
    /// What pack-making says.
    pub enum Out { PackWanted, PackMade }
}

/// The stage.
#[derive(Debug)]
pub struct PackMaking(Arc<Tools>);

/// What comes of a fact before its transaction.
#[derive(Debug)]
pub enum Ready {
    /// A cheque: is its village complete?
    Issued(ChequeIssued),
    /// A pack that was made before.
    Made(Made),
    /// More cheques are on their way.
    Early,
    /// Other cheques wait by now, or none.
    Others(PackWanted),
    /// No room in this round.
    Crowded,
    /// Drawn and stored.
    Drawn(Box<NewPack>),
    /// Said by an office.
    HandedOut(PackHandedOut),
}

impl PackMaking {
    /// With its tools.
    pub fn new(tools: Arc<Tools>) -> Self {
        Self(tools)
    }
}

fn place(wanted: &PackWanted) -> Place {
    (wanted.tranche, wanted.village.clone())
}

fn pack(wanted: &PackWanted) -> Wanted {
    Wanted { place: place(wanted), generation: wanted.generation.clone(), is_asked_for: wanted.by.is_some() }
}

impl Stage for PackMaking {
    const NAME: &'static str = "pack-making";
    type In = In;
    type Out = Out;
    type Context = Standings;
    type Ready = Ready;
    type Work = Work;

    /// Villages by the dozen: each costs the database some questions, and few have many families. Four messages of two thousand cheques complete what is loaded
    /// in four rounds, and a fact has five. One lane, since families are in memory with their files.
    fn policy(&self) -> Policy {
        Policy { flight_facts: 2_000, prefetch: 4, lanes: 1, concurrency: 2, deadline: Duration::from_mins(5), ..Policy::default() }
    }

    async fn load(&self, facts: &[In]) -> Result<Standings, Failure> {
        let wanted = facts.iter().filter_map(|fact| if let In::PackWanted(wanted) = fact { Some(pack(wanted)) } else { None });
        let wanted: Vec<Wanted> = wanted.collect();
        Ok(if wanted.is_empty() { Standings::default() } else { packs::standings(&self.0.database, &wanted).await? })
    }

    async fn prepare(&self, fact: &In, villages: &Standings) -> Result<Ready, Failure> {
        match fact {
            In::ChequeIssued(issued) => Ok(Ready::Issued(issued.clone())),
            In::PackHandedOut(said) => Ok(Ready::HandedOut(said.clone())),
            In::PackWanted(wanted) => match villages.of(&pack(wanted)) {
                Standing::Crowded => Ok(Ready::Crowded),
                Standing::Made(made) => Ok(Ready::Made(made)),
                Standing::Early => Ok(Ready::Early),
                Standing::Waits(Some(contents)) if contents.generation == wanted.generation => self.draw(wanted, &contents).await,
                Standing::Waits(_) => Ok(Ready::Others(wanted.clone())),
            },
        }
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Ready>) -> Result<Verdicts<Out>, Failure> {
        let mut complete = complete(tx, flight).await?.into_iter();
        let mut verdicts = Vec::with_capacity(flight.len());
        for ready in flight.facts() {
            verdicts.push(match ready {
                Ready::Issued(_) => said(complete.next().expect("one answer per cheque").map(Out::from)),
                Ready::Made(made) => Verdict::emit(told(made)),
                Ready::Early => Verdict::Wait(Delay::Seconds30, "more cheques of the village are on their way"),
                Ready::Others(wanted) => said(others(tx, wanted).await?.map(Out::from)),
                Ready::Crowded => Verdict::Again,
                Ready::Drawn(pack) => keep(tx, pack).await?,
                Ready::HandedOut(fact) => {
                    packs::hand_out(tx, fact).await?;
                    Verdict::Done
                }
            });
        }
        let mut verdicts = verdicts.into_iter();
        Ok(flight.judge(|_| verdicts.next().expect("one verdict per fact")))
    }
}

impl PackMaking {
    /// Draws a pack, seals it and stores it; its row comes later, or never, and then nobody sees it.
    async fn draw(&self, wanted: &PackWanted, contents: &Arc<Contents>) -> Result<Ready, Failure> {
        let (keys, complaints, generation) = (self.0.keys.clone(), self.0.complaints(), wanted.generation.clone());
        let (place, contents) = (place(wanted), Arc::clone(contents));
        let of = place.clone();
        let key = crate::fresh_key()?;
        let drawn = tokio::task::spawn_blocking(move || {
            let drawn = drawing::draw(&keys, &of, &contents, &complaints)?;
            let sealed = key.enclose(keys.rows(), &packs::context(&of, &contents.generation), drawn.bytes);
            Ok::<_, drawing::Error>((drawn.row, sealed))
        });
        let (drawn, sealed) = drawn.await.map_err(|error| Error::invariant(format!("drawing a pack: {error}")))??;
        self.0.blobs.put(&packs::object_key(&place, &generation), Bytes::from(sealed), "application/octet-stream").await?;
        let asked_by = wanted.by.clone().unwrap_or_default();
        Ok(Ready::Drawn(Box::new(NewPack { place, generation, asked_by, ..drawn })))
    }
}

fn said(fact: Option<Out>) -> Verdict<Out> {
    fact.map_or(Verdict::Done, Verdict::emit)
}

fn told(made: &Made) -> PackMade {
    let (village, generation) = (made.village.clone(), made.generation.clone());
    PackMade { tranche: made.tranche(), village, generation, number: made.number(), cheques: made.cheques(), at: made.made_at }
}

/// For each cheque of a flight, in order, the pack that is wanted since its village is complete; the first cheque of a village speaks for all. A cheque that
/// lies in a pack already wants that one again: whoever said it first may not have been heard.
async fn complete(tx: &mut Tx, flight: &Flight<'_, Ready>) -> Result<Vec<Option<PackWanted>>, Error> {
    let issued = || flight.facts().filter_map(|ready| if let Ready::Issued(issued) = ready { Some(issued) } else { None });
    let keys: Vec<(TrancheId, PaymentId, i16)> = issued().map(|one| (one.tranche, one.payment, one.version.cast_signed())).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let places = packs::places(tx, &keys).await?;
    let lies = |(tranche, payment, _): &(TrancheId, PaymentId, i16)| {
        let found = places.get(&(*tranche, *payment));
        let (village, packed) =
            found.ok_or_else(|| Error::invariant(format!("payment {payment} of tranche {} does not exist", tranche.0)))?;
        Ok::<_, Error>(((*tranche, village.clone()), packed.clone()))
    };
    let lying: Vec<(Place, Option<String>)> = keys.iter().map(lies).collect::<Result<_, _>>()?;
    let open: HashSet<Place> = lying.iter().filter(|(_, packed)| packed.is_none()).map(|(place, _)| place.clone()).collect();
    let open: Vec<Place> = open.into_iter().collect();
    let complete = if open.is_empty() { HashMap::new() } else { packs::complete(tx, &open).await? };
    let mut seen = BTreeSet::new();
    let mut answer = |(place, packed): (Place, Option<String>)| {
        if !seen.insert((place.clone(), packed.clone())) {
            return None;
        }
        let generation = packed.or_else(|| complete.get(&place).cloned())?;
        let (tranche, village) = place;
        Some(PackWanted { tranche, village, generation, by: None })
    };
    Ok(lying.into_iter().map(&mut answer).collect())
}

/// What waits now, where it is not what was wanted.
async fn others(tx: &mut Tx, wanted: &PackWanted) -> Result<Option<PackWanted>, Error> {
    let waiting = packs::waiting(tx, &place(wanted)).await?;
    Ok(waiting.filter(|generation| *generation != wanted.generation).map(|generation| PackWanted { generation, ..wanted.clone() }))
}

/// Remembers a pack, and wants the next where a village has more cheques than one holds.
async fn keep(tx: &mut Tx, pack: &NewPack) -> Result<Verdict<Out>, Error> {
    let Some(made) = packs::write(tx, pack).await? else { return Ok(Verdict::Again) };
    let mut out = vec![Out::from(told(&made))];
    if i64::from(made.cheques()) == packs::CHEQUES_MAX {
        let (tranche, village) = pack.place.clone();
        let by = Some(pack.asked_by.clone()).filter(|by| !by.is_empty());
        out.extend(packs::waiting(tx, &pack.place).await?.map(|generation| PackWanted { tranche, village, generation, by }.into()));
    }
    Ok(Verdict::Emit(out))
}
