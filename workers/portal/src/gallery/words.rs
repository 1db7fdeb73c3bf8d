//! What the gallery says.

use crate::words::words;

words! {
    title: "Bukti foto", "Proof photos";
    lead: "Setiap foto yang ditampilkan dicatat: siapa melihat, kapan, dan untuk apa.",
        "Each photo shown is recorded: who looked, when, and why.";
    why_title: "Untuk apa Anda melihat foto keluarga?", "Why do you look at photos of families?";
    why_lead: "Foto ini data pribadi (UU 27/2022). Alasan Anda tersimpan bersama catatan setiap foto yang Anda lihat, sampai Anda keluar.",
        "These photos are personal data (UU 27/2022). Your reason is kept with the record of each photo you see, until you sign out.";
    why: "Alasan", "Reason";
    why_example: "misalnya: pemeriksaan tahap 5, surat tugas 12/2026", "for example: audit of tranche 5, assignment 12/2026";
    change: "ubah", "change";
    go_on: "Lanjut", "Go on";
    filters: "Saringan", "Filters";
    province: "Provinsi", "Province";
    regency: "Kabupaten/kota", "Regency or city";
    village: "Desa/kelurahan", "Village";
    all: "semua", "all";
    pay_point: "Titik bayar", "Pay point";
    teller: "Juru bayar", "Teller";
    device: "Perangkat", "Device";
    from: "Dari tanggal", "From day";
    to: "Sampai tanggal", "To day";
    least: "Rupiah paling sedikit", "Least rupiah";
    most: "Rupiah paling banyak", "Most rupiah";
    finding: "Temuan", "Finding";
    source: "Sumber", "Source";
    state: "Keadaan", "State";
    show: "Tampilkan", "Show";
    reset: "Hapus saringan", "Clear filters";
    none: "Tidak ada bukti dengan saringan ini.", "There is no proof with these filters.";
    shown: "foto, yang terbaru dulu", "photos, newest first";
    older: "Lebih lama", "Older";
    newest: "Terbaru", "Newest";
    keys: "Panah: pindah · Enter: buka", "Arrows: move · Enter: open";
    no_picture: "Tidak ada gambar yang terbaca", "No readable picture";
    destroyed: "Foto ini dimusnahkan. Sidik digital, temuan, dan catatan pelihat tetap ada; keputusannya tercantum di bawah.",
        "This photo was destroyed. Its digest, its findings and who looked at it are kept; the decision stands below.";
    found_destroyed: "Foto dimusnahkan", "Photo destroyed";
    retention_ended: "masa simpan berakhir", "the time of keeping is over";
    court_order: "perintah pengadilan", "order of a court";
    data_subject: "permintaan orang yang difoto", "request of the person in it";
    taken_by_mistake: "seharusnya tidak diambil", "was never to be taken";
    accepted: "Diterima", "Accepted";
    questioned: "Diperiksa", "In question";
    paid: "Dinyatakan dibayar", "Found paid";
    not_proven: "Tidak terbukti", "Not proven";
    refused: "Ditolak", "Refused";
    undone: "Dibatalkan", "Undone";

    case: "Kasus", "Case";
    photo_of: "Foto keluarga di loket dengan uang dan KTP", "Photo of the family at the counter with the money and the identity card";
    full_size: "Ukuran foto asli", "Size of the original photo";
    original: "Unduh foto asli", "Download the original";
    original_hint: "Berkas persis seperti dinilai, dengan metadata. Dicatat dengan alasan Anda.",
        "The file exactly as it was judged, with its metadata. Recorded with your reason.";
    findings: "Temuan", "Findings";
    no_findings: "Tidak ada temuan.", "There are no findings.";
    place: "Tempat", "Place";
    photo_at: "foto (EXIF)", "photo (EXIF)";
    device_at: "perangkat", "device";
    within: "batas", "limit";
    no_position: "Tidak ada posisi di foto maupun di pernyataan perangkat.", "Neither the photo nor the device's statement has a position.";
    times: "Waktu", "Times";
    claimed: "cek dipegang", "cheque claimed";
    taken: "foto menurut perangkat", "photo by the device";
    exif_taken: "foto menurut EXIF", "photo by EXIF";
    received: "diterima server", "received by the server";
    judged: "dinilai", "judged";
    claim_ends: "pegangan berakhir", "claim ends";
    compared: "EXIF di samping yang diharapkan", "EXIF beside what was expected";
    expected: "Diharapkan", "Expected";
    camera: "Kamera", "Camera";
    software: "Perangkat lunak", "Software";
    position: "Posisi", "Position";
    accuracy: "Ketelitian", "Accuracy";
    clock_offset: "Selisih jam perangkat", "Offset of the device's clock";
    size: "Ukuran", "Size";
    digest: "Sidik SHA-256", "SHA-256";
    as_stated: "seperti dinyatakan perangkat", "as the device stated";
    near_pay_point: "dalam radius titik bayar", "within the radius of the pay point";
    in_hours: "dalam jam buka", "within opening hours";
    no_exif: "tidak ada", "none";
    visit: "Kunjungan", "Visit";
    tranche: "Tahap", "Tranche";
    recipient: "Penerima", "Recipient";
    amount: "Jumlah", "Amount";
    status: "Status", "Status";
    timeline: "Riwayat", "Timeline";
    handed_by: "Diserahkan oleh", "Handed over by";
    decisions: "Keputusan", "Decisions";
    no_decisions: "Belum ada keputusan.", "Nothing was decided yet.";
    decide: "Putuskan", "Decide";
    decide_lead: "Keputusan dicatat dengan nama Anda. Yang pertama berlaku.", "The decision is recorded under your name. The first one counts.";
    ground: "Dasar", "Ground";
    document: "Dokumen", "Document";
    document_hint: "misalnya nomor berita acara", "for example the number of the minutes";
    send: "Kirim keputusan", "Send the decision";
    sent: "Keputusan terkirim dan sedang dijalankan.", "The decision was sent and is being carried out.";
    carried_out: "dijalankan", "carried out";
    already: "tidak berlaku: sudah diputuskan lebih dulu", "does not count: it was decided before";
    signed: "ditandatangani, menunggu orang kedua", "signed, waits for a second person";
    reload: "Muat ulang", "Reload";
    same_photo: "Foto yang sama dipakai di kunjungan lain", "The same photo was used for another visit";
    this_one: "Ini", "This one";
    the_other: "Yang lain", "The other one";
    back: "Kembali ke lembar", "Back to the sheet";
    photo_suffices: "foto cukup jelas", "the photo suffices";
    family_confirmed: "keluarga membenarkan", "the family confirmed it";
    witnesses: "saksi membenarkan", "witnesses confirmed it";
    family_denied: "keluarga menyangkal", "the family denied it";
    photo_false: "foto palsu", "the photo is false";
    no_answer: "tidak ada jawaban", "no answer";
    wrong_family: "keluarga yang salah", "wrong family";
    wrong_amount: "jumlah yang salah", "wrong amount";
    given_back: "uang dikembalikan", "the money was given back";
    not_paid_out: "uang tidak diserahkan", "the money was not handed over";
    found_paid: "dibayar", "paid";
    found_not_proven: "tidak terbukti", "not proven";
    found_undone: "penyerahan dibatalkan", "hand-over undone";
    conduct: "Angka per juru bayar, titik bayar, perangkat", "Numbers by teller, pay point, device";
    ask_photo: "Minta foto lain", "Ask for another photo";
    ask_lead: "Juru bayar membaca permintaan ini di perangkatnya. Sampai ada putusan, kunjungan ini tetap dipertanyakan.",
        "The teller reads this at the device. The visit stays in question until somebody decides.";
    wish: "Apa yang harus terlihat", "What it is to show";
    wish_hint: "Satu baris, tanpa nama atau NIK.", "One line, without a name or NIK.";
    ask_send: "Minta", "Ask";
    asked: "Foto lain diminta", "Another photo is asked for";
    answered_by: "Dijawab dengan", "Answered by";
    not_answered: "belum dijawab", "not answered yet";
    answers: "Ini jawaban atas permintaan untuk", "This answers what was asked of";
    metres: "m", "m";

}

/// What a state is called.
pub fn state(w: &'static Words, state: &str) -> &'static str {
    match state {
        "accepted" => w.accepted,
        "questioned" => w.questioned,
        "paid" => w.paid,
        "not_proven" => w.not_proven,
        "refused" => w.refused,
        _ => w.undone,
    }
}

/// What a ground of a decision is called.
pub fn ground(w: &'static Words, ground: &str) -> &'static str {
    match ground {
        "photo_suffices" => w.photo_suffices,
        "family_confirmed" => w.family_confirmed,
        "witnesses" => w.witnesses,
        "family_denied" => w.family_denied,
        "photo_false" => w.photo_false,
        "no_answer" => w.no_answer,
        "wrong_family" => w.wrong_family,
        "wrong_amount" => w.wrong_amount,
        "given_back" => w.given_back,
        "retention_ended" => w.retention_ended,
        "court_order" => w.court_order,
        "data_subject" => w.data_subject,
        "taken_by_mistake" => w.taken_by_mistake,
        _ => w.not_paid_out,
    }
}

/// What a decision came to.
pub fn decision(w: &'static Words, word: &str) -> &'static str {
    match word {
        "paid" => w.found_paid,
        "not_proven" => w.found_not_proven,
        "destroyed" => w.found_destroyed,
        _ => w.found_undone,
    }
}
