//! What would become of a list: a look ahead that writes nothing.
//!
//! Every row is checked alone and against the tranche, its allocations and pay points; pairs and households are looked for inside the list. What is paid
//! already, here or by a programme that excludes this one, is compared when the list is sent: that needs keys which whoever looks ahead does not hold. Of a
//! NIK that comes under two household cards the households are counted once too often. Memory does not grow with the list ([`super::again`]).

use std::collections::{BTreeMap, HashSet};

use salur_domain::{
    RegencyCode, RowStatus, Rupiah,
    reason::{self, Code},
    row::Checked,
};
use salur_store::master::Room;
use serde_json::{Value, json};

use super::again::{Again, Record};

/// Families and rupiah.
type Sum = (i64, i64);

/// The look ahead, as rows are read.
#[derive(Debug)]
pub struct Preview {
    room: Room,
    villages: HashSet<String>,
    niks: Again,
    households: Again,
    payable: BTreeMap<u16, Sum>,
    held: Sum,
    rejected: Sum,
    /// Rows by code.
    pub findings: BTreeMap<Code, u64>,
}

impl Preview {
    /// Of a list for a tranche, as the tranche is now.
    pub fn new(mut room: Room) -> Self {
        let villages = std::mem::take(&mut room.villages).into_iter().collect();
        let (niks, households, payable, findings) = <_>::default();
        Self { room, villages, niks, households, payable, held: (0, 0), rejected: (0, 0), findings }
    }

    /// The day that ages are counted to.
    pub fn day(&self) -> chrono::NaiveDate {
        self.room.tranche.opens_at.date_naive()
    }

    /// One more row.
    pub fn take(&mut self, line: u64, checked: &Checked) -> std::io::Result<()> {
        let mut findings = checked.findings.clone();
        findings.extend(self.against_tranche(checked));
        let amount = checked.amount.map_or(0, Rupiah::get);
        for code in &findings {
            *self.findings.entry(*code).or_default() += 1;
        }
        let status = reason::status(&findings);
        if status == RowStatus::Rejected {
            add(&mut self.rejected, 1, amount);
            return Ok(());
        }
        let regency = checked.village.map_or(0, |village| number(village.regency()));
        let is_payable = status == RowStatus::Staged;
        if is_payable {
            add(self.payable.entry(regency).or_default(), 1, amount);
        } else {
            add(&mut self.held, 1, amount);
        }
        let (Some(nik), Some(kk)) = (&checked.nik, &checked.kk) else { return Ok(()) };
        let tag = line << 24 | u64::from(regency) << 8 | u64::from(is_payable);
        self.niks.add(nik.digits().as_bytes(), [tag, 0])?;
        if is_payable {
            self.households.add(kk.digits().as_bytes(), [tag, short(nik.digits())])?;
        }
        Ok(())
    }

    fn against_tranche(&self, checked: &Checked) -> Vec<Code> {
        let mut found = Vec::new();
        if checked.amount.is_some_and(|amount| amount != self.room.tranche.amount()) {
            found.push(Code::Amt02);
        }
        if let Some(village) = checked.village {
            if !self.room.regencies.contains_key(&village.regency().to_string()) {
                found.push(Code::Reg02);
            } else if !self.villages.contains(&village.to_string()) {
                found.push(Code::Pay01);
            }
        }
        found
    }

    /// What became of all of them; rows of pairs and of households twice in the list are held.
    pub fn finish(mut self) -> std::io::Result<(Value, BTreeMap<Code, u64>)> {
        let (niks, households) = (std::mem::take(&mut self.niks), std::mem::take(&mut self.households));
        niks.each(|twins| twins.iter().for_each(|twin| self.hold(*twin, Code::Nik09)))?;
        households.each(|members| {
            let is_twin = |one: &Record| members.iter().filter(|other| other.1[1] == one.1[1]).count() > 1;
            let alone: Vec<&Record> = members.iter().take(HOUSEHOLD_MAX).filter(|one| !is_twin(one)).collect();
            alone.iter().skip(1).for_each(|later| self.hold(**later, Code::Nik10));
            members.iter().skip(HOUSEHOLD_MAX).for_each(|later| self.hold(*later, Code::Nik10));
        })?;
        Ok((self.told(), self.findings))
    }

    fn hold(&mut self, (_, [tag, _]): Record, code: Code) {
        *self.findings.entry(code).or_default() += 1;
        if tag & 1 == 1 {
            let (amount, regency) = (self.room.tranche.amount().get(), u16::try_from(tag >> 8 & 0xFFFF).expect("sixteen bits"));
            add(self.payable.entry(regency).or_default(), -1, -amount);
            add(&mut self.held, 1, amount);
        }
    }

    fn told(&self) -> Value {
        let sum = |(families, rupiah): Sum| json!({ "families": families, "rupiah": rupiah });
        let payable = self.payable.values().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
        let regencies: Vec<Value> = self
            .payable
            .iter()
            .map(|(regency, (families, rupiah))| {
                let code = format!("{regency:04}");
                let room = self.room.regencies.get(&code).copied().unwrap_or_default();
                let name = RegencyCode::parse(&code).ok().and_then(salur_domain::region::regency_name);
                json!({ "regency": code, "name": name, "families": families, "rupiah": rupiah, "room": room, "fits": *rupiah <= room })
            })
            .collect();
        json!({
            "payable": sum(payable), "held": sum(self.held), "rejected": sum(self.rejected), "regencies": regencies,
            "not_compared": "what the tranche and other programmes hold already",
        })
    }
}

/// Rows of one household card compared with each other; more are no household.
const HOUSEHOLD_MAX: usize = 64;

fn add(sum: &mut Sum, families: i64, rupiah: i64) {
    sum.0 += families;
    sum.1 = sum.1.saturating_add(rupiah);
}

fn number(regency: RegencyCode) -> u16 {
    regency.to_string().parse().expect("a regency has four digits")
}

/// Enough of a NIK to tell the persons of one household apart.
fn short(nik: &str) -> u64 {
    nik.parse().unwrap_or_default()
}
