//! The doors of master data and of lists, through the binary: `salur simulate programme`, `salur setup`, `salur submit`.

mod approval;
pub mod binary;
mod lists;
mod lists_signed_in;
mod master_data;
