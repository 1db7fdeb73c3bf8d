//! Who may add webhooks, whose they are, and where they may point.

use reqwest::Method;
use salur_tests::{in_lab, programme::SOURCE};
use serde_json::json;

use super::{
    receiver::Receiver,
    sender::{Sender, add, batch},
};
use crate::{
    journey::site::until,
    portal::{
        people::{administrator, person, system},
        support::{House, code},
    },
};

#[tokio::test]
async fn a_source_sees_its_own_webhooks_alone_and_a_revoked_one_is_told_nothing_more() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let mine = system(&house, &admin, "sender", SOURCE).await;
        let theirs = system(&house, &admin, "other.sender", "dinsos-timur").await;
        let auditor = person(&house, &admin, "an.auditor", "auditor", None).await;
        let receiver = Receiver::new("", []).await;
        let (ended, _) = add(&house, &mine, &receiver.url("ended")).await;
        let (_, secret) = add(&house, &mine, &receiver.url("live")).await;
        add(&house, &theirs, &receiver.url("theirs")).await;
        let count = async |token: &str| house.call(Method::GET, "/api/webhooks", Some(token), None).await.1.as_array().map_or(0, Vec::len);
        assert_eq!((count(&mine).await, count(&theirs).await, count(&auditor).await), (2, 1, 3));
        let shown = house.call(Method::GET, "/api/webhooks", Some(&mine), None).await.1.to_string();
        assert!(!shown.contains(&secret), "a secret is shown once");
        let because = json!({ "reason": "moved" });
        let foreign =
            [("deliveries", Method::GET, json!({})), ("retry", Method::POST, json!({})), ("revoke", Method::POST, because.clone())];
        for (what, method, body) in foreign {
            let path = format!("/api/webhooks/{ended}/{what}");
            assert_eq!(code(&house.call(method, &path, Some(&theirs), Some(&body)).await), (404, "webhook"), "{what}");
        }
        let revoke = format!("/api/webhooks/{ended}/revoke");
        assert_eq!(code(&house.call(Method::POST, &revoke, Some(&auditor), Some(&because)).await), (403, "role"));
        assert_eq!(house.call(Method::POST, &revoke, Some(&mine), Some(&because)).await.0.as_u16(), 200);
        let retry = format!("/api/webhooks/{ended}/retry");
        assert_eq!(code(&house.call(Method::POST, &retry, Some(&mine), Some(&json!({}))).await), (409, "revoked"));
        batch(&house.world).await;
        let sender = Sender::start(&house.world, true);
        until("the live one", async || house.world.count("webhook_deliveries WHERE delivered_at IS NOT NULL").await == 3).await;
        assert_eq!(sender.stop().await, Some(0));
        assert!(receiver.heard().iter().all(|heard| heard.path == "/live"), "neither the revoked one nor another source's");
        let acts = house.world.column("SELECT act FROM audit WHERE act LIKE 'webhook%' ORDER BY id").await;
        assert_eq!(acts, ["webhook_added", "webhook_added", "webhook_added", "webhook_revoked"]);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_private_address_is_refused_when_it_is_added_and_when_a_name_leads_to_it() {
    in_lab(async |lab| {
        let house = House::strict(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let receiver = Receiver::new("", []).await;
        for wrong in ["http://dinsos.example/", "https://10.0.0.1/", "https://[::1]/", "https://169.254.169.254/", "https://u:p@a.example/"]
        {
            let refused = house.call(Method::POST, "/api/webhooks", Some(&token), Some(&json!({ "url": wrong }))).await;
            assert_eq!(code(&refused), (422, "url"), "{wrong}");
        }
        add(&house, &token, &format!("https://localhost:{}/", receiver.port)).await;
        batch(&house.world).await;
        let sender = Sender::start(&house.world, false);
        until("three refusals", async || house.world.count("webhook_deliveries WHERE attempts > 0").await == 3).await;
        assert_eq!(sender.stop().await, Some(0));
        let failures = house.world.column("SELECT DISTINCT failure FROM webhook_deliveries").await;
        assert_eq!(failures, ["it points to a private, local or reserved address"]);
        assert!(receiver.heard().is_empty());
        house.close().await;
    })
    .await;
}
