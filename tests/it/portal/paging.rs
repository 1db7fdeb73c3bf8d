//! Pages that go on: whoever follows "next" from the first sees every line once, though many have the same moment, and ends.

use reqwest::StatusCode;
use salur_tests::in_lab;

use super::{
    browser::{Browser, signed_in},
    people::administrator,
    support::House,
};

/// More pages than any of these lists has: what goes in a circle fails instead of running on.
const ENOUGH: usize = 20;
/// Where the address stands that a line leads to.
const ROW: (&str, &str) = ("<th scope=\"row\"><a href=\"", "\"");

/// What stands in the first cells of the lines of a page and of all that follow it; each page's own.
async fn followed(browser: &mut Browser<'_>, first: &str, mark: (&str, &str)) -> Vec<Vec<String>> {
    let (mut pages, mut path) = (Vec::new(), first.to_owned());
    while pages.len() < ENOUGH {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text());
        let lines = page.text().split(mark.0).skip(1).map(|rest| rest.split(mark.1).next().expect("an end").to_owned());
        pages.push(lines.collect());
        let Some((_, next)) = page.text().split_once("rel=\"next\" href=\"") else { return pages };
        path = next.split('"').next().expect("an address ends").replace("&#38;", "&").replace("&amp;", "&");
    }
    panic!("{first} goes on after {ENOUGH} pages: {:?}", pages.last());
}

/// Each line once, on pages of fifty.
fn assert_each_once(pages: &[Vec<String>], lines: usize) {
    let all: Vec<&String> = pages.iter().flatten().collect();
    let mut known = all.clone();
    known.sort_unstable();
    known.dedup();
    assert_eq!((all.len(), known.len()), (lines, lines), "{pages:?}");
    let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
    assert!(sizes.iter().rev().skip(1).all(|size| *size == 50) && sizes.len() == lines.div_ceil(50), "{sizes:?}");
}

#[tokio::test]
async fn lists_are_followed_page_by_page_each_once_though_many_were_released_at_one_moment() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        // with the two that the programme has: a third never released, some of them not even declared, the others at three moments
        let many = "INSERT INTO batches (id, source, name, declared_at, released_at)
            SELECT gen_random_uuid(), 'dinsos', format('daftar-%s-x', n),
                CASE WHEN n % 6 <> 0 THEN timestamptz '2026-07-01' + n % 2 * interval '1 day' END,
                CASE WHEN n % 3 <> 0 THEN timestamptz '2026-07-10' + n % 5 / 2 * interval '1 day' END
            FROM generate_series(1, 145) AS n";
        sqlx::query(many).execute(&house.world.sql).await.expect("the owner may");
        let lists = usize::try_from(house.world.count("batches").await).expect("few");
        let mut ops = signed_in(&house, &admin, "the.ops", "ops", "").await;
        let pages = followed(&mut ops, "/batches", ROW).await;
        assert_each_once(&pages, lists);
        let odd = ops.get("/batches?after=nonsense").await;
        assert_eq!(odd.status, StatusCode::OK, "a place that is none is the beginning");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn people_are_followed_page_by_page_each_once_of_all_and_of_a_choice() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let many = "INSERT INTO actors (name, kind, role, region, created_by)
            SELECT format('juru-%s', n), 'person', 'viewer', CASE n % 2 WHEN 0 THEN '1902' ELSE '1906' END, 'test' FROM generate_series(1, 230) AS n";
        sqlx::query(many).execute(&house.world.sql).await.expect("the owner may");
        let mut browser = signed_in(&house, &admin, "the.admin", "administrator", "").await;
        let actors = usize::try_from(house.world.count("actors").await).expect("few");
        assert_each_once(&followed(&mut browser, "/people", ROW).await, actors);
        assert_each_once(&followed(&mut browser, "/people?role=viewer&region=1902", ROW).await, 115);
        house.close().await;
    })
    .await;
}
