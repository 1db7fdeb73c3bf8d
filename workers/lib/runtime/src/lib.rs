//! Placeholder.
pub mod stage;
