//! The sentences of an explanation. Pure: from codes and numbers to what a cadre reads.

use chrono::NaiveDate;

use crate::duty::applies::{self, BranchFacts};
use crate::edge::date_label;
use crate::org::Role;
use crate::plan::{Audience, Condition};

/// What the branch facts say to a rule's conditions: why it is owed, or why it is not.
pub fn deciding(
    audience: Audience,
    conditions: &[Condition],
    facts: &BranchFacts,
    since: Option<NaiveDate>,
) -> String {
    let asked = asked(audience, conditions);
    if let Err(reason) = applies::applies(&asked, facts) {
        return reason.to_string();
    }
    let since = since.map(|day| format!("({}起登记)", date_label(day))).unwrap_or_default();
    let facts: Vec<String> = asked
        .iter()
        .map(|condition| match condition {
            Condition::Committee => {
                format!("本支部设有支委会,正式党员{}名{since}", facts.full_members)
            }
            Condition::Groups => format!("本支部分设党小组{since}"),
            Condition::MobileMembers => format!("本支部有流动党员{}名", facts.mobile_members),
        })
        .collect();
    if facts.is_empty() {
        format!("{}都要办,不看支部情况。", audience.label())
    } else {
        format!("{},所以要办。", facts.join(","))
    }
}

/// The facts a rule asks for, by itself and by whom it addresses, each once.
pub fn asked(audience: Audience, conditions: &[Condition]) -> Vec<Condition> {
    let mut all: Vec<Condition> = audience.needs().into_iter().collect();
    all.extend(conditions.iter().filter(|one| Some(**one) != audience.needs()));
    all
}

/// A step of the ladder, as stored with a notice.
pub fn rung(kind: &str, code: &str) -> String {
    // A duty that was postponed climbs the ladder again: the new last day stands behind the step.
    let (code, again) = code.split_once('@').map_or((code, ""), |(code, _)| (code, "(延期后)"));
    let words = match (kind, code) {
        ("excuse", _) => "告知镇里的决定".to_owned(),
        ("record", code) if code.starts_with("returned") => "告知记录被退回".to_owned(),
        ("record", _) => "告知记录的情况".to_owned(),
        (_, "T-0") => "截止当天提醒".to_owned(),
        (_, "overdue") => "过期提醒".to_owned(),
        (_, code) if of_supervisor(code).is_some() => {
            let post = of_supervisor(code).map_or("", Role::label);
            let late = if code.starts_with("return-") { "退回后未按期补正" } else { "过期后" };
            format!("{late},告知{post}")
        }
        (_, code) if code.starts_with("return-overdue-") => "补正期限已过提醒".to_owned(),
        (_, code) if code.starts_with("return-due-") => "补正期限提醒".to_owned(),
        (_, code) => match (code.strip_prefix("T-"), code.strip_prefix("ask-")) {
            (Some(days), _) => format!("截止前{days}天提醒"),
            (_, Some(weeks)) => {
                format!("第{}次提醒尽快办理", weeks.parse::<u32>().unwrap_or_default().saturating_add(1))
            }
            _ => "提醒".to_owned(),
        },
    };
    words + again
}

/// The post a rung speaks to, where it is not the holder's own.
pub fn of_supervisor(code: &str) -> Option<Role> {
    let (code, _) = code.split_once('@').unwrap_or((code, ""));
    let (_, post) = code
        .strip_prefix("return-overdue-")
        .or(code.strip_prefix("overdue-"))?
        .rsplit_once('-')
        .or_else(|| Some(("", code.strip_prefix("overdue-")?)))?;
    // As the release before wrote it.
    if post == "supervisor" { Some(Role::VillageContact) } else { Role::parse(post) }
}

/// How a notice fared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sent<'a> {
    /// The notice's state.
    pub notice: &'a str,
    /// The state of the WeChat message it was in, if it was in one.
    pub message: Option<&'a str>,
    pub errcode: Option<i32>,
    pub read: bool,
    /// The state of the text message it was in, where WeChat did not carry it.
    pub sms: Option<&'a str>,
}

/// Through what a notice went, and with what result.
pub fn result(sent: &Sent<'_>) -> (&'static str, String) {
    let read = if sent.read { ",本人已看过" } else { "" };
    match sent.sms {
        Some("sent") => return ("短信", format!("微信送不到,短信已交给短信网关{read}")),
        Some("unknown") => {
            return ("短信", format!("微信送不到,已发短信,网关没有答复,结果不明;不再重发{read}"));
        }
        Some("queued" | "sending") => return ("短信", "微信送不到,正要发短信".to_owned()),
        _ => {}
    }
    match (sent.notice, sent.message) {
        ("withdrawn", Some("sent")) => ("微信", "微信已送达,后来事情办了或变了,已撤下".to_owned()),
        ("withdrawn", Some("unknown")) => ("微信", "微信没有答复,后来事情办了或变了,已撤下".to_owned()),
        ("withdrawn", _) => ("小程序", "还没有发,事情办了或变了,已撤下".to_owned()),
        (_, Some("sent")) => ("微信", format!("微信已送达{read}")),
        (_, Some("refused")) => {
            ("小程序", format!("微信没有送:本人没有允许,或允许的次数用完了;小程序里能看到{read}"))
        }
        (_, Some("unknown")) => {
            ("微信", format!("已发出,微信没有答复,结果不明;不再重发,小程序里能看到{read}"))
        }
        (_, Some("dead")) => {
            let code = sent.errcode.map(|code| format!("(微信答复 {code})")).unwrap_or_default();
            ("小程序", format!("微信没有送成{code};小程序里能看到{read}"))
        }
        (_, Some("queued" | "sending")) => ("微信", "正要发微信".to_owned()),
        ("waiting", _) => ("微信", "等着发,夜间不打扰".to_owned()),
        ("expired", _) => ("小程序", "过了时候,没有再发".to_owned()),
        ("told", _) => ("微信", format!("已送达{read}")),
        _ => ("小程序", format!("没有发微信(没有绑定,或留着次数给要紧的事);小程序里能看到{read}")),
    }
}

/// Why somebody is to be called.
pub fn call(why: &str) -> &'static str {
    match why {
        "unclaimed" => "没有人担任这个职务,列入电话通知",
        "unanswered" => "逐级告知过,还没有办,列入电话通知",
        "unmended" => "退回后逐级告知过,还没有补正,列入电话通知",
        "reached" => "有人联系过本人",
        _ => "没有绑定微信或没有收到,列入电话通知",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn a_rung_says_whom_it_speaks_to() {
        for (code, post, words) in [
            ("overdue", None, "过期提醒"),
            ("overdue-village_contact", Some(Role::VillageContact), "过期后,告知定村干部"),
            ("overdue-supervisor", Some(Role::VillageContact), "过期后,告知定村干部"),
            ("overdue-action_lead@2021-11-12", Some(Role::ActionLead), "过期后,告知责任人(延期后)"),
            ("return-overdue-2021-10-16", None, "补正期限已过提醒"),
            ("return-overdue-2021-10-16-area_head", Some(Role::AreaHead), "退回后未按期补正,告知片长"),
            ("return-due-2021-10-16", None, "补正期限提醒"),
            ("T-3", None, "截止前3天提醒"),
        ] {
            assert_eq!(of_supervisor(code), post, "{code}");
            assert_eq!(rung("duty", code), words, "{code}");
        }
    }

    #[test]
    fn the_fact_that_decides_is_named() {
        let small = BranchFacts { full_members: 5, ..BranchFacts::default() };
        let large = BranchFacts { full_members: 12, has_committee: true, mobile_members: 2, ..small };
        let since = Some(day("2021-10-08"));
        for (audience, conditions, facts, words) in [
            (Audience::EachBranch, vec![], small, "每个党支部都要办,不看支部情况。"),
            (Audience::EachCommittee, vec![], small, "本支部正式党员不足7人,不设支委会,无需召开。"),
            (
                Audience::EachCommittee,
                vec![Condition::Committee],
                large,
                "本支部设有支委会,正式党员12名(2021年10月8日起登记),所以要办。",
            ),
            (
                Audience::EachContactPair,
                vec![Condition::MobileMembers],
                large,
                "本支部有流动党员2名,所以要办。",
            ),
            (Audience::EachGroup, vec![Condition::Groups], large, "本支部不分设党小组,无需召开。"),
        ] {
            assert_eq!(deciding(audience, &conditions, &facts, since), words);
        }
    }

    #[test]
    fn steps_and_results_have_words_for_all_there_is() {
        for (kind, code, words) in [
            ("duty", "T-14", "截止前14天提醒"),
            ("duty", "T-0", "截止当天提醒"),
            ("duty", "T-0@2021-11-30", "截止当天提醒(延期后)"),
            ("duty", "overdue", "过期提醒"),
            ("duty", "ask-2", "第3次提醒尽快办理"),
            ("duty", "return-due-2021-10-20", "补正期限提醒"),
            ("record", "returned/1", "告知记录被退回"),
            ("excuse", "approved", "告知镇里的决定"),
        ] {
            assert_eq!(rung(kind, code), words);
        }
        let sent = |notice, message, read| Sent { notice, message, errcode: Some(47003), read, sms: None };
        for (given, through, words) in [
            (sent("told", Some("sent"), true), "微信", "微信已送达,本人已看过"),
            (sent("inbox", Some("refused"), false), "小程序", "微信没有送"),
            (sent("inbox", Some("unknown"), false), "微信", "结果不明;不再重发"),
            (sent("inbox", Some("dead"), false), "小程序", "微信答复 47003"),
            (sent("inbox", None, false), "小程序", "没有发微信"),
            (sent("waiting", None, false), "微信", "等着发"),
            (sent("in_message", Some("queued"), false), "微信", "正要发微信"),
            (sent("withdrawn", Some("sent"), false), "微信", "已撤下"),
            (sent("withdrawn", None, false), "小程序", "还没有发"),
            (sent("expired", None, false), "小程序", "过了时候"),
        ] {
            let (by, found) = result(&given);
            assert!(by == through && found.contains(words), "{given:?}: {by} {found}");
        }
        for (state, through, words) in [
            ("sent", "短信", "已交给短信网关"),
            ("unknown", "短信", "结果不明;不再重发"),
            ("queued", "短信", "正要发短信"),
            ("cancelled", "小程序", "没有发微信"),
        ] {
            let (by, found) = result(&Sent { sms: Some(state), ..sent("inbox", None, false) });
            assert!(by == through && found.contains(words), "{state}: {by} {found}");
        }
    }
}
