//! A system that speaks OpenID Connect, as far as the portal asks it, and what of its tokens can be wrong.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, Mac};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey,
    core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey},
};
use reqwest::Url;
use salur_domain::vault::DataKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, task::JoinSet};

pub const CLIENT: &str = "salur-portal";
pub const SECRET: &str = "what both of them know, and so no proof";
/// What the person's account is called there.
pub const SUBJECT: &str = "2f9c-rina";
/// Made for these tests.
const RSA_KEY: &str = include_str!("key-of-tests.pem");

/// What of a token is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Forged {
    No,
    /// As good, by another algorithm.
    ByRsa,
    /// As good, of another account.
    Subject(&'static str),
    Signature,
    Payload,
    Expired,
    Nonce,
    NoNonce,
    Audience,
    Issuer,
    Unsigned,
    /// By the secret that both know.
    Shared,
    /// By the public key, taken for a secret.
    PublicKey,
    OtherVerifier,
    NoToken,
}

impl Forged {
    /// Those that let nobody in.
    pub const ALL: [Self; 12] = [
        Self::Signature,
        Self::Payload,
        Self::Expired,
        Self::Nonce,
        Self::NoNonce,
        Self::Audience,
        Self::Issuer,
        Self::Unsigned,
        Self::Shared,
        Self::PublicKey,
        Self::OtherVerifier,
        Self::NoToken,
    ];
}

/// Who signed in, until the portal asks.
#[derive(Debug, Clone)]
struct SignedIn {
    challenge: String,
    nonce: String,
    forged: Forged,
}

type Codes = Arc<Mutex<HashMap<String, SignedIn>>>;

/// The system, on a free port.
pub struct Provider {
    pub issuer: String,
    /// Those that wait, and all that there were.
    codes: Codes,
    all: Codes,
    /// It ends with the test.
    _serving: JoinSet<std::io::Result<()>>,
}

#[derive(Clone)]
struct Shared {
    issuer: String,
    codes: Codes,
}

impl Provider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let issuer = format!("http://{}", listener.local_addr().expect("it is bound"));
        let codes = Codes::default();
        let shared = Shared { issuer: issuer.clone(), codes: Arc::clone(&codes) };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .with_state(shared);
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, routes).await });
        Self { issuer, codes, all: Codes::default(), _serving: serving }
    }

    /// Somebody signs in where the portal led them; state and code of the answer.
    pub fn signs_in(&self, address: &str, forged: Forged) -> (String, String) {
        let address = Url::parse(address).expect("an address");
        assert!(address.as_str().starts_with(&format!("{}/authorize?", self.issuer)), "{address}");
        let asked: HashMap<String, String> = address.query_pairs().into_owned().collect();
        let of = |name: &str| asked.get(name).unwrap_or_else(|| panic!("{name} is not asked for: {asked:?}")).clone();
        assert_eq!((of("response_type"), of("client_id"), of("scope")), ("code".into(), CLIENT.into(), "openid".into()));
        assert_eq!((of("redirect_uri"), of("code_challenge_method")), ("http://portal.invalid/sign-in/oidc/back".into(), "S256".into()));
        let code = format!("code-{}", self.all.lock().expect("it is whole").len());
        let signed_in = SignedIn { challenge: of("code_challenge"), nonce: of("nonce"), forged };
        for codes in [&self.codes, &self.all] {
            codes.lock().expect("it is whole").insert(code.clone(), signed_in.clone());
        }
        (of("state"), code)
    }

    /// A code that was used is good again: a provider that forgets.
    pub fn again(&self, way: &str) {
        let code = way.rsplit_once("code=").expect("a code").1;
        let signed_in = self.all.lock().expect("it is whole")[code].clone();
        self.codes.lock().expect("it is whole").insert(code.to_owned(), signed_in);
    }
}

async fn configuration(State(Shared { issuer, .. }): State<Shared>) -> Json<Value> {
    Json(json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "EdDSA", "HS256", "none"],
    }))
}

async fn keys() -> Json<Value> {
    let rsa = serde_json::to_value(openidconnect::PrivateSigningKey::as_verification_key(&rsa())).expect("JSON");
    let public = URL_SAFE_NO_PAD.encode(ed().verifying_key().as_bytes());
    Json(json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": "ed", "x": public }, rsa] }))
}

fn rsa() -> CoreRsaPrivateSigningKey {
    CoreRsaPrivateSigningKey::from_pem(RSA_KEY, Some(JsonWebKeyId::new("rsa".into()))).expect("a key")
}

fn ed() -> SigningKey {
    SigningKey::from_bytes(&[91; 32])
}

async fn token(State(shared): State<Shared>, Form(asked): Form<HashMap<String, String>>) -> Result<Json<Value>, (StatusCode, Json<Value>)> {
    let refused = || (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })));
    let signed_in = shared.codes.lock().expect("it is whole").remove(&asked["code"]).ok_or_else(refused)?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&asked["code_verifier"]));
    if challenge != signed_in.challenge || signed_in.forged == Forged::OtherVerifier {
        return Err(refused());
    }
    let mut answer = json!({ "access_token": "opaque", "token_type": "Bearer" });
    if signed_in.forged != Forged::NoToken {
        answer["id_token"] = id_token(&shared.issuer, &signed_in).into();
    }
    Ok(Json(answer))
}

fn id_token(issuer: &str, SignedIn { nonce, forged, .. }: &SignedIn) -> String {
    let now = Utc::now().timestamp();
    let subject = if let Forged::Subject(subject) = forged { subject } else { SUBJECT };
    let mut claims = json!({
        "iss": issuer, "aud": CLIENT, "sub": subject, "nonce": nonce, "iat": now, "exp": now + 300,
        "roles": ["administrator"], "preferred_username": "root.admin",
    });
    match forged {
        Forged::Expired => (claims["iat"], claims["exp"]) = (json!(now - 600), json!(now - 300)),
        Forged::Nonce => claims["nonce"] = json!("another"),
        Forged::NoNonce => _ = claims.as_object_mut().expect("an object").remove("nonce"),
        Forged::Audience => claims["aud"] = json!("another-portal"),
        Forged::Issuer => claims["iss"] = json!("https://another.invalid"),
        _ => {}
    }
    let (algorithm, key) = match forged {
        Forged::ByRsa => ("RS256", "rsa"),
        Forged::Unsigned => ("none", "ed"),
        Forged::Shared | Forged::PublicKey => ("HS256", "ed"),
        _ => ("EdDSA", "ed"),
    };
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let mut signed = format!("{}.{}", part(&json!({ "alg": algorithm, "kid": key, "typ": "JWT" })), part(&claims));
    let signature = signature(*forged, signed.as_bytes());
    if *forged == Forged::Payload {
        claims["sub"] = json!("somebody-else");
        signed = format!("{}.{}", part(&json!({ "alg": algorithm, "kid": key, "typ": "JWT" })), part(&claims));
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn signature(forged: Forged, message: &[u8]) -> Vec<u8> {
    let shared = |secret: &[u8]| {
        let mut hash = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
        hash.update(message);
        hash.finalize().into_bytes().to_vec()
    };
    match forged {
        Forged::ByRsa => rsa().sign(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, message).expect("it signs"),
        Forged::Unsigned => vec![],
        Forged::Shared => shared(SECRET.as_bytes()),
        Forged::PublicKey => shared(ed().verifying_key().as_bytes()),
        Forged::Signature => SigningKey::from_bytes(&[92; 32]).sign(message).to_bytes().to_vec(),
        _ => ed().sign(message).to_bytes().to_vec(),
    }
}

/// What a browser left with, as if so many seconds ago.
pub fn aged(key: &DataKey, cookie: &str, seconds: i64) -> String {
    const CONTEXT: &[u8] = b"salur oidc 1";
    let opened = key.open(CONTEXT, &URL_SAFE_NO_PAD.decode(cookie).expect("base64")).expect("it is ours");
    let mut left: Value = serde_json::from_slice(&opened).expect("JSON");
    left["until"] = json!(left["until"].as_i64().expect("seconds") - seconds);
    URL_SAFE_NO_PAD.encode(key.seal(CONTEXT, left.to_string().as_bytes()))
}
