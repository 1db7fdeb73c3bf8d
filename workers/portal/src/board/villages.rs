//! `GET /api/board/villages?place=1902`: the villages of a regency, each with its pay point, for those who see exact figures there.
//!
//! Read when somebody looks, from the tallies of that regency alone. Bound: the villages of a regency (at most 852) times the pay points they were sent to.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use salur_domain::region::{self, DistrictCode, VillageCode};
use salur_store::board::{self, Method};
use serde::Serialize;

use super::{
    Asked, Looking,
    feed::Snapshot,
    model::{Sum, Totals},
    view,
};
use crate::{Portal, refusal::Refusal, told::Sought};

/// A village, as far as one pay point serves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Village {
    /// Ten digits.
    pub code: String,
    /// `Air Saga`
    pub name: String,
    /// Of its district.
    pub district: String,
    /// Code of the pay point; empty for rows that have none.
    pub pay_point: String,
    /// Its figures; allocations are of regencies.
    pub totals: Totals,
}

/// A pay point, as far as it serves the regency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayPoint {
    /// Its code; empty for rows that have none.
    pub code: String,
    /// `Kantor Pos Tanjung Pandan`
    pub name: String,
    /// `post_office`, `community` or `home_visit`.
    pub method: String,
    /// Sum of its villages in the regency.
    pub totals: Totals,
}

/// A regency from inside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Inside {
    /// By code.
    pub villages: Vec<Village>,
    /// By code.
    pub pay_points: Vec<PayPoint>,
}

pub(super) async fn villages(
    State(portal): State<Portal>,
    looking: Looking,
    Sought(asked): Sought<Asked>,
) -> Result<Json<Inside>, Refusal> {
    let (reading, _) = super::view(&portal, &looking.key(&asked)).await?;
    read(&portal, &looking, &asked, &reading).await.map(Json)
}

/// The villages of the regency that is asked for.
pub(super) async fn read(portal: &Portal, looking: &Looking, asked: &Asked, reading: &Snapshot) -> Result<Inside, Refusal> {
    let closed = |status, message| Err(Refusal::new(status, "place", message));
    if asked.place.len() != 4 || view::name_of(&asked.place).is_none() {
        return closed(StatusCode::NOT_FOUND, "villages are those of a regency; name one by its four digits, as place=1902");
    }
    if !looking.may_see_few(&asked.place) {
        return closed(StatusCode::FORBIDDEN, "villages are shown to those who work there; sign in, or ask for a role in this region");
    }
    let figures = reading.figures();
    let slice = figures.slice(&asked.slice()).unwrap_or(0);
    let tranches: Vec<i32> = figures.tranches_of(slice).map(|tranche| tranche.id().0).collect();
    let (villages, pay_points) = board::villages(portal.database(), &tranches, &asked.place).await?;
    Ok(inside(&villages, pay_points))
}

fn inside(tallies: &[board::Village], pay_points: Vec<board::PayPoint>) -> Inside {
    let mut villages = BTreeMap::<(&str, &str), Totals>::new();
    let mut at_points = BTreeMap::<&str, Totals>::new();
    for tally in tallies {
        let sum = Sum { families: tally.families, rupiah: tally.rupiah };
        for totals in [villages.entry((&tally.village, &tally.pay_point)).or_default(), at_points.entry(&tally.pay_point).or_default()] {
            totals.count(&tally.measure, sum);
        }
    }
    villages.values_mut().chain(at_points.values_mut()).for_each(Totals::close);
    let villages = villages.into_iter().map(|((code, pay_point), totals)| {
        let (name, district) = names(code);
        Village { code: code.to_owned(), name, district, pay_point: pay_point.to_owned(), totals }
    });
    let mut known: BTreeMap<String, board::PayPoint> = pay_points.into_iter().map(|point| (point.code.clone(), point)).collect();
    let points = at_points.iter().map(|(code, totals)| {
        let (name, method) = known.remove(*code).map_or_else(Default::default, |point| (point.name, point.kind));
        PayPoint { code: (*code).to_owned(), name, method, totals: *totals }
    });
    Inside { pay_points: points.collect(), villages: villages.collect() }
}

/// Of the village and its district; codes where they have none.
fn names(code: &str) -> (String, String) {
    let Ok(village) = VillageCode::parse(code) else { return (code.to_owned(), String::new()) };
    let district: DistrictCode = village.district();
    let name = region::village_name(village).map_or_else(|| code.to_owned(), str::to_owned);
    (name, region::district_name(district).map_or_else(|| district.to_string(), str::to_owned))
}

/// In the order in which methods are shown; what has none comes last.
pub(super) fn rank(method: &str) -> usize {
    Method::parse(method).map_or(Method::ALL.len(), |method| method as usize)
}
