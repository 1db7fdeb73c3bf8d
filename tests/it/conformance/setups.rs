//! The fixture of programme-setup: a dry run, a programme, approvals of every outcome, the programme again, a file that is wrong.

use std::sync::Arc;

use salur_domain::{DecisionId, Rupiah, SetupId, TrancheId, ids::NAMESPACE};
use salur_pipeline::programme_setup::In;
use salur_runtime::testkit::Delivery;
use salur_schemas::{SetupSent, TrancheApproved};
use salur_tests::{Lab, World, facts::moment};
use uuid::Uuid;

use super::fixture::Fixture;

const EXAMPLE: &str = include_str!("../../../docs/setup.example.toml");
/// What the example allocates to its tranche.
const ALLOCATION: i64 = 750_000_000;
const TREASURER: &str = "siti.aminah";
const APPROVER: &str = "budi.santoso";

/// A file as the portal keeps it, and the fact that it came.
async fn sent(world: &World, name: &str, content: &str, dry_run: bool) -> Delivery {
    let id = id(name);
    let keep = "INSERT INTO setups (id, actor, content, sha256, dry_run) VALUES ($1, $2, $3, sha256(convert_to($3, 'UTF8')), $4)";
    let keep = sqlx::query(keep).bind(id).bind(TREASURER).bind(content).bind(dry_run);
    keep.execute(&world.sql).await.expect("the owner may");
    Delivery::of(name, moment(), &[In::from(SetupSent { setup: SetupId(id), at: moment() })])
}

fn approval(name: &str, tranche: i32, actor: &str, allocation: i64) -> Delivery {
    let (decision, tranche) = (DecisionId(id(name)), TrancheId(tranche));
    let (allocation, document) = (Rupiah::new(allocation).expect("a sum"), "SK Mensos 22/2020".to_owned());
    let fact = TrancheApproved { decision, tranche, allocation, document, actor: actor.to_owned(), at: moment() };
    Delivery::of(name, moment(), &[In::from(fact)])
}

fn id(name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// Files that the portal kept, in an empty installation.
pub async fn sent_and_approved(lab: &Arc<Lab>) -> Fixture {
    let world = lab.bare_world().await;
    for name in [TREASURER, APPROVER] {
        let make = sqlx::query("INSERT INTO actors (name, kind, role, created_by) VALUES ($1, 'person', 'treasurer', 'test')");
        make.bind(name).execute(&world.sql).await.expect("the owner may");
    }
    let large = EXAMPLE.replace("approval_threshold = 1_000_000_000", "approval_threshold = 1");
    let broken = EXAMPLE.replace("kind = \"community\"", "kind = \"bank\"");
    let programme = vec![
        sent(&world, "looked at", &large, true).await,
        sent(&world, "entered", &large, false).await,
        approval("by who entered", 4, TREASURER, ALLOCATION),
        approval("of another sum", 4, APPROVER, ALLOCATION + 1),
        approval("of what is", 4, APPROVER, ALLOCATION),
        approval("of what is open", 4, APPROVER, ALLOCATION),
        sent(&world, "entered again", &large, false).await,
    ];
    let wrong = vec![sent(&world, "broken", &broken, false).await];
    let lost = Delivery::of("lost", moment(), &[In::from(SetupSent { setup: SetupId(id("nowhere")), at: moment() })]);
    let poison = vec![(lost, "has no file"), (approval("of nothing", 99, APPROVER, ALLOCATION), "there is no tranche 99")];
    Fixture::new("programme-setup", world, vec![programme, wrong], poison).await
}
