//! How a device pack is made: leases first, then the file, in one transaction, so that no family is kept away for a file that nobody has.
//!
//! Rows are opened for their NIK, which goes into the pack as a mark only. A family whose row does not open is left out, and may be paid online. Asking
//! again under the same id gives the file as it was given out.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::{SigningKey, VerifyingKey};
use salur_domain::{
    BatchId, ClaimId, DevicePackId, Nik,
    device_pack::{self, Contents, FAMILIES_MAX, Family, Head, NikMark, SALT_BYTES},
    vault::{DataKey, Keys},
};
use salur_schemas::RecipientSubmitted;
use salur_store::{
    Tx, audit,
    device_packs::{self, Leased, New},
    devices, master,
};
use serde_json::json;

use super::{AHEAD_DAYS, Wish, wrong};
use crate::{
    Portal,
    access::{Caller, random},
    cheques,
    refusal::Refusal,
};

/// Opens rows and marks them, away from the threads that answer.
struct Marking {
    keys: Keys,
    context: fn(BatchId, &salur_domain::RowKey) -> Vec<u8>,
    salt: [u8; SALT_BYTES],
}

/// Makes it, or answers with what was made.
pub async fn make(portal: &Portal, caller: &Caller, pack: DevicePackId, wish: &Wish) -> Result<Vec<u8>, Refusal> {
    let device = known(portal, &wish.device).await?;
    let pay_point = wish.pay_point.as_deref().unwrap_or(&device.pay_point);
    let known_teller = master::tellers(portal.database(), Some(std::slice::from_ref(&wish.teller))).await?;
    if known_teller.is_empty() {
        return Err(wrong("teller", "there is no such teller"));
    }
    let (keys, revoked) = (cheques::key_set(portal).await?, cheques::list(portal).await?.to_vec());
    let mut tx = portal.database().begin_portal().await?;
    if !devices::has_pay_point(&mut tx, pay_point, &caller.actor.region).await? {
        return Err(wrong("pay_point", "there is no such pay point, or it serves no village of your region"));
    }
    if let Some(made) = device_packs::made(&mut tx, pack).await? {
        let is_same = (made.device.as_str(), made.teller.as_str(), made.day) == (wish.device.as_str(), wish.teller.as_str(), wish.day);
        let message = "another pack has this id; ask with an id of your own";
        return if is_same { Ok(made.file) } else { Err(Refusal::new(axum::http::StatusCode::CONFLICT, "pack", message)) };
    }
    let ends_at = end_of_day(&mut tx, pay_point, wish).await?;
    let families = i64::from(wish.families.unwrap_or(u16::MAX)).clamp(1, i64::try_from(FAMILIES_MAX).unwrap_or(i64::MAX));
    let new = New { pack, device: &wish.device, teller: &wish.teller, pay_point, day: wish.day, families, ends_at };
    let leased = device_packs::lease(&mut tx, &new).await?;
    let salt: [u8; SALT_BYTES] = random()?;
    let marking = Marking { keys: portal.keys().clone(), context: portal.row_context(), salt };
    let (marked, lost) = marking.on_all_cores(leased).await?;
    device_packs::let_go(&mut tx, &new, &lost).await?;
    if marked.is_empty() {
        let message = "no family is left for a pack: none comes there on that day, or other devices have them all";
        return Err(Refusal::new(axum::http::StatusCode::CONFLICT, "empty", message));
    }
    let (leased, families): (Vec<Leased>, Vec<Family>) = marked.into_iter().unzip();
    let head = Head { pack, device: wish.device.clone(), made_at: whole(tx.now), ends_at };
    let contents = Contents { teller: wish.teller.clone(), pay_point: pay_point.to_owned(), day: wish.day, salt, keys, revoked, families };
    let file = seal(&head, &contents, &device, portal.list_key())?;
    device_packs::keep(&mut tx, &new, &leased, &caller.actor.name, &file).await?;
    let detail = json!({ "pack": pack, "device": wish.device, "teller": wish.teller, "day": wish.day, "families": leased.len() });
    audit::record(&mut tx, &caller.actor.name, "device_pack_made", &detail).await?;
    tx.commit().await?;
    Ok(file)
}

async fn known(portal: &Portal, code: &str) -> Result<master::Device, Refusal> {
    let found = master::devices(portal.database(), &[code.to_owned()]).await?.remove(code);
    found.ok_or_else(|| wrong("device", "there is no such device, it has no key yet, or it was revoked"))
}

async fn end_of_day(tx: &mut Tx, pay_point: &str, wish: &Wish) -> Result<DateTime<Utc>, Refusal> {
    let day = device_packs::day(tx, pay_point, wish.day).await?;
    let day = day.ok_or_else(|| wrong("pay_point", "there is no such pay point"))?;
    let ahead = wish.day.signed_duration_since(day.today);
    if ahead < TimeDelta::zero() || ahead > TimeDelta::days(AHEAD_DAYS) {
        return Err(wrong("day", "a pack is for today or one of the next three days, by the calendar of the pay point"));
    }
    Ok(day.ends_at)
}

fn seal(head: &Head, contents: &Contents, device: &master::Device, key: &SigningKey) -> Result<Vec<u8>, Refusal> {
    let unusable = || wrong("device", "the key of this device cannot be used; register the device again");
    let bytes: &[u8; 32] = device.public_key.as_slice().try_into().map_err(|_| unusable())?;
    let public = VerifyingKey::from_bytes(bytes).map_err(|_| unusable())?;
    device_pack::make(head, contents, &public, random()?, key).map_err(|error| match error {
        device_pack::Error::TooLarge => wrong("families", "the pack would be too large; ask for fewer families"),
        _ => unusable(),
    })
}

fn whole(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).expect("seconds of a moment are a moment")
}

impl Marking {
    /// All families at once, since each costs milliseconds of a core.
    async fn on_all_cores(self, leased: Vec<Leased>) -> Result<(Vec<(Leased, Family)>, Vec<ClaimId>), Refusal> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (marking, share) = (Arc::new(self), leased.len().div_ceil(cores).max(1));
        let mut leased = leased.into_iter();
        let mut tasks = Vec::with_capacity(cores);
        loop {
            let part: Vec<Leased> = leased.by_ref().take(share).collect();
            if part.is_empty() {
                break;
            }
            let marking = Arc::clone(&marking);
            tasks.push(tokio::task::spawn_blocking(move || marking.all(part)));
        }
        let (mut marked, mut lost) = (Vec::new(), Vec::new());
        for task in tasks {
            let part = task.await.map_err(|_| Refusal::busy("the pack cannot be made right now; ask for it again"))?;
            marked.extend(part.0);
            lost.extend(part.1);
        }
        Ok((marked, lost))
    }

    /// Families with what the pack says of them, and the claims of those whose rows do not open.
    fn all(&self, leased: Vec<Leased>) -> (Vec<(Leased, Family)>, Vec<ClaimId>) {
        let (mut keys, mut marked, mut lost) = (HashMap::new(), Vec::with_capacity(leased.len()), Vec::new());
        for one in leased {
            match self.family(&one, &mut keys) {
                Some(family) => marked.push((one, family)),
                None => lost.push(one.claim),
            }
        }
        (marked, lost)
    }

    fn family(&self, leased: &Leased, keys: &mut HashMap<BatchId, Option<DataKey>>) -> Option<Family> {
        let first = leased.cheques.first()?;
        let (batch, row) = first.key();
        let unwrap = || DataKey::unwrap(self.keys.rows(), batch.0.as_bytes(), first.data_key.as_ref()?).ok();
        let key = keys.entry(batch).or_insert_with(unwrap).as_ref()?;
        let plain = key.open(&(self.context)(batch, &row), &first.sealed).ok()?;
        let submitted: RecipientSubmitted = serde_json::from_slice(&plain).ok()?;
        let mark = NikMark::of(&Nik::parse(&submitted.nik).ok()?, &self.salt);
        let cheques = leased.cheques.iter().map(|cheque| cheque.token.clone()).collect();
        Some(Family { claim: leased.claim, name: first.masked_name.clone().unwrap_or_default(), starts: leased.starts, mark, cheques })
    }
}
