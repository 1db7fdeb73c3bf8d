//! The runtime on a real RabbitMQ. Every test has a virtual host of its own, made and removed through the management API.

mod bad_input;
mod dead_letters;
mod delivery;
mod pauses;
mod proxy;
mod recovery;
mod support;
mod suspects;
mod topology;
