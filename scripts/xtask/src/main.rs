//! Checks and generators of this repository.
//!
//! ```text
//! cargo xtask tidy                    style rules as tests; prints violations and ends with 1
//! cargo xtask generate                writes what derives from the code
//! cargo xtask generate --check        compares instead, and names the files that are stale
//! cargo xtask generate --golden-new   writes an example body for each fact type version that has none
//! ```

mod generate;
mod tidy;

use std::{path::PathBuf, process::ExitCode};

const USAGE: &str = "usage: cargo xtask tidy | generate [--check | --golden-new]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let root = root();
    let done = match words[..] {
        ["tidy"] => tidy::run(&root).map_err(|error| error.to_string()),
        ["generate"] => generate::write(&root).map_err(|error| error.to_string()),
        ["generate", "--check"] => generate::check(&root).map_err(|error| error.to_string()),
        ["generate", "--golden-new"] => generate::golden_new(&root).map_err(|error| error.to_string()),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

/// The repository: cargo says where this crate is, two levels below it.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.ancestors().nth(2).expect("this crate is two levels below the repository").to_owned()
}
