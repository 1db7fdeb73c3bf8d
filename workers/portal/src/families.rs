//! Find a family: by NIK, household card, serial, name within one village, or a pasted list answered line by line.
//!
//! `POST /api/families` gives [`search::Answer`]; `/families` is the page. Names are shown here, unsealed: whoever looks says why, and who looked, why, by
//! what and how much came of it stands in the audit in the transaction that reads, before anything leaves. What was typed stands in no address, log or audit
//! row. Who acts for a region finds its payments alone; another's look as if there were none.
//!
//! Bounds: [`list::LINES_MAX`] lines of a list, [`search::ANSWERS_MAX`] families of an answer, [`salur_store::families::VILLAGE_MAX`] persons of a village,
//! [`OF_ONE`] searches a minute of one person, bodies of [`BODY_MAX`].

mod list;
pub(crate) mod names;
mod page;
mod search;
mod words;

pub(crate) use search::reason;

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    routing::{get, post},
};
use salur_domain::reason::Code;

use crate::{Portal, access::Caller, rates::Rate, refusal::Refusal, told::Told};
use search::{Answer, Asked};

/// Searches of one person in [`WINDOW`]: someone who types needs ten seconds for one; who has many numbers pastes a list.
pub const OF_ONE: u32 = 20;
/// Of all together: what the database answers beside its other work.
const OF_ALL: u32 = 600;
const WINDOW: Duration = Duration::from_mins(1);
/// Ten thousand lines with the other columns of a spreadsheet, as a form writes them.
const BODY_MAX: usize = 4 << 20;

/// How often people may search.
pub(crate) fn rate() -> Rate<String> {
    Rate::new(OF_ONE, OF_ALL, WINDOW)
}

/// The doors.
pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/families", post(find))
        .route("/families", get(page::ask).post(page::find))
        .layer(DefaultBodyLimit::max(BODY_MAX))
}

async fn find(State(portal): State<Portal>, caller: Caller, Told(asked): Told<Asked>) -> Result<Json<Answer>, Refusal> {
    search::search(&portal, &caller, &asked).await.map(Json).map_err(Failed::refusal)
}

/// Why there is no answer.
pub(crate) enum Failed {
    /// What was asked makes no sense.
    Wrong(Wrong),
    /// Another door would refuse it as well.
    Refused(Refusal),
}

/// What is wrong with what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// No reason, or one that names a number.
    Why,
    /// No NIK, by NIK01 to NIK03.
    Nik(Code),
    /// No number of a household card.
    Kk,
    /// A mistyped serial.
    Serial,
    /// Nothing that can be compared with names.
    Name,
    /// No village, or one of another region.
    Village,
    /// The village has more rows than are opened.
    Crowded,
    /// No line, or too many.
    List,
    /// Searched too often.
    Rate,
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<salur_store::Error> for Failed {
    fn from(error: salur_store::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl Failed {
    /// For programs.
    fn refusal(self) -> Refusal {
        match self {
            Self::Wrong(wrong) => wrong.refusal(),
            Self::Refused(refusal) => refusal,
        }
    }
}

impl Wrong {
    fn refusal(self) -> Refusal {
        let (code, message) = match self {
            Self::Why => ("why", "say why you look, in 3 to 200 characters on one line, and without a NIK"),
            Self::Nik(code) => {
                let refusal = Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "nik", code.message(salur_domain::reason::Language::English));
                return refusal.with("reason", code.as_str());
            }
            Self::Kk => ("kk", "this is no number of a household card: it has 16 digits"),
            Self::Serial => ("serial", "this is no serial of a cheque; look for a mistyped character"),
            Self::Name => ("name", "write a name, at least one word of it"),
            Self::Village => ("village", "name a village of your region, by its ten digits"),
            Self::Crowded => {
                ("village", "this village has more recipients than are searched by name; look by NIK, household card or serial")
            }
            Self::List => ("list", "paste 1 to 10,000 lines, a NIK or serial at the beginning of each"),
            Self::Rate => {
                return Refusal::new(StatusCode::TOO_MANY_REQUESTS, "rate", "too many searches in a minute; paste a list instead");
            }
        };
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }
}
