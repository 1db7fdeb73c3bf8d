//! Write once, read many: what a bucket says, what is said of it, and originals that are written locked. Where a store locks by itself is tried with a store
//! that does; here a server of a few lines answers as one would.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use salur_store::{
    Blobs,
    blobs::{Settings, Worm},
};
use salur_tests::{in_lab, lab::database_url};
use tokio::{net::TcpListener, process::Command, task::JoinSet};

const LOCKS: &str = r#"<?xml version="1.0" encoding="UTF-8"?><ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<ObjectLockEnabled>Enabled</ObjectLockEnabled>RULE</ObjectLockConfiguration>"#;
const RULE: &str = "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Years>2</Years></DefaultRetention></Rule>";

struct Heard {
    /// What the bucket says, or a status.
    lock: Result<String, u16>,
    puts: Vec<(String, String)>,
}

type Shared = Arc<Mutex<Heard>>;

async fn answer(State(heard): State<Shared>, request: Request) -> Response {
    let mut heard = heard.lock().expect("one at a time");
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    match (request.method(), request.uri().query().unwrap_or_default()) {
        (&Method::GET, query) if query.contains("object-lock") => match &heard.lock {
            Ok(text) => text.clone().into_response(),
            Err(status) => StatusCode::from_u16(*status).expect("a status").into_response(),
        },
        (&Method::PUT, _) => {
            heard.puts.push((header("x-amz-object-lock-mode"), header("x-amz-object-lock-retain-until-date")));
            StatusCode::OK.into_response()
        }
        _ => (StatusCode::OK, Bytes::from_static(b"sealed")).into_response(),
    }
}

/// A store that says this of its locks.
async fn store(lock: Result<String, u16>, lock_days: i32) -> (Blobs, Shared, JoinSet<()>) {
    let heard = Arc::new(Mutex::new(Heard { lock, puts: Vec::new() }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let router = Router::new().fallback(answer).with_state(Arc::clone(&heard));
    let mut serving = JoinSet::new();
    serving.spawn(async move { axum::serve(listener, router).await.expect("it serves") });
    let text = || "x".to_owned();
    let settings = Settings { url, bucket: text(), region: "us-east-1".into(), access_key: text(), secret_key: text(), lock_days };
    (Blobs::new(&settings), heard, serving)
}

async fn said(lock: Result<&str, u16>, lock_days: i32) -> (String, (String, String)) {
    let lock = lock.map(|rule| LOCKS.replace("RULE", rule));
    let (blobs, heard, _serving) = store(lock, lock_days).await;
    let said = blobs.worm().await.expect("it answers").to_string();
    blobs.put_original("proofs/a/b", Bytes::from_static(b"sealed")).await.expect("it is written");
    let put = heard.lock().expect("one at a time").puts.pop().expect("one put");
    (said, put)
}

#[tokio::test]
async fn originals_are_locked_where_the_bucket_locks_and_what_is_on_or_off_is_said() {
    let nothing = (String::new(), String::new());
    assert_eq!(said(Err(404), 10).await, ("WORM: off".into(), nothing.clone()));
    assert_eq!(said(Err(501), 10).await, ("WORM: off".into(), nothing.clone()));
    assert_eq!(said(Ok(RULE), 10).await, ("WORM: on (GOVERNANCE, 730 days)".into(), nothing.clone()), "the bucket locks by itself");
    let (unsaid, put) = said(Ok(""), 0).await;
    assert!(unsaid.starts_with("WORM: off (the bucket could lock") && put == nothing, "{unsaid}");
    let (on, (mode, until)) = said(Ok(""), 10).await;
    assert_eq!((on.as_str(), mode.as_str()), ("WORM: on (COMPLIANCE, 10 days)", "COMPLIANCE"));
    let until = chrono::DateTime::parse_from_rfc3339(&until).expect("a moment");
    let days = (until.to_utc() - chrono::Utc::now()).num_hours();
    assert!((239..=240).contains(&days), "{until}");
}

#[tokio::test]
async fn workers_refuse_to_start_without_locks_where_they_are_required_and_say_aloud_that_there_are_none() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        assert_eq!(world.tools.blobs.worm().await.expect("it answers"), &Worm::Off, "the store of tests locks nothing");
        let keys = ["MASTER", "INDEX", "CHEQUE", "PHOTO", "JOURNAL"].map(|name| (format!("SALUR__KEYS__{name}"), "11".repeat(32)));
        let mut command = Command::new(salur_tests::binary());
        command.args(["run", "photo-ingest"]).envs(keys).env("SALUR__DATABASE__URL", database_url(&world.name));
        command.env("SALUR__STORE__URL", &world.bucket.url).env("SALUR__STORE__BUCKET", &world.bucket.bucket);
        command.env("SALUR__STORE__ACCESS_KEY", &world.bucket.access_key).env("SALUR__STORE__SECRET_KEY", &world.bucket.secret_key);
        command.env("SALUR__STORE__REQUIRE_WORM", "true").env("SALUR__HTTP__LISTEN", "127.0.0.1:0");
        let output = command.output().await.expect("the binary runs");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(!output.status.success() && said.contains("store.require_worm") && said.contains("WORM: off"), "{said}");
    })
    .await;
}
