//! Users of the broker for upstream systems: each publishes its own facts, hears its own outcomes, and may do nothing else.
//!
//! `POST /api/sources/{name}/broker-user` declares the source's outcome queue and answers with an address and a definitions document, which an operator loads
//! into the broker (`rabbitmqctl import_definitions`), since salur's own user is not to make users. The password is random, told once in the
//! address, and kept nowhere: the document holds its salted digest. Asked again it is a new password for the same user; what it may do follows this
//! release's facts. `GET` tells the queue, and the commands that take the access away.
//!
//! Bounds: [`PASSWORD_BYTES`] of randomness; connections and channels of the user as in [`definitions`].

mod definitions;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use salur_domain::{SourceName, actor::Act};
use salur_runtime::topology;
use salur_store::{audit, master};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Portal,
    access::{Caller, random},
    refusal::Refusal,
    told::Told,
};
use definitions::User;

/// Bytes of randomness behind a password.
const PASSWORD_BYTES: usize = 24;
/// Of the digest of a password.
const SALT_BYTES: usize = 4;

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new().route("/api/sources/{name}/broker-user", get(show).post(make))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// How the source reaches the broker, where that is not how salur does: `amqps://broker.example:5671`.
    at: Option<String>,
}

async fn show(State(portal): State<Portal>, caller: Caller, Path(name): Path<String>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::ManageActors)?;
    let source = known(&portal, name).await?;
    let (user, queue) = (definitions::user_name(&source.0), topology::outcomes(&source.0));
    let commands =
        [format!("rabbitmqctl delete_user {user}"), format!("rabbitmqctl delete_queue --vhost {} {queue}", portal.broker().place().vhost)];
    Ok(Json(json!({ "source": source, "user": user, "queue": queue, "commands": commands })))
}

async fn make(
    State(portal): State<Portal>,
    caller: Caller,
    Path(name): Path<String>,
    Told(asked): Told<Asked>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    caller.must(Act::ManageActors)?;
    let source = known(&portal, name).await?;
    let place = portal.broker().place();
    let address = asked.at.as_deref().map_or(Ok(place.address.as_str()), check_address)?;
    let (user, queue) = (definitions::user_name(&source.0), topology::outcomes(&source.0));
    let (password, salt) = (hex::encode(random::<PASSWORD_BYTES>()?), random::<SALT_BYTES>()?);
    let mut tx = portal.database().begin_portal().await?;
    audit::record(&mut tx, &caller.actor.name, "broker_user_made", &json!({ "source": source, "user": user })).await?;
    tx.commit().await?;
    portal.broker().declare_outcomes(&source).await?;
    let url = definitions::url(address, &user, &password, &place.vhost);
    let definitions = definitions::document(&User { source: &source.0, vhost: &place.vhost, password: &password, salt });
    Ok((StatusCode::CREATED, Json(json!({ "source": source, "user": user, "url": url, "queue": queue, "definitions": definitions }))))
}

/// A source of the setup.
async fn known(portal: &Portal, name: String) -> Result<SourceName, Refusal> {
    if !master::has_source(portal.database(), &name).await? {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "source", "there is no source of this name; name it in the setup file first"));
    }
    Ok(SourceName(name))
}

fn check_address(text: &str) -> Result<&str, Refusal> {
    let host = text.strip_prefix("amqp://").or_else(|| text.strip_prefix("amqps://"));
    let plain = |host: &&str| !host.is_empty() && host.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter));
    let message = "give amqp://HOST[:PORT] or amqps://HOST[:PORT], without user and virtual host";
    host.filter(plain).map(|_| text).ok_or_else(|| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "at", message))
}
