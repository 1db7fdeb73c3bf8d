//! How much of the portal one caller may have: so many requests in a while, and so many at once.
//!
//! A caller is who is signed in, told by a token that was good before; anybody else is the address they come from ([`crate::clients`]). A token that nobody
//! has shown to be good counts for its address: made-up tokens are free. Devices of the counter sign each request, are few and known, and wait for families:
//! they are bound in how many at once alone. Counted in memory by each portal for itself, and forgotten with it.
//!
//! Bounds: [`AT_ONCE`] requests of a caller at once, and [`A_SECOND`] a second over time, [`IN_A_ROW`] of which may come in a row; [`CALLERS_MAX`] callers are
//! counted one by one, and as many tokens known.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use sha2::{Digest, Sha256};

use crate::{clients::Client, rates::Buckets, refusal::Refusal};

/// Requests of a caller in a row: ten sheets of 200 photos. A village behind one address reads the board within it.
pub const IN_A_ROW: u32 = 3_000;
/// Requests of a caller over time: a fifth of what two cores answer.
pub const A_SECOND: u32 = 100;
/// Requests of a caller at once: half of all, so that whoever sends slowly leaves room for the others.
pub const AT_ONCE: u32 = 128;
/// Callers counted one by one: some megabytes.
pub const CALLERS_MAX: usize = 20_000;

/// A caller, as counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Counted {
    /// Signed in, by name.
    Actor(String),
    /// Anybody from there.
    Address(Client),
}

/// All callers.
#[derive(Debug)]
pub(crate) struct Crowd {
    buckets: Buckets<Counted>,
    inside: Mutex<HashMap<Counted, u32>>,
    known: Mutex<HashMap<[u8; 32], String>>,
}

/// One request under way; it is over when this is dropped.
#[derive(Debug)]
pub(crate) struct Inside<'a> {
    crowd: &'a Crowd,
    who: Counted,
}

impl Default for Crowd {
    fn default() -> Self {
        let buckets = Buckets::new(IN_A_ROW, Duration::from_secs(1) / A_SECOND, CALLERS_MAX);
        Self { buckets, inside: Mutex::default(), known: Mutex::default() }
    }
}

impl Crowd {
    /// Who a request counts for.
    pub fn who(&self, token: Option<&str>, from: Client) -> Counted {
        let actor = token.and_then(|token| locked(&self.known).get(&digest(token)).cloned());
        actor.map_or(Counted::Address(from), Counted::Actor)
    }

    /// Remembers whose a token is that was found good.
    pub fn learn(&self, token: &str, actor: &str) {
        let mut known = locked(&self.known);
        if known.len() >= CALLERS_MAX {
            known.clear();
        }
        known.insert(digest(token), actor.to_owned());
    }

    /// Forgets a token that was found to be good no longer.
    pub fn forget(&self, token: &str) {
        locked(&self.known).remove(&digest(token));
    }

    /// Counts a request over time.
    pub fn count(&self, who: &Counted, now: Instant) -> Result<(), Refusal> {
        self.buckets.take(who.clone(), now).map_err(too_often)
    }

    /// Lets a request in.
    pub fn enter(&self, who: Counted) -> Result<Inside<'_>, Refusal> {
        let mut inside = locked(&self.inside);
        let of_one = inside.entry(who.clone()).or_insert(0);
        if *of_one >= AT_ONCE {
            return Err(too_often(Duration::from_secs(1)));
        }
        *of_one += 1;
        drop(inside);
        Ok(Inside { crowd: self, who })
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut inside = locked(&self.crowd.inside);
        let left = inside.get(&self.who).map_or(0, |of_one| of_one.saturating_sub(1));
        if left == 0 {
            inside.remove(&self.who);
        } else {
            inside.insert(self.who.clone(), left);
        }
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

fn too_often(wait: Duration) -> Refusal {
    let message = "too many requests came from you or from where you are; wait as long as Retry-After says, and send them more slowly";
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "often", message).with_wait(wait)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn from(address: &str) -> Client {
        Client::of(address.parse::<IpAddr>().expect("an address"))
    }

    #[test]
    fn a_token_counts_for_its_actor_once_it_was_found_good_and_for_its_address_before_and_after() {
        let (crowd, here) = (Crowd::default(), from("192.0.2.1"));
        assert_eq!(crowd.who(Some("a"), here), Counted::Address(here));
        crowd.learn("a", "siti");
        assert_eq!(crowd.who(Some("a"), here), Counted::Actor("siti".into()));
        assert_eq!(crowd.who(Some("b"), here), Counted::Address(here));
        crowd.forget("a");
        assert_eq!(crowd.who(Some("a"), here), Counted::Address(here));
    }

    #[test]
    fn who_sends_too_much_is_told_to_wait_and_nobody_else_is() {
        let (crowd, now) = (Crowd::default(), Instant::now());
        let (one, other) = (Counted::Address(from("192.0.2.1")), Counted::Address(from("192.0.2.2")));
        assert!((0..IN_A_ROW).all(|_| crowd.count(&one, now).is_ok()));
        assert_eq!(crowd.count(&one, now).map_err(|refusal| refusal.status()), Err(StatusCode::TOO_MANY_REQUESTS));
        assert!(crowd.count(&other, now).is_ok() && crowd.count(&one, now + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn so_many_at_once_and_one_more_for_each_that_is_over() {
        let crowd = Crowd::default();
        let (one, other) = (Counted::Actor("siti".into()), Counted::Actor("rina".into()));
        let mut under_way: Vec<Inside<'_>> = (0..AT_ONCE).map(|_| crowd.enter(one.clone()).expect("there is room")).collect();
        assert!(crowd.enter(one.clone()).is_err() && crowd.enter(other).is_ok());
        under_way.pop();
        assert!(crowd.enter(one).is_ok());
        drop(under_way);
        assert!(locked(&crowd.inside).is_empty(), "nobody is remembered");
    }
}
