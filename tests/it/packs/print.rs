//! What is printed can be read: every code of a run, from the picture and from a printed page, is the cheque's token, and holds elsewhere.
//!
//! Debian's zbar and poppler read what was drawn here; cbor2 and pycose, from `PyPI`, check what was signed here. Without them the test fails.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
};

use salur_tests::{Chain, Person, World, facts::batch, facts::rows, in_lab, people::BELITUNG, programme::TAHAP_4};
use serde_json::Value;
use tokio::{io::AsyncWriteExt, process::Command};

use super::packs;
use crate::portal::support::House;

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/packs/elsewhere");
const FAMILIES: u32 = 7;
/// Dots of an inch of the worst printer in an office.
const DOTS: &str = "150";

/// A folder of the test's own, gone with it.
pub struct Desk(pub PathBuf);

impl Desk {
    pub fn new(name: &str) -> Self {
        let desk = Self(std::env::temp_dir().join(format!("{name}-print")));
        std::fs::create_dir_all(&desk.0).expect("a folder can be made");
        desk
    }

    pub async fn run(&self, program: &str, args: &[&str]) -> Vec<u8> {
        let run = Command::new(program).args(args).current_dir(&self.0).stdin(Stdio::null()).output().await;
        let done = run.unwrap_or_else(|error| panic!("{program} is installed: {error}"));
        assert!(done.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&done.stderr));
        done.stdout
    }

    /// The texts of all codes in pictures.
    pub async fn scan(&self, pictures: &[String]) -> Vec<String> {
        let mut args = vec!["-q", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable"];
        args.extend(pictures.iter().map(String::as_str));
        let read = String::from_utf8(self.run("zbarimg", &args).await).expect("codes are text");
        read.lines().map(str::to_owned).collect()
    }

    /// The pages of a file as pictures.
    pub async fn pages(&self, name: &str) -> Vec<String> {
        self.run("pdftoppm", &["-r", DOTS, "-gray", "-png", name, name.trim_end_matches(".pdf")]).await;
        let prefix = format!("{}-", name.trim_end_matches(".pdf"));
        let entries = std::fs::read_dir(&self.0).expect("the folder is there").map(|entry| entry.expect("an entry").file_name());
        let mut pages: Vec<String> =
            entries.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.starts_with(&prefix)).collect();
        pages.sort();
        pages
    }

    /// What another implementation says of tokens, its first line apart.
    pub async fn elsewhere(&self, input: &str) -> (Value, Vec<Value>) {
        let target = self.0.join("python");
        let target = target.to_str().expect("text");
        let requirements = format!("{FILES}/requirements.txt");
        let install =
            ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--target", target, "-r", &requirements];
        self.run("python3", &install).await;
        let mut script = Command::new("python3");
        script.arg(Path::new(FILES).join("cheques.py")).env("PYTHONPATH", target).env("PYTHONDONTWRITEBYTECODE", "1");
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("python3 runs");
        let mut to = child.stdin.take().expect("piped");
        to.write_all(input.as_bytes()).await.expect("it reads");
        drop(to);
        let done = child.wait_with_output().await.expect("it ends");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let text = String::from_utf8(done.stdout).expect("UTF-8");
        let mut lines = text.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        (lines.next().expect("a first line"), lines.collect())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// The tokens of all cheques, sorted.
async fn tokens(world: &World) -> Vec<String> {
    world.column("SELECT token FROM cheques ORDER BY token COLLATE \"C\"").await
}

pub fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

/// A bit of the signature changed.
fn altered(token: &str) -> String {
    let mut letters: Vec<char> = token.chars().collect();
    let at = letters.len() - 20;
    letters[at] = if letters[at] == 'A' { 'B' } else { 'A' };
    letters.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_code_of_a_run_is_read_from_picture_and_print_and_holds_by_another_implementation() {
    in_lab(async |lab| {
        let world = lab.world().await;
        sqlx::query("UPDATE tranches SET cheques_stored = true").execute(&world.sql).await.expect("the owner may");
        let persons: Vec<Person> = (1..=FAMILIES).map(|n| Person::of(BELITUNG, n)).collect();
        let mut chain = Chain::new(&world);
        chain.tell("list", &batch(&rows("list", TAHAP_4, persons.clone())));
        chain.run().await;
        let (desk, wanted) = (Desk::new(&world.name), tokens(&world).await);
        assert_eq!(wanted.len(), persons.len());

        let mut pictures = Vec::new();
        for (at, key) in
            world.column("SELECT format('cheques/%s/%s/%s.png', tranche, payment, version) FROM cheques").await.iter().enumerate()
        {
            let picture = world.tools.blobs.get(key).await.expect("the store answers").expect("it is stored");
            pictures.push(format!("cheque-{at}.png"));
            std::fs::write(desk.0.join(&pictures[at]), picture).expect("it can be written");
        }
        assert_eq!(sorted(desk.scan(&pictures).await), wanted, "from pictures");

        let (mut printed, mut texts) = (Vec::new(), String::new());
        for (at, pack) in packs(&world).await.iter().enumerate() {
            let name = format!("pack{at}.pdf");
            std::fs::write(desk.0.join(&name), &pack.file).expect("it can be written");
            let pages = desk.pages(&name).await;
            assert_eq!(i32::try_from(pages.len()), Ok(pack.pages), "{}", pack.village);
            printed.extend(desk.scan(&pages[1..]).await);
            texts += &String::from_utf8(desk.run("pdftotext", &["-layout", &name, "-"]).await).expect("text");
        }
        assert_eq!(sorted(printed), wanted, "from pages of {DOTS} dots an inch");
        for person in &persons {
            assert!(texts.contains(&person.name) && texts.contains(&person.nik().to_string()), "{} can be searched for", person.name);
            assert!(!texts.contains(&person.nik) && !texts.contains(&person.kk), "no whole number of {}", person.name);
        }
        assert!(texts.contains("DAFTAR NOMINATIF") && texts.contains("https://bst.invalid/complaint"), "{texts}");

        let house = House::around(&lab, world).await;
        sqlx::query("UPDATE payments SET cancelled_at = now() WHERE id = (SELECT min(payment::text)::uuid FROM cheques)")
            .execute(&house.world.sql)
            .await
            .expect("the owner may");
        let fetch = async |path: &str| {
            let answer = house.http.get(format!("{}/.well-known/salur/{path}", house.address)).send().await.expect("the portal answers");
            assert!(answer.status().is_success(), "{path}");
            hex::encode(answer.bytes().await.expect("a body"))
        };
        let (keys, revoked) = (fetch("cheque-keys").await, fetch("cheque-revocations").await);
        let forged: Vec<String> = wanted.iter().map(|token| altered(token)).collect();
        let (first, told) = desk.elsewhere(&[vec![keys, revoked], wanted.clone(), forged].concat().join("\n")).await;
        assert_eq!((first["keys"].as_u64(), first["revoked"].as_u64()), (Some(3), Some(1)), "{first}");
        let (good, bad) = told.split_at(wanted.len());
        assert!(bad.iter().all(|told| told["good"] == false), "{bad:?}");
        agree(&house.world, good).await;
        house.close().await;
    })
    .await;
}

/// Payment, serial, version, amount, pay point, whether it was withdrawn, and the window.
type Row = (String, String, i32, i64, String, bool, i64, i64);

/// What the other implementation read is what the rows say.
async fn agree(world: &World, told: &[Value]) {
    let read = "SELECT c.payment::text, replace(c.serial, '-', ''), c.version::int, p.amount, p.pay_point, p.cancelled_at IS NOT NULL,
          extract(epoch FROM t.opens_at)::bigint, extract(epoch FROM t.closes_at)::bigint
        FROM cheques c JOIN payments p ON p.tranche = c.tranche AND p.id = c.payment JOIN tranches t ON t.id = c.tranche";
    let rows: Vec<Row> = sqlx::query_as(read).fetch_all(&world.sql).await.expect("cheques can be read");
    let rows: BTreeMap<String, Row> = rows.into_iter().map(|row| (row.0.clone(), row)).collect();
    assert_eq!(rows.len(), told.len());
    for told in told {
        let (_, serial, version, amount, pay_point, gone, opens, closes) = &rows[told["payment"].as_str().expect("a payment")];
        let expected = serde_json::json!({
            "prefix": "SLR1", "good": true, "payment": told["payment"], "version": version, "serial": serial, "amount": amount,
            "pay_point": pay_point, "opens": opens, "closes": closes, "revoked": gone, "of": ["BST-4"],
        });
        assert_eq!(*told, expected);
    }
}
