//! Where settings come from, and how a mistake in them is told.

use figment::{
    Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};

const PREFIX: &str = "SALUR__";

/// The key and the kind of mistake; values are left out since they may be secret.
pub(super) fn explain(error: &figment::Error) -> String {
    use figment::error::Kind;
    let reason = match &error.kind {
        Kind::UnknownField(field, known) => format!("unknown key `{field}`, expected one of {}", known.join(", ")),
        Kind::UnknownVariant(_, known) => format!("expected one of {}", known.join(", ")),
        Kind::MissingField(field) => format!("key `{field}` is missing"),
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => format!("expected {expected}"),
        Kind::Message(message) => message.clone(),
        other => other.to_string(),
    };
    let place = error.metadata.as_ref().map(|metadata| metadata.name.to_string()).unwrap_or_default();
    format!("{}: {reason} ({place})", error.path.join("."))
}

/// `SALUR__SECTION__KEY=value`, every value as text.
pub(super) struct Environment(pub(super) Vec<(String, String)>);

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment variables SALUR__SECTION__KEY")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut root = Dict::new();
        for (name, value) in &self.0 {
            let Some(path) = name.strip_prefix(PREFIX) else { continue };
            let path = path.to_ascii_lowercase().replace("__", ".");
            let nested = figment::util::nest(&path, Value::from(value.clone())).into_dict().unwrap_or_default();
            merge(&mut root, nested);
        }
        Ok(Map::from([(Profile::Default, root)]))
    }
}

/// Two levels at most: sections and keys.
fn merge(into: &mut Dict, from: Dict) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Dict(_, section)), Value::Dict(_, more)) => section.extend(more),
            (_, value) => drop(into.insert(key, value)),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(u64),
    Text(String),
}

pub(super) fn number<'de, D: Deserializer<'de>, T: TryFrom<u64>>(deserializer: D) -> Result<T, D::Error> {
    let wrong = || de::Error::custom("expected a whole number of at least 0");
    let value = match NumberOrText::deserialize(deserializer).map_err(|_| wrong())? {
        NumberOrText::Number(value) => value,
        NumberOrText::Text(text) => text.parse().map_err(|_| wrong())?,
    };
    T::try_from(value).map_err(|_| wrong())
}

pub(super) fn optional_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    Ok(Some(number::<D, usize>(deserializer)?).filter(|value| *value > 0))
}

pub(super) fn optional_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(if text.is_empty() { None } else { Some(text.into()) })
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TruthOrText {
    Truth(bool),
    Text(String),
}

pub(super) fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let wrong = || de::Error::custom("expected true or false");
    match TruthOrText::deserialize(deserializer).map_err(|_| wrong())? {
        TruthOrText::Truth(value) => Ok(value),
        TruthOrText::Text(text) => text.parse().map_err(|_| wrong()),
    }
}
