//! What may be written by whom, and what is kept: addresses for uploads, originals under lock, uploads that go.

use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use salur_store::{
    Blobs,
    blobs::{Deleted, Settings},
};
use salur_tests::in_lab;

use super::{can, noise};

async fn upload(url: &str, bytes: Bytes) -> StatusCode {
    reqwest::Client::new().put(url).body(bytes).send().await.expect("the store answers").status()
}

#[tokio::test]
async fn an_upload_address_takes_that_size_under_that_key_until_it_expires() {
    in_lab(async |lab| {
        let blobs = Blobs::new(&lab.bucket().await);
        let (photo, minute) = (noise(1, 40_000), Duration::from_mins(1));
        let url = blobs.presign_put("incoming/a", 40_000, minute).await.expect("it is signed");
        assert!(!upload(&url, photo.slice(1..)).await.is_success(), "a byte less is refused");
        assert!(!upload(&url, noise(2, 40_001)).await.is_success(), "a byte more is refused");
        assert!(!upload(&url.replace("incoming/a", "incoming/b"), photo.clone()).await.is_success(), "another key is refused");
        assert_eq!(blobs.list("incoming/", None).await.expect("it lists"), [], "nothing of these is kept");
        assert!(upload(&url, photo.clone()).await.is_success());
        assert_eq!(blobs.get("incoming/a").await.expect("it answers"), Some(photo.clone()));
        let short = blobs.presign_put("incoming/c", 40_000, Duration::from_secs(1)).await.expect("it is signed");
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(!upload(&short, photo).await.is_success(), "an address that expired takes nothing");
    })
    .await;
}

/// A bucket of the lab in which originals are to be locked for a day.
async fn locking(lab: &salur_tests::Lab) -> (Blobs, Settings) {
    let mut settings = lab.bucket().await;
    settings.bucket.push_str("-locks");
    settings.lock_days = 1;
    let blobs = Blobs::new(&settings);
    blobs.ensure_bucket().await.expect("a bucket can be made");
    (blobs, settings)
}

#[tokio::test]
async fn an_original_under_lock_is_not_deleted_and_an_upload_is_with_all_that_it_was() {
    in_lab(async |lab| {
        let (blobs, settings) = locking(&lab).await;
        let said = if can().lock { "WORM: on (COMPLIANCE, 1 days)" } else { "WORM: off" };
        assert_eq!(blobs.worm().await.expect("it answers").to_string(), said);
        let (original, forged) = (noise(1, 1_000), noise(2, 1_000));
        blobs.put_original("proofs/a/original", original).await.expect("it is written");
        blobs.put("proofs/a/original", forged, "application/octet-stream").await.expect("another version of it");
        let deleted = blobs.delete("proofs/a/original").await.expect("it answers");
        assert_eq!(deleted, if can().lock { Deleted::Locked } else { Deleted::Gone });
        assert_eq!(blobs.get("proofs/a/original").await.expect("it answers"), None, "it is hidden in any case");
        assert_eq!(blobs.delete("proofs/a/original").await.expect("it answers"), deleted, "and so it stays");
        assert_eq!(kept(&settings, "proofs/a/original").await, usize::from(can().lock), "what was not locked is gone");
        for at in 0..3 {
            blobs.put("incoming/a", noise(at, 500), "image/jpeg").await.expect("an upload that is sent again");
        }
        assert_eq!(blobs.delete("incoming/a").await.expect("it answers"), Deleted::Gone);
        assert_eq!(kept(&settings, "incoming/a").await, 0, "an upload lies unsealed: no version of it stays");
    })
    .await;
}

/// Versions that the store still holds of a key.
async fn kept(settings: &Settings, key: &str) -> usize {
    Blobs::new(settings).count_versions(key).await.expect("it lists")
}
