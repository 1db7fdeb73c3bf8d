//! What to do about an error, decided once, beside the error.
//!
//! Every error type of the project says its [`Disposition`]; the runtime acts on it and on nothing else. That way no stage decides by
//! itself whether to retry, and a new error variant cannot be forgotten: the `match` that names its disposition will not compile.

/// What the runtime does with a unit of work that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Lost a race (deadlock 40P01, serialisation 40001): the same work again, at once, a few times.
    Retry,
    /// A dependency is down (connection lost, server shutting down): pause consumption, keep the work, burn no attempts.
    Down,
    /// The work itself is wrong: the same call will fail the same way. Find the culprit and set it aside.
    Permanent,
}

/// An error that knows its own [`Disposition`].
pub trait Disposed: std::error::Error + Send + Sync + 'static {
    /// What the runtime should do about it.
    fn disposition(&self) -> Disposition;
}
