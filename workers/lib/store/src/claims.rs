//! Claims: one device's ten-minute lease on all open payments of a family in a programme.
//!
//! The lease is one conditional write, so that any number of counters have one winner; the claim row remembers what it covered and is what
//! photo-ingest believes. The claim's id is made up by the device: asking again gives the same answer.

use salur_domain::{AccountId, ClaimId, PaymentId, Rupiah, TrancheId, evidence::Row, pause};
use uuid::Uuid;

use crate::{
    Database, Error, Timestamp, Tx, evidence, pauses,
    payments::Key,
    proxies::{self, Barred, NewProxy},
    sql,
};

/// How long a claim lasts, in minutes.
pub const LEASE_MINUTES: i32 = 10;

sql! {
    BY_SERIAL = "SELECT c.tranche, c.payment, c.version, p.account, t.programme,
          EXISTS (SELECT FROM cheques n WHERE n.tranche = c.tranche AND n.payment = c.payment AND n.version > c.version) AS is_replaced FROM cheques c
        JOIN payments p ON p.tranche = c.tranche AND p.id = c.payment JOIN tranches t ON t.id = c.tranche WHERE c.serial = $1";
    // every open payment of the family in the programme whose window is open, which has a cheque and is not paused
    OPEN_PAYMENTS = "SELECT p.tranche, p.id, p.amount, p.household FROM payments p JOIN tranches t ON t.id = p.tranche
        WHERE p.account = $1 AND t.programme = $2 AND p.cheque_issued_at IS NOT NULL AND p.handed_over_at IS NULL AND p.returned_at IS NULL
          AND p.cancelled_at IS NULL AND now() BETWEEN t.opens_at AND t.closes_at AND NOT EXISTS (SELECT FROM paused s
            WHERE (s.kind = 'tranche' AND s.tranche = p.tranche) OR (s.kind = 'regency' AND s.scope = p.regency)) ORDER BY p.tranche, p.id";
    LEASE = "INSERT INTO claim_leases (programme, account, claim, device, expires_at) VALUES ($1, $2, $3, $4, now() + make_interval(mins => $5))
        -- the device of a pack keeps its families until the pack ends, whatever it claims meanwhile
        ON CONFLICT (programme, account) DO UPDATE SET claim = excluded.claim, device = excluded.device,
          pack = CASE WHEN claim_leases.device = excluded.device AND claim_leases.expires_at > now() THEN claim_leases.pack END,
          expires_at = CASE WHEN claim_leases.device = excluded.device AND claim_leases.pack IS NOT NULL
            THEN greatest(claim_leases.expires_at, excluded.expires_at) ELSE excluded.expires_at END
        WHERE claim_leases.expires_at <= now() OR claim_leases.device = excluded.device 
          -- or the visit it was for is over. The snapshot may be older than the lease: a claim that it does not see yet is not over.
          OR (EXISTS (SELECT FROM claims c WHERE c.id = claim_leases.claim) AND NOT EXISTS (
            SELECT FROM claims c CROSS JOIN unnest(c.tranches, c.payments) AS k(tranche, id)
            JOIN payments p ON p.tranche = k.tranche AND p.id = k.id WHERE c.id = claim_leases.claim AND p.handed_over_at IS NULL))
        RETURNING expires_at";
    INSERT = "INSERT INTO claims (id, programme, account, device, teller, tranches, payments, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO NOTHING";
    READ = "SELECT id, account, device, teller, tranches, payments, claimed_at, expires_at FROM claims WHERE id = ANY($1)";
    HOLDER = "SELECT device, expires_at, pack IS NOT NULL FROM claim_leases WHERE programme = $1 AND account = $2";
    AMOUNTS = "SELECT p.tranche, p.id, p.amount FROM payments p JOIN unnest($1::int[], $2::uuid[]) AS k(tranche, id)
        ON p.tranche = k.tranche AND p.id = k.id ORDER BY p.tranche, p.id";
    STORY = "SELECT p.status, h.at, h.teller FROM payments p LEFT JOIN hand_overs h ON h.tranche = p.tranche AND h.payment = p.id
        WHERE p.tranche = $1 AND p.id = $2 ORDER BY h.n DESC LIMIT 1";
}

/// A claim as remembered.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Claim {
    id: Uuid,
    account: Uuid,
    /// Device that made it.
    pub device: String,
    /// Teller at the device.
    pub teller: String,
    tranches: Vec<i32>,
    payments: Vec<Uuid>,
    /// When.
    pub claimed_at: Timestamp,
    /// Until when it keeps others away.
    pub expires_at: Timestamp,
}

/// A payment covered by a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// Its key.
    pub payment: Key,
    /// What to hand over.
    pub amount: Rupiah,
}

/// A cheque found by its serial.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Cheque {
    tranche: i32,
    payment: Uuid,
    /// Its version.
    pub version: i16,
    /// Whether a later version exists: this one is worth nothing.
    pub is_replaced: bool,
    account: Uuid,
    programme: String,
}

/// Answer to a claim.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Yours: hand over exactly these.
    Granted(Claim, Vec<Covered>),
    /// Another counter is at it until then.
    Taken {
        /// Which device.
        device: String,
        /// Until when.
        expires_at: Timestamp,
        /// Whether the device has it in a pack, and may be without a network.
        is_packed: bool,
    },
    /// Nobody is paid here now: people paused the payment's tranche or regency, the counter's pay point, or the teller.
    Paused(pause::Kind),
    /// The proxy that it names may not receive.
    Barred(Barred),
    /// The claim exists, and names another proxy or none.
    Differs,
    /// Nothing to pay: the payment's status, and when and by whom it was handed over.
    NothingOpen {
        /// Status of the cheque's payment.
        status: String,
        /// When it was handed over, and by whom.
        handed_over: Option<(Timestamp, String)>,
    },
}

impl Claim {
    fn evidence(&self, programme: &str) -> Row {
        let row = Row::new("claims", &self.tranches).id(self.id).keyed().text(programme).id(self.account).text(&self.device);
        row.text(&self.teller).list(&evidence::visit(&self.payments())).moment(self.claimed_at).moment(self.expires_at)
    }
    /// Its id.
    pub fn id(&self) -> ClaimId {
        ClaimId(self.id)
    }
    /// The family's account.
    pub fn account(&self) -> AccountId {
        AccountId(self.account)
    }
    /// The payments it covers.
    pub fn payments(&self) -> Vec<Key> {
        self.tranches.iter().zip(&self.payments).map(|(tranche, id)| (TrancheId(*tranche), PaymentId(*id))).collect()
    }
}

impl Cheque {
    /// Key of the payment.
    pub fn key(&self) -> Key {
        (TrancheId(self.tranche), PaymentId(self.payment))
    }
}

/// A cheque by its serial.
pub async fn cheque(tx: &mut Tx, serial: &str) -> Result<Option<Cheque>, Error> {
    sqlx::query_as(BY_SERIAL).bind(serial).fetch_optional(tx.connection()).await.map_err(Error::database("finding a cheque"))
}

/// Claims all open payments of a cheque's family for a device, where somebody else receives for it: a person of its household card.
pub async fn claim(
    tx: &mut Tx,
    id: ClaimId,
    cheque: &Cheque,
    (device, teller): (&str, &str),
    proxy: Option<&NewProxy>,
) -> Result<Answer, Error> {
    let failed = || Error::database("claiming a cheque");
    if let Some(existing) = read_in(tx, &[id]).await?.pop() {
        return answer_again(tx, existing, cheque, device, proxy).await;
    }
    if let Some(kind) = pauses::at_counter(tx, cheque.key(), device, teller).await? {
        return Ok(Answer::Paused(kind));
    }
    // before the lease: who waits for a proxy holds no family
    if let Some(proxy) = proxy
        && let Some(barred) = proxies::admit(tx, cheque.account, proxy).await?
    {
        return Ok(Answer::Barred(barred));
    }
    let lease: Option<Timestamp> = sqlx::query_scalar(LEASE)
        .bind(&cheque.programme)
        .bind(cheque.account)
        .bind(id.0)
        .bind(device)
        .bind(LEASE_MINUTES)
        .fetch_optional(tx.connection())
        .await
        .map_err(failed())?;
    let Some(expires_at) = lease else { return taken(tx, cheque).await };
    // read after the lease is ours: whoever held it before has committed
    let open: Vec<(i32, Uuid, i64, Uuid)> =
        sqlx::query_as(OPEN_PAYMENTS).bind(cheque.account).bind(&cheque.programme).fetch_all(tx.connection()).await.map_err(failed())?;
    if !open.iter().any(|(tranche, payment, ..)| (*tranche, *payment) == (cheque.tranche, cheque.payment)) {
        return story(tx, cheque).await;
    }
    if proxy.is_some_and(|proxy| open.iter().any(|payment| payment.3 != proxy.household)) {
        return Ok(Answer::Barred(Barred::Household));
    }
    let visit: Vec<(i32, Uuid)> = open.iter().map(|row| (row.0, row.1)).collect();
    let Some(claim) = insert(tx, id, (&cheque.programme, cheque.account), (device, teller), &visit, expires_at).await? else {
        // the same request arrived twice at once, and its twin was first
        let existing = read_in(tx, &[id]).await?.pop().ok_or_else(|| Error::invariant("a claim that exists can be read"))?;
        return answer_again(tx, existing, cheque, device, proxy).await;
    };
    if let Some(proxy) = proxy {
        proxies::name(tx, id, cheque.account, proxy).await?;
    }
    Ok(Answer::Granted(claim, covered(open.into_iter().map(|(tranche, payment, amount, _)| (tranche, payment, amount)).collect())?))
}

/// Remembers a claim whose lease was taken; none: one of this id exists.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: ClaimId,
    (programme, account): (&str, Uuid),
    (device, teller): (&str, &str),
    visit: &[(i32, Uuid)],
    expires_at: Timestamp,
) -> Result<Option<Claim>, Error> {
    let (tranches, payments): (Vec<i32>, Vec<Uuid>) = visit.iter().copied().unzip();
    let insert = sqlx::query(INSERT).bind(id.0).bind(programme).bind(account).bind(device).bind(teller);
    let insert = insert.bind(&tranches).bind(&payments).bind(expires_at).execute(tx.connection()).await;
    if insert.map_err(Error::database("keeping a claim"))?.rows_affected() == 0 {
        return Ok(None);
    }
    let (device, teller, claimed_at) = (device.to_owned(), teller.to_owned(), tx.now);
    let claim = Claim { id: id.0, account, device, teller, tranches, payments, claimed_at, expires_at };
    tx.evidence(claim.evidence(programme));
    Ok(Some(claim))
}

/// The same claim id again: the same answer, if it is the same device, family and proxy.
async fn answer_again(tx: &mut Tx, existing: Claim, cheque: &Cheque, device: &str, proxy: Option<&NewProxy>) -> Result<Answer, Error> {
    if existing.device != device || existing.account != cheque.account {
        return Ok(Answer::Taken { device: existing.device, expires_at: existing.expires_at, is_packed: false });
    }
    if !proxies::is_same(tx, existing.id(), proxy).await? {
        return Ok(Answer::Differs);
    }
    let rows: Vec<(i32, Uuid, i64)> = sqlx::query_as(AMOUNTS)
        .bind(&existing.tranches)
        .bind(&existing.payments)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::database("reading claimed payments"))?;
    Ok(Answer::Granted(existing, covered(rows)?))
}

async fn taken(tx: &mut Tx, cheque: &Cheque) -> Result<Answer, Error> {
    let (device, expires_at, is_packed) = sqlx::query_as(HOLDER)
        .bind(&cheque.programme)
        .bind(cheque.account)
        .fetch_one(tx.connection())
        .await
        .map_err(Error::database("reading the claim's holder"))?;
    Ok(Answer::Taken { device, expires_at, is_packed })
}

async fn story(tx: &mut Tx, cheque: &Cheque) -> Result<Answer, Error> {
    let (status, at, teller): (String, Option<Timestamp>, Option<String>) = sqlx::query_as(STORY)
        .bind(cheque.tranche)
        .bind(cheque.payment)
        .fetch_one(tx.connection())
        .await
        .map_err(Error::database("reading a payment's story"))?;
    Ok(Answer::NothingOpen { status, handed_over: at.zip(teller) })
}

fn covered(rows: Vec<(i32, Uuid, i64)>) -> Result<Vec<Covered>, Error> {
    rows.into_iter()
        .map(|(tranche, id, amount)| {
            let amount = Rupiah::new(amount).map_err(|error| Error::invariant(error.to_string()))?;
            Ok(Covered { payment: (TrancheId(tranche), PaymentId(id)), amount })
        })
        .collect()
}

/// Claims by id, in a transaction.
pub async fn read_in(tx: &mut Tx, ids: &[ClaimId]) -> Result<Vec<Claim>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_as(READ).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("reading claims"))
}

/// Takes a family's lease for this transaction alone, so that no counter can claim what it is about to end; false while one has it.
pub async fn hold_off(tx: &mut Tx, programme: &str, account: AccountId) -> Result<bool, Error> {
    let lease = sqlx::query_scalar::<_, Timestamp>(LEASE).bind(programme).bind(account.0).bind(Uuid::nil()).bind("withdrawal").bind(0);
    Ok(lease.fetch_optional(tx.connection()).await.map_err(Error::database("taking a lease"))?.is_some())
}

/// Claims by id.
pub async fn read(database: &Database, ids: &[ClaimId]) -> Result<Vec<Claim>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_as(READ).bind(ids).fetch_all(database.pool()).await.map_err(Error::database("reading claims"))
}
