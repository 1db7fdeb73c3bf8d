//! programme-setup: what a treasurer entered becomes master data with its funding, and what another approved is opened.
//!
//! Hears `setups.sent` and `tranches.approved`. A setup file describes one programme whole; everything wrong with it is told at once, with the path of the
//! field and what to do ([`check`]). It is applied in one transaction with its transfers and kept as a difference; sent again it has nothing to change.
//! A dry run does the same and undoes it. A tranche within the threshold is opened at once, any other by an approval of somebody who entered
//! nothing of it; the threshold of a programme is bounded by the installation's, since who enters the one does not set the other. Says
//! `tranches.opened` for every open tranche of the programme, each time: hearing it twice does nothing.
//! Bounds: one setup or approval at a time, files of [`setups::BYTES_MAX`].

use std::sync::Arc;

use salur_domain::{Rupiah, TrancheId};
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{SetupSent, TrancheApproved, TrancheOpened, messages};
use salur_store::{
    Error, Tx,
    setup::{self, Origin, Report},
    setups,
    tranches::{self, Approval},
};
use serde::{Deserialize, Serialize};

use crate::{Tools, Work};

pub mod check;
mod file;
mod places;

use check::{Checked, Problem};

messages! {
    /// What programme-setup hears.
    pub enum In { SetupSent, TrancheApproved }
}
messages! {
    /// What programme-setup says.
    pub enum Out { TrancheOpened }
}

/// What came of a setup file, as `salur setup --json` prints it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Answer {
    /// Whether something was written.
    pub applied: bool,
    /// Whether it only asked.
    pub dry_run: bool,
    /// Whether everything stood already.
    pub nothing_to_change: bool,
    /// Why nothing was, or would be, written.
    pub problems: Vec<Problem>,
    /// What will not work as somebody may expect.
    pub warnings: Vec<String>,
    /// What was, or would be, done.
    #[serde(flatten)]
    pub report: Report,
}

/// A fact with what it needs: for a file what it says, or what is wrong with it.
#[derive(Debug)]
pub enum Ready {
    /// A file.
    Setup(SetupSent, setups::File, Box<Result<Checked, Vec<Problem>>>),
    /// An approval.
    Approval(TrancheApproved),
}

/// The stage.
#[derive(Debug)]
pub struct ProgrammeSetup(Arc<Tools>);

impl ProgrammeSetup {
    /// With the database that holds the files.
    pub fn new(tools: Arc<Tools>) -> Self {
        Self(tools)
    }
}

impl Stage for ProgrammeSetup {
    const NAME: &'static str = "programme-setup";
    type In = In;
    type Out = Out;
    type Context = Vec<setups::File>;
    type Ready = Ready;
    type Work = Work;

    /// One at a time: a national programme is a hundred thousand rows.
    fn policy(&self) -> Policy {
        Policy { flight_facts: 1, prefetch: 2, lanes: 1, deadline: std::time::Duration::from_mins(5), ..Policy::default() }
    }

    async fn load(&self, facts: &[In]) -> Result<Vec<setups::File>, Failure> {
        let sent = |fact: &In| if let In::SetupSent(sent) = fact { Some(sent.setup.0) } else { None };
        let ids: Vec<_> = facts.iter().filter_map(sent).collect();
        Ok(if ids.is_empty() { Vec::new() } else { setups::files(&self.0.database, &ids).await? })
    }

    async fn prepare(&self, fact: &In, files: &Vec<setups::File>) -> Result<Ready, Failure> {
        match fact {
            In::TrancheApproved(approved) => Ok(Ready::Approval(approved.clone())),
            In::SetupSent(sent) => {
                let file = files.iter().find(|file| file.id == sent.setup.0).cloned();
                let file = file.ok_or_else(|| Error::invariant(format!("setup {} has no file", sent.setup)))?;
                let checked = check::check(&file.content, self.0.approval_threshold_max);
                Ok(Ready::Setup(sent.clone(), file, Box::new(checked)))
            }
        }
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Ready>) -> Result<Verdicts<Out>, Failure> {
        let mut verdicts = Vec::with_capacity(flight.len());
        for ready in flight.facts() {
            let opened = match ready {
                Ready::Setup(sent, file, checked) => set_up(tx, sent, file, checked).await?,
                Ready::Approval(approved) => approve(tx, approved).await?,
            };
            verdicts.push(if opened.is_empty() { Verdict::Done } else { Verdict::Emit(opened.into_iter().map(Out::from).collect()) });
        }
        let mut verdicts = verdicts.into_iter();
        Ok(flight.judge(|_| verdicts.next().expect("one verdict per fact")))
    }
}

/// Carries a file out once; the tranches that are open now, as its kept answer names them.
async fn set_up(
    tx: &mut Tx,
    sent: &SetupSent,
    file: &setups::File,
    checked: &Result<Checked, Vec<Problem>>,
) -> Result<Vec<TrancheOpened>, Error> {
    let id = sent.setup.0;
    let unreadable = |error: serde_json::Error| Error::invariant(format!("the answer of setup {id} is no answer: {error}"));
    let answer: Answer = if let Some(known) = setups::answered(tx, id).await? {
        serde_json::from_value(known).map_err(unreadable)?
    } else {
        let answer = match checked {
            Ok(checked) => carry_out(tx, file, checked).await?,
            Err(problems) => Answer { dry_run: file.dry_run, problems: problems.clone(), ..Answer::default() },
        };
        setups::answer(tx, id, &serde_json::to_value(&answer).map_err(unreadable)?).await?;
        answer
    };
    let is_open = |tranche: &setup::TrancheState| Some(TrancheOpened { tranche: TrancheId(tranche.id), at: tranche.opened_at? });
    Ok(if answer.dry_run { Vec::new() } else { answer.report.tranches.iter().filter_map(is_open).collect() })
}

async fn carry_out(tx: &mut Tx, file: &setups::File, checked: &Checked) -> Result<Answer, Error> {
    let sha256 = hex::encode(&file.sha256);
    tx.mark().await?;
    let report = setup::apply(tx, &checked.data, Origin { actor: &file.actor, sha256: &sha256 }).await?;
    let is_refused = !report.refusals.is_empty();
    if is_refused || file.dry_run {
        tx.undo().await?;
    }
    let (dry_run, warnings) = (file.dry_run, checked.warnings.clone());
    if is_refused {
        let problems = report.refusals.iter().map(|refusal| checked.place(refusal)).collect();
        return Ok(Answer { dry_run, problems, warnings, ..Answer::default() });
    }
    let nothing_to_change = report.is_empty();
    Ok(Answer { applied: !nothing_to_change && !dry_run, dry_run, nothing_to_change, problems: Vec::new(), warnings, report })
}

/// Decides about an approval; the tranche, where it is open by it.
async fn approve(tx: &mut Tx, approved: &TrancheApproved) -> Result<Vec<TrancheOpened>, Error> {
    let TrancheApproved { decision, tranche, allocation, document, actor, .. } = approved;
    let approval = Approval { decision: *decision, tranche: *tranche, allocation: *allocation, document, actor };
    let effect = tranches::approve(tx, &approval).await?;
    let is_open = effect.effect == "approved";
    Ok(is_open.then_some(TrancheOpened { tranche: *tranche, at: effect.decided_at }).into_iter().collect())
}

/// What a programme may say of its own threshold.
fn threshold_problem(given: Rupiah, most: Rupiah) -> Option<Problem> {
    let reason = format!("{given} is above what this installation allows without an approval, {most}");
    let remedy = "lower it; larger tranches are opened by another treasurer with `salur tranche approve`";
    (given > most).then(|| Problem::new("programme.approval_threshold", reason, remedy))
}
