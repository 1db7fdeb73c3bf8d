//! Log lines and metrics.
//!
//! Every metric name of the project stands in [`Metric`], with help and unit; only this module calls the `metrics` crate. Labels come from
//! small closed sets (stage, phase, verdict, queue), never from ids or data: a label is a series kept for ever.

use std::{io::IsTerminal, sync::OnceLock};

use metrics::{Label, Unit};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use salur_domain::{Disposed, Disposition};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{LogConfig, LogFormat};

/// Buckets of times: from a fast phase to a deadline.
const SECONDS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];
/// Buckets of sizes: from one fact to a large flight.
const FACTS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0];

/// Why telling could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `log.filter` is not an `EnvFilter`.
    #[error("configuration key log.filter does not parse")]
    Filter(#[source] tracing_subscriber::filter::ParseError),
    /// Something else installed a subscriber first.
    #[error("logging is already set up")]
    Subscriber(#[source] tracing_subscriber::util::TryInitError),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

enum Kind {
    Counter,
    Gauge,
    Histogram,
}

macro_rules! metrics_list {
    ($($variant:ident = $name:literal, $kind:ident, $unit:ident, $help:literal;)+) => {
        /// Every metric.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Metric { $(#[doc = $help] $variant),+ }

        impl Metric {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// As scraped.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
            /// One sentence for people.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $help),+ }
            }
            const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind),+ }
            }
            const fn unit(self) -> Unit {
                match self { $(Self::$variant => Unit::$unit),+ }
            }
        }
    };
}

metrics_list! {
    Deliveries = "salur_deliveries_total", Counter, Count, "Messages a stage finished, by stage.";
    Facts = "salur_facts_total", Counter, Count, "Facts a stage finished, by stage and verdict (emit, done, later, dead).";
    Emitted = "salur_emitted_facts_total", Counter, Count, "Facts a stage said, by stage and type.";
    Flights = "salur_flights_total", Counter, Count, "Flights finished, by stage.";
    FlightFacts = "salur_flight_facts", Histogram, Count, "Facts per flight, by stage.";
    PhaseSeconds = "salur_flight_phase_seconds", Histogram, Seconds, "Time per flight, by stage and phase (decode, load, prepare, commit, publish).";
    Pauses = "salur_pauses_total", Counter, Count, "Times a stage waited for a dependency, by stage.";
    Paused = "salur_paused", Gauge, Count, "Lanes of a stage that wait for a dependency, by stage and lane: 1 or 0.";
    StagePaused = "salur_stage_paused", Gauge, Count, "Whether people paused a stage, by stage: 1 or 0.";
    PausesNow = "salur_pauses_now", Gauge, Count, "Stages, tranches, regencies, pay points and tellers that people paused, by kind.";
    ConsumerAlive = "salur_consumer_alive", Gauge, Count, "Whether the broker delivers to this lane, by stage and lane: 1 or 0.";
    ConsumerRebuilds = "salur_consumer_rebuilds_total", Counter, Count, "Consumers built again after an error or a silence, by stage.";
    AcksLost = "salur_acks_lost_total", Counter, Count, "Acks that found their channel gone; the messages come again, by stage.";
    Suspects = "salur_suspects_total", Counter, Count, "Messages set aside because they were delivered three times without an end, by stage.";
    DeadLetters = "salur_dead_letters_total", Counter, Count, "Messages and facts that could not be processed, by stage.";
    DeadLettersOpen = "salur_dead_letters_open", Gauge, Count, "Dead letters that wait to be replayed, by stage.";
    PublishAgain = "salur_publish_again_total", Counter, Count, "Messages published again since their confirm was refused, lost or late.";
    Unroutable = "salur_unroutable_total", Counter, Count, "Mandatory messages that no queue took.";
    BrokerConnected = "salur_broker_connected", Gauge, Count, "Whether the connection stands, by link (publish, consume): 1 or 0.";
    BrokerBlocked = "salur_broker_blocked", Gauge, Count, "Whether the broker stopped us because of memory or disk, by link: 1 or 0.";
    QueueMessages = "salur_queue_messages", Gauge, Count, "Messages ready in a queue, by queue.";
    QueueConsumers = "salur_queue_consumers", Gauge, Count, "Consumers of a queue, by queue.";
    OldestSeconds = "salur_oldest_seconds", Gauge, Seconds, "Age of the oldest thing that waits, by what.";
    Families = "salur_families", Gauge, Count, "Families, by tranche, regency and measure.";
    Rupiah = "salur_rupiah", Gauge, Count, "Rupiah, by tranche, regency and measure.";
    Differences = "salur_differences", Gauge, Count, "Identities that do not hold, by check; anything but 0 is an alarm.";
    WebhookDeliveries = "salur_webhook_deliveries", Gauge, Count, "Deliveries of webhooks that nobody took yet, by status (waiting, dead).";
    Complaints = "salur_complaints_total", Counter, Count, "Complaints taken by the portal, by kind.";
    SealAge = "salur_seal_age_seconds", Histogram, Seconds, "Time from a transaction that wrote evidence to its seal.";
    SealedEntries = "salur_sealed_entries", Gauge, Count, "Entries of the log of evidence.";
    HttpRequests = "salur_http_requests_total", Counter, Count, "HTTP requests, by route and status.";
    HttpSeconds = "salur_http_seconds", Histogram, Seconds, "Time per HTTP request, by route.";
    WorkSeconds = "salur_work_seconds", Histogram, Seconds, "Time of a named piece of work, by what.";
    Bytes = "salur_bytes_total", Counter, Bytes, "Bytes moved, by what.";
}

/// Label pairs; keys are fixed, values come from closed sets.
pub type Labels<'a> = &'a [(&'static str, &'a str)];

/// Adds to a counter.
#[expect(clippy::disallowed_macros, reason = "the one place where metrics are written: names come from the enum")]
pub fn count(metric: Metric, labels: Labels<'_>, by: u64) {
    metrics::counter!(metric.name(), owned(labels)).increment(by);
}

/// Sets a gauge.
#[expect(clippy::disallowed_macros, reason = "the one place where metrics are written: names come from the enum")]
pub fn gauge(metric: Metric, labels: Labels<'_>, value: f64) {
    metrics::gauge!(metric.name(), owned(labels)).set(value);
}

/// Adds an observation to a histogram.
#[expect(clippy::disallowed_macros, reason = "the one place where metrics are written: names come from the enum")]
pub fn observe(metric: Metric, labels: Labels<'_>, value: f64) {
    metrics::histogram!(metric.name(), owned(labels)).record(value);
}

fn owned(labels: Labels<'_>) -> Vec<Label> {
    labels.iter().map(|(key, value)| Label::new(*key, (*value).to_owned())).collect()
}

/// Installs the recorder once per process; later calls give the same handle.
pub fn metrics_handle() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let seconds = Matcher::Suffix("_seconds".to_owned());
            let builder = PrometheusBuilder::new().set_buckets_for_metric(seconds, SECONDS).expect("the list is not empty");
            let builder = builder.set_buckets_for_metric(Matcher::Suffix("_facts".to_owned()), FACTS).expect("the list is not empty");
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("a metrics recorder was installed before ours; /metrics stays empty");
            }
            describe();
            handle
        })
        .clone()
}

fn describe() {
    for metric in Metric::ALL {
        match metric.kind() {
            Kind::Counter => metrics::describe_counter!(metric.name(), metric.unit(), metric.help()),
            Kind::Gauge => metrics::describe_gauge!(metric.name(), metric.unit(), metric.help()),
            Kind::Histogram => metrics::describe_histogram!(metric.name(), metric.unit(), metric.help()),
        }
    }
}

/// Log lines to standard error, as configured; and a panic hook that tells where, and what only when the text is a literal, since a
/// formatted one may hold data.
pub fn init(config: &LogConfig) -> Result<(), Error> {
    let filter = EnvFilter::try_new(&config.filter).map_err(Error::Filter)?;
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(true).with_ansi(colours);
    match config.format {
        LogFormat::Text => tracing_subscriber::registry().with(filter).with(lines).try_init(),
        LogFormat::Json => tracing_subscriber::registry().with(filter).with(lines.json().flatten_event(true)).try_init(),
    }
    .map_err(Error::Subscriber)?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, what = literal(panic.payload()), "panic");
    }));
    Ok(())
}

/// The text of a panic when it is a literal.
pub(crate) fn literal(payload: &(dyn std::any::Any + Send)) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("(formatted text withheld)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_follow_one_form() {
        let mut names: Vec<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Metric::ALL.len());
        for metric in Metric::ALL {
            let counter = matches!(metric.kind(), Kind::Counter);
            assert!(metric.name().starts_with("salur_"), "{metric:?}");
            assert_eq!(metric.name().ends_with("_total"), counter, "{metric:?}");
            assert!(metric.help().ends_with('.'), "{metric:?}");
        }
    }

    #[test]
    fn a_counted_metric_is_scraped_with_its_help() {
        let handle = metrics_handle();
        count(Metric::AcksLost, &[("stage", "toy")], 2);
        let page = handle.render();
        assert!(page.contains("salur_acks_lost_total{stage=\"toy\"} 2"), "{page}");
        assert!(page.contains(Metric::AcksLost.help()), "{page}");
    }
}
