//! Signed webhooks, from the phases of a batch to a receiver that checks the signatures itself.

mod dead_ends;
mod phases;
pub mod receiver;
mod rights;
pub mod sender;
mod tls;
