//! How a view of a photo is made: by whoever starts the portal, since decoders may break and the portal must not.

use std::fmt;

use bytes::Bytes;
use futures::future::BoxFuture;
use salur_media::photo;
use salur_runtime::stage::Failure;

/// What making a view gives: a picture without metadata, why the photo has none, or why nobody can make one now.
pub type View = BoxFuture<'static, Result<Result<Vec<u8>, photo::Error>, Failure>>;

/// Makes pictures of photos for people to look at, without metadata.
pub struct Views(Box<dyn Fn(Bytes) -> View + Send + Sync>);

impl Views {
    /// Made so, elsewhere than in this process: photos come from anybody.
    pub fn new(make: impl Fn(Bytes) -> View + Send + Sync + 'static) -> Self {
        Self(Box::new(make))
    }

    /// The view of a photo.
    pub(super) async fn of(&self, photo: Bytes) -> Result<Result<Vec<u8>, photo::Error>, Failure> {
        (self.0)(photo).await
    }
}

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Views(..)")
    }
}
