//! Style rules as tests: each rule is a small function from the files of the repository to violations.
//!
//! A violation says file, line, what is wrong and why the rule exists. What is allowed in spite of a rule stands in [`exceptions`] with a
//! reason, and an exception that nothing needs any more is a violation itself. Every rule has a test with a sample that breaks it: a rule
//! that cannot fail is worth nothing.

mod crates;
mod exceptions;
mod places;
mod privacy;
mod sizes;
mod source;
mod stages;
mod text;

use std::{collections::BTreeMap, path::Path};

use source::{Source, Tree};

/// A rule: its name, why it exists, and what finds its violations.
struct Rule {
    name: &'static str,
    why: &'static str,
    check: fn(&Tree) -> Vec<Violation>,
}

/// THE LIST.
const RULES: &[Rule] = &[
    Rule { name: "crate-directions", why: "a crate knows only what stands below it", check: crates::directions },
    Rule { name: "guarded-libraries", why: "one crate holds each outside world, so that it can be changed there", check: crates::guarded },
    Rule { name: "no-input-output", why: "rules and formats are functions of their arguments", check: crates::pure },
    Rule { name: "stage-list", why: "a worker that is not listed never runs", check: stages::listed },
    Rule { name: "stage-contract", why: "a fact that nobody hears is a family lost", check: stages::contract },
    Rule { name: "stage-roles", why: "one writer per status is a grant, not a promise", check: stages::roles },
    Rule { name: "file-size", why: "a reader needs no scroll memory", check: sizes::files },
    Rule { name: "function-size", why: "a function is one screen", check: sizes::functions },
    Rule { name: "stage-size", why: "a stage is read in one go", check: sizes::stages },
    Rule { name: "line-length", why: "two files fit beside each other", check: sizes::lines },
    Rule { name: "open-ends", why: "an open end without an owner stays open", check: text::open_ends },
    Rule { name: "banned-code", why: "each has a better form, which clippy.toml and docs/architecture.md name", check: text::banned },
    Rule { name: "module-comment", why: "a module says what it is, why, and what bounds it", check: text::module_comments },
    Rule { name: "migrations", why: "migrations run in order, once, and say why", check: text::migrations },
    Rule { name: "personal-data", why: "log lines and errors outlive every deletion", check: privacy::told },
    Rule { name: "metric-labels", why: "a label is a series kept for ever, so labels come from a closed list", check: privacy::labels },
    Rule {
        name: "header-names",
        why: "headers are readable by everyone on the way, so they come from a closed list",
        check: privacy::headers,
    },
    Rule { name: "local-paths", why: "the repository works in any folder of any machine", check: places::local_paths },
    Rule { name: "top-level", why: "the first look at the repository shows its shape", check: places::top_level },
];

/// Something that breaks a rule. Line 0 means the file as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Violation {
    path: String,
    line: usize,
    what: String,
}

impl Violation {
    fn of_file(path: &str, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: 0, what: what.into() }
    }

    fn place(&self) -> String {
        if self.line == 0 { self.path.clone() } else { format!("{}:{}", self.path, self.line) }
    }

    /// At a byte of a file.
    fn at(source: &Source, offset: usize, what: impl Into<String>) -> Self {
        Self { path: source.path.clone(), line: source.line(offset), what: what.into() }
    }
}

/// Why tidying failed, or what is untidy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The files cannot be listed or read.
    #[error("cannot read the repository: {0}")]
    Tree(std::io::Error),
    /// Violations, one line each, under the rules they break.
    #[error("{report}\ntidy: {count} violations")]
    Untidy { report: String, count: usize },
}

/// Checks every rule over every file that git would know.
pub(crate) fn run(root: &Path) -> Result<String, Error> {
    let tree = Tree::read(root).map_err(Error::Tree)?;
    let found = check(&tree);
    let count: usize = found.values().map(Vec::len).sum();
    if count == 0 { Ok(format!("tidy: {} rules, {} files, ok", RULES.len(), tree.files.len())) } else { Err(untidy(&found, count)) }
}

/// Violations by rule, exceptions taken out.
fn check(tree: &Tree) -> BTreeMap<&'static str, Vec<Violation>> {
    let mut found: BTreeMap<_, _> = RULES.iter().map(|rule| (rule.name, (rule.check)(tree))).collect();
    let needless = exceptions::apply(&mut found, exceptions::LIST);
    found.insert("needless-exception", needless);
    found.retain(|_, violations| !violations.is_empty());
    found
}

fn untidy(found: &BTreeMap<&'static str, Vec<Violation>>, count: usize) -> Error {
    let mut lines = Vec::new();
    for (name, violations) in found {
        let why = RULES.iter().find(|rule| rule.name == *name).map_or("what nothing needs hides the next mistake", |rule| rule.why);
        lines.push(format!("{name}: {why}"));
        lines.extend(violations.iter().map(|violation| format!("  {}: {}", violation.place(), violation.what)));
    }
    let report = lines.join("\n");
    Error::Untidy { report, count }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_have_names_of_their_own() {
        let names: std::collections::BTreeSet<_> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(names.len(), RULES.len());
    }

    #[test]
    fn a_report_names_rule_reason_file_and_line() {
        let violation = Violation { path: "a.rs".into(), line: 7, what: "too long".into() };
        let text = untidy(&BTreeMap::from([("file-size", vec![violation])]), 1).to_string();
        assert_eq!(text, "file-size: a reader needs no scroll memory\n  a.rs:7: too long\ntidy: 1 violations");
    }
}
