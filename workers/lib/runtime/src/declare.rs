//! Makes the topology real: idempotent, the same from every process.

use lapin::{
    Channel, ErrorKind, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    protocol::{AMQPErrorKind, AMQPSoftError},
    types::{AMQPValue, FieldTable},
};
use salur_schemas::Route;

use crate::{
    broker::Error,
    stage::Delay,
    topology::{self, DEAD, DELIVERY_LIMIT, FACTS, NO_DELIVERY_LIMIT, OUTCOMES, RETRY, StageSpec},
};

const QUEUE_REMEDY: &str = "another release declared it differently: drain it, delete it, and start again";
const EXCHANGE_REMEDY: &str = "something else declared it differently: delete it, and start again";

/// Declares all exchanges, queues and bindings.
pub(crate) async fn all(channel: &Channel, specs: &[StageSpec]) -> Result<(), Error> {
    exchanges(channel).await?;
    queue(channel, DEAD, &[("x-delivery-limit", NO_DELIVERY_LIMIT.into())]).await?;
    bind(channel, DEAD, DEAD, "").await?;
    for rung in Delay::LADDER {
        delay(channel, rung).await?;
    }
    for spec in specs {
        stage(channel, spec).await?;
    }
    Ok(())
}

async fn exchanges(channel: &Channel) -> Result<(), Error> {
    exchange(channel, FACTS, ExchangeKind::Topic).await?;
    exchange(channel, OUTCOMES, ExchangeKind::Topic).await?;
    exchange(channel, RETRY, ExchangeKind::Direct).await?;
    exchange(channel, DEAD, ExchangeKind::Fanout).await?;
    for rung in Delay::LADDER {
        exchange(channel, topology::delay(rung), ExchangeKind::Fanout).await?;
    }
    Ok(())
}

async fn delay(channel: &Channel, rung: Delay) -> Result<(), Error> {
    let name = topology::delay(rung);
    let ttl = i32::try_from(rung.duration().as_millis()).expect("an hour in milliseconds fits");
    queue(
        channel,
        name,
        &[("x-message-ttl", ttl.into()), ("x-dead-letter-exchange", RETRY.into()), ("x-delivery-limit", NO_DELIVERY_LIMIT.into())],
    )
    .await?;
    bind(channel, name, name, "").await
}

async fn stage(channel: &Channel, spec: &StageSpec) -> Result<(), Error> {
    let dead: [(&str, Argument); 3] = [
        ("x-dead-letter-exchange", DEAD.into()),
        ("x-dead-letter-routing-key", spec.name.into()),
        ("x-delivery-limit", DELIVERY_LIMIT.into()),
    ];
    let name = topology::queue(spec.name);
    queue(channel, &name, &dead).await?;
    queue(channel, &topology::suspects(spec.name), &dead).await?;
    for kind in spec.hears {
        bind(channel, &name, FACTS, &kind.binding()).await?;
        if kind.route == Route::Upstream {
            unbind(channel, &name, FACTS, kind.name).await?;
        }
    }
    bind(channel, &name, RETRY, spec.name).await
}

/// Declares the queue of a source's outcomes, bound to all its statuses. Its exchange must exist.
pub(crate) async fn outcomes(channel: &Channel, source: &str) -> Result<(), Error> {
    let name = topology::outcomes(source);
    let bounds: [(&str, Argument); 3] = [
        ("x-max-length-bytes", topology::OUTCOMES_BYTES.into()),
        ("x-overflow", "drop-head".into()),
        // the source's mistakes are its own: it may give a message back as often as it wants
        ("x-delivery-limit", NO_DELIVERY_LIMIT.into()),
    ];
    queue(channel, &name, &bounds).await?;
    bind(channel, &name, OUTCOMES, &format!("{source}.#")).await
}

#[derive(Clone, Copy)]
enum Argument {
    Text(&'static str),
    Number(i32),
}

impl From<&'static str> for Argument {
    fn from(text: &'static str) -> Self {
        Self::Text(text)
    }
}

impl From<i32> for Argument {
    fn from(number: i32) -> Self {
        Self::Number(number)
    }
}

async fn exchange(channel: &Channel, name: &str, kind: ExchangeKind) -> Result<(), Error> {
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let declared = channel.exchange_declare(name.into(), kind, options, FieldTable::default()).await;
    declared.map_err(|error| explain(format!("exchange {name}"), EXCHANGE_REMEDY, error))
}

/// A durable quorum queue; with a dead-letter exchange, at-least-once.
async fn queue(channel: &Channel, name: &str, arguments: &[(&str, Argument)]) -> Result<(), Error> {
    let mut table = FieldTable::default();
    let mut set = |key: &str, argument: Argument| {
        let value = match argument {
            Argument::Text(text) => AMQPValue::LongString(text.into()),
            Argument::Number(number) => AMQPValue::LongInt(number),
        };
        table.insert(key.into(), value);
    };
    set("x-queue-type", "quorum".into());
    for (key, argument) in arguments {
        set(key, *argument);
    }
    if arguments.iter().any(|(key, _)| *key == "x-dead-letter-exchange") {
        set("x-dead-letter-strategy", "at-least-once".into());
        set("x-overflow", "reject-publish".into());
    }
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    let declared = channel.queue_declare(name.into(), options, table).await;
    declared.map(drop).map_err(|error| explain(format!("queue {name}"), QUEUE_REMEDY, error))
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> Result<(), Error> {
    let bound = channel.queue_bind(queue.into(), exchange.into(), key.into(), QueueBindOptions::default(), FieldTable::default()).await;
    bound.map_err(|error| Error::Call("bind a queue", error))
}

/// Releases up to 0.1 bound what comes from upstream by its bare type: whoever publishes so has to learn, not to be heard. Unbinding what is
/// not bound is no error.
async fn unbind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> Result<(), Error> {
    let unbound = channel.queue_unbind(queue.into(), exchange.into(), key.into(), FieldTable::default()).await;
    unbound.map_err(|error| Error::Call("unbind a queue", error))
}

fn explain(what: String, remedy: &'static str, source: lapin::Error) -> Error {
    let mismatch = matches!(source.kind(), ErrorKind::ProtocolError(error)
        if matches!(error.kind(), AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED)));
    if mismatch { Error::Mismatch { what, remedy, source } } else { Error::Call("declare the topology", source) }
}
