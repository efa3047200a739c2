//! What a request of the protocol says, and the bytes it brings.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use poem::http::{HeaderMap, Method, StatusCode, header};
use poem::{Body, Request};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use super::super::Hash;
use super::PIECE;
use crate::error::{ApiError, ApiResult};

/// The one version there is.
pub const VERSION: &str = "1.0.0";

/// A header's text.
pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

/// A header that must hold a length or a position.
pub fn number(headers: &HeaderMap, name: &'static str) -> ApiResult<i32> {
    let number = text(headers, name).and_then(|text| text.parse::<u64>().ok());
    let number = number.ok_or_else(|| {
        ApiError::bad_request("upload.header", format!("请求缺少 {name} 或写法不对,请更新小程序后重传。"))
    })?;
    // What is larger than any photo is too large, not malformed.
    Ok(i32::try_from(number).unwrap_or(i32::MAX))
}

/// What is meant: the method, or the one that a POST stands for.
pub fn method(request: &Request) -> Method {
    let meant = text(request.headers(), "x-http-method-override");
    match meant.and_then(|meant| meant.to_ascii_uppercase().parse().ok()) {
        Some(meant) if *request.method() == Method::POST => meant,
        _ => request.method().clone(),
    }
}

/// Both sides must speak the same version.
pub fn check_version(headers: &HeaderMap) -> ApiResult<()> {
    if text(headers, "tus-resumable") == Some(VERSION) {
        return Ok(());
    }
    let words = "续传的协议版本不对,请更新小程序后重传,手机里的照片请保留。";
    Err(ApiError::new(StatusCode::PRECONDITION_FAILED, "upload.version", words))
}

/// Pieces come as they are, not in a form.
pub fn check_media_type(headers: &HeaderMap) -> ApiResult<()> {
    if text(headers, header::CONTENT_TYPE.as_str()) == Some("application/offset+octet-stream") {
        return Ok(());
    }
    let words = "续传的格式不对,请更新小程序后重传,手机里的照片请保留。";
    Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "upload.media_type", words))
}

/// The whole photo's hash: `sha256` in the metadata, 64 hexadecimal digits, in base64 as all metadata.
pub fn hash(headers: &HeaderMap) -> ApiResult<Hash> {
    let metadata = text(headers, "upload-metadata").unwrap_or_default();
    let value = metadata.split(',').find_map(|pair| pair.trim().strip_prefix("sha256 "));
    let digits = value.and_then(|value| BASE64_STANDARD.decode(value.trim()).ok());
    let digits = digits.and_then(|bytes| String::from_utf8(bytes).ok());
    digits.and_then(|digits| Hash::parse(&digits)).ok_or_else(super::super::malformed_hash)
}

/// What a piece must hash to.
#[derive(Debug, PartialEq, Eq)]
pub enum Checksum {
    Sha1(Vec<u8>),
    Sha256(Vec<u8>),
}

impl Checksum {
    pub fn read(headers: &HeaderMap) -> ApiResult<Option<Self>> {
        let Some(text) = text(headers, "upload-checksum") else { return Ok(None) };
        let read = text.split_once(' ').and_then(|(algorithm, value)| {
            let value = BASE64_STANDARD.decode(value.trim()).ok()?;
            match algorithm {
                "sha1" if value.len() == 20 => Some(Self::Sha1(value)),
                "sha256" if value.len() == 32 => Some(Self::Sha256(value)),
                _ => None,
            }
        });
        let wrong = || {
            let words = "校验方式只支持 sha1 和 sha256,请更新小程序后重传,手机里的照片请保留。";
            ApiError::bad_request("upload.checksum_algorithm", words)
        };
        read.map(Some).ok_or_else(wrong)
    }

    pub fn check(&self, bytes: &[u8]) -> ApiResult<()> {
        let holds = match self {
            Self::Sha1(wanted) => Sha1::digest(bytes)[..] == wanted[..],
            Self::Sha256(wanted) => Sha256::digest(bytes)[..] == wanted[..],
        };
        if holds {
            return Ok(());
        }
        // 460 is the protocol's own number for it.
        let status = StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST);
        Err(ApiError::new(
            status,
            "upload.checksum",
            "这一段在传输中损坏了,会从断点再传,手机里的照片请保留。",
        ))
    }
}

/// A piece as far as it came, and whether that was to its end: what was cut off is still a beginning.
pub async fn piece(body: Body) -> (Vec<u8>, bool) {
    let mut reader = body.into_async_read().take(PIECE as u64);
    let mut bytes = Vec::new();
    let whole = reader.read_to_end(&mut bytes).await.is_ok();
    (bytes, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().expect("a value"));
        headers
    }

    #[test]
    fn the_hash_is_found_among_other_metadata() {
        let digits = "ab".repeat(32);
        let coded = BASE64_STANDARD.encode(&digits);
        for metadata in [format!("sha256 {coded}"), format!("filename eA==,sha256 {coded}, is_last")] {
            assert_eq!(hash(&headers("upload-metadata", &metadata)).expect(&metadata), Hash([0xab; 32]));
        }
        for wrong in ["", "sha256", "sha256 eA==", &format!("sha256 {digits}"), &format!("md5 {coded}")] {
            let error = hash(&headers("upload-metadata", wrong)).expect_err(wrong);
            assert_eq!(error.code, "photo.hash_malformed", "{wrong}");
        }
    }

    #[test]
    fn a_checksum_holds_or_not_and_no_other_kind_is_known() {
        let sha1 = Checksum::read(&headers("upload-checksum", "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0="));
        let sha1 = sha1.expect("read").expect("there");
        sha1.check(b"abc").expect("it holds");
        let wrong = sha1.check(b"abd").expect_err("another");
        assert_eq!((wrong.status.as_u16(), wrong.code), (460, "upload.checksum"));
        for unknown in
            ["md5 kAFQmDzST7DWlj99KOF/cg==", "sha1", "sha1 eA==", "sha256 qZk+NkcGgWq6PiVxeFDCbJzQ2J0="]
        {
            let error = Checksum::read(&headers("upload-checksum", unknown)).expect_err(unknown);
            assert_eq!(error.code, "upload.checksum_algorithm");
        }
        assert_eq!(Checksum::read(&HeaderMap::new()).expect("read"), None);
    }

    #[test]
    fn a_post_may_stand_for_what_the_phone_lacks_and_nothing_else_may() {
        let asked = |method: Method, meant: &str| {
            super::method(&Request::builder().method(method).header("X-HTTP-Method-Override", meant).finish())
        };
        assert_eq!(asked(Method::POST, "PATCH"), Method::PATCH);
        assert_eq!(asked(Method::POST, "head"), Method::HEAD);
        assert_eq!(asked(Method::GET, "DELETE"), Method::GET);
    }

    #[test]
    fn a_number_is_a_number() {
        assert_eq!(number(&headers("upload-offset", "12"), "upload-offset").expect("read"), 12);
        assert_eq!(
            number(&headers("upload-offset", "99999999999"), "upload-offset").expect("read"),
            i32::MAX
        );
        for wrong in ["", "-1", "1.5", "x"] {
            let error = number(&headers("upload-offset", wrong), "upload-offset").expect_err(wrong);
            assert_eq!(error.code, "upload.header");
        }
    }
}
