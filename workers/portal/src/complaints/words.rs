//! What the pages of complaints say: the public one in the words of a family, the office's in those of an office.

use crate::words::words;

words! {
    ask_title: "Ada yang salah dengan uang bantuan Anda?", "Is something wrong with your assistance?";
    ask_lead: "Sampaikan di sini dengan nomor seri pada cek. Tidak perlu nama, dan tidak ada biaya.",
        "Tell us here, with the serial on the cheque. No name is needed, and it costs nothing.";
    serial: "Nomor seri cek", "Serial of the cheque";
    serial_hint: "16 huruf dan angka di cek, misalnya 7K3M-9QXA-2F8B-1CDE", "16 letters and digits on the cheque, like 7K3M-9QXA-2F8B-1CDE";
    what: "Apa yang salah?", "What is wrong?";
    not_received: "Uang tidak diterima", "The money was not received";
    kept_back: "Sebagian uang dipotong", "Part of the money was kept back";
    not_me: "Yang difoto atau menerima bukan kami", "Somebody else was photographed or received it";
    other: "Hal lain", "Something else";
    rupiah: "Berapa rupiah yang dipotong, jika tahu", "How many rupiah were kept back, if you know";
    rupiah_hint: "Hanya untuk uang yang dipotong.", "Only for money that was kept back.";
    text: "Ceritakan, jika mau", "Tell us more, if you like";
    text_hint: "Paling banyak 500 huruf. Disimpan tersandi.", "At most 500 characters. Kept encrypted.";
    contact: "Bagaimana kami menghubungi Anda, jika mau", "How we can reach you, if you like";
    contact_hint: "Nomor telepon atau alamat. Disimpan tersandi, tidak diberikan kepada juru bayar.",
        "A phone number or an address. Kept encrypted, and not given to the teller.";
    send: "Kirim pengaduan", "Send the complaint";
    thanks: "Pengaduan diterima", "We have your complaint";
    thanks_lead: "Catat nomor ini. Sebutkan nomor ini bila bertanya di dinas sosial.", "Keep this number. Say it when you ask at the social office.";
    thanks_more: "Jika nomor serinya ada di daftar kami, pengawas di wilayah Anda akan memeriksanya.",
        "If the serial is on our lists, a supervisor of your region will look into it.";
    another: "Pengaduan lain", "Another complaint";
    wrong_serial: "Nomor seri salah ketik. Bandingkan lagi dengan cek.", "The serial is mistyped. Compare it with the cheque.";
    wrong_kind: "Pilih apa yang salah.", "Choose what is wrong.";
    wrong_rupiah: "Tulis jumlah rupiah dengan angka, dan hanya untuk uang yang dipotong.",
        "Write the amount in digits, and only for money that was kept back.";
    wrong_text: "Cerita terlalu panjang: paling banyak 500 huruf.", "The text is too long: at most 500 characters.";
    wrong_contact: "Tulis cara menghubungi Anda dalam satu baris, paling banyak 120 huruf.",
        "Write how to reach you on one line, at most 120 characters.";
    wrong_rate: "Terlalu banyak pengaduan saat ini. Coba lagi sepuluh menit lagi.", "Too many complaints right now. Try again in ten minutes.";

    title: "Pengaduan", "Complaints";
    lead: "Yang paling lama menunggu ada di atas. Pengaduan tidak mengubah uang; ia menjadi perkara pada pembayarannya.",
        "What waits longest stands first. A complaint changes no money; it is a case on its payment.";
    state: "Keadaan", "State";
    open: "menunggu jawaban", "waiting for an answer";
    answered: "sudah dijawab", "answered";
    all: "semua", "all";
    show: "Tampilkan", "Show";
    none: "Tidak ada pengaduan di sini.", "There are no complaints here.";
    next: "Berikutnya", "Next";
    first: "Dari awal", "From the start";
    number: "Nomor", "Number";
    lodged: "Masuk", "Lodged";
    place: "Tempat tinggal", "Home";
    teller: "Juru bayar", "Teller";
    payment: "Pembayaran", "Payment";
    unknown: "Tidak ada cek dengan nomor seri ini", "No cheque has this serial";
    not_handed_over: "belum diserahkan", "not handed over";
    kinds: "Menurut hal", "By kind";
    tellers: "Menurut juru bayar", "By teller";
    villages: "Menurut desa", "By village";
    complaints: "pengaduan", "complaints";
    of_them_open: "menunggu", "waiting";
    of_them_upheld: "terbukti", "upheld";
    said_kept_back: "dipotong menurut pengadu", "kept back, as they say,";
    upheld: "Terbukti", "Upheld";
    not_upheld: "Tidak terbukti", "Not upheld";
    written: "Isi pengaduan", "What was written";
    nothing_written: "Tidak ada yang ditulis selain ini.", "Nothing more was written.";
    read_lead: "Isinya data pribadi. Siapa membaca dan untuk apa dicatat.", "It is personal data. Who reads it and why is recorded.";
    why: "Untuk apa Anda membaca", "Why you read it";
    why_hint: "Jangan sebut nama atau NIK.", "Name no person and no NIK.";
    wrong_why: "Tulis alasan: 3 sampai 200 huruf, tanpa NIK.", "Say why: 3 to 200 characters, without a NIK.";
    read: "Baca", "Read";
    reach: "Cara menghubungi", "How to reach them";
    answer: "Jawaban", "Answer";
    answer_lead: "Jawaban pertama berlaku dan tidak dapat diubah.", "The first answer stands and cannot be changed.";
    verdict: "Putusan", "Verdict";
    note: "Yang ditemukan", "What was found";
    note_hint: "3 sampai 500 huruf dalam satu baris. Jangan sebut nama atau NIK.", "3 to 500 characters on one line. Name no person and no NIK.";
    wrong_note: "Pilih putusan, dan tulis yang ditemukan: 3 sampai 500 huruf dalam satu baris, tanpa NIK.",
        "Choose a verdict, and say what was found: 3 to 500 characters on one line, without a NIK.";
    send_answer: "Simpan jawaban", "Keep the answer";
    late: "Orang lain sudah menjawab lebih dulu, dengan putusan lain. Jawaban itu yang berlaku.",
        "Somebody answered before, and otherwise. That answer stands.";
    kept: "Jawaban tersimpan.", "The answer is kept.";
    by: "oleh", "by";
    about_payment: "Pengaduan tentang pembayaran ini", "Complaints about this payment";
}

/// What can be wrong, as it stands in tables.
pub const KINDS: [&str; 4] = ["not_received", "kept_back", "not_me", "other"];

/// What a kind is called.
pub fn kind(w: &'static Words, kind: &str) -> &'static str {
    match kind {
        "not_received" => w.not_received,
        "kept_back" => w.kept_back,
        "not_me" => w.not_me,
        _ => w.other,
    }
}

/// What a verdict is called; none: it waits.
pub fn verdict(w: &'static Words, verdict: Option<&str>) -> &'static str {
    match verdict {
        Some("upheld") => w.upheld,
        Some(_) => w.not_upheld,
        None => w.open,
    }
}
