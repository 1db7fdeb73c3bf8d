//! What is allowed in spite of a rule, each with its reason.

use std::collections::BTreeMap;

use super::Violation;

/// A file that may break a rule.
pub(super) struct Exception {
    pub(super) rule: &'static str,
    pub(super) path: &'static str,
    pub(super) reason: &'static str,
}

/// The list.
pub(super) const LIST: &[Exception] = &[];

/// Takes excepted violations out, and answers with the exceptions that excepted nothing.
pub(super) fn apply(found: &mut BTreeMap<&'static str, Vec<Violation>>, list: &[Exception]) -> Vec<Violation> {
    let mut needless = Vec::new();
    for Exception { rule, path, reason } in list {
        let Some(violations) = found.get_mut(rule) else {
            needless.push(Violation::of_file(path, format!("no rule is called {rule}")));
            continue;
        };
        let before = violations.len();
        violations.retain(|violation| violation.path != *path);
        if violations.len() == before {
            needless.push(Violation::of_file(path, format!("does not break {rule} any more ({reason})")));
        }
    }
    needless
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_counts_for_its_file_and_must_be_needed() {
        let list = [
            Exception { rule: "r", path: "a.rs", reason: "because" },
            Exception { rule: "r", path: "b.rs", reason: "once" },
            Exception { rule: "gone", path: "c.rs", reason: "once" },
        ];
        let mut found = BTreeMap::from([("r", vec![Violation::of_file("a.rs", "x"), Violation::of_file("other.rs", "x")])]);
        let needless = apply(&mut found, &list);
        assert_eq!(found["r"], [Violation::of_file("other.rs", "x")]);
        let paths: Vec<_> = needless.iter().map(|violation| violation.path.as_str()).collect();
        assert_eq!(paths, ["b.rs", "c.rs"]);
    }
}
