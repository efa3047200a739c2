//! Whom one may call, and the number on the log.

use serde_json::{Value, json};
use tuhe::org::{self, NewPerson, Role};

use crate::flow::village;
use crate::world::{Person, Town};

async fn helpers(of: &Person) -> Vec<(String, String)> {
    let answer = of.get("/api/v1/me/helpers").await.is(200);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let list = answer["helpers"].as_array().expect("a list");
    list.iter().map(|helper| (text(&helper["name"]), text(&helper["label"]))).collect()
}

async fn calls(of: &Person, helper: &Person) -> crate::world::Answer {
    of.post(&format!("/api/v1/me/helpers/{}/phone", helper.id), json!(null)).await
}

/// A 定村干部 with a number.
async fn with_phone(town: &Town) -> Person {
    let (world, now) = (&town.world, town.world.now());
    let mut tx = world.app.db.begin().await.expect("begun");
    let new =
        NewPerson { name: "吴磊", phone: Some("13900000004"), membership: "none", ..NewPerson::default() };
    let id = org::add_person(&mut tx, &world.app.keys, town.id, &new, now).await.expect("added");
    let over = [town.units["石桥村党总支"]];
    org::add_post(&mut tx, town.id, id, Role::VillageContact, &over, world.today(), now)
        .await
        .expect("added");
    tx.commit().await.expect("committed");
    town.logs_in(id, "吴磊").await
}

#[tokio::test]
async fn each_has_somebody_of_their_own_to_call() {
    let (_, town, office, cadre) = village().await;
    let (contact, secretary) = (town.village_contact().await, town.secretary().await);
    let named = |name: &str, label: &str| (name.to_owned(), label.to_owned());
    assert_eq!(helpers(&cadre).await, [named("吴磊", "定村干部")]);
    let away = town.away().await;
    let of_away = [named("王秀英", "挂钩联系的支部委员"), named("李卫国", "党支部书记")];
    assert_eq!(helpers(&away).await, of_away);
    assert_eq!(helpers(&town.neighbour().await).await, []);
    assert_eq!(helpers(&contact).await, [], "nobody is their own helper");
    assert_eq!(helpers(&office).await, []);
    calls(&cadre, &secretary).await.refuses(404, "access.not_found");
    calls(&town.neighbour().await, &contact).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn the_number_is_shown_to_who_may_call_and_the_reading_is_logged() {
    let (world, town, _, cadre) = village().await;
    let contact = with_phone(&town).await;
    calls(&cadre, &contact).await.is(200).field("/phone", "13900000004");
    let facts: Value = sqlx::query_scalar(
        "select facts from audit_entry where action = 'org.phone_revealed' and actor_id = $1 and subject_id = $2",
    )
    .bind(cadre.id.0)
    .bind(contact.id.0)
    .fetch_one(&world.app.db)
    .await
    .expect("logged");
    assert_eq!(facts["reason"], "call to helper");
    let away = town.away().await;
    let linked = town.committee_member().await;
    let answer = calls(&away, &linked).await.is(200);
    assert!(answer["phone"].is_null(), "no number is known: {}", answer.body);
    calls(&away, &contact).await.refuses(404, "access.not_found");
}
