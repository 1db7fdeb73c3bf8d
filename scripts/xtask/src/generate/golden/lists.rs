//! Lists of recipients as messages, from the declaration to the release.

use salur_domain::RowKey;
use salur_schemas::{
    BatchCompleted, BatchDeclared, RecipientReplaced, RecipientSubmitted, RecipientWithdrawn, ReleaseAdvanced, ReleaseStep, StatedAmount,
    Substitute, SubstituteStaged,
};

use super::{at, batch, message, name, rupiah, source};
use crate::generate::Output;

/// Rows of a list: with everything that a row may say, and without.
fn rows() -> [RecipientSubmitted; 2] {
    let submitted = RecipientSubmitted {
        source: source(),
        batch: name(),
        tranche: "BST-4".into(),
        row: RowKey("1".into()),
        nik: "1902015204850007".into(),
        kk: "1902010101100001".into(),
        name: "CONTOH SATU".into(),
        birth_date: Some("1985-04-12".into()),
        sex: Some("P".into()),
        address: "Dusun Contoh RT 001/RW 001".into(),
        village: "19.02.01.2001".into(),
        home_visit: None,
        amount: StatedAmount::Number(300_000.into()),
    };
    let in_text = RecipientSubmitted {
        row: RowKey("2".into()),
        nik: "1902011708700003".into(),
        name: "CONTOH DUA".into(),
        birth_date: None,
        sex: None,
        amount: StatedAmount::Text("300000".into()),
        ..submitted.clone()
    };
    [submitted, in_text]
}

pub(super) fn batches() -> Vec<Output> {
    let declared = BatchDeclared {
        source: source(),
        batch: name(),
        tranche: "BST-4".into(),
        count: 2,
        sum: rupiah(600_000),
        programme: None,
        window: None,
    };
    let [submitted, in_text] = rows();
    let (reason, document) = ("pindah ke luar kabupaten".to_owned(), "BA-7/2020".to_owned());
    let withdrawn = RecipientWithdrawn {
        source: source(),
        batch: name(),
        row: RowKey("1".into()),
        reason: reason.clone(),
        document: document.clone(),
        at: at(),
    };
    let RecipientSubmitted { nik, kk, name: called, birth_date, sex, village, home_visit, amount, tranche, address, .. } = in_text.clone();
    let row = RowKey("1-pengganti".into());
    let substitute = Substitute { tranche, row: row.clone(), nik, kk, name: called, birth_date, sex, address, village, home_visit, amount };
    let replaced = RecipientReplaced { source: source(), batch: name(), row: RowKey("1".into()), substitute, reason, document, at: at() };
    let step = |step| ReleaseAdvanced { batch: batch(), step, at: at() };
    vec![
        message("upstream", &[declared]),
        message("upstream", &[submitted, in_text]),
        message("upstream", &[withdrawn]),
        message("upstream", &[replaced]),
        message("intake", &[SubstituteStaged { batch: batch(), row, at: at() }]),
        message("intake", &[BatchCompleted { batch: batch(), at: at() }]),
        message("release", &[step(ReleaseStep::Decide), step(ReleaseStep::Reserve("1902".into())), step(ReleaseStep::Emit("1".into()))]),
    ]
}
