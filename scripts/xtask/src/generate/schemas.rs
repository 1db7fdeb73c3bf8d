//! JSON Schema (draft 2020-12) of every fact and of the envelope around them.
//!
//! Facts ignore unknown fields, so the schemas allow them: a consumer that validates must not refuse what salur itself would read.

use salur_schemas::{
    AccountOpened, ActSigned, BankCaseDecided, BankMatchingAdvanced, BankStatementSent, BatchCompleted, BatchDeclared, CaptureLate,
    CaseOpened, CashCounted, CashMoved, ChequeIssued, ChequeKeyRotated, ChequeReplaced, Fact, FactType, FeedReplayed, FundsReturned,
    HandOverUndone, HoldAdvanced, HoldDecided, Outcome, PackHandedOut, PackMade, PackWanted, PauseDecided, PayPointClosed,
    PaymentQuestioned, PaymentReopened, PaymentSettled, PhotoAsked, PhotoCondemned, PhotoDestroyed, ProofAccepted, ProofCaptured,
    ProofQuestioned, ProofReviewed, RecipientAccepted, RecipientReplaced, RecipientSubmitted, RecipientWithdrawn, ReleaseAdvanced,
    ResumptionAdvanced, ReturnAdvanced, ReturnReasonGiven, ReturnReviewed, ScheduleAdvanced, ScheduleAsked, ScheduleMade, SetupSent,
    StatementApproved, StatementRemitted, SubstituteStaged, TrancheApproved, TrancheClosed, TrancheOpened, TransferPosted, envelope,
};
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::Output;

/// Where schemas stand.
pub(super) const FOLDER: &str = "schemas/messages";

/// A fact type and its schema.
pub(super) struct Entry {
    pub(super) kind: FactType,
    schema: fn() -> Value,
    /// The schema as a reference into a larger document, which the generator collects.
    pub(super) reference: fn(&mut SchemaGenerator) -> Schema,
}

/// THE LIST: every fact, in the order of [`salur_schemas::ALL`]. A test holds it to that.
pub(super) const FACTS: &[Entry] = &[
    entry::<SetupSent>(),
    entry::<TrancheApproved>(),
    entry::<TrancheOpened>(),
    entry::<BatchDeclared>(),
    entry::<RecipientSubmitted>(),
    entry::<RecipientWithdrawn>(),
    entry::<RecipientReplaced>(),
    entry::<SubstituteStaged>(),
    entry::<BatchCompleted>(),
    entry::<ReleaseAdvanced>(),
    entry::<HoldDecided>(),
    entry::<HoldAdvanced>(),
    entry::<RecipientAccepted>(),
    entry::<AccountOpened>(),
    entry::<CashMoved>(),
    entry::<CashCounted>(),
    entry::<TransferPosted>(),
    entry::<ScheduleAsked>(),
    entry::<PayPointClosed>(),
    entry::<ScheduleAdvanced>(),
    entry::<ScheduleMade>(),
    entry::<ChequeKeyRotated>(),
    entry::<ChequeIssued>(),
    entry::<ChequeReplaced>(),
    entry::<PackWanted>(),
    entry::<PackMade>(),
    entry::<PackHandedOut>(),
    entry::<ProofCaptured>(),
    entry::<ProofAccepted>(),
    entry::<ProofQuestioned>(),
    entry::<PaymentSettled>(),
    entry::<PaymentQuestioned>(),
    entry::<ProofReviewed>(),
    entry::<PhotoAsked>(),
    entry::<HandOverUndone>(),
    entry::<PaymentReopened>(),
    entry::<CaseOpened>(),
    entry::<PhotoCondemned>(),
    entry::<PhotoDestroyed>(),
    entry::<ReturnAdvanced>(),
    entry::<FundsReturned>(),
    entry::<ReturnReasonGiven>(),
    entry::<CaptureLate>(),
    entry::<ReturnReviewed>(),
    entry::<ActSigned>(),
    entry::<StatementRemitted>(),
    entry::<StatementApproved>(),
    entry::<TrancheClosed>(),
    entry::<BankStatementSent>(),
    entry::<BankMatchingAdvanced>(),
    entry::<BankCaseDecided>(),
    entry::<PauseDecided>(),
    entry::<ResumptionAdvanced>(),
    entry::<FeedReplayed>(),
    entry::<Outcome>(),
];

const fn entry<F: Fact>() -> Entry {
    Entry { kind: F::TYPE, schema: schema_of::<F>, reference: |generator| generator.subschema_for::<F>() }
}

/// The schema files.
pub(super) fn outputs() -> Vec<Output> {
    let of_facts = FACTS.iter().map(|fact| Output { path: path(fact.kind), text: pretty(named(fact)) });
    of_facts.chain([Output { path: format!("{FOLDER}/envelope.v1.json"), text: pretty(of_envelope()) }]).collect()
}

/// `schemas/messages/transfers.posted.v1.json`.
pub(super) fn path(kind: FactType) -> String {
    format!("{FOLDER}/{}.v{}.json", kind.name, kind.version)
}

fn schema_of<F: Fact>() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<F>().to_value()
}

/// The schema under the name that messages carry in `dataschema`.
fn named(fact: &Entry) -> Value {
    let mut schema = (fact.schema)();
    schema["$id"] = format!("{}/{}", fact.kind.name, fact.kind.version).into();
    schema
}

/// The envelope of any fact: its facts are described by the schema that `dataschema` names.
fn of_envelope() -> Value {
    let names: Vec<&str> = FACTS.iter().map(|fact| fact.kind.name).collect();
    let mut envelope = envelope_of(&names, &json!({ "type": "object" }));
    envelope["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    envelope["$id"] = "envelope/1".into();
    envelope
}

/// CloudEvents 1.0, structured mode, with our `data`: facts of one of these types.
pub(super) fn envelope_of(names: &[&str], fact: &Value) -> Value {
    json!({
        "title": "Envelope",
        "description": format!(
            "CloudEvents 1.0 in structured mode, AMQP content type {}; at most {} bytes are written, at most {} are read.",
            envelope::CONTENT_TYPE, envelope::MAX_BYTES, envelope::READ_LIMIT,
        ),
        "type": "object",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": { "description": "Id of the message: the same facts again carry the same id.", "type": "string", "minLength": 1 },
            "source": { "description": "Who says it: `salur/<stage>`, or the name of the sender.", "type": "string", "minLength": 1 },
            "type": { "description": "Fact type, which is also the routing key; `<type>.<source>` for what upstream says.", "enum": names },
            "dataschema": { "description": "`<type>/<major version>`; version 1 where it is absent.", "type": "string", "pattern": "/[0-9]+$" },
            "time": { "description": "When it was decided.", "type": "string", "format": "date-time" },
            "datacontenttype": { "const": "application/json" },
            "data": {
                "type": "object",
                "required": ["facts"],
                "properties": { "facts": {
                    "description": "Facts of one type, each as the schema of its type says.",
                    "type": "array", "minItems": 1, "maxItems": envelope::MAX_FACTS, "items": fact,
                } },
            },
        },
    })
}

pub(super) fn pretty(value: Value) -> String {
    let text = serde_json::to_string_pretty(&sorted(value)).expect("a JSON value is always JSON");
    text + "\n"
}

/// Keys in order, whatever features the JSON library was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(Map::from_iter(pairs))
        }
        Value::Array(values) => values.into_iter().map(sorted).collect(),
        leaf => leaf,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_list_of_the_schemas_crate() {
        let listed: Vec<FactType> = FACTS.iter().map(|fact| fact.kind).collect();
        assert_eq!(listed, salur_schemas::ALL);
    }

    #[test]
    fn every_field_of_every_fact_is_described() {
        for fact in FACTS {
            let schema = (fact.schema)();
            let fields = schema["properties"].as_object().expect("facts are objects");
            for (name, field) in fields {
                assert!(field["description"].is_string(), "{}.{name}", fact.kind.name);
            }
        }
    }
}
