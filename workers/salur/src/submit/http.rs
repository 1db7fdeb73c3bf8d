//! A list through the portal, as whoever is signed in: the source is theirs.

use std::{io::Read, process::ExitCode};

use salur_formats::{FIRST_BYTES, Format};
use serde_json::Value;

use super::{Args, BYTES, Unreadable, findings, progress, rupiah};
use crate::{
    api::{Api, Error},
    cli::Outcome,
};

/// Sends the bytes as they are; the portal reads them, and answers once all rows are in the queue.
pub(super) async fn run(args: &Args) -> Outcome {
    let api = Api::signed_in()?;
    let (format, bytes) = look(args)?;
    let bar = progress(bytes, BYTES);
    let file = args.file()?;
    let dry_run = if args.dry_run { "true" } else { "false" };
    let mut query = vec![("tranche", args.tranche.as_str()), ("dry_run", dry_run)];
    query.extend(args.batch.as_deref().map(|name| ("batch", name)));
    let answer = api.stream("/api/batches", &query, format.media_types()[0], file, bar.clone()).await;
    bar.finish_and_clear();
    match answer {
        Ok(told) => show(args, &told),
        Err(Error::Refused { body, .. }) if body["first_faults"].is_array() => {
            let first = body["first_faults"].as_array().map_or(&[][..], Vec::as_slice);
            return Ok(args.refuse(body["faults"].as_u64().unwrap_or_default(), first));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

/// The format that its beginning or its name tells, and its size.
fn look(args: &Args) -> Result<(Format, u64), Box<dyn std::error::Error + Send + Sync>> {
    let unreadable = |source| Unreadable { path: args.file.clone(), source };
    let file = args.file()?;
    let (mut first, bytes) = (Vec::with_capacity(FIRST_BYTES), file.metadata().map_err(unreadable)?.len());
    file.take(FIRST_BYTES as u64).read_to_end(&mut first).map_err(unreadable)?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    Ok((Format::of(&name, &first).ok_or_else(|| args.unknown())?, bytes))
}

fn show(args: &Args, told: &Value) {
    if args.json {
        println!("{told}");
        return;
    }
    let text = |field: &str| told[field].as_str().unwrap_or("-");
    let (rows, sum, batch) = (&told["rows"], rupiah(&told["sum"]), text("batch"));
    if !args.dry_run {
        println!("sent {rows} rows, {sum}: batch {batch} of {} for {}", text("source"), text("tranche"));
        println!("what becomes of each row: salur report {batch}");
        return;
    }
    println!("{rows} rows, {sum} (batch {batch}, tranche {})", text("tranche"));
    let ahead = &told["preview"];
    for what in ["payable", "held", "rejected"] {
        println!("  {what:<10} {:>9} families  {:>22}", ahead[what]["families"], rupiah(&ahead[what]["rupiah"]).to_string());
    }
    findings(&told["findings"]);
    for regency in ahead["regencies"].as_array().into_iter().flatten() {
        let fits = if regency["fits"] == true { "fits" } else { "DOES NOT FIT: this part will be held whole" };
        let name = format!("{} {}", regency["regency"].as_str().unwrap_or("-"), regency["name"].as_str().unwrap_or("-"));
        let (asked, room) = (rupiah(&regency["rupiah"]).to_string(), rupiah(&regency["room"]).to_string());
        println!("  {name:<36} {asked:>22} of {room:>22} left  {fits}");
    }
    println!("dry run: nothing was sent; what the tranche and other programmes hold already is compared after sending");
}
