//! The closed list of findings, what each weighs, and what they amount to.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a finding says. The text form stands in tables, messages and pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Code {
    /// The statement's signature is wrong: a forged capture.
    Sig01,
    /// The cheque's token is invalid, or of a payment that is not in the claim.
    Tok01,
    /// The device is not the claim's.
    Dev01,
    /// The picture is cut off or cannot be read.
    Fil01,
    /// Digest or size differ from the statement.
    Fil02,
    /// The same bytes prove another visit.
    Sam01,
    /// The picture has too few pixels to show a face and a card.
    Pic01,
    /// No EXIF at all.
    Exf01,
    /// EXIF that cannot be read.
    Exf02,
    /// The camera's time differs from the statement's.
    Tim01,
    /// Scanned outside the window.
    Tim02,
    /// Scanned outside the claim's lease, or after it was received.
    Tim03,
    /// Scanned outside the hours of the pay point.
    Tim04,
    /// The photo's place is too far from the pay point.
    Plc01,
    /// The device's place is too far from the pay point.
    Plc02,
    /// No place known from any source.
    Plc03,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Shown, changes nothing.
    Info,
    /// A supervisor decides.
    Question,
    /// Not a capture of ours: books nothing, opens a case.
    Refuse,
}

/// What the findings of a capture amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// Believed: paid.
    Accepted,
    /// The cash has left the drawer, the proof is not believed yet.
    Questioned,
    /// Forged or not of this claim.
    Refused,
}

/// One disagreement, with its evidence as short texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// How much it weighs, by the policy of the day.
    pub severity: Severity,
    /// Why: names and values, units in names.
    pub evidence: BTreeMap<String, String>,
}

/// How strict to be. The defaults are those of the field.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Largest difference between camera and statement, in seconds.
    pub exif_tolerance_s: i64,
    /// How far outside the lease a scan may be, in seconds: clocks drift, photos take a while.
    pub lease_allowance_s: i64,
    /// Largest accuracy radius believed, in metres; a device that claims to be within 50 km of anywhere proves nothing.
    pub accuracy_limit_m: f64,
    /// Fewest pixels.
    pub min_pixels: u64,
    /// Severities other than the defaults; Refuse stays Refuse.
    pub severities: BTreeMap<Code, Severity>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { exif_tolerance_s: 300, lease_allowance_s: 300, accuracy_limit_m: 500.0, min_pixels: 500_000, severities: BTreeMap::new() }
    }
}

impl Policy {
    /// What a code weighs.
    pub fn severity(&self, code: Code) -> Severity {
        match code.default_severity() {
            Severity::Refuse => Severity::Refuse,
            by_default => self.severities.get(&code).copied().unwrap_or(by_default),
        }
    }
}

impl Code {
    /// Every code, in the order in which findings are listed.
    pub const ALL: [Self; 16] = [
        Self::Sig01,
        Self::Tok01,
        Self::Dev01,
        Self::Fil01,
        Self::Fil02,
        Self::Sam01,
        Self::Pic01,
        Self::Exf01,
        Self::Exf02,
        Self::Tim01,
        Self::Tim02,
        Self::Tim03,
        Self::Tim04,
        Self::Plc01,
        Self::Plc02,
        Self::Plc03,
    ];

    /// `TIM01`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sig01 => "SIG01",
            Self::Tok01 => "TOK01",
            Self::Dev01 => "DEV01",
            Self::Fil01 => "FIL01",
            Self::Fil02 => "FIL02",
            Self::Sam01 => "SAM01",
            Self::Pic01 => "PIC01",
            Self::Exf01 => "EXF01",
            Self::Exf02 => "EXF02",
            Self::Tim01 => "TIM01",
            Self::Tim02 => "TIM02",
            Self::Tim03 => "TIM03",
            Self::Tim04 => "TIM04",
            Self::Plc01 => "PLC01",
            Self::Plc02 => "PLC02",
            Self::Plc03 => "PLC03",
        }
    }

    /// The code of that text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }

    /// What it weighs unless a policy says otherwise.
    pub const fn default_severity(self) -> Severity {
        match self {
            Self::Sig01 | Self::Tok01 | Self::Dev01 => Severity::Refuse,
            Self::Tim04 | Self::Plc03 => Severity::Info,
            _ => Severity::Question,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the findings amount to: the heaviest decides.
pub fn judge(findings: &[Finding]) -> Judgement {
    match findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Refuse) => Judgement::Refused,
        Some(Severity::Question) => Judgement::Questioned,
        Some(Severity::Info) | None => Judgement::Accepted,
    }
}
