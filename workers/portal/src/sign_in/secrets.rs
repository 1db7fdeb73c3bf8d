//! What a person shows at a browser: a password, and the digits of an authenticator.
//!
//! Passwords are kept as Argon2id (RFC 9106) with OWASP's least cost, 19 MiB and two passes: about a thirtieth of a second, [`AT_ONCE`] at a time, away from
//! the async threads. Digits follow RFC 6238: six of them, SHA-1, 30 s, one step early or late; a step is good once. The authenticator's secret is sealed under
//! `keys.sign_in` and bound to its person.

use argon2::{
    Argon2, PasswordHash, PasswordHasher, PasswordVerifier,
    password_hash::{Salt, SaltString},
};
use salur_domain::vault::DataKey;
use totp_rs::{Algorithm, TOTP};

use crate::{access::random, refusal::Refusal};

/// Passwords looked at in one moment: each takes 19 MiB and a core.
pub const AT_ONCE: usize = 2;
/// Shortest and longest password, in characters.
pub const PASSWORD: std::ops::RangeInclusive<usize> = 12..=128;
/// Bytes of an authenticator's secret: 160 bits, as RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;
const DIGITS: usize = 6;
const STEP_S: u64 = 30;
const ISSUER: &str = "salur";
/// Of no password: who is not known costs the same time as who is.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdXItbm9ib2R5$qqOJlYI2Qy5dBpsSrJwK8RpHNBpZLTBNxlbHDRL3yfE";

/// The hash of a new password.
pub async fn hash(password: String) -> Result<String, Refusal> {
    let salt = SaltString::encode_b64(&random::<{ Salt::RECOMMENDED_LENGTH }>()?).expect("sixteen bytes are a salt");
    aside(move || Argon2::default().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string()).ok())
        .await?
        .ok_or_else(|| Refusal::busy("the server cannot keep a password right now; send the same request again"))
}

/// Whether a password is the one of a hash; nobody's where there is none.
pub async fn is_password(password: String, hash: Option<String>) -> Result<bool, Refusal> {
    aside(move || {
        let text = hash.as_deref().unwrap_or(NOBODY);
        let fits = PasswordHash::new(text).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        fits && hash.is_some()
    })
    .await
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Refusal::busy("the server cannot look at passwords right now; send the same request again"))
}

/// The secret that an authenticator shares with us.
pub struct Authenticator(TOTP);

impl Authenticator {
    /// A fresh one.
    pub fn new(person: &str) -> Result<Self, Refusal> {
        Ok(Self::of(random::<SECRET_BYTES>()?.to_vec(), person))
    }

    /// One that was sealed for this person.
    pub fn open(key: &DataKey, person: &str, sealed: &[u8]) -> Option<Self> {
        key.open(&context(person), sealed).ok().map(|secret| Self::of(secret, person))
    }

    /// Sealed, to be kept.
    pub fn sealed(&self, key: &DataKey, person: &str) -> Vec<u8> {
        key.seal(&context(person), &self.0.secret)
    }

    fn of(secret: Vec<u8>, person: &str) -> Self {
        // the checks of `new` are about lengths that are constants here
        Self(TOTP::new_unchecked(Algorithm::SHA1, DIGITS, 1, STEP_S, secret, Some(ISSUER.into()), person.to_owned()))
    }

    /// The secret as an application takes it in, by hand or by picture.
    pub fn text(&self) -> String {
        self.0.get_secret_base32()
    }

    /// The same with all that an application asks for.
    pub fn address(&self) -> String {
        self.0.get_url()
    }

    /// The step of these digits, where they are right now and of a later step than the last ones used.
    pub fn step_of(&self, digits: &str, now_s: u64, last: i64) -> Option<i64> {
        let now = now_s / STEP_S;
        let digits: String = digits.chars().filter(|letter| !letter.is_whitespace()).collect();
        (now.saturating_sub(1)..=now + 1).find_map(|step| {
            let step_i64 = i64::try_from(step).ok()?;
            (step_i64 > last && self.0.generate(step * STEP_S) == digits).then_some(step_i64)
        })
    }
}

fn context(person: &str) -> Vec<u8> {
    [b"authenticator\0".as_slice(), person.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Appendix B of RFC 6238, the last six of its eight digits.
    #[test]
    fn digits_are_those_of_the_rfc() {
        let secret = Authenticator::of(b"12345678901234567890".to_vec(), "rina.wati");
        for (at, digits) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")] {
            let step = i64::try_from(at / STEP_S).expect("small");
            assert_eq!(secret.step_of(digits, at, 0), Some(step), "{at}");
            assert_eq!(secret.step_of(digits, at + STEP_S, 0), Some(step), "a slow clock");
            assert_eq!(secret.step_of(digits, at + 2 * STEP_S, 0), None, "too old");
            assert_eq!(secret.step_of(digits, at, step), None, "digits are good once");
        }
        assert_eq!(secret.step_of("28 70 82", 59, 0), Some(1), "as an application shows them");
        assert_eq!(secret.address(), "otpauth://totp/salur:rina.wati?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=salur");
    }

    #[test]
    fn a_secret_opens_for_its_person_alone() {
        let key = DataKey::new([7; 32]);
        let sealed = Authenticator::of(vec![1; SECRET_BYTES], "rina.wati").sealed(&key, "rina.wati");
        assert!(Authenticator::open(&key, "rina.wati", &sealed).is_some());
        assert!(Authenticator::open(&key, "agus.salim", &sealed).is_none());
    }

    #[tokio::test]
    async fn a_password_fits_its_hash_alone_and_nobody_has_none() {
        let kept = hash("kuda-lumping-1902".into()).await.expect("hashed");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is_password("kuda-lumping-1902".into(), Some(kept.clone())).await.expect("looked at"));
        assert!(!is_password("kuda-lumping-1903".into(), Some(kept)).await.expect("looked at"));
        assert!(!is_password(String::new(), None).await.expect("looked at"));
        assert!(PasswordHash::new(NOBODY).is_ok(), "it costs what a hash costs");
    }
}
