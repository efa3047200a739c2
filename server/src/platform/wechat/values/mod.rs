//! Template values made legal for their type (§1.4). One illegal character costs the whole message (47003), so every
//! value passes here on its way out; a value that cannot be saved becomes a neutral one, never an empty one.

mod moment;

pub use moment::{date, date_time};

/// How much a value of a type may hold, in Unicode scalars.
const THING: usize = 20;
const PHRASE: usize = 5;
const LONG: usize = 32;
const SYMBOLS: usize = 5;
const PHONE: usize = 17;
const NAME_CHINESE: usize = 10;
const NAME_LATIN: usize = 20;
const AMOUNT: usize = 10;

/// Make `value` legal for the template keyword `key`, whose type is the key without its trailing digits
/// (`thing18`). Types not listed here follow the rule of `thing`, the strictest that takes any text.
///
/// A text that is cut ends in `…`. A date, a number or a sum is never cut or mended into another one: what does not
/// read as one becomes the neutral value. Make dates with [`date`] and [`date_time`] and that cannot happen.
pub fn fit(key: &str, value: &str) -> String {
    let text = clean(value);
    let (fitted, neutral) = match key.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "phrase" => (keep(&text, PHRASE, is_chinese), "暂无"),
        "character_string" => (keep(&text, LONG, |c| c.is_ascii_graphic()), "-"),
        "letter" => (keep(&text, LONG, |c| c.is_ascii_alphabetic()), "N"),
        "symbol" => (keep(&text, SYMBOLS, |c| !c.is_alphanumeric() && !c.is_whitespace()), "-"),
        "phone_number" => (keep(&text, PHONE, |c| c.is_ascii_digit() || c.is_ascii_punctuation()), "-"),
        "number" => (checked(&text, |text| is_number(text, LONG)), "0"),
        "amount" => (checked(&text, is_amount), "0元"),
        "date" => (checked(&text, moment::is_date), "1970-01-01"),
        "time" => (checked(&text, moment::is_time), "00:00"),
        "name" => (name(&text), "—"),
        _ => (cut(&text, THING), "—"),
    };
    if fitted.is_empty() { neutral.into() } else { fitted }
}

/// One line, without characters that show nothing; runs of white space become one space.
fn clean(value: &str) -> String {
    let visible: String = value
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .collect();
    visible.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Zero-width and direction marks: a value of nothing else looks empty to WeChat and to the reader.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn is_chinese(c: char) -> bool {
    matches!(c, '〇' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

fn keep(text: &str, limit: usize, allowed: impl Fn(char) -> bool) -> String {
    text.chars().filter(|c| allowed(*c)).take(limit).collect()
}

fn checked(text: &str, is_legal: impl Fn(&str) -> bool) -> String {
    if is_legal(text) { text.into() } else { String::new() }
}

fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.into();
    }
    let head: String = text.chars().take(limit - 1).collect();
    format!("{}…", head.trim_end())
}

/// Letters and symbols, no digits; one Chinese character makes it a Chinese name.
fn name(text: &str) -> String {
    let letters: String = text.chars().filter(|c| !c.is_numeric()).collect();
    let letters = letters.trim();
    cut(letters, if letters.is_ascii() { NAME_LATIN } else { NAME_CHINESE })
}

fn is_number(text: &str, digits: usize) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    plain(whole) && plain(fraction) && text.len() <= digits
}

fn is_amount(text: &str) -> bool {
    let text = text.strip_suffix('元').unwrap_or(text);
    is_number(text.strip_prefix(['¥', '¥', '$', '€', '£']).unwrap_or(text), AMOUNT)
}

#[cfg(test)]
mod tests;
