//! Chance that can be played again: numbers from a seed, and an order of things that a seed decides.
//!
//! Nothing here is secret or fair enough for money; it only makes one run of the simulator like the next.

use crate::simulate::chance::Chance;

/// Numbers one after another.
#[derive(Debug, Clone)]
pub struct Dice {
    chance: Chance,
    rolled: u64,
}

impl Dice {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Self { chance: Chance::of(&format!("dice {seed}")), rolled: 0 }
    }

    /// Any 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.rolled += 1;
        self.chance.number(0, self.rolled)
    }

    /// A number from 0 to `sides - 1`; the bias of the remainder is far below what anybody could see.
    pub fn below(&mut self, sides: u32) -> u32 {
        let remainder = self.roll() % u64::from(sides);
        u32::try_from(remainder).expect("a remainder is smaller than its divisor")
    }

    /// A number from `-reach` to `reach`.
    pub fn around_zero(&mut self, reach: i32) -> i32 {
        let sides = 2 * reach.unsigned_abs() + 1;
        i32::try_from(self.below(sides)).expect("twice the reach fits") - reach
    }
}

/// Where a thing stands in the order that a seed and a purpose decide: the same in every run, unlike for every purpose.
pub fn rank(seed: u64, purpose: &str, thing: &[u8]) -> u64 {
    Chance::of(&format!("rank {seed} {purpose} {}", hex::encode(thing))).number(0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_within_their_reach_and_use_it() {
        let mut dice = Dice::new(7);
        let rolled: std::collections::BTreeSet<i32> = (0..1_000).map(|_| dice.around_zero(3)).collect();
        assert_eq!(rolled, (-3..=3).collect());
    }

    #[test]
    fn order_depends_on_seed_and_purpose() {
        let ranks = [rank(1, "a", b"x"), rank(2, "a", b"x"), rank(1, "b", b"x"), rank(1, "a", b"y")];
        assert!(ranks.iter().enumerate().all(|(at, rank)| !ranks[..at].contains(rank)));
    }
}
