//! What is counted of a place: families and rupiah by measure.
//!
//! `open = funded - paid - in question - returned - cancelled`. Percentages are cut, never rounded up: 100 % means everything.

use serde::Serialize;

/// Families (or rows) and rupiah.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// Families; rows where rows are counted.
    pub families: i64,
    /// Rupiah.
    pub rupiah: i64,
}

/// A sum as the board shows it: `None` where it would tell of few families.
pub type Cell = Option<Sum>;

/// How many measures a place has.
pub const MEASURES: usize = 11;

/// Every figure of a place: [`Sum`]s as they are, or [`Cell`]s as they are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals<C = Sum> {
    /// Rupiah granted.
    pub allocation: i64,
    /// Rows sent.
    pub submitted: C,
    /// Rows that ended.
    pub rejected: C,
    /// Rows that wait.
    pub held: C,
    /// Payments made of rows.
    pub accepted: C,
    /// Payments to accounts that a civil registry confirmed; all others are verified structurally only.
    pub verified: C,
    /// Money owed to families.
    pub funded: C,
    /// Handed over and proven.
    pub paid: C,
    /// Handed over, proof in question.
    pub in_question: C,
    /// Funded and not handed over yet.
    pub open: C,
    /// Window over, on its way back.
    pub returned: C,
    /// Withdrawn before hand-over.
    pub cancelled: C,
}

/// Measures that add up to another, by their place in [`Totals::cells`]: sent rows, and funded money.
pub const EQUATIONS: [&[usize]; 2] = [&[0, 1, 2, 3], &[5, 6, 7, 8, 9, 10]];

impl Sum {
    fn add(&mut self, other: Self, sign: i64) {
        self.families += sign * other.families;
        self.rupiah += sign * other.rupiah;
    }
}

impl<C> Totals<C> {
    /// All measures, in the order of the fields.
    pub fn cells(&self) -> [&C; MEASURES] {
        let Self { submitted, rejected, held, accepted, verified, funded, paid, in_question, open, returned, cancelled, .. } = self;
        [submitted, rejected, held, accepted, verified, funded, paid, in_question, open, returned, cancelled]
    }

    fn cells_mut(&mut self) -> [&mut C; MEASURES] {
        let Self { submitted, rejected, held, accepted, verified, funded, paid, in_question, open, returned, cancelled, .. } = self;
        [submitted, rejected, held, accepted, verified, funded, paid, in_question, open, returned, cancelled]
    }
}

impl Totals {
    /// Adds another place.
    pub fn add(&mut self, other: &Self) {
        self.allocation += other.allocation;
        for (mine, theirs) in self.cells_mut().into_iter().zip(other.cells()) {
            mine.add(*theirs, 1);
        }
    }

    /// Counts a sum under a measure; [`Self::close`] follows once all are counted.
    pub fn count(&mut self, measure: &str, sum: Sum) {
        let cell = match measure {
            "submitted" => &mut self.submitted,
            "rejected" => &mut self.rejected,
            "held" => &mut self.held,
            "accepted" => &mut self.accepted,
            "verified" => &mut self.verified,
            "funded" => &mut self.funded,
            "paid" => &mut self.paid,
            "in_question" => &mut self.in_question,
            "returned" => &mut self.returned,
            "cancelled" => &mut self.cancelled,
            _ => return, // cheques issued and rows sent twice are for the operators' pages
        };
        cell.add(sum, 1);
    }

    /// What is open of what was counted.
    pub fn close(&mut self) {
        self.open = self.funded;
        for gone in [self.paid, self.in_question, self.returned, self.cancelled] {
            self.open.add(gone, -1);
        }
    }

    /// As shown, where `is_hidden` knows each measure by its place in [`Self::cells`].
    pub fn shown(&self, is_hidden: impl Fn(usize) -> bool) -> Totals<Cell> {
        let mut shown = Totals { allocation: self.allocation, ..Totals::default() };
        for (at, (to, from)) in shown.cells_mut().into_iter().zip(self.cells()).enumerate() {
            *to = (!is_hidden(at)).then_some(*from);
        }
        shown
    }
}

impl Totals<Cell> {
    /// Paid share of the allocation in tenths of a percent, cut; `None` without an allocation, and where the paid are few.
    pub fn paid_permille(&self) -> Option<i64> {
        self.paid.filter(|_| self.allocation > 0).map(|paid| permille(paid.rupiah, self.allocation))
    }

    /// Class of the colour: paid share of the allocation in quarters; `s5` is everything, `s0` nothing yet, `few` what is not told.
    pub fn step(&self) -> &'static str {
        let Some(paid) = self.paid.filter(|_| self.allocation > 0) else { return if self.allocation > 0 { "few" } else { "none" } };
        match permille(paid.rupiah, self.allocation) {
            _ if paid.rupiah <= 0 => "s0",
            ..250 => "s1",
            250..500 => "s2",
            500..750 => "s3",
            750..1_000 => "s4",
            1_000.. => "s5",
        }
    }
}

/// `part` of `whole` in thousandths, cut.
pub fn permille(part: i64, whole: i64) -> i64 {
    let permille = i128::from(part) * 1_000 / i128::from(whole.max(1));
    i64::try_from(permille).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_the_share_and_tell_nothing_of_few() {
        let step = |allocation, paid| {
            let totals = Totals { allocation, paid: Sum { families: 1, rupiah: paid }, ..Totals::default() };
            totals.shown(|_| false).step()
        };
        let steps = [(0, 0), (100, 0), (10_000, 1), (100, 25), (100, 50), (100, 99), (100, 100)];
        assert_eq!(steps.map(|(allocation, paid)| step(allocation, paid)), ["none", "s0", "s1", "s2", "s3", "s4", "s5"]);
        assert_eq!(Totals { allocation: 100, ..Totals::default() }.shown(|_| true).step(), "few");
    }

    #[test]
    fn equations_hold_of_what_is_counted() {
        let mut totals = Totals::default();
        for (measure, families) in
            [("submitted", 9), ("accepted", 6), ("held", 2), ("rejected", 1), ("funded", 6), ("paid", 3), ("returned", 1)]
        {
            totals.count(measure, Sum { families, rupiah: 10 * families });
        }
        totals.close();
        assert_eq!(totals.open, Sum { families: 2, rupiah: 20 });
        for equation in EQUATIONS {
            let families = |at: usize| totals.cells()[at].families;
            assert_eq!(families(equation[0]), equation[1..].iter().map(|at| families(*at)).sum::<i64>());
        }
    }
}
