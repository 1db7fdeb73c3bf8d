//! No door of the portal is missing in the document, none is invented, and its shapes are there.

use std::{collections::BTreeSet, fs, path::Path};

use super::*;

const METHODS: [&str; 6] = ["head", "get", "post", "put", "patch", "delete"];
/// Pages and what they load, by constants of other files: no doors for programs.
const PAGES: [&str; 3] = ["asset.path", "page::PATH", "SIGN_IN"];

/// A door for programs is below `/api/`; all else is a page. A constant that nobody named above is taken for a door.
fn is_door(path: &str) -> bool {
    path.starts_with("/api/") || !path.starts_with('/') && !PAGES.contains(&path)
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the portal's sources are there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(fs::read_to_string(&path).expect("a source is text"));
        }
    }
}

/// Every `(method, path)` of `.route(path, method(..).method(..))`; a path may be a constant of its file.
fn routes(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, _) in source.match_indices(".route(") {
        let rest = &source[at + ".route(".len()..];
        let (path, rest) = rest.split_once(',').expect("a route has a path and methods");
        let path = path.trim();
        let constant = format!("const {path}: &str = \"");
        let path = match (path.strip_prefix('"'), source.split_once(&constant)) {
            (Some(literal), _) => literal.trim_end_matches('"').to_owned(),
            (None, Some((_, value))) => value.split('"').next().unwrap_or_default().to_owned(),
            (None, None) => path.to_owned(),
        };
        let mut depth = 0;
        let call: String = rest
            .chars()
            .take_while(|letter| {
                depth += i32::from(*letter == '(') - i32::from(*letter == ')');
                depth >= 0
            })
            .collect();
        for method in METHODS.iter().filter(|method| call.split(['.', ' ', '\n']).any(|part| part.starts_with(&format!("{method}(")))) {
            found.push(((*method).to_owned(), path.clone()));
        }
    }
    found
}

#[test]
fn every_door_of_the_portal_is_in_the_document_and_the_reverse() {
    let mut texts = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workers/portal/src"), &mut texts);
    let routed: BTreeSet<(String, String)> = texts.iter().flat_map(|text| routes(text)).filter(|(_, path)| is_door(path)).collect();
    let documented: BTreeSet<(String, String)> = doors::all().map(|door| (door.method.to_owned(), door.path.to_owned())).collect();
    assert_eq!(documented, routed);
    assert_eq!(documented.len(), doors::all().count(), "no door stands twice");
}

#[test]
fn a_route_is_read_with_all_its_methods_and_by_its_constant() {
    let source = "pub const A: &str = \"/api/a\";\n Router::new().route(A, post(make).get(list)).route(\n\"/api/{b}/c\", get(forget))";
    let found: Vec<String> = routes(source).into_iter().map(|(method, path)| format!("{method} {path}")).collect();
    assert_eq!(found, ["get /api/a", "post /api/a", "get /api/{b}/c"]);
}

/// Three shapes were once called `Reason`, and the last one stood for all.
#[test]
fn no_two_shapes_have_one_name() {
    let mut names: Vec<String> = shapes::listed().into_iter().map(|(name, _)| name).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn every_shape_that_is_named_is_there_and_each_that_is_there_is_named() {
    let document: Value = serde_json::from_str(&document().text).expect("JSON");
    let (mut waiting, mut named) = (vec![&document], BTreeSet::new());
    while let Some(value) = waiting.pop() {
        if let Some(path) = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            assert!(document.pointer(path).is_some(), "{path}");
            named.insert(path.rsplit('/').next().unwrap_or_default().to_owned());
        }
        waiting.extend(value.as_object().into_iter().flat_map(Map::values).chain(value.as_array().into_iter().flatten()));
    }
    let there: BTreeSet<String> = document["components"]["schemas"].as_object().expect("shapes").keys().cloned().collect();
    assert_eq!(named, there);
}
