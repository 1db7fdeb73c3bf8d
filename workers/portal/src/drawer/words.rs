//! What a teller's page says.

use crate::words::words;

words! {
    title: "Laci saya", "My drawer";
    office: "Kantor", "Office";
    float: "Uang yang masuk laci", "What came into the drawer";
    float_lead: "Isi laci menurut pembukuan baru ditampilkan setelah hari ditutup: hitung dahulu apa yang ada.",
        "What the books say should be there is told once the day is closed: count first what is there.";
    no_float: "Belum ada uang yang dibukukan ke laci ini.", "Nothing was booked into this drawer yet.";
    received: "Diterima", "Received";
    given_back: "Dikembalikan", "Given back";

    day: "Penyerahan", "Hand-overs";
    day_before: "Hari sebelumnya", "The day before";
    day_after: "Hari berikutnya", "The day after";
    none: "Tidak ada penyerahan pada hari ini di titik bayar ini.", "There was no hand-over on this day at this pay point.";
    payments: "pembayaran", "payments";
    next: "Berikutnya", "Next";
    first: "Dari awal", "From the start";
    questioned: "dipertanyakan", "in question";
    w_questioned: "Seorang pengawas melihatnya. Simpan ceknya; Anda tidak perlu berbuat apa-apa.",
        "A supervisor looks at it. Keep the cheque; there is nothing for you to do.";
    refused: "ditolak", "refused";
    w_refused: "Bukti ini tidak dihitung. Tanyakan kepada pengawas.", "This proof counts for nothing. Ask your supervisor.";
    undone: "dibatalkan", "undone";
    w_undone: "Penyerahan ini dibatalkan; uangnya kembali ke laci.", "This hand-over was undone; its cash is back in the drawer.";
    accepted: "diterima", "accepted";
    paid: "diterima setelah ditinjau", "accepted after a review";
    not_proven: "tidak terbukti", "not proven";

    counts: "Penutupan hari", "How the days closed";
    no_counts: "Belum ada penghitungan.", "Nothing was counted yet.";
    programme: "Program", "Programme";
    counted: "Terhitung", "Counted";
    difference: "Selisih", "Difference";
    outcome: "Hasil", "Outcome";
    closed: "ditutup", "closed";
    rejected: "ditolak", "refused";
    count_at_device: "Hari ditutup di perangkat, atau oleh pengawas bila ada selisih.", "A day is closed at the device, or by a supervisor where it differs.";

    moves: "Pemindahan kas", "Moves of cash";
    no_moves: "Belum ada pemindahan.", "Nothing was moved yet.";
    from: "Dari", "From";
    to: "Ke", "To";
    amount: "Jumlah", "Amount";
    document: "Dokumen", "Document";
    booked: "dibukukan", "booked";
    when: "Waktu", "When";
}

/// How a proof stands: in a word, the colour of its badge, and what it means for the teller.
pub fn state(w: &'static Words, state: &str) -> (&'static str, &'static str, &'static str) {
    match state {
        "questioned" => (w.questioned, "questioned", w.w_questioned),
        "refused" => (w.refused, "refused", w.w_refused),
        "undone" => (w.undone, "undone", w.w_undone),
        "not_proven" => (w.not_proven, "not_proven", w.w_refused),
        "paid" => (w.paid, "accepted", ""),
        _ => (w.accepted, "accepted", ""),
    }
}
