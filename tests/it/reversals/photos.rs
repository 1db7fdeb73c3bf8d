//! A reviewer asks for another photo: the next capture of the claim answers, is no case, and changes nothing until somebody decides.

use salur_domain::reversal::ReviewGround;
use salur_pipeline::status_finalizer::In;
use salur_schemas::{CaseOpened, PhotoAsked, ProofCaptured};
use salur_tests::{
    World,
    counter::{Paper, Shot, id},
    facts::moment,
    in_lab,
    photos::photo,
};

use super::{AGUS, RINA, captured, counter, decision, effect, heard, review, town};

/// Somebody wants another photo of a capture.
pub fn asked(seed: &str, proof: &ProofCaptured, actor: &str) -> (String, In) {
    let (wish, actor) = ("kartu dan uang terlihat".to_owned(), actor.to_owned());
    (seed.to_owned(), PhotoAsked { decision: decision(seed), capture: proof.capture, wish, actor, at: moment() }.into())
}

/// Captures of one claim: the first questioned, the others good photos.
async fn visit(world: &World, number: u32, paper: &Paper, photos: u32) -> Vec<ProofCaptured> {
    let claim = world.granted(id(number), paper, &counter()).await;
    let mut captures = Vec::new();
    for nth in 0..photos {
        let shot = Shot::new(number * 100 + nth, &claim, paper, &counter());
        let shot = if nth == 0 { shot.with_photo(photo(u64::from(number), None)) } else { shot };
        world.upload(shot.statement.capture, &shot.photo).await;
        captures.push(shot.signed(&counter()));
    }
    captures
}

#[tokio::test]
async fn a_photo_that_was_asked_for_is_no_second_capture_and_the_visit_stays_in_question() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        let shots = visit(&world, 1, &papers[0], 3).await;
        let (first, new, third) = (&shots[0], &shots[1], &shots[2]);
        captured(&world, &[first]).await;
        heard(&world, &[asked("asked", first, RINA)]).await;
        assert_eq!(effect(&world, "photo_requests", "asked").await, "asked");
        let before = world.count("transfers").await;
        for _ in 0..2 {
            let chain = captured(&world, &[new, first]).await;
            assert_eq!(chain.facts::<CaseOpened>().len(), 0, "nor when all of it is heard again");
            assert_eq!(world.count("photo_answers").await, 1);
        }
        assert_eq!((world.count("cases").await, world.count("transfers").await), (0, before));
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 1), ("in_question".to_owned(), 1)].into());
        captured(&world, &[third]).await;
        assert_eq!(world.column("SELECT kind FROM cases").await, ["second_capture"], "one photo answers; another is a case");
        heard(&world, &[review("seen", first.capture, ReviewGround::PhotoSuffices)]).await;
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 1), ("paid".to_owned(), 1)].into());
        assert_eq!(world.violations().await, Vec::<String>::new());
        // the control: of a visit that nobody asked about, the same second photo is a case
        let shots = visit(&world, 2, &papers[1], 2).await;
        captured(&world, &[&shots[0]]).await;
        let chain = captured(&world, &[&shots[1]]).await;
        assert_eq!(chain.facts::<CaseOpened>().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn two_reviewers_ask_once_and_a_request_heard_again_is_what_it_was() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let shots = visit(&world, 1, &papers[0], 2).await;
        captured(&world, &[&shots[0]]).await;
        let (one, two) = (asked("one", &shots[0], RINA), asked("two", &shots[0], AGUS));
        tokio::join!(heard(&world, std::slice::from_ref(&one)), heard(&world, std::slice::from_ref(&two)));
        let mut effects = vec![effect(&world, "photo_requests", "one").await, effect(&world, "photo_requests", "two").await];
        let told = effects.clone();
        effects.sort();
        assert_eq!(effects, ["asked", "refused asked"]);
        captured(&world, &[&shots[1]]).await;
        heard(&world, &[one, two]).await;
        assert_eq!([effect(&world, "photo_requests", "one").await, effect(&world, "photo_requests", "two").await].to_vec(), told);
        heard(&world, &[asked("three", &shots[0], AGUS)]).await;
        assert_eq!(effect(&world, "photo_requests", "three").await, "asked", "once answered it may be asked for again");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_capture_that_was_a_case_before_anybody_asked_stays_one() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let shots = visit(&world, 1, &papers[0], 3).await;
        captured(&world, &[&shots[0]]).await;
        captured(&world, &[&shots[1]]).await;
        heard(&world, &[asked("asked", &shots[0], RINA)]).await;
        let again = captured(&world, &[&shots[1]]).await;
        assert_eq!((again.facts::<CaseOpened>().len(), world.count("photo_answers").await), (1, 0), "it says what it said");
        captured(&world, &[&shots[2]]).await;
        assert_eq!((world.count("cases").await, world.count("photo_answers").await), (1, 1));
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_photo_that_comes_after_the_decision_answers_and_hands_nothing_over() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let shots = visit(&world, 1, &papers[0], 2).await;
        captured(&world, &[&shots[0]]).await;
        heard(&world, &[asked("asked", &shots[0], RINA), review("no", shots[0].capture, ReviewGround::FamilyDenied)]).await;
        let late = captured(&world, &[&shots[1]]).await;
        assert_eq!((late.facts::<CaseOpened>().len(), world.count("photo_answers").await), (0, 1));
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 1)].into(), "the payment is open, as it was decided");
        assert_eq!(world.count("hand_overs").await, 1);
        heard(&world, &[asked("late", &shots[0], AGUS)]).await;
        assert_eq!(effect(&world, "photo_requests", "late").await, "refused settled");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}
