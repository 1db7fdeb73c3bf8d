//! What the ledger refuses, asked at its own door: nothing of a refused posting stays.

use salur_domain::{Rupiah, TrancheId};
use salur_store::ledger::{self, Kind, Transfer};
use salur_tests::{World, in_lab};
use uuid::Uuid;

const REGENCY: &str = "1902";

/// Accounts of tranche 4 in a regency, and what was posted.
struct Books {
    allocation: i64,
    reserve: i64,
    available: i64,
}

impl Books {
    async fn of(world: &World) -> Self {
        let allocation = format!("FROM ledger_accounts WHERE kind = 'allocation' AND tranche = 4 AND regency = '{REGENCY}'");
        let make = "INSERT INTO ledger_accounts (kind, programme, tranche, regency, owner)
            SELECT 'reserve', programme, tranche, regency, 'list' FROM ledger_accounts WHERE kind = 'allocation' AND tranche = 4 AND regency = $1";
        sqlx::query(make).bind(REGENCY).execute(&world.sql).await.expect("the owner may");
        Self {
            allocation: world.one(&format!("SELECT id {allocation}")).await,
            reserve: world.one("SELECT id FROM ledger_accounts WHERE kind = 'reserve' AND owner = 'list'").await,
            available: world.one(&format!("SELECT credits - debits {allocation}")).await,
        }
    }

    fn reserved(&self, subject: u128, rupiah: i64) -> Transfer {
        Transfer {
            tranche: TrancheId(4),
            subject: Uuid::from_u128(subject),
            kind: Kind::BatchReserved,
            n: 1,
            debit: self.allocation,
            credit: self.reserve,
            amount: Rupiah::new(rupiah).expect("not negative"),
            document: "list".into(),
        }
    }
}

/// Posts in a transaction of release, and commits what was not refused.
async fn post(world: &World, transfers: &[Transfer], new: bool) -> Result<(), String> {
    let mut tx = world.tools.database.begin_as("release").await.expect("the database is there");
    let posted = if new { ledger::post_new(&mut tx, transfers).await } else { ledger::post(&mut tx, transfers).await };
    match posted {
        Ok(()) => tx.commit().await.map_err(|error| error.to_string()),
        Err(error) => Err(std::error::Error::source(&error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))),
    }
}

/// What moved out of the allocation.
async fn moved(world: &World, books: &Books) -> i64 {
    let debits = format!("SELECT debits FROM ledger_accounts WHERE id = {}", books.allocation);
    let sum = format!("SELECT coalesce(sum(amount), 0)::bigint FROM transfers WHERE debit = {}", books.allocation);
    let (debits, sum) = (world.one::<i64>(&debits).await, world.one::<i64>(&sum).await);
    assert_eq!(debits, sum, "the balance is the sum of its entries");
    sum
}

#[tokio::test]
async fn a_transfer_posted_again_moves_nothing_and_with_other_content_is_refused() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let books = Books::of(&world).await;
        let transfer = books.reserved(1, 500);
        assert_eq!(post(&world, &[transfer.clone(), transfer.clone()], false).await, Ok(()), "the same twice is one");
        assert_eq!(post(&world, std::slice::from_ref(&transfer), false).await, Ok(()));
        assert_eq!(moved(&world, &books).await, 500);
        let others = [books.reserved(1, 501), Transfer { document: "another".into(), ..books.reserved(1, 500) }];
        for other in others {
            let refused = post(&world, &[books.reserved(2, 7), other.clone()], false).await.expect_err("the key is taken");
            assert!(refused.contains("exists with other content"), "{refused}");
            let refused = post(&world, &[other, transfer.clone()], false).await.expect_err("two with one key");
            assert!(refused.contains("two transfers with the key"), "{refused}");
        }
        let refused = post(&world, &[books.reserved(3, 7), transfer], true).await.expect_err("it is not new");
        assert!(refused.contains("transfers_pkey"), "{refused}");
        assert_eq!(moved(&world, &books).await, 500, "nothing of what was refused stays");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_cannot_be_moved() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let books = Books::of(&world).await;
        for (amounts, why) in [
            (vec![books.available + 1], "ledger_accounts"),
            (vec![books.available, 1], "ledger_accounts"),
            (vec![0], "transfers_amount_check"),
            (vec![i64::MAX, i64::MAX], "amount is too large"),
        ] {
            let transfers: Vec<Transfer> = (1..).zip(&amounts).map(|(subject, amount)| books.reserved(subject, *amount)).collect();
            for new in [false, true] {
                let refused = post(&world, &transfers, new).await.expect_err("it is not there");
                assert!(refused.contains(why), "{amounts:?}: {refused}");
            }
        }
        assert_eq!(moved(&world, &books).await, 0);
        assert_eq!(post(&world, &[books.reserved(1, books.available)], true).await, Ok(()), "negative control: all of it");
    })
    .await;
}

#[tokio::test]
async fn money_moves_between_accounts_that_exist_and_that_the_chart_allows() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let books = Books::of(&world).await;
        let right = books.reserved(1, 5);
        for (wrong, why) in [
            (Transfer { credit: i64::MAX, ..right.clone() }, "the chart does not allow"),
            (Transfer { debit: books.reserve, credit: books.allocation, ..right.clone() }, "the chart does not allow"),
            (Transfer { kind: Kind::RecipientFunded, ..right.clone() }, "the chart does not allow"),
            (Transfer { credit: books.allocation, ..right.clone() }, "transfers_check"),
        ] {
            let refused = post(&world, std::slice::from_ref(&wrong), false).await.expect_err("no such line in the chart");
            assert!(refused.contains(why), "{wrong:?}: {refused}");
        }
        assert_eq!(moved(&world, &books).await, 0);
    })
    .await;
}
