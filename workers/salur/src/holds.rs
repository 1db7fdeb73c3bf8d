//! `salur holds`: what waits for a person or for money, and what is decided about it, through the portal as whoever is signed in.
//!
//! A decision is carried out by a stage; the command waits [`waiting::WAIT`] for its effect and says it row by row. `--dry-run` says what would be decided.

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use reqwest::Method;
use salur_portal::holds::MOST;
use serde_json::{Value, json};

use crate::{
    api::{Api, Error},
    cli::Outcome,
    waiting,
};

/// Look at what waits for a person or for money, and decide.
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
    /// List what waits, with the row beside which it waits.
    List(Which),
    /// Let rows or parts go on, this time.
    Release(Decision),
    /// Two families with one household card: let the row go on, and do not hold the pair again in later tranches.
    Distinct(Decision),
    /// End rows or parts.
    Reject(Decision),
}

#[derive(Debug, ClapArgs)]
struct Which {
    /// Only of this batch.
    #[arg(long)]
    batch: Option<String>,
    /// Only of this source.
    #[arg(long)]
    source: Option<String>,
    /// Only what waits under this rule: NIK10.
    #[arg(long)]
    code: Option<String>,
}

#[derive(Debug, ClapArgs)]
struct Decision {
    /// The batch, by its source's name for it.
    #[arg(long)]
    batch: String,
    /// Its source, where two sources have a batch of this name.
    #[arg(long)]
    source: Option<String>,
    /// The row; may be given more than once.
    #[arg(long, required_unless_present_any = ["regency", "code"])]
    row: Vec<String>,
    /// The part of this regency, held for want of money.
    #[arg(long, conflicts_with = "row")]
    regency: Option<String>,
    /// Everything of the batch that waits under this rule; with rows, only those that do.
    #[arg(long)]
    code: Option<String>,
    /// Why; kept in the audit. Name no person.
    #[arg(long)]
    reason: String,
    /// Say what would be decided; decide nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Does it, and says what came of it.
pub async fn run(args: Args) -> Outcome {
    let api = Api::signed_in()?;
    let (ruling, decision) = match args.command {
        Command::List(which) => {
            let held = list(&api, which.source.as_deref(), which.batch.as_deref()).await?;
            let held: Vec<Value> = held.into_iter().filter(|hold| which.code.as_deref().is_none_or(|code| hold["code"] == code)).collect();
            return Ok(show(&held, args.json));
        }
        Command::Release(decision) => ("release", decision),
        Command::Distinct(decision) => ("distinct", decision),
        Command::Reject(decision) => ("reject", decision),
    };
    let held = list(&api, decision.source.as_deref(), Some(&decision.batch)).await?;
    let held: Vec<Value> = held.into_iter().filter(|hold| decision.means(hold)).collect();
    if held.is_empty() {
        return Err("nothing of that waits; see `salur holds list`".into());
    }
    if let Some(other) = held.iter().find(|hold| hold["source"] != held[0]["source"]) {
        return Err(
            format!("two sources have a batch of this name; add --source {} or --source {}", held[0]["source"], other["source"]).into()
        );
    }
    if decision.dry_run {
        if !args.json {
            println!("would {ruling} {} of these, and decides nothing:", held.len());
        }
        return Ok(show(&held, args.json));
    }
    let mut effects = Vec::new();
    for held in held.chunks(MOST) {
        effects.extend(decide(&api, ruling, &decision.reason, held).await?);
    }
    Ok(told(&effects, args.json))
}

impl Decision {
    fn means(&self, hold: &Value) -> bool {
        let is_named = match (&self.regency, hold["row"].as_str()) {
            (Some(regency), None) => hold["regency"] == regency.as_str(),
            (None, Some(row)) => self.row.is_empty() || self.row.iter().any(|named| named == row),
            (None, None) => self.row.is_empty() && self.code.is_some(),
            (Some(_), Some(_)) => false,
        };
        is_named && self.code.as_deref().is_none_or(|code| hold["code"] == code)
    }
}

async fn list(api: &Api, source: Option<&str>, batch: Option<&str>) -> Result<Vec<Value>, Error> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let named = [("source", source), ("batch", batch), ("after", after.as_deref())];
        let query: Vec<(&str, &str)> = named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let mut page = api.get("/api/holds", &query).await?;
        if let Value::Array(holds) = page["holds"].take() {
            all.extend(holds);
        }
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => return Ok(all),
        }
    }
}

/// Decides, and waits for what comes of it.
async fn decide(api: &Api, ruling: &str, reason: &str, held: &[Value]) -> Result<Vec<Value>, Error> {
    let named: Vec<Value> = held
        .iter()
        .map(|hold| match &hold["row"] {
            Value::Null => json!({ "batch_id": hold["batch_id"], "regency": hold["regency"], "code": hold["code"] }),
            row => json!({ "batch_id": hold["batch_id"], "row": row, "code": hold["code"] }),
        })
        .collect();
    let body = json!({ "holds": named, "ruling": ruling, "reason": reason });
    let heard = api.call(Method::POST, "/api/holds/decisions", Some(&body)).await?;
    let ids: Vec<&str> = heard["decisions"].as_array().into_iter().flatten().filter_map(|decision| decision["id"].as_str()).collect();
    let ids = ids.join(",");
    let ask = async || api.get("/api/holds/decisions", &[("ids", ids.as_str())]).await;
    let effects = waiting::until(ask, |effects| effects.as_array().is_some_and(|effects| effects.len() == held.len())).await?;
    Ok(effects.as_array().cloned().unwrap_or_default())
}

fn show(held: &[Value], is_json: bool) -> ExitCode {
    if is_json {
        println!("{}", Value::from(held));
        return ExitCode::SUCCESS;
    }
    println!("{:<18} {:<14} {:<10} {:<8} {:>8} {:>14}  {:<18} beside", "batch", "row", "village", "code", "families", "rupiah", "name");
    for hold in held {
        let text = |field: &str| hold[field].as_str().unwrap_or("-").to_owned();
        let row = hold["row"].as_str().map_or_else(|| "(the part)".to_owned(), str::to_owned);
        let place = hold["village"].as_str().or(hold["regency"].as_str()).unwrap_or("-");
        let beside = match (&hold["other"], hold["available"].as_i64()) {
            (Value::Null, Some(available)) => format!("{available} left in the allocation"),
            (Value::Null, None) => hold["registry"].as_str().map_or_else(|| "-".to_owned(), |said| format!("registry: {said}")),
            (other, _) => [&other["batch"], &other["row"], &other["name"], &other["status"]]
                .iter()
                .filter_map(|part| part.as_str())
                .collect::<Vec<_>>()
                .join(" "),
        };
        let (families, rupiah) = (hold["families"].as_i64().unwrap_or_default(), hold["rupiah"].as_i64().unwrap_or_default());
        println!(
            "{:<18} {row:<14} {place:<10} {:<8} {families:>8} {rupiah:>14}  {:<18} {beside}",
            text("batch"),
            text("code"),
            text("name")
        );
    }
    println!("{} wait", held.len());
    ExitCode::SUCCESS
}

fn told(effects: &[Value], is_json: bool) -> ExitCode {
    if is_json {
        println!("{}", Value::from(effects));
        return ExitCode::SUCCESS;
    }
    for effect in effects {
        let what = effect["row"]
            .as_str()
            .map_or_else(|| format!("the part of {}", effect["regency"].as_str().unwrap_or("-")), |row| format!("row {row}"));
        let came = match (effect["effect"].as_str(), effect["held_code"].as_str()) {
            (Some("held"), Some(code)) => format!("still held: {code}"),
            (Some("refused"), _) => "refused: it was decided meanwhile, or cannot be released here".to_owned(),
            (other, _) => other.unwrap_or("-").to_owned(),
        };
        println!("{} {what}: {came}", effect["batch"].as_str().unwrap_or("-"));
    }
    if effects.is_empty() {
        println!("decided; no stage has carried it out yet, see `salur holds list`");
    }
    ExitCode::SUCCESS
}
