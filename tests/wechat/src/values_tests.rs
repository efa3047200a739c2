//! Both sides of every limit in the table of wechat.md §1.4.

use super::{Fault, check};
use crate::template::Keyword;

fn keyword(kind: &str) -> Keyword {
    Keyword { name: format!("{kind}7"), values: vec!["通过".to_owned(), "no".to_owned()] }
}

fn accepts(kind: &str, values: &[&str]) {
    for value in values {
        assert_eq!(check(&keyword(kind), value), Ok(()), "{kind} should take {value:?}");
    }
}

fn refuses(kind: &str, values: &[&str]) {
    for value in values {
        assert_eq!(check(&keyword(kind), value), Err(Fault::Invalid), "{kind} should refuse {value:?}");
    }
}

#[test]
fn nothing_takes_an_empty_value() {
    let kinds = [
        "thing",
        "number",
        "letter",
        "symbol",
        "character_string",
        "time",
        "date",
        "amount",
        "phone_number",
        "car_number",
        "name",
        "phrase",
        "enum",
    ];
    for kind in kinds {
        assert_eq!(check(&keyword(kind), ""), Err(Fault::Empty));
        assert_eq!(check(&keyword(kind), " "), Err(Fault::Empty));
    }
}

#[test]
fn thing_takes_twenty_characters_of_any_kind_but_control() {
    accepts("thing", &[&"会".repeat(20), "a b，c! 12", &"x".repeat(20)]);
    refuses("thing", &[&"会".repeat(21), &"x".repeat(21), "two\nlines", "tab\there"]);
}

#[test]
fn number_takes_thirty_two_digits_and_a_point() {
    accepts("number", &[&"9".repeat(32), "0.5", "12"]);
    refuses("number", &[&"9".repeat(33), "1.", ".5", "1e3", "-1", "1.2.3", "１"]);
}

#[test]
fn letter_takes_thirty_two_letters() {
    accepts("letter", &[&"z".repeat(32), "Ab"]);
    refuses("letter", &[&"z".repeat(33), "a1", "a b", "字"]);
}

#[test]
fn symbol_takes_five_symbols() {
    accepts("symbol", &["!@#$%", "，。"]);
    refuses("symbol", &["!@#$%^", "a!", "1", "字", "! !"]);
}

#[test]
fn character_string_takes_thirty_two_ascii_characters_and_no_chinese() {
    accepts("character_string", &[&"a".repeat(32), "No-12/3"]);
    refuses("character_string", &[&"a".repeat(33), "编号1", "a b"]);
}

#[test]
fn time_takes_a_clock_time_with_or_without_a_date_and_ranges() {
    accepts("time", &["15:01", "2019年10月1日 15:01", "2019-10-01 15:01~2019-10-01 16:00", "9:05"]);
    refuses("time", &["25:00", "15:60", "2019-10-01", "3pm", "2019-13-01 15:01", "15:01~"]);
}

#[test]
fn date_takes_a_day_with_or_without_a_time_and_ranges() {
    accepts("date", &["2019年10月1日", "2019-12-25 09:42", "2021-01-25~2021-01-31"]);
    refuses("date", &["2021-02-29", "12-25", "2019/12/25", "15:01", "2019-12-25T09:42", "tomorrow"]);
}

#[test]
fn amount_takes_ten_digits_with_sign_and_unit() {
    accepts("amount", &["¥1234567890", "￥12.50", "100元", "$3"]);
    refuses("amount", &["¥12345678901", "¥¥1", "twelve", "¥", "1,000元"]);
}

#[test]
fn phone_number_takes_seventeen_digits_and_symbols() {
    accepts("phone_number", &["+86-0766-66888866", "13800000000"]);
    refuses("phone_number", &["+86-0766-668888666", "1380000000a", "+-", "一三八"]);
}

#[test]
fn car_number_takes_eight_with_chinese_at_the_ends_only() {
    accepts("car_number", &["粤A8Z888挂", "京A12345"]);
    refuses("car_number", &["粤A8Z8888挂", "A粤12345", "粤A-1234"]);
}

#[test]
fn name_takes_ten_chinese_or_twenty_letters_and_mixed_counts_as_chinese() {
    accepts("name", &[&"李".repeat(10), &"a".repeat(20), "李Li", "O'Neil"]);
    refuses("name", &[&"李".repeat(11), &"a".repeat(21), &format!("李{}", "a".repeat(10)), "Li2"]);
}

#[test]
fn phrase_takes_five_chinese_characters_only() {
    accepts("phrase", &["审核通过", "五个汉字啊"]);
    refuses("phrase", &["六个汉字啊啊", "通 过", "ok", "通过。"]);
}

#[test]
fn enum_takes_its_own_values_only() {
    accepts("enum", &["通过", "no"]);
    refuses("enum", &["yes", "通"]);
}

#[test]
fn an_unknown_type_takes_nothing() {
    refuses("mystery", &["x"]);
}
