//! Refusing somebody who is still sending. To close at once resets the connection, and the caller hears of a broken pipe instead of the reason; so what
//! still comes is read and thrown away for a while after the answer.
//!
//! Bounds: [`LINGER`] each, [`LINGERING_MAX`] at once; whoever comes beyond is cut off.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use futures::StreamExt;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// Longest time given to hear an answer.
pub const LINGER: Duration = Duration::from_secs(5);
/// Callers given that time at once.
pub const LINGERING_MAX: usize = 64;

/// Those who are still sending.
#[derive(Debug)]
pub(crate) struct Lingering {
    tasks: TaskTracker,
    places: Arc<Semaphore>,
}

impl Default for Lingering {
    fn default() -> Self {
        Self { tasks: TaskTracker::new(), places: Arc::new(Semaphore::new(LINGERING_MAX)) }
    }
}

impl Lingering {
    /// Reads on while the answer is heard.
    pub(crate) fn over(&self, rest: Body) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { return };
        self.tasks.spawn(async move {
            let rest = rest.into_data_stream().for_each(|_| std::future::ready(()));
            if tokio::time::timeout(LINGER, rest).await.is_err() {
                tracing::debug!("a caller who was refused is cut off while sending");
            }
            drop(place);
        });
    }

    /// Waits for all of them.
    pub(crate) async fn end(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}
