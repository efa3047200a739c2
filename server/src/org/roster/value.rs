//! One cell as people type it: text with stray spaces, dates in five ways, phone numbers turned into decimals.

use calamine::{DataRef, ExcelDateTime, ExcelDateTimeType};
use chrono::NaiveDate;

/// A cell's content, detached from the workbook.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    #[default]
    Empty,
    Text(String),
    Number(f64),
    Date(NaiveDate),
    /// `#N/A` and its like.
    Broken,
}

impl Value {
    pub fn from_cell(cell: &DataRef<'_>) -> Self {
        match cell {
            DataRef::Int(number) => Self::text(&number.to_string()),
            DataRef::Float(number) => Self::Number(*number),
            DataRef::String(text) | DataRef::DurationIso(text) => Self::text(text),
            DataRef::SharedString(text) => Self::text(text),
            DataRef::Bool(yes) => Self::text(if *yes { "是" } else { "否" }),
            DataRef::DateTime(at) => date_of(*at).map_or(Self::Broken, Self::Date),
            DataRef::DateTimeIso(text) => {
                text.get(..10).and_then(parse_date).map_or_else(|| Self::text(text), Self::Date)
            }
            DataRef::Error(_) => Self::Broken,
            DataRef::Empty => Self::Empty,
        }
    }

    fn text(text: &str) -> Self {
        let text = clean(text);
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// As text; a whole number without its decimals.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Empty | Self::Broken => None,
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Date(date) => Some(date.format("%Y-%m-%d").to_string()),
        }
    }

    /// As a date: an Excel date, its bare serial number, or text.
    pub fn as_date(&self) -> Option<NaiveDate> {
        match self {
            Self::Date(date) => Some(*date),
            // 1927 to 2119: no other number in a date column can be meant as a serial.
            Self::Number(serial) if (10_000.0..80_000.0).contains(serial) => {
                date_of(ExcelDateTime::new(*serial, ExcelDateTimeType::DateTime, false))
            }
            _ => parse_date(&self.as_text()?),
        }
    }
}

fn date_of(at: ExcelDateTime) -> Option<NaiveDate> {
    let (year, month, day, ..) = at.to_ymd_hms_milli();
    NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())
}

/// Without control and zero-width characters, without spaces (full-width ones too) at the ends.
pub fn clean(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}'))
        .collect();
    kept.trim().to_owned()
}

/// A person's name: Chinese names lose the spaces that align them in a column (张　三).
pub fn person_name(text: &str) -> String {
    if text.chars().any(|c| c.is_ascii_alphabetic()) {
        text.to_owned()
    } else {
        text.chars().filter(|c| !c.is_whitespace()).collect()
    }
}

/// Full-width digits and signs as their plain forms.
pub fn half_width(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(narrow).collect()
}

/// 2021-10-10, 2021/10/10, 2021.10.10, 2021年10月10日, 20211010.
fn parse_date(text: &str) -> Option<NaiveDate> {
    let text = half_width(text);
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    if digits {
        return NaiveDate::parse_from_str(&text, "%Y%m%d").ok();
    }
    let text = text.strip_suffix('日').unwrap_or(&text);
    let parts: Vec<&str> = text.split(['-', '/', '.', '年', '月']).map(str::trim).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    if year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// A phone number in its one stored form: 11 digits beginning with 1, or `+` and a foreign number (E.164: at most 15
/// digits with the country code).
pub fn phone(text: &str) -> Option<String> {
    let kept: String = half_width(text)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '(' | ')' | '\'' | '–' | '—'))
        .collect();
    let whole = kept.strip_suffix(".0").unwrap_or(&kept);
    let kept = whole.strip_prefix("00").map_or_else(|| whole.to_owned(), |rest| format!("+{rest}"));
    let number = kept.strip_prefix("+86").unwrap_or(&kept);
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    match number.strip_prefix('+') {
        Some(foreign) => ((7..=15).contains(&foreign.len()) && digits(foreign) && !foreign.starts_with('0'))
            .then_some(kept),
        None => (number.len() == 11 && digits(number) && number.starts_with('1')).then(|| number.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, month, day)
    }

    #[test]
    fn a_date_is_read_however_it_is_typed() {
        for text in ["2021-10-10", "2021/10/10", "2021.10.10", "2021年10月10日", "20211010", "2021/10/10"]
        {
            assert_eq!(Value::text(text).as_date(), day(2021, 10, 10), "{text}");
        }
        assert_eq!(Value::text(" 2021-1-3 ").as_date(), day(2021, 1, 3));
        assert_eq!(Value::Number(44_479.0).as_date(), day(2021, 10, 10));
        assert_eq!(Value::Number(20_211_010.0).as_date(), day(2021, 10, 10));
        for text in ["2021-13-01", "2021-02-30", "21-10-10", "2021年10月", "去年", "2021-10-10-1"] {
            assert_eq!(Value::text(text).as_date(), None, "{text}");
        }
    }

    #[test]
    fn a_phone_number_is_read_however_it_is_typed() {
        for text in ["13800000000", "138 0000 0000", "138-0000-0000", "+8613800000000", "0086 138 0000 0000"]
        {
            assert_eq!(phone(text).as_deref(), Some("13800000000"), "{text}");
        }
        assert_eq!(phone("13800000000").as_deref(), Some("13800000000"));
        let decimal = Value::Number(13_800_000_000.0).as_text().expect("text");
        assert_eq!(phone(&decimal).as_deref(), Some("13800000000"));
        assert_eq!(phone("13800000000.0").as_deref(), Some("13800000000"));
        assert_eq!(phone("+44 7700 900123").as_deref(), Some("+447700900123"));
        for text in ["1380000000", "23800000000", "1.38E+10", "无", "+86 1380000000", "+0123456789"] {
            assert_eq!(phone(text), None, "{text}");
        }
    }

    #[test]
    fn names_lose_the_spaces_that_align_them() {
        assert_eq!(clean("\u{3000}三舍村\u{200b}党总支\n"), "三舍村党总支");
        assert_eq!(person_name("张\u{3000}三"), "张三");
        assert_eq!(person_name("Li Lei"), "Li Lei");
    }
}
