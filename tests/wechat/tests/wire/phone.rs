//! Phone numbers by code (wechat.md §1.3, §4 D).

use serde_json::{Value, json};
use wechat_stand_in::{Phone, endpoint};

use crate::world::{APPID, LI, World, errcode, pass};

async fn ask(world: &World, body: &Value) -> Value {
    let token = world.token().await;
    world.post(endpoint::PHONE, &[("access_token", &token)], body).await
}

#[tokio::test]
async fn a_code_tells_the_number_once() {
    let world = World::new().await;
    let code = world.wx.phone_code(LI, Phone::chinese("13800000001"));
    assert_eq!(code.len(), 64);
    let answer = ask(&world, &json!({ "code": code, "openid": LI })).await;
    assert_eq!((errcode(&answer), &answer["errmsg"]), (0, &json!("ok")));
    assert_eq!(
        answer["phone_info"],
        json!({
            "phoneNumber": "13800000001", "purePhoneNumber": "13800000001", "countryCode": "86",
            "watermark": { "timestamp": world.wx.now().timestamp(), "appid": APPID },
        })
    );
    assert_eq!(errcode(&ask(&world, &json!({ "code": code })).await), 40029);
}

#[tokio::test]
async fn a_number_abroad_carries_its_country_and_the_code_may_be_a_number() {
    let world = World::new().await;
    world.wx.set(|switches| switches.country_code_as_number = true);
    let code = world.wx.phone_code(LI, Phone { country: 852, number: "51234567".to_owned() });
    let info = &ask(&world, &json!({ "code": code })).await["phone_info"];
    assert_eq!(info["phoneNumber"], "85251234567");
    assert_eq!(info["purePhoneNumber"], "51234567");
    assert_eq!(info["countryCode"], 852);
}

#[tokio::test]
async fn stale_mismatched_and_login_codes_are_invalid() {
    let world = World::new().await;
    let code = world.wx.phone_code(LI, Phone::chinese("13800000001"));
    assert_eq!(errcode(&ask(&world, &json!({ "code": code, "openid": "openid-wang" })).await), 40029);
    assert_eq!(errcode(&ask(&world, &json!({ "code": world.wx.login_code(LI) })).await), 40029);
    assert_eq!(errcode(&world.log_in(&code).await), 40029, "nor is a phone code a login code");
    pass(&world.wx, 300);
    assert_eq!(errcode(&ask(&world, &json!({ "code": code })).await), 40029);
}
