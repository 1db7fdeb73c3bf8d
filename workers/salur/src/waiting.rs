//! What was asked of a stage is carried out a moment later: commands ask again until it is.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::api::Error;

/// How long something may take to be carried out before a command goes without its effect.
pub const WAIT: Duration = Duration::from_mins(1);
const ASK_AGAIN: Duration = Duration::from_millis(300);
/// The first look: most is done by then.
const FIRST: Duration = Duration::from_millis(50);

/// Asks until the answer will do, at most for [`WAIT`]; the last answer.
pub async fn until(ask: impl AsyncFn() -> Result<Value, Error>, will_do: impl Fn(&Value) -> bool) -> Result<Value, Error> {
    let began = Instant::now();
    let mut pause = FIRST;
    loop {
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(ASK_AGAIN);
        let told = ask().await?;
        if will_do(&told) || began.elapsed() > WAIT {
            return Ok(told);
        }
    }
}
