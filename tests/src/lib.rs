//! The harness of the integration tests: real PostgreSQL, RabbitMQ and object store, named by the environment
//! (`eval "$(scripts/services env)"`).
//!
//! A test runs in a [`Lab`]: databases, buckets and virtual hosts of its own, gone when it ends, whatever the outcome. A [`World`] is a
//! migrated database with a small programme (tranches 4 and 5 on Belitung) and the tools of the workers. A [`Chain`] carries facts through
//! the real stages without a broker, one stage after the other.

pub mod binary;
pub mod chain;
pub mod counter;
pub mod example;
pub mod facts;
pub mod lab;
pub mod people;
pub mod photos;
pub mod programme;
pub mod registry;
pub mod world;

pub use binary::binary;
pub use chain::Chain;
pub use lab::{Lab, in_lab};
pub use people::Person;
pub use programme::Plan;
pub use registry::FakeRegistry;
pub use world::World;
