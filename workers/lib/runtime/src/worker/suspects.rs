//! The lane of suspects: one message at a time, and only while nothing else of this process flies.
//!
//! A message that came back three times may have killed its worker, or may have lain beside the one that did: a dying process returns everything
//! it held. So a suspect is taken from its queue only once it flies alone, by `basic.get` and not by a consumer: if the process dies then, it was this
//! message, and its delivery count says how often. An innocent one ends here at the first try, whoever else crashes meanwhile.
//!
//! Bounds: a look each [`LOOK`]; other lanes are kept waiting for at most [`ALONE_WAIT`], and where one of them does not end (it waits for a
//! dependency), not again for [`PATIENCE`].

use std::time::Duration;

use lapin::{Channel, options::BasicGetOptions};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    inbox::{Error, Gathered},
    lane::Lane,
};
use crate::{broker::inbound, flight::Stopped, stage::Stage, topology};

const LOOK: Duration = Duration::from_secs(1);
const ALONE_WAIT: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(15);

impl<S: Stage> Lane<S> {
    /// Until told to stop (`Ok`) or until the channel is of no more use.
    pub(super) async fn one_by_one(&self, channel: &Channel, stop: &CancellationToken) -> Result<(), Error> {
        let queue = topology::suspects(S::NAME);
        let mut pause = LOOK;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = sleep(pause) => pause = LOOK,
            }
            while !stop.is_cancelled() && self.broker().ask_depth(&queue).await?.0 > 0 {
                let Ok(_alone) = timeout(ALONE_WAIT, self.broker().alone()).await else {
                    pause = PATIENCE;
                    break;
                };
                let got = channel.basic_get(queue.as_str().into(), BasicGetOptions::default()).await.map_err(Error::Consumer)?;
                let Some(message) = got else { break };
                let acker = message.delivery.acker.clone();
                match self.engine().fly(vec![self.engine().decode(inbound(message.delivery))]).await {
                    Ok(_) => Gathered::<S::In>::ack(acker).await?,
                    Err(Stopped::Shutdown) => return Ok(()),
                    Err(stopped) => return Err(Error::Stopped(stopped)),
                }
            }
        }
    }
}
