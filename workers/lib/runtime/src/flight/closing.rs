//! From ends to messages: outputs, delayed facts, dead facts, parked and suspected deliveries.

use std::borrow::Cow;

use chrono::Utc;
use salur_schemas::{FactType, envelope};

use super::{
    ATTEMPT_LIMIT, Content, Delivery, Engine, Outlet, Report, Source,
    group::{End, Group},
};
use crate::{
    decode::fact_json,
    message::{Headers, OutMessage, cut, derived_id},
    outbox::{self, Cause},
    stage::{Delay, Stage},
    topology::{self, DEAD, SUSPECT_AFTER},
    trace::TraceParent,
};

impl<S: Stage, O: Outlet> Engine<S, O> {
    /// All messages that follow from the flight, by delivery.
    pub(super) fn close(&self, deliveries: &mut [Delivery], groups: Vec<Group<S>>, report: &mut Report) -> Vec<OutMessage> {
        let mut ends: Vec<Vec<(usize, End<S::Out>)>> = deliveries.iter().map(|_| Vec::new()).collect();
        for unit in groups.into_iter().flat_map(|group| group.units) {
            ends[unit.delivery].push((unit.index, unit.end.expect("every fact was decided")));
        }
        let mut messages = Vec::new();
        for (delivery, ends) in deliveries.iter_mut().zip(ends) {
            let closing = Closing { delivery, source: self.source, report, messages: &mut messages, stage: S::NAME, single: false };
            closing.delivery(ends);
        }
        messages
    }
}

struct Closing<'a> {
    delivery: &'a Delivery,
    source: Source,
    report: &'a mut Report,
    messages: &'a mut Vec<OutMessage>,
    stage: &'static str,
    /// Whether the delivery holds one fact only.
    single: bool,
}

impl Closing<'_> {
    fn delivery<Out: salur_schemas::Message>(mut self, ends: Vec<(usize, End<Out>)>) {
        match &self.delivery.content {
            Content::Dead(_) if self.source == Source::Main && self.delivery.inbound.delivery_count >= SUSPECT_AFTER => self.suspect(),
            Content::Newer(why) if self.delivery.inbound.headers.attempt == 0 => self.wait_for_upgrade(why),
            Content::Dead(why) | Content::Newer(why) => self.dead_whole(why),
            Content::Open { kind, time, broken } => {
                self.single = broken.len() + ends.len() == 1;
                for (index, why) in broken {
                    self.dead_fact(*kind, *time, *index, why);
                }
                self.facts(*kind, *time, ends);
            }
        }
    }

    fn facts<Out: salur_schemas::Message>(&mut self, kind: FactType, time: chrono::DateTime<Utc>, ends: Vec<(usize, End<Out>)>) {
        let mut outputs = Vec::new();
        for (index, end) in ends {
            match end {
                End::Emit(said) => match outbox::encode(&said) {
                    Ok(said) => {
                        self.report.verdicts.emit += 1;
                        outputs.extend(said);
                    }
                    Err(oversized) => self.dead_fact(kind, time, index, &oversized.to_string()),
                },
                End::Done => self.report.verdicts.done += 1,
                End::Later(delay, why) => self.later(kind, time, index, delay, &why),
                End::Wait(delay, why) => self.wait((kind, time, index), delay, &why, self.delivery.inbound.headers.attempt),
                End::Dead(why) => self.dead_fact(kind, time, index, &why),
            }
        }
        let cause = Cause { producer: self.stage, input_id: &self.delivery.id, time, trace: self.trace(), now: Utc::now() };
        self.report.count_emitted(&outputs);
        let said = outbox::messages(&cause, outputs);
        self.messages.extend(said);
    }

    fn trace(&self) -> TraceParent {
        TraceParent::of(self.delivery.inbound.headers.traceparent.as_deref(), &self.delivery.id)
    }

    /// The headers of a message that goes on living under this stage.
    fn carried(&self) -> Headers {
        let headers = &self.delivery.inbound.headers;
        Headers { traceparent: Some(self.trace().to_string()), stage: None, cause: None, ..headers.clone() }
    }

    fn later(&mut self, kind: FactType, time: chrono::DateTime<Utc>, index: usize, delay: Delay, why: &str) {
        let attempt = self.delivery.inbound.headers.attempt + 1;
        if attempt > ATTEMPT_LIMIT {
            return self.dead_fact(kind, time, index, &format!("put off {ATTEMPT_LIMIT} times: {why}"));
        }
        self.wait((kind, time, index), delay, why, attempt);
    }

    fn wait(&mut self, (kind, time, index): (FactType, chrono::DateTime<Utc>, usize), delay: Delay, why: &str, attempt: u32) {
        self.report.verdicts.later += 1;
        tracing::debug!(stage = self.stage, id = self.delivery.id, index, attempt, why, "put off");
        let headers = Headers { attempt, ..self.carried() };
        let message = self.one_fact("later", kind, time, index, Cow::Borrowed(topology::delay(delay)), headers);
        self.messages.push(message);
    }

    fn dead_fact(&mut self, kind: FactType, time: chrono::DateTime<Utc>, index: usize, why: &str) {
        self.report.verdicts.dead += 1;
        tracing::warn!(stage = self.stage, id = self.delivery.id, index, why, "a fact becomes a dead letter");
        let headers = Headers { stage: Some(self.stage.to_owned()), cause: Some(cut(why)), ..self.carried() };
        if self.single {
            // A replayed letter that dies again is the same letter.
            return self.whole(Cow::Borrowed(DEAD), self.stage.to_owned(), headers);
        }
        let message = self.one_fact("dead", kind, time, index, Cow::Borrowed(DEAD), headers);
        self.messages.push(message);
    }

    /// A message of its own for one fact of the delivery, addressed to this stage.
    fn one_fact(
        &self,
        what: &str,
        kind: FactType,
        time: chrono::DateTime<Utc>,
        index: usize,
        exchange: Cow<'static, str>,
        headers: Headers,
    ) -> OutMessage {
        let id = derived_id(&[self.stage, &self.delivery.id, what, &index.to_string(), &headers.attempt.to_string()]);
        let json = fact_json(&self.delivery.inbound.body, index);
        let body = envelope::write_raw(&id, self.stage, kind, time, std::iter::once(json));
        OutMessage { exchange, routing_key: self.stage.to_owned(), mandatory: true, id, body, facts: 1, headers }
    }

    fn dead_whole(&mut self, why: &str) {
        self.report.dead_messages += 1;
        tracing::warn!(stage = self.stage, id = self.delivery.id, why, "a message becomes a dead letter");
        let headers = Headers { stage: Some(self.stage.to_owned()), cause: Some(cut(why)), ..self.carried() };
        self.whole(Cow::Borrowed(DEAD), self.stage.to_owned(), headers);
    }

    fn wait_for_upgrade(&mut self, why: &str) {
        self.report.later_messages += 1;
        tracing::warn!(stage = self.stage, id = self.delivery.id, why, "a message waits for an upgrade of this worker");
        let headers = Headers { attempt: self.delivery.inbound.headers.attempt + 1, ..self.carried() };
        self.whole(Cow::Borrowed(topology::delay(Delay::Hour1)), self.stage.to_owned(), headers);
    }

    fn suspect(&mut self) {
        self.report.suspects += 1;
        tracing::warn!(stage = self.stage, id = self.delivery.id, "a message came back too often and is handled alone");
        let headers = self.carried();
        self.whole(Cow::Borrowed(""), topology::suspects(self.stage), headers);
    }

    /// The message as it came.
    fn whole(&mut self, exchange: Cow<'static, str>, routing_key: String, headers: Headers) {
        self.messages.push(OutMessage {
            exchange,
            routing_key,
            mandatory: true,
            id: self.delivery.id.clone(),
            body: self.delivery.inbound.body.clone(),
            facts: 1,
            headers,
        });
    }
}

/// The messages as they came, back over the ladder: no attempt is burnt.
pub(super) fn park<S: Stage>(deliveries: Vec<Delivery>) -> Vec<OutMessage> {
    deliveries
        .into_iter()
        .map(|delivery| OutMessage {
            exchange: Cow::Borrowed(topology::delay(Delay::Minutes10)),
            routing_key: S::NAME.to_owned(),
            mandatory: true,
            id: delivery.id,
            body: delivery.inbound.body,
            facts: 1,
            headers: delivery.inbound.headers,
        })
        .collect()
}
