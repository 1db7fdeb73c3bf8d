//! Legal holds, and how long programmes keep photos.

use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{api::Api, cli::Outcome};

/// Legal holds.
#[derive(Debug, Subcommand)]
pub enum Hold {
    /// Those that stand first.
    List,
    /// From now on nothing of it is destroyed.
    Place {
        /// Code of a programme.
        #[arg(long, group = "held", required_unless_present_any = ["tranche", "capture"])]
        programme: Option<String>,
        /// Code of a tranche.
        #[arg(long, group = "held")]
        tranche: Option<String>,
        /// A capture.
        #[arg(long, group = "held")]
        capture: Option<Uuid>,
        /// The paper behind it.
        #[arg(long)]
        document: String,
        /// A UUID of your own: sending it again does nothing twice.
        #[arg(long)]
        request: Option<Uuid>,
    },
    /// It may be destroyed again.
    End {
        /// The hold, as listed.
        hold: Uuid,
        /// The paper behind it.
        #[arg(long)]
        document: String,
    },
}

/// How long photos are kept.
#[derive(Debug, Subcommand)]
pub enum Retention {
    /// What was said, newest first, and what is in force.
    List,
    /// Say for how many years; it counts when another person says the same next.
    Set {
        /// Code of the programme.
        #[arg(long)]
        programme: String,
        /// After the tranche closed.
        #[arg(long)]
        years: i16,
        /// The paper behind it.
        #[arg(long)]
        document: String,
        /// A UUID of your own: sending it again does nothing twice.
        #[arg(long)]
        request: Option<Uuid>,
    },
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Lists, places and ends holds.
pub async fn hold(api: &Api, asked: Hold, is_json: bool) -> Outcome {
    let said = match asked {
        Hold::List => {
            let holds = api.get::<&str>("/api/legal-holds", &[]).await?;
            return Ok(list(&holds, &["id", "programme", "tranche", "capture", "placed_at", "actor", "document", "ended_at"], is_json));
        }
        Hold::Place { programme, tranche, capture, document, request } => {
            let body = json!({ "request": request, "programme": programme, "tranche": tranche, "capture": capture, "document": document });
            api.call(Method::POST, "/api/legal-holds", Some(&body)).await?
        }
        Hold::End { hold, document } => {
            api.call(Method::POST, &format!("/api/legal-holds/{hold}/end"), Some(&json!({ "document": document }))).await?
        }
    };
    println!("{}", if is_json { said.to_string() } else { text(&said["hold"]) });
    Ok(ExitCode::SUCCESS)
}

/// Lists and says retentions.
pub async fn retention(api: &Api, asked: Retention, is_json: bool) -> Outcome {
    match asked {
        Retention::List => {
            let said = api.get::<&str>("/api/retentions", &[]).await?;
            Ok(list(&said, &["programme", "years", "in_force", "said_at", "actor", "document"], is_json))
        }
        Retention::Set { programme, years, document, request } => {
            let body = json!({ "request": request, "programme": programme, "years": years, "document": document });
            let said = api.call(Method::POST, "/api/retentions", Some(&body)).await?;
            match (is_json, said["in_force"].as_i64()) {
                (true, _) => println!("{said}"),
                (false, Some(now)) if now == i64::from(years) => println!("in force: {years} years"),
                (false, _) => println!("said; it counts when another person says the same"),
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Rows of an answer, a line each.
fn list(rows: &Value, fields: &[&str], is_json: bool) -> ExitCode {
    if is_json {
        println!("{rows}");
    } else {
        println!("{}", fields.join("  "));
        for row in rows.as_array().into_iter().flatten() {
            println!("{}", fields.iter().map(|field| text(&row[*field])).collect::<Vec<_>>().join("  "));
        }
    }
    ExitCode::SUCCESS
}
