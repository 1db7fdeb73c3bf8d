//! Proofs: judged captures, their findings, hand-overs and cases.

use std::collections::{HashMap, HashSet};

use salur_domain::{CaptureId, ClaimId, PaymentId, TrancheId, evidence::Row};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, evidence, payments::Key, pieces, sql};

sql! {
    FIRST_USE = "INSERT INTO photo_digests (sha256, capture, claim) SELECT DISTINCT ON (sha256) sha256, capture, claim
        FROM unnest($1::bytea[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS d(sha256, capture, claim, place) ORDER BY sha256, place ON CONFLICT DO NOTHING";
    WHO_USED = "SELECT d.sha256, d.capture, d.claim FROM photo_digests d WHERE d.sha256 = ANY($1)";
    INSERT = "INSERT INTO proofs (capture, claim, device, teller, sha256, size, statement, signature, content, photo_key, sealed_size, width,
          height, dhash, judgement, tranches, payments, captured_at, received_at, village, pay_point, rupiah)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
          (SELECT min(p.village) FROM unnest($16::int[], $17::uuid[]) AS k(tranche, id) JOIN payments p ON p.tranche = k.tranche AND p.id = k.id),
          (SELECT d.pay_point FROM claims c JOIN devices d ON d.code = c.device WHERE c.id = $2),
          (SELECT sum(p.amount) FROM unnest($16::int[], $17::uuid[]) AS k(tranche, id) JOIN payments p ON p.tranche = k.tranche AND p.id = k.id))
        ON CONFLICT (capture) DO NOTHING";
    INSERT_FINDINGS = "INSERT INTO findings (capture, code, severity, evidence)
        SELECT $1, code, severity, evidence FROM unnest($2::text[], $3::text[], $4::jsonb[]) AS f(code, severity, evidence)";
    READ = "SELECT capture, claim, teller, content, judgement, tranches, payments, judged_at FROM proofs WHERE capture = ANY($1)";
    QUESTIONS = "SELECT capture, code FROM findings WHERE capture = ANY($1) AND severity <> 'info' ORDER BY capture, code";
    HAND_OVER = "INSERT INTO hand_overs (tranche, payment, n, capture, teller, believed)
        SELECT * FROM unnest($1::int[], $2::uuid[], $3::smallint[], $4::uuid[], $5::text[], $6::boolean[]) ON CONFLICT DO NOTHING
        RETURNING tranche, payment, n";
    HAND_OVERS = "SELECT h.tranche, h.payment, h.n, h.capture, h.teller, h.believed, h.at FROM hand_overs h
        JOIN unnest($1::int[], $2::uuid[]) AS k(tranche, payment) USING (tranche, payment) ORDER BY h.tranche, h.payment, h.n";
    OPEN_CASE = "INSERT INTO cases (id, kind, capture, tranche, payment, teller, other_capture, other_teller)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";
    CASES = "SELECT id, opened_at FROM cases WHERE id = ANY($1)";
    CHEQUES_OF = "SELECT c.tranche, c.payment, c.serial FROM cheques c JOIN unnest($1::int[], $2::uuid[]) AS k(tranche, payment) USING (tranche, payment)";
}

/// A capture to be judged.
#[derive(Debug, Clone)]
pub struct NewProof {
    /// The capture.
    pub capture: CaptureId,
    /// Its claim.
    pub claim: ClaimId,
    /// Device.
    pub device: String,
    /// Teller.
    pub teller: String,
    /// SHA-256 of the bytes fetched.
    pub sha256: [u8; 32],
    /// Size of the bytes fetched.
    pub size: i64,
    /// The statement as signed.
    pub statement: serde_json::Value,
    /// The signature.
    pub signature: String,
    /// Digest of what was captured.
    pub content: Vec<u8>,
    /// Wrapped key of the photo.
    pub photo_key: Option<Vec<u8>>,
    /// Size of the sealed object.
    pub sealed_size: Option<i64>,
    /// Width, height and perceptual hash of the picture.
    pub picture: Option<(i32, i32, i64)>,
    /// `accepted`, `questioned` or `refused`.
    pub judgement: &'static str,
    /// Payments of the visit.
    pub payments: Vec<Key>,
    /// Scan time.
    pub captured_at: Timestamp,
    /// When the server heard of it.
    pub received_at: Timestamp,
    /// Findings: code, severity, evidence.
    pub findings: Vec<(&'static str, &'static str, serde_json::Value)>,
}

/// A judged capture as remembered.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Proof {
    capture: Uuid,
    claim: Uuid,
    /// Teller.
    pub teller: String,
    /// Digest of what was captured.
    pub content: Vec<u8>,
    /// `accepted`, `questioned` or `refused`.
    pub judgement: String,
    tranches: Vec<i32>,
    payments: Vec<Uuid>,
    /// When.
    pub judged_at: Timestamp,
}

/// How a payment was handed over.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HandOver {
    tranche: i32,
    payment: Uuid,
    /// Its round.
    pub n: i16,
    capture: Uuid,
    /// By whom.
    pub teller: String,
    /// Whether its proof was accepted at once.
    pub believed: bool,
    /// When.
    pub at: Timestamp,
}

/// A case to open.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// `second_capture`, `ended_capture`, `photo_missing`, `capture_refused` or `capture_conflict`.
    pub kind: &'static str,
    /// The capture that caused it.
    pub capture: CaptureId,
    /// The payment, where there is one.
    pub payment: Option<Key>,
    /// The teller of the capture.
    pub teller: String,
    /// The capture that was first, and its teller.
    pub other: Option<(CaptureId, String)>,
}

impl Proof {
    /// The capture.
    pub fn capture(&self) -> CaptureId {
        CaptureId(self.capture)
    }
    /// Its claim.
    pub fn claim(&self) -> ClaimId {
        ClaimId(self.claim)
    }
    /// Payments of the visit.
    pub fn payments(&self) -> Vec<Key> {
        self.tranches.iter().zip(&self.payments).map(|(tranche, id)| (TrancheId(*tranche), PaymentId(*id))).collect()
    }
}

impl HandOver {
    /// Key of the payment.
    pub fn key(&self) -> Key {
        (TrancheId(self.tranche), PaymentId(self.payment))
    }
    /// The capture that did it.
    pub fn capture(&self) -> CaptureId {
        CaptureId(self.capture)
    }
}

impl NewProof {
    /// The proof, and what was found in it.
    fn evidence(&self, at: Timestamp) -> Vec<Row> {
        let tranches: Vec<i32> = self.payments.iter().map(|(tranche, _)| tranche.0).collect();
        let proof = Row::new("proofs", &tranches).id(self.capture.0).keyed().id(self.claim.0).text(&self.device).text(&self.teller);
        let proof = proof.bytes(&self.sha256).number(self.size).digest(&evidence::canonical(&self.statement)).text(&self.signature);
        let proof = proof.bytes(&self.content).text(self.judgement).list(&evidence::visit(&self.payments));
        let proof = proof.moment(self.captured_at).moment(self.received_at).moment(at);
        let finding = |(code, severity, found): &(&str, &str, serde_json::Value)| {
            let row = Row::new("findings", &tranches).id(self.capture.0).text(code).keyed();
            row.text(severity).digest(&evidence::canonical(found))
        };
        std::iter::once(proof).chain(self.findings.iter().map(finding)).collect()
    }
}

impl NewCase {
    /// Its id: a function of what happened.
    pub fn id(&self) -> Uuid {
        let payment = self.payment.map(|(tranche, id)| format!("{}/{id}", tranche.0)).unwrap_or_default();
        Uuid::new_v5(&self.capture.0, format!("{}\u{0}{payment}", self.kind).as_bytes())
    }
}

/// Object key of the sealed original. It is named after the photo's wrapped key too, so that an examination that runs twice cannot overwrite
/// what the first one's row relies on.
pub fn original_key(capture: CaptureId, photo_key: &[u8]) -> String {
    format!("proofs/{capture}/{}", attempt(photo_key))
}

/// Object key of the sealed thumbnail.
pub fn thumbnail_key(capture: CaptureId, photo_key: &[u8]) -> String {
    format!("thumbnails/{capture}/{}", attempt(photo_key))
}

/// Object key of the sealed view: made when somebody looks for the first time.
pub fn view_key(capture: CaptureId, photo_key: &[u8]) -> String {
    format!("views/{capture}/{}", attempt(photo_key))
}

/// Where all objects of a capture lie, those of examinations that ran twice and its upload too.
pub fn prefixes(capture: CaptureId) -> [String; 5] {
    let of = |folder: &str| format!("{folder}/{capture}/");
    [of("proofs"), of("thumbnails"), of("views"), incoming_key(capture), pieces::folder(capture)]
}

/// The objects that a proof names.
pub fn keys(capture: CaptureId, photo_key: &[u8]) -> [String; 3] {
    [original_key(capture, photo_key), thumbnail_key(capture, photo_key), view_key(capture, photo_key)]
}

fn attempt(photo_key: &[u8]) -> String {
    hex::encode(&Sha256::digest(photo_key)[..8])
}

/// Object key of an upload.
pub fn incoming_key(capture: CaptureId) -> String {
    format!("incoming/{capture}")
}

/// Claims the bytes of photos for their captures and says which capture, of which visit, had them first. Twins of another flight wait here.
pub async fn first_users(tx: &mut Tx, photos: &[([u8; 32], CaptureId, ClaimId)]) -> Result<HashMap<[u8; 32], (CaptureId, ClaimId)>, Error> {
    let failed = || Error::database("comparing photos");
    let digests: Vec<&[u8]> = photos.iter().map(|photo| photo.0.as_slice()).collect();
    let captures: Vec<Uuid> = photos.iter().map(|photo| photo.1.0).collect();
    let claims: Vec<Uuid> = photos.iter().map(|photo| photo.2.0).collect();
    sqlx::query(FIRST_USE).bind(&digests).bind(captures).bind(claims).execute(tx.connection()).await.map_err(failed())?;
    let rows: Vec<(Vec<u8>, Uuid, Uuid)> = sqlx::query_as(WHO_USED).bind(digests).fetch_all(tx.connection()).await.map_err(failed())?;
    rows.into_iter()
        .map(|(digest, capture, claim)| {
            let digest = digest.try_into().map_err(|_| Error::invariant("a photo digest has 32 bytes"))?;
            Ok((digest, (CaptureId(capture), ClaimId(claim))))
        })
        .collect()
}

/// Remembers a judged capture; false when it was judged before.
pub async fn insert(tx: &mut Tx, proof: &NewProof) -> Result<bool, Error> {
    let failed = || Error::database("remembering a proof");
    let (tranches, payments): (Vec<i32>, Vec<Uuid>) = proof.payments.iter().map(|(tranche, id)| (tranche.0, id.0)).unzip();
    let done = sqlx::query(INSERT)
        .bind(proof.capture.0)
        .bind(proof.claim.0)
        .bind(&proof.device)
        .bind(&proof.teller)
        .bind(proof.sha256.as_slice())
        .bind(proof.size)
        .bind(&proof.statement)
        .bind(&proof.signature)
        .bind(&proof.content)
        .bind(&proof.photo_key)
        .bind(proof.sealed_size)
        .bind(proof.picture.map(|picture| picture.0))
        .bind(proof.picture.map(|picture| picture.1))
        .bind(proof.picture.map(|picture| picture.2))
        .bind(proof.judgement)
        .bind(tranches)
        .bind(payments)
        .bind(proof.captured_at)
        .bind(proof.received_at)
        .execute(tx.connection())
        .await
        .map_err(failed())?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    for row in proof.evidence(tx.now) {
        tx.evidence(row);
    }
    sqlx::query(INSERT_FINDINGS)
        .bind(proof.capture.0)
        .bind(proof.findings.iter().map(|finding| finding.0).collect::<Vec<_>>())
        .bind(proof.findings.iter().map(|finding| finding.1).collect::<Vec<_>>())
        .bind(proof.findings.iter().map(|finding| finding.2.clone()).collect::<Vec<_>>())
        .execute(tx.connection())
        .await
        .map_err(failed())?;
    Ok(true)
}

/// Judged captures as remembered.
pub async fn read(tx: &mut Tx, captures: &[CaptureId]) -> Result<HashMap<CaptureId, Proof>, Error> {
    let ids: Vec<Uuid> = captures.iter().map(|capture| capture.0).collect();
    let rows: Vec<Proof> = sqlx::query_as(READ).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("reading proofs"))?;
    Ok(rows.into_iter().map(|proof| (proof.capture(), proof)).collect())
}

/// Judged captures as remembered, outside a transaction.
pub async fn judged(database: &Database, captures: &[CaptureId]) -> Result<HashMap<CaptureId, Proof>, Error> {
    let ids: Vec<Uuid> = captures.iter().map(|capture| capture.0).collect();
    let rows: Vec<Proof> = sqlx::query_as(READ).bind(ids).fetch_all(database.pool()).await.map_err(Error::database("reading proofs"))?;
    Ok(rows.into_iter().map(|proof| (proof.capture(), proof)).collect())
}

/// Codes that question or refuse each capture.
pub async fn questions(tx: &mut Tx, captures: &[CaptureId]) -> Result<HashMap<CaptureId, Vec<String>>, Error> {
    let ids: Vec<Uuid> = captures.iter().map(|capture| capture.0).collect();
    let rows: Vec<(Uuid, String)> =
        sqlx::query_as(QUESTIONS).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("reading findings"))?;
    let mut found: HashMap<CaptureId, Vec<String>> = HashMap::new();
    for (capture, code) in rows {
        found.entry(CaptureId(capture)).or_default().push(code);
    }
    Ok(found)
}

/// Serials of the cheques of payments.
pub async fn serials(database: &Database, payments: &[Key]) -> Result<HashMap<Key, Vec<String>>, Error> {
    let (tranches, ids): (Vec<i32>, Vec<Uuid>) = payments.iter().map(|(tranche, id)| (tranche.0, id.0)).unzip();
    let rows: Vec<(i32, Uuid, String)> =
        sqlx::query_as(CHEQUES_OF).bind(tranches).bind(ids).fetch_all(database.pool()).await.map_err(Error::database("reading serials"))?;
    let mut found: HashMap<Key, Vec<String>> = HashMap::new();
    for (tranche, payment, serial) in rows {
        found.entry((TrancheId(tranche), PaymentId(payment))).or_default().push(serial);
    }
    Ok(found)
}

/// A hand-over to remember.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in the table")]
pub struct NewHandOver<'a> {
    pub payment: Key,
    pub n: i16,
    pub capture: CaptureId,
    pub teller: &'a str,
    pub believed: bool,
}

/// Remembers hand-overs.
pub async fn hand_over(tx: &mut Tx, rows: &[NewHandOver<'_>]) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let inserted: HashSet<(i32, Uuid, i16)> = sqlx::query_as(HAND_OVER)
        .bind(rows.iter().map(|row| row.payment.0.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.payment.1.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.n).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.capture.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.teller).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.believed).collect::<Vec<_>>())
        .fetch_all(tx.connection())
        .await
        .map_err(Error::database("remembering hand-overs"))?
        .into_iter()
        .collect();
    for hand_over in rows {
        let (tranche, payment) = hand_over.payment;
        if inserted.contains(&(tranche.0, payment.0, hand_over.n)) {
            let row = Row::new("hand_overs", &[tranche.0]).number(tranche.0).id(payment.0).number(hand_over.n).keyed();
            tx.evidence(row.id(hand_over.capture.0).text(hand_over.teller).flag(hand_over.believed).moment(tx.now));
        }
    }
    Ok(())
}

/// How payments were handed over, round by round.
pub async fn hand_overs(tx: &mut Tx, payments: &[Key]) -> Result<HashMap<Key, Vec<HandOver>>, Error> {
    let (tranches, ids): (Vec<i32>, Vec<Uuid>) = payments.iter().map(|(tranche, id)| (tranche.0, id.0)).unzip();
    let rows: Vec<HandOver> = sqlx::query_as(HAND_OVERS)
        .bind(tranches)
        .bind(ids)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::database("reading hand-overs"))?;
    let mut found: HashMap<Key, Vec<HandOver>> = HashMap::new();
    for row in rows {
        found.entry(row.key()).or_default().push(row);
    }
    Ok(found)
}

/// Which of these cases were opened.
pub async fn known_cases(tx: &mut Tx, ids: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
    let rows: Vec<(Uuid, Timestamp)> =
        sqlx::query_as(CASES).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("reading cases"))?;
    Ok(rows.into_iter().map(|(id, _)| id).collect())
}

/// Opens cases that do not exist; returns when each was opened.
pub async fn open_cases(tx: &mut Tx, cases: &[NewCase]) -> Result<HashMap<Uuid, Timestamp>, Error> {
    let failed = || Error::database("opening cases");
    for case in cases {
        let done = sqlx::query(OPEN_CASE)
            .bind(case.id())
            .bind(case.kind)
            .bind(case.capture.0)
            .bind(case.payment.map(|payment| payment.0.0))
            .bind(case.payment.map(|payment| payment.1.0))
            .bind(&case.teller)
            .bind(case.other.as_ref().map(|other| other.0.0))
            .bind(case.other.as_ref().map(|other| other.1.as_str()))
            .execute(tx.connection())
            .await
            .map_err(failed())?;
        if done.rows_affected() > 0 {
            tx.wrote("cases");
        }
    }
    let ids: Vec<Uuid> = cases.iter().map(NewCase::id).collect();
    let rows: Vec<(Uuid, Timestamp)> = sqlx::query_as(CASES).bind(ids).fetch_all(tx.connection()).await.map_err(failed())?;
    Ok(rows.into_iter().collect())
}
