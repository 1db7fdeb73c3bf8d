//! Names of people: cleaned to be kept, folded to be compared.
//!
//! Upstream's names come out of keyboards, scans and spreadsheets. What is kept ([`Name::text`]) is what was written, in Unicode's composed
//! form (NFC, UAX #15), with nothing in it that cannot be seen and single spaces. What is compared ([`Name::compared`]) is the same name
//! for one who reads it: case, compatibility forms (NFKC: full-width letters, ligatures), apostrophes and hyphens of all kinds, and
//! letters of other alphabets that look Latin are folded. Otherwise a second payment would cost one key of a Cyrillic keyboard.
//!
//! The look-alikes are the Cyrillic and Greek letters that Unicode's confusables (UTS #39) give a Latin letter for, in the case in which
//! they look so; Cyrillic ones in both cases, because registers change case. Other alphabets stay as they are.
//! Bound: [`MAX_NAME`]; the work is linear in the text.

use unicode_normalization::UnicodeNormalization;

/// Longest name, in characters. Identity cards print up to 60; older registers had longer ones.
pub const MAX_NAME: usize = 100;

/// A name that can be kept and compared.
#[derive(Clone, PartialEq, Eq)]
pub struct Name {
    /// NFC, single spaces, nothing invisible; 1 to [`MAX_NAME`] characters.
    pub text: String,
    /// Equal for names that read the same. For digests, never shown.
    pub compared: String,
    /// Whether letters were folded that only look Latin (NAM02).
    pub has_look_alikes: bool,
    /// Whether control characters or invisible marks were taken out (NAM03).
    pub had_invisible: bool,
}

impl Name {
    /// The name of a text; none where nothing is left of it or too much.
    ///
    /// ```
    /// use salur_domain::name::Name;
    /// let (one, two) = (Name::parse("SITI  AMINAH").unwrap(), Name::parse("Siti Aminah ").unwrap());
    /// assert_eq!(one.compared, two.compared);
    /// assert_eq!(two.text, "Siti Aminah");
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|b| matches!(b, b' '..=b'~')); // nearly every name: what follows costs it little
        let had_invisible = !is_plain && text.trim().chars().any(is_invisible);
        let text = if is_plain { single_spaced(text) } else { visible(text) };
        if text.is_empty() || text.chars().nth(MAX_NAME).is_some() {
            return None;
        }
        let (compared, has_look_alikes) = fold(&text);
        Some(Self { text, compared, has_look_alikes, had_invisible })
    }
}

/// Control characters, and what Unicode says to ignore when it is shown (`Default_Ignorable_Code_Point`, UAX #44): zero-width marks, marks
/// that turn the direction, fillers, variation selectors, tags.
pub(crate) fn is_invisible(c: char) -> bool {
    !matches!(c, ' '..='~') && is_invisible_mark(c)
}

fn is_invisible_mark(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}')
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}')
        || matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Words with one space between them.
pub(crate) fn single_spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !spaced.is_empty() {
            spaced.push(' ');
        }
        spaced.push_str(word);
    }
    spaced
}

/// Tabs and line breaks part words; what else cannot be seen parts nothing.
fn visible(text: &str) -> String {
    let seen = text.chars().filter(|c| c.is_whitespace() || !is_invisible(*c));
    single_spaced(&seen.nfc().collect::<String>())
}

/// The text as it is compared, and whether letters were folded that only look Latin.
fn fold(text: &str) -> (String, bool) {
    if text.is_ascii() {
        return (text.to_ascii_lowercase().replace('`', "'"), false);
    }
    let marked: String = text.chars().map(mark).collect();
    let latin: String = marked.nfkc().map(latin).collect();
    let has_look_alikes = latin != marked;
    (single_spaced(&latin.chars().flat_map(char::to_lowercase).nfc().collect::<String>()), has_look_alikes)
}

/// Apostrophes and hyphens: which one was typed says nothing.
const fn mark(c: char) -> char {
    match c {
        '`' | '\u{B4}' | '\u{2B9}'..='\u{2BC}' | '\u{2018}'..='\u{201B}' | '\u{2032}' | '\u{FF07}' => '\'',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        _ => c,
    }
}

/// The Latin letter that a letter of another alphabet looks like; others as they are.
#[expect(clippy::match_same_arms, reason = "one alphabet after the other can be proofread; all looks of a letter in one line cannot")]
const fn latin(c: char) -> char {
    match c {
        // Cyrillic; the capital decides, and the small letter follows it
        'А' | 'а' => 'a',
        'В' | 'в' => 'b',
        'С' | 'с' => 'c',
        'Ԁ' | 'ԁ' => 'd',
        'Е' | 'е' => 'e',
        'Ԍ' | 'ԍ' => 'g',
        'Н' | 'н' | 'Һ' | 'һ' => 'h',
        'І' | 'і' | 'Ӏ' | 'ӏ' => 'i',
        'Ј' | 'ј' => 'j',
        'К' | 'к' => 'k',
        'М' | 'м' => 'm',
        'О' | 'о' => 'o',
        'Р' | 'р' => 'p',
        'Ԛ' | 'ԛ' => 'q',
        'Ѕ' | 'ѕ' => 's',
        'Т' | 'т' => 't',
        'Ѵ' | 'ѵ' => 'v',
        'Ԝ' | 'ԝ' => 'w',
        'Х' | 'х' => 'x',
        'У' | 'у' | 'Ү' | 'ү' => 'y',
        // Greek, where capital and small letter look like different letters
        'Α' | 'α' => 'a',
        'Β' => 'b',
        'Ε' => 'e',
        'Η' => 'h',
        'Ι' | 'ι' => 'i',
        'Ϳ' | 'ϳ' => 'j',
        'Κ' | 'κ' => 'k',
        'Μ' => 'm',
        'Ν' | 'η' => 'n',
        'Ο' | 'ο' | 'σ' => 'o',
        'Ρ' | 'ρ' => 'p',
        'Τ' | 'τ' => 't',
        'υ' => 'u',
        'ν' => 'v',
        'Χ' | 'χ' => 'x',
        'Υ' | 'γ' => 'y',
        'Ζ' => 'z',
        // Latin letters that no identity card has
        'ɑ' => 'a',
        'ɡ' => 'g',
        'ı' | 'ɩ' => 'i',
        _ => c,
    }
}

/// Letters of Latin Extended-A that resemble no one letter of Latin-1.
const TWO_IN_ONE: [char; 4] = ['Ĳ', 'ĳ', 'Œ', 'œ'];

/// Whether a letter can be printed on cheques and lists, as itself or as the letter that it resembles: Latin-1, Latin Extended-A, and usual marks.
/// Any other is a
/// box there (`salur_media::glyphs`; a test of the media crate holds both to each other).
///
/// ```
/// use salur_domain::name::is_printed;
/// assert!("Nur'aini Čošić – Ñ".chars().all(is_printed));
/// assert!(!"漢ꦱАس".chars().any(is_printed));
/// ```
pub fn is_printed(c: char) -> bool {
    let is_space = matches!(c, '\u{2000}'..='\u{200a}' | '\u{202f}');
    let is_dash = matches!(c, '\u{2010}' | '\u{2011}' | '\u{2013}' | '\u{2014}' | '\u{2212}');
    let is_mark = matches!(c, '‘' | '’' | 'ʼ' | 'ʻ' | '′' | '“' | '”' | '″' | '…' | '•');
    let is_letter = matches!(c, ' '..='~' | '\u{a0}'..='\u{17f}' | '\u{300}'..='\u{36f}') && !TWO_IN_ONE.contains(&c);
    is_letter || is_space || is_dash || is_mark
}

/// A name as it stands on cheques and screens: the first letter of each word, and stars for the others.
///
/// ```
/// assert_eq!(salur_domain::name::mask("Siti Aminah"), "S*** A*****");
/// ```
pub fn mask(name: &str) -> String {
    let mut masked = String::with_capacity(name.len());
    for word in name.split_whitespace() {
        if !masked.is_empty() {
            masked.push(' ');
        }
        let mut letters = word.chars();
        masked.extend(letters.next());
        masked.extend(letters.map(|_| '*'));
    }
    masked
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).expect("a name")
    }

    /// What is kept, and the two warnings.
    fn kept(text: &str) -> (String, bool, bool) {
        let name = name(text);
        (name.text, name.has_look_alikes, name.had_invisible)
    }

    #[test]
    fn spaces_case_and_typed_marks_make_no_other_name_and_no_warning() {
        for (one, other) in [
            ("Siti Aminah", " SITI \u{A0} AMINAH "),
            ("Nur'aini", "NUR’AINI"),
            ("Nur'aini", "Nur`aini"),
            ("Nur'aini", "Nur\u{B4}aini"),
            ("Al-Amin", "Al–Amin"),
            ("Renée", "RENE\u{301}E"),
        ] {
            let (one, other) = (name(one), name(other));
            assert_eq!(one.compared, other.compared, "{}", other.text);
            assert!(!one.has_look_alikes && !other.has_look_alikes && !other.had_invisible, "{}", other.text);
        }
        assert_ne!(name("Siti Aminah").compared, name("Siti Aminab").compared);
    }

    #[test]
    fn names_are_kept_in_composed_form() {
        assert_eq!(kept("Rene\u{301}e"), ("Ren\u{E9}e".into(), false, false));
    }

    #[test]
    fn what_cannot_be_seen_is_taken_out_and_told() {
        for hidden in ["Si\u{200B}ti", "\u{FEFF}Siti", "Siti\u{202E}", "S\u{AD}iti", "Si\u{0}ti", "Siti\u{E0041}", "S\u{2066}iti\u{2069}"] {
            assert_eq!(kept(hidden), ("Siti".into(), false, true), "{}", hidden.escape_unicode());
        }
        assert_eq!(kept("Siti\tAminah\u{85}Nur"), ("Siti Aminah Nur".into(), false, true), "tabs and line breaks part words");
        assert_eq!(kept("\tSiti\r\n"), ("Siti".into(), false, false), "around a name they are spaces like others");
    }

    #[test]
    fn look_alikes_compare_as_latin_and_are_told() {
        for look_alike in ["Ѕіtі Аmіnаh", "SΙTΙ ΑΜΙΝΑH", "Ｓｉｔｉ Aminah", "𝐒𝐢𝐭𝐢 Aminah", "Sıti Aminah", "Sіti AMІNAH"]
        {
            let folded = name(look_alike);
            assert_eq!((folded.compared.as_str(), folded.has_look_alikes), ("siti aminah", true), "{look_alike}");
            assert_eq!(folded.text, look_alike, "what is kept is what was written");
        }
    }

    #[test]
    fn nothing_and_too_much_are_no_name() {
        let longest = "é".repeat(MAX_NAME);
        assert!(Name::parse(&longest).is_some());
        for text in ["", " \t", "\u{200B}\u{FEFF}", "\u{3164}", &format!("{longest}x")] {
            assert!(Name::parse(text).is_none(), "{}", text.escape_unicode());
        }
    }

    #[test]
    fn names_are_masked_letter_by_letter() {
        assert_eq!(mask("  Émile  d'Oré A "), "É**** d**** A");
        assert_eq!(mask(""), "");
    }

    proptest! {
        #[test]
        fn a_cleaned_name_is_clean(text in prop::collection::vec(any::<char>(), 0..40).prop_map(String::from_iter)) {
            if let Some(name) = Name::parse(&text) {
                let again = Name::parse(&name.text).expect("a name");
                prop_assert!(again.text == name.text && again.compared == name.compared && !again.had_invisible);
                prop_assert!(!name.text.chars().any(is_invisible) && name.text == name.text.trim() && !name.compared.is_empty());
            }
        }
    }
}
