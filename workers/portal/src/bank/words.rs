//! What the pages of bank accounts say.

use crate::words::words;

words! {
    title: "Bank", "Bank";
    lead: "Rekening koran yang masuk, di samping pembukuan. Baris adalah bukti; tidak ada uang yang bergerak di sini.",
        "Statements that came in, beside the ledger. A line is evidence; no money moves here.";
    programme: "Program", "Programme";
    show: "Tampilkan", "Show";
    no_programme: "Belum ada program.", "There is no programme yet.";
    next: "Berikutnya", "Next";
    first: "Dari awal", "From the start";

    send_title: "Kirim rekening koran", "Send a statement";
    send_lead: "Berkas camt.053 atau MT940 dari bank. Berkas yang sama dua kali tetap satu.",
        "A file of camt.053 or MT940 from the bank. The same file twice is one.";
    file: "Berkas", "File";
    send: "Kirim", "Send";
    needs_script: "Mengirim berkas memerlukan JavaScript; atau pakai salur bank import.", "Sending a file needs JavaScript; or use salur bank import.";
    sending: "Mengirim", "Sending";
    reading: "Dibaca oleh server", "The server reads it";
    broken: "Terputus. Kirim lagi.", "It broke off. Send it again.";
    taken: "Diterima:", "Taken in:";
    known: "Berkas ini sudah pernah masuk:", "This file came before:";
    open_it: "lihat hasilnya", "see what came of it";

    statements: "Rekening koran yang masuk", "Statements that came in";
    none: "Belum ada rekening koran untuk program ini.", "No statement of this programme came in yet.";
    from_to: "sampai", "to";
    lines: "baris", "lines";
    of_them_matched: "cocok", "matched";
    credits: "Masuk", "In";
    debits: "Keluar", "Out";
    sent_by: "Dikirim oleh", "Sent by";
    taken_in: "diterima", "taken in";
    not_read: "belum dibaca", "not read yet";
    refused: "ditolak", "refused";

    cases: "Yang tidak cocok", "What does not match";
    cases_lead: "Baris tanpa catatan dan catatan tanpa baris. Terlama di atas.", "Lines without an entry, and entries without a line. The oldest first.";
    no_cases: "Semuanya cocok.", "Everything matches.";
    undocumented: "transfer tanpa dokumen, jadi tidak menunggu baris:", "transfers that name no paper, and so wait for no line:";

    file_title: "Rekening koran", "Statement";
    back: "Semua rekening koran", "All statements";
    account: "Rekening", "Account";
    number: "Nomor", "Number";
    days: "Hari", "Days";
    opening: "Saldo awal", "Opening balance";
    closing: "Saldo akhir", "Closing balance";
    problem: "Mengapa ditolak", "Why it was refused";
    outcomes: "Hasil pencocokan", "What the lines came to";
    all: "Semua", "All";
    outcome: "Hasil", "Outcome";
    no_lines: "Tidak ada baris yang begini.", "There is no such line.";
    booked: "Dibukukan", "Booked";
    text: "Keterangan bank", "Text of the bank";
    amount: "Jumlah", "Amount";
    document: "Dokumen", "Document";
    missing: "masih kurang", "still missing";
    reversal: "pembatalan", "reversal";
    looked_at: "Semua baris sudah diperiksa", "All lines were looked at";
    still_looking: "Barisnya masih dicocokkan.", "Its lines are still being matched.";

    matched: "cocok", "matched";
    partial: "sebagian", "partial";
    doubled: "ganda", "doubled";
    reversed: "dibatalkan", "reversed";
    unmatched: "tidak cocok", "unmatched";
    c_unmatched: "Baris tanpa catatan", "A line without an entry";
    c_partial: "Baris yang kurang dari dokumennya", "A line of less than its document";
    c_doubled: "Baris yang sudah ada di rekening koran lain", "A line that another statement holds too";
    c_reversed: "Baris yang dibatalkan bank", "A line that the bank took back";
    c_missing: "Catatan tanpa baris bank", "An entry of which the bank says nothing";

    case_title: "Ketidakcocokan", "What does not match";
    all_cases: "Semua yang tidak cocok", "All that does not match";
    expected: "Ditunggu dokumen", "The document waited for";
    line: "Baris", "Line";
    other: "Baris yang pertama", "The line that was first";
    entry: "Catatan", "Entry";
    opened: "Sejak", "Since";
    open: "terbuka", "open";
    resolved: "selesai sendiri", "resolved by itself";
    closed: "ditutup", "closed";
    by: "oleh", "by";
    close_title: "Tutup", "Close it";
    close_lead: "Ini tidak memindahkan uang dan tidak mencocokkan apa pun: Anda menyatakan bahwa sudah diperiksa.",
        "This moves no money and matches nothing: you say that it was looked at.";
    reason: "Alasan", "Reason";
    reason_hint: "Jangan sebut nama keluarga atau NIK.", "Name no family and no NIK.";
    close: "Tutup", "Close";
    not_yours: "Hanya bendahara yang menutup.", "Only a treasurer closes.";
    was_sent: "Terkirim dan belum diputuskan. Muat ulang sebentar lagi.", "It was sent and is not decided yet. Reload in a moment.";
    was_closed: "Ditutup.", "Closed.";
    was_over: "Sudah selesai atau ditutup orang lain.", "It was over already, or somebody else closed it.";
    e_reason: "Tulis alasannya, dalam satu baris.", "Say why, on one line.";

    t_funded: "dana program masuk", "the programme was funded";
    t_to_office: "kas ke kantor", "cash to an office";
    t_to_bank: "kas kembali ke bank", "cash back to the bank";
    t_remitted: "disetor ke kas negara", "remitted to the treasury";
}

/// What a line came to.
pub fn outcome(w: &'static Words, word: &str) -> &'static str {
    match word {
        "matched" => w.matched,
        "partial" => w.partial,
        "doubled" => w.doubled,
        "reversed" => w.reversed,
        _ => w.unmatched,
    }
}

/// What a case is about.
pub fn kind(w: &'static Words, kind: &str) -> &'static str {
    match kind {
        "partial" => w.c_partial,
        "doubled" => w.c_doubled,
        "reversed" => w.c_reversed,
        "missing" => w.c_missing,
        _ => w.c_unmatched,
    }
}

/// What a transfer on a bank account is.
pub fn transfer(w: &'static Words, kind: &str) -> &'static str {
    match kind {
        "programme_funded" => w.t_funded,
        "cash_to_office" => w.t_to_office,
        "cash_back_to_bank" => w.t_to_bank,
        "remitted" => w.t_remitted,
        _ => w.entry,
    }
}
