//! One whole message per fact type and version, as it stands on a queue: written once, then kept for ever as the proof that it can still
//! be read. A new major version of a fact gets a new file beside the old one. People and numbers are made up.

mod lists;

use chrono::{DateTime, Utc};
use salur_domain::{
    AccountId, BankCaseId, BankMatchingId, BankStatementId, BatchId, CaptureId, CashCountId, CashMoveId, ChequeSerial, ClaimId, DecisionId,
    PaymentId, PaymentStatus, RowKey, RowStatus, Rupiah, SetupId, SourceName, TrancheId,
    cash::Place,
    hold::Ruling,
    ids::NAMESPACE,
    keeping,
    pause::Kind,
    proof, reason,
    replacement::Loss,
    returns::ReturnReason,
    reversal::{ReviewGround, UndoGround},
    schedule::Rule,
    vault::Keys,
};
use salur_schemas::{
    AccountOpened, Act, ActSigned, BankCaseDecided, BankMatchingAdvanced, BankStatementSent, CaptureLate, CaseOpened, CashCounted,
    CashMoved, ChequeIssued, ChequeKeyRotated, ChequeReplaced, Fact, FeedReplayed, FundsReturned, HandOverUndone, Hold, HoldAdvanced,
    HoldDecided, Outcome, PackHandedOut, PackMade, PackWanted, PauseDecided, PayPointClosed, PaymentQuestioned, PaymentReopened,
    PaymentSettled, PhotoAsked, PhotoCondemned, PhotoDestroyed, ProofAccepted, ProofCaptured, ProofQuestioned, ProofReviewed,
    RecipientAccepted, ResumptionAdvanced, ReturnAdvanced, ReturnReasonGiven, ReturnReviewed, ScheduleAdvanced, ScheduleAsked,
    ScheduleMade, SetupSent, StatementApproved, StatementRemitted, TrancheApproved, TrancheClosed, TrancheOpened, TransferPosted, UndoneBy,
    envelope, fact,
    outcome::{OutcomeStatus, Reason},
    proof::{CaptureStatement, Position},
};
use uuid::Uuid;

use super::Output;
const FOLDER: &str = "schemas/golden";

/// What there is to say, by what it is about.
const PARTS: [fn() -> Vec<Output>; 14] =
    [tranches, lists::batches, holds, payments, cash, pauses, packs, schedules, counter, reversals, keeping, returns, bank, outcomes];

/// The bodies as this version of the code writes them.
pub(super) fn outputs() -> Vec<Output> {
    PARTS.into_iter().flat_map(|part| part()).collect()
}

fn tranches() -> Vec<Output> {
    let (decision, actor, document) = (DecisionId(id("approval")), "budi.santoso".to_owned(), "SK-12/2020".to_owned());
    let approved = TrancheApproved { decision, tranche: TrancheId(4), allocation: rupiah(2_610_000_000), document, actor, at: at() };
    vec![
        message("portal", &[SetupSent { setup: SetupId(id("setup")), at: at() }]),
        message("portal", &[approved]),
        message("setup", &[TrancheOpened { tranche: TrancheId(4), at: at() }]),
    ]
}

fn schedules() -> Vec<Output> {
    let (decision, tranche, actor) = (DecisionId(id("schedule")), TrancheId(4), "siti.rahma".to_owned());
    let asked = ScheduleAsked { decision, tranche, rule: Rule::LastDigit, per_hour: Some(40), actor: actor.clone(), at: at() };
    let closed = PayPointClosed {
        decision: DecisionId(id("closing")),
        pay_point: "KP-190201".into(),
        from: at().date_naive(),
        instead: "KM-190203".into(),
        document: "SE-4/2020".into(),
        reissue: false,
        actor,
        at: at(),
    };
    let advanced = ScheduleAdvanced { schedule: decision, tranche, after: Some("1902012001".into()), at: at() };
    let made = ScheduleMade { schedule: decision, tranche, placed: 8_600, missing: 2, at: at() };
    vec![
        message("portal", &[asked]),
        message("portal", &[closed]),
        message("slot-planning", &[advanced]),
        message("slot-planning", &[made]),
    ]
}

fn packs() -> Vec<Output> {
    let (tranche, village, generation) = (TrancheId(4), "1902012001".to_owned(), "0123456789abcdef0123456789abcdef".to_owned());
    let wanted = PackWanted { tranche, village: village.clone(), generation: generation.clone(), by: None };
    let made = PackMade { tranche, village: village.clone(), generation, number: 1, cheques: 2, at: at() };
    let handed_out = PackHandedOut {
        decision: DecisionId(id("handed-out")),
        tranche,
        village,
        number: 1,
        on: at().date_naive(),
        kept: 0,
        document: "BA-17/2020".into(),
        actor: "dinsos.belitung".into(),
        at: at(),
    };
    let rotated = ChequeKeyRotated {
        decision: DecisionId(id("rotated")),
        tranche,
        reason: "a laptop was lost".into(),
        actor: "the.admin".into(),
        at: at(),
    };
    vec![
        message("portal", &[rotated]),
        message("pack-making", &[wanted]),
        message("pack-making", &[made]),
        message("portal", &[handed_out]),
    ]
}

fn holds() -> Vec<Output> {
    let (decision, reason, actor) = (DecisionId(id("decision")), "dua keluarga, satu kartu".to_owned(), "siti.aminah".to_owned());
    let hold = Hold::Row(RowKey("4".into()));
    let row = HoldDecided { decision, batch: batch(), hold, code: "NIK10".into(), ruling: Ruling::Distinct, reason, actor, at: at() };
    let decision = DecisionId(id("decision of a part"));
    let part = HoldDecided { decision, hold: Hold::Part("1902".into()), code: "MON01".into(), ruling: Ruling::Release, ..row.clone() };
    vec![message("portal", &[row, part]), message("release", &[HoldAdvanced { decision, batch: batch(), after: String::new(), at: at() }])]
}

fn payments() -> Vec<Output> {
    let (payment, tranche, at) = (payment(), TrancheId(4), at());
    let accepted = RecipientAccepted { payment, tranche, source: source(), batch: batch(), row: RowKey("1".into()), at };
    let (decision, document, actor, loss) = (DecisionId(id("lost")), "LP-7/2020".to_owned(), "rina.wati".to_owned(), Loss::Lost);
    let lost = ChequeReplaced { decision, payment, tranche, version: 1, loss, document, actor, at };
    vec![
        message("release", &[accepted]),
        message("account-creation", &[AccountOpened { payment, tranche, account: AccountId(id("account")), at }]),
        message("transfer-posting", &[TransferPosted { payment, tranche, amount: rupiah(300_000), at }]),
        message("cheque-rendering", &[ChequeIssued { payment, tranche, version: 1, serial: serial(), at }]),
        message("portal", &[lost]),
    ]
}

fn cash() -> Vec<Output> {
    let (programme, document, actor) = ("BST".to_owned(), "BA-KAS-31/2020".to_owned(), "siti.aminah".to_owned());
    let (from, to) = (Place::Office("KP-1902".into()), Place::Teller("JB-7".into()));
    let (movement, amount) = (CashMoveId(id("movement")), rupiah(30_000_000));
    let given = CashMoved { movement, programme: programme.clone(), from, to, amount, document, actor, at: at() };
    let made_good = CashMoved {
        movement: CashMoveId(id("settlement")),
        from: Place::Difference("JB-7".into()),
        to: Place::Office("KP-1902".into()),
        amount: rupiah(300_000),
        ..given.clone()
    };
    let short = CashCounted {
        count: CashCountId(id("count")),
        programme,
        teller: "JB-7".into(),
        day: at().date_naive(),
        counted: rupiah(29_700_000),
        unsynchronised: 0,
        explanation: "selembar kurang, dicari".into(),
        actor: "budi.santoso".into(),
        at: at(),
    };
    let at_the_device = CashCounted {
        count: CashCountId(id("first count")),
        unsynchronised: 2,
        explanation: String::new(),
        actor: "device:dev-01".into(),
        ..short.clone()
    };
    vec![message("portal", &[given, made_good]), message("portal", &[at_the_device, short])]
}

fn pauses() -> Vec<Output> {
    let (decision, reason, actor) = (DecisionId(id("pause")), "banjir, kantor tutup".to_owned(), "siti.aminah".to_owned());
    let paused = PauseDecided { decision, kind: Kind::Regency, scope: "1902".into(), paused: true, reason, actor, at: at() };
    let decision = DecisionId(id("resumption"));
    let resumed = PauseDecided { decision, paused: false, reason: "air surut".into(), ..paused.clone() };
    let point =
        PauseDecided { decision: DecisionId(id("pause of a point")), kind: Kind::PayPoint, scope: "KP-1902".into(), ..paused.clone() };
    let first = ResumptionAdvanced { decision, tranche: TrancheId(4), regency: Some("1902".into()), after: None, at: at() };
    let next = ResumptionAdvanced { after: Some(payment()), ..first.clone() };
    vec![message("portal", &[paused, resumed, point]), message("pausing", &[first, next])]
}

fn counter() -> Vec<Output> {
    let (capture, payment, tranche, at) = (CaptureId(id("capture")), payment(), TrancheId(4), at());
    let questions = vec![proof::Code::Tim02.to_string(), proof::Code::Plc01.to_string()];
    let case = |payment| CaseOpened { kind: "second_capture".into(), capture, payment, at };
    vec![
        message("portal", &[captured(capture)]),
        message("photo-ingest", &[ProofAccepted { capture, payments: vec![payment], at }]),
        message("photo-ingest", &[ProofQuestioned { capture, payments: vec![payment], findings: questions, at }]),
        message("status-finalizer", &[PaymentSettled { payment, tranche, capture, at }]),
        message("status-finalizer", &[PaymentQuestioned { payment, tranche, capture, at }]),
        message("status-finalizer", &[case(Some(payment)), case(None)]),
    ]
}

fn bank() -> Vec<Output> {
    let (statement, matching, programme, at) = (BankStatementId(id("statement")), BankMatchingId(id("statement")), "BST".to_owned(), at());
    let after = format!("2020-07-14/{}/17", id("sheet"));
    let first = BankMatchingAdvanced { matching, programme: programme.clone(), after: String::new(), at };
    let (decision, case, reason, actor) =
        (DecisionId(id("closing")), BankCaseId(id("bank case")), "biaya administrasi".to_owned(), "siti.aminah".to_owned());
    vec![
        message("portal", &[BankStatementSent { statement, at }]),
        message("bank-reconciliation", &[first, BankMatchingAdvanced { matching, programme, after, at }]),
        message("portal", &[BankCaseDecided { decision, case, reason, actor, at }]),
    ]
}

fn captured(capture: CaptureId) -> ProofCaptured {
    let claim = ClaimId(id("claim"));
    let statement = CaptureStatement {
        capture,
        claim,
        sha256: "ab".repeat(32),
        size: 183_204,
        device: "dev-01".into(),
        teller: "teller-01".into(),
        taken_at: DateTime::parse_from_rfc3339("2020-07-14T09:03:04+07:00").expect("a valid time"),
        clock_offset_s: -3,
        position: Some(Position { latitude: -2.7333, longitude: 107.6333, accuracy_m: 12.5 }),
    };
    ProofCaptured { capture, claim, token: "SLR1:CONTOH".into(), statement, signature: format!("{}==", "A".repeat(86)), received_at: at() }
}

fn keeping() -> Vec<Output> {
    let (decision, capture, at) = (DecisionId(id("order")), CaptureId(id("capture")), at());
    let (ground, document, actor) = (keeping::Ground::CourtOrder, "PN-7/2021".to_owned(), Some("rina.wati".to_owned()));
    let ordered = PhotoCondemned { decision, capture, ground, document, actor, at };
    let by_the_clock = PhotoCondemned { ground: keeping::Ground::RetentionEnded, document: String::new(), actor: None, ..ordered.clone() };
    vec![message("portal", &[ordered, by_the_clock]), message("photo-keeping", &[PhotoDestroyed { capture, at }])]
}

fn reversals() -> Vec<Output> {
    let (payment, tranche, at) = (payment(), TrancheId(4), at());
    let (decision, document, actor) = (DecisionId(id("review")), "BA-11/2020".to_owned(), "rina.wati".to_owned());
    let (capture, claim) = (CaptureId(id("capture")), ClaimId(id("claim")));
    let reviewed =
        ProofReviewed { decision, capture, ground: ReviewGround::FamilyDenied, document: document.clone(), actor: actor.clone(), at };
    let wish = "foto ulang: kartu dan uang terlihat".to_owned();
    let asked = PhotoAsked { decision: DecisionId(id("photo")), capture, wish, actor: actor.clone(), at };
    let by_device = UndoneBy::Device("KANTOR-1902-1".into());
    let undone = HandOverUndone { decision, claim, ground: UndoGround::WrongFamily, document: String::new(), by: by_device, at };
    let later = HandOverUndone { ground: UndoGround::GivenBack, document, by: UndoneBy::Actor(actor), ..undone.clone() };
    let reopened = PaymentReopened { payment, tranche, round: 2, cheque: Some(2), at };
    let with_its_cheque = PaymentReopened { round: 3, cheque: None, ..reopened.clone() };
    vec![
        message("portal", &[reviewed]),
        message("portal", &[asked]),
        message("portal", &[undone, later]),
        message("status-finalizer", &[reopened, with_its_cheque]),
    ]
}

fn returns() -> Vec<Output> {
    let (payment, tranche, at) = (payment(), TrancheId(4), at());
    let first = ReturnAdvanced { tranche, pass: 1, after: None, at };
    let next = ReturnAdvanced { after: Some(payment), ..first.clone() };
    let returned = FundsReturned { payment, tranche, reason: ReturnReason::Absent, amount: rupiah(300_000), at };
    let (decision, document, actor, capture) =
        (DecisionId(id("return")), "BA-9/2020".to_owned(), "budi.santoso".to_owned(), CaptureId(id("capture")));
    let (reason, rupiah) = (ReturnReason::Moved, rupiah(52_200_000));
    let given = ReturnReasonGiven { decision, payment, tranche, reason, document: document.clone(), actor: actor.clone(), at };
    let signed = ActSigned { decision, tranche, act: Act::ReturnStatement, rupiah, document: document.clone(), actor: actor.clone(), at };
    let closing = ActSigned { act: Act::Close, ..signed.clone() };
    let remitted = StatementRemitted { decision, tranche, statement: 1, document, actor, at };
    vec![
        message("fund-return", &[first, next]),
        message("fund-return", &[returned]),
        message("portal", &[given]),
        message("status-finalizer", &[CaptureLate { payment, tranche, capture, at }]),
        message("fund-return", &[ReturnReviewed { payment, tranche, capture, reopened: true, at }]),
        message("portal", &[signed, closing]),
        message("portal", &[remitted]),
        message("fund-return", &[StatementApproved { tranche, statement: 1, rupiah, at }]),
        message("fund-return", &[TrancheClosed { tranche, at }]),
    ]
}

fn outcomes() -> Vec<Output> {
    let rule = reason::Code::Nik01;
    let reasons = vec![Reason { code: rule.to_string(), column: rule.column().into(), remedy: rule.explain() }];
    let of = |row: &str, status, reasons| Outcome { source: source(), batch: name(), row: RowKey(row.into()), status, reasons, at: at() };
    let rejected = of("3", OutcomeStatus::Row(RowStatus::Rejected), reasons);
    let paid = of("1", OutcomeStatus::Payment(PaymentStatus::Paid), Vec::new());
    let first = FeedReplayed { source: source(), batch: None, alone: false, after: String::new(), from: at(), until: at() };
    let next = FeedReplayed { batch: Some(batch()), after: "1".into(), ..first.clone() };
    vec![message("status-finalizer", &[rejected, paid]), message("feed-replay", &[first, next])]
}

/// The file of a fact type with these facts in it: the bytes that the runtime would publish, and a line end.
fn message<F: Fact>(producer: &str, facts: &[F]) -> Output {
    let encoded = facts.iter().map(|one| {
        let mut json = Vec::new();
        fact::write(one, &mut json);
        json
    });
    let id = id(F::TYPE.name).to_string();
    let body = envelope::write_raw(&id, producer, F::TYPE, at(), encoded);
    let text = String::from_utf8(body).expect("JSON is UTF-8") + "\n";
    Output { path: format!("{FOLDER}/{}.v{}.json", F::TYPE.name, F::TYPE.version), text }
}

fn source() -> SourceName {
    SourceName("dinsos".into())
}

fn name() -> String {
    "contoh-1".into()
}

fn batch() -> BatchId {
    BatchId::of(&source().0, &name())
}

fn payment() -> PaymentId {
    PaymentId(id("payment"))
}

fn serial() -> String {
    let keys = Keys::from_hex(&"11".repeat(32), &"22".repeat(32)).expect("two keys of 32 bytes");
    ChequeSerial::derive(&keys, payment(), 1).to_string()
}

fn id(what: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("golden/{what}").as_bytes())
}

fn rupiah(amount: i64) -> Rupiah {
    Rupiah::new(amount).expect("not negative")
}

fn at() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2020-07-14T02:03:04.000005Z").expect("a valid time").to_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_type_has_an_example() {
        let paths: Vec<String> = outputs().into_iter().map(|output| output.path).collect();
        for kind in salur_schemas::ALL {
            assert!(paths.contains(&format!("{FOLDER}/{}.v{}.json", kind.name, kind.version)), "{}", kind.name);
        }
        assert_eq!(paths.len(), salur_schemas::ALL.len());
    }
}
