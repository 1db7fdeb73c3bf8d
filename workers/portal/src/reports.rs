//! Reports of lists: every row with where it stands, why and what to do, as a file.
//!
//! `GET /api/batches/{name}/report?format=csv|xlsx|pain002` (or `Accept`; CSV where neither says). pain.002 answers a list that came as pain.001, in
//! its generation. Rows are read in pages by key and written to an unnamed temporary file, which is then the answer: it is whole or not given, and a
//! slow reader holds no connection to the database. A row stands as it was when its page was read; pain.002 says a status of the whole before its
//! rows, so its rows are kept in a file of their own first, and counts and rows are of the same reading.
//!
//! Bounds: [`MAX_REPORTS`] at once until they are fetched, [`WRITING_TIMEOUT`] each, memory of [`PAGES_AHEAD`] pages.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Seek, Write},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, Utc};
use futures::stream;
use salur_domain::BatchId;
use salur_formats::{
    pain001::Version,
    report::{Answered, Csv, Finding, Original, Pain002, Row, Xlsx},
};
use salur_store::{Page, reports, uploads};
use serde::Deserialize;
use tokio::{io::AsyncReadExt, sync::mpsc};
use uuid::Uuid;

use crate::{Portal, access::Caller, batches, refusal::Refusal, told::Sought};

/// Reports and summaries made or fetched at once: each is a file on our disk.
pub const MAX_REPORTS: usize = 8;
/// Longest a report may take until it begins: ten million rows in pages of a thousand.
pub const WRITING_TIMEOUT: Duration = Duration::from_mins(30);
/// Pages read before they are written.
const PAGES_AHEAD: usize = 2;
/// Bytes of the file handed on together.
const PIECE_BYTES: usize = 64 * 1024;

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new().route("/api/batches/{batch}/report", get(report))
}

/// Whether a path is the door of a report.
pub(crate) fn is_at(path: &str) -> bool {
    path.strip_prefix(batches::PATH).is_some_and(|rest| rest.ends_with("/report"))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    format: Option<Kind>,
    source: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Csv,
    Xlsx,
    Pain002,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Csv, Self::Xlsx, Self::Pain002];

    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pain002 => "application/xml",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Pain002 => "xml",
        }
    }

    /// The first type of `Accept` that we write.
    fn accepted(headers: &HeaderMap) -> Result<Self, Refusal> {
        let Some(accept) = headers.get(header::ACCEPT) else { return Ok(Self::Csv) };
        let of_type = |part: &str| match part.split(';').next().unwrap_or_default().trim() {
            "*/*" | "text/*" => Some(Self::Csv),
            name => Self::ALL.into_iter().find(|kind| kind.media_type() == name),
        };
        let kind = accept.to_str().ok().and_then(|text| text.split(',').find_map(of_type));
        let types = || Self::ALL.map(Self::media_type).join(", ");
        kind.ok_or_else(|| Refusal::new(StatusCode::NOT_ACCEPTABLE, "type", format!("a report is one of {}", types())))
    }
}

/// What to write: a report, and what its head says.
#[derive(Debug)]
enum Answer {
    Csv,
    Xlsx,
    Pain002 { original: Original, message_id: String, created: DateTime<Utc> },
}

async fn report(
    State(portal): State<Portal>,
    caller: Caller,
    Path(name): Path<String>,
    Sought(asked): Sought<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let batch = batches::seen(&portal, &caller, asked.source, &name).await?;
    let kind = asked.format.map_or_else(|| Kind::accepted(&headers), Ok)?;
    let answer = match kind {
        Kind::Csv => Answer::Csv,
        Kind::Xlsx => Answer::Xlsx,
        Kind::Pain002 => to_message(&portal, &batch).await?,
    };
    let Ok(place) = portal.reports().try_acquire_owned() else {
        return Err(Refusal::busy("too many reports are written and fetched at once; ask for this one again"));
    };
    let file = written(&portal, BatchId(batch.id), caller.region_of_rows(), answer).await?;
    let headers = [
        (header::CONTENT_TYPE, kind.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"report-{}.{}\"", batch.id, kind.ending())),
    ];
    Ok((headers, body(file, place)).into_response())
}

/// What the answer to a pain.001 says of it.
async fn to_message(portal: &Portal, batch: &reports::Batch) -> Result<Answer, Refusal> {
    let upload = uploads::find(portal.database(), &batch.source, &batch.name).await?;
    let original = upload.and_then(|upload| {
        Some(Original {
            version: Version::of_message(upload.message.as_deref()?)?,
            message_id: upload.message_id?,
            payment_id: upload.payment_id,
            count: u64::try_from(upload.rows).ok(),
        })
    });
    let created = Utc::now();
    let message_id = Uuid::new_v5(&batch.id, created.to_rfc3339().as_bytes()).simple().to_string();
    let told = original.map(|original| Answer::Pain002 { original, message_id, created });
    let not_one = "this list did not come as pain.001 over HTTP, so no pain.002 answers it; ask for csv or xlsx";
    told.ok_or_else(|| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "format", not_one))
}

/// Reads page after page while a thread of its own writes.
async fn written(portal: &Portal, batch: BatchId, region: &str, answer: Answer) -> Result<File, Refusal> {
    let (to, mut pages) = mpsc::channel::<Page<reports::Row>>(PAGES_AHEAD);
    let writer = tokio::task::spawn_blocking(move || write(&answer, std::iter::from_fn(|| pages.blocking_recv()).flatten()));
    let mut after = Some(String::new());
    while let Some(key) = after {
        let page = reports::rows(portal.database(), reports::Sought::page(batch, region, &key)).await?;
        after = page.last_before_more().map(|row| row.row.clone());
        if to.send(page).await.is_err() {
            break; // the writer has failed, and says why
        }
    }
    drop(to);
    writer.await.map_err(io::Error::other).flatten().map_err(|error| {
        if error.kind() == io::ErrorKind::InvalidInput {
            tracing::warn!(%error, batch = %batch.0, "a list does not fit into the report that was asked for");
            let message = "a row of this list has no place in a pain.002; ask for csv or xlsx";
            return Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "format", message);
        }
        tracing::error!(%error, batch = %batch.0, "a report cannot be written");
        Refusal::busy("the server has no room for this report; ask for it again later")
    })
}

/// Writes all rows, and goes back to the beginning of the file.
fn write(answer: &Answer, rows: impl Iterator<Item = reports::Row>) -> io::Result<File> {
    let mut file = match answer {
        Answer::Csv => {
            let mut report = Csv::new(tempfile::tempfile()?)?;
            rows.map(told).try_for_each(|row| report.write(&row))?;
            report.finish()?
        }
        Answer::Xlsx => {
            let mut report = Xlsx::new()?;
            rows.map(told).try_for_each(|row| report.write(&row))?;
            let mut file = tempfile::tempfile()?;
            report.finish(BufWriter::new(&mut file))?;
            file
        }
        Answer::Pain002 { original, message_id, created } => {
            let (kept, answered) = keep(rows)?;
            let to = BufWriter::new(tempfile::tempfile()?);
            let mut report = Pain002::new(to, message_id, *created, original, &answered)?;
            kept.map(|row| row.map(told)).try_for_each(|row| report.write(&row?))?;
            report.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?
        }
    };
    file.rewind()?;
    Ok(file)
}

/// Counts rows, and keeps them to be read once more as they were counted.
fn keep(rows: impl Iterator<Item = reports::Row>) -> io::Result<(impl Iterator<Item = io::Result<reports::Row>>, Answered)> {
    let mut answered = Answered::default();
    let mut to = BufWriter::new(tempfile::tempfile()?);
    for reports::Row { row, amount, status, codes } in rows {
        answered.count(&status, 1)?;
        serde_json::to_writer(&mut to, &(row, amount, status, codes))?;
        to.write_all(b"\n")?;
    }
    let mut file = to.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    let read = |line: io::Result<String>| {
        let (row, amount, status, codes) = serde_json::from_str(&line?)?;
        Ok(reports::Row { row, amount, status, codes })
    };
    Ok((BufReader::new(file).lines().map(read), answered))
}

fn told(row: reports::Row) -> Row {
    let findings = row.codes.iter().map(|code| Finding::of(code)).collect();
    Row { row_ref: row.row, status: row.status, findings, amount: row.amount }
}

/// The file from its beginning, piece by piece, holding its place until the end. It has no name: it is gone when it was sent or the caller hung up.
pub(crate) fn body<P: Send + 'static>(file: File, place: P) -> Body {
    let next = async |(mut file, place): (tokio::fs::File, P)| {
        let mut piece = vec![0; PIECE_BYTES];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok::<_, io::Error>((read > 0).then(|| (Bytes::from(piece), (file, place))))
    };
    Body::from_stream(stream::try_unfold((tokio::fs::File::from_std(file), place), next))
}
