//! What is forged pays nobody.

use ed25519_dalek::SigningKey;
use salur_domain::{
    CaptureId, ClaimId,
    token::{self, ChequeClaims},
};
use salur_schemas::ProofCaptured;
use salur_tests::{
    World,
    counter::{Paper, Shot, id},
    in_lab,
    programme::{Counter, counters},
};

use super::{captured, cases, nothing_is_booked, town};

/// The cheque's claims under a key that is not ours, with our key's name.
fn forged_token(world: &World, paper: &Paper) -> String {
    let ours = world.tools.cheque_keys().of(salur_domain::TrancheId(4), 1).verifying_key();
    let claims: ChequeClaims = token::verify(&paper.token, |_| Some(ours)).expect("the cheque is ours");
    token::sign(&claims, &SigningKey::from_bytes(&[99; 32]), &token::key_id(&ours))
}

/// Every capture that is not what it says, for the family of the first paper.
async fn forgeries(world: &World, papers: &[Paper], one: &Counter, two: &Counter) -> Vec<(&'static str, ProofCaptured)> {
    let claim = world.granted(id(1), &papers[0], one).await;
    let mut forgeries = Vec::new();
    let mut number = 10;
    let mut shot = || {
        number += 1;
        Shot::new(number, &claim, &papers[0], one)
    };
    forgeries.push(("signed by another device's key", shot().signed(two)));
    let mut other_device = shot();
    other_device.statement.device = two.device.into();
    forgeries.push(("stated by another device", other_device.signed(two)));
    let mut changed = shot().signed(one);
    changed.statement.clock_offset_s = 60;
    forgeries.push(("changed after it was signed", changed));
    forgeries.push(("with the cheque of another family", Shot { token: papers[1].token.clone(), ..shot() }.signed(one)));
    forgeries.push(("with a token under another key", Shot { token: forged_token(world, &papers[0]), ..shot() }.signed(one)));
    forgeries.push(("with no token", Shot { token: String::new(), ..shot() }.signed(one)));
    let mut borrowed = shot().signed(one);
    borrowed.capture = CaptureId(id(777));
    world.upload(borrowed.capture, &shot().photo).await;
    forgeries.push(("with the statement of another capture", borrowed));
    let mut unclaimed = shot();
    unclaimed.statement.claim = ClaimId(id(999));
    forgeries.push(("without a claim", unclaimed.signed(one)));
    forgeries
}

#[tokio::test]
async fn a_forged_statement_token_or_claim_is_refused_with_a_case_and_books_nothing() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        let [one, two, _] = counters();
        let forgeries = forgeries(&world, &papers, &one, &two).await;
        for (at, (what, forged)) in forgeries.iter().enumerate() {
            let photo = salur_tests::photos::photo(at as u64, None);
            world.upload(forged.capture, &photo).await;
            captured(&world, &[forged]).await;
            assert!(nothing_is_booked(&world).await, "{what}");
            assert_eq!(cases(&world).await, vec![format!("capture_refused {}", one.teller); at + 1], "{what}");
        }
        assert_eq!(world.count("proofs WHERE judgement <> 'refused'").await, 0);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}
