//! 意见建议: written, numbered, seen by whom it is for, answered.

mod answer;
mod number;
mod sight;
mod write;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::Person;

/// A suggestion or complaint as it would be sent.
pub fn words(kind: &str, text: &str) -> Value {
    json!({ "id": Uuid::now_v7(), "kind": kind, "text": text })
}

pub fn id_of(sent: &Value) -> &str {
    sent["id"].as_str().expect("an id")
}

/// What the person has written, as they read it.
pub async fn mine(of: &Person) -> Vec<Value> {
    of.get("/api/v1/feedback/mine").await.is(200)["feedback"].as_array().expect("a list").clone()
}

/// How often this was done, by the log.
pub async fn logged(by: &Person, action: &str) -> i64 {
    sqlx::query_scalar("select count(*) from audit_entry where action = $1 and actor_id = $2")
        .bind(action)
        .bind(by.id.0)
        .fetch_one(&by.world.app.db)
        .await
        .expect("counted")
}
