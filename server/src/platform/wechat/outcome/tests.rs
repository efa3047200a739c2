use super::*;

fn refusal(code: i64) -> Outcome {
    classify(200, format!(r#"{{"errcode":{code},"errmsg":"words rid: 676d614b-0a-0b"}}"#).as_bytes())
}

fn dead(errcode: i64) -> Outcome {
    Outcome::Dead { errcode, reason: "words rid: 676d614b-0a-0b".into() }
}

/// One test per number: name, number, outcome.
macro_rules! numbers {
    ($($name:ident: $code:literal => $outcome:expr;)*) => {
        $(#[test] fn $name() { assert_eq!(refusal($code), $outcome); })*
    };
}

numbers! {
    n_0_is_sent: 0 => Outcome::Sent { msgid: None };
    n_minus_1_system_error_proves_little: -1 => Outcome::Uncertain;
    n_43101_refused: 43101 => Outcome::Refused;
    n_43108_concurrent_send: 43108 => Outcome::Retry { reason: "concurrent_send" };
    n_45009_day_quota: 45009 => Outcome::Busy { until: Pause::DayQuota };
    n_45011_minute_quota: 45011 => Outcome::Busy { until: Pause::MinuteQuota };
    n_40001_token_not_latest: 40001 => Outcome::Retry { reason: "token_refused" };
    n_40014_token_illegal: 40014 => Outcome::Retry { reason: "token_refused" };
    n_42001_token_expired: 42001 => Outcome::Retry { reason: "token_refused" };
    n_40003_openid: 40003 => dead(40003);
    n_40037_template: 40037 => dead(40037);
    n_41030_page: 41030 => dead(41030);
    n_47003_value: 47003 => dead(47003);
    n_45168_word: 45168 => dead(45168);
    n_43107_unconfirmed: 43107 => dead(43107);
    n_50002_person_frozen: 50002 => dead(50002);
    n_41001_token_missing: 41001 => dead(41001);
    n_43002_post_required: 43002 => dead(43002);
    n_44002_empty_post: 44002 => dead(44002);
    n_47001_json_malformed: 47001 => dead(47001);
    n_99999_unheard_of: 99999 => dead(99999);
    n_40002_grant_type: 40002 => Outcome::Misconfigured { errcode: 40002 };
    n_40013_appid: 40013 => Outcome::Misconfigured { errcode: 40013 };
    n_40125_secret: 40125 => Outcome::Misconfigured { errcode: 40125 };
    n_40164_address_list: 40164 => Outcome::Misconfigured { errcode: 40164 };
    n_41002_appid_missing: 41002 => Outcome::Misconfigured { errcode: 41002 };
    n_41004_secret_missing: 41004 => Outcome::Misconfigured { errcode: 41004 };
    n_48001_unauthorized: 48001 => Outcome::Misconfigured { errcode: 48001 };
    n_89503_address_awaits_admin: 89503 => Outcome::Misconfigured { errcode: 89503 };
    n_89506_address_refused_a_day: 89506 => Outcome::Misconfigured { errcode: 89506 };
    n_89507_address_refused_an_hour: 89507 => Outcome::Misconfigured { errcode: 89507 };
}

#[test]
fn the_shapes_of_an_answer() {
    let sent = |msgid| Outcome::Sent { msgid };
    let unknown = |reason| Outcome::Unknown { reason };
    let table: [(u16, &str, Outcome); 16] = [
        (
            200,
            r#"{"errcode":0,"errmsg":"ok","msgid":1864323726461255680}"#,
            sent(Some(1_864_323_726_461_255_680)),
        ),
        (200, r#"{"errcode":"0","msgid":"1864323726461255680"}"#, sent(Some(1_864_323_726_461_255_680))),
        (200, r#"{"msgid":7}"#, sent(Some(7))),
        (200, r#"{"errmsg":"ok"}"#, sent(None)),
        (200, r#"{"errcode":0,"msgid":"no number"}"#, sent(None)),
        (200, r#"{"errcode":"43101"}"#, Outcome::Refused),
        (200, "{}", unknown("unreadable")),
        (200, r#"[0,"ok",7]"#, unknown("unreadable")),
        (200, "", unknown("unreadable")),
        (200, r#"{"errcode":0,"er"#, unknown("unreadable")),
        (200, r#"{"errcode":"soon"}"#, unknown("unreadable")),
        (200, "<html>ok</html>", unknown("unreadable")),
        (502, "<html>bad gateway</html>", unknown("http_5xx")),
        (504, r#"{"errcode":43101}"#, unknown("http_5xx")),
        (302, "", unknown("http_status")),
        (413, "", unknown("http_status")),
    ];
    for (status, body, expected) in table {
        assert_eq!(classify(status, body.as_bytes()), expected, "{status} {body}");
    }
}

#[test]
fn without_a_token_nothing_was_sent() {
    let table = [
        (Refusal::Failed(Failure::NoConnection), Outcome::Retry { reason: "no_token" }),
        (Refusal::Failed(Failure::Timeout), Outcome::Retry { reason: "no_token" }),
        (Refusal::Failed(Failure::Unreadable), Outcome::Retry { reason: "no_token" }),
        (Refusal::Refused(-1), Outcome::Retry { reason: "no_token" }),
        (Refusal::Refused(40001), Outcome::Misconfigured { errcode: 40001 }),
        (Refusal::Refused(40164), Outcome::Misconfigured { errcode: 40164 }),
        (Refusal::Refused(45009), Outcome::Busy { until: Pause::DayQuota }),
        (Refusal::Refused(45011), Outcome::Busy { until: Pause::MinuteQuota }),
    ];
    for (refusal, expected) in table {
        assert_eq!(Outcome::without_token(refusal), expected, "{refusal:?}");
    }
}

#[test]
fn a_long_or_dirty_errmsg_is_made_fit_to_keep() {
    let body = format!(r#"{{"errcode":47003,"errmsg":"a\nb{}"}}"#, "长".repeat(500));
    let Outcome::Dead { reason, .. } = classify(200, body.as_bytes()) else { panic!("dead expected") };
    assert_eq!(reason.chars().count(), 200);
    assert!(reason.starts_with("ab长"));
}
