//! How alike a name is to one that is looked for: for people who search, never for rules about money.
//!
//! Case, accents, marks and the order of words do not count, and old spellings are read as new ones (oe, dj, tj). Each word looked for is found in the name, in
//! full or by its beginning, with at most as many slips as its length forgives: a slip is a letter wrong, missing, too many, or two swapped (Damerau's four).
//! Words written together or apart are the same (Nur Hayati, Nurhayati). Bounds: names are [`crate::name::MAX_NAME`] characters long, [`WORDS_MAX`] words.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::name::Name;

/// Words of a name that are looked at.
pub const WORDS_MAX: usize = 12;
/// Letters that a beginning must have to stand for its word.
const BEGINNING_MIN: usize = 3;

/// A name as it is searched by.
#[derive(Clone)]
pub struct Sought {
    words: Vec<Vec<char>>,
    joined: Vec<char>,
}

/// How far a name is from the one looked for: the smallest is the likest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Distance {
    slips: usize,
    left_over: usize,
}

impl Sought {
    /// The name of a text; none where nothing of it can be compared.
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String = Name::parse(text)?.compared.nfkd().filter(|c| !is_combining_mark(*c) && *c != '\'' && *c != '.').collect();
        let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let words: Vec<Vec<char>> = words.take(WORDS_MAX).map(newly_spelled).collect();
        let joined = words.concat();
        (!joined.is_empty()).then_some(Self { words, joined })
    }

    /// How far a name is from this one; none where it is another.
    ///
    /// ```
    /// use salur_domain::likeness::Sought;
    /// let sought = Sought::parse("aminah siti").unwrap();
    /// let distance = |name| sought.distance(&Sought::parse(name).unwrap());
    /// assert!(distance("Siti Aminah") < distance("Siti Aminnah"));
    /// assert_eq!(distance("Joko Kusuma"), None);
    /// ```
    pub fn distance(&self, name: &Self) -> Option<Distance> {
        let together = slips(&self.joined, &name.joined).filter(|slips| *slips <= forgiven(self.joined.len()));
        let together = together.map(|slips| Distance { slips, left_over: 0 });
        together.into_iter().chain(self.word_by_word(name)).min()
    }

    fn word_by_word(&self, name: &Self) -> Option<Distance> {
        let mut left: Vec<&Vec<char>> = name.words.iter().collect();
        let mut longest_first: Vec<&Vec<char>> = self.words.iter().collect();
        longest_first.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let mut sum = 0;
        for word in longest_first {
            let alike = left.iter().enumerate().filter_map(|(at, other)| Some((of_word(word, other)?, at)));
            let (slips, at) = alike.min()?;
            sum += slips;
            left.remove(at);
        }
        Some(Distance { slips: sum, left_over: left.len() })
    }
}

/// Slips between a word and another, or its beginning.
fn of_word(sought: &[char], word: &[char]) -> Option<usize> {
    let whole = slips(sought, word).filter(|slips| *slips <= forgiven(sought.len()));
    let begins = sought.len() >= BEGINNING_MIN && word.len() > sought.len() && word.starts_with(sought);
    whole.into_iter().chain(begins.then_some(1)).min()
}

/// One slip in four letters: a short word with one wrong is another word.
const fn forgiven(letters: usize) -> usize {
    match letters {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// The spelling of 1972 for that of 1947 and before.
fn newly_spelled(word: &str) -> Vec<char> {
    word.replace("oe", "u").replace("dj", "j").replace("tj", "c").chars().collect()
}

/// Wrong, missing, superfluous and swapped letters (optimal string alignment); none where lengths already differ by more than is ever forgiven.
fn slips(a: &[char], b: &[char]) -> Option<usize> {
    if a.len().abs_diff(b.len()) > forgiven(usize::MAX) {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let mut least = (above[j] + usize::from(letter != other)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == b[j - 1] && a[i - 1] == *other {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn distance(sought: &str, name: &str) -> Option<(usize, usize)> {
        let [sought, name] = [sought, name].map(|text| Sought::parse(text).expect("a name"));
        sought.distance(&name).map(|found| (found.slips, found.left_over))
    }

    #[test]
    fn case_accents_marks_order_and_old_spelling_do_not_count() {
        for (sought, name) in [
            ("siti aminah", "SITI AMINAH"),
            ("AMINAH SITI", "Siti Aminah"),
            ("renee", "Renée"),
            ("nuraini", "Nur'aini"),
            ("nur hayati", "Nurhayati"),
            ("nurhayati", "Nur Hayati"),
            ("sukarno", "Soekarno"),
            ("joko", "Djoko"),
            ("al amin", "Al-Amin"),
            ("m yusuf", "M. Yusuf"),
        ] {
            assert_eq!(distance(sought, name), Some((0, 0)), "{sought}, {name}");
        }
    }

    #[test]
    fn small_slips_are_forgiven_and_rank_behind() {
        assert_eq!(distance("siti amniah", "Siti Aminah"), Some((1, 0)), "swapped");
        assert_eq!(distance("siti aminh", "Siti Aminah"), Some((1, 0)), "missing");
        assert_eq!(distance("siti aminnah", "Siti Aminah"), Some((1, 0)), "too many");
        assert_eq!(distance("siti aminab", "Siti Aminah"), Some((1, 0)), "wrong");
        assert_eq!(distance("aminah", "Siti Aminah Rahayu"), Some((0, 2)), "words of the name that nobody asked for");
        assert_eq!(distance("sit aminah", "Siti Aminah"), Some((1, 0)), "a beginning");
    }

    #[test]
    fn another_name_is_another() {
        for (sought, name) in [("ani", "Adi"), ("siti aminah", "Siti"), ("siti", "Joko"), ("aminah", "Asmirah"), ("nur", "Nurhayati Nar")] {
            let found = distance(sought, name);
            assert!(found.is_none() || (sought, name) == ("nur", "Nurhayati Nar") && found == Some((1, 1)), "{sought}, {name}: {found:?}");
        }
        assert!(Sought::parse("' .").is_none() && Sought::parse("").is_none());
    }

    proptest! {
        #[test]
        fn a_name_is_itself_whatever_it_is(text in "[a-z]{1,12}( [a-zA-Zé']{1,12}){0,4}") {
            if let Some(name) = Sought::parse(&text) {
                prop_assert_eq!(name.distance(&name), Some(Distance { slips: 0, left_over: 0 }));
            }
        }
    }
}
