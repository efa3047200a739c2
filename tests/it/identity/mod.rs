//! Logging in, binding, sessions, several towns, and what of a person is never stored in plain.

mod binding;
mod issuing;
mod leaving;
mod login;
mod secrets;
mod sessions;
mod towns;

use std::sync::Arc;

use serde_json::{Value, json};
use tuhe::ids::PersonId;
use tuhe::org::{self, NewPerson};

use crate::world::{Answer, Person, Town, World};

/// Somebody's WeChat, bound to nobody yet.
pub struct Phone {
    world: Arc<World>,
    openid: String,
}

impl Phone {
    pub fn of(world: &Arc<World>, openid: &str) -> Self {
        Self { world: Arc::clone(world), openid: openid.to_owned() }
    }

    /// A fresh `wx.login` code.
    fn code(&self) -> String {
        self.world.wx.login_code(&self.openid)
    }

    async fn logs_in(&self) -> Answer {
        self.logs_in_by(&self.code()).await
    }

    async fn logs_in_by(&self, code: &str) -> Answer {
        post(&self.world, "/api/v1/login", &json!({ "code": code })).await
    }

    pub async fn binds(&self, bind_code: &str) -> Answer {
        let form = json!({ "code": self.code(), "bind_code": bind_code, "device": "测试机" });
        post(&self.world, "/api/v1/bind", &form).await
    }
}

/// Posts without a session.
async fn post(world: &World, path: &str, form: &Value) -> Answer {
    let request = world.http.post(format!("{}{path}", world.base)).json(form);
    Answer::of(format!("POST {path}"), request.send().await.expect("an answer")).await
}

/// Who a token says one is.
async fn me(world: &World, token: &str) -> Answer {
    let request = world.http.get(format!("{}/api/v1/me", world.base)).bearer_auth(token);
    Answer::of("GET /api/v1/me".to_owned(), request.send().await.expect("an answer")).await
}

/// A member of a branch, not bound.
async fn member(town: &Town, name: &str, branch: &str) -> PersonId {
    let new =
        NewPerson { name, membership: "full", branch: Some(town.units[branch]), ..NewPerson::default() };
    add(town, &new).await
}

async fn add(town: &Town, new: &NewPerson<'_>) -> PersonId {
    let app = &town.world.app;
    let mut tx = app.db.begin().await.expect("begun");
    let id = org::add_person(&mut tx, &app.keys, town.id, new, town.world.now()).await.expect("added");
    tx.commit().await.expect("committed");
    id
}

async fn asks_code(issuer: &Person, person: PersonId) -> Answer {
    issuer.post(&format!("/api/v1/people/{person}/bind-code"), json!({})).await
}

/// The code `issuer` hands out to `person`.
async fn code_for(issuer: &Person, person: PersonId) -> String {
    asks_code(issuer, person).await.is(200).text("/code")
}
