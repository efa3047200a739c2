//! 时间节点 in people's words, read. What cannot be read is said so; nothing is guessed.

use chrono::{Datelike, Days, NaiveDate};

use super::numeral;
use crate::org::roster::value::half_width;
use crate::plan::{Cadence, MonthDay, Period};

/// What a wording asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Comes round: as the rule will have it.
    Round(Cadence),
    /// Once, by the last day, from the first one where the wording has one.
    By {
        opens: Option<NaiveDate>,
        due: NaiveDate,
    },
    /// 立即.
    Now,
    /// 全年, 长期坚持: asked for without a count or a day.
    Unstated,
    Unread,
}

/// 月底 begins here.
const MONTH_END_FROM: u32 = 25;
const UNSTATED: [&str; 16] = [
    "全年",
    "长期",
    "长期坚持",
    "常态化",
    "常态化开展",
    "常态化推进",
    "持续",
    "持续推进",
    "持续开展",
    "定期",
    "不定期",
    "适时",
    "全年坚持",
    "贯穿全年",
    "长期推进",
    "全年推进",
];
const NOW: [&str; 9] =
    ["立即", "立即执行", "立即落实", "立即整改", "立即完成", "立行立改", "马上", "即日起", "即行"];

/// Reads `text`; a date without a year is of the year of `issued`, the day the paper was issued.
pub fn read(text: &str, issued: NaiveDate) -> Reading {
    let plain: String = half_width(text).chars().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.trim_end_matches(['。', ';']);
    // “10月底前完成,长期坚持”: the day decides, what goes on afterwards has none.
    if let Some((first, rest)) = plain.split_once([',', ';']) {
        return match (one(first, issued), one(rest, issued)) {
            (reading, Reading::Unstated) => reading,
            _ => Reading::Unread,
        };
    }
    one(plain, issued)
}

fn one(text: &str, issued: NaiveDate) -> Reading {
    if UNSTATED.contains(&text) {
        return Reading::Unstated;
    }
    if NOW.contains(&text) {
        return Reading::Now;
    }
    let read = match text.strip_prefix('每') {
        Some(rest) => every(rest).map(Reading::Round),
        None => once(text, issued),
    };
    read.unwrap_or(Reading::Unread)
}

/// What follows 每.
fn every(text: &str) -> Option<Cadence> {
    let bases = [
        ("个月", Period::Month),
        ("月份", Period::Month),
        ("月", Period::Month),
        ("个季度", Period::Quarter),
        ("季度", Period::Quarter),
        ("季", Period::Quarter),
        ("半年", Period::HalfYear),
        ("年度", Period::Year),
        ("年", Period::Year),
    ];
    let (rest, period) = bases.iter().find_map(|(base, period)| Some((text.strip_prefix(base)?, *period)))?;
    if let Some(times) = times(rest) {
        return Some(Cadence::PerPeriod { period, times, opens: None });
    }
    match period {
        Period::Year => yearly(rest),
        _ if rest == "底" || rest == "末" => {
            let months = (1..=12).filter(|month| month % period.months() == 0).collect();
            Some(Cadence::MonthEnd { months, opens_day: MONTH_END_FROM })
        }
        Period::Month => {
            let days = list(rest.trim_end_matches(['日', '号']), &["日", "号"])?;
            Some(Cadence::FixedDays { days })
        }
        _ => None,
    }
    .filter(|cadence| cadence.problems().is_empty())
}

/// 每年年底召开1次; 每年3、6、9、12月底.
fn yearly(text: &str) -> Option<Cadence> {
    for word in ["年底", "年末", "底", "末"] {
        if let Some(times) = text.strip_prefix(word).and_then(times) {
            return Some(Cadence::PerPeriod { period: Period::Year, times, opens: MonthDay::new(12, 1) });
        }
    }
    let months = text.strip_suffix("月底").or_else(|| text.strip_suffix("月末"))?;
    Some(Cadence::MonthEnd { months: list(months, &["月"])?, opens_day: MONTH_END_FROM })
}

/// “”, 1次, 至少召开1次, 不少于两次, 上1次: how often.
fn times(text: &str) -> Option<u32> {
    if text.is_empty() {
        return Some(1);
    }
    let mut core = text;
    for word in ["至少", "不少于", "应", "召开", "开展", "组织", "举办", "进行", "上", "开", "办"]
    {
        core = core.strip_prefix(word).unwrap_or(core);
    }
    let core = core.strip_suffix("以上").unwrap_or(core).strip_suffix('次')?;
    let core = if core == "两" { "二" } else { core };
    numeral::number(core).filter(|times| *times <= 31)
}

/// 10、20; 3,6,9,12; 10日和20日.
fn list(text: &str, units: &[&str]) -> Option<Vec<u32>> {
    let digits = |part: &str| {
        let part = units.iter().fold(part, |part, unit| part.strip_suffix(unit).unwrap_or(part));
        part.parse().ok()
    };
    text.split(['、', ',', '和', '及']).map(digits).collect()
}

/// One date or stretch of days.
fn once(text: &str, issued: NaiveDate) -> Option<Reading> {
    if let Some(due) = iso(text) {
        return Some(Reading::By { opens: None, due });
    }
    let mut core = text;
    for word in ["完成", "以前", "之前", "前", "为止", "止"] {
        core = core.strip_suffix(word).unwrap_or(core);
    }
    let (year, core) = year_of(core, issued.year())?;
    let (opens, due) = if let Some((first, last)) = core.split_once(['至', '到', '-', '—', '~', '–']) {
        // “9-11月” leaves the first month's unit out.
        let is_bare = first.bytes().all(|b| b.is_ascii_digit());
        let first = if is_bare { format!("{first}月") } else { first.into() };
        let opens = stretch(&first, year)?.0?;
        let (year, last) = year_of(last.trim_start_matches(['-', '—']), year)?;
        (Some(opens), stretch(last, year)?.1)
    } else {
        // A day by itself is the last one.
        let (opens, due) = stretch(core, year)?;
        (opens.filter(|opens| *opens != due), due)
    };
    opens.is_none_or(|opens| opens <= due).then_some(Reading::By { opens, due })
}

/// The year a text begins with, or `usual`.
fn year_of(text: &str, usual: i32) -> Option<(i32, &str)> {
    for (word, year) in
        [("今年", usual), ("本年", usual), ("当年", usual), ("明年", usual + 1), ("次年", usual + 1)]
    {
        if let Some(rest) = text.strip_prefix(word) {
            return Some((year, if rest.is_empty() { "年内" } else { rest }));
        }
    }
    match text.split_once('年') {
        Some((year, rest)) if year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()) => {
            let year = year.parse().ok().filter(|year| (2000..2100).contains(year))?;
            Some((year, if rest.is_empty() { "年内" } else { rest }))
        }
        _ => Some((usual, text)),
    }
}

/// The first day where the words name one, and the last.
fn stretch(text: &str, year: i32) -> Option<(Option<NaiveDate>, NaiveDate)> {
    let day = |month: u32, day: u32| NaiveDate::from_ymd_opt(year, month, day);
    let months = |first: u32, last: u32| Some((Some(day(first, 1)?), last_of(year, last)?));
    match text {
        "上半年" => return months(1, 6),
        "下半年" => return months(7, 12),
        "年底" | "年末" | "底" | "末" | "年内" | "内" => return Some((None, day(12, 31)?)),
        _ => {}
    }
    if let Some(quarter) = text.strip_suffix("季度").or_else(|| text.strip_suffix("季度末")) {
        let quarter = numeral::number(quarter).filter(|quarter| *quarter <= 4)?;
        return months(quarter * 3 - 2, quarter * 3);
    }
    let (month, rest) = text.split_once('月')?;
    let month: u32 = month.parse().ok().filter(|month| (1..=12).contains(month))?;
    let end = last_of(year, month)?;
    match rest.strip_prefix('份').unwrap_or(rest) {
        "" | "内" => Some((Some(day(month, 1)?), end)),
        "底" | "末" => Some((None, end)),
        "初" | "上旬" => Some((Some(day(month, 1)?), day(month, 10)?)),
        "中旬" => Some((Some(day(month, 11)?), day(month, 20)?)),
        "下旬" => Some((Some(day(month, 21)?), end)),
        "中下旬" => Some((Some(day(month, 11)?), end)),
        "上中旬" | "中上旬" => Some((Some(day(month, 1)?), day(month, 20)?)),
        rest => {
            let on = day(month, rest.strip_suffix(['日', '号'])?.parse().ok()?)?;
            Some((Some(on), on))
        }
    }
}

fn last_of(year: i32, month: u32) -> Option<NaiveDate> {
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    NaiveDate::from_ymd_opt(year, month, 1)?.checked_sub_days(Days::new(1))
}

/// 2021-10-30, 2021/10/30, 2021.10.30, with or without 前.
fn iso(text: &str) -> Option<NaiveDate> {
    let text = text.trim_end_matches('前').trim_end_matches(['之', '以']);
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let year =
        (year.len() == 4).then(|| year.parse().ok()).flatten().filter(|year| (2000..2100).contains(year))?;
    NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn by(due: &str) -> Reading {
        Reading::By { opens: None, due: day(due) }
    }

    fn within(opens: &str, due: &str) -> Reading {
        Reading::By { opens: Some(day(opens)), due: day(due) }
    }

    fn round(period: Period, times: u32) -> Reading {
        Reading::Round(Cadence::PerPeriod { period, times, opens: None })
    }

    fn ends(months: &[u32]) -> Reading {
        Reading::Round(Cadence::MonthEnd { months: months.to_vec(), opens_day: 25 })
    }

    #[test]
    fn every_wording_has_its_reading() {
        let year_end = |times| {
            Reading::Round(Cadence::PerPeriod { period: Period::Year, times, opens: MonthDay::new(12, 1) })
        };
        for (text, reading) in [
            // Those of the annex.
            ("全年", Reading::Unstated),
            ("10月中下旬", within("2021-10-11", "2021-10-31")),
            ("2021年 上半年", within("2021-01-01", "2021-06-30")),
            ("每季度 至少召开1次", round(Period::Quarter, 1)),
            ("每月 至少召开1次", round(Period::Month, 1)),
            ("每季度 至少上1次", round(Period::Quarter, 1)),
            ("每月10日 、20日", Reading::Round(Cadence::FixedDays { days: vec![10, 20] })),
            ("每年 年底召开1次", year_end(1)),
            ("每半年", round(Period::HalfYear, 1)),
            ("每年3、6、9、12月底", ends(&[3, 6, 9, 12])),
            ("每月", round(Period::Month, 1)),
            ("12月底", by("2021-12-31")),
            ("11月底", by("2021-11-30")),
            ("立即", Reading::Now),
            // Those of other towns.
            ("2021年10月底前", by("2021-10-31")),
            ("2021年10月底前完成", by("2021-10-31")),
            ("10月30日前", by("2021-10-30")),
            ("10月30日", by("2021-10-30")),
            ("\u{ff11}\u{ff10}月\u{ff13}\u{ff10}日前", by("2021-10-30")),
            ("2021年10月30日之前。", by("2021-10-30")),
            ("2022年2月底", by("2022-02-28")),
            ("2021-10-30", by("2021-10-30")),
            ("2021/10/30前", by("2021-10-30")),
            ("2021.10.30", by("2021-10-30")),
            ("明年3月底前", by("2022-03-31")),
            ("年底前", by("2021-12-31")),
            ("2021年", by("2021-12-31")),
            ("今年年底", by("2021-12-31")),
            ("10月", within("2021-10-01", "2021-10-31")),
            ("10月份", within("2021-10-01", "2021-10-31")),
            ("10月上旬", within("2021-10-01", "2021-10-10")),
            ("10月中旬", within("2021-10-11", "2021-10-20")),
            ("11月下旬", within("2021-11-21", "2021-11-30")),
            ("9-11月", within("2021-09-01", "2021-11-30")),
            ("10月15日至11月15日", within("2021-10-15", "2021-11-15")),
            ("2021年10月至2022年3月", within("2021-10-01", "2022-03-31")),
            ("第四季度", within("2021-10-01", "2021-12-31")),
            ("下半年", within("2021-07-01", "2021-12-31")),
            ("每季度", round(Period::Quarter, 1)),
            ("每季度末", ends(&[3, 6, 9, 12])),
            ("每月底", ends(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])),
            ("每年不少于两次", round(Period::Year, 2)),
            ("每月5号", Reading::Round(Cadence::FixedDays { days: vec![5] })),
            ("长期坚持", Reading::Unstated),
            ("10月底前完成,长期坚持", by("2021-10-31")),
        ] {
            assert_eq!(read(text, day("2021-09-29")), reading, "{text}");
        }
    }

    #[test]
    fn what_is_no_deadline_is_not_guessed_at() {
        for text in [
            "",
            "尽快",
            "待定",
            "13月底",
            "2月30日",
            "每月31日",
            "每月25日前",
            "每周",
            "10.3",
            "11月至10月",
            "1921年10月",
            "每月20日、10日",
            "10月底前,11月底前",
            "每",
            "月底",
            "每季度五",
            "第五季度",
            "44500",
        ] {
            assert_eq!(read(text, day("2021-09-29")), Reading::Unread, "{text}");
        }
    }
}
