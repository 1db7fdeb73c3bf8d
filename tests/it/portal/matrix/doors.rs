//! Which doors and pages there are: those of the document, and the pages of the portal's own sources; and the smallest body that a door can read.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Map, Value, json};

const METHODS: [&str; 6] = ["head", "get", "post", "put", "patch", "delete"];
/// Paths that are constants of other files.
const ELSEWHERE: [(&str, &str); 2] = [("page::PATH", "/holds"), ("SIGN_IN", "/sign-in")];
/// What pages load: in no table, since it is the same for everybody.
const LOADED: &str = "asset.path";
/// An id of nothing.
pub const NO_ID: &str = "00000000-0000-4000-8000-000000000000";

/// `POST /api/actors`, of each door of the document.
pub fn documented(document: &Value) -> BTreeSet<String> {
    let methods = |methods: &Value| methods.as_object().expect("methods").keys().map(|method| method.to_uppercase()).collect::<Vec<_>>();
    let paths = document["paths"].as_object().expect("paths").iter();
    paths.flat_map(|(path, door)| methods(door).into_iter().map(move |method| format!("{method} {path}"))).collect()
}

/// `GET /proofs`, of each page of the portal's sources.
pub fn pages() -> BTreeSet<String> {
    let mut texts = Vec::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../workers/portal/src"), &mut texts);
    texts.iter().flat_map(|text| routes(text)).filter(|route| !route.contains(" /api/")).collect()
}

fn read(folder: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the portal's sources are there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { read(&path, texts) } else { texts.push(fs::read_to_string(&path).expect("a source is text")) }
    }
}

fn routes(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, mark) in source.match_indices(".route(") {
        let (path, rest) = source[at + mark.len()..].split_once(',').expect("a route has a path and methods");
        let name = path.trim();
        if name == LOADED {
            continue;
        }
        let constant = format!("const {name}: &str = \"");
        let path = match (name.strip_prefix('"'), source.split_once(&constant), ELSEWHERE.iter().find(|known| known.0 == name)) {
            (Some(literal), ..) => literal.trim_end_matches('"'),
            (None, Some((_, value)), _) => value.split('"').next().expect("a constant ends"),
            (None, None, Some((_, path))) => path,
            (None, None, None) => panic!("{name} is a path of another file: say which"),
        };
        let mut depth = 0;
        let of_this = |letter: &char| {
            depth += i32::from(*letter == '(') - i32::from(*letter == ')');
            depth >= 0
        };
        let call: String = rest.chars().take_while(of_this).collect();
        let has = |method: &str| call.split(['.', ' ', '\n']).any(|part| part.starts_with(&format!("{method}(")));
        found.extend(METHODS.into_iter().filter(|method| has(method)).map(|method| format!("{} {path}", method.to_uppercase())));
    }
    found
}

/// Content type and body of a request that a door can read and that makes little sense.
pub fn body(document: &Value, method: &str, path: &str) -> Option<(String, String)> {
    let content = document["paths"][path][method]["requestBody"]["content"].as_object()?;
    let (kind, shape) = content.iter().next()?;
    let body = if kind == "application/json" { smallest(document, &shape["schema"]).to_string() } else { String::new() };
    Some((kind.clone(), body))
}

fn smallest(document: &Value, schema: &Value) -> Value {
    if let Some(path) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        return smallest(document, document.pointer(path).expect("the shape is there"));
    }
    if let Some(first) = ["anyOf", "oneOf", "enum"].into_iter().find_map(|key| schema[key].get(0)) {
        return if schema["enum"].is_array() { first.clone() } else { smallest(document, first) };
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match (kind, schema["format"].as_str()) {
        (Some("object"), _) => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            required.map(|name| (name.to_owned(), smallest(document, &schema["properties"][name]))).collect::<Map<_, _>>().into()
        }
        (Some("array"), _) => json!([]),
        (Some("integer" | "number"), _) => json!(0),
        (Some("boolean"), _) => json!(false),
        (_, Some("uuid")) => json!(NO_ID),
        (_, Some("date-time")) => json!("2020-01-01T00:00:00Z"),
        (_, Some("date")) => json!("2020-01-01"),
        _ => json!("some words"),
    }
}
