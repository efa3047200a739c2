//! WeChat login: repeats, races, and everything WeChat may answer.

use wechat_stand_in::{Fault, FaultRule};

use super::{Phone, member, post};
use crate::world::{Person, Town, World};
use serde_json::json;

const LOGIN: &str = "/sns/jscode2session";

fn refusal(errcode: i64) -> Fault {
    Fault::Errcode { errcode, errmsg: None }
}

async fn bound(town: &Town) -> (Person, Phone) {
    let id = member(town, "周大山", "石桥支部").await;
    let person = town.logs_in(id, "周大山").await;
    let phone = Phone::of(&town.world, &person.openid);
    (person, phone)
}

#[tokio::test]
async fn a_wechat_bound_nowhere_gets_neither_token_nor_town() {
    let world = World::on("2021-10-12").await;
    let answer = Phone::of(&world, "o-nobody").logs_in().await.is(200);
    assert_eq!(answer.body, json!({ "memberships": [] }));
}

#[tokio::test]
async fn a_repeated_code_logs_in_again_and_wechat_is_asked_once() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let (_, phone) = bound(&town).await;
    let code = phone.code();
    let first = phone.logs_in_by(&code).await.is(200).text("/token");
    let again = phone.logs_in_by(&code).await.is(200).text("/token");
    assert_ne!(first, again, "each login is a session of its own");
    assert_eq!(world.wx.journal_of(LOGIN, 0).len(), 1);
}

#[tokio::test]
async fn the_same_code_from_two_requests_at_once_is_one_call() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let (_, phone) = bound(&town).await;
    world.wx.fault(FaultRule::on(LOGIN, Fault::Latency { ms: 300 }));
    let code = phone.code();
    let (one, other) = tokio::join!(phone.logs_in_by(&code), phone.logs_in_by(&code));
    one.is(200).text("/token");
    other.is(200).text("/token");
    assert_eq!(world.wx.journal_of(LOGIN, 0).len(), 1);
}

#[tokio::test]
async fn every_refusal_of_wechat_has_its_own_answer_and_is_never_asked_twice() {
    let world = World::on("2021-10-12").await;
    let phone = Phone::of(&world, "o-zhou");
    let table = [
        (refusal(40029), 422, "identity.code_invalid"),
        (refusal(40163), 422, "identity.code_invalid"),
        (refusal(40226), 422, "identity.wechat_blocked"),
        (refusal(45011), 429, "limit.too_many"),
        (refusal(-1), 503, "identity.wechat_unavailable"),
        (refusal(45009), 503, "identity.wechat_unavailable"),
        (refusal(40125), 503, "identity.wechat_unavailable"),
        (Fault::ResetBeforeBody, 503, "identity.wechat_unavailable"),
        (Fault::ResetAfterBody, 503, "identity.wechat_unavailable"),
        (Fault::ResetMidBody, 503, "identity.wechat_unavailable"),
        (Fault::Truncated, 503, "identity.wechat_unavailable"),
        (Fault::Empty, 503, "identity.wechat_unavailable"),
        (Fault::Gateway { status: 502 }, 503, "identity.wechat_unavailable"),
    ];
    for (fault, status, code) in table {
        world.wx.clear_faults();
        world.wx.clear_journal();
        world.wx.fault(FaultRule::on(LOGIN, fault.clone()).times(0));
        let answer = phone.logs_in().await;
        let waits = answer.headers.contains_key("retry-after");
        answer.refuses(status, code);
        assert_eq!(waits, status != 422, "{fault:?}: a repeat that makes sense says when");
        assert_eq!(world.wx.journal_of(LOGIN, 0).len(), 1, "{fault:?} was asked again");
    }
}

#[tokio::test]
async fn after_a_lost_answer_the_spent_code_is_refused_and_a_fresh_one_works() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let (_, phone) = bound(&town).await;
    world.wx.fault(FaultRule::on(LOGIN, Fault::CommitThenDrop));
    let code = phone.code();
    phone.logs_in_by(&code).await.refuses(503, "identity.wechat_unavailable");
    phone.logs_in_by(&code).await.refuses(422, "identity.code_invalid");
    phone.logs_in().await.is(200).text("/token");
}

#[tokio::test]
async fn an_invented_an_old_and_an_empty_code_are_told_to_start_again() {
    let world = World::on("2021-10-12").await;
    let phone = Phone::of(&world, "o-zhou");
    phone.logs_in_by("invented").await.refuses(422, "identity.code_invalid");
    phone.logs_in_by("").await.refuses(422, "identity.code_invalid");
    let old = phone.code();
    world.move_to("2021-10-12 09:06");
    phone.logs_in_by(&old).await.refuses(422, "identity.code_invalid");
}

#[tokio::test]
async fn one_address_may_try_sixty_times_a_minute() {
    let world = World::on("2021-10-12").await;
    for _ in 0..60 {
        post(&world, "/api/v1/login", &json!({ "code": "" })).await.is(422);
    }
    let one_more = post(&world, "/api/v1/login", &json!({ "code": "" })).await;
    assert!(one_more.headers.contains_key("retry-after"));
    one_more.refuses(429, "limit.too_many");
    world.move_to("2021-10-12 09:01");
    post(&world, "/api/v1/login", &json!({ "code": "" })).await.is(422);
}

#[tokio::test]
async fn a_blocked_wechat_learns_whom_to_call() {
    let world = World::on("2021-10-12").await;
    let phone = Phone::of(&world, "o-zhou");
    world.wx.add_user("o-zhou");
    world.wx.set_blocked("o-zhou", true);
    let told = phone.logs_in().await.refuses(422, "identity.wechat_blocked");
    assert!(told.text("/message").contains("党建办"));
}
