//! Who may do what: roles, acts, and the closed table between them.
//!
//! A person or system has one role and, where the role has a place, a region or a source. Nobody acts under a name they typed: a door knows its
//! caller by a token or a signature and asks here. What one person entered another must approve; those who pay do not judge proofs.

use std::fmt;

/// What an actor is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Makes and revokes actors and devices; touches no money and no family.
    Administrator,
    /// Enters programmes and their money, and approves what another treasurer entered.
    Treasurer,
    /// An upstream system: sends lists of its own source, and hears of them.
    Upstream,
    /// A social office: sends lists by hand, sees its region.
    Office,
    /// Decides what waits for a person: holds, proofs in question.
    Supervisor,
    /// Pays at a counter: sees the own drawer and hand-overs at a browser, and nothing of others.
    Teller,
    /// Sees everything, changes nothing.
    Auditor,
    /// Runs the machines: dead letters, pauses.
    Ops,
    /// A leader: looks at the board's exact figures, and at no family.
    Viewer,
}

/// Something that a door does for a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Act {
    /// Make, list and revoke actors, their tokens and codes.
    ManageActors,
    /// Register and revoke devices of the counter.
    ManageDevices,
    /// Have a tranche sign its cheques with another key.
    RotateChequeKeys,
    /// Have a cheque replaced, with another.
    ReplaceCheques,
    /// See the devices, and their packs.
    SeeDevices,
    /// Have a pack made, with which a device pays for a day without a network, and revoke it.
    MakeDevicePacks,
    /// Set a programme up: master data, allocations, floats.
    SetUp,
    /// See tranches, who entered them and who approved.
    SeeTranches,
    /// Approve a tranche above the threshold that somebody else entered.
    ApproveTranche,
    /// Sign what goes back to the treasury and that a tranche closes, and say that it was paid.
    SignForTranche,
    /// Say why a family did not come.
    GiveReturnReason,
    /// See who holds how much cash, and how the days were closed.
    SeeCash,
    /// See the own drawer: what came into it, how its days were closed, and how the own hand-overs of a day stand.
    SeeDrawer,
    /// Move cash between bank, office and tellers, and take in what a teller makes good.
    MoveCash,
    /// Close a teller's day, with the reason where the count differs from the books.
    CloseDay,
    /// See the board's figures exactly, however few families they count, down to village and pay point.
    SeeFigures,
    /// See a payment and what happened to it, masked.
    SeePayments,
    /// Look for a family by NIK, household card, serial or name, and see the name.
    FindFamilies,
    /// See what people complain of, and, with a reason, what they wrote.
    SeeComplaints,
    /// Say what came of a complaint.
    AnswerComplaints,
    /// See which families are called back, and what they answered.
    SeeCallbacks,
    /// Draw families to call back.
    DrawCallbacks,
    /// Open how a family is reached, and record what it answered.
    RecordCallbacks,
    /// See which packs of cheques there are, and whether they were handed out.
    SeePacks,
    /// Take the file of a pack: it holds full names.
    OpenPacks,
    /// Have a pack made of a village that is not complete.
    MakePacks,
    /// Say that the cheques of a pack are with the families.
    HandOutPacks,
    /// See which families come when, masked.
    SeeSchedules,
    /// Have families given slots, and close a pay point.
    PlanSchedules,
    /// Send a bank statement, and close what does not match.
    Reconcile,
    /// See what waits before each stage and who works there.
    SeeStages,
    /// Pause and resume stages.
    PauseStages,
    /// Pause and resume tranches, regencies, pay points and tellers.
    PausePayments,
    /// See what is paused, by whom and why.
    SeePauses,
    /// See bank statements, their lines and what does not match.
    SeeBank,
    /// See proofs in question, and what came of decisions about hand-overs.
    SeeProofs,
    /// See the NIK of a family whole, for a reason given each time.
    RevealNik,
    /// Review a proof in question, and undo a wrong hand-over with another.
    JudgeHandOvers,
    /// Destroy a photo with another, place and end legal holds, say how long photos are kept.
    KeepPhotos,
    /// Send a list of recipients.
    SubmitBatch,
    /// See how a list fares.
    SeeBatch,
    /// Have the outcomes of a source told again.
    ReplayFeed,
    /// See what waits for a decision.
    SeeHolds,
    /// Release or reject what is held.
    DecideHolds,
    /// See what could not be processed, without its bodies.
    SeeDeadLetters,
    /// Have it processed again.
    ReplayDeadLetters,
    /// See who hears of batches over HTTP, and what could not be delivered.
    SeeWebhooks,
    /// Add and revoke webhooks, and try again what could not be delivered.
    ManageWebhooks,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 9] = [
        Self::Administrator,
        Self::Treasurer,
        Self::Upstream,
        Self::Office,
        Self::Supervisor,
        Self::Teller,
        Self::Auditor,
        Self::Ops,
        Self::Viewer,
    ];

    /// As in tables and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Treasurer => "treasurer",
            Self::Upstream => "upstream",
            Self::Office => "office",
            Self::Supervisor => "supervisor",
            Self::Teller => "teller",
            Self::Auditor => "auditor",
            Self::Ops => "ops",
            Self::Viewer => "viewer",
        }
    }

    /// Reads it.
    ///
    /// ```
    /// use salur_domain::actor::Role;
    /// assert_eq!(Role::parse("auditor"), Some(Role::Auditor));
    /// assert_eq!(Role::parse("root"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether the role acts for one source of lists, which it must then name.
    pub const fn has_source(self) -> bool {
        matches!(self, Self::Upstream | Self::Office)
    }

    /// Whether the role stands at a counter, and must name the teller and the pay point.
    pub const fn has_counter(self) -> bool {
        matches!(self, Self::Teller)
    }

    /// THE TABLE.
    pub const fn may(self, act: Act) -> bool {
        match act {
            Act::ManageActors | Act::ManageDevices | Act::RotateChequeKeys => matches!(self, Self::Administrator),
            Act::SeeDevices => matches!(self, Self::Administrator | Self::Supervisor | Self::Auditor | Self::Ops),
            Act::SetUp | Act::ApproveTranche | Act::SignForTranche | Act::MoveCash | Act::Reconcile => matches!(self, Self::Treasurer),
            Act::SeeCash => matches!(self, Self::Treasurer | Self::Supervisor | Self::Auditor),
            Act::SeePayments | Act::SeeStages => matches!(self, Self::Supervisor | Self::Auditor | Self::Ops),
            Act::SeeDrawer => matches!(self, Self::Teller),
            Act::SeeFigures => !matches!(self, Self::Administrator | Self::Upstream | Self::Teller),
            Act::SeeTranches | Act::SeePauses => !matches!(self, Self::Administrator | Self::Upstream | Self::Teller | Self::Viewer),
            Act::FindFamilies | Act::SeeComplaints | Act::SeeCallbacks => matches!(self, Self::Office | Self::Supervisor | Self::Auditor),
            Act::GiveReturnReason | Act::SubmitBatch => matches!(self, Self::Upstream | Self::Office),
            Act::SeeProofs | Act::RevealNik => matches!(self, Self::Supervisor | Self::Auditor),
            Act::PausePayments => matches!(self, Self::Treasurer | Self::Supervisor),
            Act::SeeBank => matches!(self, Self::Treasurer | Self::Auditor),
            Act::SeeBatch => matches!(self, Self::Upstream | Self::Office | Self::Supervisor | Self::Auditor | Self::Ops),
            Act::ReplayFeed | Act::ManageWebhooks => matches!(self, Self::Upstream | Self::Ops),
            Act::DecideHolds | Act::CloseDay | Act::JudgeHandOvers | Act::KeepPhotos | Act::AnswerComplaints | Act::DrawCallbacks => {
                matches!(self, Self::Supervisor)
            }
            Act::SeePacks | Act::SeeSchedules | Act::SeeHolds => {
                matches!(self, Self::Office | Self::Supervisor | Self::Auditor | Self::Ops)
            }
            Act::OpenPacks | Act::ReplaceCheques | Act::RecordCallbacks => matches!(self, Self::Office | Self::Supervisor),
            Act::MakePacks => matches!(self, Self::Office | Self::Ops),
            Act::HandOutPacks => matches!(self, Self::Office),
            Act::PlanSchedules | Act::MakeDevicePacks => matches!(self, Self::Supervisor | Self::Ops),
            Act::SeeDeadLetters => matches!(self, Self::Auditor | Self::Ops),
            Act::ReplayDeadLetters | Act::PauseStages => matches!(self, Self::Ops),
            Act::SeeWebhooks => matches!(self, Self::Upstream | Self::Auditor | Self::Ops),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether an actor of a region (empty: the country; two digits: a province; four: a regency) may touch a village or regency code.
///
/// ```
/// use salur_domain::actor::covers;
/// assert!(covers("", "1902011001") && covers("19", "1902011001") && covers("1902", "1902"));
/// assert!(!covers("1906", "1902011001"));
/// ```
pub fn covers(region: &str, code: &str) -> bool {
    code.starts_with(region)
}

/// Longest name of an actor.
const NAME_MAX: usize = 48;

/// Whether a text can name an actor: 2 to 48 lower-case letters, digits, dots and hyphens, a letter first.
pub fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'-';
    (2..=NAME_MAX).contains(&text.len()) && text.as_bytes()[0].is_ascii_lowercase() && text.bytes().all(plain)
}

#[cfg(test)]
mod tests;
