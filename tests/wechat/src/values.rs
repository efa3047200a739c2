//! What each type of template keyword accepts: the value-limit table of wechat.md §1.4, row by row.
//!
//! Where the table leaves room, the stricter reading is taken, so that a client that passes here passes there.

use chrono::{NaiveDate, NaiveTime};

use crate::template::Keyword;

/// Why a value is refused with 47003.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Empty,
    Invalid,
}

/// Whether the keyword takes this value.
pub(crate) fn check(keyword: &Keyword, value: &str) -> Result<(), Fault> {
    if value.trim().is_empty() {
        return Err(Fault::Empty);
    }
    let fits = match keyword.kind() {
        "thing" => at_most(value, 20) && !value.chars().any(char::is_control),
        "number" => is_decimal(value, 32),
        "letter" => at_most(value, 32) && value.chars().all(|c| c.is_ascii_alphabetic()),
        "symbol" => at_most(value, 5) && value.chars().all(is_symbol),
        "character_string" => at_most(value, 32) && value.chars().all(|c| c.is_ascii_graphic()),
        "time" => is_range(value, is_time),
        "date" => is_range(value, is_date),
        "amount" => is_amount(value),
        "phone_number" => is_phone_number(value),
        "car_number" => is_car_number(value),
        "name" => is_name(value),
        "phrase" => at_most(value, 5) && value.chars().all(is_chinese),
        "enum" => keyword.values.iter().any(|allowed| allowed == value),
        _ => false,
    };
    if fits { Ok(()) } else { Err(Fault::Invalid) }
}

/// A Chinese character counts as one.
fn at_most(value: &str, chars: usize) -> bool {
    value.chars().count() <= chars
}

fn is_decimal(value: &str, most_digits: usize) -> bool {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && digits(fraction) && value.bytes().filter(u8::is_ascii_digit).count() <= most_digits
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

fn is_symbol(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_whitespace() && !c.is_control()
}

/// One moment, or two joined by `~`.
fn is_range(value: &str, is_moment: fn(&str) -> bool) -> bool {
    match value.split_once('~') {
        Some((from, to)) => is_moment(from.trim()) && is_moment(to.trim()),
        None => is_moment(value),
    }
}

/// 24-hour time, with or without a date before it.
fn is_time(text: &str) -> bool {
    match text.split_once(' ') {
        Some((day, clock)) => is_day(day) && is_clock(clock),
        None => is_clock(text),
    }
}

/// Year, month and day, with or without a 24-hour time after it.
fn is_date(text: &str) -> bool {
    match text.split_once(' ') {
        Some((day, clock)) => is_day(day) && is_clock(clock),
        None => is_day(text),
    }
}

fn is_day(text: &str) -> bool {
    ["%Y-%m-%d", "%Y年%m月%d日"].iter().any(|form| NaiveDate::parse_from_str(text, form).is_ok())
}

fn is_clock(text: &str) -> bool {
    ["%H:%M", "%H:%M:%S"].iter().any(|form| NaiveTime::parse_from_str(text, form).is_ok())
}

/// One currency sign and at most ten digits, perhaps ending in `元`; the sign may be left out.
fn is_amount(value: &str) -> bool {
    let unsigned = value.strip_prefix(['¥', '￥', '$', '€', '£']).unwrap_or(value);
    is_decimal(unsigned.strip_suffix('元').unwrap_or(unsigned), 10)
}

fn is_phone_number(value: &str) -> bool {
    at_most(value, 17)
        && value.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_punctuation())
        && value.bytes().any(|b| b.is_ascii_digit())
}

fn is_car_number(value: &str) -> bool {
    let last = value.chars().count().saturating_sub(1);
    last < 8
        && value
            .chars()
            .enumerate()
            .all(|(at, c)| c.is_ascii_alphanumeric() || ((at == 0 || at == last) && is_chinese(c)))
}

/// A mixed name counts as Chinese.
fn is_name(value: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == ' ' || is_symbol(c);
    let chinese = value.chars().any(is_chinese);
    value.chars().all(|c| letter(c) || is_chinese(c)) && at_most(value, if chinese { 10 } else { 20 })
}

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
