//! schemas/messages/openapi.json: the portal's doors under /api as `OpenAPI` 3.1 (<https://spec.openapis.org/oas/v3.1.0>).
//!
//! Doors and shapes stand in [`doors`] and [`shapes`], by hand, since what a door means is in no type. That no door of the portal is missing and none is
//! invented is tested: here against the portal's sources, in `tests/it/portal/contract.rs` against the portal at work.

mod bank;
mod board;
mod callbacks;
mod cash;
mod cheques;
mod complaints;
mod device_packs;
mod doors;
mod examples;
mod families;
mod keeping;
mod packs;
mod pauses;
mod proofs;
mod returns;
mod schedules;
mod shapes;
mod sources;
mod summaries;
mod treasury;
mod uploads;

use salur_schemas::proof::CaptureStatement;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{
    Output,
    schemas::{FOLDER, pretty},
};
use doors::{Door, Who};

const ABOUT: &str = "People and systems send a token (`Authorization: Bearer salur_..`): a system gets one from an administrator \
    (`salur actor token`), a person by signing in with their own key (`salur login`). Devices of the counter sign each request. \
    A door that stays closed answers with a status, a code for programs and a sentence for people. \
    503 and 429 come with Retry-After: nothing happened, send the same request again, not sooner.";

/// The document.
pub(super) fn document() -> Output {
    let mut generator =
        SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = "/components/schemas".into()).into_generator();
    // what devices sign is a fact's own type
    generator.subschema_for::<CaptureStatement>();
    let mut schemas = generator.take_definitions(false);
    schemas.extend(shapes::all());
    let mut paths = Map::new();
    for door in doors::all() {
        let path = paths.entry(door.path).or_insert_with(|| json!({}));
        path[door.method] = operation(door);
        give_examples(&mut path[door.method], &schemas);
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "salur portal", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "https://salur.example", "description": "Where people reach the portal: its operator says." }],
        "paths": paths,
        "webhooks": webhooks(),
        "components": { "schemas": schemas, "securitySchemes": security_schemes() },
    });
    Output { path: format!("{FOLDER}/openapi.json"), text: pretty(document) }
}

/// What salur calls: the one message of <https://www.standardwebhooks.com> that it sends.
fn webhooks() -> Value {
    let text = || json!({ "type": "string" });
    let header = |name: &str, what: &str| json!({ "name": name, "in": "header", "required": true, "description": what, "schema": text() });
    json!({ "batchPhase": { "post": {
        "operationId": "batchPhase",
        "summary": "A batch reached a phase; to every webhook of its source (Standard Webhooks)",
        "parameters": [
            header("webhook-id", "The same for every attempt of a delivery."),
            header("webhook-timestamp", "Of the attempt, seconds since 1970."),
            header("webhook-signature", "v1, and the HMAC-SHA256 of id.timestamp.body under the webhook's secret, base64."),
        ],
        "requestBody": { "required": true, "content": content("PhaseReached") },
        "responses": {
            "2XX": { "description": "Taken; the body is not read." },
            "default": { "description": "Not taken: it comes again, eight times in all." },
        },
        "security": [],
    } } })
}

fn operation(door: &Door) -> Value {
    let mut operation = json!({
        "operationId": door.id,
        "summary": door.summary,
        "parameters": parameters(door),
        "responses": responses(door),
        "security": security(door.who),
    });
    if let Some(shape) = door.body {
        operation["requestBody"] = json!({ "required": true, "content": content(shape) });
    }
    operation
}

/// Puts an example to each body that is JSON: what is sent, and what is answered where the door opens.
fn give_examples(operation: &mut Value, schemas: &Map<String, Value>) {
    let statuses: Vec<String> = operation["responses"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
    let opened = statuses
        .into_iter()
        .filter(|status| status.starts_with('2'))
        .map(|status| format!("/responses/{status}/content/application~1json"));
    for at in opened.chain(["/requestBody/content/application~1json".to_owned()]) {
        let Some(content) = operation.pointer_mut(&at) else { continue };
        let named = |schema: &Value| schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()).map(str::to_owned);
        let of = |name: &str| examples::of(schemas, name).unwrap_or_else(|field| panic!("examples.toml says nothing of {field}"));
        let example = match (named(&content["schema"]), named(&content["schema"]["items"])) {
            (Some(shape), _) => of(&shape),
            (None, Some(item)) => json!([of(&item)]),
            (None, None) => continue,
        };
        content["example"] = example;
    }
}

fn parameters(door: &Door) -> Vec<Value> {
    let in_path = door
        .path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let in_query = door.query.iter().map(|(name, required, shape, description)| {
        json!({ "name": name, "in": "query", "required": required, "description": description, "schema": { "type": shape } })
    });
    in_path.chain(in_query).collect()
}

fn responses(door: &Door) -> Map<String, Value> {
    let answers = door
        .answers
        .iter()
        .map(|(status, shape, description)| (status.to_string(), json!({ "description": description, "content": content(shape) })));
    let refusals = door
        .who
        .refusals()
        .iter()
        .chain(door.refusals)
        .map(|(status, description)| (status.to_string(), json!({ "description": description, "content": content("Refusal") })));
    let mut responses: Map<String, Value> = answers.chain(refusals).collect();
    if door.path.contains('{') {
        let unread = json!({ "description": "The address cannot be read: what stands in it can be no id.", "content": content("Refusal") });
        responses.entry("400").or_insert(unread);
    }
    // what may happen at any door
    responses.insert("500".into(), json!({ "description": "The server failed; nothing was changed.", "content": content("Refusal") }));
    let retry = json!({ "Retry-After": { "description": "Seconds.", "schema": { "type": "integer" } } });
    let busy = json!({ "description": "Too much at once, or something is down; nothing happened.", "headers": retry.clone(), "content": content("Refusal") });
    responses.insert("503".into(), busy);
    let often = json!({
        "description": "Too many requests of this caller, or from this address: wait so long.", "headers": retry, "content": content("Refusal"),
    });
    responses.entry("429").or_insert(often);
    responses
}

/// A body by the name of its shape; `List` and `Report` are files, `Events` a stream, `[Shape]` an array.
fn content(shape: &str) -> Value {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    match shape {
        "List" => shapes::list_types().iter().map(|kind| ((*kind).to_owned(), json!({}))).collect::<Map<_, _>>().into(),
        "Report" => {
            let types = ["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/xml"];
            types.iter().map(|kind| ((*kind).to_owned(), json!({}))).collect::<Map<_, _>>().into()
        }
        "Summary" => {
            let mut types = json!({ "application/json": { "schema": reference("Summary") } });
            for kind in ["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"] {
                types[kind] = json!({});
            }
            types
        }
        "BankFile" => {
            let types = ["application/xml", "text/xml", "text/plain", "application/octet-stream", "application/vnd.swift.mt940"];
            types.iter().map(|kind| ((*kind).to_owned(), json!({}))).collect::<Map<_, _>>().into()
        }
        "None" => json!({}),
        "Piece" => json!({ "application/partial-upload": {} }),
        "Pdf" => json!({ "application/pdf": {} }),
        "CaseFile" => json!({ "application/zip": {} }),
        "Original" => json!({ "image/jpeg": {} }),
        "SetupFile" | "MappingFile" => json!({ "application/toml": {} }),
        "Refusal" => json!({ "application/problem+json": { "schema": reference("Refusal") } }),
        "Events" => json!({ "text/event-stream": { "schema": { "type": "string" } } }),
        _ => match shape.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(item) => json!({ "application/json": { "schema": { "type": "array", "items": reference(item) } } }),
            None => json!({ "application/json": { "schema": reference(shape) } }),
        },
    }
}

fn security(who: Who) -> Value {
    match who {
        Who::Anyone => json!([]),
        Who::Token => json!([{ "token": [] }]),
        Who::Device => json!([{ "device": [], "time": [], "signature": [] }]),
        Who::Key => json!([{ "actor": [], "time": [], "signature": [] }]),
    }
}

fn security_schemes() -> Value {
    let signed = "Ed25519, base64, over `salur-request-1`, method, path, time and the hexadecimal SHA-256 of the body, each on a line.";
    let header = |name: &str, description: &str| json!({ "type": "apiKey", "in": "header", "name": name, "description": description });
    json!({
        "token": { "type": "http", "scheme": "bearer", "description": "`salur_<id>_<secret>`, of a person or a system." },
        "device": header("X-Salur-Device", "Code of the device."),
        "actor": header("X-Salur-Actor", "Name of the person who signs in."),
        "time": header("X-Salur-Time", "RFC 3339, by the caller's clock, at most 15 minutes off."),
        "signature": header("X-Salur-Signature", signed),
    })
}

#[cfg(test)]
mod tests;
