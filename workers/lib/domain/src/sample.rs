//! A random sample that anybody can draw again: a seed gives every number a rank, and the sample is the members with the lowest ranks.
//!
//! Each proof has a number. Its rank is a one-to-one mixing of the number under four keys that SHA-256 makes of the seed, so that no two members share a
//! rank, and the order of any set does not depend on what else there is. Whoever knows the seed and the numbers computes the same ranks ([`Ranks::of`] is the
//! whole of it). A seed is made after the proofs were captured; it is no secret, and the mixing is none of cryptography.
//!
//! The lowest ranks among ten million numbers are found by computing ranks, which reads no row: [`Ranks::window`] costs about 8 ns a number.

use std::fmt;

use sha2::{Digest, Sha256};

/// Longest seed, in characters.
const SEED_MAX: usize = 40;
const ROUNDS: usize = 4;

/// What a sample is drawn with: 1 to 40 lower-case letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed(String);

/// The order that a seed gives to numbers.
#[derive(Debug, Clone, Copy)]
pub struct Ranks([u64; ROUNDS]);

impl Seed {
    /// Reads it.
    ///
    /// ```
    /// use salur_domain::sample::Seed;
    /// assert_eq!(Seed::parse(" Audit-2026 ").unwrap().to_string(), "audit-2026");
    /// assert!(Seed::parse("").is_none() && Seed::parse("two words").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        ((1..=SEED_MAX).contains(&text.len()) && text.bytes().all(plain)).then_some(Self(text))
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ranks {
    /// The order of a seed: its keys are the first 32 bytes of SHA-256 over `salur/sample/1`, a newline and the seed, big-endian.
    pub fn of(seed: &Seed) -> Self {
        let digest = Sha256::new().chain_update(b"salur/sample/1\n").chain_update(seed.0.as_bytes()).finalize();
        Self(std::array::from_fn(|at| u64::from_be_bytes(digest[8 * at..8 * at + 8].try_into().expect("a digest has four parts of eight"))))
    }

    /// The rank of a number.
    ///
    /// ```
    /// use salur_domain::sample::{Ranks, Seed};
    /// let ranks = Ranks::of(&Seed::parse("audit-2026").unwrap());
    /// assert_eq!(ranks.rank(1), ranks.rank(1));
    /// assert_ne!(ranks.rank(1), ranks.rank(2));
    /// ```
    pub fn rank(&self, number: u64) -> u64 {
        self.0.iter().fold(number, |mixed, key| mix(mixed ^ key))
    }

    /// The numbers of 1 to `top` whose ranks lie in a window, lowest rank first.
    pub fn window(&self, top: u64, ranks: std::ops::RangeInclusive<u64>) -> Vec<u64> {
        let mut found: Vec<(u64, u64)> =
            (1..=top).map(|number| (self.rank(number), number)).filter(|(rank, _)| ranks.contains(rank)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, number)| number).collect()
    }
}

/// One-to-one on 64 bits: the finaliser of `SplitMix64` (Steele, Lea, Flood 2014, variant 13 of Stafford).
const fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBERS: usize = 500;
    const DRAWN: usize = 50;
    const SEEDS: usize = 4_000;
    /// Of chi-square with 499 degrees of freedom: one of a thousand is above the second, or below the first.
    const LIKELY: std::ops::Range<f64> = 405.0..603.0;

    /// Chi-square of how often each member was drawn, over many seeds; scaled, since a sample takes no member twice.
    fn chi_square(draw: impl Fn(&Seed, &[u64]) -> Vec<u64>) -> f64 {
        // numbers with gaps of unlike widths, as proofs that fit a filter have
        let members: Vec<u64> = (1..)
            .scan(0_u64, |at, step: u64| {
                *at += 1 + step * step % 97;
                Some(*at)
            })
            .take(MEMBERS)
            .collect();
        let mut times = vec![0_u32; MEMBERS];
        for number in 0..SEEDS {
            let seed = Seed::parse(&format!("test-{number}")).expect("a seed");
            for drawn in draw(&seed, &members) {
                times[members.binary_search(&drawn).expect("a member")] += 1;
            }
        }
        let share = f64::from(u32::try_from(DRAWN).expect("small")) / f64::from(u32::try_from(MEMBERS).expect("small"));
        let expected = f64::from(u32::try_from(SEEDS).expect("small")) * share;
        let sum: f64 = times.iter().map(|times| (f64::from(*times) - expected).powi(2) / expected).sum();
        sum / (1.0 - share)
    }

    #[test]
    fn every_member_is_drawn_as_often_as_any_other() {
        let lowest = |seed: &Seed, members: &[u64]| {
            let ranks = Ranks::of(seed);
            let mut members = members.to_vec();
            members.sort_by_key(|number| ranks.rank(*number));
            members.truncate(DRAWN);
            members
        };
        let found = chi_square(lowest);
        assert!(LIKELY.contains(&found), "{found}");
    }

    #[test]
    fn the_same_test_finds_a_walk_from_random_points_unfair() {
        // the next member after a random point: who stands behind a wide gap is drawn more often
        let walk = |seed: &Seed, members: &[u64]| {
            let ranks = Ranks::of(seed);
            let last = *members.last().expect("there are members");
            let mut drawn: Vec<u64> = Vec::new();
            for step in 1.. {
                let point = ranks.rank(step) % (last + 1);
                let next = members[members.partition_point(|member| *member < point)];
                if !drawn.contains(&next) {
                    drawn.push(next);
                }
                if drawn.len() == DRAWN {
                    break;
                }
            }
            drawn
        };
        let found = chi_square(walk);
        assert!(found > LIKELY.end * 2.0, "{found}");
    }

    #[test]
    fn windows_give_every_number_once_in_the_order_of_ranks() {
        let ranks = Ranks::of(&Seed::parse("s").expect("a seed"));
        let whole = ranks.window(1_000, 0..=u64::MAX);
        let (low, high) = (ranks.window(1_000, 0..=u64::MAX / 3), ranks.window(1_000, u64::MAX / 3 + 1..=u64::MAX));
        assert_eq!([low, high].concat(), whole);
        let mut numbers = whole.clone();
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(1..=1_000) && whole.windows(2).all(|pair| ranks.rank(pair[0]) < ranks.rank(pair[1])));
    }

    #[test]
    fn ranks_are_what_they_were_when_samples_were_drawn() {
        let ranks = Ranks::of(&Seed::parse("audit-2026").expect("a seed"));
        assert_eq!([1, 2, 10_000_000].map(|number| format!("{:016x}", ranks.rank(number))), RANKS);
    }

    const RANKS: [&str; 3] = ["682f01697982b8f3", "4e25cd604911c667", "2e7fc06ad586f7c2"];
}
