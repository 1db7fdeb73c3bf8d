//! The chart: which accounts there are, and what may happen between which of them.
//!
//! One line per kind of transfer, the account debited and the one credited; a transfer of a kind between other accounts cannot be posted, and `salur verify`
//! looks at what stands by the same lines. Assets grow by debits, obligations by credits; assets equal obligations after every commit.

use salur_domain::TrancheId;
use uuid::Uuid;

use crate::Error;

/// Kinds of ledger accounts. Assets grow by debits, obligations by credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountKind {
    /// Asset: the programme's bank account.
    Bank,
    /// Asset: cash at an office.
    OfficeCash,
    /// Asset: a teller's float (panjar).
    TellerCash,
    /// Asset: cash counted short or paid twice; a teller answers for it.
    CashDifference,
    /// Obligation: money granted to a regency for a tranche.
    Allocation,
    /// Obligation: money set aside for a batch.
    Reserve,
    /// Obligation: money owed to families; sub-ledger by payment.
    Recipient,
    /// Obligation: money to go back to the treasury.
    ReturnDue,
}

/// What happened to money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each line of the chart says what it means")]
pub enum Kind {
    ProgrammeFunded,
    BatchReserved,
    HoldReserved,
    Withdrawn,
    RecipientFunded,
    Cancelled,
    CashToOffice,
    CashBackToBank,
    CashToTeller,
    CashBackToOffice,
    CashBetweenTellers,
    CashShort,
    CashOver,
    SecondPayOut,
    DifferenceSettled,
    HandOver,
    HandOverUndone,
    NotProven,
    Return,
    ReturnUnfunded,
    ReturnReversed,
    ReserveUnused,
    AllocationUnused,
    Remitted,
}

/// A line of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// What happens.
    pub kind: Kind,
    /// The word in the table.
    pub name: &'static str,
    /// Account debited.
    pub debit: AccountKind,
    /// Account credited.
    pub credit: AccountKind,
    /// When.
    pub meaning: &'static str,
}

const fn line(kind: Kind, name: &'static str, debit: AccountKind, credit: AccountKind, meaning: &'static str) -> Line {
    Line { kind, name, debit, credit, meaning }
}

/// THE CHART, in the order of [`Kind`].
pub const CHART: [Line; 24] = {
    use AccountKind::{Allocation, Bank, CashDifference, OfficeCash, Recipient, Reserve, ReturnDue, TellerCash};
    [
        line(Kind::ProgrammeFunded, "programme_funded", Bank, Allocation, "money of a document came in"),
        line(Kind::BatchReserved, "batch_reserved", Allocation, Reserve, "a batch was released"),
        line(Kind::HoldReserved, "hold_reserved", Allocation, Reserve, "a hold ended, and its family goes on"),
        line(Kind::Withdrawn, "withdrawn", Reserve, Allocation, "taken back by upstream before it was funded"),
        line(Kind::RecipientFunded, "recipient_funded", Reserve, Recipient, "owed to the family from now on"),
        line(Kind::Cancelled, "cancelled", Recipient, Reserve, "taken back by upstream after it was funded"),
        line(Kind::CashToOffice, "cash_to_office", OfficeCash, Bank, "cash drawn for an office"),
        line(Kind::CashBackToBank, "cash_back_to_bank", Bank, OfficeCash, "cash an office paid in"),
        line(Kind::CashToTeller, "cash_to_teller", TellerCash, OfficeCash, "a float (panjar)"),
        line(Kind::CashBackToOffice, "cash_back_to_office", OfficeCash, TellerCash, "what is left of a float"),
        line(Kind::CashBetweenTellers, "cash_between_tellers", TellerCash, TellerCash, "a float handed on"),
        line(Kind::CashShort, "cash_short", CashDifference, TellerCash, "counted less than the books say"),
        line(Kind::CashOver, "cash_over", TellerCash, CashDifference, "counted more than the books say"),
        line(Kind::SecondPayOut, "second_pay_out", CashDifference, TellerCash, "a family was paid twice"),
        line(Kind::DifferenceSettled, "difference_settled", OfficeCash, CashDifference, "made good by who answers for it"),
        line(Kind::HandOver, "hand_over", Recipient, TellerCash, "cash left the drawer for the family"),
        line(Kind::HandOverUndone, "hand_over_undone", TellerCash, Recipient, "a wrong hand-over: the cash is back in the drawer"),
        line(
            Kind::NotProven,
            "not_proven",
            CashDifference,
            Recipient,
            "a hand-over not believed: owed again, and the teller answers for it",
        ),
        line(Kind::Return, "return", Recipient, ReturnDue, "window over, never handed over"),
        line(Kind::ReturnUnfunded, "return_unfunded", Reserve, ReturnDue, "window over, never funded"),
        line(Kind::ReturnReversed, "return_reversed", ReturnDue, Recipient, "a capture from within the window came after the return"),
        line(Kind::ReserveUnused, "reserve_unused", Reserve, Allocation, "left of a reserve when the tranche closes"),
        line(Kind::AllocationUnused, "allocation_unused", Allocation, ReturnDue, "never reserved when the tranche closes"),
        line(Kind::Remitted, "remitted", ReturnDue, Bank, "paid to the treasury, with its document"),
    ]
};

/// Natural key of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey {
    /// Its kind.
    pub kind: AccountKind,
    /// Its programme.
    pub programme: String,
    /// Its tranche; 0 for none.
    pub tranche: i32,
    /// Four digits, or empty.
    pub regency: String,
    /// Batch, office or teller, or empty.
    pub owner: String,
}

impl AccountKind {
    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::OfficeCash => "office_cash",
            Self::TellerCash => "teller_cash",
            Self::CashDifference => "cash_difference",
            Self::Allocation => "allocation",
            Self::Reserve => "reserve",
            Self::Recipient => "recipient",
            Self::ReturnDue => "return_due",
        }
    }
    /// Whether it is something held, not something owed.
    pub const fn is_asset(self) -> bool {
        matches!(self, Self::Bank | Self::OfficeCash | Self::TellerCash | Self::CashDifference)
    }
}

impl Kind {
    /// Its line of the chart.
    pub const fn line(self) -> &'static Line {
        &CHART[self as usize]
    }

    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        self.line().name
    }

    pub(super) fn of(text: &str) -> Result<Self, Error> {
        let line = CHART.iter().find(|line| line.name == text);
        line.map(|line| line.kind).ok_or_else(|| Error::invariant(format!("transfer kind {text}")))
    }
}

impl AccountKey {
    /// The bank account of a programme.
    pub fn bank(programme: &str) -> Self {
        Self { kind: AccountKind::Bank, programme: programme.into(), tranche: 0, regency: String::new(), owner: String::new() }
    }
    /// An office's cash.
    pub fn office(programme: &str, office: &str) -> Self {
        Self { kind: AccountKind::OfficeCash, owner: office.into(), ..Self::bank(programme) }
    }
    /// A teller's float.
    pub fn teller(programme: &str, teller: &str) -> Self {
        Self { kind: AccountKind::TellerCash, owner: teller.into(), ..Self::bank(programme) }
    }
    /// What a regency may spend in a tranche.
    pub fn allocation(programme: &str, tranche: TrancheId, regency: &str) -> Self {
        Self { kind: AccountKind::Allocation, tranche: tranche.0, regency: regency.into(), ..Self::bank(programme) }
    }
    /// What is set aside for a batch in a regency.
    pub fn reserve(programme: &str, tranche: TrancheId, regency: &str, batch: Uuid) -> Self {
        Self { kind: AccountKind::Reserve, owner: batch.to_string(), ..Self::allocation(programme, tranche, regency) }
    }
    /// What is owed to the families of a regency.
    pub fn recipient(programme: &str, tranche: TrancheId, regency: &str) -> Self {
        Self { kind: AccountKind::Recipient, ..Self::allocation(programme, tranche, regency) }
    }
    /// What is to go back to the treasury.
    pub fn return_due(programme: &str, tranche: TrancheId, regency: &str) -> Self {
        Self { kind: AccountKind::ReturnDue, ..Self::allocation(programme, tranche, regency) }
    }
    /// What a teller answers for.
    pub fn cash_difference(programme: &str, teller: &str) -> Self {
        Self { kind: AccountKind::CashDifference, owner: teller.into(), ..Self::bank(programme) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_line_in_its_place() {
        for (place, line) in CHART.iter().enumerate() {
            assert_eq!(line.kind as usize, place, "{}", line.name);
            assert_eq!(line.kind.line(), line);
            assert_eq!(Kind::of(line.name).expect("a word of the chart"), line.kind);
        }
    }

    /// The rule is SQL and stands alone, so that an auditor can run it; it must not drift from the chart.
    #[test]
    fn verify_knows_the_same_chart() {
        let rule =
            crate::verify::statements().into_iter().find(|(name, sql)| *name == "transfers-name-known-accounts" && sql.contains("VALUES"));
        let sql = rule.expect("the rule about the chart").1;
        let said: Vec<&str> = sql.split("('").skip(1).filter_map(|part| part.split_once("')").map(|(line, _)| line)).collect();
        let said: Vec<&str> = said.into_iter().filter(|line| line.matches("', '").count() == 2).collect();
        let chart: Vec<String> = CHART.iter().map(|l| [l.name, l.debit.as_str(), l.credit.as_str()].join("', '")).collect();
        assert_eq!(said, chart);
    }
}
