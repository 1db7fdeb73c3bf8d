//! The page: three ways to look, and what was found below. Everything typed comes in a body; only the regency whose villages are offered stands in the address.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use salur_domain::{
    actor::{Act, covers},
    reason::Language,
    region::{self, ProvinceCode, RegencyCode},
};
use serde::Deserialize;

use super::{
    Failed, list,
    search::{self, Answer, Asked, Family, Kind, Payment},
    words::{self, Words},
};
use crate::{
    Portal,
    pages::{Frame, PageRefusal, Viewer, place_name, show},
    payments::status_name,
    told::Entered,
    words::{count, rupiah},
};

/// Lines of a list that the page shows: more make a phone slow, and the CSV has them all.
const LINES_SHOWN: usize = 500;

#[derive(Template)]
#[template(path = "families.html")]
struct FamiliesPage {
    f: Frame,
    w: &'static Words,
    asked: Asked,
    wrong: Option<&'static str>,
    regency: String,
    regencies: Vec<Choice>,
    villages: Vec<Choice>,
    result: Option<Shown>,
    may_see_payments: bool,
}

struct Choice {
    value: String,
    name: String,
    is_chosen: bool,
}

/// What was found, as texts.
struct Shown {
    heading: String,
    families: Vec<FamilyShown>,
    more: bool,
    unreadable: Option<String>,
    counts: Option<Vec<(String, &'static str)>>,
    lines: Vec<LineShown>,
    is_cut: bool,
}

struct FamilyShown {
    name: String,
    nik: String,
    place: String,
    payments: Vec<PaymentShown>,
}

struct PaymentShown {
    id: String,
    tranche: String,
    status: &'static str,
    badge: &'static str,
    rupiah: String,
    serial: String,
    pay_point: String,
}

struct LineShown {
    number: String,
    nik: String,
    result: &'static str,
    payments: Vec<PaymentShown>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Where {
    regency: String,
}

/// A form, which says how it wants its answer.
#[derive(Deserialize)]
pub(super) struct Sent {
    kind: Kind,
    text: String,
    #[serde(default)]
    village: String,
    why: String,
    #[serde(default)]
    r#as: String,
}

pub(super) async fn ask(State(_): State<Portal>, viewer: Viewer, Query(at): Query<Where>) -> Result<Response, PageRefusal> {
    viewer.caller.must(Act::FindFamilies).map_err(|refusal| viewer.refused(refusal))?;
    Ok(show(&page(&viewer, Asked::default(), &at.regency, None, None)))
}

pub(super) async fn find(State(portal): State<Portal>, viewer: Viewer, Entered(sent): Entered<Sent>) -> Result<Response, PageRefusal> {
    let Sent { kind, text, village, why, r#as } = sent;
    let asked = Asked { kind, text, village, why };
    let regency = asked.village.get(..4).unwrap_or_default().to_owned();
    match search::search(&portal, &viewer.caller, &asked).await {
        Ok(answer) if r#as == "csv" => Ok(as_csv(&answer)),
        Ok(answer) => {
            let result = shown(&answer, viewer.language);
            Ok(show(&page(&viewer, asked, &regency, Some(result), None)))
        }
        Err(Failed::Refused(refusal)) => Err(viewer.refused(refusal)),
        Err(Failed::Wrong(wrong)) => {
            let status = if wrong == super::Wrong::Rate { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::UNPROCESSABLE_ENTITY };
            let said = words::wrong(Words::of(viewer.language), wrong, viewer.language);
            Ok((status, show(&page(&viewer, asked, &regency, None, Some(said)))).into_response())
        }
    }
}

fn as_csv(answer: &Answer) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"families.csv\"")),
    ];
    (headers, list::csv(&answer.lines)).into_response()
}

fn page(viewer: &Viewer, asked: Asked, regency: &str, result: Option<Shown>, wrong: Option<&'static str>) -> FamiliesPage {
    let mine = viewer.caller.actor.region.as_str();
    let regency = if mine.len() >= RegencyCode::DIGITS { mine } else { regency };
    let regency = RegencyCode::parse(regency).ok().filter(|code| covers(mine, &code.to_string()));
    let villages = regency.into_iter().flat_map(region::villages);
    let mut villages: Vec<Choice> = villages.map(|(code, name)| choice(&code.to_string(), name, &asked.village)).collect();
    villages.sort_by(|a, b| a.name.cmp(&b.name));
    let regency = regency.map(|code| code.to_string()).unwrap_or_default();
    FamiliesPage {
        f: viewer.frame(),
        w: Words::of(viewer.language),
        regencies: regencies(mine, &regency),
        villages,
        regency,
        asked,
        wrong,
        result,
        may_see_payments: viewer.caller.may(Act::SeePayments),
    }
}

/// The regencies that a caller may choose from.
fn regencies(mine: &str, chosen: &str) -> Vec<Choice> {
    let provinces = region::provinces().map(|(code, _)| code).filter(|code: &ProvinceCode| {
        let code = code.to_string();
        covers(mine, &code) || mine.starts_with(&code)
    });
    let all = provinces.flat_map(region::regencies).filter(|(code, _)| covers(mine, &code.to_string()));
    all.map(|(code, name)| choice(&code.to_string(), name, chosen)).collect()
}

fn choice(value: &str, name: &str, chosen: &str) -> Choice {
    Choice { value: value.to_owned(), name: name.to_owned(), is_chosen: value == chosen }
}

fn shown(answer: &Answer, language: Language) -> Shown {
    let w = Words::of(language);
    let number = |number: usize| count(i64::try_from(number).unwrap_or(i64::MAX), language);
    let counts = answer.counts.as_ref().map(|counts| {
        let of_lines = [
            (counts.lines, w.lines),
            (counts.found, w.found),
            (counts.not_found, w.not_found),
            (counts.wrong, w.wrong),
            (counts.again, w.again),
        ];
        let by_status = counts.payments.iter().map(|(status, of_status)| (*of_status, status_name(status, language)));
        of_lines.into_iter().chain(by_status).map(|(counted, word)| (number(counted), word)).collect()
    });
    let lines = answer.lines.iter().take(LINES_SHOWN).map(|line| LineShown {
        number: line.line.to_string(),
        nik: line.nik.clone().unwrap_or_default(),
        result: match line.result {
            "found" => w.found,
            "not_found" => w.not_found,
            _ => words::of_line(w, line.code.unwrap_or_default(), language),
        },
        payments: line.payments.iter().map(|paid| payment(paid, language)).collect(),
    });
    let heading = match (answer.families.len(), counts.is_some()) {
        (_, true) => w.by_list.to_owned(),
        (0, false) => w.none.to_owned(),
        (found, false) => format!("{} {}", number(found), w.found_families),
    };
    Shown {
        heading,
        families: answer.families.iter().map(|found| family(found, language)).collect(),
        more: answer.more,
        unreadable: (answer.unreadable > 0).then(|| number(answer.unreadable)),
        counts,
        lines: lines.collect(),
        is_cut: answer.lines.len() > LINES_SHOWN,
    }
}

fn family(found: &Family, language: Language) -> FamilyShown {
    FamilyShown {
        name: found.name.clone(),
        nik: found.nik.clone(),
        place: place_name(&found.village),
        payments: found.payments.iter().map(|paid| payment(paid, language)).collect(),
    }
}

fn payment(paid: &Payment, language: Language) -> PaymentShown {
    PaymentShown {
        id: paid.payment.to_string(),
        tranche: paid.tranche.clone(),
        status: status_name(&paid.status, language),
        badge: match paid.status.as_str() {
            "paid" => "paid",
            "in_question" => "questioned",
            _ => "info",
        },
        rupiah: rupiah(paid.amount),
        serial: paid.serial.clone().unwrap_or_default(),
        pay_point: paid.pay_point.clone(),
    }
}
