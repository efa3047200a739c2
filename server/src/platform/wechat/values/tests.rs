use proptest::prelude::*;

use super::*;

#[test]
fn values_by_type() {
    let table = [
        ("thing1", "10月组织生活会", "10月组织生活会"),
        ("thing18", "一二三四五六七八九十一二三四五六七八九十", "一二三四五六七八九十一二三四五六七八九十"),
        ("thing18", "一二三四五六七八九十一二三四五六七八九十多", "一二三四五六七八九十一二三四五六七八九…"),
        ("thing2", "两\n行\t字\u{0}\u{200b}", "两 行 字"),
        ("thing2", "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷", "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷…"),
        ("thing2", " \r\n ", "—"),
        ("phrase3", "审核通过", "审核通过"),
        ("phrase3", "已 过期3天,请尽快补", "已过期天请"),
        ("phrase3", "OK", "暂无"),
        ("number4", "12", "12"),
        ("number4", "12.50", "12.50"),
        ("number4", "3/5", "0"),
        ("number4", "-5", "0"),
        ("number4", "12项", "0"),
        ("number4", "123456789012345678901234567890123", "0"),
        ("letter5", "A1党b", "Ab"),
        ("letter5", "党", "N"),
        ("symbol6", "★★ 1!", "★★!"),
        ("symbol6", "a", "-"),
        ("character_string7", "TH-2021党0042 x", "TH-20210042x"),
        ("character_string7", "党", "-"),
        ("character_string7", "0123456789012345678901234567890123", "01234567890123456789012345678901"),
        ("time8", "2019年10月1日 15:01", "2019年10月1日 15:01"),
        ("time8", "明天下午", "00:00"),
        ("date9", "2019年10月1日", "2019年10月1日"),
        ("date9", "15:01", "1970-01-01"),
        ("amount10", "¥100.50元", "¥100.50元"),
        ("amount10", "十元", "0元"),
        ("amount10", "12345678901", "0元"),
        ("phone_number11", "+86-0766-66888866", "+86-0766-66888866"),
        ("phone_number11", "电话", "-"),
        ("name12", "阿卜杜热西提·买买提江", "阿卜杜热西提·买买…"),
        ("name12", "李四2", "李四"),
        ("name12", "Christopher Robinson", "Christopher Robinson"),
        ("name12", "Christopher Robinsons", "Christopher Robinso…"),
        ("enum13", "已完成", "已完成"),
    ];
    for (key, value, expected) in table {
        assert_eq!(fit(key, value), expected, "{key} {value:?}");
    }
}

proptest! {
    /// Whatever a cadre typed: not empty, within 20 or 32, no control character, and fitting it again changes nothing.
    #[test]
    fn any_text_becomes_legal_and_stays_so(
        kind in prop::sample::select(vec![
            "thing", "phrase", "number", "letter", "symbol", "character_string", "time", "date", "amount",
            "phone_number", "name", "enum",
        ]),
        value in any::<String>(),
    ) {
        let key = format!("{kind}1");
        let fitted = fit(&key, &value);
        let limit = match kind {
            "thing" | "name" | "enum" => 20,
            "phrase" | "symbol" => 5,
            "phone_number" => 17,
            "amount" => 12,
            // Two ends with seconds.
            "time" | "date" => 48,
            _ => 32,
        };
        prop_assert!(!fitted.trim().is_empty());
        prop_assert!(fitted.chars().count() <= limit);
        prop_assert!(!fitted.chars().any(char::is_control));
        prop_assert_eq!(fit(&key, &fitted), fitted);
    }
}
