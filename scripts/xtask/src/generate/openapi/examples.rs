//! An example of every body: made of its shape, so that it never falls behind, with what [`VALUES`] says a field holds.
//!
//! Every text has a value there, and a field that may be left out is left out where its value is `false`. Nothing in it is of a real person.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

/// By the name of a field; under the name of a shape where a field is another thing there.
const VALUES: &str = include_str!("examples.toml");
/// Shapes in shapes that are shown: a page of pages would be one without end.
const DEPTH_MAX: usize = 6;
const ID: &str = "0190a5b0-0000-7000-8000-000000000001";
const MOMENT: &str = "2026-03-14T02:15:00Z";

static KNOWN: LazyLock<Value> = LazyLock::new(|| toml::from_str(VALUES).expect("the examples are TOML"));

/// The example of a shape by its name; `Err` names a field that has no value.
pub(super) fn of(shapes: &Map<String, Value>, name: &str) -> Result<Value, String> {
    shape(shapes, name, &shapes[name], 0)
}

fn shape(shapes: &Map<String, Value>, name: &str, schema: &Value, depth: usize) -> Result<Value, String> {
    let mut example = Map::new();
    let required = |field: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == field));
    for (field, of) in schema["properties"].as_object().into_iter().flatten() {
        let known = [&KNOWN[name][field], &KNOWN[field]].into_iter().find(|known| !known.is_null() && !known.is_object());
        if known == Some(&json!(false)) && !required(field) {
            continue;
        }
        example.insert(field.clone(), value(shapes, (name, field), of, known, depth)?);
    }
    if schema["properties"].is_object() { Ok(example.into()) } else { value(shapes, (name, name), schema, None, depth) }
}

fn value(shapes: &Map<String, Value>, at: (&str, &str), schema: &Value, known: Option<&Value>, depth: usize) -> Result<Value, String> {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return if depth < DEPTH_MAX { shape(shapes, name, &shapes[name], depth + 1) } else { Ok(Value::Null) };
    }
    let is_null = |one: &&Value| one["type"] == "null";
    if let Some(all) = ["anyOf", "oneOf"].into_iter().find_map(|key| schema[key].as_array()) {
        let first = all.iter().find(|one| !is_null(one)).unwrap_or(&Value::Null);
        return value(shapes, at, first, known, depth);
    }
    if let Some(words) = schema["enum"].as_array() {
        return Ok(known.filter(|known| words.contains(known)).unwrap_or(&words[0]).clone());
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default();
    let is_of = |kind: &str, known: &&Value| match kind {
        "string" => known.is_string(),
        "integer" => known.is_i64(),
        _ => known.is_number(),
    };
    let known = known.filter(|known| is_of(kind, known));
    Ok(match (kind, schema["format"].as_str()) {
        (_, Some("uuid")) => json!(ID),
        (_, Some("date-time")) => json!(MOMENT),
        ("object", _) if schema["properties"].is_object() => shape(shapes, at.1, schema, depth + 1)?,
        ("object", _) => json!({}),
        ("array", _) => {
            let text = KNOWN[at.1].as_str().map(Value::from);
            json!([value(shapes, at, &schema["items"], text.as_ref(), depth)?])
        }
        ("boolean", _) => json!(true),
        ("null", _) => Value::Null,
        ("integer" | "number", _) => known.cloned().unwrap_or_else(|| json!(1)),
        _ => known.cloned().ok_or_else(|| format!("{}.{}", at.0, at.1))?,
    })
}
