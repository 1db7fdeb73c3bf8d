//! `salur simulate programme`: everything a demo needs before its first family, written to a folder.
//!
//! `setup.toml` (for `salur setup`), `tranche-4.csv` and `tranche-5.csv` (for `salur submit`), `devices.json` (the devices' secret keys, for
//! `salur simulate counter` and nobody else) and `expected.json` (what should become of the rows, for tests to compare). Families and keys
//! are functions of the seed; the windows begin an hour before it runs. Bounds: those of [`super::families`].

mod master;

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use chrono::Utc;
use clap::Args as ClapArgs;
use salur_domain::{Disposed, Disposition, RegencyCode, VillageCode, region, status::RowStatus};
use salur_formats::csv::Writer;
use serde_json::json;

use super::families::{Damage, FAMILIES_MAX, Families, List, Row};

/// What a family gets per tranche: BST paid Rp300,000 from its fourth tranche on.
const AMOUNT: i64 = 300_000;
/// The regencies of the case: Belitung and Belitung Timur.
const REGENCIES: [&str; 2] = ["1902", "1906"];
/// Where rows come from that name a village outside the allocations: Bangka.
const OUTSIDE: &str = "1901";
/// Codes of the tranches and their files.
const TRANCHES: [(&str, &str); 2] = [("BST-4", "tranche-4.csv"), ("BST-5", "tranche-5.csv")];

/// Why nothing was written, or not all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// `--within` names no village.
    #[error("no village lies within {0}: give codes of provinces, regencies, districts or villages")]
    Nowhere(String),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Write fictitious families, their programme and what should become of them.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Folder to write to; made if missing.
    #[arg(long)]
    out: PathBuf,
    /// Families per tranche.
    #[arg(long, default_value_t = 8_700, value_parser = clap::value_parser!(u64).range(1..=FAMILIES_MAX))]
    recipients: u64,
    /// Rows of the second tranche, if fewer: its first so many.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=FAMILIES_MAX))]
    second: Option<u64>,
    /// Any text; the same text makes the same families and keys.
    #[arg(long, default_value = "1")]
    seed: String,
    /// Spread the families over all 514 regencies and cities.
    #[arg(long, conflicts_with = "within")]
    national: bool,
    /// Spread them over these instead: codes of provinces, regencies, districts or villages, as `32,3601,1902011001`.
    #[arg(long, value_delimiter = ',')]
    within: Vec<String>,
}

/// Writes all files.
pub fn run(args: &Args) -> Result<ExitCode, Error> {
    fs::create_dir_all(&args.out).map_err(|source| Error::Write { path: args.out.clone(), source })?;
    let villages = villages(args);
    if villages.is_empty() {
        return Err(Error::Nowhere(args.within.join(",")));
    }
    let is_the_case = !args.national && args.within.is_empty();
    let outside = RegencyCode::parse(OUTSIDE).ok().filter(|_| is_the_case).and_then(|code| region::villages(code).next());
    let families = Families::new(&args.seed, args.recipients, AMOUNT, &villages, outside.map(|(code, _)| code));
    let master = master::Master::new(&args.seed, AMOUNT, &families);
    write(&args.out.join("setup.toml"), |to| to.write_all(master.toml(Utc::now()).as_bytes()))?;
    let devices = args.out.join("devices.json");
    write(&devices, |to| writeln!(to, "{:#}", master.devices_json()))?;
    only_owner(&devices).map_err(|source| Error::Write { path: devices, source })?;
    let expected = lists(&args.out, &families, args.second.unwrap_or(args.recipients))?;
    let counts = expected.json(args);
    write(&args.out.join("expected.json"), |to| writeln!(to, "{counts:#}"))?;
    println!("{counts}");
    Ok(ExitCode::SUCCESS)
}

/// Where families live, in the order of codes.
fn villages(args: &Args) -> Vec<VillageCode> {
    let the_case = REGENCIES.map(str::to_owned);
    let within = if args.within.is_empty() { &the_case[..] } else { &args.within };
    let all = region::provinces().flat_map(|(province, _)| region::regencies(province)).flat_map(|(regency, _)| region::villages(regency));
    let is_meant = |village: &VillageCode| args.national || within.iter().any(|code| village.to_string().starts_with(code));
    all.map(|(village, _)| village).filter(is_meant).collect()
}

/// The file holds secret keys, of fictitious devices though.
fn only_owner(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

fn write(path: &Path, body: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), Error> {
    let done = || -> io::Result<()> {
        let mut to = BufWriter::new(File::create(path)?);
        body(&mut to)?;
        to.flush()
    };
    done().map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// Writes both lists side by side, counting what should become of them.
fn lists(folder: &Path, families: &Families, of_second: u64) -> Result<Expected, Error> {
    let paths = TRANCHES.map(|(_, file)| folder.join(file));
    let failed = |at: usize| {
        let path = paths[at].clone();
        move |source| Error::Write { path, source }
    };
    let open = |at: usize| Writer::new(BufWriter::new(File::create(&paths[at])?));
    let mut first = open(0).map_err(failed(0))?;
    let mut second = open(1).map_err(failed(1))?;
    let mut expected = Expected::default();
    for (place, (four, five)) in (0..).zip(families.rows(List::First).zip(families.rows(List::Second))) {
        first.write(&four.text).map_err(failed(0))?;
        let five = (place < of_second).then_some(five);
        if let Some(five) = &five {
            second.write(&five.text).map_err(failed(1))?;
        }
        expected.count(&four, five.as_ref());
    }
    first.finish().and_then(|mut to| to.flush()).map_err(failed(0))?;
    second.finish().and_then(|mut to| to.flush()).map_err(failed(1))?;
    Ok(expected)
}

/// What should become of the rows.
#[derive(Debug, Default)]
struct Expected {
    tranches: [Counts; 2],
    accounts: u64,
    both: u64,
    renamed: u64,
}

#[derive(Debug, Default)]
struct Counts {
    rows: u64,
    sum: i64,
    accepted: u64,
    held: u64,
    rejected: u64,
    codes: std::collections::BTreeMap<&'static str, u64>,
}

impl Expected {
    fn count(&mut self, four: &Row, five: Option<&Row>) {
        self.tranches[0].count(four);
        let accepted = |row: &Row| u64::from(row.status == RowStatus::Accepted);
        let Some(five) = five else {
            self.accounts += accepted(four);
            return;
        };
        self.tranches[1].count(five);
        let both = u64::from(five.known) * accepted(four) * accepted(five);
        self.both += both;
        self.renamed += both * u64::from(five.renamed);
        self.accounts += accepted(four) + accepted(five) - both;
    }

    /// `renamed` assumes that the first list is paid before the second arrives.
    fn json(&self, args: &Args) -> serde_json::Value {
        let sum = |of: fn(&Counts) -> u64| self.tranches.iter().map(of).sum::<u64>();
        json!({
            "seed": args.seed,
            "rows": sum(|counts| counts.rows),
            "accepted": sum(|counts| counts.accepted),
            "held": sum(|counts| counts.held),
            "rejected": sum(|counts| counts.rejected),
            "accounts": self.accounts,
            "families_in_both": self.both,
            "renamed": self.renamed,
            "tranches": TRANCHES.iter().zip(&self.tranches).map(|((code, file), counts)| counts.json(code, file)).collect::<Vec<_>>(),
        })
    }
}

impl Counts {
    fn count(&mut self, row: &Row) {
        self.rows += 1;
        self.sum += row.text.amount.parse::<i64>().expect("amounts are readable, wrong ones too");
        match row.status {
            RowStatus::Rejected => self.rejected += 1,
            RowStatus::Held => self.held += 1,
            _ => self.accepted += 1,
        }
        let pair = (row.status == RowStatus::Held).then_some(Damage::SameNik);
        if let Some(damage) = row.damage.or(pair) {
            *self.codes.entry(damage.code()).or_default() += 1;
        }
    }

    fn json(&self, code: &str, file: &str) -> serde_json::Value {
        let Self { rows, sum, accepted, held, rejected, codes } = self;
        let paid = i64::try_from(*accepted).unwrap_or_default() * AMOUNT;
        json!({
            "tranche": code, "file": file, "rows": rows, "sum": sum, "accepted": accepted, "accepted_amount": paid,
            "held": held, "rejected": rejected, "codes": codes,
        })
    }
}
