//! One WeChat, two towns: a session carries one of them.

use std::sync::Arc;

use serde_json::json;
use tuhe::identity;
use uuid::Uuid;

use super::{Phone, me, member, post};
use crate::world::{Town, World};

/// The same WeChat bound as a person of both towns, the second an hour later.
async fn bound_in_both(world: &Arc<World>) -> (Town, Town, Phone) {
    let (first, second) = (Town::empty(world, "tuhe").await, Town::empty(world, "liuhe").await);
    for (town, minute) in [(&first, "2021-10-12 09:00"), (&second, "2021-10-12 10:00")] {
        world.move_to(minute);
        let person = member(town, "周大山", "石桥支部").await;
        let mut tx = world.app.db.begin().await.expect("begun");
        identity::bind_openid(&world.app, &mut tx, town.id, person, "o-both", world.now())
            .await
            .expect("bound");
        tx.commit().await.expect("committed");
    }
    (first, second, Phone::of(world, "o-both"))
}

#[tokio::test]
async fn a_person_of_two_towns_sees_both_and_enters_the_newest() {
    let world = World::on("2021-10-12").await;
    let (first, second, phone) = bound_in_both(&world).await;
    let entered = phone
        .logs_in()
        .await
        .is(200)
        .field("/memberships/0/town_id", second.id.to_string())
        .field("/memberships/1/town_id", first.id.to_string());
    me(&world, &entered.text("/token")).await.is(200).field("/town_id", second.id.to_string());
}

#[tokio::test]
async fn a_person_of_two_towns_may_name_the_one_to_enter() {
    let world = World::on("2021-10-12").await;
    let (first, _, phone) = bound_in_both(&world).await;
    let form = json!({ "code": phone.code(), "town": first.id });
    let entered = post(&world, "/api/v1/login", &form).await.is(200);
    me(&world, &entered.text("/token")).await.is(200).field("/town_id", first.id.to_string());
    let form = json!({ "code": phone.code(), "town": Uuid::now_v7() });
    post(&world, "/api/v1/login", &form).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn switching_towns_ends_the_session_in_the_old_one() {
    let world = World::on("2021-10-12").await;
    let (first, _, phone) = bound_in_both(&world).await;
    let before = phone.logs_in().await.is(200).text("/token");
    let switch = |token: String, town: String| {
        let request = world.http.post(format!("{}/api/v1/me/town", world.base)).bearer_auth(token);
        let request = request.json(&json!({ "town": town }));
        async {
            crate::world::Answer::of("switch".to_owned(), request.send().await.expect("an answer")).await
        }
    };
    switch(before.clone(), Uuid::now_v7().to_string()).await.refuses(404, "access.not_found");
    me(&world, &before).await.is(200);
    let after = switch(before.clone(), first.id.to_string()).await.is(200).text("/token");
    me(&world, &before).await.refuses(401, "identity.login_required");
    me(&world, &after).await.is(200).field("/town_id", first.id.to_string());
}
