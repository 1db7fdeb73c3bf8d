//! Words that must not stand in the text, and words that must.

use super::{
    Violation,
    sizes::is_script,
    source::{Source, Tree, find_word, has_suffix, is_word},
};

const OPEN_ENDS: &[&str] = &["TODO", "FIXME", "XXX"];

/// What must not be said, and what to say instead. In tests too.
const BANNED: &[(&str, &str)] = &[
    ("#[allow(", "#[expect(lint, reason = \"..\")]"),
    ("#![allow(", "#![expect(lint, reason = \"..\")]"),
    (".unwrap()", ".expect(\"why this holds\")"),
    ("#[ignore", "a test that runs, or no test"),
    ("tokio::spawn(", "a JoinSet or TaskTracker that is waited for"),
    ("tokio::task::spawn(", "a JoinSet or TaskTracker that is waited for"),
];

const MIGRATIONS: &str = "schemas/migrations/";

/// Open ends have an owner: `TODO(name)`.
pub(super) fn open_ends(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in &tree.files {
        let text = if source.is_rust() { &source.comments } else { &source.text };
        for word in OPEN_ENDS {
            let ends = |at: &usize| !text[at + word.len()..].starts_with(is_word);
            let owned = |at: &usize| text[at + word.len()..].strip_prefix('(').is_some_and(|rest| rest.starts_with(char::is_alphabetic));
            let open = find_word(text, word).filter(ends).filter(|at| !owned(at) && !text[..*at].ends_with('`'));
            found.extend(open.map(|at| Violation::at(source, at, format!("{word} without an owner"))));
        }
    }
    found
}

/// Code that has a better form.
pub(super) fn banned(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in tree.rust("") {
        for (banned, instead) in BANNED {
            let places = source.code.match_indices(banned).map(|(at, _)| at);
            found.extend(places.map(|at| Violation::at(source, at, format!("`{banned}`: say {instead}"))));
        }
    }
    found
}

/// Modules open with a comment, scripts too.
pub(super) fn module_comments(tree: &Tree) -> Vec<Violation> {
    let silent = |source: &&Source| source.is_rust() && !source.text.starts_with("//! ") || is_script(source) && !script_speaks(source);
    tree.files
        .iter()
        .filter(silent)
        .map(|source| Violation::of_file(&source.path, "does not open with a comment that says what it is"))
        .collect()
}

fn script_speaks(source: &Source) -> bool {
    let says = |line: &str| line.strip_prefix("# ").is_some_and(|words| !words.starts_with("shellcheck"));
    source.text.lines().take(3).any(says) || source.text.lines().nth(1).is_some_and(|line| line.starts_with("\"\"\""))
}

/// Migrations are numbered without gaps and open with a comment.
pub(super) fn migrations(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let files = tree.files.iter().filter(|source| source.path.starts_with(MIGRATIONS) && has_suffix(&source.path, "sql"));
    for (at, source) in files.enumerate() {
        let number = format!("{MIGRATIONS}{:04}_", at + 1);
        if !source.path.starts_with(&number) {
            found.push(Violation::of_file(&source.path, format!("the next name in order begins with {number}")));
        }
        if !source.text.starts_with("-- ") {
            found.push(Violation::of_file(&source.path, "does not open with a comment that says why"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_end_needs_an_owner() {
        let found = |path, text: &str| open_ends(&Tree::of(&[(path, text)])).len();
        assert_eq!(found("a.rs", "// TODO: later"), 1);
        assert_eq!(found("a.rs", "// FIXME() later"), 1);
        assert_eq!(found("a.rs", "// TODO(ani) later"), 0);
        assert_eq!(found("a.rs", "let x = \"TODO\"; // TODOS are `TODO`"), 0);
        assert_eq!(found("a.sh", "# TODO"), 1);
    }

    #[test]
    fn every_banned_word_is_found_in_code_and_nowhere_else() {
        for (word, _) in BANNED {
            let text = format!("fn f() {{}}\n{word}\n// {word}\nlet s = r##\"{word}\"##;\n");
            let found = banned(&Tree::of(&[("a.rs", &text)]));
            assert_eq!(found.iter().map(|violation| violation.line).collect::<Vec<_>>(), [2], "{word}");
        }
    }

    #[test]
    fn a_silent_file_is_found() {
        let found = |path, text: &str| module_comments(&Tree::of(&[(path, text)])).len();
        assert_eq!(found("a.rs", "//! What it is.\n"), 0);
        assert_eq!(found("a.rs", "use a;\n//! late\n"), 1);
        assert_eq!(found("run", "#!/usr/bin/env bash\n# What it is.\n"), 0);
        assert_eq!(found("run", "#!/usr/bin/env bash\nset -e\n"), 1);
        assert_eq!(found("a.sh", "# shellcheck shell=bash\nx\n"), 1);
    }

    #[test]
    fn a_gap_and_a_silent_migration_are_found() {
        let tree = Tree::of(&[("schemas/migrations/0001_a.sql", "-- Why.\n"), ("schemas/migrations/0003_b.sql", "CREATE TABLE b;\n")]);
        assert_eq!(migrations(&tree).len(), 2);
    }
}
