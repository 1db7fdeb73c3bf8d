//! How often somebody may knock: counted in memory, per name and for all together, in windows of fixed length; or per name alone, in buckets that fill up again
//! ([`Buckets`]).
//!
//! What is counted is forgotten when the window ends, and when the process does; each portal counts for itself. Bound: nobody is remembered beyond the number
//! that all together are let in, so a flood of names costs no more memory than that.

mod buckets;

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

pub(crate) use buckets::Buckets;

/// So many of one name, so many of all, in a window.
#[derive(Debug)]
pub struct Rate<K> {
    of_one: u32,
    of_all: u32,
    window: Duration,
    counted: Mutex<Counted<K>>,
}

#[derive(Debug)]
struct Counted<K> {
    since: Option<Instant>,
    all: u32,
    of: HashMap<K, u32>,
}

impl<K: Eq + Hash> Rate<K> {
    /// A rate of which nothing is used.
    pub fn new(of_one: u32, of_all: u32, window: Duration) -> Self {
        Self { of_one, of_all, window, counted: Mutex::new(Counted { since: None, all: 0, of: HashMap::new() }) }
    }

    /// Takes one; false where none is left in this window.
    pub fn take(&self, name: K, now: Instant) -> bool {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.since.is_none_or(|since| now.saturating_duration_since(since) >= self.window) {
            *counted = Counted { since: Some(now), all: 0, of: HashMap::new() };
        }
        if counted.all >= self.of_all {
            return false;
        }
        let of_name = counted.of.entry(name).or_insert(0);
        if *of_name >= self.of_one {
            return false;
        }
        *of_name += 1;
        counted.all += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_share_all_have_theirs_and_a_window_later_everybody_has_again() {
        let rate = Rate::new(2, 3, Duration::from_mins(1));
        let now = Instant::now();
        assert_eq!([1, 1, 1].map(|name| rate.take(name, now)), [true, true, false]);
        assert_eq!([2, 2, 3].map(|name| rate.take(name, now)), [true, false, false], "three of all");
        assert!(!rate.take(4, now + Duration::from_secs(59)));
        assert!(rate.take(1, now + Duration::from_mins(1)));
    }
}
