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
    /// Something follows the end of the picture.
    Fil03,
    /// The file is something else too: an archive, a page, a document, a program, a second picture.
    Fil04,
    /// The same bytes prove another visit.
    Sam01,
    /// The picture looks like one that proves another visit of the programme.
    Sam02,
    /// The picture looks much like another visit of the same pay point on the same day.
    Sam03,
    /// The picture has too few pixels to show a face and a card.
    Pic01,
    /// The picture is too dark to show a face and a card.
    Pic02,
    /// The picture is blown out.
    Pic03,
    /// The picture is blurred.
    Pic04,
    /// The picture shows one even surface.
    Pic05,
    /// No EXIF at all.
    Exf01,
    /// EXIF that cannot be read.
    Exf02,
    /// An editor wrote the file last.
    Ori01,
    /// The thumbnail that the camera put into the file shows another picture.
    Ori02,
    /// The file was compressed harder than cameras do: it was sent on or saved again.
    Ori03,
    /// The camera's time differs from the statement's.
    Tim01,
    /// Scanned outside the window.
    Tim02,
    /// Scanned outside the claim's lease, or after it was received.
    Tim03,
    /// Scanned outside the hours of the pay point.
    Tim04,
    /// The photo came later than an offline day allows.
    Tim05,
    /// The clock of the device is far off.
    Tim06,
    /// The photo's place is too far from the pay point.
    Plc01,
    /// The device's place is too far from the pay point.
    Plc02,
    /// No place known from any source.
    Plc03,
    /// A source names the place where the equator meets Greenwich: a broken receiver, or nobody asked it.
    Plc04,
    /// A source names whole degrees: a place that somebody typed.
    Plc05,
    /// The device does not know its place well enough.
    Plc06,
    /// Camera and device name places that are apart.
    Plc07,
    /// The teller handed over faster than a person can.
    Tel01,
    /// Who received for the family received for families of other household cards too.
    Prx01,
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
    /// Mean brightness, of 255, below which a picture is dark.
    pub dark_mean: u32,
    /// White pixels, in thousandths, from which on a picture is blown out.
    pub blown_per_mille: u32,
    /// Variance of the second derivative below which a picture is blurred.
    pub least_sharpness: u32,
    /// Standard deviation of brightness below which a picture is one surface.
    pub least_spread: u32,
    /// Bits of 64 in which the embedded thumbnail may differ from the picture.
    pub embedded_bits: u32,
    /// Quality of the encoder, of 100, below which a file was compressed again.
    pub least_quality: u8,
    /// How long after the scan a photo may come, in seconds: a device without network comes home in the evening, or after a trip.
    pub offline_allowance_s: i64,
    /// How far a device's clock may be off, in seconds.
    pub clock_tolerance_s: i64,
    /// How far apart camera and device may be, in metres, beside the device's accuracy.
    pub sources_apart_m: f64,
    /// How far apart, in thousandths, two pictures of the programme may be and still be one.
    pub alike_per_mille: u32,
    /// The same for a picture and a part of another, of one pay point and day.
    pub alike_cropped_per_mille: u32,
    /// Fewest seconds between two hand-overs of a teller; 0 looks at none.
    pub least_seconds_a_visit: i64,
    /// Most household cards of one proxy within a month; 0 looks at none.
    pub proxy_max_households: i64,
    /// Severities other than the defaults; Refuse stays Refuse.
    pub severities: BTreeMap<Code, Severity>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            exif_tolerance_s: 300,
            lease_allowance_s: 300,
            accuracy_limit_m: 500.0,
            min_pixels: 500_000,
            dark_mean: 20,
            blown_per_mille: 600,
            least_sharpness: 12,
            least_spread: 8,
            embedded_bits: 20,
            least_quality: 70,
            offline_allowance_s: 3 * 86_400,
            clock_tolerance_s: 600,
            sources_apart_m: 1_000.0,
            alike_per_mille: 30,
            alike_cropped_per_mille: 45,
            least_seconds_a_visit: 15,
            proxy_max_households: 1,
            severities: BTreeMap::new(),
        }
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
    pub const ALL: [Self; 35] = [
        Self::Sig01,
        Self::Tok01,
        Self::Dev01,
        Self::Fil01,
        Self::Fil02,
        Self::Fil03,
        Self::Fil04,
        Self::Sam01,
        Self::Sam02,
        Self::Sam03,
        Self::Pic01,
        Self::Pic02,
        Self::Pic03,
        Self::Pic04,
        Self::Pic05,
        Self::Exf01,
        Self::Exf02,
        Self::Ori01,
        Self::Ori02,
        Self::Ori03,
        Self::Tim01,
        Self::Tim02,
        Self::Tim03,
        Self::Tim04,
        Self::Tim05,
        Self::Tim06,
        Self::Plc01,
        Self::Plc02,
        Self::Plc03,
        Self::Plc04,
        Self::Plc05,
        Self::Plc06,
        Self::Plc07,
        Self::Tel01,
        Self::Prx01,
    ];

    /// `TIM01`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sig01 => "SIG01",
            Self::Tok01 => "TOK01",
            Self::Dev01 => "DEV01",
            Self::Fil01 => "FIL01",
            Self::Fil02 => "FIL02",
            Self::Fil03 => "FIL03",
            Self::Fil04 => "FIL04",
            Self::Sam01 => "SAM01",
            Self::Sam02 => "SAM02",
            Self::Sam03 => "SAM03",
            Self::Pic01 => "PIC01",
            Self::Pic02 => "PIC02",
            Self::Pic03 => "PIC03",
            Self::Pic04 => "PIC04",
            Self::Pic05 => "PIC05",
            Self::Exf01 => "EXF01",
            Self::Exf02 => "EXF02",
            Self::Ori01 => "ORI01",
            Self::Ori02 => "ORI02",
            Self::Ori03 => "ORI03",
            Self::Tim01 => "TIM01",
            Self::Tim02 => "TIM02",
            Self::Tim03 => "TIM03",
            Self::Tim04 => "TIM04",
            Self::Tim05 => "TIM05",
            Self::Tim06 => "TIM06",
            Self::Plc01 => "PLC01",
            Self::Plc02 => "PLC02",
            Self::Plc03 => "PLC03",
            Self::Plc04 => "PLC04",
            Self::Plc05 => "PLC05",
            Self::Plc06 => "PLC06",
            Self::Plc07 => "PLC07",
            Self::Tel01 => "TEL01",
            Self::Prx01 => "PRX01",
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
            Self::Fil03
            | Self::Ori02
            | Self::Ori03
            | Self::Tim04
            | Self::Tim05
            | Self::Tim06
            | Self::Plc03
            | Self::Plc04
            | Self::Plc05
            | Self::Plc06
            | Self::Tel01 => Severity::Info,
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
