//! Facts of one transaction, and what became of each.

use std::{fmt, sync::Arc};

use super::Delivery;
use crate::{
    decode::Arrived,
    stage::{Delay, Stage},
};

/// What became of a fact.
pub(crate) enum End<O> {
    Emit(Vec<O>),
    Done,
    Later(Delay, String),
    Wait(Delay, String),
    Dead(String),
}

/// A fact in work.
pub(super) struct Unit<S: Stage> {
    /// Which delivery of the flight it came in.
    pub(super) delivery: usize,
    /// Its position in that delivery.
    pub(super) index: usize,
    pub(super) ready: Option<Arc<S::Ready>>,
    pub(super) end: Option<End<S::Out>>,
    /// Times its preparation ran into the deadline.
    pub(super) late: u32,
}

/// Facts that are committed together: `facts` and `units` run in parallel.
pub(super) struct Group<S: Stage> {
    pub(super) facts: Arc<Vec<S::In>>,
    pub(super) units: Vec<Unit<S>>,
}

impl<S: Stage> fmt::Debug for Group<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("facts", &self.units.len()).finish_non_exhaustive()
    }
}

impl<S: Stage> Group<S> {
    /// Facts without an end.
    pub(super) fn pending(&self) -> Vec<usize> {
        (0..self.units.len()).filter(|at| self.units[*at].end.is_none()).collect()
    }

    /// Facts without an end that are prepared.
    pub(super) fn prepared(&self) -> Vec<usize> {
        (0..self.units.len()).filter(|at| self.units[*at].end.is_none() && self.units[*at].ready.is_some()).collect()
    }

    /// These facts in a row; without a copy where it is all of them.
    pub(super) fn slice(&self, which: &[usize]) -> Arc<Vec<S::In>> {
        if which.len() == self.facts.len() {
            return self.facts.clone();
        }
        Arc::new(which.iter().map(|at| self.facts[*at].clone()).collect())
    }

    /// Facts that moved in every round wait for the shortest rung.
    pub(super) fn put_off_moving(&mut self) {
        for unit in self.units.iter_mut().filter(|unit| unit.end.is_none()) {
            unit.end = Some(End::Later(Delay::Seconds5, "its rows moved each time it was decided".to_owned()));
        }
    }
}

/// Deliveries, and their facts in order of arrival in groups of at most `limit`.
pub(super) fn sort<S: Stage>(arrived: Vec<Arrived<S::In>>, limit: usize) -> (Vec<Delivery>, Vec<Group<S>>) {
    let limit = limit.max(1);
    let mut deliveries = Vec::with_capacity(arrived.len());
    let mut facts_of: Vec<Vec<S::In>> = Vec::new();
    let mut units_of: Vec<Vec<Unit<S>>> = Vec::new();
    for message in arrived {
        let (delivery, facts) = Delivery::split(message);
        for (index, fact) in facts {
            if facts_of.last().is_none_or(|facts| facts.len() == limit) {
                facts_of.push(Vec::new());
                units_of.push(Vec::new());
            }
            let (facts, units) = facts_of.last_mut().zip(units_of.last_mut()).expect("a group was pushed above");
            facts.push(fact);
            units.push(Unit { delivery: deliveries.len(), index, ready: None, end: None, late: 0 });
        }
        deliveries.push(delivery);
    }
    let groups = facts_of.into_iter().zip(units_of).map(|(facts, units)| Group { facts: Arc::new(facts), units }).collect();
    (deliveries, groups)
}
