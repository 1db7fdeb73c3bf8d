//! `salur simulate bench`: submits one list and measures until its last transfer is posted.
//!
//! The clock starts before `submit` reads the file (so before the first `recipients.submitted`) and stops when transfer-posting has counted,
//! after the confirms, as many `transfers.posted` as rows should be accepted. Processor time is read from /proc over the process trees of
//! everything that took part (workers, PostgreSQL, RabbitMQ, submit), since it survives a busy machine better than the clock does.

use std::{
    collections::HashMap,
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::cli::Outcome;

const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Kernel ticks per second on every Linux that Rust's targets run on.
const TICKS_PER_S: u64 = 100;
const COUNTED: &str = "salur_emitted_facts_total{";

/// What to submit and what to watch.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The list.
    file: PathBuf,
    /// Source.
    #[arg(long)]
    source: String,
    /// Tranche.
    #[arg(long)]
    tranche: String,
    /// Rows of the list.
    #[arg(long)]
    rows: u64,
    /// Transfers that must be posted.
    #[arg(long)]
    accepted: u64,
    /// Addresses of the workers' metrics pages.
    #[arg(long = "metrics", required = true)]
    metrics: Vec<String>,
    /// Processes whose trees take part, `name=pid`.
    #[arg(long = "process")]
    processes: Vec<String>,
    /// Seconds until it gives up.
    #[arg(long, default_value_t = 7_200)]
    deadline_s: u64,
    /// End with one JSON object.
    #[arg(long)]
    json: bool,
}

/// Submits, watches, tells.
pub async fn run(args: Args) -> Outcome {
    let processes: Vec<(String, u32)> = args
        .processes
        .iter()
        .map(|text| text.split_once('=').and_then(|(name, pid)| Some((name.to_owned(), pid.parse().ok()?))))
        .collect::<Option<_>>()
        .ok_or("--process wants name=pid")?;
    let client = reqwest::Client::new();
    let before = posted(&client, &args.metrics).await?;
    let cpu_before = cpu_of_trees(&processes);
    let began = Instant::now();
    let mut submit = Command::new(std::env::current_exe()?)
        .args(["submit", "--amqp", "--source", &args.source, "--tranche", &args.tranche])
        .arg(&args.file)
        .stdout(Stdio::null())
        .spawn()?;
    let mut submitted = None;
    loop {
        if submitted.is_none()
            && let Some(status) = submit.try_wait()?
        {
            if !status.success() {
                return Err("submit failed".into());
            }
            submitted = Some(began.elapsed());
        }
        if posted(&client, &args.metrics).await?.saturating_sub(before) >= args.accepted {
            break;
        }
        if began.elapsed() > Duration::from_secs(args.deadline_s) {
            return Err(format!(
                "{} of {} transfers after {} s",
                posted(&client, &args.metrics).await? - before,
                args.accepted,
                args.deadline_s
            )
            .into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    submit.wait()?;
    let submitted = submitted.unwrap_or_else(|| began.elapsed()).as_secs_f64();
    let mut cpu: Vec<(String, f64)> =
        cpu_of_trees(&processes).into_iter().map(|(name, ticks)| (name.clone(), us(ticks.saturating_sub(cpu_before[&name])))).collect();
    cpu.push(("submit".to_owned(), us(cpu_of_children())));
    cpu.sort_by(|a, b| a.0.cmp(&b.0));
    tell(&args, seconds, submitted, &cpu);
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::cast_precision_loss, reason = "rates, not money")]
fn tell(args: &Args, seconds: f64, submitted: f64, cpu: &[(String, f64)]) {
    let rows = args.rows as f64;
    let all: f64 = cpu.iter().map(|(_, us)| us).sum();
    println!("{:<28} {:>12.0}", "recipients", rows);
    println!("{:<28} {:>12.2}", "seconds", seconds);
    println!("{:<28} {:>12.0}", "recipients_per_s", rows / seconds);
    println!("{:<28} {:>12.2}", "submitted after s", submitted);
    for (name, us) in cpu {
        println!("{:<28} {:>12.1}", format!("cpu us/recipient {name}"), us / rows);
    }
    println!("{:<28} {:>12.1}", "cpu_us_per_recipient", all / rows);
    if args.json {
        let per: HashMap<&str, f64> = cpu.iter().map(|(name, us)| (name.as_str(), us / rows)).collect();
        println!(
            "{}",
            json!({ "recipients": args.rows, "accepted": args.accepted, "seconds": seconds, "recipients_per_s": rows / seconds,
                "submitted_after_s": submitted, "cpu_us_per_recipient": all / rows, "cpu_us": per })
        );
    }
}

/// Facts that transfer-posting has said, confirmed, over all workers.
async fn posted(client: &reqwest::Client, pages: &[String]) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let mut sum = 0;
    for page in pages {
        let text = client.get(page).send().await?.text().await?;
        let lines = text.lines().filter(|line| line.starts_with(COUNTED) && line.contains("\"transfers.posted\""));
        sum += lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum::<u64>();
    }
    Ok(sum)
}

#[expect(clippy::cast_precision_loss, reason = "microseconds for people")]
fn us(ticks: u64) -> f64 {
    (ticks * (1_000_000 / TICKS_PER_S)) as f64
}

/// Ticks used by each named process and all its descendants, those it has buried included.
fn cpu_of_trees(roots: &[(String, u32)]) -> HashMap<String, u64> {
    let all = all_processes();
    let mut used: HashMap<String, u64> = HashMap::new();
    for (name, root) in roots {
        let mut waiting = vec![*root];
        let mut sum = 0;
        while let Some(pid) = waiting.pop() {
            sum += all.get(&pid).map_or(0, |(_, ticks)| *ticks);
            waiting.extend(all.iter().filter(|(_, (parent, _))| *parent == pid).map(|(child, _)| *child));
        }
        *used.entry(name.clone()).or_default() += sum;
    }
    used
}

/// Parent and ticks (own and of buried children) of every process.
fn all_processes() -> HashMap<u32, (u32, u64)> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return HashMap::new() };
    entries
        .filter_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let fields = fields_of(&format!("/proc/{pid}/stat"))?;
            let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
            Some((pid, (u32::try_from(number(1)?).ok()?, number(11)? + number(12)? + number(13)? + number(14)?)))
        })
        .collect()
}

/// Ticks of children of this process that have ended.
fn cpu_of_children() -> u64 {
    let number = |fields: &[String], at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    fields_of("/proc/self/stat").map_or(0, |fields| number(&fields, 13) + number(&fields, 14))
}

/// The fields after the command's name, which may hold spaces: state, parent, ..
fn fields_of(path: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}
