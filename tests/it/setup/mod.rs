//! The doors of master data and of lists, through the binary: `salur simulate programme`, `salur setup`, `salur submit`.

mod binary;
mod lists;
mod master_data;
