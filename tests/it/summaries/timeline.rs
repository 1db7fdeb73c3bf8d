//! The timeline of a payment: each event in order, masked, for those who may see payments.

use reqwest::StatusCode;
use salur_domain::PaymentId;
use salur_tests::{Person, World, in_lab, programme::AMOUNT};
use serde_json::{Value, json};

use super::{Staffed, here, there, town};
use crate::portal::{command_line::Desk, contract, people::person, support::code};

fn id(world: &World, person: &Person) -> PaymentId {
    world.payment(4, person).1
}

/// The events of a payment, each with its code or the kind of its transfer.
async fn events(staffed: &Staffed, person: &Person) -> (Value, Vec<String>) {
    let path = format!("/api/payments/{}", id(&staffed.house.world, person));
    let (status, told) = staffed.get(&staffed.auditor, &path).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let said = told["events"].as_array().expect("events").iter().map(|event| {
        let more = [&event["detail"]["kind"], &event["code"]].into_iter().find_map(Value::as_str);
        format!("{} {}", event["event"].as_str().expect("a word"), more.unwrap_or_default()).trim_end().to_owned()
    });
    let said = said.collect();
    (told, said)
}

/// What happens to every payment until its cheque is issued.
const ISSUED: [&str; 5] = ["row_staged", "accepted", "account_opened", "transfer_posted recipient_funded", "cheque_issued"];

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_tells_all_that_happened_to_it_in_order() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        let claimed = ["claimed", "captured"].as_slice();
        let paid = ["proof_accepted", "transfer_posted hand_over", "paid"].as_slice();
        let doubted = ["proof_questioned EXF01", "transfer_posted hand_over", "questioned"].as_slice();
        let returned = ["transfer_posted return", "returned absent"].as_slice();
        let not_proven =
            ["transfer_posted not_proven", "reviewed_not_proven family_denied", "reversed not_proven", "cheque_replaced"].as_slice();
        let undone =
            ["undo_signed given_back", "transfer_posted hand_over_undone", "undo_carried_out given_back", "reversed hand_over_undone"]
                .as_slice();
        let reversed = ["captured_late", "transfer_posted return_reversed", "reopened", "transfer_posted hand_over", "paid"].as_slice();
        for (person, status, after) in [
            (here(1), "paid", [claimed, paid].concat()),
            (here(2), "in_question", [claimed, &["proof_questioned SAM01"], &doubted[1..]].concat()),
            (here(9), "paid", [claimed, doubted, &["reviewed_paid family_confirmed"]].concat()),
            (here(10), "returned", [claimed, doubted, not_proven, returned].concat()),
            (here(11), "returned", [claimed, paid, undone, returned].concat()),
            (here(5), "returned", returned.to_vec()),
            (here(8), "cancelled", vec!["transfer_posted cancelled", "withdrawal_cancelled WDR01", "cancelled"]),
            (here(3), "paid", [&claimed[..1], returned, &["captured", "proof_accepted"], reversed].concat()),
            (here(4), "cheque_issued", vec!["claimed"]),
        ] {
            let (told, said) = events(&staffed, &person).await;
            assert_eq!(told["status"], status);
            assert_eq!(said, [ISSUED.to_vec(), after].concat(), "{status}");
            let moments: Vec<&str> = told["events"].as_array().expect("events").iter().filter_map(|event| event["at"].as_str()).collect();
            assert_eq!(moments.len(), said.len());
            let read: Vec<chrono::DateTime<chrono::Utc>> = moments.iter().map(|at| at.parse().expect("a moment")).collect();
            assert!(read.is_sorted(), "{moments:?}");
        }
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_names_who_how_much_which_transfer_and_which_paper_and_no_family() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        let paid = id(&staffed.house.world, &here(1));
        let (told, _) = events(&staffed, &here(1)).await;
        let event = |name: &str| {
            let is_it = |event: &&Value| event["event"] == name || event["detail"]["kind"] == name;
            let found = told["events"].as_array().expect("events").iter().find(is_it);
            found.unwrap_or_else(|| panic!("{name}: {told}"))
        };
        let hand_over = event("hand_over");
        assert_eq!((&hand_over["transfer"], &hand_over["rupiah"]), (&json!(format!("4/{paid}/hand_over/1")), &json!(AMOUNT)));
        assert_eq!(hand_over["detail"], json!({ "kind": "hand_over", "debit": "recipient", "credit": "teller_cash" }));
        assert_eq!((&event("paid")["actor"], &event("claimed")["detail"]["device"]), (&json!("TELLER-1"), &json!("DEV-1")));
        let (withdrawn, _) = events(&staffed, &here(8)).await;
        let papers: Vec<&str> =
            withdrawn["events"].as_array().expect("events").iter().filter_map(|event| event["document"].as_str()).collect();
        assert_eq!(papers, ["BA-7", "BA-7"], "of the transfer, and of the withdrawal");
        for person in [here(1), here(2), here(3), here(5), here(8), here(10), there(1)] {
            let (told, _) = events(&staffed, &person).await;
            let text = told.to_string();
            for secret in [&person.nik, &person.kk, &person.name, &person.address] {
                assert!(!text.contains(secret.as_str()), "{secret} stands in {text}");
            }
            assert!(
                told["nik"].as_str().is_some_and(|nik| nik.contains("******"))
                    && told["name"].as_str().is_some_and(|name| !name.is_empty())
            );
        }
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_found_by_the_serial_of_its_cheque_and_only_by_those_who_may_see_it() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        let (world, document) = (&staffed.house.world, contract::document());
        let serial = world.paper(4, &here(1)).await.serial;
        let typed = format!("/api/payments?serial={}", serial.to_lowercase());
        let by_id = format!("/api/payments/{}", id(world, &here(1)));
        let (found, known) = (staffed.get(&staffed.auditor, &typed).await, staffed.get(&staffed.auditor, &by_id).await);
        assert_eq!((found.0, &found.1["payment"], &found.1["events"]), (StatusCode::OK, &known.1["payment"], &known.1["events"]));
        contract::assert_as_documented(&document, "get", "/api/payments/{id}", &known);
        let told = staffed.get(&staffed.auditor, "/api/summaries/day?tranche=BST-4").await;
        contract::assert_as_documented(&document, "get", "/api/summaries/{by}", &told);

        let ops = person(&staffed.house, &staffed.admin, "run", "ops", None).await;
        let nobody = format!("/api/payments/{}", uuid::Uuid::nil());
        for (token, path, expected) in [
            (&ops, by_id.as_str(), (200, "none")),
            (&staffed.treasurer, &by_id, (403, "role")),
            (&staffed.admin, &typed, (403, "role")),
            (&staffed.neighbour, &by_id, (404, "payment")),
            (&staffed.neighbour, &typed, (404, "payment")),
            (&staffed.auditor, &nobody, (404, "payment")),
            (&staffed.auditor, "/api/payments?serial=0000-0000-0000-0001", (422, "serial")),
            (&staffed.auditor, "/api/payments", (400, "query")),
        ] {
            assert_eq!(code(&staffed.get(token, path).await), expected, "{path}");
        }
        let near = format!("/api/payments/{}", id(world, &there(1)));
        assert_eq!(staffed.get(&staffed.neighbour, &near).await.0, StatusCode::OK, "their own region's");
        staffed.house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn salur_payment_show_tells_a_payment_by_its_id_and_by_its_serial() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        let desk = Desk::new(&staffed.house, "audit");
        let wanted = json!({ "name": "an.auditor", "kind": "person", "role": "auditor" });
        let made = staffed.house.call(reqwest::Method::POST, "/api/actors", Some(&staffed.admin), Some(&wanted)).await.1;
        let code = made["code"].as_str().expect("a code");
        let (done, said) = desk.run(&["login", "--server", &staffed.house.address, "--as", "an.auditor", "--code", code]).await;
        assert!(done, "{said}");
        let (world, person) = (&staffed.house.world, here(1));
        let payment = id(world, &person).to_string();
        let (done, said) = desk.run(&["payment", "show", &payment]).await;
        assert!(
            done && said.contains("status    paid, Rp300.000") && said.contains(&format!("transfer 4/{payment}/hand_over/1")),
            "{said}"
        );
        assert!(!said.contains(&person.nik) && !said.contains(&person.name), "{said}");
        let (done, said) = desk.run(&["payment", "show", &world.paper(4, &person).await.serial, "--json"]).await;
        let told: Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!((done, &told["payment"]), (true, &json!(payment)));
        let (done, said) = desk.run(&["payment", "show", "no such serial"]).await;
        assert!(!done && said.contains("refused (422): this is no serial of a cheque"), "{said}");
        staffed.house.close().await;
    })
    .await;
}
