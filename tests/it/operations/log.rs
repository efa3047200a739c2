//! The log is for machines and for people who may not know whom it is about.

use serde_json::{Value, json};

use super::program::{Served, tuhe};
use super::ready::this_minute;
use crate::world::{Answer, CLIENT, Town, World, common, meeting};

#[tokio::test]
async fn the_log_names_nobody_and_holds_no_token() {
    let world = World::at(&this_minute()).await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = tuhe(&world.database, folder.path());
    command.env("TUHE_LOG", "info,tuhe=debug");
    let served = Served::with_wechat(&mut command, &world.wx.base_url()).await;
    let send = async |path: &str, token: &str, form: &Value| {
        let request = world.http.post(format!("{}{path}", served.base)).bearer_auth(token);
        let response = request.header("X-Client", CLIENT).json(form).send().await.expect("an answer");
        Answer::of(format!("POST {path}"), response).await
    };
    let code = world.wx.login_code(&secretary.openid);
    let token = send("/api/v1/login", "", &json!({ "code": code, "device": "张伟的手机" }))
        .await
        .is(200)
        .text("/token");
    let today = world.today().to_string();
    let mut form = meeting(common(&town.unit("石桥支部"), &today, &[], &[]), &["general"]);
    form["minutes"] = json!("赵铁柱的电话是13912345678。");
    send("/api/v1/meetings", &token, &form).await.is(200);
    // Errors of every origin: the rules', the framework's, and one of PostgreSQL's that quotes what it refuses.
    form["record"]["id"] = json!("赵铁柱13912345678");
    send("/api/v1/meetings", &token, &form).await.is(400);
    let bind = json!({ "code": world.wx.login_code("o-stranger"), "bind_code": "QQQQQ22222" });
    send("/api/v1/bind", "", &bind).await.is(422);
    send("/api/v1/login", "", &json!({ "code": "a code never given" })).await.is(422);
    let nul = json!({ "code": "x", "device": "赵铁柱\u{0}13912345678" });
    let nul = json!({ "code": world.wx.login_code(&secretary.openid), "device": nul["device"] });
    send("/api/v1/login", "", &nul).await;
    let feed = send("/api/v1/me/calendar-feed", &token, &json!({})).await.is(200).text("/path");
    world.http.get(format!("{}{feed}", served.base)).send().await.expect("an answer");
    let feed = feed.trim_start_matches("/feeds/").trim_end_matches(".ics").to_owned();
    send("/api/v1/logout", &token, &json!({})).await.is(200);
    let (status, log) = served.stops().await;
    assert!(status.success(), "{log}");
    let answered = log.lines().filter(|line| line.contains("\"answered\"")).count();
    assert!(answered >= 7, "every request leaves a line: {log}");
    for line in log.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok_and(|entry| entry.is_object()), "not JSON: {line}");
    }
    let secrets = [
        token.as_str(),
        &feed,
        &secretary.token,
        &secretary.openid,
        "o-stranger",
        &code,
        "QQQQQ22222",
        "a code never given",
        "test-secret",
        "13912345678",
        "赵铁柱",
        "张伟",
        "李卫国",
        "王秀英",
        "孙远",
        "外出务工",
        "学习和讨论",
    ];
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}
