//! The portal answers as `schemas/messages/openapi.json` says: every door is there, and answers have a status and a shape of the document.

use reqwest::{Method, StatusCode};
use salur_tests::{in_lab, programme::SOURCE};
use serde_json::{Value, json};

use super::{
    people::{administrator, system},
    support::House,
};

pub fn document() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/messages/openapi.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the document is there")).expect("it is JSON")
}

/// Method and path of each.
fn doors(document: &Value) -> Vec<(String, String)> {
    let mut doors = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        doors.extend(methods.as_object().expect("methods").keys().map(|method| (method.clone(), path.clone())));
    }
    doors
}

/// Fails when an answer has a status that its door does not name, or a body of another shape.
pub fn assert_as_documented(document: &Value, method: &str, path: &str, (status, body): &(StatusCode, Value)) {
    let response = &document["paths"][path][method]["responses"][status.as_str()];
    assert!(response.is_object(), "{method} {path} answers {status}: {body}");
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    let schema = &response["content"][kind]["schema"];
    assert!(status.is_success() || schema.is_object(), "{method} {path} {status}");
    // a HEAD is answered with header fields alone
    if schema.is_object() && method != "head" {
        let mut schema = schema.clone();
        schema["components"] = document["components"].clone();
        let wrong: Vec<String> =
            jsonschema::validator_for(&schema).expect("a schema").iter_errors(body).map(|error| error.to_string()).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{method} {path} {status}: {body}");
    }
}

/// Every JSON body that is sent, and every one that is answered where a door opens: where it stands, its schema, its example.
fn bodies(document: &Value) -> Vec<(String, Value, Value)> {
    let mut bodies = Vec::new();
    for (method, path) in doors(document) {
        let door = &document["paths"][&path][&method];
        let answers = door["responses"].as_object().expect("answers").iter().filter(|(status, _)| status.starts_with('2'));
        let answers = answers.map(|(status, answer)| (status.clone(), &answer["content"]));
        for (what, content) in answers.chain([("body".to_owned(), &door["requestBody"]["content"])]) {
            let json = &content["application/json"];
            if json["schema"].is_object() {
                bodies.push((format!("{method} {path} {what}"), json["schema"].clone(), json["example"].clone()));
            }
        }
    }
    bodies
}

/// Why an example does not fit its schema.
fn misfits(document: &Value, schema: &Value, example: &Value) -> Vec<String> {
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    validator.iter_errors(example).map(|error| error.to_string()).collect()
}

#[test]
fn every_body_has_an_example_that_fits_its_schema_and_holds_no_number_of_a_person() {
    let document = document();
    let bodies = bodies(&document);
    assert!(bodies.len() > 120, "{} bodies are looked at", bodies.len());
    for (at, schema, example) in &bodies {
        assert!(!example.is_null(), "{at} has no example");
        assert_eq!(misfits(&document, schema, example), Vec::<String>::new(), "{at}: {example}");
        let text = example.to_string();
        let digits = text.split(|letter: char| !letter.is_ascii_digit()).map(str::len).max().unwrap_or(0);
        assert!(digits < salur_domain::nik::DIGITS, "{at}: {text}");
    }
    let (_, schema, example) = bodies.iter().find(|(at, ..)| at == "post /api/cash/moves body").expect("it is one of them");
    let mut broken = example.clone();
    broken["amount"] = json!("much");
    assert_eq!(misfits(&document, schema, &broken).len(), 1, "the control: an example that does not fit is found");
    broken.as_object_mut().expect("an object").remove("from");
    assert_eq!(misfits(&document, schema, &broken).len(), 2, "and what is left out");
}

/// A crate of the tests alone once turned `preserve_order` of `serde_json` on for everything that is built with them, and scripts that read our JSON failed.
#[test]
fn the_program_under_test_writes_json_as_the_one_that_is_shipped() {
    assert_eq!(
        json!({ "b": 1, "a": 2 }).to_string(),
        r#"{"a":2,"b":1}"#,
        "look for the feature: cargo tree -e features -i serde_json --workspace"
    );
}

#[tokio::test]
async fn every_documented_door_is_there_and_refuses_in_the_documented_words() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let mut knocked = 0;
        for (method, path) in doors(&document).into_iter().filter(|(_, path)| path != "/api/board/events") {
            let real = path
                .replace("{batch}", "nothing")
                .replace("{name}", "nobody")
                .replace("{row}", "1")
                .replace("{code}", "none")
                .replace("{id}", "none")
                .replace("{request}", "none")
                .replace("{webhook}", "none")
                .replace("{by}", "none");
            let verb = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let answer = house.call(verb, &real, None, Some(&json!({}))).await;
            assert_ne!(answer.1["error"], "path", "{method} {path}");
            assert_as_documented(&document, &method, &path, &answer);
            knocked += 1;
        }
        assert!(knocked >= 16, "{knocked} doors");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_source_and_an_administrator_are_told_has_the_documented_shape() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        let sender = system(&house, &admin, "sender", SOURCE).await;
        let wanted = json!({ "name": "siti", "kind": "person", "role": "supervisor" });
        let calls = [
            ("get", "/api/me", "/api/me", &admin, None),
            ("get", "/api/actors", "/api/actors", &admin, None),
            ("post", "/api/actors", "/api/actors", &admin, Some(&wanted)),
            ("post", "/api/actors", "/api/actors", &admin, Some(&wanted)),
            ("post", "/api/actors", "/api/actors", &sender, Some(&wanted)),
            ("post", "/api/actors/{name}/codes", "/api/actors/siti/codes", &admin, None),
            ("get", "/api/batches", "/api/batches", &sender, None),
            ("get", "/api/batches/{batch}/rows", "/api/batches/tahap-4/rows", &sender, None),
            ("get", "/api/batches/{batch}/rows", "/api/batches/nothing/rows", &sender, None),
        ];
        for (method, path, real, token, body) in calls {
            let verb = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let answer = house.call(verb, real, Some(token), body).await;
            assert_as_documented(&document, method, path, &answer);
        }
        for query in ["tranche=BST-4&dry_run=true", "tranche=BST-4", "tranche=BST-4&unknown=1"] {
            let sent = house.http.post(format!("{}/api/batches?{query}", house.address)).bearer_auth(&sender);
            let list = "nik,kk,name,village,amount\n123,1902010101100001,CONTOH,1902012004,300000\n";
            let response = sent.header("content-type", "text/csv").body(list).send().await.expect("the portal answers");
            assert_as_documented(&document, "post", "/api/batches", &super::support::answer(response).await);
        }
        house.close().await;
    })
    .await;
}
