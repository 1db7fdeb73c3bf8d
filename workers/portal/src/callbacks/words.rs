//! What the pages of call-backs say.

use crate::words::words;

words! {
    title: "Tanya ulang keluarga", "Call families back";
    lead: "Sebagian keluarga yang sudah dibayar ditelepon atau dikunjungi: apakah uangnya utuh? Foto tidak membuktikan itu.",
        "Some of the families who were paid are called or visited: did they get the whole amount? A photo does not show that.";
    none: "Belum ada sampel di wilayah ini.", "There is no sample of this region yet.";
    draw: "Ambil sampel", "Draw a sample";
    draw_lead: "Keluarga dengan pengaduan, bukti yang diragukan, atau juru bayar dan perangkat yang berulang lebih sering ditanya. Siapa pun dapat mengulang.",
        "Families with a complaint, a questioned proof, or a teller or device that comes up again are asked more often. Anybody can draw it again.";
    tranche: "Tahap", "Tranche";
    region: "Wilayah", "Region";
    region_hint: "Dua angka provinsi atau empat angka kabupaten; kosong untuk seluruh wilayah Anda.",
        "Two digits of a province or four of a regency; empty for all of your region.";
    confidence: "Tingkat keyakinan", "Confidence";
    margin: "Batas kesalahan", "Margin of error";
    seed: "Benih acak", "Seed";
    seed_hint: "Kosongkan, kecuali untuk mengambil sampel yang sama lagi.", "Leave empty, unless you draw the same sample again.";
    why: "Untuk apa", "Why";
    why_hint: "3 sampai 200 huruf, tanpa nama atau NIK.", "3 to 200 characters, without a name or NIK.";
    country: "seluruh Indonesia", "the whole country";
    drawn: "ditanya", "to be asked";
    of_members: "dari keluarga yang dibayar", "of families paid";
    answered: "sudah menjawab", "answered";
    by: "oleh", "by";
    report: "Hasil", "What they say";
    report_lead: "Perkiraan untuk semua keluarga yang dibayar, dengan selang kepercayaan. Yang tidak terjangkau dianggap seperti yang lain dalam kelasnya.",
        "Estimates for all families paid, with an interval of confidence. Those not reached are taken to be like the others of their class.";
    report_none: "Belum cukup jawaban untuk sebuah perkiraan.", "There are too few answers for an estimate yet.";
    got_all: "Menerima utuh", "Got the whole amount";
    kept_back: "Sebagian dipotong", "Part was kept back";
    did_not_get: "Tidak menerima", "Did not get it";
    not_reached: "Tidak terjangkau", "Not reached";
    not_known: "Tidak tahu", "Not known";
    waiting: "Belum dihubungi", "Not called yet";
    missing: "Uang yang hilang dari keluarga", "Money missing from families";
    from_to: "sampai", "to";
    classes: "Kelas", "Classes";
    weight: "Bobot", "Weight";
    members: "Anggota", "Members";
    chance: "Peluang ditanya", "Chance of being asked";
    families: "Keluarga", "Families";
    families_lead: "Yang belum menjawab ada di atas, urut seperti diambil.", "Those without an answer stand first, in the order in which they were drawn.";
    home: "Tempat tinggal", "Home";
    teller: "Juru bayar", "Teller";
    signs: "Tanda", "Signs";
    answer: "Jawaban", "Answer";
    calls: "Panggilan", "Calls";
    complaint: "pengaduan", "complaint";
    questioned: "bukti diragukan", "questioned proof";
    sign_teller: "juru bayar berulang", "teller again";
    sign_device: "perangkat berulang", "device again";
    reach: "Cara menghubungi", "How to reach them";
    reach_lead: "Nama dan alamat adalah data pribadi. Siapa membukanya dan untuk apa dicatat.",
        "Name and address are personal data. Who opens them and why is recorded.";
    open: "Buka", "Open";
    name: "Nama", "Name";
    address: "Alamat", "Address";
    record: "Catat jawaban", "Record the answer";
    record_lead: "Jawaban pertama berlaku. Uang yang hilang menjadi pengaduan.", "The first answer stands. Missing money becomes a complaint.";
    rupiah: "Berapa rupiah dipotong", "Rupiah kept back";
    note: "Catatan", "Note";
    note_hint: "Satu baris, tanpa nama atau NIK.", "One line, without a name or NIK.";
    keep: "Simpan", "Keep";
    amount: "Jumlah", "Amount";
    to_complaint: "Lihat pengaduan", "See the complaint";
    back: "Kembali ke sampel", "Back to the sample";
    again: "Untuk mengambil lagi: benih, tahap, wilayah dan transaksi", "To draw it again: seed, tranche, region and transaction";
    wrong_fields: "Periksa isian: ", "Check the form: ";
    late: "Jawaban keluarga ini sudah diketahui; yang pertama berlaku.", "The answer of this family is known; the first one stands.";
}

/// What an outcome is called; none: nobody called yet.
pub fn outcome(w: &'static Words, outcome: Option<&str>) -> &'static str {
    match outcome {
        Some("got_all") => w.got_all,
        Some("kept_back") => w.kept_back,
        Some("did_not_get") => w.did_not_get,
        Some("not_reached") => w.not_reached,
        Some(_) => w.not_known,
        None => w.waiting,
    }
}

/// What a sign is called.
pub fn sign(w: &'static Words, sign: &str) -> &'static str {
    match sign {
        "complaint" => w.complaint,
        "questioned" => w.questioned,
        "teller" => w.sign_teller,
        _ => w.sign_device,
    }
}
