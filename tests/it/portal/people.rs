//! Actors: one-time codes, own keys, tokens, roles, revocation.

use base64::Engine;
use chrono::Utc;
use ed25519_dalek::{Signer, SigningKey};
use reqwest::{Method, StatusCode};
use salur_portal::{people, signed};
use salur_tests::in_lab;
use serde_json::{Value, json};

use super::support::{House, answer};

/// Someone at the doors: a name, and a key of their own.
pub struct Person {
    pub name: &'static str,
    key: SigningKey,
}

impl Person {
    pub fn new(name: &'static str, seed: u8) -> Self {
        Self { name, key: SigningKey::from_bytes(&[seed; 32]) }
    }

    pub async fn enrol(&self, house: &House, code: &str) -> (StatusCode, Value) {
        let body = json!({ "code": code, "public_key": hex::encode(self.key.verifying_key().to_bytes()) });
        house.call(Method::POST, "/api/enrolments", None, Some(&body)).await
    }

    pub async fn sign_in(&self, house: &House) -> (StatusCode, Value) {
        let time = Utc::now().to_rfc3339();
        let signature = self.key.sign(&signed::to_sign("POST", people::SESSIONS, &time, b""));
        let sent = house.http.post(format!("{}{}", house.address, people::SESSIONS)).header(people::ACTOR_HEADER, self.name);
        let signature = base64::engine::general_purpose::STANDARD.encode(signature.to_bytes());
        let sent = sent.header(signed::TIME_HEADER, time).header(signed::SIGNATURE_HEADER, signature).send().await;
        answer(sent.expect("the portal answers")).await
    }
}

/// Token of a fresh administrator: the first one comes from whoever holds the database.
pub async fn administrator(house: &House) -> String {
    let root = Person::new("root.admin", 7);
    let code = "AAAA-BBBB-CCCC";
    let made = "INSERT INTO actors (name, kind, role, created_by) VALUES ('root.admin', 'person', 'administrator', 'test')";
    sqlx::query(made).execute(&house.world.sql).await.expect("the owner may");
    let enrolment = "INSERT INTO enrolments (code_digest, actor, expires_at) VALUES ($1, 'root.admin', now() + interval '1 hour')";
    sqlx::query(enrolment).bind(people::digest_of(code)).execute(&house.world.sql).await.expect("the owner may");
    assert_eq!(root.enrol(house, code).await.0, StatusCode::OK);
    token_of(&root.sign_in(house).await.1)
}

/// Makes a person, enrols and signs in.
pub async fn person(house: &House, admin: &str, name: &'static str, role: &str, source: Option<&str>) -> String {
    made(house, admin, name, &json!({ "name": name, "kind": "person", "role": role, "source": source })).await
}

/// The same, as asked for.
pub async fn made(house: &House, admin: &str, name: &'static str, wanted: &Value) -> String {
    let (status, made) = house.call(Method::POST, "/api/actors", Some(admin), Some(wanted)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let person = Person::new(name, u8::try_from(name.len()).expect("short") + 100);
    person.enrol(house, made["code"].as_str().expect("a code")).await;
    token_of(&person.sign_in(house).await.1)
}

/// Makes a system of a source, and its token.
pub async fn system(house: &House, admin: &str, name: &str, source: &str) -> String {
    let wanted = json!({ "name": name, "kind": "system", "role": "upstream", "source": source });
    let (status, made) = house.call(Method::POST, "/api/actors", Some(admin), Some(&wanted)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let asked = json!({ "purpose": "lists", "days": 30 });
    token_of(&house.call(Method::POST, &format!("/api/actors/{name}/tokens"), Some(admin), Some(&asked)).await.1)
}

fn token_of(answer: &Value) -> String {
    answer["token"].as_str().unwrap_or_else(|| panic!("a token: {answer}")).to_owned()
}

#[tokio::test]
async fn a_person_enrols_once_with_a_code_and_signs_in_with_their_own_key() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let wanted = json!({ "name": "siti", "kind": "person", "role": "supervisor", "region": "1902" });
        let (status, made) = house.call(Method::POST, "/api/actors", Some(&admin), Some(&wanted)).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let (siti, code) = (Person::new("siti", 1), made["code"].as_str().expect("a code"));
        assert_eq!(siti.sign_in(&house).await.0, StatusCode::UNAUTHORIZED, "no key yet");
        assert_eq!(siti.enrol(&house, "0000-0000-0000").await.0, StatusCode::GONE);
        assert_eq!(siti.enrol(&house, &code.to_lowercase()).await.0, StatusCode::OK);
        assert_eq!(Person::new("siti", 2).enrol(&house, code).await.0, StatusCode::GONE, "a code is used once");
        assert_eq!(Person::new("siti", 2).sign_in(&house).await.0, StatusCode::UNAUTHORIZED, "another key");
        let (status, session) = siti.sign_in(&house).await;
        assert_eq!(status, StatusCode::CREATED, "{session}");
        let (status, me) = house.call(Method::GET, "/api/me", session["token"].as_str(), None).await;
        assert_eq!((status, &me["name"], &me["region"]), (StatusCode::OK, &json!("siti"), &json!("1902")));
        let acts = house.world.column("SELECT actor || ' ' || act FROM audit WHERE act <> 'setup' ORDER BY id").await;
        let expected =
            ["root.admin key_enrolled", "root.admin signed_in", "root.admin actor_created", "siti key_enrolled", "siti signed_in"];
        assert_eq!(acts, expected);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_stolen_a_revoked_and_an_old_token_open_nothing() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let source = house.world.one::<String>("SELECT name FROM sources LIMIT 1").await;
        let token = system(&house, &admin, "sender", &source).await;
        let me = async |token: &str| house.call(Method::GET, "/api/me", Some(token), None).await.0;
        assert_eq!(me(&token).await, StatusCode::OK);
        // who saw the id in a list does not have the secret
        let guessed = format!("{}{}", &token[..token.len() - 64], "0".repeat(64));
        assert_eq!(me(&guessed).await, StatusCode::UNAUTHORIZED);
        let secrets =
            house.world.count(&format!("actor_tokens WHERE encode(secret_digest, 'hex') = '{}'", &token[token.len() - 64..])).await;
        assert_eq!(secrets, 0, "the secret itself is kept nowhere");
        let old = "UPDATE actor_tokens SET expires_at = now() - interval '1 second' WHERE actor = 'root.admin'";
        sqlx::query(old).execute(&house.world.sql).await.expect("the owner may");
        assert_eq!(me(&admin).await, StatusCode::UNAUTHORIZED, "a session ends");
        let again = Person::new("root.admin", 7).sign_in(&house).await.1;
        let reason = json!({ "reason": "token was published" });
        let (status, _) = house.call(Method::POST, "/api/actors/sender/revoke", again["token"].as_str(), Some(&reason)).await;
        assert_eq!((status, me(&token).await), (StatusCode::OK, StatusCode::UNAUTHORIZED));
        let (status, _) = house.call(Method::POST, "/api/actors/root.admin/revoke", again["token"].as_str(), Some(&reason)).await;
        assert_eq!(status, StatusCode::CONFLICT, "nobody revokes themselves");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn only_an_administrator_makes_actors_and_a_wrong_wish_is_refused_with_its_field() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let auditor = person(&house, &admin, "an.auditor", "auditor", None).await;
        let wanted = json!({ "name": "me.too", "kind": "person", "role": "administrator" });
        for token in [None, Some(auditor.as_str()), Some("salur_x_y")] {
            let (status, _) = house.call(Method::POST, "/api/actors", token, Some(&wanted)).await;
            assert_eq!(status, if token == Some(auditor.as_str()) { StatusCode::FORBIDDEN } else { StatusCode::UNAUTHORIZED });
        }
        let wishes = [
            ("role", json!({ "name": "ab", "kind": "person", "role": "root" })),
            ("name", json!({ "name": "Ab", "kind": "person", "role": "ops" })),
            ("kind", json!({ "name": "ab", "kind": "robot", "role": "ops" })),
            ("kind", json!({ "name": "ab", "kind": "system", "role": "administrator" })),
            ("source", json!({ "name": "ab", "kind": "system", "role": "upstream" })),
            ("source", json!({ "name": "ab", "kind": "system", "role": "upstream", "source": "nobody" })),
            ("region", json!({ "name": "ab", "kind": "person", "role": "ops", "region": "19x2" })),
            ("name", json!({ "name": "an.auditor", "kind": "person", "role": "ops" })),
            ("json", json!({ "name": "ab", "kind": "person", "role": "ops", "colour": "red" })),
        ];
        for (code, wish) in wishes {
            let (status, refused) = house.call(Method::POST, "/api/actors", Some(&admin), Some(&wish)).await;
            assert!(status.is_client_error() && refused["error"] == code, "{wish}: {status} {refused}");
        }
        assert_eq!(house.world.count("actors").await, 2);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn more_actors_than_a_page_are_told_page_by_page_each_once() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let many = "INSERT INTO actors (name, kind, role, created_by)
            SELECT format('juru-%s', n), 'person', 'viewer', 'test' FROM generate_series(1, 1200) AS n";
        sqlx::query(many).execute(&house.world.sql).await.expect("the owner may");
        let (mut names, mut after) = (Vec::new(), String::new());
        loop {
            let (status, page) = house.call(Method::GET, &format!("/api/actors?after={after}"), Some(&admin), None).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            let page: Vec<String> =
                page.as_array().expect("a list").iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect();
            assert!(page.len() <= 1_000);
            let Some(last) = page.last() else { break };
            after.clone_from(last);
            names.extend(page);
        }
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!((names.len(), names.as_slice()), (1_201, sorted.as_slice()));
        house.close().await;
    })
    .await;
}
