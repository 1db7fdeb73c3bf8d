//! The stage: everyone has a slot or is named, and no hour has more families than it takes.

use chrono::{Days, NaiveDate, Utc};
use salur_domain::{DecisionId, TrancheId, schedule::Rule};
use salur_pipeline::slot_planning;
use salur_schemas::{PayPointClosed, ScheduleAsked, ScheduleMade};
use salur_store::schedules::shown;
use salur_tests::{
    Chain, Person, World,
    chain::fly,
    facts::{batch, deliveries, moment, row, rows},
    in_lab,
    people::{BELITUNG, BELITUNG_TIMUR},
    programme::TAHAP_4,
};
use uuid::Uuid;

const FAMILIES: u32 = 40;

pub fn asked(id: u128, rule: Rule, per_hour: Option<u32>) -> slot_planning::In {
    let (decision, tranche) = (DecisionId(Uuid::from_u128(id)), TrancheId(4));
    ScheduleAsked { decision, tranche, rule, per_hour, actor: "rina.wati".into(), at: moment() }.into()
}

pub fn closed(id: u128, from: NaiveDate) -> PayPointClosed {
    let (pay_point, instead) = ("PP-1902".into(), "PP-1906".into());
    let (decision, actor, document) = (DecisionId(Uuid::from_u128(id)), "rina.wati".into(), "SE-4".into());
    PayPointClosed { decision, pay_point, from, instead, document, reissue: false, actor, at: moment() }
}

/// A chain in which families of two regencies were released and nothing was funded yet.
pub async fn released(world: &World) -> Chain {
    let mut chain = Chain::new(world);
    let persons = (1..=FAMILIES).map(|n| Person::of(if n % 4 == 0 { BELITUNG_TIMUR } else { BELITUNG }, n));
    chain.tell("list", &batch(&rows("list", TAHAP_4, persons)));
    chain.run_until(&["account-creation"]).await;
    chain
}

async fn sql(world: &World, text: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned())).execute(&world.sql).await.expect("the owner may");
}

async fn fullest(world: &World) -> i64 {
    world
        .one("SELECT max(n) FROM (SELECT count(*) AS n FROM slots_now WHERE day IS NOT NULL GROUP BY pay_point, day, starts) AS hours")
        .await
}

#[tokio::test]
async fn every_family_has_one_slot_before_its_cheque_is_drawn_and_no_hour_is_overfull() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = released(&world).await;
        chain.tell("plan", &[asked(1, Rule::Villages, Some(2))]);
        chain.run_until(&["account-creation"]).await;
        let made = chain.facts::<ScheduleMade>();
        assert_eq!(made.iter().map(|made| (made.placed, made.missing)).collect::<Vec<_>>(), [(u64::from(FAMILIES), 0)]);
        assert_eq!(world.column("SELECT DISTINCT version::text FROM slots").await, ["1"]);
        assert!(fullest(&world).await <= 2);
        let early: i64 = world.one("SELECT count(*) FROM slots WHERE day <= (now() AT TIME ZONE 'Asia/Jakarta')::date").await;
        assert_eq!(early, 0, "nobody is told to come today");
        chain.run().await;
        let faces = salur_store::cheques::faces(&world.tools.database, &[world.payment(4, &Person::of(BELITUNG, 1))]).await.expect("faces");
        assert!(faces.values().all(|face| face.slot_day.is_some() && face.slot_from.is_some()), "the cheque says when");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_schedule_without_a_step_is_not_made_yet() {
    in_lab(async |lab| {
        let world = lab.world().await;
        released(&world).await;
        let asks = deliveries("plan", &[asked(1, Rule::Villages, Some(5))], 1);
        let asking = fly(&world.tools, "slot-planning", asks, None).await;
        assert_eq!(asking.stopped, None);
        let stands = shown::stands(&world.tools.database, DecisionId(Uuid::from_u128(1))).await.expect("it answers");
        assert_eq!(
            stands.iter().map(|one| (one.is_made, one.placed)).collect::<Vec<_>>(),
            [(false, 0)],
            "who waits for it goes on waiting"
        );
    })
    .await;
}

#[tokio::test]
async fn asked_again_a_schedule_is_the_same_and_another_places_who_came_since() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = released(&world).await;
        chain.tell("plan", &[asked(1, Rule::Villages, Some(2))]);
        chain.run_until(&["account-creation"]).await;
        let slots = "SELECT format('%s %s %s %s', payment, version, day, starts) FROM slots ORDER BY 1";
        let before = world.column(slots).await;
        chain.tell("again", &[asked(1, Rule::LastDigit, Some(9)), asked(2, Rule::Villages, Some(2))]);
        chain.run_until(&["account-creation"]).await;
        assert_eq!(world.column(slots).await, before, "who has a slot keeps it");
        let late = Person { kk: Person::of(BELITUNG, 1).kk, ..Person::of(BELITUNG, 90) };
        chain.tell("late", &batch(&[row("late", TAHAP_4, "1", &late)]));
        chain.run_until(&["account-creation"]).await;
        chain.tell("third", &[asked(3, Rule::Villages, Some(2))]);
        chain.run_until(&["account-creation"]).await;
        let held: i64 = world.one("SELECT count(*) FROM row_decisions WHERE decision = 'held'").await;
        assert_eq!(
            world.column(slots).await.len(),
            before.len() + usize::from(held == 0),
            "a household twice is held, else it gets a slot"
        );
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn who_has_no_place_is_named_with_the_reason_until_there_is_room() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = released(&world).await;
        let reasons = "SELECT reason || ' ' || count(*) FROM slots_now WHERE day IS NULL GROUP BY reason ORDER BY 1";
        chain.tell("silent", &[asked(1, Rule::Villages, None)]);
        chain.run_until(&["account-creation"]).await;
        assert_eq!(world.column(reasons).await, [format!("no_capacity {FAMILIES}")], "nobody said how many an hour takes");
        // one day of the window is left open, one family a day
        sql(
            &world,
            "UPDATE pay_points SET per_hour = 1, per_day = 1, closed = (SELECT array_agg(today + n) FROM (SELECT (now() AT TIME ZONE 'Asia/Jakarta')::date
             AS today) AS t, generate_series(2, 60) AS n)",
        )
        .await;
        chain.tell("full", &[asked(2, Rule::Villages, None)]);
        chain.run_until(&["account-creation"]).await;
        let placed: i64 = world.one("SELECT count(*) FROM slots_now WHERE day IS NOT NULL").await;
        assert!((1..=4).contains(&placed), "{placed}: a day or two at two pay points");
        assert_eq!(world.column(reasons).await, [format!("full {}", i64::from(FAMILIES) - placed)]);
        sql(&world, "UPDATE pay_points SET per_hour = 50, per_day = NULL, closed = '{}'").await;
        chain.tell("room", &[asked(3, Rule::BirthMonth, None)]);
        chain.run_until(&["account-creation"]).await;
        assert_eq!(world.column(reasons).await, Vec::<String>::new());
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn who_is_old_sick_disabled_or_far_is_visited_where_somebody_visits_the_village() {
    in_lab(async |lab| {
        let world = lab.world().await;
        sql(
            &world,
            "INSERT INTO pay_points SELECT 'RUMAH', 'home_visit', 'Kunjungan rumah', address, latitude, longitude, radius_m, utc_offset_minutes,
               '08:00', '15:00', 100, NULL, '{}' FROM pay_points WHERE code = 'PP-1902';
             INSERT INTO home_visit_villages SELECT village, 'RUMAH' FROM pay_point_villages WHERE pay_point = 'PP-1902'",
        )
        .await;
        let mut chain = Chain::new(&world);
        let mut young = Person::of(BELITUNG, 1);
        young.nik.replace_range(6..12, "020785");
        young.birth_date = "1985-07-02".into();
        let mut old = Person::of(BELITUNG, 2);
        old.nik.replace_range(6..12, "010745");
        old.birth_date = "1945-07-01".into();
        let asking = ["sakit", "disabled", " Terpencil ", "ya"].into_iter().zip(3..).map(|(why, number)| {
            let mut person = Person::of(BELITUNG, number);
            person.nik.replace_range(6..12, &format!("{number:02}0785"));
            (person.birth_date, person.sex) = (format!("1985-07-{number:02}"), "L");
            person.home_visit = Some(why.to_owned());
            person
        });
        let asking: Vec<Person> = asking.collect();
        let people = [young.clone(), old.clone()].into_iter().chain(asking.clone());
        chain.tell("list", &batch(&rows("list", TAHAP_4, people)));
        chain.run_until(&["account-creation"]).await;
        chain.tell("plan", &[asked(1, Rule::Villages, Some(5))]);
        chain.run_until(&["account-creation"]).await;
        let point = async |person: &Person| -> String {
            let payment = world.payment(4, person).1;
            world.one(&format!("SELECT pay_point FROM slots_now WHERE payment = '{payment}'")).await
        };
        assert_eq!((point(&young).await.as_str(), point(&old).await.as_str()), ("PP-1902", "RUMAH"));
        for (person, expected) in asking.iter().zip(["RUMAH", "RUMAH", "RUMAH", "PP-1902"]) {
            assert_eq!(point(person).await, expected, "{:?}", person.home_visit);
        }
        let warned = world.column("SELECT array_to_string(findings, ' ') FROM recipients WHERE 'HOM01' = ANY (findings)").await;
        assert_eq!(warned, ["HOM01"], "a reason that is none is said to upstream, and the family is planned at a counter");
    })
    .await;
}

#[tokio::test]
async fn families_of_a_pay_point_that_closes_get_another_slot_elsewhere_and_others_keep_theirs() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = released(&world).await;
        chain.tell("plan", &[asked(1, Rule::Villages, Some(2))]);
        chain.run_until(&["account-creation"]).await;
        let from = Utc::now().date_naive() + Days::new(1);
        let there = format!("SELECT payment::text FROM slots WHERE version = 1 AND pay_point = 'PP-1902' AND day >= '{from}' ORDER BY 1");
        let concerned = world.column(&there).await;
        assert!(!concerned.is_empty());
        chain.tell("closed", &[2, 2, 3].map(|id| slot_planning::In::from(closed(id, from))));
        chain.run_until(&["account-creation"]).await;
        let moved = world.column("SELECT payment::text FROM slots WHERE version = 2 AND pay_point = 'PP-1906' ORDER BY 1").await;
        assert_eq!(moved, concerned);
        let left: i64 = world.one(&format!("SELECT count(*) FROM slots_now WHERE pay_point = 'PP-1902' AND day >= '{from}'")).await;
        assert_eq!(left, 0);
        let effects = world.column("SELECT effect || ' ' || refused FROM pay_point_closings ORDER BY id").await;
        assert_eq!(effects, ["closed ", "refused closed"]);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn damage_to_slots_is_found() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = released(&world).await;
        chain.tell("plan", &[asked(1, Rule::Villages, Some(2))]);
        chain.run_until(&["account-creation"]).await;
        world.keep().await;
        for damage in [
            "DELETE FROM slots WHERE payment = (SELECT min(payment::text)::uuid FROM slots)",
            "UPDATE slots SET version = 3 WHERE payment = (SELECT min(payment::text)::uuid FROM slots)",
            "UPDATE slots SET schedule = '00000000-0000-4000-8000-000000000000'",
        ] {
            world.rewind().await;
            sql(&world, &format!("BEGIN; SET LOCAL session_replication_role = 'replica'; {damage}; COMMIT")).await;
            assert!(world.violations().await.iter().any(|found| found.starts_with("slots: ")), "{damage}");
        }
    })
    .await;
}
