//! The EXIF facts that are used. Claims by the sender: a chat removes them, an editor can write them.

use std::io::Cursor;

use chrono::{NaiveDate, NaiveDateTime};
use exif::{In, Reader, Tag, Value};
use image::metadata::Orientation;

/// What EXIF says. Position is not among it: it is personal, and nobody asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exif {
    pub present: bool,
    pub captured_at: Option<NaiveDateTime>,
    /// Make and model.
    pub camera: Option<String>,
    /// The program that wrote the file last: an editor, or the camera's own.
    pub software: Option<String>,
    pub orientation: Orientation,
}

/// Reads what can be read; broken EXIF never costs the photo.
pub(super) fn read(bytes: &[u8]) -> Exif {
    let parsed = Reader::new()
        .continue_on_error(true)
        .read_from_container(&mut Cursor::new(bytes))
        .or_else(|error| error.distill_partial_result(|_| {}));
    let Ok(parsed) = parsed else {
        return Exif {
            present: false,
            captured_at: None,
            camera: None,
            software: None,
            orientation: Orientation::NoTransforms,
        };
    };
    let said = |tag| parsed.get_field(tag, In::PRIMARY).and_then(|field| text(&field.value));
    let captured_at =
        parsed.get_field(Tag::DateTimeOriginal, In::PRIMARY).and_then(|field| time(&field.value));
    let orientation = parsed
        .get_field(Tag::Orientation, In::PRIMARY)
        .and_then(|field| field.value.get_uint(0))
        .and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?))
        .unwrap_or(Orientation::NoTransforms);
    Exif {
        present: parsed.fields().next().is_some(),
        captured_at,
        camera: camera(said(Tag::Make), said(Tag::Model)),
        software: said(Tag::Software),
        orientation,
    }
}

/// Most characters kept of a text.
const LONGEST: usize = 100;

/// What the letters say, without padding, line ends and whatever else is no letter.
fn text(value: &Value) -> Option<String> {
    let Value::Ascii(texts) = value else { return None };
    let said = String::from_utf8_lossy(texts.first()?);
    let words: Vec<&str> =
        said.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let said: String = words.join(" ").chars().take(LONGEST).collect();
    (!said.is_empty()).then_some(said)
}

/// `OPPO` and `R7Plusf`; a model that names its make already stands alone.
fn camera(make: Option<String>, model: Option<String>) -> Option<String> {
    let (make, model) = match (make, model) {
        (Some(make), Some(model)) => (make, model),
        (make, model) => return make.or(model),
    };
    if model.to_lowercase().starts_with(&make.to_lowercase()) {
        return Some(model);
    }
    Some(format!("{make} {model}").chars().take(LONGEST).collect())
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

    #[test]
    fn make_and_model_are_said_once_and_in_a_line() {
        let said = |text: &str| super::text(&Value::Ascii(vec![text.into()]));
        assert_eq!(said("  OPPO \0\n").as_deref(), Some("OPPO"));
        assert_eq!(said("\0\0 \t"), None);
        assert_eq!(said(&"长".repeat(300)).map(|text| text.chars().count()), Some(LONGEST));
        let camera = |make: &str, model: &str| camera(said(make), said(model));
        assert_eq!(camera("Canon", "Canon EOS 1000D").as_deref(), Some("Canon EOS 1000D"));
        assert_eq!(camera("vivo", "X90 Pro+").as_deref(), Some("vivo X90 Pro+"));
        assert_eq!(camera("", "R7Plusf").as_deref(), Some("R7Plusf"));
        assert_eq!(camera(" ", ""), None);
        assert_eq!(
            camera(&"a".repeat(100), &"b".repeat(100)).map(|text| text.chars().count()),
            Some(LONGEST)
        );
    }
}
