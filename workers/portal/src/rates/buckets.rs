//! Token buckets in memory: each name may take so many at once, and one more as often as it fills up again.
//!
//! A bucket is one moment: until when what was taken fills up (the virtual scheduling of ATM traffic, ITU-T I.371). A full bucket is forgotten. Bound: so many
//! names; whoever comes when as many are counted shares one bucket with all others who do, so a flood of names costs no more memory than that.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often full buckets are looked for while there is no room for another one.
const SWEPT_EVERY: Duration = Duration::from_secs(1);

/// Buckets by name.
#[derive(Debug)]
pub struct Buckets<K> {
    at_once: u32,
    one_more_every: Duration,
    most: usize,
    kept: Mutex<Kept<K>>,
}

#[derive(Debug)]
struct Kept<K> {
    full_at: HashMap<K, Instant>,
    of_the_rest: Option<Instant>,
    swept_at: Option<Instant>,
}

impl<K: Eq + Hash> Buckets<K> {
    /// Full buckets, for so many names at most.
    pub fn new(at_once: u32, one_more_every: Duration, most: usize) -> Self {
        Self { at_once, one_more_every, most, kept: Mutex::new(Kept { full_at: HashMap::new(), of_the_rest: None, swept_at: None }) }
    }

    /// Takes one; how long to wait where none is left.
    pub fn take(&self, name: K, now: Instant) -> Result<(), Duration> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = kept.full_at.contains_key(&name);
        if !is_known && kept.full_at.len() >= self.most {
            kept.sweep(now);
        }
        let full_at = if is_known || kept.full_at.len() < self.most {
            kept.full_at.entry(name).or_insert(now)
        } else {
            kept.of_the_rest.get_or_insert(now)
        };
        let next = now.max(*full_at) + self.one_more_every;
        let beyond = next.saturating_duration_since(now).saturating_sub(self.one_more_every * self.at_once);
        if beyond > Duration::ZERO {
            return Err(beyond);
        }
        *full_at = next;
        Ok(())
    }
}

impl<K: Eq + Hash> Kept<K> {
    fn sweep(&mut self, now: Instant) {
        if self.swept_at.is_some_and(|swept| now.saturating_duration_since(swept) < SWEPT_EVERY) {
            return;
        }
        self.swept_at = Some(now);
        self.full_at.retain(|_, full_at| *full_at > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(10);

    #[test]
    fn a_bucket_is_emptied_and_fills_up_one_by_one() {
        let buckets = Buckets::new(2, EVERY, 10);
        let now = Instant::now();
        assert_eq!([buckets.take(1, now), buckets.take(1, now)], [Ok(()); 2]);
        assert_eq!(buckets.take(1, now + Duration::from_secs(4)), Err(Duration::from_secs(6)), "says when");
        assert_eq!(buckets.take(2, now), Ok(()), "another one's is full");
        assert_eq!(buckets.take(1, now + EVERY), Ok(()));
        assert!(buckets.take(1, now + EVERY).is_err());
        let later = now + EVERY * 100;
        assert_eq!([1, 1, 1].map(|name| buckets.take(name, later).is_ok()), [true, true, false], "never more than at once");
    }

    #[test]
    fn names_beyond_the_most_share_one_bucket_until_others_are_full_again() {
        let buckets = Buckets::new(1, EVERY, 2);
        let now = Instant::now();
        assert_eq!([1, 2, 3, 4].map(|name| buckets.take(name, now).is_ok()), [true, true, true, false]);
        assert_eq!(buckets.kept.lock().expect("no holder panics").full_at.len(), 2);
        assert_eq!(buckets.take(4, now + EVERY), Ok(()), "the first two were forgotten");
        assert!(buckets.take(4, now + EVERY).is_err());
    }
}
