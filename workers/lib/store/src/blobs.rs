//! The object store: bytes by key, over the S3 protocol.
//!
//! Bodies are whole `Bytes`, never streams (stores differ in how they check streams); Content-MD5 is the header that most stores really check,
//! and our SHA-256 travels as metadata and stands in PostgreSQL. Few retries here: the broker redelivers. Keys are made of ids, never of
//! input.

use std::{sync::Arc, time::Duration};

use aws_sdk_s3::{
    Client,
    config::{
        BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
    presigning::PresigningConfig,
    primitives::ByteStream,
};
use base64::Engine;
use bytes::Bytes;
use futures::FutureExt;
use md5::{Digest, Md5};
use tokio::sync::OnceCell;

use crate::{Error, Timestamp};

mod deletion;
mod worm;

pub use deletion::Deleted;
pub use worm::Worm;

/// Largest object read into memory: a photo is at most 16 MiB.
pub const MAX_OBJECT: i64 = 16 * 1024 * 1024;
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Where and as whom.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `http://127.0.0.1:9000`
    pub url: String,
    /// Bucket.
    pub bucket: String,
    /// Region name.
    pub region: String,
    /// Access key.
    pub access_key: String,
    /// Secret key.
    pub secret_key: String,
    /// Days for which originals are locked where the bucket can lock and does not say for how long; 0: not at all.
    pub lock_days: i32,
}

/// The object store.
#[derive(Debug, Clone)]
pub struct Blobs {
    client: Client,
    bucket: String,
    /// Days for which originals are locked where the bucket can lock and does not say for how long; none: the bucket must say it.
    lock_days: i32,
    /// Asked once: a bucket that locks does so for good.
    worm: Arc<OnceCell<Worm>>,
    /// Whether the bucket keeps versions; asked once.
    versioned: Arc<OnceCell<bool>>,
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Bytes.
    pub size: i64,
}

/// An object as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Bytes.
    pub size: i64,
    /// When it was written, by the store's clock; none where the store does not say.
    pub written_at: Option<Timestamp>,
}

impl Blobs {
    /// A client; nothing is asked yet.
    pub fn new(settings: &Settings) -> Self {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .region(Region::new(settings.region.clone()))
            .endpoint_url(&settings.url)
            .force_path_style(true)
            .credentials_provider(Credentials::new(&settings.access_key, &settings.secret_key, None, None, "salur"))
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .retry_config(RetryConfig::standard().with_max_attempts(2))
            .timeout_config(TimeoutConfig::builder().operation_timeout(CALL_TIMEOUT).build())
            .build();
        let (bucket, lock_days) = (settings.bucket.clone(), settings.lock_days);
        Self { client: Client::from_conf(config), bucket, lock_days, worm: Arc::default(), versioned: Arc::default() }
    }

    /// Makes the bucket if it does not exist: one that can lock, where originals are to be locked and the store knows how. What the store does with the wish
    /// it says itself ([`Blobs::worm`]).
    pub async fn ensure_bucket(&self) -> Result<(), Error> {
        if self.client.head_bucket().bucket(&self.bucket).send().await.is_ok() {
            return Ok(());
        }
        let make = || self.client.create_bucket().bucket(&self.bucket);
        let made = match self.lock_days {
            0 => make().send().await,
            _ => match make().object_lock_enabled_for_bucket(true).send().await {
                Err(error) if worm::is_none(&error) => make().send().await,
                made => made,
            },
        };
        match made {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.code(), Some("BucketAlreadyOwnedByYou" | "BucketAlreadyExists")) => Ok(()),
            Err(error) => Err(failed("making the bucket", error)),
        }
    }

    /// Writes an object whole, and checks by HEAD that the store has all of it.
    pub async fn put(&self, key: &str, bytes: Bytes, content_type: &str) -> Result<(), Error> {
        self.write(key, bytes, content_type, None).await
    }

    async fn write(&self, key: &str, bytes: Bytes, content_type: &str, lock: Option<worm::Lock>) -> Result<(), Error> {
        let size = i64::try_from(bytes.len()).map_err(|_| Error::invariant("an object fits i64"))?;
        let md5 = base64::engine::general_purpose::STANDARD.encode(Md5::digest(&bytes));
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .content_md5(md5)
            .body(ByteStream::from(bytes))
            .set_object_lock_mode(lock.as_ref().map(|lock| lock.mode.clone()))
            .set_object_lock_retain_until_date(lock.map(|lock| lock.until))
            .send()
            .boxed()
            .await
            .map_err(|error| failed("writing an object", error))?;
        match self.head(key).await? {
            Some(head) if head.size == size => Ok(()),
            _ => Err(Error::Object { what: "checking a written object", source: "the store does not have what it confirmed".into() }),
        }
    }

    /// Reads an object whole; `None` when it does not exist.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, Error> {
        let object = match self.client.get_object().bucket(&self.bucket).key(key).send().boxed().await {
            Ok(object) => object,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(failed("reading an object", error)),
        };
        if object.content_length().is_some_and(|size| size > MAX_OBJECT) {
            return Err(Error::invariant(format!("object has more than {MAX_OBJECT} bytes")));
        }
        let body = object.body.collect().await.map_err(|error| Error::Object { what: "reading an object", source: Box::new(error) })?;
        Ok(Some(body.into_bytes()))
    }

    /// Whether an object exists, and its size.
    pub async fn head(&self, key: &str) -> Result<Option<Head>, Error> {
        match self.client.head_object().bucket(&self.bucket).key(key).send().boxed().await {
            Ok(head) => Ok(Some(Head { size: head.content_length().unwrap_or_default() })),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(failed("asking for an object", error)),
        }
    }

    /// Objects below a prefix, in order, a page at a time: `after` is the last key of the page before.
    pub async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Listed>, Error> {
        let page = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_start_after(after.map(str::to_owned))
            .send()
            .await
            .map_err(|error| failed("listing objects", error))?;
        let listed = page.contents().iter().filter_map(|object| {
            let written_at = object.last_modified().and_then(|at| Timestamp::from_timestamp(at.secs(), at.subsec_nanos()));
            Some(Listed { key: object.key()?.to_owned(), size: object.size().unwrap_or_default(), written_at })
        });
        Ok(listed.collect())
    }

    /// A URL under which exactly `size` bytes may be uploaded until it expires. For uploads alone: photos are never served by URL.
    pub async fn presign_put(&self, key: &str, size: u64, expires: Duration) -> Result<String, Error> {
        let what = "signing an upload";
        let size = i64::try_from(size).map_err(|_| Error::invariant("a photo fits i64"))?;
        let presigning = PresigningConfig::expires_in(expires).map_err(|error| Error::Object { what, source: Box::new(error) })?;
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_length(size)
            .presigned(presigning)
            .boxed()
            .await
            .map_err(|error| failed(what, error))?;
        Ok(request.uri().to_owned())
    }
}

fn is_absent<E: ProvideErrorMetadata, R: HttpStatus>(error: &SdkError<E, R>) -> bool {
    matches!(error.code(), Some("NoSuchKey" | "NotFound")) || error.raw_response().is_some_and(|response| response.status() == 404)
}

/// The status of a raw response, whatever the SDK calls its type.
trait HttpStatus {
    fn status(&self) -> u16;
}

impl HttpStatus for aws_sdk_s3::config::http::HttpResponse {
    fn status(&self) -> u16 {
        self.status().as_u16()
    }
}

fn failed<E, R>(what: &'static str, error: SdkError<E, R>) -> Error
where
    E: std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    Error::Object { what, source: Box::new(error) }
}
