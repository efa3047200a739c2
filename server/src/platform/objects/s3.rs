//! The store in a bucket of an S3-compatible server, by the crate `object_store`.
//!
//! An object up to [`PART`] is put under the condition that none stands there. A larger one goes in parts, which S3 joins
//! without any condition: it is looked for before, and who loses that race writes the same bytes, since keys are made of
//! their hash. Whatever the server cannot do for us at this moment is `ErrorKind::NotConnected`, to be tried again.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};
use object_store::path::Path;
use object_store::{
    ClientOptions, Error, GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _, PutMode, PutPayload,
    RetryConfig,
};
use secrecy::ExposeSecret as _;
use tokio_util::io::StreamReader;

use super::{Entry, Reader, Stored, check_key, check_length};
use crate::config;
use crate::platform::wechat::install_tls;

/// What is larger goes in parts of this size.
const PART: usize = 8 * 1024 * 1024;

/// A bucket. Cheap to clone.
#[derive(Clone)]
pub struct S3 {
    store: Arc<AmazonS3>,
}

impl S3 {
    /// A client for the bucket; asks nothing yet.
    pub fn open(bucket: &config::S3) -> io::Result<Self> {
        install_tls();
        let plain = bucket.endpoint.as_ref().is_some_and(|url| url.starts_with("http://"));
        let client = ClientOptions::new()
            .with_allow_http(plain)
            .with_connect_timeout(Duration::from_secs(5))
            .with_timeout(Duration::from_mins(1));
        let retry =
            RetryConfig { max_retries: 3, retry_timeout: Duration::from_secs(20), ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&bucket.bucket)
            .with_region(&bucket.region)
            .with_access_key_id(&bucket.key_id)
            .with_secret_access_key(bucket.secret.expose_secret())
            .with_virtual_hosted_style_request(bucket.in_host)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            // One at a time; not every server knows the request for many.
            .with_disable_bulk_delete(true)
            .with_client_options(client)
            .with_retry(retry);
        if let Some(endpoint) = &bucket.endpoint {
            builder = builder.with_endpoint(address(endpoint, bucket));
        }
        Ok(Self { store: Arc::new(builder.build().map_err(away)?) })
    }

    pub async fn put(&self, key: &str, bytes: Vec<u8>) -> io::Result<Stored> {
        let path = path(key)?;
        let length = bytes.len();
        if length > PART {
            if let Some(there) = self.len(key).await? {
                return check_length(length, Some(there));
            }
            self.put_parts(&path, bytes).await?;
            return Ok(Stored { existed: false });
        }
        match self.store.put_opts(&path, PutPayload::from(bytes), PutMode::Create.into()).await {
            Ok(_) => Ok(Stored { existed: false }),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                check_length(length, self.len(key).await?)
            }
            Err(error) => Err(away(error)),
        }
    }

    pub async fn replace(&self, key: &str, bytes: Vec<u8>) -> io::Result<()> {
        let path = path(key)?;
        if bytes.len() > PART {
            return self.put_parts(&path, bytes).await;
        }
        self.store.put(&path, PutPayload::from(bytes)).await.map_err(away)?;
        Ok(())
    }

    /// Nothing is seen of it before the last part is joined to the others.
    async fn put_parts(&self, path: &Path, bytes: Vec<u8>) -> io::Result<()> {
        let mut upload = self.store.put_multipart(path).await.map_err(away)?;
        let mut rest = bytes::Bytes::from(bytes);
        while !rest.is_empty() {
            let part = rest.split_to(rest.len().min(PART));
            if let Err(error) = upload.put_part(part.into()).await {
                if let Err(also) = upload.abort().await {
                    tracing::warn!(error = %also, "parts of an upload are left to the bucket's own rule");
                }
                return Err(away(error));
            }
        }
        upload.complete().await.map_err(away)?;
        Ok(())
    }

    pub async fn get(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(found) = found(self.store.get(&path(key)?).await)? else { return Ok(None) };
        Ok(Some(found.bytes().await.map_err(away)?.to_vec()))
    }

    pub async fn open_range(&self, key: &str, start: u64, len: u64) -> io::Result<Option<Reader>> {
        let range = Some(GetRange::Bounded(start..start.saturating_add(len)));
        let asked = if len == 0 {
            None
        } else {
            let options = GetOptions { range, ..GetOptions::default() };
            Some(self.store.get_opts(&path(key)?, options).await)
        };
        match asked {
            Some(Ok(found)) => {
                let stream = found.into_stream().map_err(away);
                Ok(Some(Box::pin(StreamReader::new(stream))))
            }
            Some(Err(Error::NotFound { .. })) => Ok(None),
            // A part beyond the end is empty, as in a file.
            Some(Err(error)) => match self.len(key).await? {
                Some(there) if start >= there => Ok(Some(Box::pin(tokio::io::empty()))),
                _ => Err(away(error)),
            },
            None => Ok(self.len(key).await?.map(|_| Box::pin(tokio::io::empty()) as Reader)),
        }
    }

    pub async fn len(&self, key: &str) -> io::Result<Option<u64>> {
        Ok(found(self.store.head(&path(key)?).await)?.map(|meta| meta.size))
    }

    pub async fn delete(&self, key: &str) -> io::Result<bool> {
        // S3 says the same of what was there and of what was not.
        if self.len(key).await?.is_none() {
            return Ok(false);
        }
        Ok(found(self.store.delete(&path(key)?).await)?.is_some())
    }

    pub async fn list_older_than(&self, prefix: &str, time: DateTime<Utc>) -> io::Result<Vec<Entry>> {
        let mut listing = self.store.list(Some(&path(prefix)?));
        let mut entries = Vec::new();
        while let Some(meta) = listing.next().await {
            let meta = meta.map_err(away)?;
            if meta.last_modified < time {
                let key = meta.location.to_string();
                entries.push(Entry { key, len: meta.size, modified: meta.last_modified });
            }
        }
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(entries)
    }
}

/// Where the bucket is asked: at the endpoint, or at a host of its own there.
fn address(endpoint: &str, bucket: &config::S3) -> String {
    match endpoint.split_once("://") {
        Some((scheme, host)) if bucket.in_host => format!("{scheme}://{}.{host}", bucket.bucket),
        _ => endpoint.to_owned(),
    }
}

fn path(key: &str) -> io::Result<Path> {
    check_key(key)?;
    Path::parse(key).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}

/// Absence is an answer, not an error.
fn found<T>(result: object_store::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(away(error)),
    }
}

/// What servers say of a full disk or a used-up quota of the bucket.
const FULL: [&str; 3] = ["StorageFull", "QuotaExceeded", "InsufficientStorage"];

fn away(error: Error) -> io::Error {
    let text = format!("{error:?}");
    let is_full = FULL.iter().any(|word| text.contains(word));
    io::Error::new(if is_full { io::ErrorKind::StorageFull } else { io::ErrorKind::NotConnected }, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_asked_by_path_or_by_host() {
        let mut bucket = config::S3 {
            endpoint: None,
            bucket: "photos".into(),
            region: "cn-1".into(),
            key_id: "id".into(),
            secret: "hunter2".to_owned().into(),
            in_host: false,
        };
        assert_eq!(address("https://s3.example.cn", &bucket), "https://s3.example.cn");
        bucket.in_host = true;
        assert_eq!(address("https://s3.example.cn", &bucket), "https://photos.s3.example.cn");
        assert!(S3::open(&bucket).is_ok());
    }

    #[test]
    fn a_full_bucket_is_told_from_one_that_is_away() {
        let error = |source: &str| away(Error::Generic { store: "S3", source: source.into() });
        assert!(super::super::is_full(&error("<Code>XMinioStorageFull</Code>")));
        assert!(super::super::is_away(&error("connection refused")));
    }
}
