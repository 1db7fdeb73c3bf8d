//! What a flight books: one posting, whatever was decided in it, so that ledger accounts are locked once and in order.

use salur_domain::Rupiah;
use salur_store::{
    Error, Tx,
    ledger::{self, AccountKey, Kind, Transfer},
    payments::Payment,
    tallies::{Deltas, Measure},
};

use super::Programmes;

/// Transfers and tallies of a flight.
#[derive(Default)]
pub(super) struct Books {
    entries: Vec<Entry>,
    deltas: Deltas,
}

/// A transfer whose accounts are named by key.
struct Entry {
    transfer: Transfer,
    debit: AccountKey,
    credit: AccountKey,
}

/// The programme of a payment.
fn programme<'a>(programmes: &'a Programmes, payment: &Payment) -> Result<&'a str, Error> {
    let of = programmes.get(&payment.key().0.0).ok_or_else(|| Error::invariant("a payment's tranche has a programme"))?;
    Ok(of)
}

impl Books {
    /// recipient / teller cash: the family has it.
    pub(super) fn hand_over(&mut self, programmes: &Programmes, payment: &Payment, teller: &str, measure: Measure) -> Result<(), Error> {
        let programme = programme(programmes, payment)?;
        let (tranche, _) = payment.key();
        self.deltas.add(tranche, &payment.village, &payment.pay_point, measure, payment.amount())?;
        let debit = AccountKey::recipient(programme, tranche, &payment.regency);
        self.enter(payment, Kind::HandOver, debit, AccountKey::teller(programme, teller));
        Ok(())
    }

    /// teller cash / recipient, or cash difference / recipient: the family is owed it again.
    pub(super) fn reverse(&mut self, programmes: &Programmes, payment: &Payment, teller: &str, kind: Kind) -> Result<(), Error> {
        let programme = programme(programmes, payment)?;
        let (tranche, _) = payment.key();
        let measure = if payment.paid_at.is_some() { Measure::Paid } else { Measure::InQuestion };
        self.deltas.take(tranche, &payment.village, &payment.pay_point, measure, payment.amount())?;
        let debit = match kind {
            Kind::NotProven => AccountKey::cash_difference(programme, teller),
            _ => AccountKey::teller(programme, teller),
        };
        self.enter(payment, kind, debit, AccountKey::recipient(programme, tranche, &payment.regency));
        Ok(())
    }

    /// In question no more: paid. No money moves.
    pub(super) fn believe(&mut self, payment: &Payment) -> Result<(), Error> {
        let (tranche, _) = payment.key();
        self.deltas.take(tranche, &payment.village, &payment.pay_point, Measure::InQuestion, payment.amount())?;
        self.deltas.add(tranche, &payment.village, &payment.pay_point, Measure::Paid, payment.amount())
    }

    fn enter(&mut self, payment: &Payment, kind: Kind, debit: AccountKey, credit: AccountKey) {
        let (tranche, id) = payment.key();
        let (n, amount): (i16, Rupiah) = (payment.round, payment.amount());
        let transfer = Transfer { tranche, subject: id.0, kind, n, debit: 0, credit: 0, amount, document: String::new() };
        self.entries.push(Entry { transfer, debit, credit });
    }

    /// Posts everything, each transfer for the first time.
    pub(super) async fn close(self, tx: &mut Tx) -> Result<(), Error> {
        let wanted: Vec<AccountKey> = self.entries.iter().flat_map(|entry| [entry.debit.clone(), entry.credit.clone()]).collect();
        if wanted.is_empty() {
            return self.deltas.write(tx).await;
        }
        let ids = ledger::accounts(tx, &wanted, false).await?;
        let of = |entry: Entry| Transfer { debit: ids[&entry.debit], credit: ids[&entry.credit], ..entry.transfer };
        let transfers: Vec<Transfer> = self.entries.into_iter().map(of).collect();
        ledger::post_new(tx, &transfers).await?;
        self.deltas.write(tx).await
    }
}
