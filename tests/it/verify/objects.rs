//! Damage to what lies in the object store, and to what rows say of it.

use bytes::Bytes;
use salur_store::proofs::{original_key, thumbnail_key};
use salur_tests::in_lab;

use super::{
    damage::assert_named,
    town::{Town, capture},
};

#[tokio::test]
async fn a_changed_byte_of_a_photo_is_named() {
    in_lab(async |lab| {
        let town = Town::build(&lab).await;
        let key = photo_of(&town, 1).await;
        let mut bytes = town.world.tools.blobs.get(&key).await.expect("the store answers").expect("the photo is there").to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        town.world.tools.blobs.put(&key, Bytes::from(bytes), "application/octet-stream").await.expect("the store takes it");
        assert_named(&town.world, &[("photos", &capture(1).to_string())]).await;
    })
    .await;
}

#[tokio::test]
async fn a_photo_cut_short_is_named_without_opening_it() {
    in_lab(async |lab| {
        let town = Town::build(&lab).await;
        let key = photo_of(&town, 1).await;
        town.world.tools.blobs.put(&key, Bytes::from_static(b"short"), "application/octet-stream").await.expect("the store takes it");
        let named = capture(1).to_string();
        assert_named(&town.world, &[("objects", &named), ("photos", &named)]).await;
    })
    .await;
}

#[tokio::test]
async fn a_missing_photo_is_named() {
    in_lab(async |lab| {
        let town = Town::build(&lab).await;
        town.world.tools.blobs.delete(&photo_of(&town, 2).await).await.expect("the store deletes");
        let named = capture(2).to_string();
        assert_named(&town.world, &[("objects", &named), ("photos", &named)]).await;
    })
    .await;
}

#[tokio::test]
async fn a_missing_cheque_picture_is_named() {
    in_lab(async |lab| {
        let town = Town::build(&lab).await;
        let key = salur_store::cheques::picture_key(town.open, 1);
        town.world.tools.blobs.delete(&key).await.expect("the store deletes");
        assert_named(&town.world, &[("cheque-pictures", &town.open.1.to_string())]).await;
    })
    .await;
}

#[tokio::test]
async fn an_object_that_no_row_names_is_no_violation() {
    in_lab(async |lab| {
        let town = Town::build(&lab).await;
        town.world.tools.blobs.put("proofs/stray", Bytes::from_static(b"x"), "application/octet-stream").await.expect("the store takes it");
        assert_named(&town.world, &[]).await;
    })
    .await;
}

#[tokio::test]
async fn a_missing_thumbnail_is_named() {
    in_lab(async |lab| {
        let town = Town::build(&lab).await;
        let key = thumbnail_key(salur_domain::CaptureId(capture(1)), &wrapped_key(&town, 1).await);
        town.world.tools.blobs.delete(&key).await.expect("the store deletes");
        assert_named(&town.world, &[("thumbnails", &capture(1).to_string())]).await;
    })
    .await;
}

#[tokio::test]
async fn two_visits_paid_by_one_photo_are_named() {
    in_lab(async |lab| {
        let town = Town::build(&lab).await;
        let (first, second) = (capture(1).to_string(), capture(2).to_string());
        let same = format!("UPDATE proofs SET sha256 = (SELECT sha256 FROM proofs WHERE capture = '{first}') WHERE capture = '{second}'");
        town.damage(&same).await;
        assert_named(&town.world, &[("photos-used-once", &first), ("photos", &second), ("proof-statements", &second)]).await;
    })
    .await;
}

/// Object key of the photo of a capture.
async fn photo_of(town: &Town, number: u32) -> String {
    original_key(salur_domain::CaptureId(capture(number)), &wrapped_key(town, number).await)
}

async fn wrapped_key(town: &Town, number: u32) -> Vec<u8> {
    let query = sqlx::query_scalar("SELECT photo_key FROM proofs WHERE capture = $1").bind(capture(number));
    query.fetch_one(&town.world.sql).await.expect("the capture was judged")
}
