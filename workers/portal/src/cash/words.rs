//! What the pages of cash say.

use crate::words::words;

words! {
    title: "Kas", "Cash";
    lead: "Siapa memegang berapa sekarang, menurut pembukuan.", "Who holds how much now, by the books.";
    programme: "Program", "Programme";
    show: "Tampilkan", "Show";
    none: "Tidak ada kas di wilayah Anda.", "There is no cash in your region.";
    where_title: "Di mana uangnya", "Where the money is";
    bank: "Bank", "Bank";
    offices: "Kantor", "Offices";
    office: "Kantor", "Office";
    tellers: "Juru bayar", "Tellers";
    teller: "Juru bayar", "Teller";
    difference: "Selisih yang ditanggung", "Differences answered for";
    difference_of: "Selisih", "Difference";
    next: "Berikutnya", "Next";
    first: "Dari awal", "From the start";
    all_offices: "Semua kantor", "All offices";

    received: "Diterima", "Received";
    paid_out: "Dibayarkan", "Paid out";
    given_back: "Dikembalikan", "Given back";
    must_hold: "Harus ada", "Must hold";
    closed_until: "Ditutup sampai", "Closed until";
    under_way: "Sedang berjalan", "Under way";
    not_booked: "foto belum dibukukan", "photos not booked yet";
    being_paid: "keluarga sedang dibayar", "families being paid";
    at_rest: "tidak ada", "nothing";
    below: "di bawah nol: keluarga dibayar dengan uang yang belum dibukukan masuk", "below nothing: families were paid from notes that nobody booked in";

    move_title: "Pindahkan kas", "Move cash";
    move_lead: "Antara bank dan kantor, kantor dan juru bayar, atau dua juru bayar. Anda melihat dahulu apa jadinya.",
        "Between bank and office, office and teller, or two tellers. You see first what comes of it.";
    from: "Dari", "From";
    to: "Ke", "To";
    amount: "Jumlah rupiah", "Amount in rupiah";
    document: "Dokumen", "Document";
    document_hint: "Surat yang ditandatangani kedua pihak, misalnya BA-7.", "The paper that both sides signed, for example BA-7.";
    look: "Lihat dahulu", "Look ahead";

    close_title: "Tutup hari juru bayar", "Close a teller's day";
    close_lead: "Hitung isi laci, lalu bandingkan dengan pembukuan. Hari dengan selisih ditutup hanya dengan penjelasan, dan juru bayar menanggung selisihnya.",
        "Count the drawer, then compare it with the books. A day with a difference closes only with an explanation, and the teller answers for it.";
    day: "Hari", "Day";
    counted: "Terhitung", "Counted";
    unsynchronised: "Foto yang belum dikirim perangkat", "Captures the device has not sent";
    explanation: "Penjelasan selisih", "Why it differs";
    explanation_hint: "Kosongkan bila cocok.", "Leave it empty where it agrees.";
    no_names: "Jangan sebut nama keluarga atau NIK.", "Name no family and no NIK.";
    compare: "Bandingkan", "Compare";

    ahead_move: "Sebelum dipindahkan", "Before it is moved";
    ahead_count: "Sebelum hari ditutup", "Before the day is closed";
    before: "Sebelum", "Before";
    after: "Sesudah", "After";
    send_move: "Pindahkan", "Move it";
    send_count: "Tutup hari", "Close the day";
    books: "Menurut pembukuan", "By the books";
    agrees: "Cocok dengan pembukuan.", "It agrees with the books.";
    short: "Kurang dari pembukuan: juru bayar akan menanggungnya.", "Less than the books: the teller will answer for it.";
    over: "Lebih dari pembukuan.", "More than the books.";
    back: "Kembali tanpa mengirim", "Back, without sending";

    moves: "Pemindahan terakhir", "The last moves";
    no_moves: "Belum ada pemindahan.", "Nothing was moved yet.";
    counts: "Penutupan terakhir", "The last closes";
    no_counts: "Belum ada penghitungan.", "Nothing was counted yet.";
    by: "Oleh", "By";
    outcome: "Hasil", "Outcome";
    booked: "dibukukan", "booked";
    refused: "ditolak", "refused";
    closed: "ditutup", "closed";

    sent: "Terkirim dan belum diputuskan. Muat ulang sebentar lagi.", "It was sent and is not decided yet. Reload in a moment.";
    was_moved: "Dibukukan", "Booked";
    was_closed: "Hari ditutup", "The day is closed";

    r_programme: "Tidak ada program ini.", "There is no such programme.";
    r_place: "Program ini tidak punya kantor atau juru bayar itu.", "The programme has no such office or teller.";
    r_same: "Asal dan tujuan sama.", "From and to are the same place.";
    r_way: "Kas hanya berpindah antara bank dan kantor, kantor dan juru bayar, atau dua juru bayar satu kantor.",
        "Cash goes between bank and office, office and teller, or two tellers of an office; nothing else.";
    r_other_office: "Juru bayar itu milik kantor lain; kas lewat kantornya sendiri.",
        "The teller belongs to another office; cash goes through the teller's own.";
    r_amount: "Tulis jumlah dalam rupiah bulat, lebih dari nol.", "Give a positive number of whole rupiah.";
    r_overdrawn: "Menurut pembukuan isinya kurang dari itu. Hitung lagi, atau bukukan dahulu uang yang masuk.",
        "The books say that less is there; count again, or book first what brought it.";
    r_paused: "Juru bayar ini dijeda: tidak ada kas yang ke sana, yang ada boleh kembali.",
        "The teller is paused: no cash goes there, what lies there may come back.";
    r_closed: "Hari itu sudah ditutup.", "That day is closed already.";
    r_later_day: "Hari yang lebih baru sudah ditutup.", "A later day is closed already.";
    r_future: "Hari itu belum dimulai.", "That day has not begun.";
    r_unsynchronised: "Perangkat masih menyimpan foto yang belum dikirim. Kirim dahulu, lalu hitung lagi.",
        "The device holds captures that it has not sent. Synchronise it, then count again.";
    r_unjudged: "Ada foto yang sudah dikirim dan belum dibukukan. Tunggu sebentar, lalu hitung lagi.",
        "Captures were sent and are not booked yet. Wait a moment, then count again.";
    r_claimed: "Ada keluarga yang sedang dibayar. Selesaikan, lalu hitung lagi.", "A family is being paid at this moment. Finish that, then count again.";
    r_differs: "Tidak cocok dengan pembukuan. Hitung lagi, atau tulis mengapa berbeda.",
        "It is not what the books say. Count again, or say why it differs.";
    r_conflict: "Formulir ini pernah dikirim dengan isi lain; tidak ada yang berubah. Isi formulir baru.",
        "This form was sent before and said something else; nothing was changed. Fill in a new one.";
    r_document: "Tulis 1 sampai 200 huruf dalam satu baris.", "Write 1 to 200 characters on one line.";
    r_day: "Tulis hari sebagai tanggal.", "Give the day as a date.";
    r_number: "Tulis berapa foto yang belum dikirim, dengan angka.", "Say in digits how many captures are not sent.";
    r_from: "Pilih asal dan tujuan.", "Choose from and to.";
    r_region: "Ini di luar wilayah Anda; rekening bank untuk seluruh negeri.", "This is outside your region; the bank account is the whole country's.";
}

/// What a reason or a refusal means, by its code.
pub fn reason(w: &'static Words, code: &str) -> Option<&'static str> {
    Some(match code {
        "programme" => w.r_programme,
        "place" => w.r_place,
        "same" => w.r_same,
        "way" => w.r_way,
        "other_office" => w.r_other_office,
        "amount" | "counted" => w.r_amount,
        "overdrawn" => w.r_overdrawn,
        "paused" => w.r_paused,
        "closed" => w.r_closed,
        "later_day" => w.r_later_day,
        "future" => w.r_future,
        "unsynchronised" => w.r_unsynchronised,
        "unjudged" => w.r_unjudged,
        "claimed" => w.r_claimed,
        "differs" => w.r_differs,
        "conflict" => w.r_conflict,
        "document" | "explanation" => w.r_document,
        "day" => w.r_day,
        "number" => w.r_number,
        "from" | "to" => w.r_from,
        "region" => w.r_region,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use salur_domain::{cash::Reason, reason::Language};

    use super::*;

    #[test]
    fn every_reason_is_told_in_both_languages() {
        for known in Reason::ALL {
            let told = [Language::Indonesian, Language::English].map(|language| reason(Words::of(language), known.as_str()));
            assert!(told[0].is_some() && told[0] != told[1], "{}", known.as_str());
        }
    }
}
