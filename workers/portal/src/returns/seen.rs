//! What goes back of a tranche as far as somebody may see it: who acts for a region sees its lines and sums, and nothing that is the whole country's.

use salur_domain::{TrancheId, actor::covers};
use salur_store::returns::{
    acts::{self, Waiting},
    statements::{self, Line, Statement},
};

use crate::{Portal, refusal::Refusal};

/// What the next statement would say, what was stated, and whose signatures wait.
pub(super) struct Seen {
    /// Number of the next statement.
    pub n: i32,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What was stated; of a region, what it says of that.
    pub statements: Vec<Statement>,
    /// Signatures that wait for another; none for who acts for a region.
    pub waiting: Vec<Waiting>,
}

/// What somebody of a region sees of a tranche; of the country, all of it.
pub(super) async fn seen(portal: &Portal, tranche: TrancheId, region: &str) -> Result<Seen, Refusal> {
    let database = portal.database();
    let (n, mut lines) = statements::open(database, tranche).await?;
    lines.retain(|line| covers(region, &line.regency));
    let mut stated = statements::list(database, tranche).await?;
    if region.is_empty() {
        return Ok(Seen { n, lines, statements: stated, waiting: acts::waiting(database, tranche).await? });
    }
    for statement in &mut stated {
        of_region(portal, tranche, statement, region).await?;
    }
    Ok(Seen { n, lines, statements: stated, waiting: Vec::new() })
}

/// The lines of a statement that are of a region; its sums become theirs.
pub(super) async fn of_region(portal: &Portal, tranche: TrancheId, statement: &mut Statement, region: &str) -> Result<Vec<Line>, Refusal> {
    let mut lines = statements::lines(portal.database(), tranche, statement.n).await?;
    lines.retain(|line| covers(region, &line.regency));
    if !region.is_empty() {
        (statement.families, statement.rupiah) = lines.iter().fold((0, 0), |sum, line| (sum.0 + line.families, sum.1 + line.rupiah));
    }
    Ok(lines)
}
