//! A statement as a paper: JSON, a workbook, or a PDF to sign.

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use salur_domain::{RegencyCode, Rupiah, TrancheId, actor::Act, region, returns::ReturnReason};
use salur_formats::statement::{Head, Line, Paper};
use salur_store::returns::statements::{self, Statement};
use serde::Deserialize;
use serde_json::json;

use super::{find, seen::of_region};
use crate::{Portal, access::Caller, refusal::Refusal, told::Sought};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default)]
    format: Kind,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Json,
    Xlsx,
    Pdf,
}

/// One statement that was approved; who acts for a region has its lines, and no paper.
pub(super) async fn fetch(
    State(portal): State<Portal>,
    caller: Caller,
    Path((code, n)): Path<(String, i32)>,
    Sought(asked): Sought<Asked>,
) -> Result<Response, Refusal> {
    caller.must(Act::SeeTranches)?;
    let tranche = find(&portal, &code).await?;
    let id = TrancheId(tranche.id);
    let statement = statements::list(portal.database(), id).await?.into_iter().find(|statement| statement.n == n);
    let nowhere = || Refusal::new(StatusCode::NOT_FOUND, "statement", "there is no statement of this number");
    let mut statement = statement.ok_or_else(nowhere)?;
    if !matches!(asked.format, Kind::Json) {
        // a paper is signed for the whole country
        caller.must_have_the_country()?;
    }
    let lines = of_region(&portal, id, &mut statement, &caller.actor.region).await?;
    let (kind, ending, bytes) = match asked.format {
        Kind::Json => return Ok(Json(json!({ "tranche": code, "statement": statement, "lines": lines })).into_response()),
        Kind::Xlsx => {
            let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            (kind, "xlsx", paper(&tranche, &statement, &lines).xlsx().map_err(|_| Refusal::busy("the workbook could not be written"))?)
        }
        Kind::Pdf => ("application/pdf", "pdf", paper(&tranche, &statement, &lines).pdf()),
    };
    let name = format!("attachment; filename=\"{code}-R{n}.{ending}\"");
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

fn paper(tranche: &salur_store::tranches::Tranche, statement: &Statement, lines: &[statements::Line]) -> Paper {
    let head = Head {
        number: format!("{}/R-{}", tranche.code, statement.n),
        programme: tranche.programme.clone(),
        tranche: tranche.name.clone(),
        window: [tranche.opens_at, tranche.closes_at],
        approved_at: statement.approved_at,
        prepared_by: statement.prepared_by.clone(),
        approved_by: statement.approved_by.clone(),
        document: statement.document.clone(),
        receipt: statement.receipt.clone(),
    };
    let name_of = |code: &str| RegencyCode::parse(code).ok().and_then(region::regency_name).unwrap_or_default().to_owned();
    let line = |line: &statements::Line| Line {
        regency: line.regency.clone(),
        regency_name: name_of(&line.regency),
        reason: ReturnReason::parse(&line.reason).unwrap_or(ReturnReason::Absent),
        families: line.families,
        rupiah: Rupiah::new(line.rupiah).unwrap_or_default(),
    };
    Paper { head, lines: lines.iter().map(line).collect() }
}
