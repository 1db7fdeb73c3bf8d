//! How a capture is sealed, drawn: the row of its proof, the path to the root of its commit, the path to the root of the log, who signed each, and when.
//!
//! What is drawn was proved by the store and then checked again here, from the proof and public keys alone ([`prove::check`]), each time: what does not hold is
//! said aloud on the page and in the log. Bounds: paths have at most 9 and 64 steps.

mod words;

use salur_domain::{CaptureId, note::Verifier};
use salur_store::{
    Error,
    evidence::prove::{self, OF_CAPTURE, Proof, Proven},
};

use crate::{
    Portal,
    pages::Viewer,
    refusal::Refusal,
    words::{WIB, count, moment},
};
pub(super) use words::Words;

/// Distance between two levels of the drawing, and from its middle to a neighbour.
const LEVEL: u32 = 14;
const ASIDE: u32 = 26;

/// How a capture is sealed.
pub(super) enum Seal {
    /// It leads to the sealed root.
    Sealed(Box<Ladder>),
    /// Not yet: within so many seconds.
    Waits(u64),
    /// It does not fit its seal, or the seal is damaged.
    Broken,
    /// It is older than the journal.
    Older,
}

/// A path from a leaf to the root, drawn.
pub(super) struct Ladder {
    pub row: String,
    pub hash: String,
    pub group: String,
    pub rows: String,
    pub tranche: i32,
    pub transaction: String,
    pub writer: String,
    pub at: String,
    pub entry: String,
    pub entries: String,
    pub root: String,
    pub sealed_at: String,
    pub journal: Option<String>,
    pub log: Option<String>,
    pub in_group: Vec<Step>,
    pub in_log: Vec<Step>,
    pub rungs: Vec<Rung>,
    pub height: u32,
}

/// A neighbour on the path.
pub(super) struct Step {
    pub hash: String,
    pub is_left: bool,
}

/// A level of the drawing: our node, and the neighbour with which it makes the next.
pub(super) struct Rung {
    pub y: u32,
    pub up: u32,
    /// Of the neighbour.
    pub x: i64,
    /// The last of its tree: the root of the commit, which is the leaf of the log.
    pub is_seam: bool,
}

/// Proves a capture and checks the proof. Anything but damage is a refusal.
pub(super) async fn of(portal: &Portal, viewer: &Viewer, capture: CaptureId) -> Result<Seal, Refusal> {
    let evidence = portal.evidence();
    let proved = prove::of_capture(portal.database(), portal.blobs(), evidence.log.as_ref(), capture, OF_CAPTURE).await;
    let proof = match proved {
        Ok(proof) => proof,
        Err(Error::Invariant(why)) => return Ok(broken(capture, &why)),
        Err(error) => return Err(error.into()),
    };
    let waits = || Seal::Waits(evidence.seal_every.as_secs().max(1));
    let Some(proof) = proof else { return Ok(waits()) };
    let Some(row) = proof.rows.iter().find(|row| row.row.starts_with("proofs\t")) else {
        return Ok(if is_older(portal, capture).await? { Seal::Older } else { waits() });
    };
    Ok(match prove::check(&proof, evidence.log.as_ref(), evidence.journal.as_ref()) {
        Ok(checked) => Seal::Sealed(Box::new(ladder(viewer, &proof, row, &checked, (evidence.journal.as_ref(), evidence.log.as_ref())))),
        Err(why) => broken(capture, &why),
    })
}

async fn is_older(portal: &Portal, capture: CaptureId) -> Result<bool, Refusal> {
    let mut tx = portal.database().begin_portal().await?;
    Ok(prove::is_older(&mut tx, capture).await?)
}

fn broken(capture: CaptureId, why: &str) -> Seal {
    tracing::error!(%capture, why, "a proof does not fit its seal");
    Seal::Broken
}

fn ladder(
    viewer: &Viewer,
    proof: &Proof,
    row: &Proven,
    checked: &prove::Checked,
    (journal, log): (Option<&Verifier>, Option<&Verifier>),
) -> Ladder {
    let language = viewer.language;
    let place = proof.rows.iter().position(|other| other.row == row.row).expect("it is one of them");
    let commit = &checked.commits[place];
    let group = commit.groups.iter().find(|group| group.tranche == row.tranche).expect("the proof was checked");
    let number = |number: u64| count(i64::try_from(number).unwrap_or(i64::MAX), language);
    let in_group = steps(&row.path, row.index as u64, group.rows);
    let in_log = steps(&row.entry_path, row.entry, checked.head.size);
    let rungs = rungs(&in_group, &in_log);
    Ladder {
        row: row.row.split('\t').take(2).collect::<Vec<_>>().join(" "),
        hash: hex::encode(salur_domain::tlog::leaf(row.row.as_bytes())),
        group: hex::encode(group.root),
        rows: number(group.rows),
        tranche: row.tranche,
        transaction: count(commit.tx, language),
        writer: commit.writer.clone(),
        at: moment(commit.at, WIB, language),
        entry: number(row.entry),
        entries: number(checked.head.size),
        root: hex::encode(checked.head.root),
        sealed_at: moment(row.sealed_at, WIB, language),
        journal: journal.map(short),
        log: log.map(short),
        in_group,
        in_log,
        height: LEVEL * u32::try_from(rungs.len() + 1).unwrap_or(1),
        rungs,
    }
}

/// A key by its name and number, as its signatures have it.
fn short(key: &Verifier) -> String {
    key.to_string().splitn(3, '+').take(2).collect::<Vec<_>>().join("+")
}

/// The neighbours of a path with the sides on which they stand (RFC 9162, section 2.1.3.2).
fn steps(path: &[String], index: u64, size: u64) -> Vec<Step> {
    let (mut at, mut last, mut sides) = (index, size.saturating_sub(1), Vec::new());
    while last > 0 {
        if at % 2 == 1 || at < last {
            sides.push(at % 2 == 1);
        }
        (at, last) = (at / 2, last / 2);
    }
    path.iter().zip(sides).map(|(hash, is_left)| Step { hash: hash.clone(), is_left }).collect()
}

fn rungs(in_group: &[Step], in_log: &[Step]) -> Vec<Rung> {
    let levels = in_group.len() + in_log.len();
    let sides = in_group.iter().chain(in_log).enumerate();
    let rung = |(at, step): (usize, &Step)| {
        let y = LEVEL * u32::try_from(levels - at).unwrap_or(0);
        let x = if step.is_left { -i64::from(ASIDE) } else { i64::from(ASIDE) };
        Rung { y, up: y - LEVEL, x, is_seam: at == in_group.len() }
    };
    sides.map(rung).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use salur_domain::tlog;

    #[test]
    fn neighbours_stand_on_the_side_on_which_they_are_hashed() {
        let leaves: Vec<tlog::Hash> = (0..13_u8).map(|number| tlog::leaf(&[number])).collect();
        for (index, leaf) in leaves.iter().enumerate() {
            let path: Vec<String> = tlog::path(&leaves, index).iter().map(hex::encode).collect();
            let steps = steps(&path, index as u64, 13);
            assert_eq!(steps.len(), path.len(), "{index}");
            let climbed = steps.iter().fold(*leaf, |hash, step| {
                let other: tlog::Hash = hex::decode(&step.hash).expect("digits").try_into().expect("32 bytes");
                let pair = if step.is_left { [other, hash] } else { [hash, other] };
                tlog::root(&pair)
            });
            assert_eq!(climbed, tlog::root(&leaves), "{index}");
        }
    }
}
