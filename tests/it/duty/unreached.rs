//! 无人认领 and 联系不上, from the first day.

use serde_json::{Value, json};
use tuhe::org::{self, NewPerson, Role};

use crate::flow::{owed, post_of, village};
use crate::world::Person;

async fn unreached(office: &Person, unit: &str, title: &str) -> Vec<Value> {
    let all = office.get("/api/v1/duties/unreached").await.is(200);
    let fits = |duty: &&Value| duty["unit_id"] == unit && duty["title"] == title;
    all.list().iter().filter(fits).cloned().collect()
}

#[tokio::test]
async fn a_duty_nobody_holds_or_whose_holder_has_no_phone_bound_stands_out_from_the_first_day() {
    let (world, town, office, _) = village().await;
    let unit = town.unit("柳荫支部");
    let found = unreached(&office, &unit, "召开党员大会").await;
    assert_eq!((found.len(), &found[0]["why"], &found[0]["holder"]), (1, &json!("无人认领"), &Value::Null));
    let mut tx = world.app.db.begin().await.expect("begun");
    let now = world.now();
    let new = NewPerson { name: "柳树根", membership: "none", ..NewPerson::default() };
    let id = org::add_person(&mut tx, &world.app.keys, town.id, &new, now).await.expect("added");
    let over = [town.units["柳荫支部"]];
    org::add_post(&mut tx, town.id, id, Role::BranchSecretary, &over, world.today(), now)
        .await
        .expect("added");
    tx.commit().await.expect("committed");
    let found = unreached(&office, &unit, "召开党员大会").await;
    assert_eq!((&found[0]["why"], &found[0]["holder"]), (&json!("联系不上"), &json!("柳树根")));
    town.logs_in(id, "柳树根").await;
    assert_eq!(unreached(&office, &unit, "召开党员大会").await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_member_away_and_the_member_linked_count_as_holders() {
    let (_, town, office, _) = village().await;
    let unit = town.unit("石桥支部");
    for (title, holder) in [("向支部汇报半年情况", "孙远"), ("联系流动党员", "王秀英")] {
        let found = unreached(&office, &unit, title).await;
        assert_eq!(
            (found.len(), &found[0]["why"], &found[0]["holder"]),
            (1, &json!("联系不上"), &json!(holder))
        );
    }
    town.away().await;
    assert_eq!(unreached(&office, &unit, "向支部汇报半年情况").await.len(), 0);
}

#[tokio::test]
async fn one_of_two_holders_within_reach_is_enough_and_strangers_do_not_see_the_list() {
    let (_, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    assert_eq!(unreached(&office, &unit, "排查清理外立面标牌").await.len(), 1);
    town.village_secretary().await;
    assert_eq!(unreached(&office, &unit, "排查清理外立面标牌").await.len(), 0);
    cadre.get("/api/v1/duties/unreached").await.refuses(403, "access.forbidden");
    let contact = town.village_contact().await;
    let seen = contact.get("/api/v1/duties/unreached").await.is(200);
    let next = town.unit("柳荫支部");
    assert!(!seen.list().is_empty() && seen.list().iter().all(|duty| duty["unit_id"] != next.as_str()));
}

#[tokio::test]
async fn what_was_delegated_to_the_holder_of_a_post_that_ends_stands_out_where_nobody_else_holds_it() {
    let (world, town, office, _) = village().await;
    let member = town.committee_member().await;
    let unit = town.unit("石桥支部");
    let lecture = owed(&office, &unit, "上党课", "2021-12-31").await;
    office.post(&format!("/api/v1/duties/{lecture}/delegate"), json!({ "to": member.id })).await.is(200);
    assert_eq!(unreached(&office, &unit, "上党课").await, Vec::<Value>::new());
    let end = format!("/api/v1/posts/{}/end", post_of(&member).await);
    office.post(&end, json!({})).await.is(200);
    let found = unreached(&office, &unit, "上党课").await;
    assert_eq!((found.len(), &found[0]["why"], &found[0]["holder"]), (1, &json!("无人认领"), &Value::Null));
    // Whoever becomes its secretary holds it, the next round of generation or none.
    world.housekeeping().await;
    assert_eq!(unreached(&office, &unit, "上党课").await.len(), 1);
    let secretary = town.secretary().await;
    assert_eq!(unreached(&office, &unit, "上党课").await, Vec::<Value>::new());
    assert!(
        secretary.today().await.iter().any(|duty| duty["id"] == lecture.as_str() && duty["mine"] == true)
    );
}
