//! How a device pack ends: its device says what it did, or a person revokes it.
//!
//! What a device says is kept, whoever says it: the first word of the pack's own device ends the pack, and any other shows that there is a copy. Leases
//! of families that were not paid end at once. Those of families that were paid last until their photos are there ([`UPLOAD_DAYS`]), so that
//! no counter pays them again meanwhile.

use salur_domain::{CaptureId, ClaimId, DevicePackId};
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, sql};

/// How long the photo of a hand-over may come after the word about it.
pub const UPLOAD_DAYS: i32 = 1;

sql! {
    STANDS = "SELECT device, teller, families, rupiah, state FROM device_packs_now WHERE id = $1";
    AGAIN = "SELECT n FROM device_pack_check_ins WHERE pack = $1 AND device = $2 AND digest = $3";
    INSERT = "INSERT INTO device_pack_check_ins (pack, n, digest, device, teller, claims, captures, said_at)
        SELECT $1, coalesce(max(n), 0) + 1, $2, $3, $4, $5, $6, $7 FROM device_pack_check_ins WHERE pack = $1";
    STRANGE = "SELECT count(*) FROM unnest($2::uuid[]) AS c(claim) WHERE NOT EXISTS (SELECT FROM device_pack_claims g WHERE g.pack = $1 AND g.claim = c.claim)";
    END = "UPDATE claim_leases l SET pack = NULL,
          expires_at = CASE WHEN g.claim = ANY($2) THEN greatest(l.expires_at, now() + make_interval(days => $3)) ELSE now() END
        FROM device_pack_claims g JOIN claims c ON c.id = g.claim
        WHERE g.pack = $1 AND l.pack = $1 AND l.programme = c.programme AND l.account = c.account";
    REVOKE = "INSERT INTO device_pack_revocations (pack, actor, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    END_ALL = "UPDATE claim_leases SET pack = NULL, expires_at = now() WHERE pack IN (SELECT id FROM device_packs WHERE device = $1)";
}

/// What a device says it did with a pack.
#[derive(Debug, Clone)]
pub struct Word<'a> {
    /// Which pack.
    pub pack: DevicePackId,
    /// Who says it.
    pub device: &'a str,
    /// Who paid.
    pub teller: &'a str,
    /// The hand-overs: claim of the family and capture.
    pub hand_overs: &'a [(ClaimId, CaptureId)],
    /// Digest of all that was said.
    pub digest: [u8; 32],
    /// When, by the device's clock.
    pub said_at: Timestamp,
}

/// A pack as it stands.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the view of packs")]
pub struct Stands {
    pub device: String,
    pub teller: String,
    pub families: i32,
    pub rupiah: i64,
    pub state: String,
}

/// What came of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It ended the pack.
    CheckedIn,
    /// It was said before.
    Again,
    /// Another word was said before, or another device says it: there is a copy.
    Copy,
}

/// A pack, held until this transaction ends.
pub async fn stands(tx: &mut Tx, pack: DevicePackId) -> Result<Option<Stands>, Error> {
    let failed = || Error::database("reading how a device pack stands");
    super::lock(tx, pack).await?;
    sqlx::query_as(STANDS).bind(pack.0).fetch_optional(tx.connection()).await.map_err(failed())
}

/// How many of these claims are not of the pack.
pub async fn strange(tx: &mut Tx, word: &Word<'_>) -> Result<i64, Error> {
    let claims: Vec<Uuid> = word.hand_overs.iter().map(|(claim, _)| claim.0).collect();
    let strange = sqlx::query_scalar(STRANGE).bind(word.pack.0).bind(claims).fetch_one(tx.connection()).await;
    strange.map_err(Error::database("reading the claims of a device pack"))
}

/// Keeps a word, and ends the pack if it is the first of the pack's device.
pub async fn hear(tx: &mut Tx, stands: &Stands, word: &Word<'_>) -> Result<Heard, Error> {
    let failed = || Error::database("keeping what a device says of its pack");
    let again = sqlx::query_scalar::<_, i16>(AGAIN).bind(word.pack.0).bind(word.device).bind(word.digest.as_slice());
    if again.fetch_optional(tx.connection()).await.map_err(failed())?.is_some() {
        return Ok(if stands.device == word.device { Heard::Again } else { Heard::Copy });
    }
    let claims: Vec<Uuid> = word.hand_overs.iter().map(|(claim, _)| claim.0).collect();
    let captures: Vec<Uuid> = word.hand_overs.iter().map(|(_, capture)| capture.0).collect();
    let insert = sqlx::query(INSERT).bind(word.pack.0).bind(word.digest.as_slice()).bind(word.device).bind(word.teller);
    insert.bind(&claims).bind(&captures).bind(word.said_at).execute(tx.connection()).await.map_err(failed())?;
    if stands.device != word.device || stands.state == "checked_in" {
        return Ok(Heard::Copy);
    }
    sqlx::query(END).bind(word.pack.0).bind(&claims).bind(UPLOAD_DAYS).execute(tx.connection()).await.map_err(failed())?;
    Ok(Heard::CheckedIn)
}

/// Revokes a live pack: its families may be paid elsewhere at once.
pub async fn revoke(tx: &mut Tx, pack: DevicePackId, actor: &str, reason: &str) -> Result<(), Error> {
    let failed = || Error::database("revoking a device pack");
    sqlx::query(REVOKE).bind(pack.0).bind(actor).bind(reason).execute(tx.connection()).await.map_err(failed())?;
    let none: Vec<Uuid> = Vec::new();
    sqlx::query(END).bind(pack.0).bind(none).bind(UPLOAD_DAYS).execute(tx.connection()).await.map(drop).map_err(failed())
}

/// Ends the leases of all packs of a device that was revoked.
pub async fn end_of_device(tx: &mut Tx, device: &str) -> Result<(), Error> {
    let end = sqlx::query(END_ALL).bind(device).execute(tx.connection()).await;
    end.map(drop).map_err(Error::database("ending the packs of a device"))
}
