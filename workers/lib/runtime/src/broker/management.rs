//! What waits before each stage, from the broker's management API, and what that means for who scales workers.
//!
//! Rates are the broker's own, over its last sample of five seconds. From them, by Little's law: a queue of N messages that leaves by µ and grows by λ
//! each second is empty after N / (µ - λ); w workers that end µ together end µ / w each, so that to be done within [`SOON_S`] takes
//! (λ + N / [`SOON_S`]) · w / µ of them. A message holds 1 to 500 facts.

use std::{collections::HashMap, time::Duration};

use serde::Deserialize;

use crate::topology;

/// Longest wait for the broker's answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// When ops would like a queue to be empty, in seconds.
pub const SOON_S: f64 = 600.0;
/// Below this many messages each second a rate is none.
const RATE_MIN: f64 = 0.05;
const COLUMNS: &str =
    "name,messages_ready,messages_unacknowledged,consumers,message_stats.publish_details.rate,message_stats.ack_details.rate";

/// Where the broker tells of its queues.
#[derive(Debug, Clone)]
pub struct Management {
    http: reqwest::Client,
    /// Address with user and password, and the path of the virtual host.
    address: String,
}

/// Why nothing is known of the queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// No address is configured.
    NotConfigured,
    /// It does not answer, or something else does.
    Silent,
}

/// A queue as the broker tells.
#[derive(Debug, Clone, Default, Deserialize)]
struct Told {
    name: String,
    #[serde(default)]
    messages_ready: u64,
    #[serde(default)]
    messages_unacknowledged: u64,
    #[serde(default)]
    consumers: u32,
    #[serde(default)]
    message_stats: Stats,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Stats {
    #[serde(default)]
    publish_details: Rate,
    #[serde(default)]
    ack_details: Rate,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Rate {
    #[serde(default)]
    rate: f64,
}

/// What waits before a stage.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waiting {
    /// Messages that nobody has taken.
    pub ready: u64,
    /// Messages in hand.
    pub in_hand: u64,
    /// Consumers.
    pub workers: u32,
    /// Messages that came each second.
    pub comes: f64,
    /// Messages that were ended each second.
    pub goes: f64,
    /// Messages set aside as suspects.
    pub suspects: u64,
}

impl Management {
    /// Of an address with user and password, and a broker's virtual host as it stands in its URL.
    pub fn new(url: &str, vhost: &str) -> Self {
        let http = reqwest::Client::builder().timeout(PATIENCE).build().expect("a client without TLS of its own");
        Self { http, address: format!("{}/api/queues/{vhost}?columns={COLUMNS}", url.trim_end_matches('/')) }
    }

    /// What waits, by stage.
    pub async fn waiting(&self, stages: &[&'static str]) -> Result<HashMap<&'static str, Waiting>, Unknown> {
        let told = async { self.http.get(&self.address).send().await?.error_for_status()?.json::<Vec<Told>>().await };
        let told = told.await.map_err(|error| {
            tracing::warn!(error = %error.without_url(), "the broker does not tell of its queues");
            Unknown::Silent
        })?;
        Ok(by_stage(&told, stages))
    }
}

fn by_stage(told: &[Told], stages: &[&'static str]) -> HashMap<&'static str, Waiting> {
    let find = |name: String| told.iter().find(|queue| queue.name == name).cloned().unwrap_or_default();
    let waiting = |stage: &'static str| {
        let queue = find(topology::queue(stage));
        let suspects = find(topology::suspects(stage));
        let waiting = Waiting {
            ready: queue.messages_ready,
            in_hand: queue.messages_unacknowledged,
            workers: queue.consumers,
            comes: queue.message_stats.publish_details.rate,
            goes: queue.message_stats.ack_details.rate,
            suspects: suspects.messages_ready + suspects.messages_unacknowledged,
        };
        (stage, waiting)
    };
    stages.iter().map(|stage| waiting(stage)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "an estimate needs no more than a float holds")]
impl Waiting {
    /// Seconds until nothing waits, at these rates; none: never, or nothing waits.
    pub fn empty_after_s(&self) -> Option<f64> {
        let shrinks = self.goes - self.comes;
        (self.ready > 0 && shrinks > RATE_MIN).then(|| self.ready as f64 / shrinks)
    }

    /// Workers that would be done within [`SOON_S`]; none where nothing waits or nothing is known of how fast they are.
    pub fn workers_needed(&self) -> Option<u32> {
        if self.ready == 0 || self.workers == 0 || self.goes < RATE_MIN {
            return None;
        }
        let each = self.goes / f64::from(self.workers);
        let needed = ((self.comes + self.ready as f64 / SOON_S) / each).ceil();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and bounded by the line before")]
        Some(needed.clamp(1.0, 10_000.0) as u32)
    }

    /// Messages wait and nobody takes them.
    pub fn is_abandoned(&self) -> bool {
        self.ready > 0 && self.workers == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_broker_tells_is_found_by_stage() {
        let told = r#"[{"name":"salur.intake","messages_ready":1200,"messages_unacknowledged":4,"consumers":3,
            "message_stats":{"publish_details":{"rate":2.0},"ack_details":{"rate":6.0}}},
            {"name":"salur.intake.suspects","messages_ready":1},{"name":"salur.release"}]"#;
        let told: Vec<Told> = serde_json::from_str(told).expect("as RabbitMQ 3.10 tells it");
        let waiting = by_stage(&told, &["intake", "release", "unheard-of"]);
        let intake = Waiting { ready: 1_200, in_hand: 4, workers: 3, comes: 2.0, goes: 6.0, suspects: 1 };
        assert_eq!(waiting["intake"], intake);
        assert_eq!((&waiting["release"], &waiting["unheard-of"]), (&Waiting::default(), &Waiting::default()));
        assert_eq!(intake.empty_after_s(), Some(300.0));
        assert_eq!(intake.workers_needed(), Some(2), "(2 + 1200/600) / (6/3)");
    }

    #[test]
    fn a_queue_that_grows_is_never_empty_and_one_without_workers_is_abandoned() {
        let grows = Waiting { ready: 600, workers: 1, comes: 10.0, goes: 1.0, ..Waiting::default() };
        assert_eq!((grows.empty_after_s(), grows.workers_needed(), grows.is_abandoned()), (None, Some(11), false));
        let alone = Waiting { ready: 1, ..Waiting::default() };
        assert_eq!((alone.empty_after_s(), alone.workers_needed(), alone.is_abandoned()), (None, None, true));
        assert!(!Waiting::default().is_abandoned());
    }
}
