//! Why money goes back to the treasury: the closed list of return reasons.
//!
//! A family that did not come is *absent*, unless an office or upstream gave another reason before the return. Two words are the system's own and nobody
//! gives them: *unfunded*, a payment that was accepted and never got as far as its money, and *unused*, an allocation that no family was to get. Source of the
//! idea: the return codes of India's Aadhaar Payments Bridge, a closed list with a code each.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::reason::Code;

/// Why a payment, or what is left of an allocation, goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnReason {
    /// Nobody came; the default.
    Absent,
    /// The recipient died, and nobody of the household may receive.
    Deceased,
    /// Moved out of the region.
    Moved,
    /// Nobody there knows the recipient.
    Unknown,
    /// The family declined.
    Refused,
    /// Found not to be entitled.
    Ineligible,
    /// Paid under another name already.
    Duplicate,
    /// Never funded: stopped on the way.
    Unfunded,
    /// Never meant for a family: left of the allocation.
    Unused,
}

impl ReturnReason {
    /// All, in the order of statements.
    pub const ALL: [Self; 9] = [
        Self::Absent,
        Self::Deceased,
        Self::Moved,
        Self::Unknown,
        Self::Refused,
        Self::Ineligible,
        Self::Duplicate,
        Self::Unfunded,
        Self::Unused,
    ];

    /// The word in tables, messages and statements.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Deceased => "deceased",
            Self::Moved => "moved",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Ineligible => "ineligible",
            Self::Duplicate => "duplicate",
            Self::Unfunded => "unfunded",
            Self::Unused => "unused",
        }
    }

    /// The word in Indonesian, as on statements.
    pub const fn indonesian(self) -> &'static str {
        match self {
            Self::Absent => "tidak hadir",
            Self::Deceased => "meninggal",
            Self::Moved => "pindah",
            Self::Unknown => "tidak dikenal",
            Self::Refused => "menolak",
            Self::Ineligible => "tidak berhak",
            Self::Duplicate => "ganda",
            Self::Unfunded => "belum disalurkan ke rekening",
            Self::Unused => "alokasi tidak terpakai",
        }
    }

    /// The reason of that word.
    ///
    /// ```
    /// use salur_domain::returns::ReturnReason;
    /// assert_eq!(ReturnReason::parse("moved"), Some(ReturnReason::Moved));
    /// assert_eq!(ReturnReason::parse("lost"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    /// Whether an office or upstream may give it.
    pub const fn may_be_given(self) -> bool {
        !matches!(self, Self::Unfunded | Self::Unused)
    }

    /// What upstream hears of a payment returned for it; nobody hears of money that was no family's.
    pub const fn code(self) -> Option<Code> {
        match self {
            Self::Absent => Some(Code::Ret01),
            Self::Deceased => Some(Code::Ret02),
            Self::Moved => Some(Code::Ret03),
            Self::Unknown => Some(Code::Ret04),
            Self::Refused => Some(Code::Ret05),
            Self::Ineligible => Some(Code::Ret06),
            Self::Duplicate => Some(Code::Ret07),
            Self::Unfunded => Some(Code::Ret08),
            Self::Unused => None,
        }
    }
}

impl fmt::Display for ReturnReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_of_a_payment_has_a_code_of_its_own() {
        let codes: Vec<Code> = ReturnReason::ALL.into_iter().filter_map(ReturnReason::code).collect();
        assert_eq!(codes.len(), ReturnReason::ALL.len() - 1);
        assert!(codes.is_sorted_by(|a, b| a < b));
        assert!(codes.iter().all(|code| code.as_str().starts_with("RET")));
    }
}
