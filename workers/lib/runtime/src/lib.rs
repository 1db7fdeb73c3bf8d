//! The heart: drives stages over a broker so that nothing is lost and nothing doubled.
//!
//! A stage says what it hears, does and says ([`stage`]); everything else is here: topology, flights, retries, dead letters, supervision,
//! configuration, telemetry, health, drain.
//!
//! Architecture invariant: knows nothing of NIKs, money or SQL. It drives a [`stage::UnitOfWork`]; only this crate uses lapin.
//!
//! Laws kept here: a message is acked after the confirms of everything said because of it; no database connection is held across another
//! network wait; one fact is the N = 1 case of a flight.

pub mod broker;
pub mod client;
pub mod clock;
pub mod config;
pub mod dead_letters;
mod declare;
pub mod decode;
mod failpoint;
pub mod fetch;
pub mod flight;
pub mod health;
pub mod message;
pub mod outbox;
pub mod pauses;
pub mod replays;
pub mod role;
pub mod stage;
pub mod telemetry;
pub mod testkit;
pub mod topology;
pub mod trace;
pub mod worker;
