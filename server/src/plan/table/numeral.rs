//! Numbers as such tables write them: 一, (二), 十二, 3, 3., 第4项, full-width ones too.

use crate::org::roster::value::half_width;

/// The number a cell holds; `None` when it holds anything else. At most 99.
pub fn number(text: &str) -> Option<u32> {
    let plain = half_width(text);
    let core =
        plain.trim().trim_start_matches(['(', '第']).trim_end_matches([')', '、', '.', '项', '条', ',']);
    let core = core.strip_suffix(".0").unwrap_or(core);
    if core.bytes().all(|byte| byte.is_ascii_digit()) {
        return core.parse().ok().filter(|number| (1..100).contains(number));
    }
    chinese(core)
}

/// 一 to 九十九.
fn chinese(text: &str) -> Option<u32> {
    let digit = |c: char| "一二三四五六七八九".chars().position(|known| known == c);
    let one = |text: &str| {
        let mut chars = text.chars();
        let found = digit(chars.next()?)?;
        chars.next().is_none().then_some(u32::try_from(found).ok()? + 1)
    };
    match text.split_once('十') {
        None => one(text),
        Some((tens, ones)) => {
            let tens = if tens.is_empty() { 1 } else { one(tens)? };
            let ones = if ones.is_empty() { 0 } else { one(ones)? };
            Some(tens * 10 + ones)
        }
    }
}

/// A number that begins a text, and what follows it: `1.落实…`, `一、村干部…`, `(二)发展…`.
pub fn leading(text: &str) -> Option<(u32, &str)> {
    let at = text.find(['、', '.', '\u{ff0e}', ')', '\u{ff09}'])?;
    let (head, rest) = text.split_at(at);
    let found = number(head)?;
    let mut rest = rest.chars();
    rest.next();
    let rest = rest.as_str().trim();
    (!rest.is_empty()).then_some((found, rest))
}

/// 1 as 一, 12 as 十二: as the annex numbers its actions.
pub fn words(number: u32) -> String {
    let digit =
        |n: u32| "一二三四五六七八九".chars().nth(n as usize - 1).map(String::from).unwrap_or_default();
    match (number / 10, number % 10) {
        (0, 0) => String::new(),
        (0, ones) => digit(ones),
        (tens, ones) if tens < 10 => {
            let tens = if tens == 1 { String::new() } else { digit(tens) };
            format!("{tens}十{}", if ones == 0 { String::new() } else { digit(ones) })
        }
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_written() {
        for (text, expected) in [
            ("一", 1),
            ("十", 10),
            ("十二", 12),
            ("二十一", 21),
            ("(三)", 3),
            ("3", 3),
            ("3.", 3),
            ("\u{ff13}", 3),
            ("\u{ff08}三\u{ff09}", 3),
            ("第4项", 4),
            ("5、", 5),
        ] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        for text in ["", "0", "100", "甲", "一一", "1a", "-1", "3.5"] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(leading("1.落实制度"), Some((1, "落实制度")));
        assert_eq!(leading("一、村干部管理规范化专项行动"), Some((1, "村干部管理规范化专项行动")));
        assert_eq!(leading("(二)发展党员"), Some((2, "发展党员")));
        assert_eq!(leading("落实5、6条"), None);
        for number in 1..100 {
            assert_eq!(super::number(&words(number)), Some(number));
        }
    }
}
