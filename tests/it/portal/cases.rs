//! Cases for who does not take our word: how each is sealed, one file to check it elsewhere, and photos that look alike.

use std::{
    io::{Cursor, Read},
    path::PathBuf,
};

use base64::Engine;
use reqwest::{Method, StatusCode};
use salur_media::hash::sha256;
use salur_tests::{Person, World, in_lab, programme::counters};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};
use zip::ZipArchive;

use super::{
    gallery::{WHY, looking, paid},
    people::{administrator, person},
    proofs::doubtful,
    support::House,
};
use crate::evidence::{
    exports::python,
    support::{seal_all, sealer_of},
};

/// Past the triggers, as a superuser can.
async fn damage(world: &World, deed: &str) {
    let deed = format!("SET session_replication_role = replica; {deed}; RESET session_replication_role");
    world.sql.execute(AssertSqlSafe(deed)).await.expect("a superuser may");
}

#[tokio::test]
async fn a_case_shows_its_path_to_the_sealed_root_and_says_aloud_what_does_not_fit() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let first = paid(&house, 0, &counters()[0]).await;
        let case = format!("/proofs/{}", first.capture);
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let page = auditor.get(&case).await;
        assert!(page.text().contains("Belum disegel. Penyegelan berikutnya dalam 1 detik"), "{}", page.text());
        let mut sealer = sealer_of(&house.world);
        seal_all(&mut sealer, &house.world).await;
        let page = auditor.get(&case).await;
        assert!(
            page.text().contains("sudah dihitung ulang dan cocok") && page.text().contains("salur.invalid/evidence+"),
            "{}",
            page.text()
        );
        let row = format!("proofs {}", first.capture);
        assert!(page.text().contains(&row) && page.text().contains("photo-ingest") && page.text().contains("<svg class=\"ladder\""));
        let sealed: String = house.world.one("SELECT split_part(checkpoint, E'\n', 3) FROM seals ORDER BY size DESC LIMIT 1").await;
        let root = base64::engine::general_purpose::STANDARD.decode(sealed).expect("base 64");
        assert!(page.text().contains(&hex::encode(root)), "the root of the checkpoint");
        let later = paid(&house, 2, &counters()[1]).await;
        assert!(
            auditor.get(&format!("/proofs/{}", later.capture)).await.text().contains("Belum disegel"),
            "of a later one nothing is claimed"
        );
        house.world.keep().await;
        for deed in [
            format!("UPDATE proofs SET judgement = 'questioned' WHERE capture = '{}'", first.capture),
            format!("UPDATE proofs SET size = size + 1 WHERE capture = '{}'", later.capture),
            format!("INSERT INTO findings SELECT capture, 'EXF01', 'info', '{{}}', tx FROM proofs WHERE capture = '{}'", first.capture),
            "UPDATE journal SET note = replace(note, 'photo-ingest', 'photo_ingest')".to_owned(),
        ] {
            seal_all(&mut sealer, &house.world).await;
            damage(&house.world, &deed).await;
            let of = if deed.contains("size") { later.capture } else { first.capture };
            let page = auditor.get(&format!("/proofs/{of}")).await;
            assert!(page.text().contains("TIDAK COCOK DENGAN SEGEL") && page.text().contains("role=\"alert\""), "{deed}: {}", page.text());
            assert!(!page.text().contains("sudah dihitung ulang dan cocok"), "{deed}");
            let undo = "DELETE FROM findings WHERE code = 'EXF01'; UPDATE journal SET note = replace(note, 'photo_ingest', 'photo-ingest');
                UPDATE proofs SET judgement = 'accepted', size = k.size FROM kept.proofs k WHERE k.capture = proofs.capture";
            damage(&house.world, undo).await;
            assert!(auditor.get(&format!("/proofs/{of}")).await.text().contains("sudah dihitung ulang dan cocok"), "{deed}: undone");
        }
        house.close().await;
    })
    .await;
}

/// A folder of the test, which is removed with it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

fn file(zip: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    zip.by_name(name).unwrap_or_else(|error| panic!("{name}: {error}")).read_to_end(&mut bytes).expect("it can be read");
    bytes
}

#[tokio::test]
async fn a_case_leaves_as_one_file_that_a_stranger_can_check() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let captured = paid(&house, 0, &counters()[0]).await;
        let path = format!("/proofs/{}/export", captured.capture);
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let early = auditor.post(&path, &[]).await;
        assert_eq!((early.status, early.kind.as_str()), (StatusCode::OK, "application/zip"));
        let mut early = ZipArchive::new(Cursor::new(early.body)).expect("a ZIP");
        assert!(
            early.by_name("proof.json").is_err() && String::from_utf8_lossy(&file(&mut early, "README.txt")).contains("belum ada segel")
        );
        seal_all(&mut sealer_of(&house.world), &house.world).await;
        let page = auditor.post(&path, &[]).await;
        let recorded =
            "SELECT actor || ' ' || (detail ->> 'why') || ' ' || (detail ->> 'capture') FROM audit WHERE act = 'case_exported' ORDER BY id";
        let line = format!("the.auditor {WHY} {}", captured.capture);
        assert_eq!(house.world.column(recorded).await, [line.clone(), line]);
        assert_eq!(house.world.count("audit WHERE act = 'proofs_seen' AND detail ->> 'page' = 'export'").await, 2, "the photo was seen");
        let mut zip = ZipArchive::new(Cursor::new(page.body)).expect("a ZIP");
        assert_eq!(zip.len(), 5);
        let case: Value = serde_json::from_slice(&file(&mut zip, "case.json")).expect("JSON");
        let digest = sha256(&file(&mut zip, "photo.jpg")).to_string();
        assert_eq!(case["sha256"], digest, "the very bytes that were judged");
        let family = Person::new(0);
        let all: String = ["README.txt", "case.json", "proof.json", "keys.txt"]
            .iter()
            .map(|name| String::from_utf8_lossy(&file(&mut zip, name)).into_owned())
            .collect();
        assert!(!all.contains(family.nik.as_str()) && !all.contains(family.name.as_str()) && all.contains("******"), "it is masked");
        let proof = String::from_utf8(file(&mut zip, "proof.json")).expect("text");
        let told: Value = serde_json::from_str(&proof).expect("JSON");
        let rows: Vec<&str> = told["rows"].as_array().expect("rows").iter().filter_map(|row| row["row"].as_str()).collect();
        let of_table = |table: &str| rows.iter().find(|row| row.starts_with(&format!("{table}\t"))).copied();
        assert_eq!(of_table("proofs").and_then(|row| row.split('\t').nth(5)), Some(digest.as_str()), "and sealed with its digest");
        assert!(of_table("claims").is_some() && told["unsealed"].as_array().is_some_and(Vec::is_empty), "{rows:?}");
        let folder = Folder(std::env::temp_dir().join(format!("{}-case", house.world.name)));
        std::fs::create_dir_all(&folder.0).expect("a folder");
        let path_of = |name: &str| folder.0.join(name).display().to_string();
        std::fs::write(path_of("proof.json"), &proof).expect("written");
        let (holds, said) = python(&["--proof", &path_of("proof.json")]);
        assert!(holds && said.contains(&format!("{} rows proved", rows.len())), "{said}");
        std::fs::write(path_of("forged.json"), proof.replacen(&digest, &"0".repeat(64), 1)).expect("written");
        let (holds, said) = python(&["--proof", &path_of("forged.json")]);
        assert!(!holds && said.contains("proofs: not a row of its transaction"), "{said}");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_case_leaves_for_nobody_who_may_not_see_it_and_for_no_program_without_a_reason() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let captured = paid(&house, 0, &counters()[0]).await;
        let path = format!("/proofs/{}/export", captured.capture);
        let token = person(&house, &admin, "the.auditor", "auditor", None).await;
        let ask = async |token: &str| house.call(Method::POST, &format!("/api{path}"), Some(token), None).await;
        assert_eq!(ask(&token).await.0, StatusCode::PRECONDITION_REQUIRED);
        let mut aceh = looking(&house, &admin, "from.aceh", "auditor", "11").await;
        assert_eq!(aceh.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
        let treasurer = person(&house, &admin, "siti.aminah", "treasurer", None).await;
        assert_eq!(ask(&treasurer).await.0, StatusCode::FORBIDDEN);
        assert_eq!(house.world.count("audit WHERE act = 'case_exported'").await, 0);
        house.call(Method::POST, "/api/proofs/why", Some(&token), Some(&json!({ "why": WHY }))).await;
        assert_eq!(ask(&token).await.0, StatusCode::OK);
        damage(&house.world, "UPDATE proofs SET photo_key = NULL").await;
        assert_eq!(ask(&token).await.0, StatusCode::OK, "a photo that was destroyed is left out");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn photos_that_look_alike_stand_side_by_side_and_each_is_recorded_as_seen() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let [one, two, _] = counters();
        let first = paid(&house, 0, &one).await;
        let (near, far, unlike) = (doubtful(&house, 1, &one).await, paid(&house, 2, &two).await, paid(&house, 3, &two).await);
        let hash = |proof: &salur_schemas::ProofCaptured, hash: u64| {
            format!("UPDATE proofs SET dhash = {} WHERE capture = '{}';", hash.cast_signed(), proof.capture)
        };
        let of = 0x8123_4567_89ab_cdef_u64;
        // seven bits over all bands; eight bits, two in each; and another picture
        let deeds = [hash(&first, of), hash(&near, of ^ 0x8000_0003_0003_0003), hash(&far, of ^ 0x0003_0003_0003_0003), hash(&unlike, !of)];
        damage(&house.world, &deeds.concat()).await;
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let page = auditor.get(&format!("/proofs/{}", first.capture)).await;
        let alike = page.between("id=\"h-near\"", "</section>").to_owned();
        assert!(
            alike.contains("beda 7 dari 64 bit") && alike.contains(&near.capture.to_string()) && alike.contains(&near.statement.teller),
            "{alike}"
        );
        assert!(!alike.contains(&far.capture.to_string()) && !alike.contains(&unlike.capture.to_string()), "{alike}");
        let recorded = "SELECT detail ->> 'captures' FROM audit WHERE act = 'proofs_seen' AND detail ->> 'page' = 'near'";
        assert_eq!(house.world.column(recorded).await, [format!("[\"{}\"]", near.capture)]);
        let mark =
            alike.split(&format!("/proofs/{}/thumbnail?m=", near.capture)).nth(1).expect("a mark").split('"').next().expect("a mark");
        assert_eq!(auditor.get(&format!("/proofs/{}/thumbnail?m={mark}", near.capture)).await.status, StatusCode::OK);
        let elsewhere = format!("UPDATE proofs SET village = '1101012001' WHERE capture = '{}'", near.capture);
        damage(&house.world, &elsewhere).await;
        let mut here = looking(&house, &admin, "from.here", "supervisor", "1902").await;
        let page = here.get(&format!("/proofs/{}", first.capture)).await;
        assert!(
            !page.text().contains(&near.capture.to_string()) && page.text().contains("Tidak ada foto lain yang mirip."),
            "of the region alone"
        );
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_finding_rests_on_is_said_in_the_language_of_the_reader() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let captured = doubtful(&house, 0, &counters()[0]).await;
        let evidence =
            "UPDATE findings SET code = 'PLC01', evidence = '{\"source\":\"exif\",\"distance_m\":\"1400\",\"radius_m\":\"500\"}'";
        damage(&house.world, evidence).await;
        let mut auditor = looking(&house, &admin, "the.auditor", "auditor", "").await;
        let page = auditor.get(&format!("/proofs/{}", captured.capture)).await;
        assert!(page.text().contains("<dt>Jarak dari titik bayar</dt><dd>1400 m</dd>"), "{}", page.text());
        assert!(page.text().contains("<dt>Sumber</dt><dd>foto (EXIF)</dd>") && !page.text().contains("distance"));
        auditor.get("/language/en").await;
        let page = auditor.get(&format!("/proofs/{}", captured.capture)).await;
        assert!(page.text().contains("<dt>Distance from the pay point</dt><dd>1400 m</dd>"), "{}", page.text());
        house.close().await;
    })
    .await;
}
