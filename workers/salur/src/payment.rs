//! `salur payment show`: a payment, masked, and what happened to it, as whoever is signed in may see it.

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use salur_domain::Rupiah;
use serde_json::Value;
use uuid::Uuid;

use crate::{api::Api, cli::Outcome};

/// See a payment and what happened to it.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Where it stands, and each event in order.
    Show {
        /// Its id, or the serial of one of its cheques.
        payment: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Asks for it.
pub async fn run(args: Args) -> Outcome {
    let Command::Show { payment, json } = args.command;
    let api = Api::signed_in()?;
    let told = match Uuid::try_parse(&payment) {
        Ok(id) => api.get::<&str>(&format!("/api/payments/{id}"), &[]).await?,
        Err(_) => api.get("/api/payments", &[("serial", payment)]).await?,
    };
    if json {
        println!("{told}");
    } else {
        show(&told);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(told: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    println!("payment   {} of {}, {}", text(&told["payment"]), text(&told["tranche"]), text(&told["programme"]));
    println!("recipient {}, {}", text(&told["name"]), text(&told["nik"]));
    println!("row       {} of {}, from {}", text(&told["row"]), text(&told["batch"]), text(&told["source"]));
    println!("place     village {}, pay point {}", text(&told["village"]), text(&told["pay_point"]));
    println!("status    {}, {}, cheque {}", text(&told["status"]), rupiah(&told["amount"]), text(&told["serial"]));
    println!("as of     {}", text(&told["as_of"]));
    for event in told["events"].as_array().into_iter().flatten() {
        let parts =
            ["actor", "code", "transfer", "document"].iter().filter_map(|field| Some(format!("{field} {}", event[field].as_str()?)));
        let amount = event["rupiah"].as_i64().map(|_| rupiah(&event["rupiah"]));
        let detail = event["detail"].as_object().into_iter().flatten().map(|(name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            format!("{name} {value}")
        });
        let said: Vec<String> = amount.into_iter().chain(parts).chain(detail).collect();
        println!("{:<28} {:<20} {}", text(&event["at"]), text(&event["event"]), said.join(", "));
    }
    if told["more"] == true {
        println!("there is more than is shown");
    }
}

fn rupiah(value: &Value) -> String {
    Rupiah::new(value.as_i64().unwrap_or_default()).unwrap_or_default().to_string()
}
