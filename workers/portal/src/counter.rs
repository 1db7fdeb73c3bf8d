//! The doors of the counter: claim a cheque before cash moves, ask where to upload the photo, say what was captured.
//!
//! A claim is a lease and the portal's own; a capture is a fact that photo-ingest judges. So these doors refuse only what can never become good
//! (forged, unknown, another device's, no photo at all): once the cash has left the drawer, a doubtful capture must get in and be judged. A claim,
//! before which
//! no cash moves, is refused too where people paused what it is about. A photo goes to the store in one PUT, or through the portal in pieces ([`uploads`]).
//! Answers may be asked for again under the same ids. A claim may name who receives for the recipient ([`proxy`]). No name, no NIK, no token in log
//! lines: they carry ids.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    middleware::map_response,
    routing::{get, head, post},
};
use chrono::{DateTime, Utc};
use salur_domain::{
    CaptureId, ClaimId, PaymentId, Rupiah, TrancheId, pause,
    token::{self, ChequeClaims},
};
use salur_store::{
    claims::{self, Answer, Claim, Covered},
    master,
};
use serde::{Deserialize, Serialize};

use crate::{Portal, refusal::Refusal, signed::Signed};

mod captures;
pub(crate) mod proxy;
mod uploads;

pub(crate) use uploads::UPLOADS;
pub use uploads::{ASSEMBLING_MAX, PIECE_TIMEOUT};

/// The doors.
pub fn routes() -> Router<Portal> {
    let uploads = Router::new()
        .route("/api/captures/uploads", post(uploads::begin))
        .route("/api/captures/uploads/{capture}", head(uploads::reached).patch(uploads::append).delete(uploads::give_up));
    Router::new()
        .merge(uploads.layer(map_response(uploads::with_limits)))
        .route("/api/time", get(time))
        .route("/api/claims", post(claim))
        .route("/api/captures/upload-url", post(captures::upload_url))
        .route("/api/captures/upload-urls", post(captures::upload_urls))
        .route("/api/captures", post(captures::captured))
}

/// Answer of `GET /api/time`: for a device to learn how far its clock is off.
#[derive(Debug, Serialize)]
struct Time {
    now: DateTime<Utc>,
}

/// Body of `POST /api/claims`.
///
/// Prints nothing: a proxy has a name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimRequest {
    claim: ClaimId,
    token: String,
    teller: String,
    /// Who receives for the recipient, where somebody does.
    proxy: Option<proxy::Asked>,
}

/// Answer of `POST /api/claims`: hand over exactly this.
#[derive(Debug, Serialize)]
struct Granted {
    claim: ClaimId,
    claimed_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    payments: Vec<Payable>,
    total: Rupiah,
}

#[derive(Debug, Serialize)]
struct Payable {
    tranche: TrancheId,
    payment: PaymentId,
    amount: Rupiah,
}

async fn time() -> Json<Time> {
    Json(Time { now: Utc::now() })
}

async fn claim(State(portal): State<Portal>, Signed { device, body }: Signed<ClaimRequest>) -> Result<Json<Granted>, Refusal> {
    let (cheque, of) = check_token(&portal, &body.token).await?;
    let known = master::tellers(portal.database(), Some(std::slice::from_ref(&body.teller))).await?;
    if known.is_empty() {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "teller", "this teller is not registered; sign in again"));
    }
    let proxy = body.proxy.as_ref().map(|asked| proxy::named(&portal, body.claim, asked)).transpose()?;
    let mut tx = portal.database().begin_portal().await?;
    let issued = claims::cheque(&mut tx, &cheque.serial.to_string()).await?.filter(|issued| {
        of.is_none_or(|of| of == issued.key().0) && issued.key().1 == cheque.payment && u16::try_from(issued.version) == Ok(cheque.version)
    });
    let Some(issued) = issued else {
        return Err(bad_token("this cheque was not issued here; pay nothing and tell the supervisor"));
    };
    if issued.is_replaced {
        return Err(bad_token("this cheque was replaced by a newer one; pay nothing, and ask for the newer one"));
    }
    let answer = claims::claim(&mut tx, body.claim, &issued, (&device.code, &body.teller), proxy.as_ref()).await?;
    if let Answer::Granted(..) = answer {
        tx.commit().await?; // else the lease that was tried goes back
    }
    tracing::info!(claim = %body.claim, device = device.code, answer = word(&answer), has_proxy = proxy.is_some(), "claim");
    answer_to(answer)
}

fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Granted(..) => "granted",
        Answer::Taken { .. } => "taken",
        Answer::Paused(_) => "paused",
        Answer::Barred(barred) => proxy::word(*barred),
        Answer::Differs => "claim",
        Answer::NothingOpen { .. } => "nothing_open",
    }
}

fn answer_to(answer: Answer) -> Result<Json<Granted>, Refusal> {
    match answer {
        Answer::Granted(claim, covered) => granted(&claim, covered),
        Answer::Taken { device, expires_at, is_packed } => {
            let (code, message) = if is_packed {
                ("packed", "another device has this family in its pack and may pay it without a network; pay nothing until the pack ends")
            } else {
                ("taken", "another counter is paying this family; pay nothing, and try again when its claim is over")
            };
            Err(Refusal::new(StatusCode::CONFLICT, code, message).with("device", device).with("expires_at", expires_at))
        }
        Answer::Paused(kind) => Err(Refusal::new(StatusCode::LOCKED, "paused", paused(kind)).with("kind", kind)),
        Answer::Barred(barred) => Err(proxy::barred(barred)),
        Answer::Differs => {
            let message = "this claim was made already, for another proxy or for none; make a new claim";
            Err(Refusal::new(StatusCode::CONFLICT, "claim", message))
        }
        Answer::NothingOpen { status, handed_over } => {
            let (at, teller) = handed_over.unzip();
            let message = "nothing is open on this cheque: it was paid, its window is closed or not open yet; pay nothing";
            let refusal = Refusal::new(StatusCode::GONE, "nothing_open", message);
            Err(refusal.with("payment_status", status).with("handed_over_at", at).with("teller", teller))
        }
    }
}

/// What a teller reads out, in both languages.
const fn paused(kind: pause::Kind) -> &'static str {
    match kind {
        pause::Kind::Tranche => {
            "Pembayaran tahap ini dihentikan sementara; jangan bayar. / Payments of this tranche are paused; pay nothing."
        }
        pause::Kind::Regency => {
            "Pembayaran untuk kabupaten atau kota keluarga ini dihentikan sementara; jangan bayar. / Payments of this family's regency are paused; pay nothing."
        }
        pause::Kind::PayPoint => {
            "Titik bayar ini dihentikan sementara; jangan bayar. / This pay point is paused; pay nothing, the family may go to another."
        }
        pause::Kind::Teller => "Juru bayar ini dihentikan sementara; jangan bayar. / This teller is paused; pay nothing.",
        pause::Kind::Stage => "Pembayaran dihentikan sementara; jangan bayar. / Payments are paused; pay nothing.",
    }
}

fn granted(claim: &Claim, covered: Vec<Covered>) -> Result<Json<Granted>, Refusal> {
    let total = Rupiah::sum(covered.iter().map(|covered| covered.amount))
        .map_err(|error| salur_store::Error::invariant(format!("the total of a claim: {error}")))?;
    let payments =
        covered.into_iter().map(|Covered { payment: (tranche, payment), amount }| Payable { tranche, payment, amount }).collect();
    Ok(Json(Granted { claim: claim.id(), claimed_at: claim.claimed_at, expires_at: claim.expires_at, payments, total }))
}

/// The claims of a cheque that we signed, and the tranche whose key did.
async fn check_token(portal: &Portal, text: &str) -> Result<(ChequeClaims, Option<TrancheId>), Refusal> {
    let wrong = |error: token::Error| bad_token(format!("this is not a valid cheque ({error}); pay nothing and tell the supervisor"));
    let kid = token::kid(text).map_err(wrong)?;
    let found = portal.ring().find(portal.database(), &kid).await?;
    let claims = token::verify(text, |_| found.map(|found| found.key)).map_err(wrong)?;
    Ok((claims, found.and_then(|found| found.tranche)))
}

fn bad_token(message: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "token", message)
}

/// A claim, if it is this device's.
async fn own_claim(portal: &Portal, id: ClaimId, device: &str) -> Result<Claim, Refusal> {
    let Some(claim) = claims::read(portal.database(), &[id]).await?.pop() else {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "claim", "this claim does not exist; claim the cheque first"));
    };
    if claim.device != device {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "claim", "this claim belongs to another device; send it from there"));
    }
    Ok(claim)
}

/// The capture's own words about its photo.
fn check_photo(sha256: &str, size: u64) -> Result<(), Refusal> {
    let hexadecimal = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hexadecimal {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "sha256", "sha256 is the photo's SHA-256 as 64 hexadecimal digits"));
    }
    let most = salur_store::blobs::MAX_OBJECT.unsigned_abs();
    if !(1..=most).contains(&size) {
        return Err(Refusal::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "size",
            "a photo has 1 byte to 16 MiB; take it again at a lower resolution",
        ));
    }
    Ok(())
}

/// Kept here so that both doors of a capture name it in the same way.
#[derive(Debug, Serialize)]
struct Heard {
    capture: CaptureId,
}
