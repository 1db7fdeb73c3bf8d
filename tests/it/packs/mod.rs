//! Packs of a village: when they are made and of what, who may take one, and that everything on them can be read.

mod doors;
mod keys;
mod making;
pub mod print;

use salur_domain::{TrancheId, vault::DataKey};
use salur_store::packs;
use salur_tests::World;

/// What a pack says of itself, and its file.
pub struct Pack {
    pub village: String,
    pub generation: String,
    pub cheques: i32,
    pub pages: i32,
    pub file: Vec<u8>,
}

/// Every pack of tranche 4, by village and number, opened as the portal opens it.
pub async fn packs(world: &World) -> Vec<Pack> {
    let read = "SELECT village, generation, cheques, pages FROM packs WHERE tranche = 4 ORDER BY village, number";
    let rows: Vec<(String, String, i32, i32)> = sqlx::query_as(read).fetch_all(&world.sql).await.expect("packs can be read");
    let mut all = Vec::new();
    for (village, generation, cheques, pages) in rows {
        let place = (TrancheId(4), village.clone());
        let sealed = world.tools.blobs.get(&packs::object_key(&place, &generation)).await.expect("the store answers");
        let sealed = sealed.expect("a pack has its file");
        let file = DataKey::disclose(world.tools.keys.rows(), &packs::context(&place, &generation), &sealed).expect("it opens");
        all.push(Pack { village, generation, cheques, pages, file });
    }
    all
}
