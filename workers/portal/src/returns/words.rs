//! What the page of returns says.

use crate::words::words;

words! {
    title: "Pengembalian", "Returns";
    lead: "Yang tidak diserahkan kembali ke kas negara, dinyatakan dengan dua tanda tangan; lalu tahap ditutup.",
        "What was never handed over goes back to the treasury, stated under two signatures; then the tranche closes.";
    tranche: "Tahap", "Tranche";
    window_until: "Masa bayar sampai", "Window until";
    returns_from: "Dikembalikan mulai", "Goes back from";
    swept: "Pengembalian selesai", "Return ended";
    not_swept: "belum", "not yet";
    region_only: "Anda melihat wilayah Anda saja.", "You see your region alone.";

    next: "Berita acara berikutnya", "The next statement";
    nothing: "Belum ada yang perlu dinyatakan.", "There is nothing to state.";
    families: "keluarga", "families";
    by_reason: "Menurut alasan", "By reason";
    by_regency: "Menurut kabupaten/kota", "By regency";

    waiting: "Tanda tangan yang menunggu", "Signatures that wait";
    none_waits: "Tidak ada tanda tangan yang menunggu.", "No signature waits.";
    statement: "Berita acara", "Statement";
    close: "Penutupan tahap", "Closing of the tranche";
    at_other_sum: "jumlahnya sudah berubah, jadi tidak lagi dihitung", "the sum changed since, so it counts no more";
    needs_other: "menunggu bendahara lain dengan jumlah yang sama", "waits for another treasurer under the same sum";

    sign_statement: "Tandatangani berita acara", "Sign the statement";
    sign_close: "Tandatangani penutupan", "Sign the closing";
    two: "Dua bendahara menandatangani jumlah yang sama; yang kedua mengesahkannya.", "Two treasurers sign the same sum; the second one carries it out.";
    one: "Tahap ini di bawah ambang: satu tanda tangan menutupnya.", "This tranche is within the threshold: one signature closes it.";
    you_sign: "Anda menandatangani", "You sign";
    document: "Dokumen", "Document";
    document_hint: "Surat di balik tanda tangan, misalnya BA-12/2026.", "The paper behind the signature, for example BA-12/2026.";
    signed_by_you: "Anda sudah menandatangani jumlah ini: seorang bendahara lain harus menandatangani jumlah yang sama.",
        "You signed this sum already: another treasurer must sign the same one.";
    not_your_role: "Hanya bendahara yang menandatangani dan menyetor.", "Treasurers alone sign and remit.";
    not_your_region: "Ini urusan seluruh negeri, dan Anda bertindak untuk satu wilayah: bendahara tanpa wilayah menandatanganinya.",
        "This is the whole country's, and you act for a region: treasurers without one sign it.";
    too_early: "Belum dapat ditandatangani: masa bayar atau pengembaliannya belum selesai.",
        "It cannot be signed yet: the window or the return is not over.";

    stated: "Yang sudah dinyatakan", "What was stated";
    none_stated: "Belum ada berita acara.", "There is no statement yet.";
    signed_by: "Ditandatangani", "Signed by";
    files: "Berkas", "Files";
    receipt: "Bukti setor", "Receipt";
    not_paid: "belum disetor", "not remitted yet";
    paid: "sudah disetor", "remitted";
    remit: "Catat setoran", "Say that it was remitted";
    receipt_hint: "Nomor bukti dari kas negara (NTPN).", "The treasury's receipt (NTPN).";

    closing: "Penutupan tahap", "Closing the tranche";
    is_closed: "Tahap ini ditutup pada", "This tranche was closed on";
    closed: "ditutup", "closed";
    keeps_open: "Yang menahan penutupan", "What keeps it from closing";
    nothing_open: "Tidak ada yang menahan penutupan.", "Nothing keeps it from closing.";
    unused: "Tidak terpakai, ikut berita acara berikutnya", "Unused, joins the next statement";

    o_payments: "pembayaran belum berakhir", "payments have not ended";
    o_in_question: "penyerahan masih diperiksa", "hand-overs are in question";
    o_claims: "cek sedang dipegang loket", "cheques are claimed at counters";
    o_device_packs: "paket perangkat luring masih berlaku", "packs of devices without a network are live";
    o_held_rows: "baris daftar ditahan", "rows of lists are held";
    o_held_parts: "bagian wilayah menunggu uang", "parts of regions wait for money";
    o_batches: "daftar belum dirilis", "lists are not released";
    o_late_captures: "foto terlambat belum diputuskan", "late photos are not decided";

    sent: "Terkirim dan belum diputuskan. Muat ulang sebentar lagi.", "It was sent and is not decided yet. Reload in a moment.";
    e_signed: "Ditandatangani. Sekarang seorang bendahara lain menandatangani jumlah yang sama.",
        "Signed. Now another treasurer signs the same sum.";
    e_stated: "Berita acara disahkan dan dapat diunduh di bawah.", "The statement is approved and can be downloaded below.";
    e_closed: "Tahap ditutup.", "The tranche is closed.";
    e_remitted: "Setoran dicatat.", "The remittance was booked.";
    wrong_document: "Tulis nama dokumen, 1 sampai 200 huruf dalam satu baris.", "Name the document, in 1 to 200 characters on one line.";
    wrong_act: "Formulir ini tidak terbaca. Muat ulang halaman ini.", "This form cannot be read. Open this page again.";
    r_open: "Tidak ditutup: masih ada yang menahannya, lihat di bawah.", "Not closed: something keeps it open, see below.";
    r_empty: "Tidak ada yang perlu dinyatakan.", "There is nothing to state.";
    r_changed: "Jumlahnya berubah sejak Anda melihatnya. Tidak ada yang ditandatangani; periksa jumlah yang baru.",
        "The sum changed since you saw it. Nothing was signed; look at the new one.";
    r_closed: "Tahap ini sudah ditutup.", "This tranche is closed already.";
    r_remitted: "Berita acara ini sudah disetor.", "This statement was remitted already.";
    r_unknown: "Tidak ada berita acara dengan nomor ini.", "There is no statement of this number.";
    r_short: "Rekening bank program berisi kurang dari jumlah ini: kas dari kantor belum disetor kembali.",
        "The programme's bank account holds less than this: cash has not come back from the offices yet.";

    absent: "tidak hadir", "absent";
    deceased: "meninggal", "deceased";
    moved: "pindah", "moved";
    unknown: "tidak dikenal", "unknown";
    refused: "menolak", "declined";
    ineligible: "tidak berhak", "not entitled";
    duplicate: "ganda", "duplicate";
    unfunded: "belum disalurkan ke rekening", "never funded";
    unused_reason: "alokasi tidak terpakai", "allocation unused";
}

/// What a reason of the closed list is called.
pub fn reason(w: &'static Words, reason: &str) -> &'static str {
    match reason {
        "absent" => w.absent,
        "deceased" => w.deceased,
        "moved" => w.moved,
        "refused" => w.refused,
        "ineligible" => w.ineligible,
        "duplicate" => w.duplicate,
        "unfunded" => w.unfunded,
        "unused" => w.unused_reason,
        _ => w.unknown,
    }
}

/// What keeps a tranche from closing.
pub fn open<'a>(w: &'static Words, what: &'a str) -> &'a str {
    match what {
        "payments" => w.o_payments,
        "in_question" => w.o_in_question,
        "claims" => w.o_claims,
        "device_packs" => w.o_device_packs,
        "held_rows" => w.o_held_rows,
        "held_parts" => w.o_held_parts,
        "batches" => w.o_batches,
        "late_captures" => w.o_late_captures,
        other => other,
    }
}

/// What a refusal of a signature or of a remittance means, by its code.
pub fn refusal(w: &'static Words, code: &str) -> Option<&'static str> {
    Some(match code {
        "early" => w.too_early,
        "open" => w.r_open,
        "empty" => w.r_empty,
        "changed" => w.r_changed,
        "signed" => w.signed_by_you,
        "closed" => w.r_closed,
        "remitted" => w.r_remitted,
        "unknown" | "statement" => w.r_unknown,
        "short" => w.r_short,
        "document" => w.wrong_document,
        "act" | "rupiah" => w.wrong_act,
        _ => return None,
    })
}
