//! `salur login`: signs in at a portal with one's own key; the first time with a one-time code.

use std::{fs, io, path::PathBuf, process::ExitCode};

use base64::Engine;
use chrono::Utc;
use clap::Args as ClapArgs;
use ed25519_dalek::{Signer, SigningKey};
use reqwest::Method;
use salur_domain::actor::is_name;
use salur_portal::{people, signed};
use salur_runtime::config::Config;
use serde_json::json;

use crate::{
    api::{self, Api, Error, Session},
    cli::Outcome,
};

/// Sign in at a portal with your own key.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Address of the portal; default: the one of the last login, else `portal.public_url`.
    #[arg(long)]
    server: Option<String>,
    /// Your name, as an administrator registered it.
    #[arg(long = "as", value_name = "NAME")]
    name: String,
    /// The one-time code you were given: makes a key on this machine and registers it.
    #[arg(long)]
    code: Option<String>,
}

/// Enrols if a code is given, signs in, keeps the session.
pub async fn run(args: Args, config: Config) -> Outcome {
    if !is_name(&args.name) {
        return Err("--as: not a name; use the one you were registered under: siti.aminah".into());
    }
    let server = args.server.unwrap_or_else(|| Session::load().map_or(config.portal.public_url, |session| session.server));
    let api = Api::at(&server)?;
    let key = match &args.code {
        Some(code) => enrol(&api, &args.name, code).await?,
        None => stored(&args.name)?,
    };
    let time = Utc::now().to_rfc3339();
    let signature = key.sign(&signed::to_sign("POST", people::SESSIONS, &time, b""));
    let signature = base64::engine::general_purpose::STANDARD.encode(signature.to_bytes());
    let headers = [(people::ACTOR_HEADER, args.name.clone()), (signed::TIME_HEADER, time), (signed::SIGNATURE_HEADER, signature)];
    let made = api.sign_in(people::SESSIONS, headers).await?;
    let (token, expires_at) = (made["token"].as_str().unwrap_or_default().to_owned(), made["expires_at"].clone());
    let expires_at = serde_json::from_value(expires_at).map_err(|_| "the portal's answer has no time in it; is it a salur portal?")?;
    Session { server, actor: args.name.clone(), token, expires_at }.save()?;
    println!("signed in as {} until {expires_at}", args.name);
    Ok(ExitCode::SUCCESS)
}

/// Makes a key and hands in its public half. It is kept only once the portal has it, so that a mistyped code leaves nothing behind.
async fn enrol(api: &Api, name: &str, code: &str) -> Result<SigningKey, Box<dyn std::error::Error + Send + Sync>> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| format!("no randomness: {error}"))?;
    let key = SigningKey::from_bytes(&bytes);
    let body = json!({ "code": code, "public_key": hex::encode(key.verifying_key().to_bytes()) });
    let enrolled = api.call(Method::POST, "/api/enrolments", Some(&body)).await?;
    if enrolled["actor"] != name {
        return Err(format!("the code was for {}, whose key was just replaced; log in --as that name", enrolled["actor"]).into());
    }
    api::write_private(&path(name), hex::encode(bytes).as_bytes(), false)?;
    Ok(key)
}

fn stored(name: &str) -> Result<SigningKey, Error> {
    let path = path(name);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::SignedOut),
        other => other.map_err(|error| Error::File(path.clone(), error))?,
    };
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| Error::Damaged(path))?;
    Ok(SigningKey::from_bytes(&bytes))
}

fn path(name: &str) -> PathBuf {
    api::home().join(format!("{name}.key"))
}
