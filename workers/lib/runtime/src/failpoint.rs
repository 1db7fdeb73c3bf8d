//! Lets a test kill a real process at a named point: `SALUR_FAILPOINT=<stage>:<point>:<nth>[,..]` aborts the process the nth time the stage
//! passes the point; `<stage>:ack-first` breaks the first law on purpose (a negative control). Not in release builds.

use std::time::Duration;

use crate::flight::Point;

/// Longer than an ack takes to the broker.
pub(crate) const ACK_LEAVES: Duration = Duration::from_millis(500);

#[cfg(debug_assertions)]
mod armed {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    };

    pub(super) struct Failpoint {
        stage: String,
        point: String,
        left: AtomicU32,
    }

    pub(super) fn all() -> &'static [Failpoint] {
        static ALL: OnceLock<Vec<Failpoint>> = OnceLock::new();
        ALL.get_or_init(|| parse(&std::env::var("SALUR_FAILPOINT").unwrap_or_default()))
    }

    pub(super) fn parse(text: &str) -> Vec<Failpoint> {
        let one = |part: &str| {
            let mut fields = part.split(':');
            let (stage, point) = (fields.next()?.to_owned(), fields.next()?.to_owned());
            let nth = fields.next().map_or(Some(1), |nth| nth.parse().ok())?;
            Some(Failpoint { stage, point, left: AtomicU32::new(nth) })
        };
        text.split(',').filter_map(one).collect()
    }

    impl Failpoint {
        pub(super) fn is(&self, stage: &str, point: &str) -> bool {
            self.stage == stage && self.point == point
        }

        /// Whether this is the time.
        pub(super) fn due(&self) -> bool {
            self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1)) == Ok(1)
        }
    }
}

/// Dies here, if armed.
#[cfg(debug_assertions)]
pub(crate) fn reached(stage: &str, point: Point) {
    if armed::all().iter().any(|failpoint| failpoint.is(stage, point.as_str()) && failpoint.due()) {
        tracing::error!(stage, point = point.as_str(), "failpoint: the process dies here");
        std::process::abort();
    }
}

/// Whether the stage is to ack before it commits.
#[cfg(debug_assertions)]
pub(crate) fn ack_first(stage: &str) -> bool {
    armed::all().iter().any(|failpoint| failpoint.is(stage, "ack-first"))
}

#[cfg(not(debug_assertions))]
pub(crate) fn reached(_stage: &str, _point: Point) {}

#[cfg(not(debug_assertions))]
pub(crate) fn ack_first(_stage: &str) -> bool {
    false
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::armed::parse;

    #[test]
    fn the_nth_time_counts_and_only_that() {
        let all = parse("toy:commit:2,other:ack-first,nonsense,toy:load:x");
        assert_eq!(all.len(), 2);
        assert!(all[0].is("toy", "commit") && all[1].is("other", "ack-first"));
        assert_eq!([all[0].due(), all[0].due(), all[0].due()], [false, true, false]);
    }
}
