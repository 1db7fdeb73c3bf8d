//! Families that come by the clock, as on a day of payment, whether or not those before them are done; and a record of when each was served.
//!
//! The record has a line of JSON for each family served: `payments`, and in milliseconds since 1970 `due` (when it came), `granted` (its claim was answered)
//! and `said` (its capture was accepted). With it and the commits of the database `scripts/bench counter` tells how long a family's payment takes; a family
//! that came while the counters were busy has waited since it came, not since it was served.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tokio::time::Instant;

use super::visit::Served;

/// When families come.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    began: (Instant, DateTime<Utc>),
    every: Option<Duration>,
}

impl Pace {
    /// So many a second from now on; `None`: each as soon as there is room.
    pub fn of(per_second: Option<f64>) -> Self {
        let every = per_second.map(|rate| Duration::from_secs_f64(rate.recip()));
        Self { began: (Instant::now(), Utc::now()), every }
    }

    /// Waits until the family at this place of the queue comes; gives back when that is.
    pub async fn come(self, place: usize) -> DateTime<Utc> {
        let Some(every) = self.every else { return Utc::now() };
        let after = every * u32::try_from(place).expect("a queue of some ten thousands");
        tokio::time::sleep_until(self.began.0 + after).await;
        self.began.1 + TimeDelta::from_std(after).expect("a day at most")
    }
}

/// Where it is recorded when families were served, if anywhere.
#[derive(Debug)]
pub struct Record(Option<BufWriter<File>>);

impl Record {
    /// A new file.
    pub fn create(path: Option<&Path>) -> io::Result<Self> {
        path.map(|path| File::create(path).map(BufWriter::new)).transpose().map(Self)
    }

    /// A family that came at `due` was served.
    pub fn note(&mut self, due: DateTime<Utc>, served: &Served) -> io::Result<()> {
        let Some(file) = &mut self.0 else { return Ok(()) };
        let [due, granted, said] = [due, served.granted, served.said].map(|at| at.timestamp_micros());
        #[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 are below 2^52")]
        let ms = |us: i64| us as f64 / 1_000.0;
        writeln!(file, "{}", json!({ "payments": served.payments, "due": ms(due), "granted": ms(granted), "said": ms(said) }))
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if let Some(file) = &mut self.0 {
            file.flush().ok(); // a bench reads what is there
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn families_come_by_the_clock_however_long_one_takes() {
        let pace = Pace::of(Some(100.0));
        let first = pace.come(0).await;
        tokio::time::sleep(Duration::from_millis(50)).await; // served slowly
        let late = pace.come(3).await;
        assert_eq!(late - first, TimeDelta::milliseconds(30));
        let eleventh = pace.come(10).await;
        assert!(pace.began.0.elapsed() >= Duration::from_millis(100) && eleventh - first == TimeDelta::milliseconds(100));
    }
}
