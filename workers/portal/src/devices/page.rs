//! Devices as a page: by pay point, each with its last use, and the registering of one, whose one-time code is shown in that answer and never again.
//!
//! Administrators register; supervisors, auditors and who runs the machines look. Who acts for a region sees the pay points that serve it. Bounds:
//! [`devices::SHOWN_MAX`] devices of a page.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use salur_domain::actor::Act;
use salur_store::devices::{self, Filter};
use serde::Deserialize;

use super::{
    Secret, Wanted, make,
    words::{Words, refusal},
};
use crate::{
    Portal,
    pages::{Frame, PageRefusal, Viewer, escaped, show},
    refusal::Refusal,
    told::Entered,
    words::{WIB, moment},
};

/// Where these pages are.
const PATH: &str = "/devices";
/// Between pay point and code in the key of a page; no code holds it.
const MARK: char = '/';

#[derive(Template)]
#[template(path = "devices.html")]
struct DevicesPage {
    f: Frame,
    w: &'static Words,
    groups: Vec<Group>,
    states: [(&'static str, &'static str, bool); 4],
    pay_point: String,
    may_manage: bool,
    is_first: bool,
    next: Option<String>,
    filled: Filled,
    secret: Option<ShownSecret>,
    note: Option<String>,
    wrong: Option<&'static str>,
}

/// Devices of a pay point.
struct Group {
    pay_point: String,
    name: String,
    devices: Vec<Shown>,
}

/// A device as texts.
pub(super) struct Shown {
    pub code: String,
    pub pay_point: String,
    pub pay_point_name: String,
    pub state: &'static str,
    pub badge: &'static str,
    pub last: String,
    pub more: Option<String>,
}

/// A secret as it is shown, once.
pub(super) struct ShownSecret {
    pub what: String,
    pub text: String,
    pub until: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    pay_point: String,
    state: String,
    after: String,
}

/// What is to be registered, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    code: String,
    pay_point: String,
}

pub(super) async fn list(State(portal): State<Portal>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Response, PageRefusal> {
    viewer.answer(async { Ok(show(&draw(&portal, &viewer, &asked).await?)) }).await
}

pub(super) async fn register(
    State(portal): State<Portal>,
    viewer: Viewer,
    Entered(filled): Entered<Filled>,
) -> Result<Response, PageRefusal> {
    let registered = async {
        let w = Words::of(viewer.language);
        let wanted = Wanted { code: filled.code.trim().to_owned(), pay_point: filled.pay_point.trim().to_owned() };
        match make(&portal, &viewer.caller, wanted).await {
            Ok(secret) => {
                let page = draw(&portal, &viewer, &Asked::default()).await?;
                let page = DevicesPage { note: Some(secret.device.clone()), secret: Some(shown_secret(secret, w, &viewer)), ..page };
                Ok((StatusCode::CREATED, show(&page)).into_response())
            }
            Err(closed) => {
                let Some(wrong) = refusal(w, closed.code()) else { return Err(closed) };
                let page = draw(&portal, &viewer, &Asked::default()).await?;
                Ok((closed.status(), show(&DevicesPage { wrong: Some(wrong), filled, ..page })).into_response())
            }
        }
    };
    viewer.answer(registered).await
}

async fn draw(portal: &Portal, viewer: &Viewer, asked: &Asked) -> Result<DevicesPage, Refusal> {
    viewer.caller.must(Act::SeeDevices)?;
    let w = Words::of(viewer.language);
    let pay_point = asked.pay_point.trim();
    let after = asked.after.split_once(MARK).unwrap_or_default();
    let filter = Filter { code: "", pay_point, state: &asked.state, region: &viewer.caller.actor.region, after };
    let mut tx = portal.database().begin_portal().await?;
    let found = devices::shown(&mut tx, &filter).await?;
    let next = found.last_before_more().map(|last| {
        let after = format!("{}{MARK}{}", last.device.pay_point, last.device.code);
        format!("{PATH}?pay_point={}&state={}&after={}", escaped(pay_point), escaped(&asked.state), escaped(&after))
    });
    let states = [("", w.all), ("active", w.active), ("invited", w.invited), ("revoked", w.revoked)];
    Ok(DevicesPage {
        f: viewer.frame(),
        w,
        groups: groups(found.iter().map(|device| shown_device(device, viewer))),
        states: states.map(|(word, name)| (word, name, word == asked.state)),
        pay_point: pay_point.to_owned(),
        may_manage: viewer.caller.may(Act::ManageDevices),
        is_first: after.0.is_empty(),
        next,
        filled: Filled::default(),
        secret: None,
        note: None,
        wrong: None,
    })
}

/// Devices in their order, one group a pay point.
fn groups(devices: impl Iterator<Item = Shown>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for device in devices {
        match groups.last_mut() {
            Some(group) if group.pay_point == device.pay_point => group.devices.push(device),
            _ => groups.push(Group { pay_point: device.pay_point.clone(), name: device.pay_point_name.clone(), devices: vec![device] }),
        }
    }
    groups
}

pub(super) fn shown_device(shown: &devices::Shown, viewer: &Viewer) -> Shown {
    let (w, device) = (Words::of(viewer.language), &shown.device);
    let at = |at| moment(at, WIB, viewer.language);
    let (state, badge, more) = match (device.revoked_at, device.enrolled) {
        (Some(ended), _) => (w.revoked, "refused", Some(format!("{} {}", w.revoked_at, at(ended)))),
        (None, true) => (w.active, "accepted", None),
        (None, false) => {
            let code = device.code_expires_at.map_or_else(|| w.no_code.to_owned(), |until| format!("{} {}", w.waits, at(until)));
            (w.invited, "questioned", Some(code))
        }
    };
    Shown {
        code: device.code.clone(),
        pay_point: device.pay_point.clone(),
        pay_point_name: shown.pay_point_name.clone(),
        state,
        badge,
        last: shown.last_used_at.map_or_else(|| w.never.to_owned(), at),
        more,
    }
}

pub(super) fn shown_secret(secret: Secret, w: &'static Words, viewer: &Viewer) -> ShownSecret {
    let Secret { device, code, expires_at } = secret;
    ShownSecret { what: format!("{} {device}", w.code_is), text: code, until: moment(expires_at, WIB, viewer.language) }
}
