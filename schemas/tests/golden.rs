//! Golden bodies stand for messages that are already on somebody's queue: every one must be readable for ever, lose nothing when read, and
//! be what the published schemas promise. The files are never edited.

use std::{fs, path::Path};

use salur_schemas::{
    AccountOpened, ActSigned, BankCaseDecided, BankMatchingAdvanced, BankStatementSent, BatchCompleted, BatchDeclared, CaptureLate,
    CaseOpened, CashCounted, CashMoved, ChequeIssued, ChequeKeyRotated, ChequeReplaced, FeedReplayed, FundsReturned, HandOverUndone,
    HoldAdvanced, HoldDecided, Message, Outcome, PackHandedOut, PackMade, PackWanted, PauseDecided, PayPointClosed, PaymentQuestioned,
    PaymentReopened, PaymentSettled, PhotoAsked, PhotoCondemned, PhotoDestroyed, ProofAccepted, ProofCaptured, ProofQuestioned,
    ProofReviewed, RecipientAccepted, RecipientReplaced, RecipientSubmitted, RecipientWithdrawn, ReleaseAdvanced, ResumptionAdvanced,
    ReturnAdvanced, ReturnReasonGiven, ReturnReviewed, ScheduleAdvanced, ScheduleAsked, ScheduleMade, SetupSent, StatementApproved,
    StatementRemitted, SubstituteStaged, TrancheApproved, TrancheClosed, TrancheOpened, TransferPosted, envelope::Envelope, messages,
};
use serde_json::Value;

messages! {
    /// Every fact.
    enum Any {
        SetupSent, TrancheApproved, TrancheOpened, BatchDeclared, RecipientSubmitted, RecipientWithdrawn, RecipientReplaced,
        SubstituteStaged, BatchCompleted, ReleaseAdvanced, HoldDecided, HoldAdvanced, RecipientAccepted, AccountOpened,
        CashMoved, CashCounted,
        TransferPosted, ScheduleAsked, PayPointClosed, ScheduleAdvanced, ScheduleMade, ChequeKeyRotated,
        ChequeIssued, ChequeReplaced, PackWanted, PackMade, PackHandedOut, ProofCaptured, ProofAccepted, ProofQuestioned,
        PaymentSettled, PaymentQuestioned,
        ProofReviewed, PhotoAsked, HandOverUndone, PaymentReopened, CaseOpened, PhotoCondemned, PhotoDestroyed,
        ReturnAdvanced, FundsReturned,
        ReturnReasonGiven, CaptureLate, ReturnReviewed, ActSigned, StatementRemitted, StatementApproved, TrancheClosed,
        BankStatementSent, BankMatchingAdvanced, BankCaseDecided, PauseDecided, ResumptionAdvanced, FeedReplayed, Outcome,
    }
}

/// File name and text of every golden body.
fn bodies() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let paths = fs::read_dir(folder).expect("the folder is part of the repository").map(|entry| entry.expect("readable").path());
    let name = |path: &Path| path.file_name().expect("a file").to_string_lossy().into_owned();
    paths.map(|path| (name(&path), fs::read_to_string(&path).expect("readable"))).collect()
}

fn schema(name: &str) -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("messages").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask generate`", path.display()));
    jsonschema::validator_for(&serde_json::from_str(&text).expect("schemas are JSON")).expect("schemas are valid schemas")
}

fn assert_valid(schema: &jsonschema::Validator, value: &Value, what: &str) {
    let errors: Vec<String> = schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}

/// Whether everything in `old` stands in `new` too; `new` may have more fields.
fn keeps(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => old.iter().all(|(key, value)| new.get(key).is_some_and(|kept| keeps(value, kept))),
        (Value::Array(old), Value::Array(new)) => old.len() == new.len() && old.iter().zip(new).all(|(old, new)| keeps(old, new)),
        _ => old == new,
    }
}

#[test]
fn every_fact_type_and_version_has_a_golden_body() {
    assert_eq!(Any::TYPES, salur_schemas::ALL, "the list above is complete");
    let names: Vec<String> = bodies().into_iter().map(|(name, _)| name).collect();
    for kind in salur_schemas::ALL {
        for version in 1..=kind.version {
            let name = format!("{}.v{version}.json", kind.name);
            assert!(names.contains(&name), "{name} is missing: run `cargo xtask generate --golden-new`");
        }
    }
}

#[test]
fn every_golden_body_is_read_and_nothing_in_it_is_lost() {
    for (name, body) in bodies() {
        let envelope = Envelope::parse(body.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(name, format!("{}.v{}.json", envelope.kind, envelope.version()));
        for text in envelope.facts() {
            let fact = Any::decode(&envelope.kind, envelope.version(), text).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            let mut again = Vec::new();
            fact.encode(&mut again);
            let (old, new): (Value, Value) =
                (serde_json::from_str(text).expect("JSON"), serde_json::from_slice(&again).expect("facts are written as JSON"));
            assert!(keeps(&old, &new), "{name}: {old} is read as {new}");
            assert!(!fact.key().is_empty(), "{name}");
        }
    }
}

#[test]
fn every_golden_body_is_what_the_schemas_promise() {
    let envelope = schema("envelope.v1.json");
    for (name, body) in bodies() {
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_valid(&envelope, &body, &name);
        let fact = schema(&name);
        for one in body["data"]["facts"].as_array().expect("checked above") {
            assert_valid(&fact, one, &name);
        }
    }
}

#[test]
fn the_schemas_refuse_what_is_no_message() {
    let envelope = schema("envelope.v1.json");
    let wrong: [fn(&mut Value); 4] = [
        |body| body["specversion"] = "0.3".into(),
        |body| body["type"] = "transfers.lost".into(),
        |body| body["data"]["facts"] = Value::Array(Vec::new()),
        |body| drop(body.as_object_mut().expect("an object").remove("id")),
    ];
    let (_, body) = bodies().into_iter().find(|(name, _)| name == "transfers.posted.v1.json").expect("it has a golden body");
    let body: Value = serde_json::from_str(&body).expect("JSON");
    for (at, damage) in wrong.into_iter().enumerate() {
        let mut damaged = body.clone();
        damage(&mut damaged);
        assert!(!envelope.is_valid(&damaged), "damage {at} was not noticed: {damaged}");
    }
    let mut fact = body["data"]["facts"][0].clone();
    fact["amount"] = (-1).into();
    assert!(!schema("transfers.posted.v1.json").is_valid(&fact), "a negative amount was not noticed");
}

#[test]
fn a_lost_field_is_noticed() {
    let old: Value = serde_json::json!({ "a": 1, "b": [{ "c": 2 }] });
    assert!(keeps(&old, &serde_json::json!({ "a": 1, "b": [{ "c": 2, "new": 3 }], "more": 4 })));
    assert!(!keeps(&old, &serde_json::json!({ "a": 1, "b": [{}] })));
}
