//! The closed list of reasons: every rule that can reject, hold or warn about a row, with its column and its words.
//!
//! Upstream hears the code, the column and the remedy; pages show the message. Texts name no person and no number of a person. Rules of
//! one row are checked in [`crate::row`]; rules over many rows (pairs, households, tranche, money) by the release, in SQL.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::money::Rupiah;
use crate::status::RowStatus;

/// What a rule does to a row, mild to severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The row goes on; the warning is shown.
    Warn,
    /// The row waits for a person or for money.
    Hold,
    /// The row ends.
    Reject,
}

/// A language of pages and cheques.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Bahasa Indonesia, first everywhere.
    #[default]
    Indonesian,
    /// English.
    English,
}

/// A rule. The text form ([`Code::as_str`]) stands in tables, messages and pages and is never reused for another rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each code is explained in TABLE below, in two languages")]
pub enum Code {
    Nik01,
    Nik02,
    Nik03,
    Nik04,
    Nik05,
    Nik06,
    Nik07,
    Nik08,
    Nik09,
    Nik09b,
    Nik10,
    Nik10b,
    Nik11,
    Kk01,
    Nam01,
    Adr01,
    Amt01,
    Amt02,
    Reg01,
    Reg02,
    Trn01,
    Dat01,
    Sex01,
    Mon01,
    Src01,
    Trn02,
    Bat02,
    Con01,
    Pay01,
}

/// What there is to say about a code: message and remedy, in Indonesian and in English.
struct Entry {
    code: Code,
    text: &'static str,
    outcome: Outcome,
    column: &'static str,
    id: (&'static str, &'static str),
    en: (&'static str, &'static str),
}

impl Code {
    /// Every code, in the order of the list.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|entry| entry.code)
    }

    fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// `NIK01`.
    pub fn as_str(self) -> &'static str {
        self.entry().text
    }

    /// The code of that text.
    ///
    /// ```
    /// use salur_domain::reason::Code;
    /// assert_eq!(Code::parse("NIK09b"), Some(Code::Nik09b));
    /// assert_eq!(Code::parse("NIK99"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        TABLE.iter().find(|entry| entry.text == text).map(|entry| entry.code)
    }

    /// What it does to a row.
    pub fn outcome(self) -> Outcome {
        self.entry().outcome
    }

    /// Column of a row that it is about.
    pub fn column(self) -> &'static str {
        self.entry().column
    }

    /// What is wrong.
    pub fn message(self, language: Language) -> &'static str {
        self.words(language).0
    }

    /// What to do about it.
    pub fn remedy(self, language: Language) -> &'static str {
        self.words(language).1
    }

    fn words(self, language: Language) -> (&'static str, &'static str) {
        match language {
            Language::Indonesian => self.entry().id,
            Language::English => self.entry().en,
        }
    }

    /// Message and remedy in one line of English, as upstream hears it.
    pub fn explain(self) -> String {
        format!("{}; {}", self.message(Language::English), self.remedy(Language::English))
    }
}

/// What becomes of a row with these findings: the worst decides. A row that may go on is staged; release accepts it.
pub fn status(findings: &[Code]) -> RowStatus {
    match findings.iter().map(|code| code.outcome()).max() {
        Some(Outcome::Reject) => RowStatus::Rejected,
        Some(Outcome::Hold) => RowStatus::Held,
        Some(Outcome::Warn) | None => RowStatus::Staged,
    }
}

/// The figures of `MON01`: what a batch's part needs and what the regency's allocation has left.
///
/// ```
/// use salur_domain::{Rupiah, reason::{Language, shortfall}};
/// let (needed, left) = (Rupiah::new(600_000).unwrap(), Rupiah::new(500_000).unwrap());
/// assert_eq!(shortfall(needed, left, Language::English), "needed Rp600.000, left Rp500.000, short by Rp100.000");
/// ```
pub fn shortfall(needed: Rupiah, left: Rupiah, language: Language) -> String {
    let short = Rupiah::new(needed.get().saturating_sub(left.get()).max(0)).unwrap_or_default();
    match language {
        Language::Indonesian => format!("perlu {needed}, tersisa {left}, kurang {short}"),
        Language::English => format!("needed {needed}, left {left}, short by {short}"),
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("unknown reason code"))
    }
}

/// The list, in the order of [`Code`].
const TABLE: &[Entry] = &[
    Entry {
        code: Code::Nik01,
        text: "NIK01",
        outcome: Outcome::Reject,
        column: "nik",
        id: ("NIK bukan 16 angka", "kirim ulang dengan NIK 16 angka seperti di KTP"),
        en: ("NIK is not 16 digits", "send the row again with the 16 digits of the identity card"),
    },
    Entry {
        code: Code::Nik02,
        text: "NIK02",
        outcome: Outcome::Reject,
        column: "nik",
        id: (
            "NIK rusak oleh lembar kerja: angkanya dibulatkan",
            "jadikan kolom NIK teks di lembar kerja, isi lagi dari sumbernya, kirim ulang",
        ),
        en: (
            "NIK was damaged by a spreadsheet: its digits were rounded away",
            "make the column text, fill it again from the source, send the row again",
        ),
    },
    Entry {
        code: Code::Nik03,
        text: "NIK03",
        outcome: Outcome::Reject,
        column: "nik",
        id: ("NIK tidak mungkin: semua angka sama, atau nomor urut 0000", "periksa NIK di KTP; angka terakhir bisa hilang di lembar kerja"),
        en: (
            "NIK is impossible: all digits equal, or serial 0000",
            "check the identity card; a spreadsheet may have zeroed the last digits",
        ),
    },
    Entry {
        code: Code::Nik04,
        text: "NIK04",
        outcome: Outcome::Hold,
        column: "nik",
        id: ("tanggal lahir di dalam NIK tidak mungkin", "periksa NIK di KTP, lalu perbaiki atau lepaskan penahanan"),
        en: ("the birth date inside the NIK is impossible", "check the identity card, then correct the row or release the hold"),
    },
    Entry {
        code: Code::Nik05,
        text: "NIK05",
        outcome: Outcome::Hold,
        column: "nik",
        id: ("kode provinsi di dalam NIK tidak dikenal", "periksa NIK di KTP, lalu perbaiki atau lepaskan penahanan"),
        en: ("the province inside the NIK is in no list", "check the identity card, then correct the row or release the hold"),
    },
    Entry {
        code: Code::Nik06,
        text: "NIK06",
        outcome: Outcome::Warn,
        column: "nik",
        id: ("kode kecamatan di dalam NIK tidak ada di daftar", "tidak wajib; periksa bila ada tanda lain"),
        en: ("the district inside the NIK is in no list", "none required; check it if something else looks wrong"),
    },
    Entry {
        code: Code::Nik07,
        text: "NIK07",
        outcome: Outcome::Warn,
        column: "birth_date",
        id: ("tanggal lahir atau jenis kelamin berbeda dari NIK", "tidak wajib; data kependudukan bisa dikoreksi setelah NIK terbit"),
        en: ("birth date or sex differs from the NIK", "none required; records may be corrected after the NIK was issued"),
    },
    Entry {
        code: Code::Nik08,
        text: "NIK08",
        outcome: Outcome::Warn,
        column: "nik",
        id: ("umur menurut NIK di bawah 17 atau di atas 110 tahun", "pastikan penerima masih hidup dan berhak"),
        en: ("age from the NIK is under 17 or over 110", "make sure that the recipient is alive and entitled"),
    },
    Entry {
        code: Code::Nik09,
        text: "NIK09",
        outcome: Outcome::Hold,
        column: "nik",
        id: ("NIK yang sama dua kali dalam satu daftar", "tentukan baris mana yang benar"),
        en: ("the same NIK twice in one batch", "decide which row is right"),
    },
    Entry {
        code: Code::Nik09b,
        text: "NIK09b",
        outcome: Outcome::Hold,
        column: "nik",
        id: ("NIK sudah ada di tahap ini dengan isi lain", "bandingkan kedua baris, lalu tentukan"),
        en: ("the NIK is already in the tranche with other content", "compare both rows, then decide"),
    },
    Entry {
        code: Code::Nik10,
        text: "NIK10",
        outcome: Outcome::Hold,
        column: "kk",
        id: ("kartu keluarga yang sama dua kali dalam satu tahap", "tentukan siapa yang menerima untuk keluarga itu"),
        en: ("the same household card twice in a tranche", "decide who receives for the household"),
    },
    Entry {
        code: Code::Nik10b,
        text: "NIK10b",
        outcome: Outcome::Warn,
        column: "name",
        id: ("rekening dikenal dari tahap lain dengan nama lain", "tidak wajib; periksa bila bukan perbaikan ejaan"),
        en: ("the account is known from another tranche under another name", "none required; check it unless it is a change of spelling"),
    },
    Entry {
        code: Code::Nik11,
        text: "NIK11",
        outcome: Outcome::Hold,
        column: "nik",
        id: ("orang yang sama di dua program yang saling meniadakan", "tentukan program mana yang berlaku"),
        en: ("the same person in two programmes that exclude each other", "decide which programme holds"),
    },
    Entry {
        code: Code::Kk01,
        text: "KK01",
        outcome: Outcome::Reject,
        column: "kk",
        id: ("nomor kartu keluarga bukan 16 angka", "kirim ulang dengan nomor KK 16 angka; jadikan kolomnya teks"),
        en: ("household card number is not 16 digits", "send the row again with all 16 digits; make the column text"),
    },
    Entry {
        code: Code::Nam01,
        text: "NAM01",
        outcome: Outcome::Reject,
        column: "name",
        id: (
            "nama kosong, terlalu panjang, atau berisi karakter kendali",
            "kirim ulang dengan nama seperti di KTP, paling banyak 100 huruf",
        ),
        en: (
            "name is empty, too long or has control characters",
            "send the row again with the name of the identity card, 100 letters at most",
        ),
    },
    Entry {
        code: Code::Adr01,
        text: "ADR01",
        outcome: Outcome::Warn,
        column: "address",
        id: ("alamat terlalu panjang atau berisi karakter kendali; disimpan setelah dirapikan", "tidak wajib"),
        en: ("address is too long or has control characters; kept tidied", "none required"),
    },
    Entry {
        code: Code::Amt01,
        text: "AMT01",
        outcome: Outcome::Reject,
        column: "amount",
        id: ("jumlah uang tidak terbaca; daftar menunggu baris ini", "kirim ulang baris ini dengan jumlah rupiah bulat, angka saja"),
        en: ("amount is unreadable; the batch keeps waiting for this row", "send this row again with whole rupiah, digits only"),
    },
    Entry {
        code: Code::Amt02,
        text: "AMT02",
        outcome: Outcome::Reject,
        column: "amount",
        id: ("jumlah uang berbeda dari jumlah tahap ini", "kirim dengan jumlah yang ditetapkan untuk tahap ini"),
        en: ("amount differs from the tranche's amount", "send it with the amount set for the tranche"),
    },
    Entry {
        code: Code::Reg01,
        text: "REG01",
        outcome: Outcome::Reject,
        column: "village",
        id: ("kode desa atau kelurahan tidak dikenal", "pakai kode Kemendagri 10 angka, dengan atau tanpa titik"),
        en: ("village code is unknown", "use the 10 digits of the Ministry of Home Affairs, with or without dots"),
    },
    Entry {
        code: Code::Reg02,
        text: "REG02",
        outcome: Outcome::Reject,
        column: "village",
        id: ("kabupaten atau kota ini tidak punya alokasi di tahap ini", "periksa kode desa, atau tahap yang dituju"),
        en: ("the regency has no allocation in this tranche", "check the village code, or the tranche meant"),
    },
    Entry {
        code: Code::Trn01,
        text: "TRN01",
        outcome: Outcome::Reject,
        column: "tranche",
        id: ("tahap tidak dikenal", "pakai kode tahap yang terdaftar"),
        en: ("tranche is unknown", "use the code of a registered tranche"),
    },
    Entry {
        code: Code::Dat01,
        text: "DAT01",
        outcome: Outcome::Warn,
        column: "birth_date",
        id: ("tanggal lahir tidak terbaca", "tulis sebagai TTTT-BB-HH, misalnya 1985-04-12"),
        en: ("birth date is unreadable", "write it as YYYY-MM-DD, for example 1985-04-12"),
    },
    Entry {
        code: Code::Sex01,
        text: "SEX01",
        outcome: Outcome::Warn,
        column: "sex",
        id: ("jenis kelamin bukan L atau P", "tulis L untuk laki-laki, P untuk perempuan"),
        en: ("sex is neither L nor P", "write L for male, P for female"),
    },
    Entry {
        code: Code::Mon01,
        text: "MON01",
        outcome: Outcome::Hold,
        column: "amount",
        id: ("alokasi kabupaten atau kota tidak mencukupi bagian daftar ini", "tambah alokasi, lalu lepaskan penahanan"),
        en: ("the regency's allocation does not cover the batch's part", "add to the allocation, then release the hold"),
    },
    Entry {
        code: Code::Src01,
        text: "SRC01",
        outcome: Outcome::Reject,
        column: "source",
        id: ("sistem pengirim tidak terdaftar", "daftarkan dengan `salur setup`, lalu kirim ulang dalam daftar baru"),
        en: ("the sending system is not registered", "register it with `salur setup`, then send again in a new batch"),
    },
    Entry {
        code: Code::Trn02,
        text: "TRN02",
        outcome: Outcome::Hold,
        column: "tranche",
        id: ("tahap baris ini berbeda dari tahap daftarnya", "kirim baris ini dalam daftar untuk tahapnya"),
        en: ("the row names another tranche than its batch", "send the row in a batch of its tranche"),
    },
    Entry {
        code: Code::Bat02,
        text: "BAT02",
        outcome: Outcome::Hold,
        column: "row",
        id: ("baris datang setelah daftarnya lengkap", "kirim baris ini dalam daftar baru"),
        en: ("the row came after its batch was complete", "send the row in a new batch"),
    },
    Entry {
        code: Code::Con01,
        text: "CON01",
        outcome: Outcome::Warn,
        column: "row",
        id: ("rujukan yang sama dengan isi berbeda: yang pertama berlaku", "kirim isi baru dengan rujukan baru"),
        en: ("the same reference with other content: the first one stands", "send new content under a new reference"),
    },
    Entry {
        code: Code::Pay01,
        text: "PAY01",
        outcome: Outcome::Hold,
        column: "village",
        id: ("desa belum mempunyai titik bayar", "tetapkan titik bayar dengan `salur setup`, lalu lepaskan penahanan"),
        en: ("the village has no pay point", "assign a pay point with `salur setup`, then release the hold"),
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_codes() {
        for (at, entry) in TABLE.iter().enumerate() {
            assert_eq!(entry.code as usize, at, "{}", entry.text);
            assert_eq!(Code::parse(entry.text), Some(entry.code));
        }
        assert_eq!(Code::all().map(Code::as_str).collect::<BTreeSet<_>>().len(), TABLE.len(), "texts are distinct");
    }

    #[test]
    fn every_code_has_words_in_both_languages_and_none_carries_a_long_number() {
        for entry in TABLE {
            for words in [entry.id.0, entry.id.1, entry.en.0, entry.en.1] {
                let longest = words.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
                assert!(!words.is_empty() && longest <= 4, "{}: {words}", entry.text);
            }
        }
    }

    #[test]
    fn the_worst_finding_decides() {
        assert_eq!(status(&[]), RowStatus::Staged);
        assert_eq!(status(&[Code::Nik06, Code::Sex01]), RowStatus::Staged);
        assert_eq!(status(&[Code::Nik06, Code::Nik04]), RowStatus::Held);
        assert_eq!(status(&[Code::Nik04, Code::Kk01, Code::Nik06]), RowStatus::Rejected);
    }
}
