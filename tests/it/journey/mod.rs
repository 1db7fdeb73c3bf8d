//! Real processes over a real broker: killed while they work, asked what they told, and broken on purpose.

mod controls;
mod killed;
mod power;
mod privacy;
pub mod site;
