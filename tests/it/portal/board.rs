//! The board: equal to a plain sum over entries, live, and loud when it differs from the ledger.

use std::time::Duration;

use salur_domain::pause::Kind;
use salur_pipeline::photo_ingest;
use salur_tests::{
    Chain, Person, in_lab,
    programme::{AMOUNT, counters},
};
use serde_json::Value;

use super::support::{FAMILIES, House};
use crate::pauses::{said, tell};

/// Longest a change may take to reach a viewer; a second is the target, a loaded machine gets more.
const PATIENCE: Duration = Duration::from_secs(20);

/// A viewer of the events.
struct Viewer {
    response: reqwest::Response,
    text: String,
}

impl Viewer {
    async fn of(house: &House) -> Self {
        let response = house.http.get(format!("{}/api/board/events", house.address)).send().await.expect("it answers");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next event with this name for which a condition holds.
    async fn until(&mut self, name: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let waiting = async {
            loop {
                let (event, data) = self.event().await;
                if event == name && holds(&data) {
                    return data;
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("the event comes")
    }

    async fn event(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n").map(|(event, rest)| (event.to_owned(), rest.to_owned())) {
                self.text = rest;
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
                let data = serde_json::from_str(&field("data: ")).unwrap_or_default();
                return (field("event: "), data);
            }
            let chunk = self.response.chunk().await.expect("the stream holds").expect("the stream goes on");
            self.text.push_str(std::str::from_utf8(&chunk).expect("events are text"));
        }
    }
}

async fn get(house: &House, path: &str) -> String {
    let response = house.http.get(format!("{}{path}", house.address)).send().await.expect("it answers");
    assert!(response.status().is_success(), "{path}: {}", response.status());
    response.text().await.expect("a body")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_equals_a_sum_over_entries_and_moves_when_a_family_is_paid() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let mut viewer = Viewer::of(&house).await;
        let first = viewer.until("board", |_| true).await;
        let funded = house.world.one::<i64>("SELECT sum(amount)::bigint FROM transfers WHERE kind = 'recipient_funded'").await;
        let families = i64::from(FAMILIES) + 1;
        assert_eq!((funded, first["totals"]["funded"]["rupiah"].as_i64()), (families * AMOUNT, Some(funded)));
        assert_eq!(first["totals"]["open"], serde_json::json!({"families": families, "rupiah": funded}));
        assert_eq!(first["differences"], serde_json::json!([]));

        let paper = house.world.paper(4, &Person::new(1)).await;
        let capture: photo_ingest::In = house.world.visit(1, &paper, &counters()[0]).await.into();
        let mut chain = Chain::new(&house.world);
        chain.tell("captures", &[capture]);
        chain.run().await;

        let board = viewer.until("board", |board| board["totals"]["paid"]["families"] == 1).await;
        let handed_over = house.world.one::<i64>("SELECT sum(amount)::bigint FROM transfers WHERE kind = 'hand_over'").await;
        assert_eq!(board["totals"]["paid"]["rupiah"].as_i64(), Some(handed_over));
        assert_eq!((&board["totals"]["open"]["families"], &board["differences"]), (&(families - 1).into(), &serde_json::json!([])));
        let regency = &board["tranches"][0]["provinces"][0]["regencies"][0];
        assert_eq!((regency["code"].as_str(), &regency["totals"]["paid"]["families"]), (Some("1902"), &1.into()));
        viewer.until("beat", |beat| beat["now"].is_string()).await;
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tally_that_the_ledger_does_not_know_is_shown_loudly() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let mut viewer = Viewer::of(&house).await;
        viewer.until("board", |board| board["differences"] == serde_json::json!([])).await;
        let wrong = "INSERT INTO tally_deltas VALUES (4, '1902011001', '', 'paid', 1, 300000)";
        sqlx::query(wrong).execute(&house.world.sql).await.expect("the owner may");
        let board = viewer.until("board", |board| board["differences"] != serde_json::json!([])).await;
        let expected = serde_json::json!([{"tranche": 4, "regency": "1902", "what": "handed_over", "board": AMOUNT, "ledger": 0}]);
        assert_eq!(board["differences"], expected);
        let page = get(&house, "/").await;
        assert!(page.contains("class=\"ledger differs\"") && page.contains("TIDAK SAMA DENGAN BUKU BESAR"));
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_speaks_indonesian_first_and_loads_nothing_from_elsewhere() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (indonesian, english) = (get(&house, "/").await, get(&house, "/?lang=en").await);
        assert!(indonesian.contains("<html lang=\"id\">") && indonesian.contains("Sama dengan buku besar"));
        assert!(english.contains("<html lang=\"en\">") && english.contains("Equal to the ledger"));
        assert!(indonesian.contains("Kabupaten Belitung") && indonesian.contains("Rp1.500.000"), "regencies and amounts stand in the page");
        assert!(!indonesian.contains("style=") && !indonesian.contains("//cdn"));
        let response = house.http.get(&house.address).send().await.expect("it answers");
        let policy = response.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.starts_with("default-src 'self'"), "{policy}");
        for (_, rest) in indonesian.match_indices("/assets/").map(|(at, _)| indonesian.split_at(at)) {
            get(&house, rest.split('"').next().expect("an address ends")).await;
        }
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_tranche_and_a_paused_regency_are_shown_as_such_in_both_languages() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let mut viewer = Viewer::of(&house).await;
        viewer.until("board", |board| board["tranches"][0]["paused"] == false).await;
        let hidden = "data-paused=\"t4\" hidden";
        assert!(get(&house, "/").await.contains(hidden), "negative control");
        let mut chain = Chain::new(&house.world);
        let pauses = [said(1, Kind::Tranche, "BST-4", true), said(2, Kind::Regency, "1902", true)];
        tell(&mut chain, &pauses, &[]).await;
        let is_paused = |tranche: &Value| tranche["paused"] == true;
        let board = viewer
            .until("board", |board| is_paused(&board["tranches"][0]) && is_paused(&board["tranches"][1]["provinces"][0]["regencies"][0]))
            .await;
        assert_eq!(board["tranches"][1]["paused"], false, "the other tranche");
        let (indonesian, english) = (get(&house, "/").await, get(&house, "/?lang=en").await);
        assert!(!indonesian.contains(hidden) && indonesian.contains("data-paused=\"t4\"><strong>Dihentikan sementara"));
        assert!(english.contains("data-paused=\"t4.r1902\"> Paused"), "{english}");
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_ends_when_told_though_viewers_watch() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let mut viewer = Viewer::of(&house).await;
        viewer.until("board", |_| true).await;
        house.close().await;
    })
    .await;
}
