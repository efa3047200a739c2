//! Access tokens (wechat.md §1.2, §4 B).

use chrono::TimeDelta;
use serde_json::json;
use wechat_stand_in::{Options, endpoint};

use crate::world::{APPID, SECRET, World, errcode, pass, text};

/// What a call with this token is told; 0 if the token is good.
async fn told(world: &World, token: &str) -> i64 {
    errcode(&world.get(endpoint::TEMPLATES, &[("access_token", token)]).await)
}

#[tokio::test]
async fn a_stable_token_stays_the_same_while_its_time_runs_down() {
    let world = World::new().await;
    let first = world.stable(false).await;
    assert_eq!(first["expires_in"], 7200);
    assert!(first.get("errcode").is_none(), "token answers carry no errcode");
    pass(&world.wx, 6899);
    let second = world.stable(false).await;
    assert_eq!(second["access_token"], first["access_token"]);
    assert_eq!(second["expires_in"], 301);
}

#[tokio::test]
async fn in_the_last_five_minutes_a_new_token_comes_and_both_work_for_five_more() {
    let world = World::new().await;
    let old = world.token().await;
    pass(&world.wx, 6900);
    let answer = world.stable(false).await;
    let new = text(&answer, "access_token");
    assert_ne!(new, old);
    assert_eq!(answer["expires_in"], 7200);
    pass(&world.wx, 299);
    assert_eq!((told(&world, &old).await, told(&world, &new).await), (0, 0));
    pass(&world.wx, 1);
    assert_eq!((told(&world, &old).await, told(&world, &new).await), (40001, 0));
}

#[tokio::test]
async fn a_token_nobody_renewed_expires() {
    let world = World::new().await;
    let token = world.token().await;
    pass(&world.wx, 7199);
    assert_eq!(told(&world, &token).await, 0);
    pass(&world.wx, 1);
    assert_eq!(told(&world, &token).await, 42001);
    let next = world.token().await;
    assert_eq!((told(&world, &token).await, told(&world, &next).await), (42001, 0));
}

#[tokio::test]
async fn one_forced_call_leaves_the_old_token_its_overlap_and_two_do_not() {
    let world = World::new().await;
    let leaked = world.token().await;
    let second = text(&world.stable(true).await, "access_token");
    assert_ne!(second, leaked);
    assert_eq!(told(&world, &leaked).await, 0);
    pass(&world.wx, 29);
    assert_eq!(world.stable(true).await["access_token"], json!(second), "too soon to refresh again");
    pass(&world.wx, 1);
    let third = text(&world.stable(true).await, "access_token");
    assert_ne!(third, second);
    assert_eq!(
        (told(&world, &leaked).await, told(&world, &second).await, told(&world, &third).await),
        (40001, 0, 0)
    );
}

#[tokio::test]
async fn forcing_is_rationed_by_the_day_in_china() {
    let world = World::with(|options: &mut Options| options.limits.forced_token_per_day = 2).await;
    for _ in 0..2 {
        assert_eq!(errcode(&world.stable(true).await), 0);
        pass(&world.wx, 30);
    }
    assert_eq!(errcode(&world.stable(true).await), 45009);
    assert_eq!(errcode(&world.stable(false).await), 0, "ordinary calls go on");
    // 00:31 UTC is 08:31 in China, so its midnight is 15 h 29 min away.
    pass(&world.wx, (15 * 60 + 29) * 60);
    assert_eq!(errcode(&world.stable(true).await), 0);
}

#[tokio::test]
async fn every_legacy_call_replaces_the_token() {
    let world = World::new().await;
    let old = text(&world.legacy().await, "access_token");
    let new = text(&world.legacy().await, "access_token");
    assert_ne!(old, new);
    pass(&world.wx, 299);
    assert_eq!(told(&world, &old).await, 0);
    pass(&world.wx, 1);
    assert_eq!((told(&world, &old).await, told(&world, &new).await), (40001, 0));
}

#[tokio::test]
async fn legacy_calls_do_not_touch_stable_tokens() {
    let world = World::new().await;
    let stable = world.token().await;
    for _ in 0..3 {
        world.legacy().await;
    }
    pass(&world.wx, 600);
    assert_eq!(told(&world, &stable).await, 0);
    assert_eq!(world.token().await, stable);
}

#[tokio::test]
async fn legacy_calls_over_the_daily_quota_are_pointed_to_the_stable_endpoint() {
    let world = World::with(|options| options.limits.legacy_token_per_day = 1).await;
    assert_eq!(errcode(&world.legacy().await), 0);
    let answer = world.legacy().await;
    assert_eq!(errcode(&answer), 45009);
    assert!(text(&answer, "errmsg").contains("getStableAccessToken"));
}

#[tokio::test]
async fn stable_calls_are_rationed_by_the_minute() {
    let world = World::with(|options| options.limits.stable_token_per_minute = 1).await;
    assert_eq!(errcode(&world.stable(false).await), 0);
    assert_eq!(errcode(&world.stable(false).await), 45011);
    pass(&world.wx, 60);
    assert_eq!(errcode(&world.stable(false).await), 0);
}

#[tokio::test]
async fn a_token_can_die_early() {
    let world = World::new().await;
    let token = world.token().await;
    world.wx.tokens_die_in(TimeDelta::minutes(10));
    pass(&world.wx, 599);
    assert_eq!(told(&world, &token).await, 0);
    pass(&world.wx, 1);
    assert_eq!(told(&world, &token).await, 40001);
    let next = world.token().await;
    assert_ne!(next, token);
    assert_eq!(told(&world, &next).await, 0);
}

#[tokio::test]
async fn a_missing_and_a_made_up_token_are_told_apart() {
    let world = World::new().await;
    assert_eq!(errcode(&world.get(endpoint::TEMPLATES, &[]).await), 41001);
    assert_eq!(told(&world, "").await, 41001);
    assert_eq!(told(&world, "made-up").await, 40014);
}

#[tokio::test]
async fn wrong_credentials_have_a_number_each() {
    let world = World::new().await;
    let cases = [
        (json!({ "appid": APPID, "secret": SECRET }), 40002),
        (json!({ "grant_type": "client_credential", "secret": SECRET }), 41002),
        (json!({ "grant_type": "client_credential", "appid": "wx2", "secret": SECRET }), 40013),
        (json!({ "grant_type": "client_credential", "appid": APPID }), 41004),
        (json!({ "grant_type": "client_credential", "appid": APPID, "secret": "x" }), 40125),
    ];
    for (body, expected) in cases {
        assert_eq!(errcode(&world.post(endpoint::STABLE_TOKEN, &[], &body).await), expected, "{body}");
        let query: Vec<(&str, &str)> =
            body.as_object().unwrap().iter().map(|(k, v)| (k.as_str(), v.as_str().unwrap())).collect();
        assert_eq!(errcode(&world.get(endpoint::LEGACY_TOKEN, &query).await), expected, "{body}");
    }
    assert_eq!(errcode(&world.get(endpoint::STABLE_TOKEN, &[]).await), 43002);
}
