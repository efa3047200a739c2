//! A person with a phone: logged in, sending requests.

use std::sync::Arc;

use serde_json::{Value, json};
use tuhe::ids::{PersonId, TownId};
use uuid::Uuid;

use super::{Answer, World, sha256_hex};

/// Somebody who is logged in.
#[derive(Clone)]
pub struct Person {
    pub world: Arc<World>,
    pub town: TownId,
    pub id: PersonId,
    pub name: String,
    pub openid: String,
    pub token: String,
}

pub const CLIENT: &str = "tuhe-test/1.0; schema=1";

impl Person {
    pub async fn get(&self, path: &str) -> Answer {
        let request = self.world.http.get(format!("{}{path}", self.world.base)).bearer_auth(&self.token);
        let response = request.send().await.expect("an answer");
        Answer::of(format!("{}: GET {path}", self.name), response).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(reqwest::Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(reqwest::Method::PUT, path, body).await
    }

    async fn send(&self, method: reqwest::Method, path: &str, body: Value) -> Answer {
        let what = format!("{}: {method} {path}", self.name);
        let request = self.world.http.request(method, format!("{}{path}", self.world.base));
        let request = request.bearer_auth(&self.token).header("X-Client", CLIENT).json(&body);
        Answer::of(what, request.send().await.expect("an answer")).await
    }

    /// Uploads a photo; gives its hash.
    pub async fn uploads(&self, bytes: &[u8]) -> String {
        self.tries_to_upload(bytes, &sha256_hex(bytes)).await.is(200).text("/hash")
    }

    pub async fn tries_to_upload(&self, bytes: &[u8], declared: &str) -> Answer {
        let part = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name("photo.jpg");
        let form = reqwest::multipart::Form::new().part("file", part).text("sha256", declared.to_owned());
        let request = self.world.http.post(format!("{}/api/v1/photos", self.world.base));
        let response = request.bearer_auth(&self.token).multipart(form).send().await.expect("an answer");
        Answer::of(format!("{}: upload", self.name), response).await
    }

    /// What stands on this person's list of today.
    pub async fn today(&self) -> Vec<Value> {
        self.get("/api/v1/duties/today").await.is(200).list().clone()
    }

    /// The duty of that title on the list of today.
    #[track_caller]
    pub fn owes<'a>(&self, list: &'a [Value], title: &str) -> &'a Value {
        list.iter().find(|duty| duty["title"].as_str().is_some_and(|t| t.contains(title))).unwrap_or_else(
            || {
                panic!(
                    "{} does not owe {title}: {:?}",
                    self.name,
                    list.iter().map(|d| &d["title"]).collect::<Vec<_>>()
                )
            },
        )
    }

    /// The WeChat messages delivered to this person.
    pub fn messages(&self) -> Vec<wechat_stand_in::Message> {
        self.world.wx.inbox(&self.openid)
    }
}

/// The common part of a record: fresh ids, this unit, that day.
pub fn common(unit: &str, happened_on: &str, duties: &[&str], photos: &[(&str, &str)]) -> Value {
    json!({
        "id": Uuid::now_v7(),
        "version_id": Uuid::now_v7(),
        "unit_id": unit,
        "happened_on": happened_on,
        "duty_ids": duties,
        "entry_channel": "phone",
        "photos": photos.iter().map(|(slot, hash)| json!({ "slot": slot, "hash": hash })).collect::<Vec<_>>(),
    })
}

/// A meeting of these types around a common part.
#[expect(clippy::needless_pass_by_value, reason = "a common part is made for one record")]
pub fn meeting(common: Value, types: &[&str]) -> Value {
    json!({
        "record": common,
        "types": types,
        "place": "村党群服务中心",
        "host": "李卫国",
        "recorder": "王秀英",
        "topic": "学习和讨论",
        "expected": 3,
        "present": 2,
        "absent": [{ "name": "孙远", "reason": "外出务工" }],
        "minutes": "传达学习上级文件精神,讨论本月重点工作。",
    })
}
