//! Every operation that changes something leaves an entry, and no entry tells what is nobody else's business.

use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::Row as _;
use tuhe::access::roles;
use tuhe::ids::TownId;
use tuhe::org::{self, NewPerson, Role};

use crate::access::cast::{Cast, Place};
use crate::access::scene::{COMPLAINT, DAY, MINUTES, Scene};
use crate::access::spec::{Ask, Operation, operations};
use crate::access::table::{ENDS_THE_SESSION, NEEDS_A_DESK, OWN_ONLY, PUBLIC, ROWS, Who};
use crate::console::Desk;
use crate::world::{Town, World};

const PHONE: &str = "13800001234";

/// How many entries a town has.
async fn entries(world: &World, town: TownId) -> i64 {
    let row = sqlx::query("select count(*) from audit_entry where town_id = $1").bind(town.0);
    row.fetch_one(&world.app.db).await.expect("a count").get(0)
}

/// Runs every operation that changes something once, each by the first role listed; gives the ids of those that left
/// no entry.
async fn silent_operations(world: &Arc<World>, scene: &Scene) -> Vec<&'static str> {
    let mut cast = Cast::new(&scene.town);
    // Not yet in a town that has a plan.
    let fresh = Town::empty(world, "newtown").await;
    let mut silent = Vec::new();
    for row in ROWS {
        let operation = Operation::of(row);
        if operation.is_reading() {
            continue;
        }
        let role = match row.who {
            Who::Listed(action, _) => roles(action)[0],
            Who::Oneself => Role::PartyOffice,
            Who::Tied => Role::MobileMember,
        };
        let (person, town) = if row.id == "load_plan" {
            (fresh.office().await, fresh.id)
        } else if row.id == OWN_ONLY {
            (scene.proposer.clone(), scene.town.id)
        } else if ENDS_THE_SESSION.contains(&row.id) {
            (cast.once(Role::VillagerDelegate, Place::Home).await, scene.town.id)
        } else {
            (cast.get(role, Place::Home).await, scene.town.id)
        };
        let before = entries(world, town).await;
        let ask = if row.id == NEEDS_A_DESK {
            Ask::plain().json(json!({ "code": Desk::new(world).code().await }))
        } else {
            (row.ask)(scene)
        };
        operation.by(&person, &ask).await.is(200);
        if entries(world, town).await == before {
            silent.push(row.id);
        }
    }
    silent
}

/// Binding by a code, and then logging in.
async fn silent_public_operations(world: &World, scene: &Scene) -> Vec<&'static str> {
    let office = scene.town.office().await;
    let path = format!("/api/v1/people/{}/bind-code", scene.town.away_member);
    let code = office.post(&path, Value::Null).await.is(200).text("/code");
    world.wx.add_user("openid-new-phone");
    let mut silent = Vec::new();
    for id in ["bind", "login"] {
        let mut body = json!({ "code": world.wx.login_code("openid-new-phone"), "device": "华为畅享" });
        if id == "bind" {
            body["bind_code"] = json!(code);
        }
        let before = entries(world, scene.town.id).await;
        operations()[id].ask(world, None, &Ask::plain().json(body)).await.is(200);
        if entries(world, scene.town.id).await == before {
            silent.push(id);
        }
    }
    silent
}

#[tokio::test]
async fn every_operation_that_changes_something_leaves_an_entry_without_personal_values() {
    let world = World::on(DAY).await;
    let scene = Scene::new(&world).await;
    let mut silent = silent_operations(&world, &scene).await;
    // Asked by POST, because a choice of duties or a workbook is too long for an address; a look changes nothing. What
    // loading a table or carrying a year leaves, their own tests see.
    silent.retain(|id| !["preview_batch", "load_plan_table", "carry_plan"].contains(id));
    assert!(
        silent.is_empty(),
        "{silent:?} changed something and left no entry: call audit::record beside the deed"
    );
    assert_eq!(PUBLIC, ["login", "bind", "about"], "a public operation needs a case of its own here");
    let silent = silent_public_operations(&world, &scene).await;
    assert!(silent.is_empty(), "{silent:?} left no entry");
    reveal_a_phone(&world, &scene).await;
    holds_no_personal_value(&world, &scene).await;
}

/// A phone number is shown to the office, with a reason.
async fn reveal_a_phone(world: &World, scene: &Scene) {
    let branch = scene.town.units["石桥支部"];
    let mut tx = world.app.db.begin().await.expect("begun");
    let new = NewPerson {
        name: "钱七",
        phone: Some(PHONE),
        membership: "full",
        branch: Some(branch),
        ..NewPerson::default()
    };
    let id =
        org::add_person(&mut tx, &world.app.keys, scene.town.id, &new, world.now()).await.expect("added");
    tx.commit().await.expect("committed");
    let reason = json!({ "reason": "核对联系方式" });
    let office = scene.town.office().await;
    office.post(&format!("/api/v1/people/{id}/phone"), reason).await.is(200).field("/phone", PHONE);
}

async fn holds_no_personal_value(world: &World, scene: &Scene) {
    let rows = sqlx::query("select name from person where town_id = $1").bind(scene.town.id.0);
    let rows = rows.fetch_all(&world.app.db).await.expect("people");
    let mut values: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(["李小禾", "孙远", "钱七"].iter().all(|name| values.iter().any(|value| value == name)));
    let said = [
        "某某工作站",
        "苏州",
        "工作顺利",
        "参加线上学习",
        "家里都好",
        "照片看不清",
        "本月防汛",
        "openid-new-phone",
    ];
    values.extend([MINUTES, COMPLAINT, PHONE, "华为畅享"].into_iter().chain(said).map(str::to_owned));
    let rows = sqlx::query("select action, facts::text from audit_entry").fetch_all(&world.app.db).await;
    for row in rows.expect("entries") {
        let (action, facts): (String, String) = (row.get(0), row.get(1));
        for value in &values {
            assert!(!facts.contains(value.as_str()), "{action} keeps “{value}”: {facts}");
        }
    }
}
