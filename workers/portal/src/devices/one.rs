//! One device as a page: where it belongs, when it was last used, and the forms that make a code or end it.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use salur_domain::actor::Act;
use salur_store::{
    Tx,
    device_packs::shown,
    devices::{self, Filter},
};
use serde::Deserialize;

use super::{
    end,
    page::{Shown, ShownSecret, shown_device, shown_secret},
    renew,
    words::{Words, refusal},
};
use crate::{
    Portal,
    pages::{Frame, Named, PageRefusal, Viewer, show},
    refusal::Refusal,
    told::Entered,
    words::{WIB, count, moment, rupiah},
};

#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage {
    f: Frame,
    w: &'static Words,
    d: Shown,
    enrolled: bool,
    is_alive: bool,
    /// Live packs: teller, families, rupiah, and until when.
    packs: Vec<String>,
    /// Who said or did what shows a copy.
    copies: Vec<String>,
    may_manage: bool,
    secret: Option<ShownSecret>,
    note: Option<&'static str>,
    wrong: Option<&'static str>,
}

/// What a form of this page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    act: String,
    reason: String,
}

pub(super) async fn show_page(State(portal): State<Portal>, viewer: Viewer, Named(code): Named<String>) -> Result<Response, PageRefusal> {
    viewer.answer(async { Ok(show(&draw(&portal, &viewer, &code).await?)) }).await
}

pub(super) async fn act(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(code): Named<String>,
    Entered(filled): Entered<Filled>,
) -> Result<Response, PageRefusal> {
    let acted = async {
        let w = Words::of(viewer.language);
        let done = match filled.act.as_str() {
            "code" => renew(&portal, &viewer.caller, code.clone()).await.map(Some),
            _ => end(&portal, &viewer.caller, &code, &filled.reason).await.map(|_| None),
        };
        match done {
            Ok(secret) => {
                let page = draw(&portal, &viewer, &code).await?;
                let note = secret.is_none().then_some(w.was_revoked);
                Ok(show(&DevicePage { secret: secret.map(|secret| shown_secret(secret, w, &viewer)), note, ..page }))
            }
            Err(closed) => {
                let Some(wrong) = refusal(w, closed.code()) else { return Err(closed) };
                let page = draw(&portal, &viewer, &code).await?;
                Ok((closed.status(), show(&DevicePage { wrong: Some(wrong), ..page })).into_response())
            }
        }
    };
    viewer.answer(acted).await
}

async fn draw(portal: &Portal, viewer: &Viewer, code: &str) -> Result<DevicePage, Refusal> {
    viewer.caller.must(Act::SeeDevices)?;
    let mut tx = portal.database().begin_portal().await?;
    let filter = Filter { code, region: &viewer.caller.actor.region, ..Filter::default() };
    let found = if code.is_empty() { None } else { devices::shown(&mut tx, &filter).await?.into_iter().next() };
    let nowhere = || Refusal::new(StatusCode::NOT_FOUND, "device", "there is no device of this code in your region");
    let shown = found.ok_or_else(nowhere)?;
    let (packs, copies) = packs(&mut tx, viewer, code).await?;
    Ok(DevicePage {
        f: viewer.frame(),
        w: Words::of(viewer.language),
        d: shown_device(&shown, viewer),
        enrolled: shown.device.enrolled,
        is_alive: shown.device.revoked_at.is_none(),
        packs,
        copies,
        may_manage: viewer.caller.may(Act::ManageDevices),
        secret: None,
        note: None,
        wrong: None,
    })
}

/// Live packs of a device, and signs that one was copied, each on a line.
async fn packs(tx: &mut Tx, viewer: &Viewer, code: &str) -> Result<(Vec<String>, Vec<String>), Refusal> {
    let (w, region) = (Words::of(viewer.language), viewer.caller.actor.region.as_str());
    let number = |number| count(number, viewer.language);
    let live = shown::list(tx, Some(code), true, region).await?;
    let live = live.into_iter().map(|pack| {
        let (families, until) = (number(i64::from(pack.families)), moment(pack.ends_at, WIB, viewer.language));
        format!("{}, {}: {families} {}, {}, {} {until}", pack.day, pack.teller, w.pack_families, rupiah(pack.rupiah), w.pack_until)
    });
    let live = live.collect();
    let copies = shown::doubts(tx, Some(code), region).await?.into_iter().map(|doubt| {
        let hand_overs = number(doubt.hand_overs);
        format!("{}, {}: {hand_overs} {}, {}", doubt.device, doubt.teller, w.pack_hand_overs, rupiah(doubt.rupiah))
    });
    Ok((live, copies.collect()))
}
