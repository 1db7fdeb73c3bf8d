//! The binary exports, proves and witnesses; the verifier in Python, which knows `docs/evidence.md` alone, believes what is whole and names
//! what is not.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use salur_tests::{
    World, in_lab,
    lab::database_url,
    world::{JOURNAL_KEY, SEAL_KEY, journal, sealer},
};

use super::support::{checkpoint, seal_all, sealed_town};
use crate::verify::town::damage;

/// A folder of the test, which is removed with it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(world: &World) -> Self {
        let path = std::env::temp_dir().join(format!("{}-evidence", world.name));
        std::fs::create_dir_all(&path).expect("a folder can be made");
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

fn salur(world: &World, args: &[&str]) -> Output {
    let built = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/debug/salur"));
    let mut command = Command::new(std::env::var_os("SALUR_BIN").map_or_else(built, PathBuf::from));
    command.arg("audit").args(args).env("SALUR__DATABASE__URL", database_url(&world.name)).env("SALUR__STORE__URL", &world.bucket.url);
    command.env("SALUR__STORE__BUCKET", &world.bucket.bucket).env("SALUR__STORE__ACCESS_KEY", &world.bucket.access_key);
    command.env("SALUR__STORE__SECRET_KEY", &world.bucket.secret_key).env("SALUR__KEYS__JOURNAL", hex::encode(JOURNAL_KEY));
    command.env("SALUR__KEYS__SEAL", hex::encode(SEAL_KEY)).output().expect("the binary runs")
}

/// What it printed, when it must succeed.
fn told(output: Output) -> String {
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

pub fn python(args: &[&str]) -> (bool, String) {
    let verifier = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/evidence/verify.py");
    let (log, journal) = (sealer().verifier().to_string(), journal().verifier().to_string());
    let mut command = Command::new("python3");
    let output = command.arg(verifier).args(args).args(["--log", &log, "--journal", &journal]).output().expect("python3 is there");
    (output.status.success(), format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

pub fn assert_named(args: &[&str], part: &str) {
    let (holds, said) = python(args);
    assert!(!holds && said.contains(part), "{part}: {said}");
}

pub fn export(world: &World, folder: &Folder, name: &str) -> String {
    export_of(world, folder, name, &["--tranche", "BST-4"])
}

pub fn export_of(world: &World, folder: &Folder, name: &str, what: &[&str]) -> String {
    let out = folder.file(name);
    told(salur(world, &[&["export", "--out", &out], what].concat()));
    out
}

/// Changes a file of an export.
fn change(out: &str, file: &str, how: impl FnOnce(String) -> String) {
    let path = Path::new(out).join(file);
    let text = std::fs::read_to_string(&path).expect("a file of the export");
    std::fs::write(&path, how(text)).expect("written");
}

#[tokio::test]
async fn a_verifier_that_shares_no_code_believes_a_whole_export_and_names_what_was_done_to_one() {
    in_lab(async |lab| {
        let (town, _) = sealed_town(&lab).await;
        let folder = Folder::new(&town.world);
        let whole = export(&town.world, &folder, "whole");
        let (holds, said) = python(&[&whole]);
        assert!(holds && said.contains("all as it was sealed"), "{said}");
        let rows = town.world.count("transfers WHERE tranche = 4").await;
        assert!(rows > 0 && !said.starts_with("0 rows"), "{said}");

        let left_out = export(&town.world, &folder, "left-out");
        change(&left_out, "rows", |rows| rows.split_inclusive('\n').filter(|row| !row.contains("hand_overs")).collect());
        assert_named(&[&left_out], "rows are left out");

        let changed = export(&town.world, &folder, "changed");
        change(&changed, "rows", |rows| rows.replace("\ttrue\t", "\tfalse\t"));
        assert_named(&[&changed], "was changed");

        let inserted = export(&town.world, &folder, "inserted");
        let more = format!("1\thand_overs\t4\t{}\t1\n", town.open.1);
        change(&inserted, "rows", |rows| rows + more.as_str());
        assert_named(&[&inserted], "no entry of the log is of its transaction 1");

        let moved = export(&town.world, &folder, "moved");
        change(&moved, "rows", |rows| {
            let (head, tail) = rows.split_once('\n').expect("rows");
            let last = tail.lines().last().expect("rows").split('\t').next().expect("a number").to_owned();
            format!("{last}\t{}\n{tail}", head.split_once('\t').expect("a row").1)
        });
        assert_named(&[&moved], "was inserted");

        let shorter = export(&town.world, &folder, "shorter");
        let bundle = walk(&Path::new(&shorter).join("tile/entries"));
        let bytes = std::fs::read(&bundle).expect("a bundle");
        let first = 2 + usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
        std::fs::write(&bundle, &bytes[first..]).expect("written");
        assert_named(&[&shorter], "of the log is missing");

        let forged = export(&town.world, &folder, "forged");
        change(&forged, "checkpoint", |note| note.replacen("\n1", "\n2", 1).replacen("\n2", "\n3", 1));
        assert_named(&[&forged], "checkpoint");
    })
    .await;
}

/// The one file below a folder.
fn walk(folder: &Path) -> PathBuf {
    let entry = std::fs::read_dir(folder).expect("a folder").next().expect("not empty").expect("readable").path();
    if entry.is_dir() { walk(&entry) } else { entry }
}

#[tokio::test]
async fn what_a_superuser_did_before_the_export_is_named_by_the_other_verifier_too() {
    in_lab(async |lab| {
        let (town, _) = sealed_town(&lab).await;
        let folder = Folder::new(&town.world);
        let paid = town.paid.1;
        let funding = format!("subject = '{paid}' AND kind = 'recipient_funded'");
        let deeds = [
            (format!("UPDATE transfers SET amount = amount + 1 WHERE {funding}"), "was changed"),
            (format!("DELETE FROM transfers WHERE {funding}"), "1 rows are left out"),
            (
                format!("UPDATE transfers t SET tx = o.tx FROM transfers o WHERE t.subject = '{paid}' AND o.subject = '{paid}' AND t.kind <> o.kind"),
                "was inserted",
            ),
            (
                format!(
                    "INSERT INTO hand_overs (tranche, payment, capture, teller, believed, tx) SELECT 4, '{}', capture, teller, true, tx FROM hand_overs
                     WHERE payment = '{paid}'",
                    town.open.1
                ),
                "was inserted",
            ),
        ];
        town.world.keep().await;
        for (number, (deed, part)) in deeds.iter().enumerate() {
            damage(&town.world, deed).await;
            let out = export(&town.world, &folder, &number.to_string());
            assert_named(&[&out], part);
            let said = salur(&town.world, &["verify"]);
            assert_eq!(said.status.code(), Some(1), "{deed}");
            town.world.rewind().await;
        }
        told(salur(&town.world, &["verify"]));
    })
    .await;
}

#[tokio::test]
async fn a_payment_is_proved_from_its_rows_to_the_checkpoint() {
    in_lab(async |lab| {
        let (town, _) = sealed_town(&lab).await;
        let folder = Folder::new(&town.world);
        let proof = told(salur(&town.world, &["prove", &town.paid.1.to_string()]));
        let json: serde_json::Value = serde_json::from_str(&proof).expect("JSON");
        let tables: Vec<&str> =
            json["rows"].as_array().expect("rows").iter().filter_map(|row| row["row"].as_str()?.split('\t').next()).collect();
        for table in ["transfers", "cheques", "claims", "proofs", "hand_overs"] {
            assert!(tables.contains(&table), "{table} in {tables:?}");
        }
        let file = folder.file("proof.json");
        std::fs::write(&file, &proof).expect("written");
        let (holds, said) = python(&["--proof", &file]);
        assert!(holds, "{said}");
        std::fs::write(&file, proof.replacen("recipient_funded", "recipient_fundet", 1)).expect("written");
        assert_named(&["--proof", &file], "not a row of its transaction");
    })
    .await;
}

#[tokio::test]
async fn witnesses_sign_what_extends_what_they_signed_and_nothing_else() {
    in_lab(async |lab| {
        let (town, mut sealer) = sealed_town(&lab).await;
        let folder = Folder::new(&town.world);
        let witness = |name: &str| {
            let [key, last] = ["key", "last"].map(|what| folder.file(&format!("{name}.{what}")));
            salur(&town.world, &["witness", "--name", name, "--key", &key, "--last", &last])
        };
        let public = |output: &Output| {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            said.strip_prefix("witness ").expect("it says its key").trim().to_owned()
        };
        let first = witness("w1.example");
        let key = public(&first);
        told(first);
        town.world.keep().await;
        town.world.visit(77, &town.world.paper(4, &salur_tests::Person::new(3)).await, &salur_tests::programme::counters()[0]).await;
        seal_all(&mut sealer, &town.world).await;
        let outside = told(witness("w1.example"));
        let file = folder.file("outside");
        std::fs::write(&file, &outside).expect("written");
        let verify = |witnesses: &str| salur(&town.world, &["verify", "--checkpoint", &file, "--witness", &key, "--witnesses", witnesses]);
        told(verify("1"));
        assert_eq!(verify("2").status.code(), Some(1), "one of two is not two");
        let out = export(&town.world, &folder, "witnessed");
        let (holds, said) = python(&[&out, "--checkpoint", &file, "--witness", &key, "--witnesses", "1"]);
        assert!(holds, "{said}");

        // database and log go back to where they were before the last seal
        town.world.rewind().await;
        for salur_store::blobs::Listed { key: object, .. } in town.world.tools.blobs.list("evidence/", None).await.expect("listed") {
            town.world.tools.blobs.delete(&object).await.expect("deleted");
        }
        drop(sealer);
        damage(&town.world, "DELETE FROM seals").await;
        seal_all(&mut super::support::sealer_of(&town.world), &town.world).await;
        let refused = witness("w1.example");
        assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("rolled back"), "{refused:?}");
        let out = export(&town.world, &folder, "rolled-back");
        assert_named(&[&out, "--checkpoint", &file], "rolled back");
        assert_eq!(verify("1").status.code(), Some(1));
    })
    .await;
}

#[tokio::test]
async fn a_checkpoint_is_printed_as_it_is_shown() {
    in_lab(async |lab| {
        let (town, _) = sealed_town(&lab).await;
        assert_eq!(told(salur(&town.world, &["checkpoint"])), checkpoint(&town.world).await);
        let keys = told(salur(&town.world, &["keys"]));
        assert_eq!(keys, format!("log {}\njournal {}\n", sealer().verifier(), journal().verifier()));
    })
    .await;
}
