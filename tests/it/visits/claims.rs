//! One cheque, many counters, one winner.

use futures::future::join_all;
use salur_store::claims::Answer;
use salur_tests::{counter::id, in_lab, programme::counters};

use super::{captured, town, town_of_two_tranches};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cheque_claimed_at_many_counters_at_once_has_one_winner() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 4).await;
        for (round, paper) in papers.iter().enumerate() {
            let counters = counters();
            let number = |at: usize| id(u32::try_from(round * 10 + at).expect("few claims"));
            let claims = counters.iter().enumerate().map(|(at, counter)| world.claim(number(at), paper, counter));
            let answers = join_all(claims).await;
            let winners: Vec<&str> = answers
                .iter()
                .filter_map(|answer| if let Answer::Granted(claim, _) = answer { Some(claim.device.as_str()) } else { None })
                .collect();
            assert_eq!(winners.len(), 1, "round {round}");
            for answer in &answers {
                if let Answer::Taken { device, expires_at, .. } = answer {
                    assert_eq!(
                        (device.as_str(), *expires_at > chrono::Utc::now()),
                        (winners[0], true),
                        "losers hear who has it, and until when"
                    );
                }
            }
        }
        assert_eq!(world.count("claims").await, 4);
    })
    .await;
}

#[tokio::test]
async fn a_claim_asked_for_again_has_the_same_answer() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        let [one, two, _] = counters();
        let first = world.granted(id(1), &papers[0], &one).await;
        let again = world.granted(id(1), &papers[0], &one).await;
        assert_eq!((first.id(), first.claimed_at, first.expires_at), (again.id(), again.claimed_at, again.expires_at));
        assert!(matches!(world.claim(id(1), &papers[1], &one).await, Answer::Taken { .. }), "the id belongs to another family");
        assert!(matches!(world.claim(id(1), &papers[0], &two).await, Answer::Taken { .. }), "the id belongs to another device");
        world.end_leases().await;
        let later = world.granted(id(2), &papers[0], &two).await;
        assert_eq!(later.device, two.device, "a lease that ran out keeps nobody away");
    })
    .await;
}

#[tokio::test]
async fn a_visit_covers_all_open_payments_of_the_family_and_pays_them_with_one_capture() {
    in_lab(async |lab| {
        let (world, papers) = town_of_two_tranches(&lab, 2).await;
        let [one, ..] = counters();
        let capture = world.visit(1, &papers[0], &one).await;
        captured(&world, &[&capture]).await;
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 2), ("paid".to_owned(), 2)].into());
        assert_eq!((world.count("proofs").await, world.count("transfers WHERE kind = 'hand_over'").await), (1, 2));
        match world.claim(id(2), &papers[0], &one).await {
            Answer::NothingOpen { status, handed_over: Some((_, teller)) } => {
                assert_eq!((status.as_str(), teller.as_str()), ("paid", one.teller));
            }
            other => panic!("a paid cheque tells when and by whom: {other:?}"),
        }
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}
