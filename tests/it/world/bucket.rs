//! An S3 server of a test's own, on the loopback, over a folder: what `object_store` asks of one, with conditions, ranges,
//! parts and listings in pages. It believes nobody who does not sign with its key, and no bytes that do not have the hash
//! their request is signed with.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use poem::http::{Method, StatusCode, header};
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::{Request, Response, Server};
use tokio::task::JoinHandle;

use super::sha256_hex;

pub const BUCKET: &str = "tuhe-photos";
const KEY_ID: &str = "test-key";
const SECRET: &str = "test-secret-of-s3";
/// Keys in one page of a listing; a real server has a thousand.
const PAGE: usize = 2;

/// Serves until it is dropped.
pub struct Bucket {
    folder: tempfile::TempDir,
    pub endpoint: String,
    broken: Arc<AtomicBool>,
    serving: JoinHandle<()>,
}

impl Bucket {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a bucket");
        let broken = Arc::new(AtomicBool::new(false));
        let root = folder.path().join(BUCKET);
        let shelf = Arc::new(Shelf { root, broken: Arc::clone(&broken), ..Shelf::default() });
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("a port");
        let address = acceptor.local_addr()[0].as_socket_addr().copied().expect("an address");
        let endpoint = poem::endpoint::make(move |request: Request| {
            let shelf = Arc::clone(&shelf);
            async move { Ok::<_, poem::Error>(shelf.answer(request).await) }
        });
        let serving = tokio::spawn(async move {
            Server::new_with_acceptor(acceptor).run(endpoint).await.expect("the bucket is served");
        });
        Self { folder, endpoint: format!("http://{address}"), broken, serving }
    }

    /// How a server is told of it.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("TUHE_PHOTO_STORE", "s3".into()),
            ("TUHE_S3_ENDPOINT", self.endpoint.clone()),
            ("TUHE_S3_BUCKET", BUCKET.into()),
            ("TUHE_S3_KEY_ID", KEY_ID.into()),
            ("TUHE_S3_SECRET", SECRET.into()),
        ]
    }

    /// From now on it answers nobody's question.
    pub fn breaks(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    /// Where an object lies on the server.
    pub fn path_of(&self, key: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(key)
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Of one upload, by number.
type Parts = Vec<(u32, Vec<u8>)>;

/// The objects of the bucket, and parts that are not joined yet.
#[derive(Default)]
struct Shelf {
    root: PathBuf,
    broken: Arc<AtomicBool>,
    parts: Mutex<HashMap<String, Parts>>,
    /// One writer at a time: a condition holds until what it allows is done.
    writing: Mutex<()>,
}

impl Shelf {
    async fn answer(&self, mut request: Request) -> Response {
        if self.broken.load(Ordering::Relaxed) {
            return refusal(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable");
        }
        let body = request.take_body().into_vec().await.expect("a body");
        let said = |name: &str| request.header(name).unwrap_or_default().to_owned();
        let signed = said("authorization").contains(&format!("Credential={KEY_ID}/"));
        if !signed || said("x-amz-content-sha256") != sha256_hex(&body) {
            return refusal(StatusCode::FORBIDDEN, "SignatureDoesNotMatch");
        }
        let query: HashMap<String, String> =
            serde_urlencoded::from_str(request.uri().query().unwrap_or_default()).expect("a query");
        let path = request.uri().path().to_owned();
        let key =
            path.trim_start_matches('/').strip_prefix(BUCKET).unwrap_or_default().trim_start_matches('/');
        let upload = query.get("uploadId");
        match *request.method() {
            Method::GET if key.is_empty() => self.list(&query),
            Method::GET | Method::HEAD => self.read(key, &said("range"), *request.method() == Method::HEAD),
            Method::PUT => match (upload, query.get("partNumber")) {
                (Some(id), Some(number)) => self.put_part(id, number.parse().expect("a number"), body),
                _ => self.put(key, &body, said("if-none-match") == "*"),
            },
            Method::POST if query.contains_key("uploads") => self.begin_parts(),
            Method::POST => self.join(key, upload.expect("an upload")),
            Method::DELETE => {
                match upload {
                    Some(id) => drop(self.parts.lock().expect("parts").remove(id)),
                    None => drop(std::fs::remove_file(self.root.join(key))),
                }
                Response::builder().status(StatusCode::NO_CONTENT).finish()
            }
            _ => refusal(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
        }
    }

    fn put(&self, key: &str, bytes: &[u8], only_new: bool) -> Response {
        let _alone = self.writing.lock().expect("nobody else writes");
        let path = self.root.join(key);
        if only_new && path.exists() {
            return refusal(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
        }
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, bytes).expect("written");
        Response::builder().header(header::ETAG, tag(bytes)).finish()
    }

    fn begin_parts(&self) -> Response {
        let id = uuid::Uuid::new_v4().to_string();
        self.parts.lock().expect("parts").insert(id.clone(), Vec::new());
        xml(format!(
            "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
        ))
    }

    fn put_part(&self, id: &str, number: u32, bytes: Vec<u8>) -> Response {
        let tag = tag(&bytes);
        let mut parts = self.parts.lock().expect("parts");
        let Some(parts) = parts.get_mut(id) else { return refusal(StatusCode::NOT_FOUND, "NoSuchUpload") };
        parts.push((number, bytes));
        Response::builder().header(header::ETAG, tag).finish()
    }

    fn join(&self, key: &str, id: &str) -> Response {
        let parts = self.parts.lock().expect("parts").remove(id);
        let Some(mut parts) = parts else { return refusal(StatusCode::NOT_FOUND, "NoSuchUpload") };
        parts.sort();
        let (last, others) = parts.split_last().expect("parts");
        assert!(
            others.iter().all(|(_, part)| part.len() >= 5 * 1024 * 1024),
            "S3 wants parts of 5 MB; last {}",
            last.0
        );
        let whole: Vec<u8> = parts.into_iter().flat_map(|(_, part)| part).collect();
        self.put(key, &whole, false);
        xml(format!(
            "<CompleteMultipartUploadResult><ETag>{}</ETag></CompleteMultipartUploadResult>",
            tag(&whole)
        ))
    }

    fn read(&self, key: &str, range: &str, only_head: bool) -> Response {
        let Ok(bytes) = std::fs::read(self.root.join(key)) else {
            return refusal(StatusCode::NOT_FOUND, "NoSuchKey");
        };
        let response = Response::builder().header(header::ETAG, tag(&bytes)).header(
            header::LAST_MODIFIED,
            modified(&self.root.join(key)).format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        );
        if only_head {
            return response.header(header::CONTENT_LENGTH, bytes.len()).finish();
        }
        let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
            return response.body(bytes);
        };
        let first: usize = first.parse().expect("a first byte");
        let last = last.parse().map_or(bytes.len() - 1, |last: usize| last.min(bytes.len() - 1));
        if first >= bytes.len() {
            return refusal(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange");
        }
        let part = format!("bytes {first}-{last}/{}", bytes.len());
        let response = response.status(StatusCode::PARTIAL_CONTENT).header(header::CONTENT_RANGE, part);
        response.body(bytes[first..=last].to_vec())
    }

    fn list(&self, query: &HashMap<String, String>) -> Response {
        let (mut keys, prefix) = (Vec::new(), query.get("prefix").map_or("", String::as_str));
        walk(&self.root, &self.root, &mut keys);
        let after = query.get("continuation-token").map_or("", String::as_str);
        keys.retain(|key| key.starts_with(prefix) && key.as_str() > after);
        keys.sort();
        let more = keys.len() > PAGE;
        keys.truncate(PAGE);
        let mut entries = String::new();
        for key in &keys {
            let path = self.root.join(key);
            let size = std::fs::metadata(&path).expect("a file").len();
            let at = modified(&path).format("%Y-%m-%dT%H:%M:%S.000Z");
            let facts = format!("<Key>{key}</Key><Size>{size}</Size><LastModified>{at}</LastModified>");
            entries += "<Contents>";
            entries += &facts;
            entries += "</Contents>";
        }
        let next = keys.last().filter(|_| more);
        let next =
            next.map_or(String::new(), |key| format!("<NextContinuationToken>{key}</NextContinuationToken>"));
        xml(format!("<ListBucketResult><IsTruncated>{more}</IsTruncated>{entries}{next}</ListBucketResult>"))
    }
}

fn walk(root: &Path, folder: &Path, keys: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(root, &path, keys);
        } else {
            keys.push(path.strip_prefix(root).expect("inside").to_str().expect("text").to_owned());
        }
    }
}

fn modified(path: &Path) -> DateTime<Utc> {
    std::fs::metadata(path).expect("a file").modified().expect("a time").into()
}

fn tag(bytes: &[u8]) -> String {
    format!("\"{}\"", &sha256_hex(bytes)[..32])
}

fn xml(text: String) -> Response {
    Response::builder().content_type("application/xml").body(text)
}

fn refusal(status: StatusCode, code: &str) -> Response {
    let mut response = xml(format!("<Error><Code>{code}</Code></Error>"));
    response.set_status(status);
    response
}
