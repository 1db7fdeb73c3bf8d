//! What pages say, in two languages, and how each writes numbers and days.
//!
//! A word without its translation does not compile: [`words!`] takes both at once, Indonesian first. Templates hold no text of their own; a test reads them.

use chrono::{DateTime, Datelike, FixedOffset, Utc};
use salur_domain::{Rupiah, reason::Language};

/// A struct of texts, one field each in both languages.
macro_rules! words {
    ($($field:ident: $indonesian:literal, $english:literal;)+) => {
        /// Every text of the page.
        #[derive(Debug)]
        pub struct Words { $(pub $field: &'static str),+ }

        impl Words {
            /// The words of a language.
            pub fn of(language: salur_domain::reason::Language) -> &'static Self {
                static INDONESIAN: Words = Words { $($field: $indonesian),+ };
                static ENGLISH: Words = Words { $($field: $english),+ };
                match language {
                    salur_domain::reason::Language::Indonesian => &INDONESIAN,
                    salur_domain::reason::Language::English => &ENGLISH,
                }
            }
        }
    };
}
pub(crate) use words;

static MONTHS: [[&str; 12]; 2] = [
    ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"],
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
];
/// Western Indonesian time, in minutes: the capital's.
pub const WIB: i32 = 420;

/// `1.234.567`, in English `1,234,567`.
pub fn count(number: i64, language: Language) -> String {
    let shown = rupiah(number).replacen("Rp", "", 1);
    if language == Language::English { shown.replace('.', ",") } else { shown }
}

/// `Rp1.234.567`; a negative one can only be shown, not earned: the board then differs from the ledger.
pub fn rupiah(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let amount = Rupiah::new(amount.saturating_abs()).expect("an absolute value is not negative");
    format!("{sign}{amount}")
}

/// Name of a month; 0 is January.
pub fn month(month0: u32, language: Language) -> &'static str {
    let month = usize::try_from(month0).expect("a month is small");
    MONTHS[usize::from(language == Language::English)][month]
}

/// `7 Maret 2026` in a zone.
pub fn day(moment: DateTime<Utc>, minutes_east: i32, language: Language) -> String {
    let local = moment.with_timezone(&zone(minutes_east));
    format!("{} {} {}", local.day(), month(local.month0(), language), local.year())
}

/// `09.03.04 WIB` in a zone, in English `09:03:04 WIB`.
pub fn clock(moment: DateTime<Utc>, minutes_east: i32, language: Language) -> String {
    let local = moment.with_timezone(&zone(minutes_east));
    let form = if language == Language::English { "%H:%M:%S" } else { "%H.%M.%S" };
    format!("{} {}", local.format(form), zone_name(minutes_east))
}

/// `7 Maret 2026 09.03.04 WIB`.
pub fn moment(at: DateTime<Utc>, minutes_east: i32, language: Language) -> String {
    format!("{} {}", day(at, minutes_east, language), clock(at, minutes_east, language))
}

/// The country's three zones by name, any other by its hours.
pub fn zone_name(minutes_east: i32) -> String {
    match minutes_east {
        420 => "WIB".into(),
        480 => "WITA".into(),
        540 => "WIT".into(),
        other => zone(other).to_string(),
    }
}

fn zone(minutes_east: i32) -> FixedOffset {
    FixedOffset::east_opt(minutes_east.saturating_mul(60)).unwrap_or_else(|| FixedOffset::east_opt(0).expect("no offset is one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_the_language_does() {
        assert_eq!(rupiah(2_610_000_000), "Rp2.610.000.000");
        assert_eq!(rupiah(-300_000), "-Rp300.000");
        assert_eq!((count(8_700, Language::Indonesian), count(8_700, Language::English)), ("8.700".into(), "8,700".into()));
    }

    #[test]
    fn moments_name_their_zone() {
        let at = DateTime::from_timestamp(1_772_848_984, 0).expect("a moment");
        assert_eq!(moment(at, 420, Language::Indonesian), "7 Maret 2026 09.03.04 WIB");
        assert_eq!(moment(at, 540, Language::English), "7 March 2026 11:03:04 WIT");
        assert_eq!(clock(at, 330, Language::English), "07:33:04 +05:30");
    }

    /// What a template says by itself: text between tags, and the attributes that are read out.
    fn said(template: &str) -> Vec<String> {
        let mut plain = String::new();
        let mut rest = template;
        while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
            plain.push_str(&rest[..at]);
            let end = if rest[at..].starts_with("{{") { "}}" } else { "%}" };
            rest = &rest[at + rest[at..].find(end).expect("it is closed") + 2..];
        }
        plain.push_str(rest);
        let mut said = Vec::new();
        for part in plain.split('<').skip(1) {
            let (tag, text) = part.split_once('>').expect("a tag is closed");
            said.push(text.trim().to_owned());
            for attribute in ["alt=\"", "title=\"", "aria-label=\"", "placeholder=\""] {
                let values = tag.split(attribute).skip(1).filter_map(|value| value.split('"').next());
                said.extend(values.map(str::to_owned));
            }
        }
        said.retain(|text| text.chars().any(char::is_alphabetic));
        said
    }

    #[test]
    fn no_template_holds_a_text_in_one_language_only() {
        assert_eq!(said("<p title=\"x {{ y }}\">{% if z %}Hello{% endif %} {{ w.name }}</p>"), ["Hello", "x "]);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        let mut looked_at = 0;
        for file in std::fs::read_dir(folder).expect("the folder is there") {
            let path = file.expect("readable").path();
            let template = std::fs::read_to_string(&path).expect("readable");
            let said = said(&template);
            let names = ["salur", "EXIF", "T", "XXXX", "lt"];
            let in_words =
                |text: &&String| text.split(|letter: char| !letter.is_alphabetic()).any(|word| !word.is_empty() && !names.contains(&word));
            let texts: Vec<&String> = said.iter().filter(in_words).collect();
            assert!(texts.is_empty(), "{}: {texts:?} belongs into words", path.display());
            looked_at += 1;
        }
        assert!(looked_at > 5, "templates are looked at");
    }
}
