//! Binding a WeChat identity by a one-time code.

use super::{Phone, code_for, me, member};
use crate::world::{Town, World};

#[tokio::test]
async fn a_code_binds_a_phone_and_logs_it_in() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let person = member(&town, "周大山", "石桥支部").await;
    let code = code_for(&office, person).await;
    let entered = Phone::of(&world, "o-zhou").binds(&code).await.is(200);
    assert_eq!(entered["memberships"].as_array().map(Vec::len), Some(1));
    me(&world, &entered.text("/token"))
        .await
        .is(200)
        .field("/person_id", person.to_string())
        .field("/name", "周大山")
        .field("/posts/0/role", "party_member");
}

#[tokio::test]
async fn a_code_is_good_once() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let person = member(&town, "周大山", "石桥支部").await;
    let code = code_for(&town.office().await, person).await;
    Phone::of(&world, "o-first").binds(&code).await.is(200);
    Phone::of(&world, "o-second").binds(&code).await.refuses(422, "identity.bind_code_invalid");
    assert!(Phone::of(&world, "o-second").logs_in().await.is(200)["token"].is_null());
}

#[tokio::test]
async fn of_two_phones_at_once_one_gets_the_code() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let person = member(&town, "周大山", "石桥支部").await;
    let code = code_for(&town.office().await, person).await;
    let (one, other) = (Phone::of(&world, "o-one"), Phone::of(&world, "o-other"));
    let (one, other) = tokio::join!(one.binds(&code), other.binds(&code));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422]);
}

#[tokio::test]
async fn a_code_dies_after_seven_days() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let quick = code_for(&office, member(&town, "周大山", "石桥支部").await).await;
    let slow = code_for(&office, member(&town, "周小山", "石桥支部").await).await;
    world.move_to("2021-10-19 08:59");
    Phone::of(&world, "o-quick").binds(&quick).await.is(200);
    world.move_to("2021-10-19 09:00");
    Phone::of(&world, "o-slow").binds(&slow).await.refuses(422, "identity.bind_code_invalid");
}

#[tokio::test]
async fn a_new_code_cancels_the_former_one() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let person = member(&town, "周大山", "石桥支部").await;
    let former = code_for(&office, person).await;
    let newer = code_for(&office, person).await;
    let phone = Phone::of(&world, "o-zhou");
    phone.binds(&former).await.refuses(422, "identity.bind_code_invalid");
    phone.binds(&newer).await.is(200);
}

#[tokio::test]
async fn a_code_may_be_typed_in_small_letters_with_spaces_and_dashes() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let person = member(&town, "周大山", "石桥支部").await;
    let code = code_for(&town.office().await, person).await.to_lowercase();
    let typed = format!(" {} {}-{} ", &code[..3], &code[3..6], &code[6..]);
    Phone::of(&world, "o-zhou").binds(&typed).await.is(200);
}

#[tokio::test]
async fn the_seventh_wrong_code_from_one_wechat_has_to_wait() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let person = member(&town, "周大山", "石桥支部").await;
    let right = code_for(&town.office().await, person).await;
    let phone = Phone::of(&world, "o-guess");
    for guess in 0..6 {
        phone.binds(&format!("2222222 22{guess}")).await.refuses(422, "identity.bind_code_invalid");
    }
    let waits = phone.binds(&right).await.refuses(429, "limit.too_many");
    let seconds: u64 = waits.headers["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=600).contains(&seconds), "{seconds}");
    world.move_to("2021-10-12 09:02");
    phone.binds(&right).await.is(200);
}

#[tokio::test]
async fn guesses_from_one_wechat_hinder_nobody_else() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let person = member(&town, "周大山", "石桥支部").await;
    let right = code_for(&town.office().await, person).await;
    let guesser = Phone::of(&world, "o-guess");
    for _ in 0..7 {
        guesser.binds("2222222222").await;
    }
    Phone::of(&world, "o-zhou").binds(&right).await.is(200);
}

#[tokio::test]
async fn a_wechat_that_is_another_person_of_the_town_is_refused_and_spends_no_code() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let (first, second) =
        (member(&town, "周大山", "石桥支部").await, member(&town, "周小山", "石桥支部").await);
    let taken = Phone::of(&world, "o-taken");
    taken.binds(&code_for(&office, first).await).await.is(200);
    let code = code_for(&office, second).await;
    taken.binds(&code).await.refuses(409, "identity.openid_taken");
    Phone::of(&world, "o-free").binds(&code).await.is(200);
}

#[tokio::test]
async fn a_new_phone_ends_the_old_phones_sessions() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let person = member(&town, "周大山", "石桥支部").await;
    let (old, new) = (Phone::of(&world, "o-old"), Phone::of(&world, "o-new"));
    let before = old.binds(&code_for(&office, person).await).await.is(200).text("/token");
    me(&world, &before).await.is(200);
    let after = new.binds(&code_for(&office, person).await).await.is(200).text("/token");
    me(&world, &before).await.refuses(401, "identity.login_required");
    me(&world, &after).await.is(200);
    let stranger = old.logs_in().await.is(200);
    assert!(stranger["token"].is_null(), "the old phone is nobody now");
}

#[tokio::test]
async fn binding_the_same_wechat_again_keeps_its_other_sessions() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let person = member(&town, "周大山", "石桥支部").await;
    let phone = Phone::of(&world, "o-zhou");
    let before = phone.binds(&code_for(&office, person).await).await.is(200).text("/token");
    phone.binds(&code_for(&office, person).await).await.is(200);
    me(&world, &before).await.is(200);
}
