//! Chance without memory: a number that depends on the seed and on what it is for, so that the ten-millionth family is made without the
//! others, and a second tranche finds the families of the first.

use sha2::{Digest, Sha256};

/// A source of chance.
#[derive(Debug, Clone, Copy)]
pub struct Chance(u64);

impl Chance {
    /// The chance of a seed text.
    pub fn of(seed: &str) -> Self {
        let digest = Sha256::digest(format!("salur-simulation-1\n{seed}"));
        Self(u64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes")))
    }

    /// A number for a purpose and a place. The mixer is splitmix64 (Steele, Lea and Flood, 2014), each time on a new state.
    pub fn number(self, purpose: u64, at: u64) -> u64 {
        mix(mix(mix(self.0) ^ purpose) ^ at)
    }

    /// Below a bound; the bias of the remainder is far below what a demo shows.
    pub fn below(self, purpose: u64, at: u64, bound: u64) -> u64 {
        self.number(purpose, at) % bound
    }

    /// One of a list.
    pub fn one_of<T: Copy>(self, purpose: u64, at: u64, list: &[T]) -> T {
        let bound = u64::try_from(list.len()).expect("lists are short");
        list[usize::try_from(self.below(purpose, at, bound)).expect("below the length of a list")]
    }
}

fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
