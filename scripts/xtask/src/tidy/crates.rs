//! Which crate may use which: docs/architecture.md, "The folders".

use toml::Table;

use super::{
    Violation,
    source::{Source, Tree, find_word},
};

/// A crate of ours and the crates of ours it may depend on.
struct Member {
    name: &'static str,
    may_use: &'static [&'static str],
}

const LIBRARIES: &[&str] = &["salur-domain", "salur-schemas", "salur-media", "salur-formats", "salur-store", "salur-runtime"];

/// From the bottom up. A crate that is not here has no place yet.
const MEMBERS: &[Member] = &[
    Member { name: "salur-domain", may_use: &[] },
    Member { name: "salur-schemas", may_use: &["salur-domain"] },
    Member { name: "salur-media", may_use: &["salur-domain"] },
    Member { name: "salur-formats", may_use: &["salur-domain"] },
    Member { name: "salur-store", may_use: &["salur-domain", "salur-schemas"] },
    Member { name: "salur-runtime", may_use: &["salur-domain", "salur-schemas"] },
    Member { name: "salur-pipeline", may_use: LIBRARIES },
    Member { name: "salur-portal", may_use: LIBRARIES },
    Member { name: "salur", may_use: &["salur-pipeline", "salur-portal"] },
    Member { name: "salur-tests", may_use: &["salur-pipeline", "salur-portal", "salur"] },
    Member { name: "salur-fuzz", may_use: &["salur-media"] },
    Member { name: "xtask", may_use: &["salur-pipeline", "salur-portal"] },
];

/// A library that only some crates may use.
struct Guarded {
    library: &'static str,
    users: &'static [&'static str],
}

/// salur-tests looks behind the doors: it damages rows and messages on purpose. `salur simulate counter` plays devices and tellers with
/// picture libraries, most of them others than those it is checked by.
const GUARDED: &[Guarded] = &[
    Guarded { library: "lapin", users: &["salur-runtime", "salur-tests"] },
    Guarded { library: "sqlx", users: &["salur-store", "salur-tests"] },
    Guarded { library: "aws-sdk-s3", users: &["salur-store"] },
    Guarded { library: "aws-smithy-http-client", users: &["salur-store"] },
    Guarded { library: "image", users: &["salur-media", "salur"] },
    Guarded { library: "kamadak-exif", users: &["salur-media"] },
    Guarded { library: "reqwest", users: &["salur-pipeline", "salur-runtime", "salur", "salur-tests"] },
    Guarded { library: "metrics", users: &["salur-runtime"] },
    Guarded { library: "metrics-exporter-prometheus", users: &["salur-runtime"] },
];

/// Crates without async and without input or output.
const PURE: &[&str] = &["salur-domain", "salur-media", "salur-formats", "salur-schemas"];
const IMPURE_LIBRARIES: &[&str] =
    &["tokio", "tokio-util", "tokio-stream", "futures", "hyper-util", "reqwest", "axum", "tracing", "metrics"];
const IMPURE_CODE: &[&str] = &["std::fs", "std::net", "std::process", "std::env::", "async fn", ".await"];

/// Every member depends only on what stands below it.
pub(super) fn directions(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (source, manifest) in manifests(tree) {
        let name = package(&manifest);
        let Some(member) = MEMBERS.iter().find(|member| member.name == name) else {
            found.push(Violation::of_file(
                &source.path,
                format!("crate {name} has no place among the directions in xtask's tidy/crates.rs"),
            ));
            continue;
        };
        let ours = |library: &&str| MEMBERS.iter().any(|member| member.name == *library);
        for library in dependencies(&manifest, "dependencies").filter(ours) {
            if !may_use(member, library) {
                found.push(on_line(source, library, format!("{name} must not depend on {library}")));
            }
        }
    }
    found
}

/// Programs may use whatever those may that they may use; libraries only what is listed.
fn may_use(member: &Member, library: &str) -> bool {
    let program = matches!(member.name, "salur" | "salur-tests" | "xtask");
    member.may_use.contains(&library) || program && LIBRARIES.contains(&library)
}

/// The libraries of the outside world are used by their keepers only, in tests too.
pub(super) fn guarded(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (source, manifest) in manifests(tree) {
        let name = package(&manifest);
        let all = ["dependencies", "dev-dependencies", "build-dependencies"];
        for library in all.into_iter().flat_map(|kind| dependencies(&manifest, kind)) {
            let users = GUARDED.iter().find(|guarded| guarded.library == library).map(|guarded| guarded.users);
            if users.is_some_and(|users| !users.contains(&name)) {
                let users = users.unwrap_or_default().join(", ");
                found.push(on_line(source, library, format!("{name} must not use {library}; only {users} may")));
            }
        }
    }
    found
}

/// Pure crates have neither the libraries nor the words of input and output. Their tests and examples may read files.
pub(super) fn pure(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (source, manifest) in manifests(tree).filter(|(_, manifest)| PURE.contains(&package(manifest))) {
        let name = package(&manifest);
        for library in dependencies(&manifest, "dependencies").filter(|library| IMPURE_LIBRARIES.contains(library)) {
            found.push(on_line(source, library, format!("{name} must not depend on {library}")));
        }
        let folder = source.path.replace("Cargo.toml", "src/");
        for file in tree.rust(&folder).filter(|file| !file.is_aside()) {
            for word in IMPURE_CODE {
                found.extend(find_word(file.product(), word).map(|at| Violation::at(file, at, format!("{name} must not say `{word}`"))));
            }
        }
    }
    found
}

/// Manifests of the members, without the root's.
fn manifests(tree: &Tree) -> impl Iterator<Item = (&Source, Table)> {
    let members = tree.files.iter().filter(|source| source.path.ends_with("/Cargo.toml"));
    members.map(|source| (source, source.text.parse().expect("cargo has read it before us")))
}

fn package(manifest: &Table) -> &str {
    manifest.get("package").and_then(|package| package.get("name")).and_then(|name| name.as_str()).unwrap_or_default()
}

fn dependencies<'a>(manifest: &'a Table, kind: &str) -> impl Iterator<Item = &'a str> {
    manifest.get(kind).and_then(|table| table.as_table()).into_iter().flat_map(|table| table.keys().map(String::as_str))
}

fn on_line(source: &Source, library: &str, what: String) -> Violation {
    let begins = |line: &str| line.strip_prefix(library).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    let line = source.text.lines().position(begins).map_or(0, |at| at + 1);
    Violation { path: source.path.clone(), line, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, rest: &str) -> Tree {
        Tree::of(&[("x/Cargo.toml", &format!("[package]\nname = \"{name}\"\n{rest}"))])
    }

    #[test]
    fn a_dependency_upwards_is_found_at_its_line() {
        let found = directions(&manifest("salur-store", "[dependencies]\nsalur-domain.workspace = true\nsalur-runtime.workspace = true\n"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 5);
        assert!(directions(&manifest("salur", "[dependencies]\nsalur-store.workspace = true\nserde = \"1\"\n")).is_empty());
        assert_eq!(directions(&manifest("salur-portal", "[dependencies]\nsalur-pipeline.workspace = true\n")).len(), 1);
    }

    #[test]
    fn a_crate_without_a_place_is_found() {
        assert_eq!(directions(&manifest("salur-new", "")).len(), 1);
    }

    #[test]
    fn a_guarded_library_is_found_among_all_kinds_of_dependencies() {
        assert_eq!(
            guarded(&manifest("salur-pipeline", "[dependencies]\nsqlx = \"1\"\n[dev-dependencies]\nlapin.workspace = true\n")).len(),
            2
        );
        assert!(guarded(&manifest("salur-store", "[dependencies]\nsqlx = \"1\"\n")).is_empty());
    }

    #[test]
    fn input_and_output_in_a_pure_crate_is_found() {
        let manifest = "[package]\nname = \"salur-domain\"\n[dependencies]\ntokio = \"1\"\n";
        let files = [("d/Cargo.toml", manifest), ("d/src/a.rs", "fn f() { std::fs::read(p) }"), ("d/src/a/tests.rs", "std::fs::read(p)")];
        let found = pure(&Tree::of(&files));
        let places: Vec<_> = found.iter().map(|violation| (violation.path.as_str(), violation.line)).collect();
        assert_eq!(places, [("d/Cargo.toml", 4), ("d/src/a.rs", 1)]);
    }
}
