//! What a fact is, and the closed sets of facts that a stage hears and says.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

/// Where a fact goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// To exchange `salur`, mandatory: a stage must hear it.
    Stage,
    /// As [`Route::Stage`], said by an upstream system: the routing key is `<type>.<source>`, so that the broker, which knows its users, decides
    /// who may speak for a source.
    Upstream,
    /// To exchange `salur`, not mandatory: it tells of something finished; its truth is a row.
    End,
    /// To exchange `salur.outcomes`, key `<source>.<status>`, not mandatory: upstream hears it.
    Outcomes,
}

/// Name, version and route of a fact type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactType {
    /// Routing key and CloudEvents type: `transfers.posted`.
    pub name: &'static str,
    /// Major version. A consumer that knows only lower ones waits for its upgrade.
    pub version: u16,
    /// Where it goes.
    pub route: Route,
}

impl FactType {
    /// What a queue is bound to, to hear this type.
    pub fn binding(&self) -> String {
        match self.route {
            Route::Upstream => format!("{}.*", self.name),
            Route::Stage | Route::End | Route::Outcomes => self.name.to_owned(),
        }
    }

    /// Whether a stage must hear it.
    pub const fn is_mandatory(&self) -> bool {
        matches!(self.route, Route::Stage | Route::Upstream)
    }
}

/// One thing that happened, with its natural key.
pub trait Fact: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static {
    /// Its type.
    const TYPE: FactType;
    /// Its natural key, for logs and fingerprints: never personal data.
    fn key(&self) -> String;
    /// When it was decided, as stored; `None` for facts that come from outside.
    fn at(&self) -> Option<DateTime<Utc>> {
        None
    }
    /// The upstream system it belongs to: outputs are grouped by it.
    fn source(&self) -> Option<&str> {
        None
    }
    /// The routing key; differs from the type's name for what comes from upstream and for outcomes.
    fn routing_key(&self) -> String {
        match (Self::TYPE.route, self.source()) {
            (Route::Upstream, Some(source)) => format!("{}.{source}", Self::TYPE.name),
            _ => Self::TYPE.name.to_owned(),
        }
    }
}

/// Why bytes are not a fact.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The set does not have this type: a binding is wrong.
    #[error("this stage does not hear `{0}`")]
    UnknownType(String),
    /// A newer producer: wait for an upgrade.
    #[error("version {version} of `{name}` is newer than version {known}, which this worker knows")]
    NewerVersion {
        /// Fact type.
        name: &'static str,
        /// Version of the message.
        version: u16,
        /// Newest version known here.
        known: u16,
    },
    /// The JSON does not fit the type.
    #[error("fact does not fit its type")]
    Malformed(#[source] serde_json::Error),
}

/// A closed set of facts: what a stage hears (`In`) or says (`Out`). Queues, bindings and the diagram derive from it. Made by [`messages!`].
pub trait Message: Clone + Send + Sync + Sized + 'static {
    /// The types in the set.
    const TYPES: &'static [FactType];
    /// One fact from its JSON.
    fn decode(name: &str, version: u16, json: &str) -> Result<Self, Error>;
    /// The fact's JSON, appended: deterministic, the same bytes for the same fact.
    fn encode(&self, into: &mut Vec<u8>);
    /// The fact's type.
    fn fact_type(&self) -> FactType;
    /// [`Fact::key`].
    fn key(&self) -> String;
    /// [`Fact::at`].
    fn at(&self) -> Option<DateTime<Utc>>;
    /// [`Fact::source`].
    fn source(&self) -> Option<&str>;
    /// [`Fact::routing_key`].
    fn routing_key(&self) -> String;
}

/// Writes an enum of facts and its [`Message`]:
///
/// ```
/// use salur_schemas::{messages, BatchCompleted, BatchDeclared};
/// messages! {
///     /// What the example hears.
///     pub enum In { BatchDeclared, BatchCompleted }
/// }
/// ```
#[macro_export]
macro_rules! messages {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($fact:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        $vis enum $name { $(#[doc = concat!("A `", stringify!($fact), "`.")] $fact($fact)),+ }

        impl $crate::Message for $name {
            const TYPES: &'static [$crate::FactType] = &[$(<$fact as $crate::Fact>::TYPE),+];
            fn decode(name: &str, version: u16, json: &str) -> Result<Self, $crate::fact::Error> {
                $(if name == <$fact as $crate::Fact>::TYPE.name {
                    return $crate::fact::parse::<$fact>(version, json).map(Self::$fact);
                })+
                Err($crate::fact::Error::UnknownType(name.to_owned()))
            }
            fn encode(&self, into: &mut Vec<u8>) {
                match self { $(Self::$fact(fact) => $crate::fact::write(fact, into)),+ }
            }
            fn fact_type(&self) -> $crate::FactType {
                match self { $(Self::$fact(_) => <$fact as $crate::Fact>::TYPE),+ }
            }
            fn key(&self) -> String {
                match self { $(Self::$fact(fact) => $crate::Fact::key(fact)),+ }
            }
            fn at(&self) -> Option<$crate::fact::Timestamp> {
                match self { $(Self::$fact(fact) => $crate::Fact::at(fact)),+ }
            }
            fn source(&self) -> Option<&str> {
                match self { $(Self::$fact(fact) => $crate::Fact::source(fact)),+ }
            }
            fn routing_key(&self) -> String {
                match self { $(Self::$fact(fact) => $crate::Fact::routing_key(fact)),+ }
            }
        }

        $(impl From<$fact> for $name {
            fn from(fact: $fact) -> Self { Self::$fact(fact) }
        })+
    };
}

/// A moment, in UTC.
pub type Timestamp = DateTime<Utc>;

/// Parses one fact, refusing newer versions first.
pub fn parse<F: Fact>(version: u16, json: &str) -> Result<F, Error> {
    if version > F::TYPE.version {
        return Err(Error::NewerVersion { name: F::TYPE.name, version, known: F::TYPE.version });
    }
    serde_json::from_str(json).map_err(Error::Malformed)
}

/// Writes one fact.
pub fn write<F: Fact>(fact: &F, into: &mut Vec<u8>) {
    serde_json::to_writer(into, fact).expect("facts are plain data: writing them to memory cannot fail");
}

/// Shorthand for a type that goes to a stage.
pub(crate) const fn to_stage(name: &'static str) -> FactType {
    FactType { name, version: 1, route: Route::Stage }
}

/// Shorthand for a type that an upstream system says.
pub(crate) const fn from_upstream(name: &'static str) -> FactType {
    FactType { name, version: 1, route: Route::Upstream }
}

/// Shorthand for a type that ends a line of work.
pub(crate) const fn end(name: &'static str) -> FactType {
    FactType { name, version: 1, route: Route::End }
}
