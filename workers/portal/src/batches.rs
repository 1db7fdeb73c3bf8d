//! Lists of recipients over HTTP: sent whole, answered row by row.
//!
//! `POST /api/batches?tranche=BST-4[&batch=NAME][&dry_run=true]` takes the file as its body: CSV, JSON Lines, XLSX or pain.001, as its
//! `Content-Type` or its beginning says, its columns called as the source's mapping says ([`crate::mappings`]). The file goes to an unnamed
//! temporary file first, so that a list with faults is refused whole, with line, column and remedy, before a row of it is sent
//! ([`crate::submission`]). The batch's name (given, or the digest of the content) is the idempotency key: the same content again is the same answer,
//! other content under the name is a conflict with nothing changed. The source is the caller's own and cannot be asked for. Who looks at another's list for a
//! region sees the rows of its families.
//!
//! Bounds: [`MAX_UPLOADS`] at once, [`MAX_BYTES`] each, within [`UPLOAD_TIMEOUT`]; answers list at most [`MOST_BATCHES`] lists.

mod page;
mod words;

pub(crate) use page::refused_piece;

use std::{fs::File, io::Write, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    routing::{get, post},
};
use chrono::Utc;
use futures::StreamExt;
use salur_domain::{
    BatchId,
    actor::Act,
    reason::{Code, Language},
};
use salur_formats::Format;
use salur_store::{
    audit, master, reports,
    uploads::{self, Upload},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::SemaphorePermit;

use crate::{
    Portal,
    access::Caller,
    mappings,
    refusal::Refusal,
    submission::{self, Batch, Check, Document, Preview, Summary, sending},
    told::Sought,
};

/// Uploads taken in at once; more would only share the disk and the two cores.
pub const MAX_UPLOADS: usize = 4;
/// Largest list: ten million rows of pain.001, twice.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024 * 1024;
/// Longest an upload may take: 16 GiB at 4.8 MB/s.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_hours(1);
/// Lists named in one answer.
const MOST_BATCHES: i64 = 1_000;
/// Path of the door.
pub const PATH: &str = "/api/batches";

/// Whether a path takes a list in: its requests may take longer than others.
pub(crate) fn takes_a_list(path: &str) -> bool {
    [PATH, "/batches/look", "/batches/send"].contains(&path)
}

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route(PATH, post(submit).get(list))
        .route("/api/batches/{batch}/rows", get(rows))
        .route("/batches", get(page::list))
        .route("/batches/rows", get(page::rows))
        .route("/batches/look", post(page::look))
        .route("/batches/send", post(page::send))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    tranche: String,
    batch: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    #[serde(default)]
    after: String,
    source: Option<String>,
}

/// The last list that was told before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Last {
    #[serde(default)]
    after: String,
    after_source: Option<String>,
}

/// A row as answered: where it stands, why, and what to do.
#[derive(Debug, Serialize)]
struct Answered {
    row: String,
    status: String,
    amount: Option<i64>,
    reasons: Vec<Value>,
}

async fn submit(
    State(portal): State<Portal>,
    caller: Result<Caller, Refusal>,
    asked: Result<Sought<Asked>, Refusal>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let may_come = || {
        let (caller, Sought(asked)) = (caller?, asked?);
        let (source, format) = (check_asked(&caller, &asked)?, check_type(&headers)?);
        Ok((source, format, caller, asked, place(&portal)?))
    };
    match may_come() {
        Ok((source, format, caller, asked, _place)) => {
            take_in(&portal, &caller, &source, &asked, format, body).await.map(|(status, answer)| (status, Json(answer)))
        }
        Err(refusal) => {
            portal.lingering().over(body);
            Err(refusal)
        }
    }
}

/// One of the few that are taken in at once.
fn place(portal: &Portal) -> Result<SemaphorePermit<'_>, Refusal> {
    portal.uploads().try_acquire().map_err(|_| Refusal::busy("too many lists come in at once; send this one again"))
}

/// The source of a caller who may send, and asks in proper words.
fn check_asked(caller: &Caller, asked: &Asked) -> Result<String, Refusal> {
    caller.must(Act::SubmitBatch)?;
    let source = caller.source().ok_or_else(no_source)?;
    submission::check_names(source, &asked.tranche, asked.batch.as_deref())
        .map_err(|error| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "name", error.to_string()))?;
    Ok(source.to_owned())
}

async fn take_in(
    portal: &Portal,
    caller: &Caller,
    source: &str,
    asked: &Asked,
    format: &str,
    body: Body,
) -> Result<(StatusCode, Value), Refusal> {
    let (file, bytes) = spool(body).await?;
    let check = if asked.dry_run { ahead(portal, &asked.tranche).await? } else { Check::Totals };
    let (mapping, version) = mappings::of(portal, source).await?;
    let document = Document::of(file, format, mapping).map_err(|_| unreadable())?.ok_or_else(unknown_type)?;
    let read = move || submission::summarise(&document, check).map(|summary| (document, summary));
    let (document, summary) = tokio::task::spawn_blocking(read).await.map_err(|_| unreadable())?.map_err(|_| unreadable())?;
    if summary.fault_count > 0 {
        return Err(faulty(&summary, document.format));
    }
    let batch = Batch::new(source, &asked.tranche, asked.batch.as_deref(), &summary);
    let mut answer = batch.json(&summary);
    if asked.dry_run {
        answer["sent"] = false.into();
        answer["preview"] = summary.ahead.unwrap_or_default();
        answer["findings"] = summary.findings.iter().map(|(code, count)| (code.to_string(), Value::from(*count))).collect();
        return Ok((StatusCode::OK, answer));
    }
    keep(portal, caller, &batch, &summary, (document.format, bytes, version)).await?;
    let messages = submission::send(portal.client(), &document, &batch, &summary, |_| ()).await.map_err(unsent)?;
    tracing::info!(batch = %batch.id(), rows = summary.rows, messages, "list taken in");
    answer["sent"] = true.into();
    Ok((StatusCode::ACCEPTED, answer))
}

/// What a dry run looks for.
async fn ahead(portal: &Portal, tranche: &str) -> Result<Check, Refusal> {
    let room = master::room(portal.database(), tranche).await?;
    let message = "there is no tranche of this code; its rows would all be rejected under TRN01";
    let room = room.ok_or_else(|| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "tranche", message))?;
    Ok(Check::Ahead(Box::new(Preview::new(room))))
}

async fn list(State(portal): State<Portal>, caller: Caller, Sought(last): Sought<Last>) -> Result<Json<Vec<reports::Batch>>, Refusal> {
    caller.must(Act::SeeBatch)?;
    let source = caller.source().map(str::to_owned).or(last.after_source).unwrap_or_default();
    let after = (source.as_str(), last.after.as_str());
    let after = if last.after.is_empty() { ("", "") } else { after };
    Ok(Json(reports::batches(portal.database(), caller.source(), None, MOST_BATCHES, after).await?))
}

async fn rows(
    State(portal): State<Portal>,
    caller: Caller,
    Path(name): Path<String>,
    Sought(page): Sought<Page>,
) -> Result<Json<Value>, Refusal> {
    let batch = seen(&portal, &caller, page.source, &name).await?;
    let sought = reports::Sought::page(BatchId(batch.id), caller.region_of_rows(), &page.after);
    let rows = reports::rows(portal.database(), sought).await?;
    let next = rows.last_before_more().map(|row| row.row.clone());
    let rows: Vec<Answered> = rows.into_iter().map(Answered::from).collect();
    Ok(Json(json!({ "rows": rows, "next": next })))
}

/// The list of a name, which the caller may see: who has a source sees its own and cannot name another.
pub(crate) async fn seen(portal: &Portal, caller: &Caller, source: Option<String>, name: &str) -> Result<reports::Batch, Refusal> {
    caller.must(Act::SeeBatch)?;
    let source = caller.source().map(str::to_owned).or(source).ok_or_else(no_source)?;
    let found = reports::batches(portal.database(), Some(&source), Some(name), 1, ("", "")).await?.into_iter().next();
    found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "batch", "this source has no list of this name"))
}

impl From<reports::Row> for Answered {
    fn from(row: reports::Row) -> Self {
        let reason = |text: &String| match Code::parse(text) {
            Some(code) => json!({
                "code": text, "column": code.column(),
                "message": { "id": code.message(Language::Indonesian), "en": code.message(Language::English) },
                "remedy": { "id": code.remedy(Language::Indonesian), "en": code.remedy(Language::English) },
            }),
            None => json!({ "code": text }),
        };
        Self { reasons: row.codes.iter().map(reason).collect(), row: row.row, status: row.status, amount: row.amount }
    }
}

/// The body in a file without a name: it is gone with us, whatever happens.
async fn spool(body: Body) -> Result<(File, i64), Refusal> {
    let failed = |error: std::io::Error| {
        tracing::error!(%error, "a list cannot be kept for reading");
        Refusal::busy("the server has no room for this list; send it again later")
    };
    let mut file = tempfile::tempfile().map_err(failed)?;
    let (mut stream, mut bytes) = (body.into_data_stream(), 0_u64);
    while let Some(part) = stream.next().await {
        let part = part.map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "body", "the list broke off; send it again"))?;
        bytes += part.len() as u64;
        if bytes > MAX_BYTES {
            return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "size", "a list has at most 16 GiB; cut it in two, under two names"));
        }
        // the page cache takes it; a disk that is slower than the network holds back this task alone
        file =
            tokio::task::spawn_blocking(move || file.write_all(&part).map(|()| file)).await.map_err(|_| unreadable())?.map_err(failed)?;
    }
    Ok((file, i64::try_from(bytes).unwrap_or(i64::MAX)))
}

/// The first content under a name stands.
async fn keep(
    portal: &Portal,
    caller: &Caller,
    batch: &Batch,
    summary: &Summary,
    (format, bytes, mapping): (Format, i64, Option<i32>),
) -> Result<(), Refusal> {
    let upload = Upload {
        source: batch.source.clone(),
        batch: batch.name.clone(),
        sha256: summary.sha256.to_vec(),
        tranche: batch.tranche.clone(),
        format: format.endings()[0].into(),
        bytes,
        rows: i64::try_from(summary.rows).unwrap_or(i64::MAX),
        rupiah: summary.sum.get(),
        actor: caller.actor.name.clone(),
        received_at: Utc::now(),
        mapping: mapping.filter(|_| format != Format::Pain001),
        message: summary.header.as_ref().map(|header| header.version.message().into()),
        message_id: summary.header.as_ref().map(|header| header.message_id.clone()),
        payment_id: summary.header.as_ref().and_then(|header| header.only_payment()).map(str::to_owned),
    };
    let mut tx = portal.database().begin_portal().await?;
    let kept = uploads::keep(&mut tx, &upload).await?;
    if (&kept.sha256, &kept.tranche, kept.mapping) != (&upload.sha256, &upload.tranche, upload.mapping) {
        return Err(conflict(&kept, &upload));
    }
    let detail = json!({ "source": upload.source, "batch": batch.id(), "rows": upload.rows, "sum": upload.rupiah });
    audit::record(&mut tx, &caller.actor.name, "batch_submitted", &detail).await?;
    Ok(tx.commit().await?)
}

fn conflict(first: &Upload, this: &Upload) -> Refusal {
    let message =
        "another list came under this name before, or this one by another mapping; nothing was changed; give this one a name of its own";
    let side = |upload: &Upload| {
        let Upload { tranche, rows, rupiah, mapping, .. } = upload;
        json!({ "sha256": hex::encode(&upload.sha256), "tranche": tranche, "rows": rows, "sum": rupiah, "mapping": mapping })
    };
    let refusal = Refusal::new(StatusCode::CONFLICT, "conflict", message);
    refusal.with("first", side(first)).with("this", side(this)).with("received_at", first.received_at)
}

/// A file name that stands for the type that was said; none said: the content tells.
fn check_type(headers: &HeaderMap) -> Result<&'static str, Refusal> {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return Ok("") };
    let format = kind.to_str().ok().and_then(Format::of_media_type).ok_or_else(unknown_type)?;
    Ok(match format {
        Format::Csv => "list.csv",
        Format::JsonLines => "list.jsonl",
        Format::Xlsx => "list.xlsx",
        Format::Pain001 => "list.xml",
    })
}

fn unknown_type() -> Refusal {
    let types: Vec<&str> = Format::ALL.iter().map(|format| format.media_types()[0]).collect();
    let message = format!("send the list as one of {}", types.join(", "));
    Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "type", message)
}

fn faulty(summary: &Summary, format: Format) -> Refusal {
    let faults = summary.faults_told(format);
    let message = "the list has faults and nothing of it was sent; mend them and send it again";
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "faults", message).with("faults", summary.fault_count).with("first_faults", faults)
}

pub(crate) fn no_source() -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "source", "say which source: add ?source=NAME")
}

fn unreadable() -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the list could not be read here; nothing was sent; send it again")
}

fn unsent(error: sending::Error) -> Refusal {
    match error {
        sending::Error::Publish(failure) => failure.into(),
        sending::Error::Read(_) | sending::Error::Changed { .. } => unreadable(),
    }
}
