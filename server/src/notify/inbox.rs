//! The inbox: everything owed to a person, whether or not WeChat told them; pages by the server's own values (design D18).

use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Where the next page of a list begins: after the row made `at` with this `id`. Travels as `micros.id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.at.timestamp_micros(), self.id)
    }
}

/// What is no cursor of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (micros, id) = text.split_once('.').ok_or(NoCursor)?;
        let at = micros.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(NoCursor)?;
        Ok(Self { at, id: id.parse().map_err(|_| NoCursor)? })
    }
}

/// A notice's state, as people read it.
pub(super) fn words(state: &str) -> &'static str {
    match state {
        "waiting" => "待发送",
        "in_message" => "发送中",
        "told" => "已发微信",
        _ => "站内提醒",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let at = DateTime::from_timestamp_micros(1_633_824_000_123_456).expect("instant");
        let cursor = Cursor { at, id: Uuid::now_v7() };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in ["", ".", "1", "1.2", "x.018f0000-0000-7000-8000-000000000000", "9223372036854775807.x"] {
            assert_eq!(bad.parse::<Cursor>(), Err(NoCursor), "{bad}");
        }
    }
}
