//! Packs as a page: what there is to print in each village, to take away, and to say that it was handed out.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{NaiveDate, Utc};
use salur_domain::actor::Act;
use salur_store::packs::Shown as Pack;
use serde::Deserialize;
use uuid::Uuid;

use super::{HandOut, Named as Which, Sight, open, read, say, words::Words};
use crate::{
    Portal,
    access::random_id,
    pages::{Frame, Named, PageRefusal, Viewer, escaped, place_name, show},
    refusal::Refusal,
    told::Entered,
    words::{WIB, count, day, moment, rupiah},
};

const PATH: &str = "/packs";

#[derive(Template)]
#[template(path = "packs.html")]
struct PacksPage {
    f: Frame,
    w: &'static Words,
    packs: Vec<Shown>,
    tranche: String,
    village: String,
    is_first: bool,
    next: Option<String>,
    said: bool,
    today: String,
}

/// A pack as texts.
struct Shown {
    way: String,
    id: String,
    place: String,
    village: String,
    tranche: String,
    number: String,
    is_late: bool,
    cheques: String,
    most_kept: i32,
    rupiah: String,
    pages: String,
    made: String,
    unreadable: Option<String>,
    handed_out: Option<HandedOut>,
    may_open: bool,
    request: Option<Uuid>,
}

/// What was said of handing it out.
struct HandedOut {
    on: String,
    kept: String,
    document: String,
    actor: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    tranche: String,
    village: String,
    after: String,
    said: Option<u8>,
}

#[derive(Deserialize)]
pub(super) struct Filled {
    request: Uuid,
    on: NaiveDate,
    kept: u32,
    document: String,
}

pub(super) async fn list(State(portal): State<Portal>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Response, PageRefusal> {
    draw(&portal, &viewer, asked).await.map_err(|refusal| viewer.refused(refusal))
}

async fn draw(portal: &Portal, viewer: &Viewer, asked: Asked) -> Result<Response, Refusal> {
    let Asked { tranche, village, after, said } = asked;
    let sight = Sight { tranche: tranche.trim().to_owned(), village: village.trim().to_owned(), after };
    let (packs, next) = read(portal, &viewer.caller, &sight).await?;
    let Sight { tranche, village, after } = sight;
    let next = next.map(|next| format!("{PATH}?tranche={}&village={}&after={}", escaped(&tranche), escaped(&village), escaped(&next)));
    Ok(show(&PacksPage {
        f: viewer.frame(),
        w: Words::of(viewer.language),
        packs: packs.into_iter().map(|pack| shown(pack, viewer)).collect::<Result<_, _>>()?,
        is_first: after.is_empty(),
        next,
        said: said.is_some(),
        today: Utc::now().date_naive().to_string(),
        tranche,
        village,
    }))
}

fn shown(pack: Pack, viewer: &Viewer) -> Result<Shown, Refusal> {
    let language = viewer.language;
    let may_say = viewer.caller.may(Act::HandOutPacks) && pack.handed_out_on.is_none();
    let noon = |on: NaiveDate| on.and_hms_opt(5, 0, 0).expect("every day has a noon in Jakarta").and_utc();
    let handed_out = pack.handed_out_on.map(|on| HandedOut {
        on: day(noon(on), WIB, language),
        kept: count(pack.kept.unwrap_or_default().into(), language),
        document: pack.document.clone().unwrap_or_default(),
        actor: pack.handed_out_by.clone().unwrap_or_default(),
    });
    Ok(Shown {
        way: format!("{PATH}/{}/{}/{}", escaped(&pack.tranche), pack.village, pack.number),
        id: format!("{}-{}-{}", pack.tranche_id, pack.village, pack.number),
        place: place_name(&pack.village),
        tranche: format!("{} · {}", pack.tranche_name, pack.tranche),
        number: pack.number.to_string(),
        is_late: pack.number > 1,
        cheques: count(pack.cheques.into(), language),
        most_kept: pack.cheques,
        rupiah: rupiah(pack.rupiah),
        pages: count(pack.pages.into(), language),
        made: moment(pack.made_at, WIB, language),
        unreadable: (pack.unreadable > 0).then(|| count(pack.unreadable.into(), language)),
        handed_out,
        may_open: viewer.caller.may(Act::OpenPacks),
        request: if may_say { Some(random_id()?) } else { None },
        village: pack.village,
    })
}

pub(super) async fn file(State(portal): State<Portal>, viewer: Viewer, Named(which): Named<Which>) -> Result<Response, PageRefusal> {
    open(&portal, &viewer.caller, &which).await.map_err(|refusal| viewer.refused(refusal))
}

pub(super) async fn hand_out(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(which): Named<Which>,
    Entered(filled): Entered<Filled>,
) -> Result<Response, PageRefusal> {
    let Filled { request, on, kept, document } = filled;
    let said = HandOut { request: Some(request), on, kept, document };
    say(&portal, &viewer.caller, &which, said).await.map(drop).map_err(|refusal| viewer.refused(refusal))?;
    Ok(Redirect::to(&format!("{PATH}?village={}&said=1", which.1)).into_response())
}
