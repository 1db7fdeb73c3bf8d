//! A case carried out of the house as one ZIP: what its page shows, masked; the photo's bytes as they were judged; and the proof of its rows to the sealed
//! root, which somebody outside checks with public keys alone. `POST /proofs/{capture}/export`, and below `/api` for programs.
//!
//! It is recorded first, with the reason of the session, as a look at the photo is. Bounds: [`super::CASES_AT_ONCE`] at once, from the first byte to the last,
//! each with a photo of at most 16 MiB in memory until it is packed; the ZIP, in which a photo is stored as it is, lies in a file without a name.

mod words;

use std::{
    fs::File,
    io::{Seek, Write},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::Utc;
use salur_domain::{CaptureId, actor::Act, reason::Language};
use salur_store::{
    Error, audit,
    evidence::prove::{self, OF_CASE, Proof},
    gallery::{self, Whole},
    proofs, proxies,
};
use serde_json::{Value, json};
use zip::{CompressionMethod, ZipWriter, result::ZipResult, write::SimpleFileOptions};

use super::{
    photo,
    why::{self, look},
};
use crate::{
    Portal,
    access::Caller,
    pages::{Named, PageRefusal, Viewer},
    refusal::Refusal,
    reports::body,
    words::{WIB, moment},
};
pub(super) use words::Words;

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route("/proofs/{capture}/export", post(page))
        .route("/api/proofs/{capture}/export", post(door))
        .route("/api/proofs/{capture}", get(told))
}

/// What becomes of the proof of the seal.
enum Sealed {
    Proof(Box<Proof>),
    Nothing,
    Broken,
}

/// What goes into the ZIP.
struct Parts {
    readme: String,
    case: Value,
    photo: Option<Vec<u8>>,
    proof: Option<Value>,
    keys: String,
}

async fn page(State(portal): State<Portal>, viewer: Viewer, Named(capture): Named<CaptureId>) -> Result<Response, PageRefusal> {
    if viewer.caller.may(Act::SeeProofs) && viewer.caller.why.is_none() {
        return Ok(why::ask_before(&viewer, &format!("/proofs/{capture}")));
    }
    export(&portal, &viewer.caller, capture, viewer.language).await.map_err(|refusal| viewer.refused(refusal))
}

async fn door(State(portal): State<Portal>, caller: Caller, Path(capture): Path<CaptureId>) -> Result<Response, Refusal> {
    export(&portal, &caller, capture, Language::English).await
}

/// What the page shows, for programs.
async fn told(State(portal): State<Portal>, caller: Caller, Path(capture): Path<CaptureId>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeProofs)?;
    let why = why::said(&caller)?;
    let mut tx = portal.database().begin_portal().await?;
    let nowhere = || Refusal::new(StatusCode::NOT_FOUND, "capture", "there is no such capture that you may see; check its id");
    let whole = gallery::case(&mut tx, capture, &caller.actor.region).await?.ok_or_else(nowhere)?;
    look(&mut tx, &caller, why, "case", &[capture]).await?;
    tx.commit().await?;
    Ok(Json(case(&whole)))
}

async fn export(portal: &Portal, caller: &Caller, capture: CaptureId, language: Language) -> Result<Response, Refusal> {
    caller.must(Act::SeeProofs)?;
    let why = why::said(caller)?;
    let Ok(place) = portal.cases().try_acquire_owned() else {
        return Err(Refusal::busy("too many cases are carried out at once; ask for this one again"));
    };
    let whole = record(portal, caller, why, capture).await?;
    let photo = if whole.case.has_picture() { photo::read(portal, capture, proofs::original_key).await? } else { None };
    let sealed = sealed(portal, capture).await?;
    let parts = parts(portal, caller, why, &whole, photo, sealed, language);
    let packed = tokio::task::spawn_blocking(move || pack(&parts)).await.map_err(std::io::Error::other);
    let file = packed.and_then(|packed| packed.map_err(std::io::Error::other)).map_err(|error| {
        tracing::error!(%error, %capture, "a case cannot be packed");
        Refusal::busy("the server cannot pack this case now; ask for it again later")
    })?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"case-{capture}.zip\"")),
    ];
    Ok((headers, body(file, place)).into_response())
}

/// Leaves in the audit who carries what out and why, in the transaction that reads it.
async fn record(portal: &Portal, caller: &Caller, why: &str, capture: CaptureId) -> Result<Whole, Refusal> {
    let mut tx = portal.database().begin_portal().await?;
    let nowhere = || Refusal::new(StatusCode::NOT_FOUND, "capture", "there is no such capture that you may see; check its id");
    let whole = gallery::case(&mut tx, capture, &caller.actor.region).await?.ok_or_else(nowhere)?;
    let detail = json!({ "why": why, "capture": capture });
    audit::record(&mut tx, &caller.actor.name, "case_exported", &detail).await?;
    look(&mut tx, caller, why, "export", &[capture]).await?;
    tx.commit().await?;
    Ok(whole)
}

async fn sealed(portal: &Portal, capture: CaptureId) -> Result<Sealed, Refusal> {
    let evidence = portal.evidence();
    let proved = prove::of_capture(portal.database(), portal.blobs(), evidence.log.as_ref(), capture, OF_CASE).await;
    let broken = |why: &str| {
        tracing::error!(%capture, why, "a case does not fit its seal");
        Sealed::Broken
    };
    Ok(match proved {
        Ok(None) => Sealed::Nothing,
        Ok(Some(proof)) => match prove::check(&proof, evidence.log.as_ref(), evidence.journal.as_ref()) {
            Ok(_) => Sealed::Proof(Box::new(proof)),
            Err(why) => broken(&why),
        },
        Err(Error::Invariant(why)) => broken(&why),
        Err(error) => return Err(error.into()),
    })
}

fn parts(portal: &Portal, caller: &Caller, why: &str, whole: &Whole, photo: Option<Vec<u8>>, sealed: Sealed, language: Language) -> Parts {
    let w = Words::of(language);
    let standing = match &sealed {
        Sealed::Proof(proof) if proof.unsealed.is_empty() => w.is_sealed,
        Sealed::Proof(_) => w.not_sealed,
        Sealed::Nothing => w.no_seal,
        Sealed::Broken => w.broken_seal,
    };
    let said = [
        ("{capture}", whole.case.capture().to_string()),
        ("{actor}", caller.actor.name.clone()),
        ("{at}", moment(Utc::now(), WIB, language)),
        ("{photo}", if photo.is_some() { w.has_photo } else { w.no_photo }.to_owned()),
        ("{sealed}", standing.to_owned()),
        // last: a reason may hold anything
        ("{why}", why.to_owned()),
    ];
    let evidence = portal.evidence();
    let keys = [("log", &evidence.log), ("journal", &evidence.journal)];
    let keys = keys.into_iter().filter_map(|(name, key)| Some(format!("{name} {}\n", key.as_ref()?))).collect();
    let proof = match sealed {
        Sealed::Proof(proof) => serde_json::to_value(proof).ok(),
        Sealed::Nothing | Sealed::Broken => None,
    };
    Parts {
        readme: said.iter().fold(w.readme.to_owned(), |text, (of, value)| text.replace(of, value)),
        case: case(whole),
        photo,
        proof,
        keys,
    }
}

/// What the page shows, masked as it is there.
pub(crate) fn case(whole: &Whole) -> Value {
    let case = &whole.case;
    let payments = whole.payments.iter().map(|paid| {
        json!({ "payment": paid.payment, "tranche": paid.tranche_name, "rupiah": paid.amount, "status": paid.status, "masked_name": paid.name,
            "masked_nik": paid.nik, "village": paid.village, "serial": paid.serial })
    });
    let findings = whole.findings.iter().map(|found| json!({ "code": found.code, "severity": found.severity, "evidence": found.evidence }));
    let decisions = whole.decisions.iter().map(|decided| {
        json!({ "at": decided.at, "actor": decided.actor, "decision": decided.word, "ground": decided.ground, "document": decided.document,
            "effect": decided.effect, "reason": decided.reason })
    });
    let proxy = whole.proxy.as_ref().map(|(proxy, others)| {
        json!({ "relation": proxy.relation, "masked_name": proxy.name, "masked_nik": proxy.nik, "is_kept": proxy.is_kept, "days": proxies::DAYS,
            "families": proxy.families, "households": proxy.households, "other_visits": others })
    });
    json!({
        "format": "salur.case/v1", "capture": case.capture(), "state": case.state, "sha256": hex::encode(&case.sha256), "bytes": case.size,
        "photo": if case.is_kept { "kept" } else { "destroyed" },
        "width": case.width, "height": case.height, "device": case.device, "teller": case.teller, "teller_name": case.teller_name,
        "pay_point": { "code": case.pay_point, "name": case.pay_point_name, "latitude": case.latitude, "longitude": case.longitude,
            "radius_m": case.radius_m, "opens": case.opens, "closes": case.closes, "utc_offset_minutes": case.offset_minutes },
        "village": case.village, "rupiah": case.rupiah, "claimed_at": case.claimed_at, "claim_ends_at": case.expires_at,
        "captured_at": case.captured_at, "received_at": case.received_at, "judged_at": case.judged_at, "statement": case.statement,
        "findings": findings.collect::<Vec<_>>(), "payments": payments.collect::<Vec<_>>(), "decisions": decisions.collect::<Vec<_>>(), "proxy": proxy,
    })
}

/// The ZIP from its beginning.
fn pack(parts: &Parts) -> ZipResult<File> {
    let mut zip = ZipWriter::new(tempfile::tempfile()?);
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut add = |name: &str, options, bytes: &[u8]| -> ZipResult<()> {
        zip.start_file(name, options)?;
        Ok(zip.write_all(bytes)?)
    };
    add("README.txt", packed, parts.readme.as_bytes())?;
    add("case.json", packed, format!("{:#}\n", parts.case).as_bytes())?;
    if let Some(photo) = &parts.photo {
        add("photo.jpg", stored, photo)?;
    }
    if let Some(proof) = &parts.proof {
        add("proof.json", packed, format!("{proof:#}\n").as_bytes())?;
    }
    add("keys.txt", packed, parts.keys.as_bytes())?;
    let mut file = zip.finish()?;
    file.rewind()?;
    Ok(file)
}
