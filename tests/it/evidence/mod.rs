//! The journal and its log: what was written cannot be changed without being named, by salur and by a verifier that shares no code with it.

mod damage;
pub mod exports;
mod load;
mod money;
mod sealing;
pub mod support;
