//! The two EXIF facts that are used. A claim by the sender: a chat removes it, an editor can write it.

use std::io::Cursor;

use chrono::{NaiveDate, NaiveDateTime};
use exif::{In, Reader, Tag, Value};
use image::metadata::Orientation;

/// What EXIF says. Position is not among it: it is personal, and nobody asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exif {
    pub present: bool,
    pub captured_at: Option<NaiveDateTime>,
    pub orientation: Orientation,
}

/// Reads what can be read; broken EXIF never costs the photo.
pub(super) fn read(bytes: &[u8]) -> Exif {
    let parsed = Reader::new()
        .continue_on_error(true)
        .read_from_container(&mut Cursor::new(bytes))
        .or_else(|error| error.distill_partial_result(|_| {}));
    let Ok(parsed) = parsed else {
        return Exif { present: false, captured_at: None, orientation: Orientation::NoTransforms };
    };
    let captured_at =
        parsed.get_field(Tag::DateTimeOriginal, In::PRIMARY).and_then(|field| time(&field.value));
    let orientation = parsed
        .get_field(Tag::Orientation, In::PRIMARY)
        .and_then(|field| field.value.get_uint(0))
        .and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?))
        .unwrap_or(Orientation::NoTransforms);
    Exif { present: parsed.fields().next().is_some(), captured_at, orientation }
}

/// `2021:10:10 08:31:00`; cameras without a set clock write zeros or blanks, which are no time.
fn time(value: &Value) -> Option<NaiveDateTime> {
    let Value::Ascii(texts) = value else { return None };
    let stated = exif::DateTime::from_ascii(texts.first()?).ok()?;
    NaiveDate::from_ymd_opt(i32::from(stated.year), stated.month.into(), stated.day.into())?.and_hms_opt(
        stated.hour.into(),
        stated.minute.into(),
        stated.second.into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_real_time_counts() {
        let parse = |text: &str| time(&Value::Ascii(vec![text.into()])).map(|time| time.to_string());
        assert_eq!(parse("2021:10:10 08:31:05").as_deref(), Some("2021-10-10 08:31:05"));
        assert_eq!(parse("0000:00:00 00:00:00"), None);
        assert_eq!(parse("2021:02:30 08:31:05"), None);
        assert_eq!(parse("    :  :     :  :  "), None);
        assert_eq!(parse("yesterday"), None);
    }
}
