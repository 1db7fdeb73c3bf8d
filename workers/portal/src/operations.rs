//! Operations: what waits before each stage, who works, what could not be processed and is replayed, what is paused.
//!
//! `GET /operations` shows all of it and refreshes itself; `GET /operations/dead-letters` one group of dead letters, which is tried on five and then
//! replayed whole. Depths and rates come from the broker's management API when the page asks; nothing is measured here. Wishes and pauses go the ways of
//! the API ([`crate::dead_letters`], [`crate::pauses`]).

mod runbooks;
mod words;

use std::time::Duration;

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use salur_domain::{actor::Act, pause::Kind};
use salur_runtime::broker::management::{Unknown, Waiting};
use salur_store::{
    dead_letters::{self, Group, Outside},
    pauses::{self, Pause},
    replays::{self, Effects},
};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Portal,
    dead_letters::{MOST, ask_replay},
    pages::{Frame, PageRefusal, Viewer, escaped, show},
    pauses::{Wish, publish_pause},
    refusal::Refusal,
    told::Entered,
    words::{WIB, count, moment},
};
use words::Words;

/// Letters of a group that are tried before all are replayed.
const TRY: i64 = 5;
/// Groups and letters on a page.
const ROWS: i64 = 50;
/// Longest wait for a dependency to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pages.
pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route("/operations", get(overview))
        .route("/operations/pause", post(pause))
        .route("/operations/runbooks", get(runbooks::page))
        .route("/operations/dead-letters", get(group))
        .route("/operations/dead-letters/replay", post(replay))
}

#[derive(Template)]
#[template(path = "operations.html")]
struct OverviewPage {
    f: Frame,
    w: &'static Words,
    dependencies: Vec<(&'static str, bool)>,
    unknown: Option<Unknown>,
    stages: Vec<Stage>,
    groups: Vec<ShownGroup>,
    paused: Vec<ShownPause>,
    may_pause: bool,
    may_see_letters: bool,
    was_sent: bool,
}

impl OverviewPage {
    fn is_something_silent(&self) -> bool {
        self.dependencies.iter().any(|(_, answers)| !answers)
    }
}

/// A stage with what waits before it, as texts.
struct Stage {
    name: &'static str,
    state: &'static str,
    class: &'static str,
    known: bool,
    ready: String,
    in_hand: String,
    workers: String,
    comes: String,
    goes: String,
    empty_after: String,
    needed: String,
    suspects: String,
}

struct ShownGroup {
    stage: String,
    cause: String,
    letters: String,
    oldest: String,
    way: String,
}

struct ShownPause {
    kind: String,
    scope: String,
    reason: String,
    actor: String,
    since: String,
}

#[derive(Template)]
#[template(path = "dead_letters.html")]
struct GroupPage {
    f: Frame,
    w: &'static Words,
    stage: String,
    fingerprint: String,
    group: Option<Group>,
    letters: String,
    oldest: String,
    newest: String,
    some: Vec<(Outside, String)>,
    request: Option<Uuid>,
    effects: Option<Effects>,
    may_replay: bool,
}

#[derive(Debug, Deserialize)]
struct Sent {
    sent: Option<String>,
}

async fn overview(State(portal): State<Portal>, viewer: Viewer, Query(sent): Query<Sent>) -> Result<Response, PageRefusal> {
    draw(&portal, &viewer, sent.sent.is_some()).await.map_err(|refusal| viewer.refused(refusal))
}

async fn draw(portal: &Portal, viewer: &Viewer, was_sent: bool) -> Result<Response, Refusal> {
    viewer.caller.must(Act::SeeStages)?;
    let w = Words::of(viewer.language);
    let waiting = async {
        match portal.management() {
            None => Err(Unknown::NotConfigured),
            Some(management) => management.waiting(portal.stages()).await,
        }
    };
    let may_see_letters = viewer.caller.may(Act::SeeDeadLetters);
    let groups = async {
        if !may_see_letters {
            return Ok(vec![]);
        }
        dead_letters::groups(portal.database(), None, None, false, ROWS).await
    };
    let (waiting, groups, paused, store) =
        tokio::join!(waiting, groups, pauses::now(portal.database(), None), tokio::time::timeout(PATIENCE, portal.blobs().get("health")));
    let (groups, paused) = (groups?, paused?);
    let at = |moment_of| moment(moment_of, WIB, viewer.language);
    let is_paused = |stage: &str| paused.iter().any(|pause: &Pause| pause.kind == Kind::Stage.as_str() && pause.scope == stage);
    let dependencies = vec![
        ("PostgreSQL", true),
        ("RabbitMQ", waiting.is_ok() || waiting.as_ref().err() == Some(&Unknown::NotConfigured)),
        ("S3", matches!(store, Ok(Ok(_)))),
    ];
    let stage = |name: &&'static str| {
        let known = waiting.as_ref().ok().and_then(|waiting| waiting.get(name));
        stage(w, viewer, name, known, is_paused(name))
    };
    Ok(show(&OverviewPage {
        f: viewer.frame(),
        w,
        dependencies,
        unknown: waiting.as_ref().err().copied(),
        stages: portal.stages().iter().map(stage).collect(),
        groups: groups.iter().map(|group| shown_group(group, viewer)).collect(),
        paused: paused.iter().map(|pause| shown_pause(pause, at(pause.since))).collect(),
        may_pause: viewer.caller.may(Act::PauseStages),
        may_see_letters,
        was_sent,
    }))
}

fn stage(w: &'static Words, viewer: &Viewer, name: &'static str, known: Option<&Waiting>, is_paused: bool) -> Stage {
    let waiting = known.cloned().unwrap_or_default();
    let number = |number: u64| count(i64::try_from(number).unwrap_or(i64::MAX), viewer.language);
    let rate = |rate: f64| if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") };
    let rate = |of: f64| if viewer.language == salur_domain::reason::Language::English { rate(of) } else { rate(of).replace('.', ",") };
    let (state, class) = match () {
        () if is_paused => (w.paused, "questioned"),
        () if known.is_none() => (w.unknown, "info"),
        () if waiting.is_abandoned() => (w.abandoned, "refused"),
        () => (w.fine, "accepted"),
    };
    let empty_after = match waiting.empty_after_s() {
        Some(seconds) => duration(seconds),
        None if waiting.ready > 0 => w.never.to_owned(),
        None => String::new(),
    };
    Stage {
        name,
        state,
        class,
        known: known.is_some(),
        ready: number(waiting.ready),
        in_hand: number(waiting.in_hand),
        workers: number(waiting.workers.into()),
        comes: rate(waiting.comes),
        goes: rate(waiting.goes),
        empty_after,
        needed: waiting.workers_needed().map(|needed| number(needed.into())).unwrap_or_default(),
        suspects: if waiting.suspects > 0 { number(waiting.suspects) } else { String::new() },
    }
}

/// `45 s`, `12 min`, `3 h`.
fn duration(seconds: f64) -> String {
    match seconds {
        ..=90.0 => format!("{seconds:.0} s"),
        ..=5_400.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.0} h", seconds / 3_600.0),
    }
}

fn shown_group(group: &Group, viewer: &Viewer) -> ShownGroup {
    ShownGroup {
        stage: group.stage.clone(),
        cause: group.cause.clone(),
        letters: count(group.letters, viewer.language),
        oldest: moment(group.oldest, WIB, viewer.language),
        way: way_to(&group.stage, &group.fingerprint),
    }
}

fn shown_pause(pause: &Pause, since: String) -> ShownPause {
    let Pause { kind, scope, reason, actor, .. } = pause;
    ShownPause { kind: kind.clone(), scope: scope.clone(), reason: reason.clone(), actor: actor.clone(), since }
}

fn way_to(stage: &str, fingerprint: &str) -> String {
    format!("/operations/dead-letters?stage={}&fingerprint={}", escaped(stage), escaped(fingerprint))
}

#[derive(Debug, Deserialize)]
struct Pausing {
    stage: String,
    paused: bool,
    reason: String,
}

async fn pause(State(portal): State<Portal>, viewer: Viewer, Entered(asked): Entered<Pausing>) -> Result<Response, PageRefusal> {
    let Pausing { stage, paused, reason } = asked;
    let wish = Wish { request: None, kind: Kind::Stage, scope: stage, paused, reason, dry_run: false };
    let published = publish_pause(&portal, &viewer.caller, wish).await;
    published.map(drop).map_err(|refusal| viewer.refused(refusal))?;
    Ok(Redirect::to("/operations?sent=1").into_response())
}

#[derive(Debug, Deserialize)]
struct Named {
    stage: String,
    fingerprint: String,
    request: Option<Uuid>,
}

async fn group(State(portal): State<Portal>, viewer: Viewer, Query(named): Query<Named>) -> Result<Response, PageRefusal> {
    viewer.answer(draw_group(&portal, &viewer, named)).await
}

async fn draw_group(portal: &Portal, viewer: &Viewer, named: Named) -> Result<Response, Refusal> {
    viewer.caller.must(Act::SeeDeadLetters)?;
    let w = Words::of(viewer.language);
    let Named { stage, fingerprint, request } = named;
    let database = portal.database();
    let group = dead_letters::groups(database, Some(&stage), Some(&fingerprint), false, 1).await?.pop();
    let some = dead_letters::list(database, Some(&stage), Some(&fingerprint), false, 20).await?;
    let effects = match request {
        Some(request) => Some(replays::effects(database, request).await?),
        None => None,
    };
    if group.is_none() && effects.is_none() && dead_letters::list(database, Some(&stage), Some(&fingerprint), true, 1).await?.is_empty() {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "group", "there is no dead letter of this stage and cause"));
    }
    let at = |when| moment(when, WIB, viewer.language);
    Ok(show(&GroupPage {
        f: viewer.frame(),
        w,
        letters: count(group.as_ref().map_or(0, |group| group.letters), viewer.language),
        oldest: group.as_ref().map(|group| at(group.oldest)).unwrap_or_default(),
        newest: group.as_ref().map(|group| at(group.newest)).unwrap_or_default(),
        some: some
            .into_iter()
            .map(|letter| {
                let kept = at(letter.kept_at);
                (letter, kept)
            })
            .collect(),
        request,
        effects,
        may_replay: viewer.caller.may(Act::ReplayDeadLetters),
        stage,
        fingerprint,
        group,
    }))
}

#[derive(Debug, Deserialize)]
struct Replaying {
    stage: String,
    fingerprint: String,
    reason: String,
    how_many: String,
}

async fn replay(State(portal): State<Portal>, viewer: Viewer, Entered(asked): Entered<Replaying>) -> Result<Response, PageRefusal> {
    let limit = if asked.how_many == "all" { MOST } else { TRY };
    let which = replays::Which { ids: None, stage: Some(&asked.stage), fingerprint: Some(&asked.fingerprint), limit };
    let request = ask_replay(&portal, &viewer.caller, &which, &asked.reason).await;
    let (request, _) = request.map_err(|refusal| viewer.refused(refusal))?;
    Ok(Redirect::to(&format!("{}&request={request}", way_to(&asked.stage, &asked.fingerprint))).into_response())
}
