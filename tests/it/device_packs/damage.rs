//! What `salur verify` says of packs that somebody changed behind their back.

use salur_tests::{in_lab, programme::counters};
use sqlx::{AssertSqlSafe, Executor};

use super::{packed, supervisor};
use crate::portal::support::House;

#[tokio::test]
async fn damage_to_device_packs_is_found() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (who, [one, _, _]) = (supervisor(&house).await, counters());
        packed(&house, &who, &one, 1, None).await;
        assert_eq!(house.world.violations().await, Vec::<String>::new(), "undamaged it stands");
        house.world.keep().await;
        for (rule, damage) in [
            ("device packs: ", "UPDATE device_packs SET families = families + 1"),
            ("device packs: ", "UPDATE device_packs SET rupiah = rupiah - 1"),
            ("device packs: ", "DELETE FROM device_pack_claims WHERE claim = (SELECT min(claim::text)::uuid FROM device_pack_claims)"),
            ("device packs: ", "UPDATE claims SET device = 'DEV-2' WHERE id = (SELECT min(claim::text)::uuid FROM device_pack_claims)"),
            (
                "device packs apart: ",
                "INSERT INTO device_packs SELECT '00000000-0000-4000-8000-000000000000', device, teller, pay_point, day, 1, rupiah, actor, made_at, ends_at,
                   file FROM device_packs;
                 INSERT INTO claims SELECT '00000000-0000-4000-8000-000000000001', programme, account, device, teller, tranches, payments, claimed_at,
                   expires_at FROM claims LIMIT 1;
                 INSERT INTO device_pack_claims VALUES ('00000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-000000000001', 300000)",
            ),
            ("device packs apart: ", "INSERT INTO device_pack_revocations (pack, actor, reason) SELECT id, 'x', 'x' FROM device_packs"),
        ] {
            house.world.rewind().await;
            let damage = format!("BEGIN; SET LOCAL session_replication_role = 'replica'; {damage}; COMMIT");
            house.world.sql.execute(AssertSqlSafe(damage)).await.expect("the owner may");
            let found = house.world.violations().await;
            assert!(found.iter().any(|one| one.starts_with(rule)), "{rule}{found:?}");
        }
        house.close().await;
    })
    .await;
}
