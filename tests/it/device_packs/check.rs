//! `salur device-pack check` reads a pack with nothing but the keys of its device.

use salur_tests::{in_lab, programme::counters};

use super::{ask, file, keys, supervisor};
use crate::portal::{command_line::Desk, support::House};

#[tokio::test]
async fn a_pack_is_read_without_a_network_and_each_wrong_one_has_its_answer() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (who, [one, two, _]) = (supervisor(&house).await, counters());
        let (pack, set) = (file(&ask(&house, &who, &one, 1, None).await), keys(&house).await);
        let desk = Desk::new(&house, "outpost");
        house.close().await;
        std::fs::create_dir_all(&desk.home).expect("a home");
        let write = |name: &str, bytes: &[u8]| {
            let path = desk.home.join(name);
            std::fs::write(&path, bytes).expect("the home is writable");
            path.to_str().expect("text").to_owned()
        };
        let mut tampered = pack.clone();
        let middle = tampered.len() / 2;
        tampered[middle] ^= 1;
        let (pack, tampered, keys) = (write("pack", &pack), write("tampered", &tampered), write("keys", &set.to_cbor()));
        let no_keys = write("none", &salur_domain::cheque_keys::KeySet::default().to_cbor());
        let [own, other] = [&one, &two].map(|counter| write(counter.device, hex::encode(counter.key.to_bytes()).as_bytes()));
        let next_week = (chrono::Utc::now() + chrono::TimeDelta::days(7)).to_rfc3339();
        let cases: [(&[&str], bool, &str); 6] = [
            (&[&pack, "--keys", &keys], true, "sealed"),
            (&[&pack, "--keys", &keys, "--device-key", &own], true, "4 families, 5 cheques, Rp1500000"),
            (&[&pack, "--keys", &keys, "--device-key", &other], false, "sealed to another device"),
            (&[&tampered, "--keys", &keys, "--device-key", &own], false, "signature"),
            (&[&pack, "--keys", &no_keys, "--device-key", &own], false, "unknown key"),
            (&[&pack, "--keys", &keys, "--device-key", &own, "--at", &next_week], false, "OVER"),
        ];
        for (args, is_good, word) in cases {
            let (done, said) = desk.run(&[&["device-pack", "check"], args].concat()).await;
            assert!(done == is_good && said.contains(word), "{args:?}: {done} {said}");
        }
    })
    .await;
}
