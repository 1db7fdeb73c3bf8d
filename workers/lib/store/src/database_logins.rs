//! Logins of auditors at the database itself: a role of PostgreSQL each, with the masked views of one region and nothing else (migration 0047).
//!
//! Of a password only its verifier goes to the database (SCRAM-SHA-256, RFC 5802 and 7677): statements stand in logs. Bounds: [`DAYS_MAX`] days, and then it
//! opens nothing.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::{Error, Timestamp, Tx, sql};

sql! {
    IS_THERE = "SELECT EXISTS (SELECT FROM database_logins WHERE login = $1) OR EXISTS (SELECT FROM pg_roles WHERE rolname = $1)";
    IS_LIVE = "SELECT EXISTS (SELECT FROM database_logins WHERE login = $1 AND ended_at IS NULL)";
    GIVE = "SELECT give_database_access($1, $2, $3, $4)";
    END = "SELECT end_database_access($1)";
}

/// Longest time that a login is good for: an audit's.
pub const DAYS_MAX: u16 = 90;
/// What every such login begins with.
pub const PREFIX: &str = "salur_audit_";
/// Longest name behind it: PostgreSQL takes 63 bytes.
const NAME_MAX: usize = 32;
/// As PostgreSQL's own, and the least that RFC 7677 allows.
const ITERATIONS: u32 = 4_096;

/// The login of a name: 2 to 32 lower-case letters, digits and underscores, a letter first.
///
/// ```
/// assert_eq!(salur_store::database_logins::login("bpk_2026").as_deref(), Some("salur_audit_bpk_2026"));
/// assert_eq!(salur_store::database_logins::login("BPK; DROP ROLE salur"), None);
/// ```
pub fn login(name: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let fits = (2..=NAME_MAX).contains(&name.len()) && name.as_bytes()[0].is_ascii_lowercase() && name.bytes().all(plain);
    // the role that owns the views
    (fits && name != "views").then(|| format!("{PREFIX}{name}"))
}

/// Whether there is, or was, such a login, or another role of this name.
pub async fn is_there(tx: &mut Tx, login: &str) -> Result<bool, Error> {
    sqlx::query_scalar(IS_THERE).bind(login).fetch_one(tx.connection()).await.map_err(Error::database("looking a login up"))
}

/// Whether there is such a login to end.
pub async fn is_live(tx: &mut Tx, login: &str) -> Result<bool, Error> {
    sqlx::query_scalar(IS_LIVE).bind(login).fetch_one(tx.connection()).await.map_err(Error::database("looking a login up"))
}

/// Makes a login of a region (empty: the country); until when it is good.
pub async fn give(tx: &mut Tx, login: &str, region: &str, verifier: &str, days: u16) -> Result<Timestamp, Error> {
    let given = sqlx::query_scalar(GIVE).bind(login).bind(region).bind(verifier).bind(i32::from(days));
    given.fetch_one(tx.connection()).await.map_err(Error::database("making a login"))
}

/// Ends a login; its sessions are closed at once, whatever becomes of the transaction.
pub async fn end(tx: &mut Tx, login: &str) -> Result<(), Error> {
    sqlx::query(END).bind(login).execute(tx.connection()).await.map(drop).map_err(Error::database("ending a login"))
}

/// What PostgreSQL keeps of a password of ASCII.
///
/// ```
/// // RFC 7677, section 3: the keys of "pencil" under its salt make the exchange that stands there
/// let salt = [0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81];
/// let verifier = salur_store::database_logins::verifier("pencil", &salt);
/// assert!(verifier.starts_with("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"));
/// ```
pub fn verifier(password: &str, salt: &[u8; 16]) -> String {
    let salted = salted(password.as_bytes(), salt);
    let stored = Sha256::digest(keyed(&salted, &[b"Client Key"]));
    let server = keyed(&salted, &[b"Server Key"]);
    format!("SCRAM-SHA-256${ITERATIONS}:{}${}:{}", STANDARD.encode(salt), STANDARD.encode(stored), STANDARD.encode(server))
}

/// `Hi` of RFC 5802: PBKDF2 of one block.
fn salted(password: &[u8], salt: &[u8]) -> [u8; 32] {
    let mut block = keyed(password, &[salt, &1_u32.to_be_bytes()]);
    let mut sum = block;
    for _ in 1..ITERATIONS {
        block = keyed(password, &[&block]);
        sum.iter_mut().zip(block).for_each(|(sum, byte)| *sum ^= byte);
    }
    sum
}

fn keyed(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_a_password_are_those_of_the_standard() {
        // RFC 7677, section 3: client proof and server signature over its messages
        let salt: [u8; 16] = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").expect("base 64").try_into().expect("16 bytes");
        let messages = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
            c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let verifier = verifier("pencil", &salt);
        let (stored, server) = verifier.rsplit_once('$').and_then(|(_, keys)| keys.split_once(':')).expect("two keys");
        let [stored, server] = [stored, server].map(|key| STANDARD.decode(key).expect("base 64"));
        assert_eq!(STANDARD.encode(keyed(&server, &[messages.as_bytes()])), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        let proof = STANDARD.decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").expect("base 64");
        let signature = keyed(&stored, &[messages.as_bytes()]);
        let client: Vec<u8> = proof.iter().zip(signature).map(|(a, b)| a ^ b).collect();
        assert_eq!(Sha256::digest(client).to_vec(), stored, "the proof opens with it");
    }

    #[test]
    fn a_login_is_plain_and_never_the_owner_of_the_views() {
        assert!(login("bpk").is_some());
        for wrong in ["", "a", "views", "Bpk", "2b", "a-b", "a b", "a\"b", &"a".repeat(33)] {
            assert_eq!(login(wrong), None, "{wrong}");
        }
    }
}
