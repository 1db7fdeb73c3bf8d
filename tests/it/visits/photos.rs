//! Photos that are used twice, changed, late or missing.

use chrono::TimeDelta;
use salur_runtime::stage::Delay;
use salur_tests::{
    counter::{Shot, id},
    in_lab,
    programme::counters,
};

use super::{captured, cases, nothing_is_booked, town};

#[tokio::test]
async fn the_same_bytes_for_two_visits_put_the_later_in_question() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        let [one, two, _] = counters();
        let claims = [world.granted(id(1), &papers[0], &one).await, world.granted(id(2), &papers[1], &two).await];
        let first = Shot::new(1, &claims[0], &papers[0], &one);
        let second = Shot::new(2, &claims[1], &papers[1], &two).with_photo(first.photo.clone());
        for shot in [&first, &second] {
            world.upload(shot.statement.capture, &shot.photo).await;
        }
        captured(&world, &[&first.signed(&one), &second.signed(&two)]).await;
        assert_eq!(world.column("SELECT status FROM payments ORDER BY handed_over_at").await, ["paid", "in_question"]);
        let evidence = world.column("SELECT evidence ->> 'other_capture' FROM findings WHERE code = 'SAM01'").await;
        assert_eq!(evidence, [first.statement.capture.to_string()], "the finding names the capture that was first");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn the_same_capture_with_other_content_is_a_conflict_and_the_first_stands() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let [one, ..] = counters();
        let first = world.visit(1, &papers[0], &one).await;
        captured(&world, &[&first]).await;
        let before = world.dump().await;
        let mut statement = first.statement.clone();
        statement.clock_offset_s = 2;
        let other = Shot { photo: vec![], statement, token: first.token.clone(), received_at: first.received_at }.signed(&one);
        captured(&world, &[&other]).await;
        assert_eq!(cases(&world).await, [format!("capture_conflict {}", one.teller)]);
        let mut after = world.dump().await;
        for table in ["cases", "journal"] {
            after.insert(table.into(), before[table].clone());
        }
        assert_eq!(after, before, "the case, and its line in the journal, is all that came of it");
    })
    .await;
}

#[tokio::test]
async fn an_absent_photo_is_waited_for_and_pays_when_it_comes() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let [one, ..] = counters();
        let claim = world.granted(id(1), &papers[0], &one).await;
        let shot = Shot::new(1, &claim, &papers[0], &one);
        let mut chain = captured(&world, &[&shot.signed(&one)]).await;
        assert_eq!(chain.delayed.len(), 1);
        assert_eq!(chain.delayed[0].1.exchange, salur_runtime::topology::delay(Delay::Seconds5));
        assert!(nothing_is_booked(&world).await && cases(&world).await.is_empty());
        chain.undelay();
        chain.run().await;
        assert_eq!(chain.delayed.len(), 1, "still not there: it waits on");
        world.upload(shot.statement.capture, &shot.photo).await;
        chain.undelay();
        chain.run().await;
        assert!(chain.delayed.is_empty());
        assert_eq!(world.statuses().await, [("paid".to_owned(), 1)].into());
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_photo_absent_for_more_than_a_day_is_a_case() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let [one, ..] = counters();
        let claim = world.granted(id(1), &papers[0], &one).await;
        let mut shot = Shot::new(1, &claim, &papers[0], &one);
        shot.received_at -= TimeDelta::hours(25);
        let chain = captured(&world, &[&shot.signed(&one)]).await;
        assert!(chain.delayed.is_empty(), "nobody waits any longer");
        assert_eq!(cases(&world).await, [format!("photo_missing {}", one.teller)]);
        assert!(nothing_is_booked(&world).await);
    })
    .await;
}

#[tokio::test]
async fn a_photo_cut_off_or_other_than_stated_is_in_question_and_kept() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        let [one, ..] = counters();
        let claim = world.granted(id(1), &papers[0], &one).await;
        let whole = Shot::new(1, &claim, &papers[0], &one);
        let cut = Shot::clone(&whole).with_photo(whole.photo[..whole.photo.len() / 2].to_vec());
        world.upload(cut.statement.capture, &cut.photo).await;
        let claim = world.granted(id(2), &papers[1], &one).await;
        let stated = Shot::new(2, &claim, &papers[1], &one);
        world.upload(stated.statement.capture, &whole.photo).await;
        captured(&world, &[&cut.signed(&one), &stated.signed(&one)]).await;
        let found = world.column("SELECT code FROM findings WHERE severity = 'question' ORDER BY code").await;
        assert_eq!(found, ["FIL01", "FIL02"]);
        assert_eq!(world.statuses().await, [("in_question".to_owned(), 2)].into());
        assert_eq!(world.violations().await, Vec::<String>::new(), "verify opens and hashes both originals");
    })
    .await;
}
