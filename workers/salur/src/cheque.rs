//! `salur cheque inspect|verify|keys|revoked|rotate-key|replace`: what a cheque says, what it is worth, what devices check it with, and another in its place.
//!
//! `verify` answers as a device without a network does ([`salur_domain::verdict`]): with the keys and the list of files, else with those of the
//! portal. Whoever is
//! signed in and may see payments is also told the story of one that is not good (`--story`). A cheque comes as text or as a picture, PNG or JPEG, of
//! one or more.

mod picture;

use std::{fs, path::PathBuf, process::ExitCode};

use chrono::{DateTime, Utc};
use clap::{Args as ClapArgs, Subcommand};
use reqwest::Method;
use salur_domain::{
    cheque_keys::{KeySet, Purpose},
    revocations::Revocations,
    token::{self, ChequeClaims},
    verdict::{Verdict, judge},
};
use serde_json::{Value, json};

use crate::{
    api::{Api, Session},
    cli::Outcome,
    deciding::{Asked, How, decide},
};

const KEYS: &str = "/.well-known/salur/cheque-keys";
const REPLACEMENTS: &str = "/api/cheques/replacements";
const REVOKED: &str = "/.well-known/salur/cheque-revocations";

/// What a cheque says and is worth, and what devices check it with.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
    /// The portal; default: where one is signed in.
    #[arg(long, global = true)]
    server: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what stands in a cheque; nothing of it is checked.
    Inspect(Which),
    /// Say what a cheque is worth; fails where it is not good.
    Verify {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Public keys, as `salur cheque keys` wrote them; default: the portal's.
        #[arg(long)]
        keys: Option<PathBuf>,
        /// Revoked cheques, as `salur cheque revoked` wrote them; default: the portal's, and none where keys come from a file.
        #[arg(long)]
        revoked: Option<PathBuf>,
        /// The moment, RFC 3339; default: now.
        #[arg(long)]
        at: Option<DateTime<Utc>>,
        /// Code of the pay point where it is shown.
        #[arg(long)]
        pay_point: Option<String>,
        /// Tell what happened to its payment, where one is signed in and may see it.
        #[arg(long)]
        story: bool,
    },
    /// Public keys of cheques, as a file for devices.
    Keys {
        /// File to write; default: print them.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// The signed list of revoked cheques, as a file for devices.
    Revoked {
        /// File to write; default: print how many.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Have a cheque replaced that the family does not have any more, or cannot use; two people must say so on the same ground.
    Replace {
        /// Serial of the cheque.
        serial: String,
        /// lost, stolen, damaged, wrong-hands or misprinted.
        #[arg(long)]
        loss: String,
        /// The paper behind it: the report to the police, the letter of the village.
        #[arg(long)]
        document: String,
        #[command(flatten)]
        how: How,
    },
    /// Have a tranche sign its cheques with another key from now on.
    RotateKey {
        /// Code of the tranche.
        #[arg(long)]
        tranche: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// A cheque.
#[derive(Debug, ClapArgs)]
struct Which {
    /// The text of its code: `SLR1:..`.
    #[arg(required_unless_present = "picture", conflicts_with = "picture", allow_hyphen_values = true)]
    text: Option<String>,
    /// A picture of one or more, PNG or JPEG.
    #[arg(long)]
    picture: Option<PathBuf>,
}

impl Which {
    fn texts(self) -> Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>> {
        match (self.text, self.picture) {
            (Some(text), _) => Ok(vec![text]),
            (None, Some(path)) => Ok(picture::codes(&fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?)?),
            (None, None) => Err("give the text of a cheque, or its picture".into()),
        }
    }
}

/// Runs it.
pub async fn run(args: Args) -> Outcome {
    let Args { command, json: is_json, server } = args;
    match command {
        Command::Inspect(which) => inspect(which, is_json),
        Command::Verify { which, keys, revoked, at, pay_point, story } => {
            let means = means(server.as_deref(), keys, revoked).await?;
            verify(which, &means, at.unwrap_or_else(Utc::now), pay_point.as_deref(), story, is_json).await
        }
        Command::Keys { out } => {
            let bytes = portal(server.as_deref())?.bytes(KEYS).await?;
            let keys = KeySet::from_cbor(&bytes)?;
            if let Some(out) = out {
                fs::write(&out, &bytes).map_err(|error| format!("{}: {error}", out.display()))?;
            }
            list(&keys, is_json);
            Ok(ExitCode::SUCCESS)
        }
        Command::Revoked { out } => {
            let api = portal(server.as_deref())?;
            let (keys, bytes) = (KeySet::from_cbor(&api.bytes(KEYS).await?)?, api.bytes(REVOKED).await?);
            let list = opened(&keys, &bytes)?;
            if let Some(out) = out {
                fs::write(&out, &bytes).map_err(|error| format!("{}: {error}", out.display()))?;
            }
            let told = json!({ "made_at": list.made_at, "revoked": list.len(), "bytes": bytes.len() });
            println!(
                "{}",
                if is_json { told.to_string() } else { format!("{} revoked, {} bytes, of {}", list.len(), bytes.len(), list.made_at) }
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Replace { serial, loss, document, how } => {
            let body = json!({ "request": how.request, "serial": serial, "loss": loss.replace('-', "_"), "document": document });
            let comes_to = "replaced: the cheque before is worth nothing, and the next one is drawn";
            let asked = Asked { doors: vec![REPLACEMENTS.into()], effects: REPLACEMENTS, body, comes_to, words: why_not_replaced };
            decide(&Api::signed_in()?, &asked, how.dry_run, is_json).await
        }
        Command::RotateKey { tranche, reason } => {
            let body = json!({ "tranche": tranche, "reason": reason });
            let told = Api::signed_in()?.call(Method::POST, "/api/cheque-keys/rotations", Some(&body)).await?;
            println!(
                "{}",
                if is_json {
                    told.to_string()
                } else {
                    format!("asked; cheques of {tranche} are signed with the next key once a worker heard it")
                }
            );
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What cheques are checked with.
struct Means {
    keys: KeySet,
    revoked: Option<Revocations>,
}

async fn means(
    server: Option<&str>,
    keys: Option<PathBuf>,
    revoked: Option<PathBuf>,
) -> Result<Means, Box<dyn std::error::Error + Send + Sync>> {
    let read = |path: &PathBuf| fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let is_offline = keys.is_some();
    let keys = match keys {
        Some(path) => KeySet::from_cbor(&read(&path)?)?,
        None => KeySet::from_cbor(&portal(server)?.bytes(KEYS).await?)?,
    };
    let list = match revoked {
        Some(path) => Some(read(&path)?),
        None if is_offline => None,
        None => Some(portal(server)?.bytes(REVOKED).await?),
    };
    let revoked = list.map(|bytes| opened(&keys, &bytes)).transpose()?;
    Ok(Means { keys, revoked })
}

/// A list that was signed by the key for lists, and by no other.
fn opened(keys: &KeySet, bytes: &[u8]) -> Result<Revocations, salur_domain::revocations::Error> {
    Revocations::verify(bytes, |kid| keys.find(kid).filter(|known| known.purpose == Purpose::Lists).map(|known| known.key))
}

fn portal(server: Option<&str>) -> Result<Api, crate::api::Error> {
    match server {
        Some(server) => Api::at(server),
        None => Api::at(&Session::load()?.server),
    }
}

fn inspect(which: Which, is_json: bool) -> Outcome {
    for text in which.texts()? {
        let (kid, claims) = token::unchecked(&text)?;
        let told = told_claims(&claims);
        if is_json {
            println!("{}", json!({ "key": hex::encode(&kid), "claims": told, "checked": false }));
        } else {
            println!("key {}, nothing checked\n{}", hex::encode(&kid), lines(&claims));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Said of a cheque whose payment was handed over.
const USED: &str = "its money was handed over; pay nothing, and read what happened";

async fn verify(which: Which, means: &Means, at: DateTime<Utc>, pay_point: Option<&str>, story: bool, is_json: bool) -> Outcome {
    let mut all_good = true;
    for text in which.texts()? {
        let (claims, verdict) = judge(&text, &means.keys, means.revoked.as_ref(), at, pay_point);
        let happened = match &claims {
            Some(claims) if story => Some(happened(claims).await?),
            _ => None,
        };
        // only the network knows it: no list of revoked cheques names those that were used
        let is_used = happened.as_ref().is_some_and(|told| matches!(told["status"].as_str(), Some("paid" | "in_question")));
        all_good &= verdict == Verdict::Good && !is_used;
        let (verdict, words) = if is_used { ("used", USED.to_owned()) } else { (verdict.as_str(), words(&verdict)) };
        if is_json {
            println!("{}", json!({ "verdict": verdict, "words": words, "claims": claims.as_ref().map(told_claims), "story": happened }));
            continue;
        }
        println!("{verdict}: {words}");
        if let Some(claims) = &claims {
            println!("{}", lines(claims));
        }
        for event in happened.iter().flat_map(|told| told["events"].as_array().into_iter().flatten()) {
            println!("  {} {}", event["at"].as_str().unwrap_or_default(), event["event"].as_str().unwrap_or_default());
        }
    }
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the portal remembers of a cheque's payment.
async fn happened(claims: &ChequeClaims) -> Result<Value, crate::api::Error> {
    Api::signed_in()?.get::<&str>(&format!("/api/payments/{}", claims.payment), &[]).await
}

fn why_not_replaced(reason: &str) -> &'static str {
    match reason {
        "replaced" => "a newer cheque stands in its place already",
        "handed_over" => "its money was handed over",
        "ended" => "its payment was returned or cancelled",
        "signed" => "you said so already; another person must",
        _ => "nobody knows this cheque",
    }
}

/// What to do about it.
fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::NotAToken(why) => format!("this is no cheque ({why}); pay nothing"),
        Verdict::UnknownKey => "signed by a key that is not in the set; fetch the keys again, and pay nothing until it is known".into(),
        Verdict::Altered => {
            "changed after it was signed, or signed by nobody who may; pay nothing, keep the paper, tell the supervisor".into()
        }
        Verdict::WrongKey => "well signed, by a key of another tranche or purpose; pay nothing, and tell the supervisor".into(),
        Verdict::Revoked => "replaced, withdrawn or returned; pay nothing, and ask online what became of it".into(),
        Verdict::Early(opens) => format!("not payable before {opens}"),
        Verdict::Expired(closes) => format!("not payable since {closes}"),
        Verdict::OtherPayPoint(code) => format!("payable at {code}, not here"),
        Verdict::Good => "payable here and now, as far as can be known without a network".into(),
    }
}

fn told_claims(claims: &ChequeClaims) -> Value {
    json!({
        "serial": claims.serial, "payment": claims.payment, "version": claims.version, "amount": claims.amount, "pay_point": claims.pay_point,
        "opens_at": claims.opens_at, "closes_at": claims.closes_at,
    })
}

fn lines(claims: &ChequeClaims) -> String {
    let ChequeClaims { serial, payment, version, amount, pay_point, opens_at, closes_at } = claims;
    format!("  serial {serial}, version {version}\n  {amount} at {pay_point}\n  from {opens_at} to {closes_at}\n  payment {payment}")
}

fn list(keys: &KeySet, is_json: bool) {
    for known in &keys.0 {
        let kid = hex::encode(token::key_id(&known.key));
        let (of, turn) = match &known.purpose {
            Purpose::Any => ("any tranche".to_owned(), 0),
            Purpose::Lists => ("lists of revoked cheques".to_owned(), 0),
            Purpose::Tranche { code, turn, .. } => (code.clone(), *turn),
        };
        if is_json {
            println!("{}", json!({ "key": kid, "public_key": hex::encode(known.key.as_bytes()), "of": of, "turn": turn }));
        } else {
            println!("{kid}  {of}{}", if turn > 0 { format!(", turn {turn}") } else { String::new() });
        }
    }
}
