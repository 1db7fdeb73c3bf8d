//! Summaries: a tranche by regency, pay point, office, teller or day, and tranches beside each other, equal to the ledger.
//!
//! `GET /api/summaries/{by}?tranche=..&format=json|csv|xlsx`. The three say the same: each line with its figures, the total, and the moment they are of. In CSV
//! and XLSX every line bears that moment, and the last is the total. Where a figure is not the ledger's, JSON says where; the board and `salur verify` do too.
//! Whoever acts for a region sees its part. A report is another thing: every row of a list ([`crate::reports`]), and a summary takes one of its places.
//!
//! Bounds: [`summaries::LINES_MAX`] lines, [`crate::reports::MAX_REPORTS`] at once, [`crate::reports::WRITING_TIMEOUT`] each.

use std::{
    fs::File,
    io::{self, BufWriter, Seek},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::SecondsFormat;
use salur_domain::actor::Act;
use salur_formats::table::{Cell, Csv, Xlsx};
use salur_store::summaries::{self, By, Reading, Sum, Summary, Which};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{Portal, access::Caller, refusal::Refusal, reports, told::Sought};

const PATH: &str = "/api/summaries/{by}";
/// What every line begins with, in CSV and XLSX.
const KEYS: [&str; 4] = ["at", "tranche", "code", "name"];
/// Code of the last line.
const TOTAL: &str = "total";

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new().route(PATH, get(summary))
}

/// Whether a path is the door of a summary.
pub(crate) fn is_at(path: &str) -> bool {
    path.starts_with("/api/summaries/")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    tranche: Option<String>,
    #[serde(default)]
    format: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Json,
    Csv,
    Xlsx,
}

async fn summary(
    State(portal): State<Portal>,
    caller: Caller,
    Path(by): Path<String>,
    Sought(asked): Sought<Asked>,
) -> Result<Response, Refusal> {
    let words = || By::ALL.map(By::as_str).join(", ");
    let by = By::parse(&by);
    let by = by.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "by", format!("a summary is by one of {}", words())))?;
    caller.must(if by.tells_cash() { Act::SeeCash } else { Act::SeeTranches })?;
    let Ok(place) = portal.reports().try_acquire_owned() else {
        return Err(Refusal::busy("too many summaries and reports are written and fetched at once; ask for this one again"));
    };
    let which = Which { by, tranche: asked.tranche.as_deref(), region: &caller.actor.region };
    let summary = match summaries::read(portal.database(), which).await? {
        Reading::Whole(summary) => *summary,
        Reading::NoTranche if asked.tranche.is_none() => {
            return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "tranche", "name the tranche that is summed up: tranche=BST-4"));
        }
        Reading::NoTranche => return Err(Refusal::new(StatusCode::NOT_FOUND, "tranche", "there is no tranche of this code")),
        Reading::TooLong => {
            let message = format!("this summary has more than {} lines; ask for it by regency or office", summaries::LINES_MAX);
            return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "lines", message));
        }
    };
    let (kind, ending) = match asked.format {
        Kind::Json => return Ok(Json(told(&summary)).into_response()),
        Kind::Csv => ("text/csv", "csv"),
        Kind::Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    };
    let name = format!("attachment; filename=\"summary-{}-{}.{ending}\"", by.as_str(), summary.at.format("%Y%m%dT%H%M%SZ"));
    let written = tokio::task::spawn_blocking(move || write(&summary, asked.format)).await.map_err(io::Error::other).flatten();
    let file = written.map_err(|error| {
        tracing::error!(%error, "a summary cannot be written");
        Refusal::busy("the server has no room for this summary; ask for it again later")
    })?;
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, reports::body(file, place)).into_response())
}

/// Names of the figures: families and rupiah of each column that counts, rupiah of the others.
fn columns(by: By) -> Vec<String> {
    let names = by.columns().iter().flat_map(|column| {
        let families = column.counts.then(|| format!("{}_families", column.name));
        families.into_iter().chain([format!("{}_rupiah", column.name)])
    });
    names.collect()
}

/// The figures under these names.
fn numbers(by: By, figures: &[Sum]) -> impl Iterator<Item = i64> {
    let pairs = by.columns().iter().zip(figures);
    pairs.flat_map(|(column, sum)| column.counts.then_some(sum.families).into_iter().chain([sum.rupiah]))
}

fn told(summary: &Summary) -> Value {
    let by = summary.by;
    let columns = columns(by);
    let figures = |figures: &[Sum]| -> Map<String, Value> { columns.iter().cloned().zip(numbers(by, figures).map(Value::from)).collect() };
    let lines: Vec<Value> =
        summary.lines.iter().map(|line| json!({ "code": line.code, "name": line.name, "figures": figures(&line.figures) })).collect();
    json!({
        "by": by.as_str(), "tranche": summary.tranche, "region": summary.region, "at": summary.at, "columns": columns, "lines": lines,
        "total": figures(&summary.total), "differences": summary.differences,
    })
}

/// Every line as cells, the total last.
fn lines(summary: &Summary) -> impl Iterator<Item = Vec<Cell>> {
    let at = summary.at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let tranche = summary.tranche.clone().unwrap_or_default();
    let lines = summary.lines.iter().map(|line| (line.code.as_str(), line.name.as_str(), &line.figures));
    lines.chain([(TOTAL, "", &summary.total)]).map(move |(code, name, figures)| {
        let keys = [at.as_str(), &tranche, code, name].map(|text| Cell::Text(text.to_owned()));
        keys.into_iter().chain(numbers(summary.by, figures).map(Cell::Number)).collect()
    })
}

/// Writes the file, and goes back to its beginning.
fn write(summary: &Summary, kind: Kind) -> io::Result<File> {
    let figures = columns(summary.by);
    let columns: Vec<&str> = KEYS.into_iter().chain(figures.iter().map(String::as_str)).collect();
    let mut file = tempfile::tempfile()?;
    if kind == Kind::Csv {
        let mut table = Csv::new(BufWriter::new(&mut file), &columns)?;
        lines(summary).try_for_each(|line| table.write(line))?;
        table.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    } else {
        let mut table = Xlsx::new(&columns)?;
        lines(summary).try_for_each(|line| table.write(line))?;
        table.finish(BufWriter::new(&mut file))?;
    }
    file.rewind()?;
    Ok(file)
}
