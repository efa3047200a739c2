//! What is never stored in plain: tokens, codes, phone numbers.

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tuhe::org::NewPerson;

use super::{Phone, add, code_for, member};
use crate::world::{Town, World};

const NUMBER: &str = "13912345678";

/// The tables with a row that holds `text` in any column, as it is or as the bytes of a binary column.
async fn tables_with(world: &World, text: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.tables
         where table_schema = 'public' and table_type = 'BASE TABLE'",
    )
    .fetch_all(&world.app.db)
    .await
    .expect("the tables");
    assert!(tables.len() > 20, "{tables:?}");
    let mut found = Vec::new();
    for table in tables {
        let search = format!(
            "select exists (select from {table} t where position(lower($1) in lower(t::text)) > 0
                            or position($2 in t::text) > 0)"
        );
        let holds: bool = sqlx::query_scalar(AssertSqlSafe(search))
            .bind(text)
            .bind(hex::encode(text))
            .fetch_one(&world.app.db)
            .await
            .expect("searched");
        if holds {
            found.push(table);
        }
    }
    found
}

#[tokio::test]
async fn no_token_and_no_code_stands_in_the_database() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let person = member(&town, "周大山", "石桥支部").await;
    let code = code_for(&town.office().await, person).await;
    let token = Phone::of(&world, "o-zhou").binds(&code).await.is(200).text("/token");
    assert_eq!(tables_with(&world, "o-zhou").await, ["binding"], "the search finds what is there");
    assert!(tables_with(&world, &token).await.is_empty());
    assert!(tables_with(&world, &code).await.is_empty());
}

#[tokio::test]
async fn no_phone_number_stands_in_the_database_in_plain() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let new =
        NewPerson { name: "周大山", phone: Some(NUMBER), membership: "none", ..NewPerson::default() };
    let person = add(&town, &new).await;
    sqlx::query("update person set branch_id = $2 where id = $1")
        .bind(person.0)
        .bind(town.units["石桥支部"].0)
        .execute(&world.app.db)
        .await
        .expect("moved");
    let office = town.office().await;
    office
        .post(&format!("/api/v1/people/{person}/phone"), json!({ "reason": "通知开会" }))
        .await
        .is(200)
        .field("/phone", NUMBER);
    assert!(tables_with(&world, NUMBER).await.is_empty());
    let sealed: Option<Vec<u8>> = sqlx::query_scalar("select phone_sealed from person where id = $1")
        .bind(person.0)
        .fetch_one(&world.app.db)
        .await
        .expect("the row");
    assert!(sealed.is_some_and(|sealed| sealed.len() > NUMBER.len()));
}

#[tokio::test]
async fn showing_a_phone_number_needs_a_reason_and_leaves_it_on_the_log() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let branch = Some(town.units["石桥支部"]);
    let new =
        NewPerson {
            name: "周大山", phone: Some(NUMBER), membership: "full", branch, ..NewPerson::default()
        };
    let person = add(&town, &new).await;
    let path = format!("/api/v1/people/{person}/phone");
    let (secretary, contact) = (town.secretary().await, town.committee_member().await);
    secretary.post(&path, json!({ "reason": "" })).await.refuses(400, "request.invalid");
    contact.post(&path, json!({ "reason": "通知开会" })).await.refuses(403, "access.forbidden");
    secretary.post(&path, json!({ "reason": "通知开会" })).await.is(200);
    let logged: Vec<(uuid::Uuid, uuid::Uuid, Value)> = sqlx::query_as(
        "select actor_id, subject_id, facts from audit_entry where action = 'org.phone_revealed'",
    )
    .fetch_all(&world.app.db)
    .await
    .expect("the log");
    assert_eq!(logged, [(secretary.id.0, person.0, json!({ "reason": "通知开会" }))]);
}
