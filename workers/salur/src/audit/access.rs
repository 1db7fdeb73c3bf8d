//! `salur audit database-access`: a login at the database for an auditor who asks in SQL, with the masked views of one region and nothing else.
//!
//! For whoever holds the database, as `salur migrate` is: it makes a role of PostgreSQL. The password is printed this once; the database gets only what it can
//! check it with.

use std::process::ExitCode;

use salur_domain::actor::is_name;
use salur_runtime::config::Config;
use salur_store::{audit, database_logins};
use serde_json::json;

use crate::cli::{self, Outcome};

/// Bytes of randomness behind a password.
const PASSWORD_BYTES: usize = 24;

/// Whom to let in, and to what.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name behind `salur_audit_`: lower-case letters, digits and underscores.
    name: String,
    /// Two digits for a province, four for a regency.
    #[arg(long, required_unless_present_any = ["country", "end"], conflicts_with = "country")]
    region: Option<String>,
    /// Every region.
    #[arg(long)]
    country: bool,
    /// For how many days.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=i64::from(database_logins::DAYS_MAX)))]
    days: u16,
    /// End it, now, with its open sessions.
    #[arg(long, conflicts_with_all = ["region", "country", "days"])]
    end: bool,
    /// Who asked for it; kept in the audit.
    #[arg(long, value_name = "ACTOR")]
    by: String,
    /// Say what would be done; do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Something that a person can put right.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("a login has 2 to 32 lower-case letters, digits and underscores, a letter first, and is not `views`")]
    Name,
    #[error("a region is two digits (a province) or four (a regency)")]
    Region,
    #[error("--by names an actor, as `salur actor list` does")]
    By,
    #[error("there is, or was, a login {0}; take another name, so that nobody's time is added to somebody else's")]
    There(String),
    #[error("there is no login {0} to end")]
    NotThere(String),
    #[error("no randomness for a password")]
    Randomness,
}

/// Makes or ends a login, with its line in the audit.
pub async fn run(args: &Args, config: &Config) -> Outcome {
    let login = database_logins::login(&args.name).ok_or(Error::Name)?;
    let region = args.region.as_deref().unwrap_or_default();
    if args.region.is_some() && (![2, 4].contains(&region.len()) || !region.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(Error::Region.into());
    }
    if !is_name(&args.by) {
        return Err(Error::By.into());
    }
    if args.end { end(args, config, &login).await } else { give(args, config, &login, region).await }
}

async fn give(args: &Args, config: &Config, login: &str, region: &str) -> Outcome {
    let database = cli::database(config).await?;
    let mut tx = database.begin().await?;
    if database_logins::is_there(&mut tx, login).await? {
        return Err(Error::There(login.to_owned()).into());
    }
    let place = if region.is_empty() { "the country" } else { region };
    let password = if args.dry_run {
        drop(tx);
        println!("would make {login}: views of {place}, for {} days; nothing was done", args.days);
        None
    } else {
        let (password, verifier) = secret()?;
        let until = database_logins::give(&mut tx, login, region, &verifier, args.days).await?;
        let detail = json!({ "login": login, "region": region, "until": until });
        audit::record(&mut tx, &args.by, "database_access_given", &detail).await?;
        tx.commit().await?;
        println!("{login} sees the views of {place} in schema audited, until {until}; its password, shown this once:");
        Some(password)
    };
    database.close().await;
    if let Some(password) = password {
        println!("{password}");
    }
    Ok(ExitCode::SUCCESS)
}

async fn end(args: &Args, config: &Config, login: &str) -> Outcome {
    let database = cli::database(config).await?;
    let mut tx = database.begin().await?;
    if !database_logins::is_live(&mut tx, login).await? {
        return Err(Error::NotThere(login.to_owned()).into());
    }
    if args.dry_run {
        drop(tx);
        println!("would end {login}; nothing was done");
    } else {
        database_logins::end(&mut tx, login).await?;
        audit::record(&mut tx, &args.by, "database_access_ended", &json!({ "login": login })).await?;
        tx.commit().await?;
        println!("{login} is ended, with its sessions");
    }
    database.close().await;
    Ok(ExitCode::SUCCESS)
}

/// A password, and what the database keeps of it.
fn secret() -> Result<(String, String), Error> {
    let (mut bytes, mut salt) = ([0; PASSWORD_BYTES], [0; 16]);
    getrandom::fill(&mut bytes).and_then(|()| getrandom::fill(&mut salt)).map_err(|_| Error::Randomness)?;
    let password = hex::encode(bytes);
    let verifier = database_logins::verifier(&password, &salt);
    Ok((password, verifier))
}
