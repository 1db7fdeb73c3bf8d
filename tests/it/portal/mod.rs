//! The portal over real HTTP: the doors of the counter as a device meets them, and the board as a browser meets it.

pub mod batches;
mod board;
pub mod browser;
pub mod captures;
mod cases;
mod claims;
pub mod command_line;
pub mod complaints;
pub mod contract;
pub mod dead_letters;
mod devices;
mod families;
mod feed;
pub mod gallery;
pub mod holds;
mod iso20022;
mod mappings;
pub mod people;
pub mod proofs;
mod refusals;
mod reports;
pub mod returns;
mod reveals;
pub mod samples;
mod sign_in;
pub mod support;
pub mod treasury;
