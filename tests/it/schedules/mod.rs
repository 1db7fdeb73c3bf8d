//! Schedules: who gets which slot, who is visited, what becomes of slots when a pay point closes, and who may plan and see them.

mod doors;
mod planning;
mod reissue;
