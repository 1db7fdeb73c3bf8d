//! `salur submit --amqp`: everything or nothing of a file that can be read, under names that the same file has again.

use std::collections::BTreeSet;

use lapin::{Connection, ConnectionProperties, options::BasicGetOptions};
use salur_schemas::{BatchDeclared, RecipientSubmitted, envelope::Envelope};
use salur_tests::in_lab;
use serde_json::Value;

use super::binary::{Run, Salur};

const INTAKE: &str = "salur.intake";
/// No file of these tests makes more messages.
const MESSAGES_MAX: usize = 100;

fn submit(salur: &Salur, file: &str, more: &[&str]) -> Run {
    salur.run(&[&["submit", file, "--amqp", "--source", "dinsos-belitung", "--tranche", "BST-4"], more].concat())
}

/// What lies in intake's queue: message ids, facts by type. Taking them empties the queue.
async fn taken(salur: &Salur) -> (Vec<String>, Vec<BatchDeclared>, Vec<RecipientSubmitted>) {
    let connection = Connection::connect(&salur.broker_url, ConnectionProperties::default()).await.expect("the broker is there");
    let channel = connection.create_channel().await.expect("a channel");
    let (mut ids, mut declared, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..MESSAGES_MAX {
        let Some(message) = channel.basic_get(INTAKE.into(), BasicGetOptions { no_ack: true }).await.expect("the queue is declared") else {
            return (ids, declared, rows);
        };
        let envelope = Envelope::parse(&message.data).expect("a message");
        ids.push(envelope.id.clone());
        for fact in envelope.facts() {
            match envelope.kind.as_str() {
                "batches.declared" => declared.push(serde_json::from_str(fact).expect("a declaration")),
                _ => rows.push(serde_json::from_str(fact).expect("a row")),
            }
        }
    }
    panic!("more than {MESSAGES_MAX} messages");
}

#[tokio::test]
async fn a_list_arrives_whole_in_chunks_under_a_declaration_that_agrees() {
    in_lab(|lab| async move {
        let salur = Salur::new(&lab, 1_200).await;
        let told = submit(&salur, &salur.file("tranche-4.csv"), &["--json"]).json();
        let (ids, declared, rows) = taken(&salur).await;
        assert_eq!(Value::from(ids.len()), told["messages"]);
        assert_eq!(ids.len(), 1 + 3, "1,200 rows are three chunks of at most 500");
        let [declared] = declared.as_slice() else { panic!("one declaration, not {declared:?}") };
        let sum: i64 = rows.iter().map(|row| row.amount.read().expect("readable").get()).sum();
        assert_eq!((declared.count, declared.sum.get()), (1_200, sum));
        assert_eq!((&told["rows"], &told["sum"]), (&1_200.into(), &sum.into()));
        assert!(rows.iter().all(|row| row.batch == declared.batch && row.tranche == "BST-4"));
        assert_eq!(rows.iter().map(|row| &row.row.0).collect::<BTreeSet<_>>().len(), 1_200);
    })
    .await;
}

#[tokio::test]
async fn the_same_file_again_has_the_same_batch_and_message_ids_whatever_its_name() {
    in_lab(|lab| async move {
        let salur = Salur::new(&lab, 120).await;
        let first = submit(&salur, &salur.file("tranche-4.csv"), &["--json"]).json();
        let (ids, ..) = taken(&salur).await;
        std::fs::copy(salur.file("tranche-4.csv"), salur.file("other.csv")).expect("a copy");
        let again = submit(&salur, &salur.file("other.csv"), &["--json"]).json();
        assert_eq!(first["batch_id"], again["batch_id"]);
        assert_eq!(taken(&salur).await.0, ids);
        let named = submit(&salur, &salur.file("other.csv"), &["--json", "--batch", "april"]).json();
        assert_eq!(named["batch"], "april");
        assert_ne!(named["batch_id"], first["batch_id"]);
    })
    .await;
}

#[tokio::test]
async fn a_file_with_a_fault_is_refused_before_anything_is_sent() {
    in_lab(|lab| async move {
        let salur = Salur::new(&lab, 120).await;
        let file = salur.edited("tranche-4.csv", "bad.csv", |text| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines[2] = lines[2].replace(",300000", ",300.000");
            lines[4].push_str(",one,too,many");
            lines.join("\n")
        });
        let refused = submit(&salur, &file, &[]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.err.contains("line 3, column amount") && refused.err.contains("line 5: the row has 13 columns"), "{}", refused.err);
        // the broker heard nothing: not even the queue was declared
        let proper = submit(&salur, &salur.file("tranche-5.csv"), &["--json"]).json();
        assert_eq!(Value::from(taken(&salur).await.0.len()), proper["messages"]);
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_counts_findings_and_needs_no_service() {
    in_lab(|lab| async move {
        let mut salur = Salur::new(&lab, 3_000).await;
        "amqp://guest:guest@127.0.0.1:1/none".clone_into(&mut salur.broker_url);
        let told = submit(&salur, &salur.file("tranche-4.csv"), &["--json", "--dry-run"]).json();
        let expected: Value =
            serde_json::from_str(&std::fs::read_to_string(salur.file("expected.json")).expect("it was made")).expect("it is JSON");
        let expected = &expected["tranches"][0];
        assert_eq!((&told["rows"], &told["sum"]), (&expected["rows"], &expected["sum"]));
        for code in ["NIK01", "NIK02", "NIK04", "KK01", "NAM01"] {
            assert_eq!(told["findings"][code], expected["codes"][code], "{code}: {told}");
        }
    })
    .await;
}

#[tokio::test]
async fn wrong_names_and_missing_files_are_told() {
    in_lab(|lab| async move {
        let salur = Salur::new(&lab, 1).await;
        let file = salur.file("tranche-4.csv");
        let source = salur.run(&["submit", &file, "--amqp", "--source", "Dinsos Belitung", "--tranche", "BST-4"]);
        assert!(source.code == Some(1) && source.err.contains("--source"), "{source:?}");
        let missing = submit(&salur, &salur.file("nowhere.csv"), &[]);
        assert!(missing.code == Some(1) && missing.err.contains("nowhere.csv cannot be read"), "{missing:?}");
    })
    .await;
}
