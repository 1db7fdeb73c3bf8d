//! `GET /api/board/events`: server-sent events (WHATWG HTML, 9.2).
//!
//! `board` brings the figures of a view: at once, then when they change. `beat` brings the time of the last reading, after figures and every [`BEAT`]: it
//! doubles as the heartbeat of the connection. A viewer that reads slowly skips readings; none are queued for it. Who sees exact figures comes
//! again every [`EXACT_FOR`], so that a session that was revoked ends here too.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, header},
    response::Response,
};
use futures::{Stream, stream};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{Asked, Looking, feed::Snapshot, view::Key};
use crate::{Portal, refusal::Refusal, told::Sought};

/// Listeners of one process: each holds a connection and a few kilobytes.
pub const MAX_VIEWERS: usize = 2_000;
/// Time between beats while nothing changes.
pub const BEAT: Duration = Duration::from_secs(5);
/// Longest that figures of few families are sent without asking again who looks.
pub const EXACT_FOR: Duration = Duration::from_mins(10);
/// What a browser hears first: reconnect after two seconds.
const HELLO: Bytes = Bytes::from_static(b"retry: 2000\n\n");

pub(super) async fn events(State(portal): State<Portal>, looking: Looking, Sought(asked): Sought<Asked>) -> Result<Response, Refusal> {
    let key = looking.key(&asked);
    super::view(&portal, &key).await?;
    let seat = portal.seats().try_acquire_owned();
    let seat = seat.map_err(|_| Refusal::busy("too many viewers at once; open the page later, or read /api/board"))?;
    let viewer = Viewer {
        readings: portal.readings(),
        ended: portal.ended().clone(),
        until: key.is_exact.then(|| Instant::now() + EXACT_FOR),
        key,
        sent: Bytes::new(),
        beat_at: Instant::now(),
        greeted: false,
        _seat: seat,
    };
    let mut response = Response::new(Body::from_stream(viewer.stream()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(response)
}

struct Viewer {
    readings: watch::Receiver<Option<Arc<Snapshot>>>,
    ended: CancellationToken,
    until: Option<Instant>,
    key: Key,
    sent: Bytes,
    beat_at: Instant,
    greeted: bool,
    _seat: OwnedSemaphorePermit,
}

impl Viewer {
    fn stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, |mut viewer| async move {
            let bytes = viewer.next().await?;
            Some((Ok(bytes), viewer))
        })
    }

    /// What to send next; `None` ends the connection, and the browser comes again.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.greeted {
            self.greeted = true;
            return Some(HELLO);
        }
        loop {
            if self.until.is_some_and(|until| Instant::now() >= until) {
                return None;
            }
            if let Some(bytes) = self.due() {
                return Some(bytes);
            }
            let ended = self.ended.clone();
            tokio::select! {
                () = ended.cancelled() => return None,
                changed = self.readings.changed() => changed.ok()?,
            }
        }
    }

    fn due(&mut self) -> Option<Bytes> {
        let reading = self.readings.borrow_and_update().clone()?;
        let view = reading.view(&self.key)?;
        if view.event != self.sent {
            self.sent = view.event.clone();
            self.beat_at = Instant::now();
            return Some(view.event.clone());
        }
        (Instant::now() >= self.beat_at).then(|| {
            self.beat_at = Instant::now() + BEAT;
            reading.beat()
        })
    }
}
