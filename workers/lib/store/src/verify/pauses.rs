//! Pauses: that each scope was paused and resumed in turn.

use super::{Rule, Severity::Violation};

pub(super) const RULES: &[Rule] = &[Rule {
    name: "pauses",
    meaning: "the decisions about each scope are numbered without a gap, in the order of their moments: none was taken out or put between",
    severity: Violation,
    examined: "SELECT count(*) FROM pauses",
    found: "SELECT format('%s %s: decision %s of %s', kind, scope, n, decided_at) FROM (
        SELECT kind, scope, n, decided_at, row_number() OVER w AS place, lag(decided_at) OVER w AS before FROM pauses WHERE n IS NOT NULL
        WINDOW w AS (PARTITION BY kind, scope ORDER BY n)) AS p
      WHERE n <> place OR before > decided_at ORDER BY kind, scope, n",
}];
