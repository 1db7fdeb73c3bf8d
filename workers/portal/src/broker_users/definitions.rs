//! What the broker is told of an upstream system: a definitions document of RabbitMQ 3.10 or later
//! (<https://www.rabbitmq.com/docs/definitions>), with the password as a salted digest (<https://www.rabbitmq.com/docs/passwords>).
//!
//! The user configures nothing, writes the exchange of facts under keys of its own, reads its own outcome queue. Binding a queue takes the right to
//! write to it, so it cannot listen anywhere else. Bounds: [`CONNECTIONS`] and [`CHANNELS`] at once.

use base64::Engine;
use salur_runtime::topology;
use salur_schemas::Route;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::SALT_BYTES;

/// Connections of one source at once: a few processes of its own, and one that was not closed.
const CONNECTIONS: u16 = 16;
/// Channels of one source at once.
const CHANNELS: u16 = 64;
/// Matches no name.
const NOTHING: &str = "^$";

/// A user to be.
pub struct User<'a> {
    /// Whose it is.
    pub source: &'a str,
    /// Where.
    pub vhost: &'a str,
    /// Its password.
    pub password: &'a str,
    /// What its digest is salted with.
    pub salt: [u8; SALT_BYTES],
}

/// Never a name of salur's own users, whatever a source is called.
pub fn user_name(source: &str) -> String {
    format!("upstream-{source}")
}

/// An AMQP address.
pub fn url(address: &str, user: &str, password: &str, vhost: &str) -> String {
    let (scheme, host) = address.split_once("://").expect("addresses are checked before");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let vhost: String = vhost.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
    format!("{scheme}://{user}:{password}@{host}/{vhost}")
}

/// The document.
pub fn document(user: &User<'_>) -> Value {
    let name = user_name(user.source);
    let exact = |name: &str| format!("^{}$", escaped(name));
    json!({
        "users": [{
            "name": name,
            "password_hash": password_hash(user),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": "",
            "limits": { "max-connections": CONNECTIONS, "max-channels": CHANNELS },
        }],
        "permissions": [{
            "user": name,
            "vhost": user.vhost,
            "configure": NOTHING,
            "write": exact(topology::FACTS),
            "read": exact(&topology::outcomes(user.source)),
        }],
        "topic_permissions": [{
            "user": name,
            "vhost": user.vhost,
            "exchange": topology::FACTS,
            "write": format!("^({})\\.{}$", upstream_types().join("|"), escaped(user.source)),
            "read": NOTHING,
        }],
    })
}

/// Types that an upstream system may say, as parts of a pattern.
fn upstream_types() -> Vec<String> {
    salur_schemas::ALL.iter().filter(|kind| kind.route == Route::Upstream).map(|kind| escaped(kind.name)).collect()
}

/// A name in a pattern: of what stands in our names only the full stop means something there.
fn escaped(name: &str) -> String {
    name.replace('.', "\\.")
}

fn password_hash(user: &User<'_>) -> String {
    let digest = Sha256::new().chain_update(user.salt).chain_update(user.password).finalize();
    base64::engine::general_purpose::STANDARD.encode([&user.salt[..], &digest[..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_one_of_the_brokers_own_documentation() {
        // https://www.rabbitmq.com/docs/passwords#computing-password-hash
        let user = User { source: "x", vhost: "/", password: "test12", salt: [0x90, 0x8D, 0xC6, 0x0A] };
        assert_eq!(password_hash(&user), "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR");
    }

    #[test]
    fn a_user_speaks_for_its_source_alone() {
        let document = document(&User { source: "dinsos-1", vhost: "/", password: "secret", salt: [0; SALT_BYTES] });
        assert_eq!(
            document["topic_permissions"][0]["write"],
            r"^(batches\.declared|recipients\.submitted|recipients\.withdrawn|recipients\.replaced)\.dinsos-1$"
        );
        assert_eq!(document["permissions"][0]["read"], r"^salur\.outcomes\.dinsos-1$");
        assert!(!document.to_string().contains("secret"));
    }

    #[test]
    fn an_address_names_its_virtual_host_safely() {
        assert_eq!(url("amqps://b:5671", "u", "p", "/"), "amqps://u:p@b:5671/%2F");
        assert_eq!(url("amqp://b", "u", "p", "bst"), "amqp://u:p@b/bst");
    }
}
