//! THE TABLE: each door and page, who may, and what becomes of whoever acts for another region. Written by hand, and not derived from the portal.

use salur_domain::actor::Act;

/// Who may come in.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    /// Everybody, signed in or not.
    Anyone,
    /// Only who signs the request itself: a device, or a person with their own key. A token opens nothing there.
    Signed,
    /// Whoever is signed in.
    Somebody,
    /// Whose role does this.
    May(Act),
    /// The same, but refused in the words of a door for everybody: 403 also for who is not signed in.
    Knows(Act),
}

/// What a region means there.
#[derive(Debug, Clone, Copy)]
pub enum Where {
    /// Nothing, or what is told is narrowed to it.
    All,
    /// It concerns the whole country: closed to who acts for a part of it.
    Country,
    /// It is about something in Bangka Belitung: from elsewhere it looks as if it did not exist.
    Here,
    /// The same, but refused as such: the place is named by the one who asks.
    Named,
}

/// A door: method and path as documented, its query, what is sent, who may, where.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub door: &'static str,
    pub query: &'static str,
    pub form: &'static str,
    pub who: Who,
    pub place: Where,
    /// What is asked for is not there.
    pub is_nowhere: bool,
}

impl Row {
    const fn asking(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    const fn form(self, form: &'static str) -> Self {
        Self { form, ..self }
    }

    const fn country(self) -> Self {
        Self { place: Where::Country, ..self }
    }

    const fn here(self) -> Self {
        Self { place: Where::Here, ..self }
    }

    const fn named(self) -> Self {
        Self { place: Where::Named, ..self }
    }

    const fn nowhere(self) -> Self {
        Self { is_nowhere: true, ..self }
    }
}

const fn row(door: &'static str, who: Who) -> Row {
    Row { door, query: "", form: "", who, place: Where::All, is_nowhere: false }
}

const fn may(door: &'static str, act: Act) -> Row {
    row(door, Who::May(act))
}

/// Doors of programs.
pub const DOORS: &[Row] = &[
    // people, systems, devices
    row("GET /api/me", Who::Somebody),
    may("GET /api/actors", Act::ManageActors),
    may("POST /api/actors", Act::ManageActors),
    may("POST /api/actors/{name}/codes", Act::ManageActors).nowhere(),
    may("GET /api/actors/{name}/identities", Act::ManageActors).nowhere(),
    may("POST /api/actors/{name}/identities", Act::ManageActors).nowhere(),
    may("POST /api/actors/{name}/identities/end", Act::ManageActors).nowhere(),
    may("POST /api/actors/{name}/revoke", Act::ManageActors).nowhere(),
    may("POST /api/actors/{name}/tokens", Act::ManageActors),
    may("GET /api/devices", Act::SeeDevices),
    may("POST /api/devices", Act::ManageDevices),
    may("POST /api/devices/{code}/codes", Act::ManageDevices).here(),
    may("POST /api/devices/{code}/revoke", Act::ManageDevices).here(),
    row("POST /api/devices/enrolments", Who::Anyone),
    may("GET /api/device-packs", Act::SeeDevices),
    may("POST /api/device-packs", Act::MakeDevicePacks),
    may("POST /api/device-packs/{pack}/revoke", Act::MakeDevicePacks).nowhere(),
    row("POST /api/enrolments", Who::Anyone),
    row("POST /api/sessions", Who::Signed),
    may("GET /api/sources/{name}/broker-user", Act::ManageActors).nowhere(),
    may("POST /api/sources/{name}/broker-user", Act::ManageActors).nowhere(),
    // the counter
    row("GET /api/time", Who::Anyone),
    row("POST /api/claims", Who::Signed),
    row("POST /api/claims/undo", Who::Signed),
    row("POST /api/device-packs/check-in", Who::Signed),
    row("POST /api/captures", Who::Signed),
    row("POST /api/captures/upload-url", Who::Signed),
    row("POST /api/captures/upload-urls", Who::Signed),
    row("POST /api/captures/uploads", Who::Signed),
    row("HEAD /api/captures/uploads/{capture}", Who::Signed),
    row("PATCH /api/captures/uploads/{capture}", Who::Signed),
    row("DELETE /api/captures/uploads/{capture}", Who::Signed),
    row("POST /api/captures/requests", Who::Signed),
    row("POST /api/cash/device-counts", Who::Signed),
    // lists and what became of them
    may("GET /api/batches", Act::SeeBatch),
    may("POST /api/batches", Act::SubmitBatch).asking("?tranche=BST-4"),
    may("GET /api/batches/{batch}/rows", Act::SeeBatch).asking("?source={source}"),
    may("GET /api/batches/{batch}/report", Act::SeeBatch).asking("?source={source}"),
    may("POST /api/batches/{batch}/rows/{row}/withdrawal", Act::SubmitBatch).nowhere(),
    may("GET /api/mapping", Act::SubmitBatch),
    may("PUT /api/mapping", Act::SubmitBatch),
    may("POST /api/feed/replay", Act::ReplayFeed),
    may("GET /api/holds", Act::SeeHolds),
    may("GET /api/holds/decisions", Act::SeeHolds).asking("?ids=00000000-0000-4000-8000-000000000000"),
    may("POST /api/holds/decisions", Act::DecideHolds),
    may("GET /api/webhooks", Act::SeeWebhooks),
    may("POST /api/webhooks", Act::ManageWebhooks),
    may("GET /api/webhooks/{webhook}/deliveries", Act::SeeWebhooks).nowhere(),
    may("POST /api/webhooks/{webhook}/retry", Act::ManageWebhooks).nowhere(),
    may("POST /api/webhooks/{webhook}/revoke", Act::ManageWebhooks).nowhere(),
    // the treasury
    may("POST /api/setups", Act::SetUp).country(),
    may("GET /api/setups/{id}", Act::SeeTranches).nowhere(),
    may("GET /api/tranches", Act::SeeTranches),
    may("POST /api/tranches/{code}/approvals", Act::ApproveTranche).country(),
    may("GET /api/tranches/approvals/{id}", Act::SeeTranches),
    may("GET /api/tranches/{code}/returns", Act::SeeTranches),
    may("POST /api/tranches/{code}/signatures", Act::SignForTranche).country(),
    may("GET /api/signatures/{id}", Act::SeeTranches),
    may("GET /api/tranches/{code}/statements/{n}", Act::SeeTranches).nowhere(),
    may("POST /api/tranches/{code}/statements/{n}/remittance", Act::SignForTranche).country().nowhere(),
    may("GET /api/remittances/{id}", Act::SeeTranches),
    may("POST /api/return-reasons", Act::GiveReturnReason),
    may("GET /api/return-reasons/{id}", Act::GiveReturnReason),
    may("GET /api/cash", Act::SeeCash),
    may("POST /api/cash/moves", Act::MoveCash),
    may("GET /api/cash/moves/{id}", Act::SeeCash),
    may("POST /api/cash/counts", Act::CloseDay),
    may("GET /api/cash/counts/{id}", Act::SeeCash),
    may("POST /api/bank-statements", Act::Reconcile).asking("?programme=BST").country(),
    may("GET /api/bank-statements/{id}", Act::SeeBank).country().nowhere(),
    may("GET /api/bank-lines", Act::SeeBank).asking("?programme=BST").country(),
    may("GET /api/bank-cases", Act::SeeBank).asking("?programme=BST").country(),
    may("POST /api/bank-cases/{id}/decisions", Act::Reconcile).country().nowhere(),
    may("GET /api/bank-cases/decisions/{id}", Act::SeeBank).country(),
    may("GET /api/summaries/{by}", Act::SeeTranches).asking("?tranche=BST-4"),
    // families, proofs, complaints
    may("GET /api/payments", Act::SeePayments).asking("?serial={serial}").here(),
    may("GET /api/payments/{id}", Act::SeePayments).here(),
    may("POST /api/families", Act::FindFamilies),
    may("POST /api/cheque-keys/rotations", Act::RotateChequeKeys).country(),
    may("POST /api/cheques/replacements", Act::ReplaceCheques),
    may("GET /api/cheques/replacements/{id}", Act::ReplaceCheques),
    may("GET /api/packs", Act::SeePacks),
    may("POST /api/packs", Act::MakePacks),
    may("GET /api/packs/hand-outs/{id}", Act::SeePacks),
    may("GET /api/packs/{tranche}/{village}/{number}/file", Act::OpenPacks).here(),
    may("POST /api/packs/{tranche}/{village}/{number}/hand-out", Act::HandOutPacks).here(),
    may("GET /api/schedules", Act::SeeSchedules).asking("?tranche=BST-4"),
    may("POST /api/schedules", Act::PlanSchedules).country(),
    may("GET /api/schedules/{id}", Act::SeeSchedules),
    may("GET /api/slots", Act::SeeSchedules).asking("?tranche=BST-4"),
    may("GET /api/slots/hours", Act::SeeSchedules).asking("?tranche=BST-4&pay_point=PP-1902"),
    may("POST /api/pay-points/{code}/closings", Act::PlanSchedules).country().nowhere(),
    may("GET /api/proofs/in-question", Act::SeeProofs),
    may("GET /api/proofs/sample", Act::SeeProofs),
    may("POST /api/proofs/why", Act::SeeProofs),
    may("GET /api/proofs/{capture}", Act::SeeProofs).here(),
    may("POST /api/proofs/{capture}/destroy", Act::KeepPhotos).here(),
    may("GET /api/destructions/{id}", Act::SeeProofs),
    may("GET /api/legal-holds", Act::SeeProofs),
    may("POST /api/legal-holds", Act::KeepPhotos).country(),
    may("POST /api/legal-holds/{id}/end", Act::KeepPhotos).country().nowhere(),
    may("GET /api/retentions", Act::SeeProofs),
    may("POST /api/retentions", Act::KeepPhotos).country(),
    may("POST /api/subjects/report", Act::RevealNik).country(),
    may("POST /api/proofs/{capture}/export", Act::SeeProofs).here(),
    may("POST /api/proofs/{capture}/original", Act::SeeProofs).here(),
    may("POST /api/proofs/{capture}/nik", Act::RevealNik).here(),
    may("POST /api/proofs/{capture}/review", Act::JudgeHandOvers).here(),
    may("POST /api/proofs/{capture}/photo-requests", Act::JudgeHandOvers).here(),
    may("GET /api/photo-requests/{id}", Act::SeeProofs),
    may("GET /api/proofs/conduct", Act::SeeProofs),
    may("GET /api/reviews/{id}", Act::SeeProofs),
    may("POST /api/hand-overs/undo", Act::JudgeHandOvers),
    may("GET /api/undos/{id}", Act::SeeProofs),
    row("POST /api/complaints", Who::Anyone),
    may("GET /api/complaints", Act::SeeComplaints),
    may("POST /api/complaints/{id}/words", Act::SeeComplaints).here(),
    may("POST /api/complaints/{id}/answer", Act::AnswerComplaints).here(),
    may("GET /api/callbacks", Act::SeeCallbacks),
    may("POST /api/callbacks", Act::DrawCallbacks),
    may("GET /api/callbacks/{sample}", Act::SeeCallbacks).here(),
    may("GET /api/callbacks/{sample}/frame", Act::SeeCallbacks).here(),
    may("POST /api/callbacks/{sample}/families/{payment}/contact", Act::RecordCallbacks).here(),
    may("POST /api/callbacks/{sample}/families/{payment}/results", Act::RecordCallbacks).here(),
    // the machines
    may("GET /api/dead-letters", Act::SeeDeadLetters),
    may("GET /api/dead-letters/groups", Act::SeeDeadLetters),
    may("POST /api/dead-letters/replays", Act::ReplayDeadLetters),
    may("GET /api/dead-letters/replays/{request}", Act::SeeDeadLetters).nowhere(),
    may("GET /api/pauses", Act::SeePauses),
    may("POST /api/pauses", Act::PauseStages).country(),
    may("GET /api/pauses/{id}", Act::SeePauses),
    // the board
    row("GET /api/board", Who::Anyone),
    row("GET /api/board/events", Who::Anyone),
    row("GET /api/board/villages", Who::Knows(Act::SeeFigures)).asking("?place=1902").named(),
];

/// Pages.
pub const PAGES: &[Row] = &[
    row("GET /", Who::Anyone),
    row("GET /board/{place}", Who::Anyone),
    row("GET /language/{language}", Who::Anyone),
    row("GET /home", Who::Somebody),
    row("GET /sign-in", Who::Anyone),
    row("POST /sign-in", Who::Signed).form("name=nobody&password=x&digits=000000&next="),
    // here no other system is configured
    row("GET /sign-in/oidc", Who::Anyone).nowhere(),
    row("GET /sign-in/oidc/back", Who::Anyone).nowhere(),
    row("POST /sign-out", Who::Anyone),
    row("GET /enrol", Who::Anyone),
    row("POST /enrol", Who::Anyone).form("code=x&sealed=x&digits=x&password=x&again=x"),
    row("POST /enrol/code", Who::Anyone).form("code=x"),
    row("GET /complaint", Who::Anyone),
    row("POST /complaint", Who::Anyone).form("serial=x&kind=other&rupiah=&text=&contact="),
    may("GET /proofs", Act::SeeProofs),
    may("POST /proofs/why", Act::SeeProofs).form("why=looking+at+the+matrix&next="),
    may("GET /proofs/sample", Act::SeeProofs),
    may("GET /proofs/{capture}", Act::SeeProofs).here(),
    may("GET /proofs/conduct", Act::SeeProofs),
    may("POST /proofs/{capture}/ask", Act::JudgeHandOvers).form("wish=").here(),
    may("POST /proofs/{capture}/review", Act::JudgeHandOvers).form("ground=witnesses&document=").here(),
    may("POST /proofs/{capture}/nik", Act::RevealNik).form("why="),
    may("POST /proofs/{capture}/export", Act::SeeProofs).here(),
    may("POST /proofs/{capture}/original", Act::SeeProofs).here(),
    may("GET /proofs/{capture}/photo", Act::SeeProofs).asking("?m=0").nowhere(),
    may("GET /proofs/{capture}/thumbnail", Act::SeeProofs).asking("?m=0").nowhere(),
    may("GET /payments", Act::SeePayments),
    may("POST /payments", Act::SeePayments).form("name={serial}").here(),
    may("GET /payments/{id}", Act::SeePayments).here(),
    may("POST /payments/{id}/replace", Act::ReplaceCheques).form("request={id}&serial={serial}&loss=lost&document=LP-1").here(),
    may("GET /families", Act::FindFamilies),
    may("POST /families", Act::FindFamilies).form("kind=serial&text={serial}&village=&why=some+words"),
    row("GET /.well-known/salur/cheque-keys", Who::Anyone),
    row("GET /.well-known/salur/cheque-revocations", Who::Anyone),
    may("GET /packs", Act::SeePacks),
    may("GET /packs/{tranche}/{village}/{number}/file", Act::OpenPacks).here(),
    may("POST /packs/{tranche}/{village}/{number}/hand-out", Act::HandOutPacks)
        .form("request={id}&on=2020-07-20&kept=0&document=BA")
        .here(),
    may("GET /batches", Act::SeeBatch),
    may("GET /batches/rows", Act::SeeBatch).asking("?batch={batch}&source={source}"),
    may("POST /batches/look", Act::SubmitBatch).asking("?tranche=BST-4"),
    may("POST /batches/send", Act::SubmitBatch).asking("?tranche=BST-4"),
    may("GET /complaints", Act::SeeComplaints),
    may("GET /complaints/{id}", Act::SeeComplaints).here(),
    may("POST /complaints/{id}/words", Act::SeeComplaints).form("why=").here(),
    may("GET /callbacks", Act::SeeCallbacks),
    may("POST /callbacks", Act::DrawCallbacks).form("tranche=&why="),
    may("GET /callbacks/{sample}", Act::SeeCallbacks).here(),
    may("GET /callbacks/{sample}/{payment}", Act::SeeCallbacks).here(),
    may("POST /callbacks/{sample}/{payment}/contact", Act::RecordCallbacks).form("why=").here(),
    may("POST /callbacks/{sample}/{payment}/results", Act::RecordCallbacks).form("outcome=").here(),
    may("POST /complaints/{id}/answer", Act::AnswerComplaints).form("verdict=upheld&note=").here(),
    may("GET /holds", Act::SeeHolds),
    may("POST /holds", Act::DecideHolds).form("ruling=release&reason="),
    may("GET /tranches", Act::SeeTranches),
    may("GET /tranches/{code}", Act::SeeTranches),
    may("POST /tranches/{code}", Act::ApproveTranche).form("request={id}&allocation=1&document=SK").country(),
    may("GET /tranches/{code}/returns", Act::SeeTranches),
    may("POST /tranches/{code}/returns", Act::SignForTranche).form("request={id}&act=remit&statement=1&document=SSBP").country().nowhere(),
    may("GET /cash", Act::SeeCash),
    may("GET /cash/{office}", Act::SeeCash).here(),
    row("GET /cash/{office}/moves", Who::Anyone),
    may("POST /cash/{office}/moves", Act::MoveCash)
        .form("programme=BST&from=office:OFFICE-1&to=teller:TELLER-1&amount=1&document=SK")
        .here(),
    row("GET /cash/{office}/counts", Who::Anyone),
    may("POST /cash/{office}/counts", Act::CloseDay)
        .form("programme=BST&teller=TELLER-1&day=2026-11-28&counted=1&unsynchronised=0&explanation=")
        .here(),
    may("GET /drawer", Act::SeeDrawer),
    may("GET /bank", Act::SeeBank).country(),
    may("POST /bank/statements", Act::Reconcile).asking("?programme=BST").country(),
    may("GET /bank/statements/{id}", Act::SeeBank).country().nowhere(),
    may("GET /bank/cases/{id}", Act::SeeBank).country().nowhere(),
    may("POST /bank/cases/{id}", Act::Reconcile).form("request={id}&reason=looked+at").country().nowhere(),
    may("GET /people", Act::ManageActors),
    may("POST /people", Act::ManageActors).form("name=some.body&kind=person&role=&source=&region=&teller=&pay_point="),
    may("GET /people/{name}", Act::ManageActors).nowhere(),
    may("POST /people/{name}", Act::ManageActors).form("act=revoke&reason=gone&purpose=&days=&issuer=&subject=").nowhere(),
    may("GET /devices", Act::SeeDevices),
    may("POST /devices", Act::ManageDevices).form("code=&pay_point="),
    may("GET /devices/{code}", Act::SeeDevices).here(),
    may("POST /devices/{code}", Act::ManageDevices).form("act=code&reason=").here(),
    may("GET /operations", Act::SeeStages),
    may("GET /operations/runbooks", Act::SeeStages),
    may("POST /operations/pause", Act::PauseStages).form("stage=intake&paused=true&reason=").country(),
    may("GET /operations/dead-letters", Act::SeeDeadLetters).asking("?stage=intake&fingerprint=x").nowhere(),
    may("POST /operations/dead-letters/replay", Act::ReplayDeadLetters).form("stage=intake&fingerprint=x&reason=&how_many=few"),
];

/// What pages are asked for with: the row above, a path and its parameters.
pub const FILTERS: &[(&str, &str, &str)] = &[
    ("GET /", "/", "tranche=&programme="),
    ("GET /board/{place}", "/board/1902", "tranche=&programme="),
    ("GET /proofs", "/proofs", "place=&pay_point=&teller=&device=&from=&to=&least=&most=&finding=&state=&before=&photos="),
    ("GET /proofs/sample", "/proofs/sample", "number=5&seed=12345678&as_of=&place=&teller=&state="),
    ("GET /batches", "/batches", "after="),
    ("GET /people", "/people", "role=&region=&state=&after="),
    ("GET /devices", "/devices", "pay_point=&state=&after="),
    ("GET /bank", "/bank", "programme=BST&before=&case="),
    ("GET /drawer", "/drawer", "day=&after="),
    ("GET /batches/rows", "/batches/rows", "batch=tahap-4&source=dinsos-belitung&after="),
    ("GET /packs", "/packs", "tranche=&village=&after="),
    ("GET /complaints", "/complaints", "state=&after="),
    ("GET /proofs/conduct", "/proofs/conduct", "by=&place=19&from=&to=&sort="),
    ("GET /holds", "/holds", "batch=&after="),
    ("GET /operations/dead-letters", "/operations/dead-letters", "stage=intake&fingerprint=x"),
    ("GET /families", "/families", "regency="),
    ("GET /sign-in", "/sign-in", "next="),
    ("GET /sign-in/oidc", "/sign-in/oidc", "next="),
    ("GET /sign-in/oidc/back", "/sign-in/oidc/back", "state=&code="),
    ("GET /language/{language}", "/language/en", "next="),
];
