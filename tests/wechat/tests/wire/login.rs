//! Login codes and session keys (wechat.md §1.1, §1.7, §4 C).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use wechat_stand_in::{Rotation, endpoint};

use crate::world::{APPID, LI, SECRET, World, errcode, pass, text};

#[tokio::test]
async fn a_code_tells_who_logs_in_once() {
    let world = World::new().await;
    let code = world.wx.login_code(LI);
    let answer = world.log_in(&code).await;
    assert_eq!(answer["openid"], LI);
    assert!(answer.get("errcode").is_none() && answer.get("unionid").is_none(), "{answer}");
    assert_eq!(STANDARD.decode(text(&answer, "session_key")).unwrap().len(), 16);
    let again = world.log_in(&code).await;
    assert_eq!(errcode(&again), 40163);
    assert!(text(&again, "errmsg").starts_with("code been used, rid: "), "{again}");
}

#[tokio::test]
async fn unknown_expired_and_foreign_codes_are_all_invalid() {
    let world = World::new().await;
    let fresh = world.wx.login_code(LI);
    let stale = world.wx.login_code(LI);
    let foreign = world.wx.login_code_of("wx2222222222222222", LI);
    assert_eq!(errcode(&world.log_in("made-up").await), 40029);
    assert_eq!(errcode(&world.log_in(&foreign).await), 40029);
    pass(&world.wx, 299);
    assert_eq!(errcode(&world.log_in(&fresh).await), 0);
    pass(&world.wx, 1);
    assert_eq!(errcode(&world.log_in(&stale).await), 40029);
}

#[tokio::test]
async fn high_risk_users_are_blocked() {
    let world = World::new().await;
    world.wx.set_blocked(LI, true);
    assert_eq!(errcode(&world.log_in(&world.wx.login_code(LI)).await), 40226);
    world.wx.set_blocked(LI, false);
    assert_eq!(errcode(&world.log_in(&world.wx.login_code(LI)).await), 0);
}

#[tokio::test]
async fn a_user_logs_in_so_often_a_minute() {
    let world = World::with(|options| options.limits.login_per_user_minute = 2).await;
    for expected in [0, 0, 45011] {
        assert_eq!(errcode(&world.log_in(&world.wx.login_code(LI)).await), expected);
    }
    assert_eq!(errcode(&world.log_in(&world.wx.login_code("openid-wang")).await), 0);
    pass(&world.wx, 60);
    assert_eq!(errcode(&world.log_in(&world.wx.login_code(LI)).await), 0);
}

#[tokio::test]
async fn unionid_appears_when_switched_on_and_stays_the_same() {
    let world = World::new().await;
    world.wx.set(|switches| switches.unionid = true);
    let first = world.log_in(&world.wx.login_code(LI)).await;
    let second = world.log_in(&world.wx.login_code(LI)).await;
    assert_eq!(text(&first, "unionid"), text(&second, "unionid"));
    assert_ne!(text(&first, "unionid"), LI);
}

#[tokio::test]
async fn a_new_code_brings_a_new_session_key_unless_switched_off() {
    let world = World::new().await;
    let mut keys = Vec::new();
    for rotation in [Rotation::Always, Rotation::Always, Rotation::Never] {
        world.wx.set(|switches| switches.rotate_session_key = rotation);
        keys.push(text(&world.log_in(&world.wx.login_code(LI)).await, "session_key"));
    }
    assert_ne!(keys[0], keys[1]);
    assert_eq!(keys[1], keys[2]);
}

#[tokio::test]
async fn a_session_key_is_checked_by_signature_and_dies_when_replaced() {
    let world = World::new().await;
    let old = text(&world.log_in(&world.wx.login_code(LI)).await, "session_key");
    assert_eq!(errcode(&ask(&world, endpoint::CHECK_SESSION, &old, "hmac_sha256").await), 0);
    assert_eq!(errcode(&ask(&world, endpoint::CHECK_SESSION, &old, "md5").await), 87008);
    let new = text(&ask(&world, endpoint::RESET_SESSION, &old, "hmac_sha256").await, "session_key");
    assert_eq!(errcode(&ask(&world, endpoint::CHECK_SESSION, &old, "hmac_sha256").await), 87009);
    assert_eq!(errcode(&ask(&world, endpoint::CHECK_SESSION, &new, "hmac_sha256").await), 0);
    world.wx.login_code(LI);
    assert_eq!(errcode(&ask(&world, endpoint::CHECK_SESSION, &new, "hmac_sha256").await), 87009);
}

async fn ask(world: &World, path: &str, key: &str, method: &str) -> Value {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    let signature = hex::encode(mac.finalize().into_bytes());
    let token = world.token().await;
    let query =
        [("access_token", token.as_str()), ("openid", LI), ("signature", &signature), ("sig_method", method)];
    world.get(path, &query).await
}

#[tokio::test]
async fn wrong_credentials_leave_the_code_unspent() {
    let world = World::new().await;
    let code = world.wx.login_code(LI);
    let cases = [
        ("", SECRET, "authorization_code", 41002),
        ("wx2", SECRET, "authorization_code", 40013),
        (APPID, "", "authorization_code", 41004),
        (APPID, "x", "authorization_code", 40125),
        (APPID, SECRET, "client_credential", 40002),
    ];
    for (appid, secret, grant_type, expected) in cases {
        let query = [("appid", appid), ("secret", secret), ("js_code", &code), ("grant_type", grant_type)];
        assert_eq!(errcode(&world.get(endpoint::LOGIN, &query).await), expected);
    }
    assert_eq!(errcode(&world.log_in(&code).await), 0);
}
