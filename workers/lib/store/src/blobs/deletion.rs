//! Deleting so that the bytes are gone, also where the bucket keeps versions.
//!
//! A bucket that can lock keeps versions, and there a plain DELETE only hides: an upload, which lies unsealed until it was judged, would stay for ever. So
//! each version is deleted by its name. A version that the store does not let go, since it is locked, is hidden instead and stays until its lock ends; then a
//! lifecycle rule of the bucket takes it (docs/proof.md). What it held is sealed, and its key can be forgotten.
//!
//! Bounds: a page of versions, a thousand, per call to the store; versions come one page after the other.

use aws_sdk_s3::{error::ProvideErrorMetadata, types::BucketVersioningStatus};

use super::{Blobs, failed};
use crate::Error;

/// What a store says that knows no versions.
const UNKNOWN: [&str; 2] = ["NotImplemented", "MethodNotAllowed"];
const NO_STATUS: u16 = 501;
const FORBIDDEN: u16 = 403;

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// Nothing of it is left.
    Gone,
    /// It is hidden; the store keeps a version that is locked.
    Locked,
}

/// One kept state of an object.
struct Version {
    id: String,
    /// It says that the object is not there.
    is_marker: bool,
    is_latest: bool,
}

impl Blobs {
    /// Deletes an object with all its versions; one that does not exist is deleted already.
    pub async fn delete(&self, key: &str) -> Result<Deleted, Error> {
        if !self.has_versions().await? {
            self.hide(key).await?;
            return Ok(Deleted::Gone);
        }
        let (mut deleted, mut is_hidden) = (Deleted::Gone, false);
        for version in self.versions(key).await? {
            // a marker hides what is locked below it: it goes last, and only with everything else
            if version.is_marker {
                is_hidden |= version.is_latest;
            } else if !self.delete_version(key, &version.id).await? {
                deleted = Deleted::Locked;
            }
        }
        match (deleted, is_hidden) {
            (Deleted::Locked, false) => self.hide(key).await?,
            (Deleted::Locked, true) => {}
            (Deleted::Gone, _) => self.delete_markers(key).await?,
        }
        Ok(deleted)
    }

    /// How many states of an object the store holds, hidden ones too: one at most where the bucket keeps no versions.
    pub async fn count_versions(&self, key: &str) -> Result<usize, Error> {
        if !self.has_versions().await? {
            return Ok(usize::from(self.head(key).await?.is_some()));
        }
        Ok(self.versions(key).await?.iter().filter(|version| !version.is_marker).count())
    }

    /// Whether the bucket keeps, or kept, versions; asked once.
    async fn has_versions(&self) -> Result<bool, Error> {
        self.versioned.get_or_try_init(|| self.ask_versions()).await.copied()
    }

    async fn ask_versions(&self) -> Result<bool, Error> {
        match self.client.get_bucket_versioning().bucket(&self.bucket).send().await {
            Ok(said) => Ok(matches!(said.status(), Some(BucketVersioningStatus::Enabled | BucketVersioningStatus::Suspended))),
            Err(error) if error.code().is_some_and(|code| UNKNOWN.contains(&code)) => Ok(false),
            Err(error) if error.raw_response().is_some_and(|response| response.status().as_u16() == NO_STATUS) => Ok(false),
            Err(error) => Err(failed("asking whether the bucket keeps versions", error)),
        }
    }

    async fn hide(&self, key: &str) -> Result<(), Error> {
        let deletion = self.client.delete_object().bucket(&self.bucket).key(key).send();
        deletion.await.map(drop).map_err(|error| failed("deleting an object", error))
    }

    /// Whether the store let it go.
    async fn delete_version(&self, key: &str, id: &str) -> Result<bool, Error> {
        match self.client.delete_object().bucket(&self.bucket).key(key).version_id(id).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.raw_response().is_some_and(|response| response.status().as_u16() == FORBIDDEN) => Ok(false),
            Err(error) => Err(failed("deleting a version of an object", error)),
        }
    }

    async fn delete_markers(&self, key: &str) -> Result<(), Error> {
        for marker in self.versions(key).await?.into_iter().filter(|version| version.is_marker) {
            self.delete_version(key, &marker.id).await?;
        }
        Ok(())
    }

    async fn versions(&self, key: &str) -> Result<Vec<Version>, Error> {
        let (mut versions, mut after) = (Vec::new(), None::<(String, String)>);
        loop {
            let (key_marker, version_marker) = after.unzip();
            let asked = self.client.list_object_versions().bucket(&self.bucket).prefix(key);
            let asked = asked.set_key_marker(key_marker).set_version_id_marker(version_marker).send();
            let page = asked.await.map_err(|error| failed("listing the versions of an object", error))?;
            let kept = page.versions().iter().map(|version| (version.key(), version.version_id(), version.is_latest(), false));
            let markers = page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id(), marker.is_latest(), true));
            for (name, id, is_latest, is_marker) in kept.chain(markers) {
                if let (true, Some(id)) = (name == Some(key), id) {
                    versions.push(Version { id: id.to_owned(), is_marker, is_latest: is_latest == Some(true) });
                }
            }
            match (page.next_key_marker(), page.next_version_id_marker()) {
                (Some(next), Some(id)) if next == key => after = Some((next.to_owned(), id.to_owned())),
                _ => return Ok(versions),
            }
        }
    }
}
