//! `salur setup` and `salur tranche`: one transaction, told as a difference, safe to repeat; opened by somebody else.

use salur_tests::in_lab;
use sqlx::Row;

use super::binary::Salur;

const WRITTEN: &str = "SELECT (SELECT count(*) FROM tranches) + (SELECT count(*) FROM pay_points) + (SELECT count(*) FROM transfers)
    + (SELECT count(*) FROM ledger_accounts) + (SELECT count(*) FROM audit WHERE act = 'setup') AS rows";
const MONEY: &str = "SELECT coalesce(sum(amount) FILTER (WHERE kind = 'programme_funded'), 0)::bigint AS funded,
    coalesce(sum(amount) FILTER (WHERE kind = 'cash_to_teller'), 0)::bigint AS floats,
    (SELECT sum(amount)::bigint FROM allocations) AS allocated, (SELECT count(*) FROM audit WHERE act = 'setup') AS audits,
    (SELECT (debits - credits)::bigint FROM ledger_accounts WHERE kind = 'bank') AS bank FROM transfers";

#[tokio::test]
async fn setup_funds_what_it_allocates_and_a_second_run_changes_nothing() {
    in_lab(|lab| async move {
        let salur = Salur::staffed(&lab, 300).await;
        let first = salur.setup(&salur.file("setup.toml"), &["--json"]).json();
        assert_eq!((&first["applied"], &first["opened"]), (&true.into(), &serde_json::json!([4, 5])), "{first}");
        let money = salur.row(MONEY).await;
        let read = |name: &str| money.get::<i64, _>(name);
        assert_eq!(read("funded"), read("allocated"));
        assert_eq!(read("bank"), read("funded") - read("floats"));
        assert!(read("floats") > 0 && read("audits") == 1);
        let again = salur.setup(&salur.file("setup.toml"), &["--json"]).json();
        assert_eq!((&again["nothing_to_change"], &again["changes"]), (&true.into(), &serde_json::json!([])), "{again}");
        let after = salur.row(MONEY).await;
        assert_eq!((after.get::<i64, _>("funded"), after.get::<i64, _>("audits")), (read("funded"), 1));
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_shows_everything_and_writes_nothing() {
    in_lab(|lab| async move {
        let salur = Salur::staffed(&lab, 1).await;
        let shown = salur.setup(&salur.file("setup.toml"), &["--dry-run"]);
        assert_eq!(shown.code, Some(0), "{shown:?}");
        assert!(shown.out.contains("+ pay_point") && shown.out.contains("programme funded") && shown.out.contains("nothing was written"));
        assert_eq!(salur.row(WRITTEN).await.get::<i64, _>("rows"), 0);
    })
    .await;
}

#[tokio::test]
async fn a_changed_row_is_shown_with_what_stood_there() {
    in_lab(|lab| async move {
        let salur = Salur::staffed(&lab, 1).await;
        assert_eq!(salur.setup(&salur.file("setup.toml"), &[]).code, Some(0));
        let moved = salur.edited("setup.toml", "moved.toml", |text| text.replacen("radius_m = 2000", "radius_m = 500", 1));
        let shown = salur.setup(&moved, &[]);
        assert!(shown.out.contains("~ pay_point") && shown.out.contains("radius_m 2000 -> 500"), "{shown:?}");
        assert!(shown.out.contains("set up: 0 new, 1 changed"), "{shown:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_funded_is_not_rewritten_and_the_refusal_names_the_field() {
    in_lab(|lab| async move {
        let salur = Salur::staffed(&lab, 1).await;
        assert_eq!(salur.setup(&salur.file("setup.toml"), &[]).code, Some(0));
        let before: i64 = salur.row(WRITTEN).await.get("rows");
        let rewritten = salur.edited("setup.toml", "rewritten.toml", |text| {
            let text = text.replacen("regency = \"1902\"\namount = ", "regency = \"1902\"\namount = 1", 1);
            text.replacen("float = 600000", "float = 900000", 1)
        });
        let refused = salur.setup(&rewritten, &[]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.err.contains("tranche[0].allocation[0].amount: the allocation is funded"), "{}", refused.err);
        assert_eq!(salur.row(WRITTEN).await.get::<i64, _>("rows"), before);
        let float = salur.edited("setup.toml", "float.toml", |text| text.replacen("float = 600000", "float = 900000", 1));
        let refused = salur.setup(&float, &[]);
        assert!(refused.err.contains(".float: the opening float was given already: Rp600.000"), "{}", refused.err);
        assert_eq!(salur.row(WRITTEN).await.get::<i64, _>("rows"), before);
    })
    .await;
}

#[tokio::test]
async fn what_is_paid_or_signed_is_not_rewritten() {
    const PAID: &str = "INSERT INTO payments (tranche, id, account, household, batch, row, amount, village, regency, pay_point)
          VALUES (4, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '1', 300000, '1902011001', '1902', 'KP-190201')";
    const SIGNED: &str =
        "INSERT INTO cheques (tranche, payment, version, serial, token, stored) VALUES (4, gen_random_uuid(), 1, 'S', 't', false)";
    in_lab(|lab| async move {
        let salur = Salur::staffed(&lab, 1).await;
        assert_eq!(salur.setup(&salur.file("setup.toml"), &[]).code, Some(0));
        let dearer = salur.edited("setup.toml", "dearer.toml", |text| text.replacen("amount = 300000", "amount = 600000", 1));
        assert_eq!(salur.setup(&dearer, &["--dry-run"]).code, Some(0), "nobody is paid yet");
        salur.write(PAID).await;
        let refused = salur.setup(&dearer, &[]);
        assert!(refused.code == Some(1) && refused.err.contains("tranche[0].amount: the tranche has payments"), "{refused:?}");
        let longer = salur.edited("setup.toml", "longer.toml", |text| {
            let (start, rest) = text.split_once("closes_at = ").expect("a tranche closes");
            let (_, end) = rest.split_once('\n').expect("a line ends");
            format!("{start}closes_at = 2099-01-01T00:00:00Z\nreturns_at = 2099-02-01T00:00:00Z\n{}", without_line(end, "returns_at = "))
        });
        assert_eq!(salur.setup(&longer, &["--dry-run"]).code, Some(0), "no cheque was signed yet");
        salur.write(SIGNED).await;
        let refused = salur.setup(&longer, &[]);
        assert!(refused.code == Some(1) && refused.err.contains("tranche[0].closes_at: families hold cheques"), "{refused:?}");
        let other_key = salur.edited("setup.toml", "key.toml", |text| {
            let (start, rest) = text.split_once("code = \"HP-190201-1\"").expect("the device is there");
            let (_, end) = rest.split_once("public_key").and_then(|(_, rest)| rest.split_once('\n')).expect("it has a key");
            let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
            format!("{start}code = \"HP-190201-1\"\npay_point = \"KP-190201\"\npublic_key = \"{key}\"\n{end}")
        });
        let refused = salur.setup(&other_key, &[]);
        assert!(refused.code == Some(1) && refused.err.contains("device[0].public_key: the device has a key already"), "{refused:?}");
    })
    .await;
}

/// The text without the first line that begins so.
fn without_line(text: &str, begins: &str) -> String {
    let (before, rest) = text.split_once(begins).expect("the line is there");
    let (_, after) = rest.split_once('\n').expect("a line ends");
    format!("{before}{after}")
}

#[tokio::test]
async fn a_second_document_tops_an_allocation_up() {
    in_lab(|lab| async move {
        let salur = Salur::staffed(&lab, 1).await;
        assert_eq!(salur.setup(&salur.file("setup.toml"), &[]).code, Some(0));
        let topped = salur.edited("setup.toml", "topped.toml", |text| {
            let more = "[[tranche.allocation]]\nregency = \"1902\"\namount = 7000000\ndocument = \"top-up\"\n\n";
            text.replacen("[[pay_point]]", &format!("{more}[[pay_point]]"), 1)
        });
        let report = salur.setup(&topped, &["--json"]).json();
        assert_eq!(report["posted"][0]["amount"], 7_000_000, "{report}");
        let money = salur.row(MONEY).await;
        assert_eq!(money.get::<i64, _>("funded"), money.get::<i64, _>("allocated"));
    })
    .await;
}

#[tokio::test]
async fn floats_cannot_exceed_what_was_allocated() {
    in_lab(|lab| async move {
        let salur = Salur::staffed(&lab, 1).await;
        let rich = salur.edited("setup.toml", "rich.toml", |text| text.replacen("float = 600000", "float = 600000000000", 1));
        let refused = salur.setup(&rich, &[]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.err.contains("floats exceed"), "{}", refused.err);
        assert_eq!(salur.row(WRITTEN).await.get::<i64, _>("rows"), 0);
    })
    .await;
}

#[tokio::test]
async fn a_broken_file_is_refused_whole_with_every_path() {
    in_lab(|lab| async move {
        let salur = Salur::staffed(&lab, 1).await;
        let broken = salur.edited("setup.toml", "broken.toml", |text| {
            text.replace("kind = \"post_office\"", "kind = \"bank\"").replacen("name = \"dinsos-belitung\"", "name = \"Dinsos\"", 1)
        });
        let refused = salur.setup(&broken, &[]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        for path in ["pay_point[0].kind", "pay_point[11].kind", "source[0].name"] {
            assert!(refused.err.contains(path), "{path} is missing in {}", refused.err);
        }
        assert_eq!(salur.row(WRITTEN).await.get::<i64, _>("rows"), 0);
    })
    .await;
}
