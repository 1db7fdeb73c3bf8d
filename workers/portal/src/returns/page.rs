//! What goes back of a tranche, as a page: the next statement drawn by reason and regency, signatures, statements with their papers, and what keeps it open.
//!
//! A form carries the sum as it was drawn, so that what is signed is what was seen. Who acts for a region sees its lines and sums alone, and signs
//! nothing. What keeps a tranche open is counted once its return has ended: before that nothing can be closed, whatever the count.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use salur_domain::{TrancheId, actor::Act};
use salur_store::{
    returns::{
        acts::{self, Waiting},
        statements::{self, Statement},
    },
    tranches::Tranche,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Remitting, Signed, Signing,
    drawing::{self, Drawn},
    find, publish_remittance, publish_signature,
    seen::{Seen, seen},
    words::{Words, open, refusal},
};
use crate::{
    Portal,
    access::random_id,
    effects,
    pages::{Frame, Named, PageRefusal, Viewer, show},
    refusal::Refusal,
    told::Entered,
    words::{WIB, count, day, moment, rupiah},
};

/// What a statement is written as.
const PAPERS: &[&str] = &["pdf", "xlsx", "json"];

#[derive(Template)]
#[template(path = "returns.html")]
struct ReturnsPage {
    f: Frame,
    w: &'static Words,
    code: String,
    closes: String,
    returns: String,
    swept: Option<String>,
    closed: Option<String>,
    is_regional: bool,
    number: String,
    drawn: Drawn,
    waiting: Vec<ShownSignature>,
    statements: Vec<ShownStatement>,
    open: Vec<(String, String)>,
    sign_statement: Signable,
    sign_close: Signable,
    may_remit: bool,
    note: Option<String>,
    wrong: Option<&'static str>,
}

/// A form with the sum that is signed, or why there is none.
struct Signable {
    request: Uuid,
    rupiah: i64,
    sum: String,
    why_not: Option<&'static str>,
    needs_two: bool,
}

struct ShownSignature {
    act: &'static str,
    actor: String,
    rupiah: String,
    document: String,
    at: String,
    stands: bool,
}

struct ShownStatement {
    request: Uuid,
    n: i32,
    number: String,
    /// Name and way of each paper; none where they say more than the viewer may see.
    papers: Vec<(String, String)>,
    families: String,
    rupiah: String,
    by: String,
    document: String,
    at: String,
    receipt: Option<(String, String)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Came {
    signed: Option<Uuid>,
    remitted: Option<Uuid>,
}

/// What a form says: an act that is signed with its sum, or a statement that was paid.
#[derive(Debug, Deserialize)]
pub(super) struct Filled {
    request: Uuid,
    act: String,
    document: String,
    #[serde(default)]
    rupiah: i64,
    #[serde(default)]
    statement: i32,
}

pub(super) async fn show_it(portal: &Portal, viewer: &Viewer, code: &str, came: &Came) -> Result<Response, Refusal> {
    let page = draw(portal, viewer, code).await?;
    let w = page.w;
    let (reason, note) = match (came.signed, came.remitted) {
        (Some(id), _) => match acts::signature(portal.database(), id).await? {
            None => (String::new(), Some(w.sent.to_owned())),
            Some(effect) => {
                let note = match (effect.effect.as_str(), effect.statement) {
                    ("refused", _) => None,
                    ("signed", _) => Some(w.e_signed.to_owned()),
                    (_, Some(n)) => Some(format!("R-{n}: {}", w.e_stated)),
                    (_, None) => Some(w.e_closed.to_owned()),
                };
                (effect.reason, note)
            }
        },
        (None, Some(id)) => match statements::remittance(portal.database(), id).await? {
            None => (String::new(), Some(w.sent.to_owned())),
            Some(effect) => (effect.reason.clone(), effect.reason.is_empty().then(|| w.e_remitted.to_owned())),
        },
        (None, None) => (String::new(), None),
    };
    Ok(show(&ReturnsPage { wrong: refusal(w, &reason), note, ..page }))
}

pub(super) async fn show_page(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(code): Named<String>,
    Query(came): Query<Came>,
) -> Result<Response, PageRefusal> {
    viewer.answer(show_it(&portal, &viewer, &code, &came)).await
}

pub(super) async fn act(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(code): Named<String>,
    Entered(filled): Entered<Filled>,
) -> Result<Response, PageRefusal> {
    let drawn = async {
        match send(&portal, &viewer, &code, filled).await {
            Ok(way) => Ok(Redirect::to(&format!("/tranches/{code}/returns?{way}")).into_response()),
            Err(closed) => {
                let Some(wrong) = refusal(Words::of(viewer.language), closed.code()) else { return Err(closed) };
                let page = draw(&portal, &viewer, &code).await?;
                Ok((closed.status(), show(&ReturnsPage { wrong: Some(wrong), ..page })).into_response())
            }
        }
    };
    viewer.answer(drawn).await
}

/// Says what the form says, and waits for what comes of it; where it is told.
async fn send(portal: &Portal, viewer: &Viewer, code: &str, filled: Filled) -> Result<String, Refusal> {
    let Filled { request, act, document, rupiah, statement } = filled;
    let act = match act.as_str() {
        "remit" => {
            let asked = Remitting { request: Some(request), document };
            let id = publish_remittance(portal, &viewer.caller, (code, statement), &asked).await?;
            effects::of(|| statements::remittance(portal.database(), id.0)).await?;
            return Ok(format!("remitted={id}"));
        }
        "return_statement" => Signed::ReturnStatement,
        "close" => Signed::Close,
        _ => return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "act", "sign a statement or a closing, or say what was remitted")),
    };
    let asked = Signing { request: Some(request), act, rupiah, document };
    let id = publish_signature(portal, &viewer.caller, code, &asked).await?;
    effects::of(|| acts::signature(portal.database(), id.0)).await?;
    Ok(format!("signed={id}"))
}

async fn draw(portal: &Portal, viewer: &Viewer, code: &str) -> Result<ReturnsPage, Refusal> {
    viewer.caller.must(Act::SeeTranches)?;
    let (tranche, database, w, language) = (find(portal, code).await?, portal.database(), Words::of(viewer.language), viewer.language);
    let (id, region) = (TrancheId(tranche.id), viewer.caller.actor.region.as_str());
    let is_regional = !region.is_empty();
    let Seen { n, lines, statements: stated, waiting } = seen(portal, id, region).await?;
    let may_close = tranche.return_ended_at.is_some() && tranche.closed_at.is_none() && !is_regional;
    let open_now = if may_close { acts::open(database, id).await? } else { Vec::new() };
    let unused = if may_close { acts::unused(database, id).await? } else { 0 };
    let sums = [("return_statement", lines.iter().map(|line| line.rupiah).sum()), ("close", unused)];
    let sign = |what| signable(viewer, &tranche, what, &waiting, open_now.is_empty());
    let (sign_statement, sign_close) = (sign(sums[0])?, sign(sums[1])?);
    let stands = |signature: &Waiting| sums.iter().any(|(act, sum)| signature.act == *act && signature.rupiah == *sum);
    Ok(ReturnsPage {
        f: viewer.frame(),
        w,
        closes: day(tranche.closes_at, WIB, language),
        returns: day(tranche.returns_at, WIB, language),
        swept: tranche.return_ended_at.map(|at| moment(at, WIB, language)),
        closed: tranche.closed_at.map(|at| moment(at, WIB, language)),
        is_regional,
        number: format!("R-{n}"),
        drawn: drawing::of(w, language, &lines),
        waiting: waiting.iter().map(|signature| shown_signature(signature, stands(signature), viewer)).collect(),
        statements: stated.into_iter().map(|statement| shown_statement(statement, &tranche.code, viewer)).collect::<Result<_, _>>()?,
        open: open_now.iter().map(|one| (open(w, &one.what).to_owned(), count(one.count, language))).collect(),
        may_remit: viewer.caller.may(Act::SignForTranche) && !is_regional,
        sign_statement,
        sign_close,
        note: None,
        wrong: None,
        code: tranche.code,
    })
}

/// Whether this viewer may sign an act at a sum; why not, in words.
fn signable(
    viewer: &Viewer,
    tranche: &Tranche,
    (act, sum): (&str, i64),
    waiting: &[Waiting],
    nothing_open: bool,
) -> Result<Signable, Refusal> {
    let (w, caller, is_close) = (Words::of(viewer.language), &viewer.caller, act == "close");
    let is_mine = |signature: &&Waiting| signature.act == act && signature.rupiah == sum && signature.actor == caller.actor.name;
    let needs_two = !is_close || tranche.allocation > tranche.threshold;
    let why_not = match () {
        () if !caller.may(Act::SignForTranche) => Some(w.not_your_role),
        () if !caller.actor.region.is_empty() => Some(w.not_your_region),
        () if tranche.return_ended_at.is_none() => Some(w.too_early),
        () if !is_close && sum == 0 => Some(w.r_empty),
        () if is_close && !nothing_open => Some(w.r_open),
        () if waiting.iter().any(|signature| is_mine(&signature)) => Some(w.signed_by_you),
        () => None,
    };
    Ok(Signable { request: random_id()?, rupiah: sum, sum: rupiah(sum), why_not, needs_two })
}

fn shown_signature(signature: &Waiting, stands: bool, viewer: &Viewer) -> ShownSignature {
    let w = Words::of(viewer.language);
    ShownSignature {
        act: if signature.act == "close" { w.close } else { w.statement },
        actor: signature.actor.clone(),
        rupiah: rupiah(signature.rupiah),
        document: signature.document.clone(),
        at: moment(signature.signed_at, WIB, viewer.language),
        stands,
    }
}

fn shown_statement(statement: Statement, code: &str, viewer: &Viewer) -> Result<ShownStatement, Refusal> {
    let n = statement.n;
    let kinds = if viewer.caller.actor.region.is_empty() { PAPERS } else { &[] };
    let paper = |kind: &&str| (format!("R-{n}.{kind}"), format!("/api/tranches/{code}/statements/{n}?format={kind}"));
    Ok(ShownStatement {
        request: random_id()?,
        n,
        number: format!("R-{n}"),
        papers: kinds.iter().map(paper).collect(),
        families: count(statement.families, viewer.language),
        rupiah: rupiah(statement.rupiah),
        by: format!("{}, {}", statement.prepared_by, statement.approved_by),
        document: statement.document,
        at: day(statement.approved_at, WIB, viewer.language),
        receipt: statement.receipt.zip(statement.remitted_at.map(|at| day(at, WIB, viewer.language))),
    })
}
