//! Which transfers a line stands for: by the document it names, then by amount.
//!
//! Banks fold and cut what payers write, so a document is compared by its words alone, letters and digits in upper case: `SK Mensos 22/2020` is found in
//! `TRF SK-MENSOS 22.2020 TAHAP 4`, and `SK 2` is not found in `SK 22`. Of documents that begin at the same word the longest is meant. What a document waits
//! for is paid by one line (several transfers of one decree), by a line for one transfer of it, or in parts; a line of more than that waits, since nobody
//! knows what the rest is for. A pure function of rows: the same rows give the same pairs.

use std::collections::HashMap;

use salur_store::bank::matching::{About, LineKey, Match, NewCase, Open, Outcome, Waiting};

/// What no line stands for yet, by document, as lines take of it.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    documents: Vec<Document>,
    /// Direction and first word -> documents that begin with it, longest first.
    by_word: HashMap<(String, String), Vec<usize>>,
}

#[derive(Debug)]
struct Document {
    name: String,
    words: Vec<String>,
    transfers: Vec<Open>,
}

/// What lines came to.
#[derive(Debug, Default)]
pub(super) struct Paired {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) matches: Vec<Match>,
    pub(super) cases: Vec<NewCase>,
}

impl Ledger {
    /// Of the transfers that lines do not stand for wholly yet.
    pub(super) fn new(open: Vec<Open>) -> Self {
        let mut ledger = Self::default();
        let mut places: HashMap<(String, Vec<String>), usize> = HashMap::new();
        for transfer in open {
            let words = words(&transfer.document);
            let Some(first) = words.first().cloned() else { continue };
            let key = (transfer.direction.clone(), words.clone());
            let place = *places.entry(key).or_insert_with(|| {
                let place = ledger.documents.len();
                ledger.documents.push(Document { name: transfer.document.clone(), words, transfers: Vec::new() });
                ledger.by_word.entry((transfer.direction.clone(), first)).or_default().push(place);
                place
            });
            ledger.documents[place].transfers.push(transfer);
        }
        let documents = &ledger.documents;
        for places in ledger.by_word.values_mut() {
            places.sort_by_key(|place| std::cmp::Reverse(documents[*place].words.len()));
        }
        ledger
    }

    /// Pairs a line, and takes what it pays off what is missing.
    pub(super) fn pair(&mut self, line: &Waiting, into: &mut Paired) {
        let found = self.named_by(line);
        let whole = |place: &usize| self.documents[*place].missing();
        let together = found.iter().try_fold(0_i64, |sum, place| sum.checked_add(whole(place)?));
        let by_transfer = |place: &usize| self.documents[*place].transfers.iter().any(|transfer| transfer.missing == line.amount);
        if let Some(place) = found.iter().copied().find(|place| whole(place) == Some(line.amount)) {
            self.settle(line, &[place], into);
        } else if found.len() > 1 && together == Some(line.amount) {
            self.settle(line, &found, into);
        } else if let Some(place) = found.iter().copied().find(by_transfer) {
            let name = self.documents[place].name.clone();
            let paid = self.documents[place].transfers.iter_mut().find(|transfer| transfer.missing == line.amount);
            into.matches.extend(paid.map(|transfer| transfer.take(line.key(), line.amount)));
            into.outcomes.push(outcome(line, "matched", &name, 0));
        } else if let &[place] = found.as_slice()
            && let Some(missing) = whole(&place).filter(|missing| line.amount < *missing)
        {
            self.pay_in_part(line, place, missing, into);
        } else {
            let named = found.first().map(|place| (self.documents[*place].name.clone(), whole(place)));
            let (document, expected) = named.unwrap_or_default();
            into.cases.push(case(line, "unmatched", &document, expected));
        }
    }

    /// The line pays all that these documents wait for.
    fn settle(&mut self, line: &Waiting, places: &[usize], into: &mut Paired) {
        for place in places {
            for transfer in self.documents[*place].transfers.iter_mut().filter(|transfer| transfer.missing > 0) {
                into.matches.push(transfer.take(line.key(), transfer.missing));
            }
        }
        into.outcomes.push(outcome(line, "matched", &self.documents[places[0]].name, 0));
    }

    fn pay_in_part(&mut self, line: &Waiting, place: usize, missing: i64, into: &mut Paired) {
        let mut left = line.amount;
        for transfer in &mut self.documents[place].transfers {
            let part = transfer.missing.min(left);
            if part > 0 {
                into.matches.push(transfer.take(line.key(), part));
                left -= part;
            }
        }
        let name = &self.documents[place].name;
        into.outcomes.push(outcome(line, "partial", name, missing - line.amount));
        into.cases.push(case(line, "partial", name, Some(missing)));
    }

    /// Documents that a line names and that still wait for something, in the order of their names in it.
    fn named_by(&self, line: &Waiting) -> Vec<usize> {
        let mut found = Vec::new();
        let folded = line.text.replace('\n', "");
        let texts = line.refs.iter().map(String::as_str).chain([line.text.as_str(), folded.as_str()]);
        for text in texts {
            let words = words(text);
            let mut at = 0;
            while at < words.len() {
                let key = (line.direction.clone(), words[at].clone());
                let begins = |place: &&usize| words[at..].starts_with(&self.documents[**place].words);
                let place = self.by_word.get(&key).and_then(|places| places.iter().find(begins));
                at += place.map_or(1, |place| self.documents[*place].words.len());
                found.extend(place.filter(|place| !found.contains(*place)).copied());
            }
        }
        found.retain(|place| self.documents[*place].missing().is_none_or(|missing| missing > 0));
        found
    }
}

impl Document {
    /// What it waits for; none where that does not fit.
    fn missing(&self) -> Option<i64> {
        self.transfers.iter().try_fold(0_i64, |sum, transfer| sum.checked_add(transfer.missing))
    }
}

/// Takes an amount off what a transfer misses.
trait Take {
    fn take(&mut self, line: LineKey, amount: i64) -> Match;
}

impl Take for Open {
    fn take(&mut self, line: LineKey, amount: i64) -> Match {
        assert!((1..=self.missing).contains(&amount), "a line stands for no more than a transfer misses");
        self.missing -= amount;
        Match { line, transfer: (self.tranche, self.subject, self.kind.clone(), self.n), amount }
    }
}

fn outcome(line: &Waiting, outcome: &'static str, document: &str, missing: i64) -> Outcome {
    Outcome { line: line.key(), outcome, document: document.to_owned(), missing, other: None }
}

/// A case about a line.
pub(super) fn case(line: &Waiting, kind: &'static str, document: &str, expected: Option<i64>) -> NewCase {
    let (sheet, n) = line.key();
    NewCase { kind, about: About::Line(sheet, n), document: document.to_owned(), amount: line.amount, expected }
}

/// Letters and digits, the rest between them.
fn words(text: &str) -> Vec<String> {
    text.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_uppercase).collect()
}
