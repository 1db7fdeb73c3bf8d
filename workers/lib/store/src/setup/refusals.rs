//! What a setup must not write: what is paid, funded or signed already stands, and what it names must exist.

use super::{Change, Exclusion, MasterData, Refusal, Report};
use crate::{Error, Tx, sql};

sql! {
    PAID_TRANCHES = "SELECT id::text FROM tranches t WHERE id::text = ANY($1) AND EXISTS (SELECT FROM payments p WHERE p.tranche = t.id)";
    SIGNED_TRANCHES = "SELECT id::text FROM tranches t WHERE id::text = ANY($1) AND EXISTS (SELECT FROM cheques c WHERE c.tranche = t.id)";
    APPROVED_TRANCHES = "SELECT tranche::text FROM tranche_decisions WHERE effect = 'approved' AND tranche::text = ANY($1)";
    RETURNED_TRANCHES = "SELECT id::text FROM tranches t WHERE id::text = ANY($1) AND return_pass > 0";
    CLOSED_TRANCHES = "SELECT id::text FROM tranches t WHERE id::text = ANY($1) AND closed_at IS NOT NULL";
    CODES_TAKEN = "SELECT n.id::text, o.id FROM unnest($1::int[], $2::text[]) AS n(id, code) JOIN tranches o ON o.code = n.code AND o.id <> n.id";
    UNKNOWN_PROGRAMMES = "SELECT code FROM unnest($1::text[]) AS given(code)
        WHERE NOT EXISTS (SELECT FROM programmes p WHERE p.code = given.code) ORDER BY code";
}

/// Notes what must not be written: rewrites of what stands, and exclusions of programmes that nobody set up.
pub(super) async fn find(tx: &mut Tx, data: &MasterData, report: &mut Report) -> Result<(), Error> {
    let rewritten = |what: &str, names: &[&str]| -> Vec<String> {
        let touches =
            |change: &&Change| !change.new && change.what == what && change.fields.iter().any(|f| names.contains(&f.name.as_str()));
        report.changes.iter().filter(touches).map(|change| change.key.clone()).collect()
    };
    let failed = || Error::database("looking for what stands already");
    let (amounts, programmes) = (rewritten("tranche", &["amount", "code"]), rewritten("tranche", &["programme"]));
    let (windows, agreed) = (rewritten("tranche", &["opens_at", "closes_at"]), rewritten("tranche", &["amount", "opens_at", "closes_at"]));
    let allocations = rewritten("allocation", &["amount"]);
    // an enrolled device has a key that it made itself; a registered one has none yet, and takes it by its code
    let keys = rewritten("device", &["public_key"]);
    let paid: Vec<String> = sqlx::query_scalar(PAID_TRANCHES).bind(&amounts).fetch_all(tx.connection()).await.map_err(failed())?;
    let signed: Vec<String> = sqlx::query_scalar(SIGNED_TRANCHES).bind(&windows).fetch_all(tx.connection()).await.map_err(failed())?;
    let approved: Vec<String> = sqlx::query_scalar(APPROVED_TRANCHES).bind(&agreed).fetch_all(tx.connection()).await.map_err(failed())?;
    let (ids, codes): (Vec<i32>, Vec<&str>) = data.tranches.iter().map(|tranche| (tranche.id, tranche.code.as_str())).unzip();
    let taken: Vec<(String, i32)> = sqlx::query_as(CODES_TAKEN).bind(ids).bind(codes).fetch_all(tx.connection()).await.map_err(failed())?;
    let named = data.exclusions.iter().flat_map(Exclusion::codes).filter(|code| *code != data.programme.code);
    let named: Vec<&str> = named.collect();
    let unknown: Vec<String> = sqlx::query_scalar(UNKNOWN_PROGRAMMES).bind(named).fetch_all(tx.connection()).await.map_err(failed())?;
    let mut refuse = |what, key, field, reason: String, remedy| report.refusals.push(Refusal { what, key, field, reason, remedy });
    for other in unknown {
        let reason = format!("there is no programme `{other}`");
        refuse("programme", data.programme.code.clone(), "excludes", reason, "correct the code, or set that programme up first");
    }
    for key in paid.iter().cloned() {
        refuse("tranche", key, "amount", "the tranche has payments, and they name its code and amount".into(), "make a new tranche");
    }
    for key in signed.iter().cloned() {
        let reason = "families hold cheques of the tranche, and the window is signed into them".into();
        refuse("tranche", key, "closes_at", reason, "keep opens_at and closes_at; returns_at may still move");
    }
    for key in programmes {
        refuse("tranche", key, "programme", "a tranche stays in its programme: its money lies there".into(), "make a new tranche");
    }
    for (key, other) in taken {
        refuse("tranche", key, "code", format!("the code belongs to tranche {other}"), "give another code, or the tranche its own id");
    }
    for key in allocations {
        let reason = "the allocation is funded under this document already".into();
        refuse("allocation", key, "amount", reason, "grant the rest in another allocation with its own document");
    }
    for key in approved.into_iter().filter(|key| !paid.contains(key) && !signed.contains(key)) {
        let reason = "the tranche was approved as it is: its amount and its window were seen by the approver".into();
        refuse("tranche", key, "amount", reason, "make a new tranche; returns_at may still move");
    }
    for key in keys {
        let reason = "the device has a key already, and what it signed must verify for ever".into();
        refuse("device", key, "public_key", reason, "give the new key to a device with a new code");
    }
    find_over(tx, report).await
}

/// Notes what comes too late: another end of a tranche whose returns have begun, money for one that is closed.
async fn find_over(tx: &mut Tx, report: &mut Report) -> Result<(), Error> {
    let failed = || Error::database("looking for what is over already");
    let ends = |change: &&Change| change.what == "tranche" && !change.new && change.fields.iter().any(|field| field.name == "returns_at");
    let ends: Vec<String> = report.changes.iter().filter(ends).map(|change| change.key.clone()).collect();
    let granted = report.changes.iter().filter(|change| change.what == "allocation");
    let granted: Vec<String> = granted.filter_map(|change| change.key.split('/').next()).map(ToOwned::to_owned).collect();
    let returned: Vec<String> = sqlx::query_scalar(RETURNED_TRANCHES).bind(ends).fetch_all(tx.connection()).await.map_err(failed())?;
    let closed: Vec<String> = sqlx::query_scalar(CLOSED_TRANCHES).bind(granted).fetch_all(tx.connection()).await.map_err(failed())?;
    let mut refuse = |what, key, field, reason: &str, remedy| {
        report.refusals.push(Refusal { what, key, field, reason: reason.to_owned(), remedy });
    };
    for key in returned {
        refuse("tranche", key, "returns_at", "what was never handed over has begun to go back", "keep returns_at, or make a new tranche");
    }
    for key in closed {
        refuse("allocation", key, "amount", "the tranche is closed", "grant the money to another tranche");
    }
    Ok(())
}
