//! The office's pages: what waits, with counts drawn as bars, and one complaint with its answer.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use salur_domain::{actor::Act, reason::Language};
use salur_store::complaints::{self, Complaint, Counted};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Answering, Outcome, Verdict, Written, decide, office, read,
    words::{Words, kind, verdict},
    words_of,
};
use crate::{
    Portal,
    pages::{Frame, Named, PageRefusal, Viewer, escaped, place_name, show},
    payments::status_name,
    refusal::Refusal,
    told::Entered,
    words::{WIB, count, moment, rupiah},
};

const PATH: &str = "/complaints";
/// Width of the longest bar.
const BAR: i64 = 100;

#[derive(Template)]
#[template(path = "complaints.html")]
struct ListPage {
    f: Frame,
    w: &'static Words,
    states: Vec<(&'static str, &'static str, bool)>,
    complaints: Vec<Shown>,
    tables: Vec<(&'static str, &'static str, Vec<Bar>)>,
    is_first: bool,
    state: String,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "complaint_case.html")]
struct CasePage {
    f: Frame,
    w: &'static Words,
    c: Shown,
    written: Option<Written>,
    why: String,
    may_answer: bool,
    verdicts: [(&'static str, &'static str); 2],
    note: String,
    wrong: Option<&'static str>,
    kept: bool,
}

/// A complaint as texts.
pub(crate) struct Shown {
    pub id: Uuid,
    pub number: String,
    pub kind: &'static str,
    pub rupiah: Option<String>,
    pub lodged: String,
    pub serial: String,
    pub payment: Option<String>,
    pub tranche: String,
    pub status: &'static str,
    pub place: String,
    pub teller: String,
    pub is_known: bool,
    pub has_words: bool,
    pub verdict: &'static str,
    pub badge: &'static str,
    pub answer: Option<(String, String, String)>,
}

/// A count as a bar.
struct Bar {
    name: String,
    all: String,
    open: String,
    upheld: String,
    kept_back: Option<String>,
    wide: i64,
    wide_upheld: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    state: String,
    after: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Opened {
    kept: Option<u8>,
}

#[derive(Deserialize)]
pub(super) struct Why {
    why: String,
}

#[derive(Deserialize)]
pub(super) struct Filled {
    #[serde(default)]
    verdict: String,
    note: String,
}

pub(super) async fn list(State(portal): State<Portal>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Response, PageRefusal> {
    let state = if asked.state.is_empty() { "open" } else { asked.state.as_str() };
    let listed = office::read_list(&portal, &viewer.caller, state, &asked.after).await.map_err(|refusal| viewer.refused(refusal))?;
    let (w, language) = (Words::of(viewer.language), viewer.language);
    let counts = &listed.counts;
    let tables = vec![
        (w.kinds, "h-kinds", bars(&counts.kinds, language, |code| kind(w, code).to_owned())),
        (w.tellers, "h-tellers", bars(&counts.tellers, language, str::to_owned)),
        (w.villages, "h-villages", bars(&counts.villages, language, place_name)),
    ];
    Ok(show(&ListPage {
        f: viewer.frame(),
        w,
        states: [("open", w.open), ("answered", w.answered), ("all", w.all)].map(|(word, name)| (word, name, word == state)).to_vec(),
        complaints: listed.complaints.into_iter().map(|complaint| shown(complaint, &viewer)).collect(),
        tables: tables.into_iter().filter(|(.., bars)| !bars.is_empty()).collect(),
        is_first: asked.after.is_empty(),
        next: listed.next.map(|next| format!("{PATH}?state={state}&after={}", escaped(&next))),
        state: state.to_owned(),
    }))
}

fn bars(counted: &[Counted], language: Language, name: impl Fn(&str) -> String) -> Vec<Bar> {
    let most = counted.iter().map(|one| one.complaints).max().unwrap_or(1).max(1);
    let bar = |one: &Counted| Bar {
        name: name(&one.code),
        all: count(one.complaints, language),
        open: count(one.open, language),
        upheld: count(one.upheld, language),
        kept_back: (one.stated > 0).then(|| rupiah(one.kept_back)),
        wide: one.complaints.saturating_mul(BAR) / most,
        wide_upheld: one.upheld.saturating_mul(BAR) / most,
    };
    counted.iter().map(bar).collect()
}

fn shown(complaint: Complaint, viewer: &Viewer) -> Shown {
    let (w, language) = (Words::of(viewer.language), viewer.language);
    let may_see_payments = viewer.caller.may(Act::SeePayments);
    let answered = complaint.actor.zip(complaint.answered_at).zip(complaint.note);
    Shown {
        id: complaint.complaint,
        number: complaint.number,
        kind: kind(w, &complaint.kind),
        rupiah: complaint.rupiah.map(rupiah),
        lodged: moment(complaint.lodged_at, WIB, language),
        serial: complaint.serial,
        is_known: complaint.payment.is_some(),
        payment: complaint.payment.filter(|_| may_see_payments).map(|id| id.to_string()),
        tranche: complaint.tranche.unwrap_or_default(),
        status: complaint.status.map_or("", |status| status_name(&status, language)),
        place: complaint.village.as_deref().map(place_name).unwrap_or_default(),
        teller: complaint.teller.unwrap_or_else(|| w.not_handed_over.to_owned()),
        has_words: complaint.has_words,
        badge: match complaint.verdict.as_deref() {
            None => "questioned",
            Some("upheld") => "refused",
            Some(_) => "undone",
        },
        verdict: verdict(w, complaint.verdict.as_deref()),
        answer: answered.map(|((actor, at), note)| (note, actor, moment(at, WIB, language))),
    }
}

pub(super) async fn one(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(id): Named<Uuid>,
    Query(opened): Query<Opened>,
) -> Result<Response, PageRefusal> {
    let page = case(&portal, &viewer, id).await.map(|page| CasePage { kept: opened.kept.is_some(), ..page });
    page.map(|page| show(&page)).map_err(|refusal| viewer.refused(refusal))
}

async fn case(portal: &Portal, viewer: &Viewer, id: Uuid) -> Result<CasePage, Refusal> {
    viewer.caller.must(Act::SeeComplaints)?;
    let mut tx = portal.database().begin_portal().await?;
    let complaint = read(&mut tx, &viewer.caller, id).await?;
    let w = Words::of(viewer.language);
    Ok(CasePage {
        f: viewer.frame(),
        w,
        c: shown(complaint, viewer),
        written: None,
        why: String::new(),
        may_answer: viewer.caller.may(Act::AnswerComplaints),
        verdicts: [("upheld", w.upheld), ("not_upheld", w.not_upheld)],
        note: String::new(),
        wrong: None,
        kept: false,
    })
}

pub(super) async fn words(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(id): Named<Uuid>,
    Entered(Why { why }): Entered<Why>,
) -> Result<Response, PageRefusal> {
    let drawn = async {
        let written = words_of(&portal, &viewer.caller, id, &why).await;
        let page = case(&portal, &viewer, id).await?;
        let wrong = page.w.wrong_why;
        match written {
            Ok(written) => Ok(show(&CasePage { written: Some(written), ..page })),
            Err(refusal) if refusal.code() == "why" => {
                Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&CasePage { why, wrong: Some(wrong), ..page })).into_response())
            }
            Err(refusal) => Err(refusal),
        }
    };
    viewer.answer(drawn).await
}

pub(super) async fn answer(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(id): Named<Uuid>,
    Entered(filled): Entered<Filled>,
) -> Result<Response, PageRefusal> {
    let drawn = async {
        let verdict = match filled.verdict.as_str() {
            "upheld" => Some(Verdict::Upheld),
            "not_upheld" => Some(Verdict::NotUpheld),
            _ => None,
        };
        let note = filled.note;
        let decided = match verdict {
            Some(verdict) => decide(&portal, &viewer.caller, id, &Answering { verdict, note: note.clone() }).await,
            None => Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "note", "choose a verdict")),
        };
        match decided {
            Ok(Outcome::Stands(_)) => Ok(Redirect::to(&format!("{PATH}/{id}?kept=1")).into_response()),
            Ok(Outcome::Late(_)) => {
                let page = case(&portal, &viewer, id).await?;
                Ok((StatusCode::CONFLICT, show(&CasePage { wrong: Some(page.w.late), ..page })).into_response())
            }
            Err(refusal) if refusal.code() == "note" => {
                let page = case(&portal, &viewer, id).await?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&CasePage { note, wrong: Some(page.w.wrong_note), ..page })).into_response())
            }
            Err(refusal) => Err(refusal),
        }
    };
    viewer.answer(drawn).await
}

/// The complaints about a payment, for its page, where the viewer may see them: a heading and each one.
pub(crate) async fn of_payment(portal: &Portal, viewer: &Viewer, payment: Uuid) -> Result<(&'static str, Vec<Shown>), Refusal> {
    let heading = Words::of(viewer.language).about_payment;
    if !viewer.caller.may(Act::SeeComplaints) {
        return Ok((heading, Vec::new()));
    }
    let mut tx = portal.database().begin_portal().await?;
    let found = complaints::of_payment(&mut tx, &viewer.caller.actor.region, payment).await?;
    Ok((heading, found.into_iter().map(|complaint| shown(complaint, viewer)).collect()))
}
