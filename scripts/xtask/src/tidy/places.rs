//! Where things stand: the top of the repository, and paths that only one machine has.

use super::{
    Violation,
    source::{Source, Tree, find},
};

const FOLDERS: &[&str] = &["workers", "schemas", "infra", "scripts", "tests", "docs"];
/// Papers and the files that tools want at the top.
const FILES: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "NOTICE",
    "clippy.toml",
    "rustfmt.toml",
    "rust-toolchain.toml",
    "deny.toml",
    ".gitignore",
    ".gitattributes",
    ".editorconfig",
    ".dockerignore",
];
const TOOL_FOLDERS: &[&str] = &[".cargo", ".config", ".ci", ".github"];

/// Folders of whoever builds this, never of whoever runs it.
const LOCAL: &[&str] = &["/work", "/root"];

/// The top holds the folders of the architecture, papers and tool configuration.
pub(super) fn top_level(tree: &Tree) -> Vec<Violation> {
    let odd = |source: &&Source| match source.path.split_once('/') {
        Some((folder, _)) => !FOLDERS.contains(&folder) && !TOOL_FOLDERS.contains(&folder),
        None => !FILES.contains(&source.path.as_str()),
    };
    tree.files.iter().filter(odd).map(|source| Violation::of_file(&source.path, "has no place at the top of the repository")).collect()
}

/// No file knows a path below somebody's own folders.
pub(super) fn local_paths(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in &tree.files {
        for folder in LOCAL {
            let below = |at: &usize| source.text[at + folder.len()..].starts_with('/');
            let absolute = |at: &usize| !source.text[..*at].ends_with(|c: char| c.is_alphanumeric() || "._-}$*".contains(c));
            let places = find(&source.text, folder).filter(below).filter(absolute);
            found.extend(places.map(|at| Violation::at(source, at, format!("names a path below {folder}"))));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stray_file_or_folder_at_the_top_is_found() {
        assert_eq!(top_level(&Tree::of(&[("notes.txt", ""), ("src/main.rs", ""), ("workers/a.rs", ""), ("Cargo.toml", "")])).len(), 2);
    }

    #[test]
    fn a_local_path_is_found_and_a_relative_one_is_not() {
        for folder in LOCAL {
            let text = format!("cd {folder}/salur\ncd a{folder}/b\ncd {folder}\ncd {folder}ers/c\ncd ..{folder}/d");
            let found = local_paths(&Tree::of(&[("run.sh", &text)]));
            assert_eq!(found.iter().map(|violation| violation.line).collect::<Vec<_>>(), [1]);
        }
    }
}
