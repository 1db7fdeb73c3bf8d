//! What the gallery says.

use salur_domain::{
    proof::Code,
    reason::Language::{self, English, Indonesian},
};

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
    state: "Keadaan", "State";
    show: "Tampilkan", "Show";
    reset: "Hapus saringan", "Clear filters";
    none: "Tidak ada bukti dengan saringan ini.", "There is no proof with these filters.";
    shown: "foto, yang terbaru dulu", "photos, newest first";
    older: "Lebih lama", "Older";
    newest: "Terbaru", "Newest";
    keys: "Panah: pindah · Enter: buka", "Arrows: move · Enter: open";
    no_picture: "Tidak ada gambar yang terbaca", "No readable picture";
    accepted: "Diterima", "Accepted";
    questioned: "Diperiksa", "In question";
    paid: "Dinyatakan dibayar", "Found paid";
    not_proven: "Tidak terbukti", "Not proven";
    refused: "Ditolak", "Refused";
    undone: "Dibatalkan", "Undone";

    case: "Kasus", "Case";
    photo_of: "Foto keluarga di loket dengan uang dan KTP", "Photo of the family at the counter with the money and the identity card";
    full_size: "Buka ukuran penuh", "Open at full size";
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
    source: "Sumber", "Source";
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
    metres: "m", "m";

    unit_metres: " m", " m";
    unit_seconds: " detik", " s";
    e_apart: "Selisih", "Apart";
    e_scanned_at: "Dipindai", "Scanned";
    e_opens_at: "Masa bayar mulai", "Window opens";
    e_closes_at: "Masa bayar berakhir", "Window closes";
    e_claimed_at: "Cek dipegang", "Cheque claimed";
    e_expires_at: "Pegangan berakhir", "Claim ends";
    e_received_at: "Diterima server", "Received by the server";
    e_local_time: "Jam setempat", "Local time";
    e_opens: "Buka", "Opens";
    e_closes: "Tutup", "Closes";
    e_latitude: "Lintang", "Latitude";
    e_longitude: "Bujur", "Longitude";
    e_distance: "Jarak dari titik bayar", "Distance from the pay point";
    e_radius: "Radius titik bayar", "Radius of the pay point";
    e_allowance: "Ketelitian yang diperhitungkan", "Accuracy allowed for";
    e_pixels: "Piksel", "Pixels";
    e_least: "Paling sedikit", "At least";
    e_other_capture: "Foto kunjungan lain", "Photo of the other visit";
    e_statement: "Menurut perangkat", "By the device";
    e_exif: "Menurut EXIF", "By EXIF";
    e_other: "Keterangan", "Detail";
}

/// What a value of a finding's evidence is called. The names are those of `salur_domain::proof`; a test holds both to each other.
pub fn evidence_name(w: &'static Words, name: &str) -> &'static str {
    match name {
        "source" => w.source,
        "exif" => w.e_exif,
        "statement" => w.e_statement,
        "apart_s" => w.e_apart,
        "scanned_at" => w.e_scanned_at,
        "opens_at" => w.e_opens_at,
        "closes_at" => w.e_closes_at,
        "claimed_at" => w.e_claimed_at,
        "expires_at" => w.e_expires_at,
        "received_at" => w.e_received_at,
        "local_time" => w.e_local_time,
        "opens" => w.e_opens,
        "closes" => w.e_closes,
        "latitude" => w.e_latitude,
        "longitude" => w.e_longitude,
        "distance_m" => w.e_distance,
        "radius_m" => w.e_radius,
        "accuracy_m" => w.e_allowance,
        "pixels" => w.e_pixels,
        "least" => w.e_least,
        "other_capture" => w.e_other_capture,
        _ => w.e_other,
    }
}

/// The unit of a value of a finding's evidence.
pub fn evidence_unit(w: &'static Words, name: &str) -> &'static str {
    if name.ends_with("_m") {
        w.unit_metres
    } else if name.ends_with("_s") {
        w.unit_seconds
    } else {
        ""
    }
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
        _ => w.not_paid_out,
    }
}

/// What a decision came to.
pub fn decision(w: &'static Words, word: &str) -> &'static str {
    match word {
        "paid" => w.found_paid,
        "not_proven" => w.found_not_proven,
        _ => w.found_undone,
    }
}

/// What a finding means.
pub fn meaning(code: Code, language: Language) -> &'static str {
    match (code, language) {
        (Code::Sig01, Indonesian) => "tanda tangan perangkat tidak cocok",
        (Code::Sig01, English) => "the device's signature does not fit",
        (Code::Tok01, Indonesian) => "cek bukan milik kunjungan ini",
        (Code::Tok01, English) => "the cheque is not of this visit",
        (Code::Dev01, Indonesian) => "perangkat lain dari yang memegang cek",
        (Code::Dev01, English) => "another device than the one that claimed the cheque",
        (Code::Fil01, Indonesian) => "gambar tidak terbaca",
        (Code::Fil01, English) => "the picture cannot be read",
        (Code::Fil02, Indonesian) => "berkas berbeda dari yang dinyatakan",
        (Code::Fil02, English) => "the file differs from what was stated",
        (Code::Sam01, Indonesian) => "foto yang sama dipakai di kunjungan lain",
        (Code::Sam01, English) => "the same photo was used for another visit",
        (Code::Pic01, Indonesian) => "gambar terlalu kecil",
        (Code::Pic01, English) => "the picture is too small",
        (Code::Exf01, Indonesian) => "foto tanpa EXIF",
        (Code::Exf01, English) => "the photo has no EXIF",
        (Code::Exf02, Indonesian) => "EXIF rusak",
        (Code::Exf02, English) => "the EXIF is malformed",
        (Code::Tim01, Indonesian) => "waktu EXIF berbeda dari pernyataan",
        (Code::Tim01, English) => "EXIF time differs from the statement",
        (Code::Tim02, Indonesian) => "foto di luar masa bayar",
        (Code::Tim02, English) => "photo outside the payment window",
        (Code::Tim03, Indonesian) => "foto di luar masa pegangan cek, atau setelah diterima",
        (Code::Tim03, English) => "photo outside the claim, or after it was received",
        (Code::Tim04, Indonesian) => "foto di luar jam buka",
        (Code::Tim04, English) => "photo outside opening hours",
        (Code::Plc01, Indonesian) => "foto jauh dari titik bayar",
        (Code::Plc01, English) => "photo far from the pay point",
        (Code::Plc02, Indonesian) => "perangkat jauh dari titik bayar",
        (Code::Plc02, English) => "device far from the pay point",
        (Code::Plc03, Indonesian) => "tempat tidak diketahui",
        (Code::Plc03, English) => "the place is not known",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of evidence as the rules write them: `("name", ` in their sources, and `"name":` where a stage adds one.
    fn names(source: &str) -> Vec<&str> {
        let noted = source.split("(\"").skip(1).filter_map(|rest| rest.split_once("\", ")).map(|(name, _)| name);
        noted.filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')).collect()
    }

    #[test]
    fn every_name_of_evidence_has_its_words() {
        let rules = include_str!("../../../lib/domain/src/proof.rs");
        let product = rules.split("#[cfg(test)]").next().expect("there is a first part");
        let mut names = names(product);
        names.push("other_capture");
        assert!(names.len() > 15 && names.contains(&"distance_m"), "{names:?}");
        let w = Words::of(English);
        let unnamed: Vec<&&str> = names.iter().filter(|name| evidence_name(w, name) == w.e_other).collect();
        assert!(unnamed.is_empty(), "{unnamed:?} need words");
    }
}
