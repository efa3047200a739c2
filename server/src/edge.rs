//! Small things every `api.rs` shares at the HTTP edge: local times, the caller's address, the client's name.

use std::net::IpAddr;

use chrono::{DateTime, FixedOffset, Utc};
use poem::Request;
use poem_openapi::types::{ParseError, ParseFromParameter, ParseResult, Type};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult};
use crate::platform::keys::sha256;

/// An instant as the API gives it: RFC 3339 with +08:00.
pub fn local(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    FixedOffset::east_opt(8 * 3600).map_or_else(|| at.fixed_offset(), |zone| at.with_timezone(&zone))
}

/// A date as people read it: 2021年10月10日.
pub fn date_label(date: chrono::NaiveDate) -> String {
    date.format("%Y年%-m月%-d日").to_string()
}

/// The answer to a deed that has nothing else to say.
#[derive(Debug, poem_openapi::Object)]
pub struct Done {
    done: bool,
}

impl Done {
    /// It was done.
    pub fn yes() -> Self {
        Self { done: true }
    }
}

/// The peer's address, or what a configured proxy says of it; anybody else's `X-Forwarded-For` is ignored.
pub fn client_address(request: &Request, proxies: &[IpAddr]) -> String {
    let peer = request.remote_addr().as_socket_addr().map(std::net::SocketAddr::ip);
    let forwarded = request.header("X-Forwarded-For").and_then(|list| list.rsplit(',').next()).map(str::trim);
    match (peer, forwarded) {
        (Some(peer), Some(claimed)) if proxies.contains(&peer) && claimed.parse::<IpAddr>().is_ok() => {
            claimed.to_owned()
        }
        (Some(peer), _) => peer.to_string(),
        (None, _) => "local".to_owned(),
    }
}

/// `X-Client: name/version; schema=n`: which client wrote, and by which schema its fields are to be read.
#[derive(Debug, Clone)]
pub struct Client {
    /// As sent.
    pub text: String,
    pub schema: u32,
}

/// Schemas of the outbox this server still reads; an old one is accepted for twelve months (design D17).
const SCHEMAS: std::ops::RangeInclusive<u32> = 1..=1;

impl Client {
    fn parse(value: &str) -> Result<Self, &'static str> {
        let (name, rest) = value.split_once(';').ok_or("X-Client 应形如 “tuhe-mini/1.0; schema=1”")?;
        let schema = rest
            .trim()
            .strip_prefix("schema=")
            .and_then(|n| n.parse().ok())
            .ok_or("X-Client 缺少 schema=数字")?;
        if !name.contains('/') || value.len() > 100 {
            return Err("X-Client 应形如 “tuhe-mini/1.0; schema=1”");
        }
        if !SCHEMAS.contains(&schema) {
            return Err("小程序版本过旧或过新,请更新小程序后再提交,已填的内容会保留");
        }
        Ok(Self { text: value.to_owned(), schema })
    }
}

impl Client {
    /// The office's web pages, which are always of the server's own age.
    pub fn console() -> Self {
        Self { text: "tuhe-console/1; schema=1".into(), schema: 1 }
    }
}

/// A text a record must have, for whoever fills in a form that does not check by itself: not empty, not too long.
pub fn filled(label: &str, text: &str, most: usize) -> ApiResult<()> {
    if text.is_empty() {
        return Err(ApiError::refused("form.empty", format!("请填写“{label}”。")));
    }
    not_longer(label, text, most)
}

/// A text a record may have.
pub fn not_longer(label: &str, text: &str, most: usize) -> ApiResult<()> {
    if text.chars().count() > most {
        return Err(ApiError::refused("form.too_long", format!("“{label}”最多 {most} 个字,请写短些。")));
    }
    Ok(())
}

impl Type for Client {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> std::borrow::Cow<'static, str> {
        "string(client)".into()
    }

    fn schema_ref() -> poem_openapi::registry::MetaSchemaRef {
        poem_openapi::registry::MetaSchemaRef::Inline(Box::new(
            poem_openapi::registry::MetaSchema::new_with_format("string", "client"),
        ))
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromParameter for Client {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Client::parse(value).map_err(ParseError::custom)
    }
}

/// Where the next page of a list begins: after the row made `at` with this `id` (design D18). Travels as `micros.id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

impl Cursor {
    /// As a page gave it; none for the first page.
    pub fn read(text: Option<&str>) -> ApiResult<Option<Self>> {
        let wrong = || ApiError::bad_request("request.cursor", "翻页参数不对,请从头再看。");
        text.map(|text| Self::parse(text).ok_or_else(wrong)).transpose()
    }

    fn parse(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once('.')?;
        let at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
        Some(Self { at, id: id.parse().ok()? })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.at.timestamp_micros(), self.id)
    }
}

/// SHA-256 of the canonical JSON (RFC 8785) of the fields as sent: what tells a repeat from other content (design D3).
pub fn content_hash(content: &serde_json::Value) -> ApiResult<Vec<u8>> {
    let canonical = serde_json_canonicalizer::to_vec(content).map_err(ApiError::internal)?;
    Ok(sha256(&canonical).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let at = DateTime::from_timestamp_micros(1_633_824_000_123_456).expect("instant");
        let cursor = Cursor { at, id: Uuid::now_v7() };
        assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        for bad in ["", ".", "1", "1.2", "x.018f0000-0000-7000-8000-000000000000", "9223372036854775807.x"] {
            assert_eq!(Cursor::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_client_names_itself_and_its_schema() {
        assert_eq!(Client::parse("tuhe-mini/1.2; schema=1").map(|c| c.schema), Ok(1));
        for bad in ["", "tuhe-mini", "tuhe/1; schema=x", "tuhe/1; schema=99", "tuhe; schema=1"] {
            assert!(Client::parse(bad).is_err(), "{bad}");
        }
    }
}
