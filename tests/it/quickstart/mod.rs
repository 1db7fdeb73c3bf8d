//! Upstream systems as users of their own: what the broker lets them do, and the page that a newcomer follows.

mod rights;
mod upstream;
