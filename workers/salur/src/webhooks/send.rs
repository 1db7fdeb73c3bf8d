//! `salur webhooks send`: a role without a queue. It notices phases of batches, and delivers what is due.
//!
//! Level-triggered: phases are read from rows and compared with what is remembered, so that it may be killed anywhere, started late, or run twice. A
//! delivery is claimed in one transaction and its end written in another; no connection is held while the receiver is asked. The ladder is Svix's:
//! at once, then after each of [`LADDER_S`], then the delivery is dead until an operator tries it again. Bounds: [`MOST_AT_ONCE`] attempts at once,
//! [`LEASE_S`] until another process may take one over.

use std::{path::Path, process::ExitCode, time::Duration};

use salur_domain::{BatchId, webhook::WebhookKey};
use salur_runtime::{
    role::{self, Role},
    stage::Failure,
};
use salur_store::{
    Database, Error, Timestamp, phases,
    webhooks::{self, Due},
};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use super::post::Post;
use crate::cli;

/// Seconds from each failed attempt to the next.
const LADDER_S: [i64; 7] = [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 10 * 3_600];
const MOST_AT_ONCE: usize = 16;
/// Four times what an attempt may take.
const LEASE_S: i64 = 60;
const NOTICE_EVERY: Duration = Duration::from_secs(3);
const SEND_EVERY: Duration = Duration::from_secs(1);

/// Runs until stopped.
pub fn run(file: Option<&Path>) -> ExitCode {
    role::run("webhooks", file, async |role| work(&role).await)
}

async fn work(role: &Role) -> Result<(), Failure> {
    let key = WebhookKey::new(role.config.keys.webhook.bytes("keys.webhook")?);
    let post = Post::new(key, role.config.webhooks.allow_insecure)?;
    let database = cli::database(&role.config).await?;
    let (mut sending, mut after) = (JoinSet::new(), None);
    let [mut notice, mut send] = [NOTICE_EVERY, SEND_EVERY].map(interval);
    notice.set_missed_tick_behavior(MissedTickBehavior::Delay);
    send.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = role.shutdown.cancelled() => break,
            Some(ended) = sending.join_next() => tell(role, "deliveries", ended.expect("attempts neither panic nor are aborted")),
            _ = notice.tick() => {
                let noticed = look(role, &database, &mut after).await;
                tell(role, "phases", noticed);
            }
            _ = send.tick() => {
                let begun = begin(&database, &post, &mut sending).await;
                tell(role, "deliveries", begun);
            }
        }
    }
    while let Some(ended) = sending.join_next().await {
        tell(role, "deliveries", ended.expect("attempts neither panic nor are aborted"));
    }
    database.close().await;
    Ok(())
}

/// Says in readiness and log how a part went.
fn tell(role: &Role, part: &'static str, went: Result<(), Error>) {
    match went.map_err(Failure::from) {
        Ok(()) => role.health.ready(part),
        Err(failure) => {
            tracing::warn!(part, %failure, "not done this time");
            role.health.unready(part, failure.to_string());
        }
    }
}

/// Looks at the next batches, each in a transaction of its own, and makes what is to be delivered.
async fn look(role: &Role, database: &Database, after: &mut Option<BatchId>) -> Result<(), Error> {
    let batches = phases::watched(database, *after).await?;
    *after = None;
    for batch in &batches {
        if role.shutdown.is_cancelled() {
            return Ok(());
        }
        let mut tx = database.begin_webhooks().await?;
        let noticed = phases::notice(&mut tx, batch).await?;
        tx.commit().await?;
        if noticed > 0 {
            tracing::info!(batch = %batch.id(), noticed, "phases of a batch");
        }
    }
    if i64::try_from(batches.len()).is_ok_and(|count| count == phases::MOST_BATCHES) {
        *after = batches.last().map(phases::Watched::id);
    }
    let mut tx = database.begin_webhooks().await?;
    webhooks::make(&mut tx).await?;
    tx.commit().await
}

/// Claims what is due and begins to send it.
async fn begin(database: &Database, post: &Post, sending: &mut JoinSet<Result<(), Error>>) -> Result<(), Error> {
    let room = i64::try_from(MOST_AT_ONCE.saturating_sub(sending.len())).expect("a small number");
    if room == 0 {
        return Ok(());
    }
    let mut tx = database.begin_webhooks().await?;
    let now = tx.now;
    let claimed = webhooks::claim(&mut tx, room, LEASE_S).await?;
    tx.commit().await?;
    for due in claimed {
        let (database, post) = (database.clone(), post.clone());
        sending.spawn(async move { attempt(&database, &post, &due, now).await });
    }
    Ok(())
}

async fn attempt(database: &Database, post: &Post, due: &Due, now: Timestamp) -> Result<(), Error> {
    let went = post.deliver(due, now).await;
    let mut tx = database.begin_webhooks().await?;
    match &went {
        Ok(()) => webhooks::delivered(&mut tx, due.id).await?,
        Err(refused) => webhooks::failed(&mut tx, due, &refused.to_string(), next_in_s(due.attempts)).await?,
    }
    tx.commit().await?;
    let (delivery, webhook, failed) = (due.id, due.webhook, due.attempts);
    match went {
        Ok(()) => tracing::info!(%delivery, %webhook, failed, "delivered"),
        Err(refused) if next_in_s(failed).is_some() => tracing::info!(%delivery, %webhook, failed, %refused, "tried again later"),
        Err(refused) => tracing::warn!(%delivery, %webhook, failed, %refused, "dead: an operator decides (`salur webhooks retry`)"),
    }
    Ok(())
}

/// How long after an attempt that failed the next one comes, when so many failed before it.
fn next_in_s(failed_before: i32) -> Option<i64> {
    usize::try_from(failed_before).ok().and_then(|rung| LADDER_S.get(rung)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_is_svixs_and_ends_after_the_eighth_attempt() {
        let waits: Vec<i64> = (0..).map_while(next_in_s).collect();
        assert_eq!(waits, [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]);
        assert_eq!(next_in_s(-1), None);
    }
}
