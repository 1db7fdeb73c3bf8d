//! `salur device-pack export|check|list|revoke`: what a device pays without a network.
//!
//! `export` has the portal lock the families of a day for one device and writes the file; `check` reads a file as the device does, with nothing but the
//! keys it holds: no portal, no database. What a check prints names no family in full.

use std::{
    fs,
    io::{self, BufRead},
    path::{Path, PathBuf},
    process::ExitCode,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args as ClapArgs, Subcommand};
use ed25519_dalek::SigningKey;
use reqwest::Method;
use salur_domain::{
    Nik, Rupiah,
    cheque_keys::{KeySet, Purpose},
    device_pack::{Contents, Family, Sealed},
    revocations::Revocations,
    verdict::{Verdict, judge},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    api::{Api, segment},
    cli::Outcome,
};

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// What a device pays without a network: make a pack, read one, see them, revoke one.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lock the families of a day for one device, and write its pack.
    Export {
        /// Code of the device.
        #[arg(long)]
        device: String,
        /// Code of the teller who pays with it.
        #[arg(long)]
        teller: String,
        /// The day, as the pay point counts days.
        #[arg(long)]
        day: NaiveDate,
        /// Code of the pay point; default: the device's.
        #[arg(long)]
        pay_point: Option<String>,
        /// Families at most; default: 500.
        #[arg(long)]
        families: Option<u16>,
        /// Id of the pack, to ask for the same again.
        #[arg(long)]
        pack: Option<Uuid>,
        /// File to write.
        #[arg(long)]
        out: PathBuf,
    },
    /// Read a pack as its device does, without a network; fails where it is not good.
    Check(Check),
    /// List packs, and what shows that one was copied.
    List {
        /// Only of this device.
        #[arg(long)]
        device: Option<String>,
        /// Only those that lock families now.
        #[arg(long)]
        live: bool,
    },
    /// End a pack whose device is lost: its families may be paid elsewhere at once.
    Revoke {
        /// Which.
        pack: Uuid,
        /// Why; kept in the audit. Name no person.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, ClapArgs)]
struct Check {
    /// The pack.
    file: PathBuf,
    /// Public keys that the device holds, as `salur cheque keys` wrote them.
    #[arg(long)]
    keys: PathBuf,
    /// The device's private key: a file of 64 hexadecimal digits. Without it, only what stands on the pack is read.
    #[arg(long)]
    device_key: Option<PathBuf>,
    /// Read a NIK from standard input, and say which families its card fits.
    #[arg(long, requires = "device_key")]
    nik: bool,
    /// The moment, RFC 3339; default: now.
    #[arg(long)]
    at: Option<DateTime<Utc>>,
}

/// Does it, and says what came of it.
pub async fn run(args: Args) -> Outcome {
    let Args { command, json: is_json } = args;
    match command {
        Command::Export { device, teller, day, pay_point, families, pack, out } => {
            let body =
                json!({ "pack": pack, "device": device, "teller": teller, "day": day, "pay_point": pay_point, "families": families });
            let told = Api::signed_in()?.call(Method::POST, "/api/device-packs", Some(&body)).await?;
            let bytes = STANDARD.decode(told["file"].as_str().unwrap_or_default()).map_err(|_| "the portal's answer holds no file")?;
            fs::write(&out, &bytes).map_err(|error| format!("{}: {error}", out.display()))?;
            let pack = text(&told, "pack");
            let said = json!({ "pack": pack, "file": out.display().to_string(), "bytes": bytes.len() });
            println!(
                "{}",
                if is_json { said.to_string() } else { format!("pack {pack} for {device}: {}, {} bytes", out.display(), bytes.len()) }
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Check(check) => read(&check, is_json),
        Command::List { device, live } => {
            let named = [("device", device.as_deref()), ("live", live.then_some("true"))];
            let query: Vec<(&str, &str)> = named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            let told = Api::signed_in()?.get("/api/device-packs", &query).await?;
            if is_json {
                println!("{told}");
            } else {
                show(&told);
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Revoke { pack, reason } => {
            let door = format!("/api/device-packs/{}/revoke", segment(&pack.to_string()));
            let told = Api::signed_in()?.call(Method::POST, &door, Some(&json!({ "reason": reason }))).await?;
            println!(
                "{}",
                if is_json { told.to_string() } else { format!("pack {pack} is revoked; its families may be paid at any counter") }
            );
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Reads a pack without a network.
fn read(check: &Check, is_json: bool) -> Outcome {
    let keys = KeySet::from_cbor(&bytes(&check.keys)?)?;
    let of_lists = |kid: &[u8]| keys.find(kid).filter(|known| known.purpose == Purpose::Lists).map(|known| known.key);
    let sealed = Sealed::verify(&bytes(&check.file)?, of_lists)?;
    let at = check.at.unwrap_or_else(Utc::now);
    let is_over = sealed.is_over(at);
    let head = &sealed.head;
    let mut told = json!({ "pack": head.pack, "device": head.device, "made_at": head.made_at, "ends_at": head.ends_at, "over": is_over });
    let mut is_good = !is_over;
    if let Some(path) = &check.device_key {
        let contents = sealed.open(&device_key(path)?)?;
        let opened = Opened::of(&contents, at)?;
        is_good &= opened.bad.is_empty();
        told["contents"] = opened.told(&contents);
        if check.nik {
            told["fits"] = fits(&contents)?;
        }
    }
    if is_json {
        println!("{told}");
    } else {
        println!("{}", lines(&told));
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A pack's cheques, checked with what is in the pack.
struct Opened {
    cheques: usize,
    rupiah: Rupiah,
    /// Claims of families with a cheque that is not good, and why.
    bad: Vec<(Uuid, &'static str)>,
}

impl Opened {
    fn of(contents: &Contents, at: DateTime<Utc>) -> Result<Self, Failed> {
        let keys = KeySet::from_cbor(&contents.keys)?;
        let of_lists = |kid: &[u8]| keys.find(kid).filter(|known| known.purpose == Purpose::Lists).map(|known| known.key);
        let revoked = Revocations::verify(&contents.revoked, of_lists)?;
        let (mut amounts, mut bad) = (Vec::new(), Vec::new());
        for (family, token) in contents.families.iter().flat_map(|family| family.cheques.iter().map(move |token| (family, token))) {
            let (claims, verdict) = judge(token, &keys, Some(&revoked), at, None);
            amounts.extend(claims.map(|claims| claims.amount));
            // a pack of tomorrow may hold cheques that are good from tomorrow on
            if !matches!(verdict, Verdict::Good | Verdict::Early(_)) {
                bad.push((family.claim.0, verdict.as_str()));
            }
        }
        Ok(Self { cheques: amounts.len(), rupiah: Rupiah::sum(amounts)?, bad })
    }

    fn told(&self, contents: &Contents) -> Value {
        let bad: Vec<Value> = self.bad.iter().map(|(claim, why)| json!({ "claim": claim, "why": why })).collect();
        json!({
            "teller": contents.teller, "pay_point": contents.pay_point, "day": contents.day, "families": contents.families.len(),
            "cheques": self.cheques, "rupiah": self.rupiah, "bad": bad,
        })
    }
}

/// The families that the card of a NIK fits.
fn fits(contents: &Contents) -> Result<Value, Failed> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let nik = Nik::parse(line.trim()).map_err(|_| "what came on standard input is no NIK")?;
    Ok(contents.of_nik(&nik).map(|Family { claim, name, starts, .. }| json!({ "claim": claim, "name": name, "starts": starts })).collect())
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failed> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// A device's private key: a file of 64 hexadecimal digits.
pub fn device_key(path: &Path) -> Result<SigningKey, Failed> {
    let wrong = || format!("{}: a device's key is 64 hexadecimal digits", path.display());
    let mut seed = [0; 32];
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    hex::decode_to_slice(text.trim(), &mut seed).map_err(|_| wrong())?;
    Ok(SigningKey::from_bytes(&seed))
}

fn lines(told: &Value) -> String {
    let mut lines = vec![format!("pack {} for {}", text(told, "pack"), text(told, "device"))];
    let end = if told["over"] == true { "OVER since" } else { "good until" };
    lines.push(format!("  made {}, {end} {}", text(told, "made_at"), text(told, "ends_at")));
    let Some(contents) = told.get("contents") else {
        lines.push("  sealed; give the device's key to read it".into());
        return lines.join("\n");
    };
    let (teller, place, day) = (text(contents, "teller"), text(contents, "pay_point"), text(contents, "day"));
    lines.push(format!("  teller {teller} at {place} on {day}"));
    lines.push(format!("  {} families, {} cheques, Rp{}", contents["families"], contents["cheques"], contents["rupiah"]));
    for bad in contents["bad"].as_array().into_iter().flatten() {
        lines.push(format!("  not good: {} ({})", text(bad, "claim"), text(bad, "why")));
    }
    if let Some(fits) = told["fits"].as_array() {
        lines.push(format!("  the card fits {} of them", fits.len()));
        lines.extend(fits.iter().map(|fit| format!("  {} {}", text(fit, "claim"), text(fit, "name"))));
    }
    lines.join("\n")
}

fn show(told: &Value) {
    println!("{:<36} {:<20} {:<20} {:<10} {:>8} {:>14}  state", "pack", "device", "teller", "day", "families", "rupiah");
    for pack in told["packs"].as_array().into_iter().flatten() {
        let named = ["pack", "device", "teller", "day", "state"].map(|field| text(pack, field));
        let [id, device, teller, day, state] = named;
        println!("{id:<36} {device:<20} {teller:<20} {day:<10} {:>8} {:>14}  {state}", pack["families"], pack["rupiah"]);
    }
    for doubt in told["doubts"].as_array().into_iter().flatten() {
        let [id, why, device, teller] = ["pack", "doubt", "device", "teller"].map(|field| text(doubt, field));
        println!("COPY of {id}: {why}, {device}, {teller}: {} hand-overs, Rp{}", doubt["hand_overs"], doubt["rupiah"]);
    }
}

fn text<'a>(told: &'a Value, field: &str) -> &'a str {
    told[field].as_str().unwrap_or("-")
}
