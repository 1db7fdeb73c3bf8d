//! What the page that finds a family says.

use salur_domain::reason::Language;

use super::{Wrong, list::MISTYPED_SERIAL};
use crate::words::words;

words! {
    title: "Cari keluarga", "Find a family";
    lead: "Setiap pencarian dicatat: siapa mencari, kapan, dengan apa, dan untuk apa. Yang Anda ketik tidak dicatat.",
        "Each search is recorded: who looked, when, by what, and why. What you type is not.";
    by_number: "Dengan nomor", "By a number";
    by_name: "Dengan nama di satu desa", "By name within one village";
    by_list: "Dengan daftar", "By a list";
    kind: "Nomor apa", "Which number";
    nik: "NIK", "NIK";
    kk: "Nomor KK", "Number of the household card (KK)";
    serial: "Nomor seri cek", "Serial of the cheque";
    number: "Nomor", "Number";
    regency: "Kabupaten/kota", "Regency or city";
    choose_regency: "Pilih kabupaten", "Choose the regency";
    village: "Desa/kelurahan", "Village";
    name: "Nama", "Name";
    name_hint: "Urutan kata, huruf besar, dan salah ketik kecil tidak mengapa.", "The order of words, capitals and small slips do not matter.";
    list: "NIK atau nomor seri, satu per baris", "NIKs or serials, one a line";
    list_hint: "Paling banyak 10.000 baris. Dari tabel, kolom pertama yang dibaca.", "At most 10,000 lines. Of a table the first column is read.";
    why: "Untuk apa", "Why";
    why_hint: "Jangan sebut nama atau NIK.", "Name no person and no NIK.";
    why_example: "misalnya: pengaduan di kantor desa", "for example: a question at the village office";
    find: "Cari", "Find";
    as_csv: "Unduh CSV", "Download CSV";
    results: "Hasil", "Results";
    none: "Tidak ada keluarga dengan ini di wilayah Anda.", "There is no family by this in your region.";
    found_families: "keluarga ditemukan", "families found";
    more: "Ada nama mirip lain yang tidak ditampilkan. Tulis nama lebih lengkap.", "More names are alike than are shown. Write more of the name.";
    unreadable: "baris tidak dapat dibuka, jadi namanya tidak ikut dicari.", "rows do not open, so their names were not searched.";
    open: "Buka", "Open";
    lines: "baris", "lines";
    found: "ditemukan", "found";
    not_found: "tidak ditemukan", "not found";
    wrong: "bukan NIK atau nomor seri", "neither a NIK nor a serial";
    again: "baris berulang", "lines that repeat an earlier one";
    line: "Baris", "Line";
    first_lines: "Di sini hanya baris-baris pertama. Semuanya ada di CSV.", "Only the first lines are shown here. All of them are in the CSV.";

    wrong_why: "Tulis untuk apa Anda mencari: 3 sampai 200 huruf, tanpa NIK.", "Say why you look: 3 to 200 characters, without a NIK.";
    wrong_kk: "Ini bukan nomor KK. Nomor KK terdiri dari 16 angka.", "This is no number of a household card. It has 16 digits.";
    wrong_serial: "Nomor seri salah ketik. Periksa huruf dan angkanya.", "The serial is mistyped. Look for a wrong character.";
    wrong_name: "Tulis nama, paling sedikit satu kata.", "Write a name, at least one word of it.";
    wrong_village: "Pilih desa di wilayah Anda.", "Choose a village of your region.";
    wrong_crowded: "Penerima di desa ini terlalu banyak untuk dicari dengan nama. Cari dengan NIK, KK, atau nomor seri.",
        "This village has too many recipients to be searched by name. Look by NIK, household card or serial.";
    wrong_list: "Tempel 1 sampai 10.000 baris, masing-masing diawali NIK atau nomor seri.",
        "Paste 1 to 10,000 lines, a NIK or serial at the beginning of each.";
    wrong_rate: "Terlalu banyak pencarian dalam satu menit. Tunggu sebentar, atau tempel daftar.",
        "Too many searches in a minute. Wait a moment, or paste a list.";
}

/// What is wrong with what was asked.
pub fn wrong(w: &'static Words, wrong: Wrong, language: Language) -> &'static str {
    match wrong {
        Wrong::Why => w.wrong_why,
        Wrong::Nik(code) => code.message(language),
        Wrong::Kk => w.wrong_kk,
        Wrong::Serial => w.wrong_serial,
        Wrong::Name => w.wrong_name,
        Wrong::Village => w.wrong_village,
        Wrong::Crowded => w.wrong_crowded,
        Wrong::List => w.wrong_list,
        Wrong::Rate => w.wrong_rate,
    }
}

/// Why a line names nothing.
pub fn of_line(w: &'static Words, code: &str, language: Language) -> &'static str {
    if code == MISTYPED_SERIAL {
        return w.wrong_serial;
    }
    salur_domain::reason::Code::parse(code).map_or(w.wrong, |code| code.message(language))
}
