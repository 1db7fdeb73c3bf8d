//! Where the built `salur` is.

use std::path::PathBuf;

/// The binary that `SALUR_BIN` names, else the one of this workspace's debug build.
pub fn binary() -> PathBuf {
    let built = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/debug/salur"));
    let path = std::env::var_os("SALUR_BIN").map_or_else(built, PathBuf::from);
    assert!(path.is_file(), "{} is missing: `cargo build -p salur`, or name it in SALUR_BIN", path.display());
    path
}
