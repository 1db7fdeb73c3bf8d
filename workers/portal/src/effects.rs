//! What came of what a page just sent: a stage decides within a moment as a rule, so the page waits that long before it says that it is on its way.
//!
//! Bounds: [`PATIENCE`], a look every [`LOOK_AGAIN`]; a request waits in its own place and holds no connection between two looks.

use std::time::Duration;

use salur_store::Error;
use tokio::time::{Instant, sleep};

use crate::refusal::Refusal;

/// Longest wait for a stage; a page that comes later is taken for broken.
const PATIENCE: Duration = Duration::from_secs(3);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Waits until something came of it; none: a stage has not decided yet.
pub(crate) async fn of<T, F: Future<Output = Result<Option<T>, Error>>>(look: impl Fn() -> F) -> Result<Option<T>, Refusal> {
    let until = Instant::now() + PATIENCE;
    loop {
        let found = look().await?;
        if found.is_some() || Instant::now() >= until {
            return Ok(found);
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// Rupiah as people type them: `1.500.000`, `Rp 1500000`; none where it is something else.
pub(crate) fn amount(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_prefix("Rp").unwrap_or(text).trim_start();
    let digits: String = text.chars().filter(|letter| !matches!(letter, '.' | ',' | ' ')).collect();
    let is_whole = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()) && groups_are_whole(text);
    is_whole.then(|| digits.parse().ok()).flatten()
}

/// Marks stand before three digits each: `1,5` is no whole rupiah.
fn groups_are_whole(text: &str) -> bool {
    text.split(['.', ',', ' ']).skip(1).all(|group| group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_as_it_is_typed_and_a_broken_one_is_not() {
        for (text, rupiah) in
            [("1500000", 1_500_000), ("Rp1.500.000", 1_500_000), (" 1,500,000 ", 1_500_000), ("Rp 1 500", 1_500), ("0", 0)]
        {
            assert_eq!(amount(text), Some(rupiah), "{text}");
        }
        for text in ["", "Rp", "1,5", "1.5", "-5", "1e6", "1.500.00", "satu", "99999999999999999999"] {
            assert_eq!(amount(text), None, "{text}");
        }
    }
}
