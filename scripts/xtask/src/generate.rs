//! Files that derive from the code: JSON Schemas, the contracts for other programs, the picture of the pipeline, the closed lists, the example of a worker.
//!
//! The same code gives the same bytes, so `--check` is a comparison. Golden bodies are the opposite: written once, never touched again,
//! because they stand for messages that are already on somebody's queue.

mod asyncapi;
mod codes;
mod example;
mod golden;
mod openapi;
mod pipeline;
mod schemas;

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// What makes stale files fresh.
const COMMAND: &str = "cargo xtask generate";
const GOLDEN_COMMAND: &str = "cargo xtask generate --golden-new";
const README: &str = "README.md";

/// A file as it should be; the path is relative to the repository.
struct Output {
    path: String,
    text: String,
}

/// Why generating failed, or what is stale.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    /// What a check found, one line each.
    #[error("{}", .0.join("\n"))]
    Stale(Vec<String>),
}

/// Writes everything; says how much changed.
pub(crate) fn write(root: &Path) -> Result<String, Error> {
    let outputs = outputs(root)?;
    let mut changed = 0;
    for output in &outputs {
        if read(root, &output.path)?.as_deref() != Some(output.text.as_str()) {
            store(root, output)?;
            println!("wrote {}", output.path);
            changed += 1;
        }
    }
    Ok(format!("generate: {} files, {changed} changed", outputs.len()))
}

/// Compares everything.
pub(crate) fn check(root: &Path) -> Result<String, Error> {
    let outputs = outputs(root)?;
    let mut stale = Vec::new();
    for output in &outputs {
        if read(root, &output.path)?.as_deref() != Some(output.text.as_str()) {
            stale.push(format!("{} is stale: run `{COMMAND}`", output.path));
        }
    }
    stale.extend(left_over(root, &outputs)?);
    for golden in golden::outputs() {
        if read(root, &golden.path)?.is_none() {
            stale.push(format!("{} is missing: run `{GOLDEN_COMMAND}`", golden.path));
        }
    }
    if stale.is_empty() { Ok(format!("generate: {} files, all fresh", outputs.len())) } else { Err(Error::Stale(stale)) }
}

/// Writes the golden bodies that do not exist yet.
pub(crate) fn golden_new(root: &Path) -> Result<String, Error> {
    let mut new = 0;
    for output in golden::outputs() {
        if read(root, &output.path)?.is_none() {
            store(root, &output)?;
            println!("wrote {}", output.path);
            new += 1;
        }
    }
    Ok(format!("generate: {new} new golden bodies"))
}

fn outputs(root: &Path) -> Result<Vec<Output>, Error> {
    let mut outputs = schemas::outputs();
    outputs.push(asyncapi::document());
    outputs.push(openapi::document());
    outputs.push(pipeline::page());
    outputs.push(codes::page());
    outputs.extend(example::pages(root)?);
    let readme = read(root, README)?;
    outputs.extend(readme.and_then(|text| pipeline::within(&text)).map(|text| Output { path: README.into(), text }));
    Ok(outputs)
}

/// Schemas of facts that are gone: the folder holds nothing but what is generated.
fn left_over(root: &Path, outputs: &[Output]) -> Result<Vec<String>, Error> {
    let failed = |source| Error::File { path: root.join(schemas::FOLDER), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join(schemas::FOLDER)).map_err(failed)? {
        let path = format!("{}/{}", schemas::FOLDER, entry.map_err(failed)?.file_name().to_string_lossy());
        if !outputs.iter().any(|output| output.path == path) {
            found.push(format!("{path} belongs to no fact: delete it"));
        }
    }
    found.sort();
    Ok(found)
}

/// The text of a file; `None` where there is none.
fn read(root: &Path, path: &str) -> Result<Option<String>, Error> {
    match fs::read_to_string(root.join(path)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::File { path: root.join(path), source }),
    }
}

fn store(root: &Path, output: &Output) -> Result<(), Error> {
    let path = root.join(&output.path);
    let folder = path.parent().expect("every output has a folder");
    fs::create_dir_all(folder).and_then(|()| fs::write(&path, &output.text)).map_err(|source| Error::File { path, source })
}

/// A Markdown table row. Bars inside cells are escaped.
fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// A Markdown table.
fn table(head: &[&str], rows: impl IntoIterator<Item = String>) -> String {
    let rule = format!("|{}\n", "---|".repeat(head.len()));
    [row(head), rule].into_iter().chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_code_gives_the_same_bytes() {
        let once = outputs(Path::new("/nowhere")).expect("a README that is absent is no error");
        let twice = outputs(Path::new("/nowhere")).expect("a README that is absent is no error");
        assert!(once.iter().zip(&twice).all(|(a, b)| a.path == b.path && a.text == b.text));
    }

    #[test]
    fn a_changed_file_is_stale_and_the_message_says_what_to_run() {
        let root = std::env::temp_dir().join(format!("salur-generate-{}", std::process::id()));
        write(&root).expect("the folder is ours");
        golden_new(&root).expect("the folder is ours");
        check(&root).expect("just written");
        fs::write(root.join("docs/codes.md"), "old").expect("the folder is ours");
        fs::write(root.join("schemas/messages/gone.v1.json"), "{}").expect("the folder is ours");
        let text = check(&root).expect_err("two files are wrong").to_string();
        fs::remove_dir_all(&root).expect("the folder is ours");
        assert_eq!(text, "docs/codes.md is stale: run `cargo xtask generate`\nschemas/messages/gone.v1.json belongs to no fact: delete it");
    }
}
