//! The pages as people meet them: a real browser at a real portal.

mod administrator;
mod auditor;
mod axe;
mod bank;
mod chromium;
mod everyone;
mod leader;
mod lists;
mod office;
mod ops;
mod sample;
mod supervisor;
mod treasury;
