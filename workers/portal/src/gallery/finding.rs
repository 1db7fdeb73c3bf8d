//! What findings mean and what their evidence is called, in both languages. A case, a sheet's filter and a sample tell the same.
//!
//! The names of evidence are those of `salur_domain::proof`; a test holds both to each other.

use salur_domain::{
    proof::Code,
    reason::Language::{self, English, Indonesian},
};

/// What a finding means.
pub fn meaning(code: Code, language: Language) -> &'static str {
    in_language(language, meanings(code))
}

/// What a value of a finding's evidence is called.
pub fn evidence_name(name: &str, language: Language) -> &'static str {
    in_language(language, known_name(name).unwrap_or(("Keterangan", "Detail")))
}

/// The unit of a value of a finding's evidence.
pub fn evidence_unit(name: &str, language: Language) -> &'static str {
    match name {
        _ if name.ends_with("_m") => " m",
        _ if name.ends_with("_s") => in_language(language, (" detik", " s")),
        _ => "",
    }
}

const fn in_language(language: Language, (indonesian, english): (&'static str, &'static str)) -> &'static str {
    match language {
        Indonesian => indonesian,
        English => english,
    }
}

const fn meanings(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::Sig01 => ("tanda tangan perangkat tidak cocok", "the device's signature does not fit"),
        Code::Tok01 => ("cek bukan milik kunjungan ini", "the cheque is not of this visit"),
        Code::Dev01 => ("perangkat lain dari yang memegang cek", "another device than the one that claimed the cheque"),
        Code::Fil01 => ("gambar tidak terbaca", "the picture cannot be read"),
        Code::Fil02 => ("berkas berbeda dari yang dinyatakan", "the file differs from what was stated"),
        Code::Fil03 => ("ada isi lain setelah akhir gambar", "something follows the end of the picture"),
        Code::Fil04 => ("berkas ini sekaligus berkas jenis lain", "the file is something else too"),
        Code::Sam01 => ("foto yang sama dipakai di kunjungan lain", "the same photo was used for another visit"),
        Code::Sam02 => ("gambar serupa dengan foto kunjungan lain", "the picture looks like that of another visit"),
        Code::Sam03 => {
            ("gambar serupa dengan foto lain di titik bayar ini pada hari itu", "the picture looks like another of this pay point and day")
        }
        Code::Pic01 => ("gambar terlalu kecil", "the picture is too small"),
        Code::Pic02 => ("gambar terlalu gelap", "the picture is too dark"),
        Code::Pic03 => ("gambar terlalu terang", "the picture is blown out"),
        Code::Pic04 => ("gambar kabur", "the picture is blurred"),
        Code::Pic05 => ("gambar hanya satu bidang polos", "the picture shows one even surface"),
        Code::Exf01 => ("foto tanpa EXIF", "the photo has no EXIF"),
        Code::Exf02 => ("EXIF rusak", "the EXIF is malformed"),
        Code::Ori01 => ("berkas terakhir ditulis oleh penyunting gambar", "an editor wrote the file last"),
        Code::Ori02 => ("gambar mini di dalam berkas berbeda dari gambarnya", "the thumbnail inside of the file shows another picture"),
        Code::Ori03 => {
            ("gambar disimpan ulang atau dikirim lewat aplikasi pesan", "the picture was saved again or sent through a messenger")
        }
        Code::Tim01 => ("waktu EXIF berbeda dari pernyataan", "EXIF time differs from the statement"),
        Code::Tim02 => ("foto di luar masa bayar", "photo outside the payment window"),
        Code::Tim03 => ("foto di luar masa pegangan cek, atau setelah diterima", "photo outside the claim, or after it was received"),
        Code::Tim04 => ("foto di luar jam buka", "photo outside opening hours"),
        Code::Tim05 => ("foto datang lebih lambat dari batas luring", "the photo came later than an offline day allows"),
        Code::Tim06 => ("jam perangkat jauh meleset", "the clock of the device is far off"),
        Code::Plc01 => ("foto jauh dari titik bayar", "photo far from the pay point"),
        Code::Plc02 => ("perangkat jauh dari titik bayar", "device far from the pay point"),
        Code::Plc03 => ("tempat tidak diketahui", "the place is not known"),
        Code::Plc04 => ("tempat 0, 0: penerima rusak", "the place is 0, 0: a broken receiver"),
        Code::Plc05 => ("tempat berupa derajat bulat, seperti diketik", "the place is in whole degrees, as if typed"),
        Code::Plc06 => ("perangkat tidak cukup tahu tempatnya", "the device does not know its place well enough"),
        Code::Plc07 => ("tempat menurut kamera dan perangkat berjauhan", "camera and device name places that are apart"),
        Code::Tel01 => ("lebih cepat dari yang mungkin bagi seorang juru bayar", "faster than a teller can be"),
        Code::Prx01 => {
            ("wakil yang sama menerima untuk keluarga dari KK lain", "the same proxy receives for families of other household cards")
        }
    }
}

fn known_name(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "source" => ("Sumber", "Source"),
        "file" => ("Berkas", "File"),
        "exif" => ("Menurut EXIF", "By EXIF"),
        "statement" => ("Menurut perangkat", "By the device"),
        "apart_s" => ("Selisih", "Apart"),
        "scanned_at" => ("Dipindai", "Scanned"),
        "opens_at" => ("Masa bayar mulai", "Window opens"),
        "closes_at" => ("Masa bayar berakhir", "Window closes"),
        "claimed_at" => ("Cek dipegang", "Cheque claimed"),
        "expires_at" => ("Pegangan berakhir", "Claim ends"),
        "received_at" => ("Diterima server", "Received by the server"),
        "local_time" => ("Jam setempat", "Local time"),
        "opens" => ("Buka", "Opens"),
        "closes" => ("Tutup", "Closes"),
        "latitude" => ("Lintang", "Latitude"),
        "longitude" => ("Bujur", "Longitude"),
        "distance_m" => ("Jarak dari titik bayar", "Distance from the pay point"),
        "radius_m" => ("Radius titik bayar", "Radius of the pay point"),
        "accuracy_m" => ("Ketelitian yang diperhitungkan", "Accuracy allowed for"),
        "pixels" => ("Piksel", "Pixels"),
        "least" | "least_s" => ("Paling sedikit", "At least"),
        "most" | "most_m" => ("Paling banyak", "At most"),
        "other_capture" => ("Foto kunjungan lain", "Photo of the other visit"),
        "trailing_bytes" => ("Bita setelah gambar", "Bytes behind the picture"),
        "also" => ("Juga berkas", "Is also"),
        "brightness" => ("Terang rata-rata (0–255)", "Mean brightness (0–255)"),
        "white_per_mille" => ("Piksel putih (per seribu)", "White pixels (per thousand)"),
        "sharpness" => ("Ketajaman", "Sharpness"),
        "contrast" => ("Kontras", "Contrast"),
        "editor" => ("Penyunting", "Editor"),
        "bits_apart" => ("Bit berbeda (dari 64)", "Bits that differ (of 64)"),
        "quality" => ("Mutu kompresi (1–100)", "Quality of compression (1–100)"),
        "clock_off_s" => ("Jam meleset", "Clock off by"),
        "stated_m" => ("Ketelitian menurut perangkat", "Accuracy by the device"),
        "apart_m" => ("Jarak keduanya", "Between the two"),
        "apart_per_mille" => ("Perbedaan (per seribu)", "Difference (per thousand)"),
        "households" => ("Jumlah KK dalam sebulan", "Household cards within a month"),
        "families" => ("Jumlah keluarga dalam sebulan", "Families within a month"),
        "between_s" => ("Jeda antarpenyerahan", "Between two hand-overs"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every file in which a rule writes evidence.
    const RULES: [&str; 5] = [
        include_str!("../../../lib/domain/src/proof/history.rs"),
        include_str!("../../../lib/domain/src/proof/origin.rs"),
        include_str!("../../../lib/domain/src/proof/picture.rs"),
        include_str!("../../../lib/domain/src/proof/place.rs"),
        include_str!("../../../lib/domain/src/proof/time.rs"),
    ];

    /// Names of evidence as the rules write them: `("name", ` in their sources.
    fn names(source: &str) -> impl Iterator<Item = &str> {
        let noted = source.split("(\"").skip(1).filter_map(|rest| rest.split_once("\", ")).map(|(name, _)| name);
        noted.filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
    }

    #[test]
    fn every_name_of_evidence_has_its_words() {
        let names: Vec<&str> = RULES.iter().flat_map(|rules| names(rules)).collect();
        assert!(names.len() > 25 && names.contains(&"distance_m") && names.contains(&"other_capture"), "{names:?}");
        let unnamed: Vec<&&str> = names.iter().filter(|name| known_name(name).is_none()).collect();
        assert!(unnamed.is_empty(), "{unnamed:?} need words");
    }
}
