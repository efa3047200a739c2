//! Answers as the platform words them: errors are HTTP 200 with a number, and `errmsg` ends in a request id
//! (wechat.md §1.0, §4 A1, A2).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::switches::{SuccessStyle, SuffixStyle, Switches};

/// A business error: the number, and the text before the request id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub errcode: i64,
    pub errmsg: String,
}

impl Refusal {
    pub fn new(errcode: i64, errmsg: impl Into<String>) -> Self {
        Self { errcode, errmsg: errmsg.into() }
    }
}

/// A success, and whether its documented example carries `errcode`.
pub(crate) struct Success {
    pub fields: Map<String, Value>,
    pub shows_errcode: bool,
}

impl Success {
    /// `{"errcode":0,"errmsg":"ok", …}`
    pub fn with_errcode(fields: Value) -> Self {
        Self { fields: object(fields), shows_errcode: true }
    }

    /// The fields alone.
    pub fn bare(fields: Value) -> Self {
        Self { fields: object(fields), shows_errcode: false }
    }
}

pub(crate) type Reply = Result<Success, Refusal>;

/// The number an answer stands for; 0 is success.
pub(crate) fn errcode(reply: &Reply) -> i64 {
    reply.as_ref().err().map_or(0, |refusal| refusal.errcode)
}

/// The answer's JSON.
pub(crate) fn body(reply: Reply, switches: &Switches, now: DateTime<Utc>) -> Vec<u8> {
    let fields = match reply {
        Ok(success) => {
            let mut fields = success.fields;
            let shown = match switches.success {
                SuccessStyle::Documented => success.shows_errcode,
                SuccessStyle::Always => true,
                SuccessStyle::Never => false,
            };
            if shown {
                fields.insert("errcode".to_owned(), json!(0));
                fields.insert("errmsg".to_owned(), json!("ok"));
            }
            fields
        }
        Err(Refusal { errcode, errmsg }) => {
            // That style brings its own comma.
            let text = match switches.suffix {
                SuffixStyle::HintsReqId => errmsg.trim_end_matches(','),
                _ => &errmsg,
            };
            let errmsg = format!("{text}{}", suffix(switches.suffix, now));
            object(json!({ "errcode": errcode, "errmsg": errmsg }))
        }
    };
    Value::Object(fields).to_string().into_bytes()
}

fn suffix(style: SuffixStyle, now: DateTime<Utc>) -> String {
    let hint = || format!("{:08x}", rand::random::<u32>());
    match style {
        SuffixStyle::Rid => format!(" rid: {}", rid(now)),
        SuffixStyle::Hint => format!(" hint: [{}]", hint()),
        SuffixStyle::HintsReqId => format!(", hints: [ req_id: {} ]", hint()),
        SuffixStyle::HintRid => format!(" hint: [{}] rid: {}", hint(), rid(now)),
    }
}

/// Three words of eight hex digits, the first being the Unix time (wechat.md §1.0).
fn rid(now: DateTime<Utc>) -> String {
    format!("{:08x}-{:08x}-{:08x}", now.timestamp(), rand::random::<u32>(), rand::random::<u32>())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::rid;

    #[test]
    fn a_request_id_begins_with_the_time_in_hex() {
        // wechat.md §1.0: 676d614b = 2024-12-26 13:59:39Z.
        let at = DateTime::parse_from_rfc3339("2024-12-26T13:59:39Z").unwrap().to_utc();
        let id = rid(at);
        assert!(id.starts_with("676d614b-"), "{id}");
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 8, 8]);
    }
}
