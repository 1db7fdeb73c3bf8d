//! A few families in every status, made by the real stages.

use std::sync::Arc;

use salur_pipeline::photo_ingest;
use salur_store::payments::Key;
use salur_tests::{
    Chain, Lab, Person, World,
    counter::{Shot, id},
    facts,
    photos::photo,
    programme::{TAHAP_4, TAHAP_5, counters},
};
use sqlx::{AssertSqlSafe, Executor};

/// Families of the town: paid, paid for two tranches at once, in question, open, in the other regency; and a rejected and a held row.
pub struct Town {
    pub world: World,
    /// Paid by capture 1.
    pub paid: Key,
    /// Paid by capture 2: tranche 5 of a family that came once for both.
    pub second_of_visit: Key,
    /// Handed over by capture 3, in question.
    pub questioned: Key,
    /// Has a cheque, did not come.
    pub open: Key,
}

impl Town {
    pub async fn build(lab: &Arc<Lab>) -> Self {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        let families: Vec<Person> = (0..5).map(Person::new).chain([Person::of("1906", 5)]).collect();
        let mut rows = facts::rows("tahap-4", TAHAP_4, families.clone());
        rows.push(facts::row("tahap-4", TAHAP_4, "bad", &Person { nik: "12".into(), ..Person::new(6) }));
        rows.push(facts::row("tahap-4", TAHAP_4, "same-household", &Person { kk: families[0].kk.clone(), ..Person::new(7) }));
        chain.tell("4", &facts::batch(&rows));
        chain.tell("5", &facts::batch(&facts::rows("tahap-5", TAHAP_5, [families[1].clone()])));
        chain.run().await;
        let town = Self {
            paid: world.payment(4, &families[0]),
            second_of_visit: world.payment(5, &families[1]),
            questioned: world.payment(4, &families[2]),
            open: world.payment(4, &families[3]),
            world,
        };
        let captures = town.captures(&families).await;
        chain.tell("captures", &captures);
        chain.run().await;
        assert!(chain.dead.is_empty() && chain.delayed.is_empty(), "nothing died: {:?} {:?}", chain.dead, chain.delayed);
        town
    }

    /// Capture 1 and 2 are flawless, number 3 has no EXIF.
    async fn captures(&self, families: &[Person]) -> Vec<photo_ingest::In> {
        let [first, second, _] = counters();
        let mut captures = Vec::new();
        for (number, family, counter) in [(1, &families[0], &first), (2, &families[1], &second)] {
            captures.push(self.world.visit(number, &self.world.paper(4, family).await, counter).await.into());
        }
        let paper = self.world.paper(4, &families[2]).await;
        let claim = self.world.granted(id(3), &paper, &first).await;
        let shot = Shot::new(3, &claim, &paper, &first).with_photo(photo(3, None));
        self.world.upload(shot.statement.capture, &shot.photo).await;
        captures.push(shot.signed(&first).into());
        captures
    }

    /// [`damage`] to its world.
    pub async fn damage(&self, statements: &str) {
        damage(&self.world, statements).await;
    }
}

/// Changes rows as nobody may: with every trigger off.
pub async fn damage(world: &World, statements: &str) {
    let mut connection = world.sql.acquire().await.expect("the database is there");
    let script = format!("SET session_replication_role = replica; {statements}; RESET session_replication_role");
    connection.execute(AssertSqlSafe(script.clone())).await.unwrap_or_else(|error| panic!("{script}: {error}"));
}

/// The capture of a number.
pub fn capture(number: u32) -> uuid::Uuid {
    id(number + 1_000_000)
}
