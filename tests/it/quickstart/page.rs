//! The files of `docs/quickstart`, run in one shell in the order of the page, as a reader does.

use std::{path::Path, process::Stdio};

use reqwest::Method;
use salur_tests::{
    in_lab,
    lab::{database_url, manage},
};
use serde_json::Value;
use tokio::process::Command;

/// Longest the whole page may take, in seconds; then all its processes are ended.
const PATIENCE_S: &str = "120";
/// The page, and another upstream system that listens: publishing follows its rows until they are paid, which the counter does meanwhile.
/// pika may stand beside the system's own Python only.
const PAGE: &str = "python3 -c 'import pika' 2>/dev/null || PATH=/usr/bin:$PATH
    trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
    . docs/quickstart/try.sh
    . docs/quickstart/operator.sh
    salur login --as quick.treasurer
    printf '[[source]]\\nname = \"dinsos-timur\"\\ndescription = \"another upstream system\"\\n' >>\"$TRY/setup.toml\"
    salur setup \"$TRY/setup.toml\"
    salur login --as quick.admin
    other=$(salur broker-access dinsos-timur --definitions \"$TRY/other.json\")
    scripts/services broker-import \"$TRY/other.json\"
    python3 docs/quickstart/publish.py dinsos-belitung BST-4 docs/quickstart/families.csv >\"$TMPDIR/published\" &
    publishing=$!
    . docs/quickstart/submit.sh >\"$TMPDIR/submitted\"
    . docs/quickstart/counter.sh
    wait $publishing
    SALUR_AMQP_URL=$other python3 tests/it/quickstart/other.py dinsos-timur dinsos-belitung >\"$TMPDIR/other\"";

#[tokio::test]
async fn a_newcomer_publishes_a_first_batch_by_amqp_and_by_http_and_hears_of_every_row_to_its_end() {
    in_lab(async |lab| {
        let (database, amqp) = (lab.database().await, lab.vhost().await);
        let folder = std::env::temp_dir().join(format!("quickstart-{database}"));
        std::fs::create_dir_all(&folder).expect("a folder of one's own");
        let binary = salur_tests::binary();
        let programs = Path::new(&binary).parent().expect("a file lies in a folder").display().to_string();
        let run = Command::new("timeout")
            .args(["--kill-after=10", PATIENCE_S, "bash", "-euo", "pipefail", "-c", PAGE])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .env("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap_or_default()))
            .env("TMPDIR", &folder)
            .env("SALUR__DATABASE__URL", database_url(&database))
            .env("SALUR__BROKER__URL", &amqp)
            .stdin(Stdio::null())
            .output()
            .await
            .expect("bash runs");
        let told = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let said = [run.stdout, run.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(run.status.success(), "{}: {said}\n{}\n{}", run.status, told("published"), told("submitted"));

        let published = told("published");
        for row in 1..=3 {
            for status in ["accepted", "paid"] {
                assert!(published.contains(&format!("row {row}: {status}\n")), "row {row} was {status}: {published}");
            }
        }
        assert!(published.contains("row 4: rejected; NIK01 nik: ") && published.ends_with("paid: 3\nrejected: 1\n"), "{published}");
        let submitted = told("submitted");
        let answers: Vec<Value> = submitted.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        assert_eq!((&answers[0]["rows"], &answers[0]["sent"]), (&4.into(), &true.into()), "{submitted}");
        assert_eq!(answers[1]["rows"].as_array().map(Vec::len), Some(4), "{submitted}");

        assert_eq!(told("other"), "own: None\nfirst: refused 403\n", "a second source sees nothing of the first");

        for source in ["dinsos-belitung", "dinsos-timur"] {
            manage(Method::DELETE, &format!("users/upstream-{source}"), "").await;
        }
        std::fs::remove_dir_all(&folder).expect("the folder is ours");
    })
    .await;
}
