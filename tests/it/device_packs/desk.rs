//! `salur device-pack export|list|revoke` as a supervisor types them, and what a live pack keeps open.

use reqwest::Method;
use salur_tests::{in_lab, programme::counters};
use serde_json::{Value, json};

use super::today;
use crate::portal::{command_line::Desk, people::administrator, support::House};

/// What keeps the tranche open, by name.
async fn keeps_open(house: &House, who: &str) -> Vec<Value> {
    let seen = house.call(Method::GET, "/api/tranches/BST-4/returns", Some(who), None).await;
    let open = seen.1["open"].as_array().cloned().unwrap_or_else(|| panic!("{}", seen.1));
    open.into_iter().filter(|one| one["what"] == "device_packs").collect()
}

#[tokio::test]
async fn a_pack_is_exported_listed_and_revoked_on_the_command_line_and_keeps_its_tranche_open_meanwhile() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let treasurer = crate::portal::people::person(&house, &admin, "siti.aminah", "treasurer", None).await;
        let wanted = json!({ "name": "rina.wati", "kind": "person", "role": "supervisor" });
        let (_, made) = house.call(Method::POST, "/api/actors", Some(&admin), Some(&wanted)).await;
        let desk = Desk::new(&house, "supervisor");
        let login = ["login", "--server", &house.address, "--as", "rina.wati", "--code", made["code"].as_str().expect("a code")];
        let (done, said) = desk.run(&login).await;
        assert!(done, "{said}");
        let (counter, day, out) = (&counters()[0], today().to_string(), desk.home.join("one.pack"));
        let out = out.to_str().expect("text");
        assert_eq!(keeps_open(&house, &treasurer).await, Vec::<Value>::new());
        let export =
            ["device-pack", "export", "--device", counter.device, "--teller", counter.teller, "--day", &day, "--out", out, "--json"];
        let (done, said) = desk.run(&export).await;
        assert!(done, "{said}");
        let pack: Value = serde_json::from_str(said.trim()).expect("one object");
        let (pack, size) = (pack["pack"].as_str().expect("an id").to_owned(), pack["bytes"].as_u64());
        assert_eq!(std::fs::metadata(out).expect("the file").len(), size.expect("a size"));
        let (done, said) = desk.run(&export).await;
        assert!(!done && said.contains("other devices have them all"), "a second pack of the same day finds nobody: {said}");

        let (done, said) = desk.run(&["device-pack", "list", "--live"]).await;
        assert!(done && said.contains(&pack) && said.contains(counter.device), "{said}");
        assert_eq!(keeps_open(&house, &treasurer).await.len(), 1, "a tranche does not close over a live pack, and says so");
        let (done, said) = desk.run(&["device-pack", "revoke", &pack, "--reason", "the tablet of 1902010101010001 is lost"]).await;
        assert!(!done && said.contains("no NIK"), "{said}");
        let (done, said) = desk.run(&["device-pack", "revoke", &pack, "--reason", "the tablet is lost"]).await;
        assert!(done && said.contains("may be paid at any counter"), "{said}");
        assert_eq!(keeps_open(&house, &treasurer).await, Vec::<Value>::new());
        let (done, said) = desk.run(&["device-pack", "list", "--live"]).await;
        assert!(done && !said.contains(&pack), "{said}");
        house.close().await;
    })
    .await;
}
