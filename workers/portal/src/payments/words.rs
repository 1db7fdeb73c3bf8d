//! What the pages of payments say.

use salur_domain::replacement::Loss;

use crate::words::words;

words! {
    title: "Pembayaran", "Payments";
    lead: "Cari satu pembayaran dengan nomor seri cek atau nomor pembayarannya.", "Find one payment by the serial of its cheque or by its id.";
    name: "Nomor seri cek atau nomor pembayaran", "Serial of the cheque, or id of the payment";
    example: "misalnya 7K3M-9QXA-2F", "for example 7K3M-9QXA-2F";
    find: "Cari", "Find";
    wrong: "Ini bukan nomor seri maupun nomor pembayaran. Periksa huruf yang salah ketik.",
        "This is neither a serial nor an id of a payment. Look for a mistyped character.";
    nowhere: "Tidak ada pembayaran dengan nomor ini yang boleh Anda lihat.", "There is no payment of this number that you may see.";
    recipient: "Penerima", "Recipient";
    place: "Tempat tinggal", "Home";
    pay_point: "Titik bayar", "Pay point";
    serial: "Nomor seri cek", "Serial of the cheque";
    batch: "Daftar dan baris", "List and row";
    timeline: "Riwayat", "Timeline";
    as_of: "menurut basis data pukul", "by the database at";
    who: "Oleh", "By";
    more: "Ada kejadian lain yang tidak ditampilkan di sini.", "There are more events than are shown here.";
    proof: "Lihat bukti", "See the proof";

    replace: "Ganti cek ini", "Replace this cheque";
    replace_lead: "Dua petugas harus menyatakan hal yang sama. Setelah itu cek ini tidak berlaku lagi dan cek baru dibuat.",
        "Two people must say the same. Then this cheque is worth nothing any more, and a new one is drawn.";
    loss: "Apa yang terjadi dengan cek ini?", "What happened to the cheque?";
    document: "Dokumen", "Document";
    document_hint: "misalnya laporan polisi atau surat desa, tanpa NIK", "for example the report to the police or the village's letter, without a NIK";
    l_lost: "hilang", "lost";
    l_stolen: "dicuri", "stolen";
    l_damaged: "rusak", "damaged";
    l_wrong_hands: "di tangan orang lain", "in other hands";
    l_misprinted: "salah cetak", "misprinted";
    l_moved: "kantor bayarnya tutup", "its pay point closed";
    r_sent: "Permintaan sudah dikirim; belum ada keputusan. Muat ulang halaman ini.", "Asked; nothing was decided yet. Load this page again.";
    r_signed: "Ditandatangani. Petugas lain harus menyatakan hal yang sama.", "Signed. Another person must say the same.";
    r_carried_out: "Cek sudah diganti. Cek lama tidak berlaku lagi.", "The cheque is replaced. The one before is worth nothing any more.";
    r_again: "Anda sudah menandatangani; petugas lain yang harus melakukannya.", "You signed already; another person must.";
    r_replaced: "Cek ini sudah diganti dengan yang lebih baru.", "A newer cheque stands in its place already.";
    r_handed_over: "Uangnya sudah diserahkan.", "Its money was handed over.";
    r_ended: "Pembayarannya sudah dikembalikan atau dibatalkan.", "Its payment was returned or cancelled.";
    r_unknown: "Cek ini tidak dikenal.", "Nobody knows this cheque.";

    accepted: "diterima", "accepted";
    account_open: "rekening terbuka", "account open";
    funded: "didanai", "funded";
    cheque_issued: "cek terbit", "cheque issued";
    in_question: "bukti diperiksa", "in question";
    paid: "dibayar", "paid";
    returned: "dikembalikan", "returned";
    cancelled: "dibatalkan", "cancelled";

    e_row_staged: "Baris daftar diperiksa", "Row of the list checked";
    e_row_held: "Baris ditahan", "Row held";
    e_row_warned: "Peringatan pada baris", "Row warned";
    e_row_other: "Baris diputuskan", "Row decided";
    e_hold: "Penahanan diputuskan", "Hold decided";
    e_accepted: "Pembayaran diterima", "Payment accepted";
    e_registry: "Catatan sipil menjawab", "Civil registry answered";
    e_account_opened: "Rekening dibuka", "Account opened";
    e_transfer_posted: "Dibukukan", "Transfer posted";
    e_cheque_issued: "Cek terbit", "Cheque issued";
    e_cheque_replaced: "Cek diganti", "Cheque replaced";
    e_replacement_signed: "Penggantian cek ditandatangani", "Replacement of the cheque signed";
    e_replacement_carried_out: "Penggantian cek diputuskan", "Replacement of the cheque decided";
    e_claimed: "Cek dipegang loket", "Cheque claimed at a counter";
    e_captured: "Foto diterima", "Photo received";
    e_proof_accepted: "Bukti diterima", "Proof accepted";
    e_proof_questioned: "Bukti dipertanyakan", "Proof questioned";
    e_proof_refused: "Bukti ditolak", "Proof refused";
    e_paid: "Diserahkan dan dibayar", "Handed over and paid";
    e_questioned: "Diserahkan, bukti diperiksa", "Handed over, in question";
    e_case_opened: "Kasus dibuka", "Case opened";
    e_reviewed_paid: "Pengawas: dibayar", "Supervisor: paid";
    e_reviewed_not_proven: "Pengawas: tidak terbukti", "Supervisor: not proven";
    e_undo_signed: "Pembatalan ditandatangani", "Undo signed";
    e_undo_carried_out: "Penyerahan dibatalkan", "Hand-over undone";
    e_reversed: "Penyerahan dibukukan kembali", "Hand-over booked back";
    e_withdrawal: "Penarikan oleh pengirim", "Withdrawal by upstream";
    e_cancelled: "Dibatalkan", "Cancelled";
    e_return_reason: "Alasan pengembalian", "Reason of a return";
    e_returned: "Dikembalikan ke kas negara", "Returned to the treasury";
    e_captured_late: "Foto datang setelah pengembalian", "Photo came after the return";
    e_reopened: "Dibuka kembali", "Opened again";
    e_not_reopened: "Tidak dibuka kembali", "Not opened again";
    e_return_stated: "Masuk berita acara pengembalian", "On a return statement";
    e_complaint_lodged: "Pengaduan masuk", "Complaint lodged";
    e_complaint_upheld: "Pengaduan terbukti", "Complaint upheld";
    e_complaint_not_upheld: "Pengaduan tidak terbukti", "Complaint not upheld";
    e_remitted: "Disetor ke kas negara", "Remitted to the treasury";
}

/// What happened to a cheque.
pub fn loss(w: &'static Words, loss: Loss) -> &'static str {
    match loss {
        Loss::Lost => w.l_lost,
        Loss::Stolen => w.l_stolen,
        Loss::Damaged => w.l_damaged,
        Loss::WrongHands => w.l_wrong_hands,
        Loss::Misprinted => w.l_misprinted,
        Loss::Moved => w.l_moved,
    }
}

/// Why a cheque was not replaced.
pub fn not_replaced(w: &'static Words, reason: &str) -> &'static str {
    match reason {
        "signed" => w.r_again,
        "replaced" => w.r_replaced,
        "handed_over" => w.r_handed_over,
        "ended" => w.r_ended,
        _ => w.r_unknown,
    }
}

/// What a status is called.
pub fn status(w: &'static Words, status: &str) -> &'static str {
    match status {
        "accepted" => w.accepted,
        "account_open" => w.account_open,
        "funded" => w.funded,
        "cheque_issued" => w.cheque_issued,
        "in_question" => w.in_question,
        "paid" => w.paid,
        "returned" => w.returned,
        _ => w.cancelled,
    }
}

/// What a status is called in a language.
pub fn status_name(status: &str, language: salur_domain::reason::Language) -> &'static str {
    self::status(Words::of(language), status)
}

/// What an event is called; its own word where it has none here.
pub fn event<'a>(w: &'static Words, event: &'a str) -> &'a str {
    match event {
        "row_staged" => w.e_row_staged,
        "row_held" => w.e_row_held,
        "row_warned" => w.e_row_warned,
        "accepted" => w.e_accepted,
        "account_opened" => w.e_account_opened,
        "transfer_posted" => w.e_transfer_posted,
        "cheque_issued" => w.e_cheque_issued,
        "cheque_replaced" => w.e_cheque_replaced,
        "replacement_signed" => w.e_replacement_signed,
        "replacement_carried_out" => w.e_replacement_carried_out,
        "claimed" => w.e_claimed,
        "captured" => w.e_captured,
        "proof_accepted" => w.e_proof_accepted,
        "proof_questioned" => w.e_proof_questioned,
        "proof_refused" => w.e_proof_refused,
        "paid" => w.e_paid,
        "questioned" => w.e_questioned,
        "case_opened" => w.e_case_opened,
        "reviewed_paid" => w.e_reviewed_paid,
        "reviewed_not_proven" => w.e_reviewed_not_proven,
        "undo_signed" => w.e_undo_signed,
        "undo_carried_out" => w.e_undo_carried_out,
        "reversed" => w.e_reversed,
        "cancelled" => w.e_cancelled,
        "returned" => w.e_returned,
        "captured_late" => w.e_captured_late,
        "reopened" => w.e_reopened,
        "not_reopened" => w.e_not_reopened,
        "return_stated" => w.e_return_stated,
        "remitted" => w.e_remitted,
        "complaint_lodged" => w.e_complaint_lodged,
        "complaint_upheld" => w.e_complaint_upheld,
        "complaint_not_upheld" => w.e_complaint_not_upheld,
        other if other.starts_with("row_") => w.e_row_other,
        other if other.starts_with("hold_") => w.e_hold,
        other if other.starts_with("registry_") => w.e_registry,
        other if other.starts_with("withdrawal_") => w.e_withdrawal,
        other if other.starts_with("return_reason_") => w.e_return_reason,
        other => other,
    }
}
