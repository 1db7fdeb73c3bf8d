//! Amounts in words (*terbilang*), as Indonesian cheques and receipts carry them, so that a changed figure shows.
//!
//! The short scale with `miliar` for 10^9. `se-` stands for one before `puluh`, `belas`, `ratus`, and before `ribu` when the whole group is
//! one: `seribu`, but `dua puluh satu ribu` and `satu juta`. An `i64` has at most seven groups of three digits.

use salur_domain::Rupiah;

const DIGITS: [&str; 10] = ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"];
/// Names of 1000^n; [`Rupiah`] ends below 1000^7.
const SCALES: [&str; 7] = ["", "ribu", "juta", "miliar", "triliun", "kuadriliun", "kuintiliun"];

/// The amount in words, with its unit.
///
/// ```
/// use salur_domain::Rupiah;
/// let amount = Rupiah::new(300_000).expect("not negative");
/// assert_eq!(salur_media::terbilang::rupiah(amount), "tiga ratus ribu rupiah");
/// ```
pub fn rupiah(amount: Rupiah) -> String {
    let mut words = number(amount.get().unsigned_abs());
    words.push("rupiah");
    words.join(" ")
}

fn number(value: u64) -> Vec<&'static str> {
    if value == 0 {
        return vec![DIGITS[0]];
    }
    let mut words = Vec::new();
    for (power, scale) in SCALES.iter().enumerate().rev() {
        let group = value / 1000_u64.pow(u32::try_from(power).expect("below 7")) % 1000;
        match (group, power) {
            (0, _) => {}
            (1, 1) => words.push("seribu"),
            (_, 0) => below_thousand(group, &mut words),
            _ => {
                below_thousand(group, &mut words);
                words.push(scale);
            }
        }
    }
    words
}

fn below_thousand(group: u64, words: &mut Vec<&'static str>) {
    let digit = |n: u64| DIGITS[usize::try_from(n).expect("a decimal digit")];
    match group / 100 {
        0 => {}
        1 => words.push("seratus"),
        hundreds => words.extend([digit(hundreds), "ratus"]),
    }
    match group % 100 {
        0 => {}
        10 => words.push("sepuluh"),
        11 => words.push("sebelas"),
        rest @ 1..=9 => words.push(digit(rest)),
        rest @ 12..=19 => words.extend([digit(rest % 10), "belas"]),
        rest => {
            words.extend([digit(rest / 10), "puluh"]);
            if rest % 10 > 0 {
                words.push(digit(rest % 10));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [(i64, &str); 30] = [
        (0, "nol"),
        (1, "satu"),
        (9, "sembilan"),
        (10, "sepuluh"),
        (11, "sebelas"),
        (12, "dua belas"),
        (19, "sembilan belas"),
        (20, "dua puluh"),
        (21, "dua puluh satu"),
        (99, "sembilan puluh sembilan"),
        (100, "seratus"),
        (101, "seratus satu"),
        (110, "seratus sepuluh"),
        (111, "seratus sebelas"),
        (999, "sembilan ratus sembilan puluh sembilan"),
        (1_000, "seribu"),
        (1_001, "seribu satu"),
        (1_100, "seribu seratus"),
        (2_000, "dua ribu"),
        (11_000, "sebelas ribu"),
        (21_000, "dua puluh satu ribu"),
        (101_000, "seratus satu ribu"),
        (300_000, "tiga ratus ribu"),
        (600_000, "enam ratus ribu"),
        (1_000_000, "satu juta"),
        (1_001_000, "satu juta seribu"),
        (1_234_567, "satu juta dua ratus tiga puluh empat ribu lima ratus enam puluh tujuh"),
        (1_000_000_000, "satu miliar"),
        (1_000_000_001_000, "satu triliun seribu"),
        (
            i64::MAX,
            "sembilan kuintiliun dua ratus dua puluh tiga kuadriliun tiga ratus tujuh puluh dua triliun tiga puluh enam miliar \
             delapan ratus lima puluh empat juta tujuh ratus tujuh puluh lima ribu delapan ratus tujuh",
        ),
    ];

    #[test]
    fn amounts_read_as_they_are_spoken() {
        for (value, words) in TABLE {
            let amount = Rupiah::new(value).expect("not negative");
            assert_eq!(rupiah(amount), format!("{words} rupiah"), "{value}");
        }
    }

    #[test]
    fn different_amounts_never_share_their_words() {
        let mut seen = std::collections::HashSet::new();
        for value in (0..200_000).chain((0..200_000).map(|n| n * 1_000 + 1_000_000_000)) {
            assert!(seen.insert(number(value)), "{value}");
        }
    }
}
