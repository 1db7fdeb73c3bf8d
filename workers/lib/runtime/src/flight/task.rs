//! Work that must not be dropped half-way, in a task of its own.

use std::{any::Any, future::Future, time::Duration};

use salur_domain::{Disposed, Disposition};
use tokio::time::timeout;

use super::{Engine, Outlet};
use crate::{
    stage::{Failure, Stage},
    telemetry::literal,
};

/// Tasks of a lane that ran past their deadline and still run; with more, the lane waits.
const MAX_STRAYS: usize = 3;

/// What the engine itself finds wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("{0} panicked: {1}")]
    Panicked(&'static str, &'static str),
    #[error("{0} did not end within {1:?}")]
    Late(&'static str, Duration),
    #[error("{0} transactions that passed their deadline still run")]
    Strays(usize),
    #[error("the stage judged {judged} of {asked} facts")]
    Miscounted { judged: usize, asked: usize },
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Panicked(..) | Self::Miscounted { .. } => Disposition::Permanent,
            Self::Late(..) | Self::Strays(_) => Disposition::Down,
        }
    }
}

/// A panic as a failure of that work alone.
pub(super) fn panicked(what: &'static str, payload: &(dyn Any + Send)) -> Failure {
    Error::Panicked(what, literal(payload)).into()
}

impl<S: Stage, O: Outlet> Engine<S, O> {
    /// Runs `work` to its end in a tracked task; past the deadline it counts as failed and is left to end by itself.
    pub(super) async fn in_task<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        let strays = self.tasks.len();
        if strays >= MAX_STRAYS {
            return Err(Error::Strays(strays).into());
        }
        let task = self.tasks.spawn(work);
        match timeout(self.policy.deadline, task).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(join)) if join.is_panic() => Err(panicked(what, &*join.into_panic())),
            Ok(Err(_)) | Err(_) => Err(Error::Late(what, self.policy.deadline).into()),
        }
    }
}
