//! Decisions: once each, in turn, refused with the reason, kept with what contradicted them, and in the journal.

use salur_domain::pause::Kind;
use salur_schemas::PauseDecided;
use salur_tests::{Chain, facts::moment, in_lab, people::BELITUNG, programme::TAHAP_4};
use sqlx::Executor;

use super::{effect, paused, said, tell};

#[tokio::test]
async fn each_kind_is_paused_once_and_resumed_once_and_what_cannot_be_is_refused_with_the_reason() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        let scopes = [
            (Kind::Stage, "cheque-rendering"),
            (Kind::Tranche, TAHAP_4),
            (Kind::Regency, BELITUNG),
            (Kind::PayPoint, "PP-1902"),
            (Kind::Teller, "TELLER-1"),
        ];
        for ((kind, scope), number) in scopes.into_iter().zip((10..).step_by(10)) {
            let turn = [(0, false), (1, true), (2, true), (3, false), (4, false), (5, true)];
            let facts = turn.map(|(n, pause)| said(number + n, kind, scope, pause));
            tell(&mut chain, &facts, &[]).await;
            let mut effects = Vec::new();
            for n in 0..6 {
                effects.push(effect(&world, number + n).await);
            }
            let expected = ["refused not_paused", "paused 1", "refused paused", "resumed 2", "refused not_paused", "paused 3"];
            assert_eq!(effects, expected, "{kind} {scope}");
        }
        assert_eq!(paused(&world).await.len(), scopes.len());
        let wrong = [
            (Kind::Stage, "cheque-making"),
            (Kind::Stage, "pausing"),
            (Kind::Tranche, "BST-99"),
            (Kind::Regency, "3171"),
            (Kind::PayPoint, "TELLER-1"),
            (Kind::Teller, "NOBODY"),
        ];
        for ((kind, scope), number) in wrong.into_iter().zip(100..) {
            tell(&mut chain, &[said(number, kind, scope, true)], &[]).await;
            let expected = if scope == "pausing" { "refused keeper" } else { "refused unknown" };
            assert_eq!(effect(&world, number).await, expected, "{kind} {scope}");
        }
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn the_same_again_is_the_same_answer_and_other_content_under_its_id_is_a_conflict_that_changes_nothing() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        let first = said(1, Kind::Tranche, TAHAP_4, true);
        let later = PauseDecided { at: moment() + chrono::TimeDelta::hours(1), ..first.clone() };
        let other = PauseDecided { paused: false, reason: "surut".into(), ..first.clone() };
        tell(&mut chain, &[first.clone(), later, other.clone(), other, first], &[]).await;
        assert_eq!((effect(&world, 1).await, world.count("pauses").await), ("paused 1".into(), 1));
        assert_eq!(world.column("SELECT content->>'reason' FROM pause_conflicts").await, ["surut"]);
        assert_eq!(paused(&world).await, [format!("tranche {TAHAP_4}")]);
        let known = salur_store::pauses::effect(&world.tools.database, salur_tests::counter::id(1)).await.expect("readable");
        assert_eq!(known.map(|known| (known.effect, known.conflicts)), Some(("paused".into(), 1)), "and it is told");
    })
    .await;
}

#[tokio::test]
async fn a_decision_is_evidence_and_one_taken_out_is_missed() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        tell(&mut chain, &[said(1, Kind::Teller, "TELLER-1", true), said(2, Kind::Teller, "TELLER-1", false)], &[]).await;
        tell(&mut chain, &[said(3, Kind::Teller, "TELLER-1", true)], &[]).await;
        assert_eq!(world.count("pauses p JOIN journal j ON j.tx = p.tx").await, 3);
        assert_eq!(world.violations().await, Vec::<String>::new());
        let delete = format!("SET session_replication_role = replica; DELETE FROM pauses WHERE id = '{}'", salur_tests::counter::id(2));
        world.sql.execute(sqlx::AssertSqlSafe(delete)).await.expect("a superuser may");
        let found = world.violations().await;
        assert!(found.iter().any(|line| line.starts_with("pauses: teller TELLER-1: decision 3")), "{found:?}");
    })
    .await;
}
