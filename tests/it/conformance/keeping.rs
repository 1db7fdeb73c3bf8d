//! The fixture of photo-keeping: photos that are destroyed by two people, by the clock, and those that must not be; and objects that go.

use std::sync::Arc;

use salur_domain::{CaptureId, DecisionId, keeping::Ground};
use salur_pipeline::photo_keeping::In;
use salur_runtime::testkit::Delivery;
use salur_schemas::{PhotoCondemned, PhotoDestroyed};
use salur_tests::{
    Lab, World,
    counter::id,
    facts::{deliveries, moment},
    programme::counters,
};
use sqlx::{AssertSqlSafe, Executor};

use super::{fixture::Fixture, proofs::with_cheques};

/// Actors, a retention of a year that is over for tranche 4, and a hold on one capture.
pub async fn keep(world: &World, held: CaptureId) {
    let script = format!(
        "INSERT INTO actors (name, kind, role, created_by) VALUES ('rina.wati', 'person', 'supervisor', 'test'), ('agus.salim', 'person', 'supervisor', 'test')
           ON CONFLICT DO NOTHING;
         INSERT INTO retentions (id, programme, years, document, actor) SELECT gen_random_uuid(), 'BST', 1, 'SK-1', unnest(ARRAY['rina.wati', 'agus.salim']);
         UPDATE tranches SET closed_at = now() - interval '2 years' WHERE id = 4;
         INSERT INTO legal_holds (id, capture, document, actor) VALUES (gen_random_uuid(), '{held}', 'PN-1', 'rina.wati')"
    );
    world.sql.execute(AssertSqlSafe(script)).await.expect("the owner may");
}

/// What somebody, or the clock, says of a photo.
pub fn said(seed: u32, capture: CaptureId, ground: Ground, actor: Option<&str>) -> In {
    let (decision, document, actor) = (DecisionId(id(8_000 + seed)), "PN-7".to_owned(), actor.map(str::to_owned));
    PhotoCondemned { decision, capture, ground, document, actor, at: moment() }.into()
}

/// Everything that can come of a wish, and objects that are gone already.
pub async fn condemned(lab: &Arc<Lab>) -> Fixture {
    let (world, mut chain, papers) = with_cheques(lab, 5).await;
    let [one, ..] = counters();
    let mut captures = Vec::new();
    for number in 0..5_u32 {
        let captured = world.visit(number, &papers[number as usize], &one).await;
        captures.push(captured.capture);
        chain.tell(&format!("captured-{number}"), &[salur_pipeline::photo_ingest::In::from(captured)]);
    }
    chain.run().await;
    let [ordered, over, held, alone, young] = captures[..] else { panic!("five captures") };
    keep(&world, held).await;
    let (rina, agus) = (Some("rina.wati"), Some("agus.salim"));
    let (order, ended) = (Ground::CourtOrder, Ground::RetentionEnded);
    let chains: [(&str, Vec<In>); 5] = [
        (
            "ordered",
            vec![
                said(1, ordered, order, rina),
                said(2, ordered, order, rina),
                said(3, ordered, order, agus),
                said(4, ordered, order, agus),
            ],
        ),
        ("over", vec![said(5, over, ended, None), PhotoDestroyed { capture: over, at: moment() }.into()]),
        ("held", vec![said(6, held, order, rina), said(7, held, ended, None)]),
        ("alone", vec![said(8, alone, order, rina), said(9, alone, Ground::DataSubject, agus)]),
        ("young", vec![said(10, young, ended, rina), said(11, CaptureId(id(777)), order, rina)]),
    ];
    let chains: Vec<Vec<Delivery>> = chains.iter().map(|(seed, facts)| deliveries(seed, facts, 1)).collect();
    Fixture::new("photo-keeping", world, chains, vec![]).await
}
