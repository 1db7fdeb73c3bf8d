//! Bank statements through the built binary and the portal: what a treasurer sends, what its lines come to, and what a person closes.

mod binary;
mod cases;
mod doors;
mod large;
mod matching;
mod refusals;
pub mod statements;
