//! `[proof]`: how strict proofs are judged.

use salur_domain::proof::{Code, Policy, Severity};
use serde::Deserialize;

use super::{Error, sources::number};

/// How strict proofs are judged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofConfig {
    /// Severities other than the defaults: `PIC04=info, ORI03=question`.
    pub severities: String,
    /// Fewest seconds between two hand-overs of a teller; 0: not looked at.
    #[serde(deserialize_with = "number")]
    pub least_seconds_a_visit: u32,
    /// Most household cards of one proxy within a month; 0: not looked at.
    #[serde(deserialize_with = "number")]
    pub proxy_max_households: u32,
}

impl ProofConfig {
    /// The policy that these make.
    pub fn policy(&self) -> Result<Policy, Error> {
        let stated = self.severities.split(',').map(str::trim).filter(|part| !part.is_empty());
        let severities = stated.map(severity).collect::<Option<_>>().ok_or(Error::Value {
            key: "proof.severities",
            reason: "expected CODE=info or CODE=question, separated by commas, of codes that do not refuse",
        })?;
        let (least_seconds_a_visit, proxy_max_households) = (self.least_seconds_a_visit.into(), self.proxy_max_households.into());
        Ok(Policy { severities, least_seconds_a_visit, proxy_max_households, ..Policy::default() })
    }
}

fn severity(part: &str) -> Option<(Code, Severity)> {
    let (code, severity) = part.split_once('=')?;
    let code = Code::parse(code.trim()).filter(|code| code.default_severity() != Severity::Refuse)?;
    match severity.trim() {
        "info" => Some((code, Severity::Info)),
        "question" => Some((code, Severity::Question)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(severities: &str) -> Result<Policy, Error> {
        ProofConfig { severities: severities.into(), least_seconds_a_visit: 9, proxy_max_households: 2 }.policy()
    }

    #[test]
    fn severities_are_read_and_what_refuses_stays() {
        let policy_read = policy(" PIC04=info , ORI03=question").expect("a right list");
        assert_eq!((policy_read.severity(Code::Pic04), policy_read.severity(Code::Ori03)), (Severity::Info, Severity::Question));
        assert_eq!((policy_read.severity(Code::Pic02), policy_read.least_seconds_a_visit), (Severity::Question, 9));
        for wrong in ["PIC04", "PIC04=refuse", "SIG01=info", "XYZ01=info", "PIC04:info"] {
            assert!(policy(wrong).is_err(), "{wrong}");
        }
        assert_eq!(policy("").expect("nothing"), Policy { least_seconds_a_visit: 9, proxy_max_households: 2, ..Policy::default() });
    }
}
