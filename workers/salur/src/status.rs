//! `salur status`: how far everything is, from rows, ledger and broker.

use std::{collections::BTreeMap, process::ExitCode, time::Duration};

use salur_domain::Rupiah;
use salur_runtime::{broker::Broker, config::Config, topology};
use salur_store::status::{self, Batch, Status, Sum, verification::Verification};
use serde_json::{Value, json};

use crate::cli::{self, Outcome};

/// How long the broker may take before its depths are unknown.
const BROKER_PATIENCE: Duration = Duration::from_secs(3);

/// How to say it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One JSON object instead of tables.
    #[arg(long)]
    json: bool,
}

/// Ready messages per queue; `None` where nobody answers.
pub type Depths = BTreeMap<String, Option<u32>>;

/// Reads and prints.
pub async fn run(args: Args, config: Config) -> Outcome {
    let database = cli::database(&config).await?;
    let (status, depths) = tokio::join!(status::read(&database), depths(&config));
    let status = status?;
    database.close().await;
    if args.json {
        println!("{}", as_json(&status, &depths));
    } else {
        print!("{}", as_text(&status, &depths));
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks the broker for every queue.
pub async fn depths(config: &Config) -> Depths {
    let queues = topology::queues(&salur_pipeline::specs());
    let mut depths: Depths = queues.iter().map(|queue| (queue.clone(), None)).collect();
    let Ok(Ok(broker)) = tokio::time::timeout(BROKER_PATIENCE, Broker::connect(config)).await else { return depths };
    for queue in queues {
        let asked = tokio::time::timeout(BROKER_PATIENCE, broker.depth(&queue)).await;
        let depth = asked.ok().and_then(Result::ok).map(|(ready, _)| ready);
        depths.insert(queue, depth);
    }
    broker.close().await;
    depths
}

/// The figures of all tranches together.
pub fn totals(status: &Status) -> Value {
    let families = |of: fn(&status::Tranche) -> Sum| status.total(|tranche| of(tranche).families);
    json!({
        "submitted": families(|t| t.rows.submitted),
        "accepted": families(|t| t.rows.accepted),
        "rejected": families(|t| t.rows.rejected),
        "held": families(|t| t.rows.held),
        "already": families(|t| t.rows.already),
        "staged": families(|t| t.rows.staged),
        "funded": families(|t| t.payments.funded_ever),
        "paid": families(|t| t.payments.paid),
        "in_question": families(|t| t.payments.in_question),
        "returned": families(|t| t.payments.returned),
        "cancelled": families(|t| t.payments.cancelled),
        "open": families(|t| t.payments.open),
        "accounts": status.verification.accounts,
        "accounts_confirmed": status.verification.confirmed,
        "allocation": status.total(|t| t.ledger.allocation),
        "funded_amount": status.total(|t| t.ledger.funded),
        "handed_over_amount": status.total(|t| t.ledger.handed_over),
        "paid_amount": status.total(|t| t.payments.paid.rupiah),
        "cases": status.cases.iter().map(|case| case.1).sum::<i64>(),
        "dead_letters": status.dead_letters.iter().map(|letters| letters.1).sum::<i64>(),
        "conflicts": status.conflicts,
    })
}

/// Everything as one object.
pub fn as_json(status: &Status, depths: &Depths) -> Value {
    json!({ "totals": totals(status), "status": status, "queues": depths })
}

/// Everything as tables.
pub fn as_text(status: &Status, depths: &Depths) -> String {
    let counts = |pairs: &[(String, i64)]| match pairs {
        [] => "none".to_owned(),
        pairs => pairs.iter().map(|(what, count)| format!("{what} {count}")).collect::<Vec<_>>().join(", "),
    };
    let busy = depths.iter().filter(|(_, depth)| **depth != Some(0));
    let busy: Vec<String> = busy.map(|(queue, depth)| format!("{queue} {}", depth.map_or("?".to_owned(), |n| n.to_string()))).collect();
    [
        format!("status at {}\n", status.at.to_rfc3339()),
        rows_table(status),
        payments_table(status),
        money_table(status),
        batches_text(status),
        format!("\naccounts      {}\n", accounts(status.verification)),
        format!("cases         {}\n", counts(&status.cases)),
        format!("conflicts     {}\n", status.conflicts),
        format!("dead letters  {}\n", counts(&status.dead_letters)),
        format!("queues        {}\n", if busy.is_empty() { "all empty".to_owned() } else { busy.join(", ") }),
    ]
    .concat()
}

/// How many, and what stands behind them.
fn accounts(verification: Verification) -> String {
    let Verification { accounts, confirmed, stopped } = verification;
    let waiting = if stopped == 0 { String::new() } else { format!("; {stopped} payments wait for a person (CIV01, CIV02)") };
    match confirmed {
        0 => format!("{accounts}, structural only / hanya struktural: no civil registry confirmed them{waiting}"),
        _ if confirmed >= accounts => format!("{accounts}, all confirmed by a civil registry{waiting}"),
        _ => format!("{accounts}, {confirmed} confirmed by a civil registry, the others structural only / hanya struktural{waiting}"),
    }
}

fn rows_table(status: &Status) -> String {
    let mut lines = vec![head(&["rows", "submitted", "rejected", "held", "already", "accepted", "staged"])];
    lines.extend(status.tranches.iter().map(|tranche| {
        let rows = &tranche.rows;
        let cells = [rows.submitted, rows.rejected, rows.held, rows.already, rows.accepted, rows.staged];
        std::iter::once(tranche.code.clone()).chain(cells.iter().map(|sum| sum.families.to_string())).collect()
    }));
    aligned(&lines)
}

fn payments_table(status: &Status) -> String {
    let mut lines = vec![head(&["payments", "status", "families", "rupiah"])];
    for tranche in &status.tranches {
        let p = &tranche.payments;
        let cells = [
            ("accepted", p.accepted),
            ("account open", p.account_open),
            ("funded", p.funded),
            ("cheque issued", p.cheque_issued),
            ("in question", p.in_question),
            ("paid", p.paid),
            ("returned", p.returned),
            ("cancelled", p.cancelled),
            ("ever funded", p.funded_ever),
            ("open", p.open),
        ];
        let cells = cells.iter().filter(|(_, sum)| sum.families != 0);
        lines.extend(cells.map(|(what, sum)| vec![tranche.code.clone(), (*what).into(), sum.families.to_string(), rupiah(sum.rupiah)]));
    }
    aligned(&lines)
}

fn money_table(status: &Status) -> String {
    let mut lines = vec![head(&["money", "allocation", "reserved", "funded", "handed over", "paid"])];
    lines.extend(status.tranches.iter().map(|tranche| {
        let ledger = &tranche.ledger;
        let cells = [ledger.allocation, ledger.reserved, ledger.funded, ledger.handed_over, tranche.payments.paid.rupiah];
        std::iter::once(tranche.code.clone()).chain(cells.into_iter().map(rupiah)).collect()
    }));
    aligned(&lines)
}

fn batches_text(status: &Status) -> String {
    let mut text = format!("\nbatches ({})\n", status.batches_total);
    for batch in &status.batches {
        text += &batch_text(batch);
    }
    text
}

fn batch_text(batch: &Batch) -> String {
    let declared = batch.declared.map_or("not declared".to_owned(), |sum| format!("declared {} of {}", sum.families, rupiah(sum.rupiah)));
    let seen = format!("seen {} of {}", batch.seen.families, rupiah(batch.seen.rupiah));
    let difference = match batch.missing {
        Some(missing) if missing != Sum::default() => format!(", difference {} of {}", missing.families, rupiah(missing.rupiah)),
        _ => String::new(),
    };
    let why = batch.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let tranche = batch.tranche.as_deref().unwrap_or("-");
    let line = format!("  {}/{} {tranche} {}{why}; {declared}, {seen}{difference}\n", batch.source, batch.name, batch.state);
    let parts = batch.held_parts.iter().map(|part| {
        let available = part.available.map_or("?".to_owned(), rupiah);
        format!("    regency {} held whole: {} families need {}, {available} left\n", part.regency, part.families, rupiah(part.rupiah))
    });
    std::iter::once(line).chain(parts).collect()
}

/// `Rp1.234.567`; a debt has its sign in front.
fn rupiah(amount: i64) -> String {
    match Rupiah::new(amount) {
        Ok(amount) => amount.to_string(),
        Err(_) => format!("-{}", Rupiah::new(amount.saturating_neg()).unwrap_or_default()),
    }
}

fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Columns as wide as their widest cell; the first to the left, the rest to the right.
fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::from("\n");
    for line in lines {
        let cells = line.iter().zip(&widths).enumerate();
        let cells = cells.map(|(at, (cell, width))| if at == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") });
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_debts_keep_their_sign() {
        let lines = vec![head(&["a", "rupiah"]), vec!["long".into(), rupiah(-5)]];
        assert_eq!(aligned(&lines), "\na     rupiah\nlong    -Rp5\n");
    }

    #[test]
    fn accounts_that_no_registry_confirmed_are_called_structural_only() {
        let said = |confirmed, stopped| accounts(Verification { accounts: 3, confirmed, stopped });
        assert!(said(0, 0).contains("structural only") && said(2, 0).contains("others structural only"));
        assert_eq!(said(3, 1), "3, all confirmed by a civil registry; 1 payments wait for a person (CIV01, CIV02)");
    }

    #[test]
    fn a_broker_that_is_down_leaves_question_marks() {
        let depths = Depths::from([("salur.intake".into(), None), ("salur.dead".into(), Some(0))]);
        let status = Status {
            at: chrono::DateTime::UNIX_EPOCH,
            tranches: Vec::new(),
            batches: Vec::new(),
            batches_total: 0,
            verification: Verification::default(),
            cases: Vec::new(),
            dead_letters: Vec::new(),
            conflicts: 0,
        };
        assert!(as_text(&status, &depths).ends_with("queues        salur.intake ?\n"));
        assert_eq!(as_json(&status, &depths)["queues"]["salur.intake"], Value::Null);
    }
}
