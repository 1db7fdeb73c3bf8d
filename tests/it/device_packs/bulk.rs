//! `salur captures send`: the day of a device without a network comes in, whatever interrupts it.

use std::{
    fs,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::Signer;
use salur_domain::device_pack::Family;
use salur_tests::{
    Chain, Lab, Person,
    counter::{Shot, id},
    facts, in_lab,
    programme::{Counter, TAHAP_4, counters},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    task::JoinSet,
};

use super::{claim_of, keys, packed, paper, supervisor};
use crate::portal::support::House;

const FAMILIES: u32 = 30;
/// What is said around a photo, at most: a line carries that and one photo, and breaks in the second.
const AROUND: usize = 8 * 1024;

/// The folder of a device, and its key.
struct Day {
    folder: PathBuf,
    key: PathBuf,
}

impl Day {
    fn new(house: &House, counter: &Counter) -> Self {
        let folder = std::env::temp_dir().join(format!("{}-day", house.world.name));
        fs::create_dir(&folder).expect("a folder of this test");
        let key = folder.with_extension("key");
        fs::write(&key, hex::encode(counter.key.to_bytes())).expect("written");
        Self { folder, key }
    }

    /// What the device writes when it hands over.
    async fn hand_over(&self, house: &House, number: u32, family: &Family, counter: &Counter) -> Shot {
        let paper = paper(&keys(house).await, family);
        let shot = Shot::new(number, &claim_of(house, family.claim).await, &paper, counter);
        self.write(&shot, counter);
        shot
    }

    fn write(&self, shot: &Shot, counter: &Counter) {
        let signature = STANDARD.encode(counter.key.sign(&shot.statement.to_sign()).to_bytes());
        let said = json!({ "statement": shot.statement, "signature": signature, "token": shot.token });
        let capture = shot.statement.capture;
        fs::write(self.folder.join(format!("{capture}.json")), said.to_string()).expect("written");
        fs::write(self.folder.join(format!("{capture}.jpg")), &shot.photo).expect("written");
    }

    fn sent(&self) -> usize {
        let files = fs::read_dir(&self.folder).expect("the folder is there");
        files.filter(|file| file.as_ref().expect("an entry").path().extension().is_some_and(|end| end == "sent")).count()
    }

    fn command(&self, portal: &str, more: &[&str]) -> Command {
        let mut command = Command::new(salur_tests::binary());
        command.args(["captures", "send"]).arg(&self.folder).args(["--portal", portal, "--json", "--device-key"]).arg(&self.key).args(more);
        command
    }

    /// Sends, and gives whether all went well, what was told, and what was said beside it.
    async fn send(&self, portal: &str, more: &[&str]) -> (bool, Value, String) {
        let output = self.command(portal, more).output().await.expect("the binary runs");
        let told = String::from_utf8(output.stdout).expect("text");
        let told = told.lines().last().map(|line| serde_json::from_str(line).expect("JSON")).unwrap_or_default();
        (output.status.success(), told, String::from_utf8(output.stderr).expect("text"))
    }
}

impl Drop for Day {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
        drop(fs::remove_file(&self.key));
    }
}

/// A portal of thirty families.
async fn town(lab: &Arc<Lab>) -> House {
    let world = lab.world().await;
    let mut chain = Chain::new(&world);
    chain.tell("4", &facts::batch(&facts::rows("tahap-4", TAHAP_4, (0..FAMILIES).map(Person::new))));
    chain.run().await;
    House::around(lab, world).await
}

/// What came in is judged, as the worker would.
async fn judged(house: &House) {
    let mut chain = Chain::new(&house.world);
    chain.publish(house.take("salur.photo-ingest").await);
    chain.run().await;
    assert!(chain.dead.is_empty() && chain.delayed.is_empty(), "each photo is there");
}

async fn killed_after(day: &Day, mut child: Child, sent: usize) {
    while day.sent() < sent {
        assert!(child.try_wait().expect("it can be asked").is_none(), "it ended before it was killed");
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    child.kill().await.expect("it is ours");
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_captures_with_a_kill_in_between_pay_each_family_once() {
    in_lab(async |lab| {
        let house = town(&lab).await;
        let (who, [one, ..]) = (supervisor(&house).await, counters());
        let contents = packed(&house, &who, &one, 1, None).await;
        assert_eq!(contents.families.len(), FAMILIES as usize);
        let day = Day::new(&house, &one);
        for (number, family) in (60..).zip(&contents.families) {
            day.hand_over(&house, number, family, &one).await;
        }
        let pack = id(1).to_string();
        let before = house.world.dump().await;
        let (is_good, told, said) = day.send(&house.address, &["--dry-run", "--pack", &pack]).await;
        assert_eq!((is_good, &told["left"], &told["sent"]), (true, &json!(30), &json!(0)), "{told} {said}");
        assert_eq!((house.world.dump().await, day.sent()), (before, 0), "nothing was sent");

        let more = ["--pack", &pack, "--parallel", "1"];
        let child = day.command(&house.address, &more).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs");
        killed_after(&day, child, 10).await;
        let sent = day.sent();
        assert!((10..30).contains(&sent), "{sent} were sent");
        let (is_good, told, said) = day.send(&house.address, &["--pack", &pack]).await;
        assert!(is_good, "{told} {said}");
        assert_eq!((&told["sent"], &told["sent_before"], &told["left"]), (&json!(30 - sent), &json!(sent), &json!(0)));
        assert_eq!((&told["pack"], &told["in_pieces"]), (&json!("again"), &json!(0)), "what was done with a pack is said once");
        let (is_good, told, _) = day.send("http://127.0.0.1:1", &[]).await;
        assert_eq!((is_good, &told["sent"], &told["sent_before"]), (true, &json!(0), &json!(30)), "nothing is left, so nobody is asked");

        judged(&house).await;
        assert_eq!(house.world.count("payments WHERE status = 'paid'").await, 30);
        assert_eq!(house.world.count("proofs").await, 30);
        assert_eq!(house.world.count("device_pack_doubts").await, 0);
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

/// Forwards to the portal, and breaks each connection once it carried so many bytes up.
async fn bad_line(portal: &str, most: usize, breaks: Arc<AtomicU32>) -> (String, JoinSet<()>) {
    let to = portal.strip_prefix("http://").expect("an address").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut lines = JoinSet::new();
        loop {
            let (near, _) = listener.accept().await.expect("a connection");
            let far = TcpStream::connect(&to).await.expect("the portal listens");
            let breaks = Arc::clone(&breaks);
            lines.spawn(async move {
                let ((near_in, mut near_out), (mut far_in, mut far_out)) = (near.into_split(), far.into_split());
                let mut up = near_in.take(most as u64);
                // whichever ends first ends both
                tokio::select! {
                    _ = copy(&mut up, &mut far_out) => {}
                    _ = copy(&mut far_in, &mut near_out) => {}
                }
                breaks.fetch_add(u32::from(up.limit() == 0), Ordering::Relaxed);
                drop((near_out.shutdown().await, far_out.shutdown().await));
            });
        }
    });
    (address, serving)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_breaks_again_and_again_carries_all_photos_in_pieces() {
    in_lab(async |lab| {
        let house = town(&lab).await;
        let (who, [one, ..]) = (supervisor(&house).await, counters());
        let contents = packed(&house, &who, &one, 1, Some(8)).await;
        let day = Day::new(&house, &one);
        let mut shots = Vec::new();
        for (number, family) in (60..).zip(&contents.families) {
            shots.push(day.hand_over(&house, number, family, &one).await);
        }
        let breaks = Arc::new(AtomicU32::new(0));
        let largest = shots.iter().map(|shot| shot.photo.len()).max().expect("some");
        let (line, serving) = bad_line(&house.address, largest + AROUND, Arc::clone(&breaks)).await;
        let (is_good, told, said) = day.send(&line, &["--pieces", "--pack", &id(1).to_string(), "--parallel", "2"]).await;
        assert!(is_good, "{told} {said}");
        assert_eq!((&told["sent"], &told["in_pieces"], &told["pack"]), (&json!(8), &json!(8), &json!("checked_in")));
        assert!(breaks.load(Ordering::Relaxed) > 0, "the line broke");
        for shot in &shots {
            let key = salur_store::proofs::incoming_key(shot.statement.capture);
            let stored = house.world.tools.blobs.get(&key).await.expect("the store answers").expect("the photo is there");
            assert_eq!(stored, shot.photo, "the same bytes");
        }
        drop(serving);
        judged(&house).await;
        assert_eq!(house.world.count("payments WHERE status = 'paid'").await, 8);
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_store_is_out_of_reach_photos_go_through_the_portal() {
    in_lab(async |lab| {
        let house = town(&lab).await;
        let (who, [one, ..]) = (supervisor(&house).await, counters());
        let contents = packed(&house, &who, &one, 1, Some(3)).await;
        let day = Day::new(&house, &one);
        for (number, family) in (60..).zip(&contents.families) {
            day.hand_over(&house, number, family, &one).await;
        }
        // what is not at localhost goes by a proxy that is not there: so does the store, by its address
        let portal = house.address.replace("127.0.0.1", "localhost");
        let mut command = day.command(&portal, &[]);
        let output = command.env("HTTP_PROXY", "http://127.0.0.1:1").env("NO_PROXY", "localhost").output().await.expect("the binary runs");
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((output.status.success(), &told["sent"], &told["in_pieces"]), (true, &json!(3), &json!(3)), "{told}");
        judged(&house).await;
        assert_eq!(house.world.count("payments WHERE status = 'paid'").await, 3);
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_a_folder_is_said_and_only_that_stays() {
    in_lab(async |lab| {
        let house = town(&lab).await;
        let (who, [one, two, _]) = (supervisor(&house).await, counters());
        let contents = packed(&house, &who, &one, 1, Some(4)).await;
        let day = Day::new(&house, &one);
        let mut shots = Vec::new();
        for (number, family) in (60..).zip(&contents.families) {
            shots.push(day.hand_over(&house, number, family, &one).await);
        }
        let file = |at: usize, end: &str| day.folder.join(format!("{}.{end}", shots[at].statement.capture));
        fs::write(file(0, "jpg"), &shots[1].photo).expect("written");
        fs::remove_file(file(1, "jpg")).expect("it was there");
        fs::write(file(2, "json"), "{}").expect("written");
        let (is_good, _, said) = day.send(&house.address, &["--pack", &id(1).to_string()]).await;
        assert!(
            !is_good && said.contains("checked in once, with all that was handed over"),
            "one word, and none that leaves a family out: {said}"
        );
        let (is_good, told, said) = day.send(&house.address, &[]).await;
        assert_eq!((is_good, &told["sent"]), (false, &json!(1)), "{told} {said}");
        let refused = told["refused"].as_array().expect("a list");
        assert_eq!(refused.iter().filter(|one| one["error"] == "folder").count(), 3, "{told}");
        for shot in &shots {
            day.write(shot, &one);
        }
        let (is_good, told, _) = day.send(&house.address, &[]).await;
        assert_eq!((is_good, &told["sent"], &told["sent_before"]), (true, &json!(3), &json!(1)), "{told}");

        let stranger = Day { folder: day.folder.clone(), key: day.key.with_extension("other") };
        fs::write(&stranger.key, hex::encode(two.key.to_bytes())).expect("written");
        let (is_good, _, said) = stranger.send(&house.address, &[]).await;
        assert!(!is_good && said.contains("not signed with this device's key"), "{said}");

        let (is_good, told, said) = day.send("http://127.0.0.1:1", &[]).await;
        assert!(is_good && told["sent_before"] == 4, "{told} {said}");
        fs::remove_file(file(3, "sent")).expect("it was sent");
        let (is_good, _, said) = day.send("http://127.0.0.1:1", &[]).await;
        assert!(!is_good && said.contains("does not answer"), "{said}");
        let (is_good, told, _) = day.send(&house.address, &[]).await;
        assert_eq!((is_good, &told["sent"]), (true, &json!(1)), "said twice is once");
        judged(&house).await;
        assert_eq!(house.world.count("payments WHERE status = 'paid'").await, 4);
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}
