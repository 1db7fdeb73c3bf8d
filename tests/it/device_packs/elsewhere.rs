//! A pack is what its description says: a program that shares nothing with ours opens it.

use std::process::Stdio;

use salur_tests::{Person, in_lab, programme::counters};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};

use super::{ask, file, keys, supervisor};
use crate::portal::support::House;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it");

async fn read(target: &str, input: &str) -> Value {
    let requirements = format!("{FOLDER}/packs/elsewhere/requirements.txt");
    let install =
        ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--target", target, "-r", requirements.as_str()];
    let installed = Command::new("python3").args(install).output().await.expect("python3 is installed");
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
    let mut script = Command::new("python3");
    script.arg(format!("{FOLDER}/device_packs/pack.py")).env("PYTHONPATH", target).env("PYTHONDONTWRITEBYTECODE", "1");
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("python3 runs");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).await.expect("it reads");
    let done = child.wait_with_output().await.expect("it ends");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("JSON")
}

#[tokio::test]
async fn another_program_opens_a_pack_by_its_description() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (who, [one, ..], set) = (supervisor(&house).await, counters(), keys(&house).await);
        let (pack, person) = (file(&ask(&house, &who, &one, 1, None).await), Person::new(1));
        let token = house.world.paper(4, &person).await.token;
        let target = std::env::temp_dir().join(format!("{}-elsewhere", house.world.name));
        let lines = [hex::encode(set.to_cbor()), hex::encode(pack), hex::encode(one.key.to_bytes()), person.nik];
        let told = read(target.to_str().expect("text"), &lines.join("\n")).await;
        std::fs::remove_dir_all(&target).expect("the folder was made");
        assert_eq!((&told["name"], &told["version"]), (&json!("salur-device-pack"), &json!(1)), "{told}");
        assert_eq!(
            (&told["device"], &told["teller"], &told["families"], &told["cheques"]),
            (&json!("DEV-1"), &json!("TELLER-1"), &json!(4), &json!(5))
        );
        assert!(told["fits"].as_array().expect("a list").contains(&json!([token])), "{told}");
        house.close().await;
    })
    .await;
}
