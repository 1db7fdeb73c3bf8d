//! Objects as files, with listings that cost a page, and bodies that move a mebibyte at a time.
//!
//! s3s-fs walks the whole bucket for each page of a listing; with the fifty thousand objects of two tranches a listing took minutes. This one
//! reads directories in key order, skips those before the page or beside the prefix, and stops when the page is full. s3s-fs
//! writes what a connection gives it, 8 kB or so, and reads 4 kB, each handed to another thread: a photo was two hundred hand-overs. Everything else is
//! passed on.

use std::{io, path::Path, time::SystemTime};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, dto, s3_error};
use s3s_fs::FileSystem;

/// Keys of a page, as S3 has it.
const PAGE: usize = 1_000;
/// Bytes that are written at once.
const PIECE: usize = 1 << 20;

/// The file store, its listings our own.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) inner: FileSystem,
    pub(super) data: std::path::PathBuf,
}

/// A page on the way.
struct Page {
    prefix: String,
    after: String,
    most: usize,
    /// Key, bytes, last change; one more than `most` when there is another page.
    found: Vec<(String, u64, SystemTime)>,
}

impl Page {
    /// Whether a key below this directory (which ends in `/`) may stand on the page.
    fn may_hold(&self, directory: &str) -> bool {
        let beside = !directory.starts_with(&self.prefix) && !self.prefix.starts_with(directory);
        let before = directory <= self.after.as_str() && !self.after.starts_with(directory);
        !beside && !before
    }

    /// Adds what stands below a directory, in key order.
    fn fill(&mut self, path: &Path, key: &str) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let slash = if entry.file_type()?.is_dir() { "/" } else { "" };
            entries.push((format!("{key}{name}{slash}"), entry));
        }
        // a directory sorts by its name with the slash, as its keys do
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        for (key, entry) in entries {
            if self.found.len() > self.most {
                return Ok(());
            }
            if key.ends_with('/') {
                if self.may_hold(&key) {
                    gone_is_empty(self.fill(&entry.path(), &key))?;
                }
            } else if key.starts_with(&self.prefix) && key > self.after {
                gone_is_empty(entry.metadata().and_then(|meta| {
                    self.found.push((key, meta.len(), meta.modified()?));
                    Ok(())
                }))?;
            }
        }
        Ok(())
    }
}

/// What was deleted while we looked is not there.
fn gone_is_empty(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// The same body in pieces of [`PIECE`] at least, but for the last.
fn in_pieces(body: dto::StreamingBlob) -> dto::StreamingBlob {
    dto::StreamingBlob::wrap(stream::unfold(body, async |mut body| {
        let mut piece = BytesMut::new();
        while piece.len() < PIECE {
            match body.next().await {
                Some(Ok(bytes)) => piece.extend_from_slice(&bytes),
                Some(Err(error)) => return Some((Err(io::Error::other(error)), body)),
                None => break,
            }
        }
        (!piece.is_empty()).then(|| (Ok(piece.freeze()), body))
    }))
}

impl Files {
    async fn list(&self, input: dto::ListObjectsV2Input) -> S3Result<dto::ListObjectsV2Output> {
        let bucket = self.data.join(&input.bucket);
        let most = input.max_keys.and_then(|most| usize::try_from(most).ok()).map_or(PAGE, |most| most.min(PAGE));
        let after = input.continuation_token.max(input.start_after).unwrap_or_default();
        let mut page = Page { prefix: input.prefix.clone().unwrap_or_default(), after, most, found: Vec::new() };
        let listing = tokio::task::spawn_blocking(move || page.fill(&bucket, "").map(|()| page));
        let mut page = match listing.await {
            Ok(Ok(page)) => page,
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => return Err(s3_error!(NoSuchBucket)),
            Ok(Err(error)) => return Err(S3Error::internal_error(error)),
            Err(error) => return Err(S3Error::internal_error(error)),
        };
        let more = page.found.len() > page.most;
        page.found.truncate(page.most);
        let next = page.found.last().filter(|_| more).map(|(key, ..)| key.clone());
        let object = |(key, size, modified): (String, u64, SystemTime)| dto::Object {
            key: Some(key),
            size: i64::try_from(size).ok(),
            last_modified: Some(modified.into()),
            ..Default::default()
        };
        Ok(dto::ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: input.prefix,
            max_keys: i32::try_from(most).ok(),
            key_count: i32::try_from(page.found.len()).ok(),
            is_truncated: Some(more),
            next_continuation_token: next,
            contents: Some(page.found.into_iter().map(object).collect()),
            ..Default::default()
        })
    }
}

#[async_trait]
impl S3 for Files {
    async fn list_objects_v2(&self, req: S3Request<dto::ListObjectsV2Input>) -> S3Result<S3Response<dto::ListObjectsV2Output>> {
        if req.input.delimiter.is_some() {
            return self.inner.list_objects_v2(req).await;
        }
        self.list(req.input).await.map(S3Response::new)
    }
    async fn create_bucket(&self, req: S3Request<dto::CreateBucketInput>) -> S3Result<S3Response<dto::CreateBucketOutput>> {
        self.inner.create_bucket(req).await
    }
    async fn delete_bucket(&self, req: S3Request<dto::DeleteBucketInput>) -> S3Result<S3Response<dto::DeleteBucketOutput>> {
        self.inner.delete_bucket(req).await
    }
    async fn head_bucket(&self, req: S3Request<dto::HeadBucketInput>) -> S3Result<S3Response<dto::HeadBucketOutput>> {
        self.inner.head_bucket(req).await
    }
    async fn list_buckets(&self, req: S3Request<dto::ListBucketsInput>) -> S3Result<S3Response<dto::ListBucketsOutput>> {
        self.inner.list_buckets(req).await
    }
    async fn put_object(&self, req: S3Request<dto::PutObjectInput>) -> S3Result<S3Response<dto::PutObjectOutput>> {
        self.inner.put_object(req.map_input(|input| dto::PutObjectInput { body: input.body.map(in_pieces), ..input })).await
    }
    async fn get_object(&self, req: S3Request<dto::GetObjectInput>) -> S3Result<S3Response<dto::GetObjectOutput>> {
        let is_whole = req.input.range.is_none();
        let path = self.data.join(&req.input.bucket).join(&req.input.key);
        let mut found = self.inner.get_object(req).await?;
        if is_whole {
            // there, and below our directory: else the line above has refused it
            let read = tokio::task::spawn_blocking(|| std::fs::read(path)).await.map_err(S3Error::internal_error)?;
            let bytes = read.map_err(S3Error::internal_error)?;
            found.output.content_length = i64::try_from(bytes.len()).ok();
            found.output.body = Some(s3s::Body::from(Bytes::from(bytes)).into());
        }
        Ok(found)
    }
    async fn head_object(&self, req: S3Request<dto::HeadObjectInput>) -> S3Result<S3Response<dto::HeadObjectOutput>> {
        self.inner.head_object(req).await
    }
    async fn delete_object(&self, req: S3Request<dto::DeleteObjectInput>) -> S3Result<S3Response<dto::DeleteObjectOutput>> {
        self.inner.delete_object(req).await
    }
    async fn delete_objects(&self, req: S3Request<dto::DeleteObjectsInput>) -> S3Result<S3Response<dto::DeleteObjectsOutput>> {
        self.inner.delete_objects(req).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 7] = ["a-b/1", "a/b/1", "a/b/2", "a/c", "ab/1", "b/1/x", "b/2"];

    fn pages(data: &Path, prefix: &str, most: usize) -> Vec<Vec<String>> {
        let (mut pages, mut after) = (Vec::new(), String::new());
        loop {
            let mut page = Page { prefix: prefix.into(), after: after.clone(), most, found: Vec::new() };
            page.fill(data, "").expect("the directory can be read");
            let more = page.found.len() > most;
            page.found.truncate(most);
            let keys: Vec<String> = page.found.into_iter().map(|(key, ..)| key).collect();
            after = keys.last().cloned().unwrap_or_default();
            pages.push(keys);
            if !more {
                return pages;
            }
        }
    }

    #[test]
    fn a_listing_is_in_key_order_below_its_prefix_whatever_the_size_of_its_pages() {
        let data = std::env::temp_dir().join(format!("salur-listing-{}", std::process::id()));
        for key in KEYS {
            let path = data.join(key);
            std::fs::create_dir_all(path.parent().expect("keys have directories")).expect("made");
            std::fs::write(path, key).expect("written");
        }
        let mut keys = KEYS;
        keys.sort_unstable();
        for prefix in ["", "a", "a/", "a/b", "b/1/", "c", "a-"] {
            let expected: Vec<&str> = keys.iter().copied().filter(|key| key.starts_with(prefix)).collect();
            for most in 1..=8 {
                let pages = pages(&data, prefix, most);
                assert!(pages.iter().rev().skip(1).all(|page| page.len() == most), "{prefix}: full pages of {most}");
                assert_eq!(pages.concat(), expected, "{prefix}: pages of {most}");
            }
        }
        std::fs::remove_dir_all(data).expect("removed");
    }
}
