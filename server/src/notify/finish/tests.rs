use super::*;

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}+08:00").parse().expect("instant")
}

fn noon() -> DateTime<Utc> {
    at("2021-10-10T12:00:30")
}

fn of(outcome: &Outcome, attempt: i32) -> Effect {
    effect(outcome, attempt, noon(), 0.0)
}

#[test]
fn every_outcome_has_its_effect() {
    let dead = Outcome::Dead { errcode: 47_003, reason: "argument invalid".into() };
    for (outcome, attempt, name, state, grant, notices) in [
        (Outcome::Sent { msgid: Some(1) }, 1, "sent", "sent", Some(Why::Send), Some("told")),
        (Outcome::Refused, 1, "refused", "refused", Some(Why::Refused), Some("inbox")),
        (Outcome::Unknown { reason: "timeout" }, 1, "unknown", "unknown", Some(Why::Unknown), Some("inbox")),
        (Outcome::Uncertain, 1, "uncertain", "queued", None, None),
        (Outcome::Uncertain, 2, "unknown", "unknown", Some(Why::Unknown), Some("inbox")),
        (Outcome::Retry { reason: "no_connection" }, 1, "retry", "queued", None, None),
        (Outcome::Retry { reason: "no_connection" }, 40, "retry", "queued", None, None),
        (Outcome::Retry { reason: "concurrent_send" }, 2, "retry", "queued", None, None),
        (Outcome::Retry { reason: "concurrent_send" }, 3, "dead", "dead", None, Some("inbox")),
        (Outcome::Busy { until: Pause::MinuteQuota }, 1, "busy", "queued", None, None),
        (Outcome::Busy { until: Pause::DayQuota }, 9, "busy", "queued", None, None),
        (dead, 1, "dead", "dead", None, Some("inbox")),
        (Outcome::Misconfigured { errcode: 40_013 }, 1, "misconfigured", "queued", None, None),
    ] {
        let effect = of(&outcome, attempt);
        assert_eq!((effect.outcome, effect.state), (name, state), "{outcome:?}");
        assert_eq!((effect.grant, effect.notices), (grant, notices), "{outcome:?}");
        assert_eq!(effect.next_at.is_some(), state == "queued", "{outcome:?}");
    }
}

#[test]
fn quotas_rest_the_whole_appid_until_they_are_free() {
    let minute = of(&Outcome::Busy { until: Pause::MinuteQuota }, 1);
    assert_eq!((minute.pause, minute.errcode), (Some(at("2021-10-10T12:01:00")), 45_011));
    let day = of(&Outcome::Busy { until: Pause::DayQuota }, 1);
    assert_eq!((day.pause, day.errcode), (Some(at("2021-10-11T00:00:00")), 45_009));
    assert_eq!(day.next_at, day.pause);
}

#[test]
fn waits_double_and_end_at_ten_minutes() {
    let seconds = |base, attempt, jitter| backoff(base, attempt, jitter).num_seconds();
    let waits: Vec<i64> = (1..=9).map(|attempt| seconds(FIRST_BACKOFF, attempt, 0.0)).collect();
    assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 600, 600]);
    assert_eq!(seconds(FIRST_BACKOFF, i32::MAX, 0.999), 899);
    assert_eq!(seconds(CONCURRENT_BACKOFF, 1, 0.0), 1);
    assert_eq!(of(&Outcome::Retry { reason: "no_token" }, 1).next_at, Some(noon() + TimeDelta::seconds(5)));
}

#[test]
fn what_is_made_again_has_paid_and_a_refusal_says_that_it_arrived() {
    let now = chrono::DateTime::from_timestamp(1_633_824_000, 0).expect("instant");
    let again = |outcome: &Outcome| effect_again(outcome, 2, now, 0.0);
    let refused = again(&Outcome::Refused);
    assert_eq!((refused.state, refused.notices, refused.outcome), ("sent", Some("told"), "inferred"));
    for (outcome, state) in [
        (Outcome::Refused, "sent"),
        (Outcome::Sent { msgid: None }, "sent"),
        (Outcome::Unknown { reason: "timeout" }, "unknown"),
        (Outcome::Uncertain, "unknown"),
        (Outcome::Retry { reason: "no_connection" }, "queued"),
    ] {
        let effect = again(&outcome);
        assert_eq!((effect.state, effect.grant), (state, None), "{outcome:?}");
    }
}
