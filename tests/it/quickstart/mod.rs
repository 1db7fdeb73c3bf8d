//! Upstream systems as users of their own: what the broker lets them do, and the page that a newcomer follows.

mod demo;
mod page;
mod rights;
mod upstream;
