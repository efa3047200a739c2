use super::*;

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn nothing_configured_is_a_working_configuration() {
    let config = Config::from_values(&BTreeMap::new()).expect("defaults are valid");
    assert_eq!(config.wechat.in_flight, 8);
    assert!(config.database_url.is_none());
}

#[test]
fn every_problem_is_told_at_once_and_no_secret_is_repeated() {
    let error = Config::from_values(&values(&[
        ("TUHE_LISTEN", "nowhere"),
        ("TUHE_DB_CONNECTIONS", "0"),
        ("DATABASE_URL", "mysql://root:hunter2@db"),
        ("TUHE_WECHAT_SECRET", "hunter2"),
        ("TUHE_WECHAT_STATE", "beta"),
        ("TUHE_WECHAT_PUSH_KEY", "hunter2"),
        ("TUHE_TYPO", "1"),
    ]))
    .expect_err("eight problems");
    assert_eq!(error.0.len(), 8, "{error}");
    assert!(!error.to_string().contains("hunter2"));
}

#[test]
fn text_messages_need_all_three_settings_and_the_secret_is_printed_nowhere() {
    let (url, key) = (("TUHE_SMS_URL", "https://sms.example.cn/send"), ("TUHE_SMS_KEY_ID", "tuhe"));
    let secret = ("TUHE_SMS_SECRET", "hunter2-hunter2-hunter2");
    assert!(Config::from_values(&values(&[])).expect("valid").sms.is_none());
    let config = Config::from_values(&values(&[url, key, secret])).expect("valid");
    assert!(config.sms.is_some() && !format!("{config:?}").contains("hunter2"));
    for wrong in [
        &[url, key][..],
        &[key, secret],
        &[secret],
        &[url, key, ("TUHE_SMS_SECRET", "hunter2")],
        &[("TUHE_SMS_URL", "http://sms.example.cn"), key, secret],
    ] {
        let error = Config::from_values(&values(wrong)).expect_err("a problem");
        assert!(error.0.len() == 1 && error.0[0].contains("TUHE_SMS_"), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn without_sponsor_and_filing_number_it_is_on_trial() {
    let about = |pairs: &[(&str, &str)]| Config::from_values(&values(pairs)).expect("valid").about;
    assert!(about(&[]).is_trial());
    assert!(about(&[("TUHE_SPONSOR", "图河镇党委")]).is_trial());
    let official = about(&[("TUHE_SPONSOR", "图河镇党委"), ("TUHE_FILING_NUMBER", "某ICP备00000000号-1X")]);
    assert!(!official.is_trial() && official.help_phone.is_none());
    for good in ["0000-1234567", "+86 000 1234567", "12345"] {
        assert_eq!(about(&[("TUHE_HELP_PHONE", good)]).help_phone.as_deref(), Some(good));
    }
    for (key, bad) in [("TUHE_HELP_PHONE", "找陈静"), ("TUHE_HELP_PHONE", "1"), ("TUHE_SPONSOR", "图\n河")]
    {
        let error = Config::from_values(&values(&[(key, bad)])).expect_err(bad);
        assert!(error.0.len() == 1 && error.0[0].contains(key), "{error}");
    }
}

#[test]
fn debug_prints_no_secret() {
    let config = Config::from_values(&values(&[
        ("TUHE_WECHAT_APPID", "wx1"),
        ("TUHE_WECHAT_SECRET", "hunter2"),
        ("DATABASE_URL", "postgres://tuhe:hunter2@db/tuhe"),
    ]))
    .expect("valid");
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn the_sample_lists_every_key() {
    let sample = include_str!("../../../.env.sample");
    for (key, default, help) in KEYS {
        assert!(
            sample.contains(&format!("# {help}\n#{key}={default}\n")),
            "{key} is missing from .env.sample"
        );
    }
}
