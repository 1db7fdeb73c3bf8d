//! Each thing that cash does not do, said by the stage with its reason; nothing moves.

use salur_domain::{Rupiah, cash::Reason};
use salur_schemas::CashMoved;
use salur_tests::{World, in_lab, programme::FLOAT};
use sqlx::Executor;

use super::{BANK, OFFICE, counted, day, effect, held, moved, tell};

/// A second office with a teller, in another programme as well; neither has cash.
async fn neighbours(world: &World) {
    let more = "INSERT INTO programmes VALUES ('PKH', 'Program Keluarga Harapan', 0);
        INSERT INTO offices VALUES ('OFFICE-2', 'Kantor Pos Manggar', '1906');
        INSERT INTO tellers VALUES ('TELLER-9', 'Juru bayar', 'OFFICE-2'), ('TELLER-X', 'Juru bayar', 'OFFICE-1');
        INSERT INTO ledger_accounts (kind, programme, owner) VALUES ('office_cash', 'BST', 'OFFICE-2'), ('teller_cash', 'BST', 'TELLER-9'),
          ('cash_difference', 'BST', 'TELLER-9'), ('bank', 'PKH', ''), ('teller_cash', 'PKH', 'TELLER-X')";
    world.sql.execute(more).await.expect("the owner may");
}

fn of(programme: &str, fact: CashMoved) -> CashMoved {
    CashMoved { programme: programme.into(), ..fact }
}

#[tokio::test]
async fn a_move_that_breaks_a_rule_is_refused_with_its_reason_and_moves_nothing() {
    in_lab(async |lab| {
        let world = lab.world().await;
        neighbours(&world).await;
        let bank = held(&world, "bank", "").await;
        let deeds = [
            (of("NONE", moved(1, BANK, OFFICE, 1)), Reason::Programme),
            (moved(2, BANK, "office:NOWHERE", 1), Reason::Place),
            (moved(3, OFFICE, "teller:NOBODY", 1), Reason::Place),
            (moved(4, OFFICE, "teller:TELLER-X", 1), Reason::Place),
            (of("PKH", moved(5, "teller:TELLER-1", "teller:TELLER-X", 1)), Reason::Place),
            (moved(6, BANK, BANK, 1), Reason::Same),
            (moved(7, "teller:TELLER-1", "teller:TELLER-1", 1), Reason::Same),
            (moved(8, BANK, "teller:TELLER-1", 1), Reason::Way),
            (moved(9, OFFICE, "office:OFFICE-2", 1), Reason::Way),
            (moved(10, OFFICE, "difference:TELLER-1", 1), Reason::Way),
            (moved(11, "office:OFFICE-2", "teller:TELLER-1", 1), Reason::OtherOffice),
            (moved(12, "teller:TELLER-1", "office:OFFICE-2", 1), Reason::OtherOffice),
            (moved(13, "teller:TELLER-1", "teller:TELLER-9", 1), Reason::OtherOffice),
            (moved(14, BANK, OFFICE, 0), Reason::Amount),
            (moved(15, BANK, OFFICE, i64::MAX), Reason::Amount),
            (moved(16, BANK, OFFICE, bank + 1), Reason::Overdrawn),
            (moved(17, OFFICE, "teller:TELLER-1", 1), Reason::Overdrawn),
            (moved(18, OFFICE, BANK, 1), Reason::Overdrawn),
            (moved(19, "teller:TELLER-1", OFFICE, FLOAT + 1), Reason::Overdrawn),
            (moved(20, "teller:TELLER-1", "teller:TELLER-2", FLOAT + 1), Reason::Overdrawn),
            (moved(21, "difference:TELLER-1", OFFICE, 1), Reason::Overdrawn),
        ];
        let before = world.count("transfers").await;
        tell(&world, deeds.iter().map(|(fact, _)| fact.clone())).await;
        for ((_, reason), number) in deeds.iter().zip(1..) {
            assert_eq!(effect(&world, number).await, format!("refused {}", reason.as_str()), "{number}");
        }
        assert_eq!(world.count("transfers").await, before);
        // negative control: to the last rupiah each of them gives
        tell(&world, [moved(30, BANK, OFFICE, bank), moved(31, "teller:TELLER-1", "teller:TELLER-2", FLOAT)]).await;
        assert_eq!((effect(&world, 30).await, effect(&world, 31).await), ("booked".into(), "booked".into()));
        assert_eq!((held(&world, "bank", "").await, held(&world, "teller_cash", "TELLER-1").await), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_count_of_a_drawer_that_is_none_or_of_more_than_there_is_closes_nothing() {
    in_lab(async |lab| {
        let world = lab.world().await;
        neighbours(&world).await;
        let none = salur_schemas::CashCounted { programme: "NONE".into(), ..counted(1, "TELLER-1", day(0), FLOAT) };
        let much = salur_schemas::CashCounted { counted: Rupiah::new(i64::MAX).expect("positive"), ..counted(4, "TELLER-1", day(0), 0) };
        tell(&world, [none, counted(2, "NOBODY", day(0), 0), counted(3, "TELLER-X", day(0), 0), much]).await;
        let mut effects = Vec::new();
        for number in 1..=4 {
            effects.push(effect(&world, number).await);
        }
        assert_eq!(effects, ["refused programme", "refused place", "refused place", "refused amount"]);
    })
    .await;
}
