//! What is asked of an object store, whichever it is: one suite over the development store, Ceph RGW and Garage, by what each declares that it can.
//!
//! The store is the one of the environment, and `SALUR_STORE_KIND` says which. `scripts/test` tries the development store, `scripts/test --long` all three.

mod kept;
mod killed;

use bytes::Bytes;
use salur_store::Blobs;
use salur_tests::{in_lab, lab::variable};

/// What a store declares that it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Can {
    /// Lock an original for its time, and so keep versions.
    pub lock: bool,
    /// Keep what it acknowledged when it is killed.
    pub survive: bool,
}

/// What the store of the environment can.
pub fn can() -> Can {
    match variable("SALUR_STORE_KIND").as_str() {
        "rgw" => Can { lock: true, survive: true },
        "garage" => Can { lock: false, survive: true },
        "dev" => Can { lock: false, survive: false },
        other => panic!("SALUR_STORE_KIND={other}: nothing is declared of such a store"),
    }
}

/// Bytes that no compression makes smaller.
pub fn noise(seed: u64, size: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..size).map(|_| next()).collect()
}

#[tokio::test]
async fn what_is_written_is_read_listed_replaced_and_deleted() {
    in_lab(async |lab| {
        let blobs = Blobs::new(&lab.bucket().await);
        for (at, size) in [0, 1, 200 * 1024, 5 * 1024 * 1024 + 1].into_iter().enumerate() {
            let (key, bytes) = (format!("proofs/{at}/original"), noise(at as u64, size));
            assert_eq!(blobs.head(&key).await.expect("it answers"), None);
            assert_eq!(blobs.get(&key).await.expect("it answers"), None);
            blobs.put(&key, bytes.clone(), "application/octet-stream").await.expect("it is written");
            assert_eq!(blobs.get(&key).await.expect("it answers"), Some(bytes), "{size} bytes come back");
        }
        let other = noise(9, 77);
        blobs.put("proofs/1/original", other.clone(), "image/jpeg").await.expect("it is written again");
        assert_eq!(blobs.get("proofs/1/original").await.expect("it answers"), Some(other));
        let listed = blobs.list("proofs/", Some("proofs/0/original")).await.expect("it lists");
        let sizes: Vec<(&str, i64)> = listed.iter().map(|object| (object.key.as_str(), object.size)).collect();
        assert_eq!(sizes, [("proofs/1/original", 77), ("proofs/2/original", 204_800), ("proofs/3/original", 5_242_881)]);
        assert!(listed.iter().all(|object| object.written_at.is_some_and(|at| (chrono::Utc::now() - at).num_minutes() < 5)));
        for object in &listed {
            blobs.delete(&object.key).await.expect("it is deleted");
            blobs.delete(&object.key).await.expect("and is deleted already");
        }
        assert_eq!(blobs.list("proofs/", None).await.expect("it lists").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_listing_goes_on_after_its_thousand() {
    const OBJECTS: usize = 1_010;
    in_lab(async |lab| {
        let blobs = Blobs::new(&lab.bucket().await);
        let mut writing = tokio::task::JoinSet::new();
        for at in 0..OBJECTS {
            if writing.len() == 32 {
                writing.join_next().await.expect("one writes").expect("it is written");
            }
            let blobs = blobs.clone();
            writing.spawn(async move {
                blobs.put(&format!("views/{at:05}"), Bytes::from_static(b"x"), "image/jpeg").await.expect("it is written");
            });
        }
        writing.join_all().await;
        let (mut found, mut last) = (Vec::new(), None::<String>);
        loop {
            let page = blobs.list("views/", last.as_deref()).await.expect("it lists");
            let Some(end) = page.last() else { break };
            assert!(page.len() <= 1_000, "a page has an end");
            last = Some(end.key.clone());
            found.extend(page.into_iter().map(|object| object.key));
        }
        assert_eq!(found, (0..OBJECTS).map(|at| format!("views/{at:05}")).collect::<Vec<_>>(), "each once, in order");
    })
    .await;
}
