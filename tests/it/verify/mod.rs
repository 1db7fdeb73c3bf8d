//! `salur verify` by damage: a town of families goes to its ends through the real stages, everything holds, then one thing is changed behind
//! salur's back and exactly the checks that guard it fail and name it.

mod bank;
mod cash;
pub mod damage;
mod dead_letters;
mod decided;
mod guards;
mod objects;
mod status;
pub mod town;
