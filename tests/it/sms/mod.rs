//! 短信: who is told by text of what, when, how often, and what becomes of each.

mod gateway;
mod kill;
mod many;
mod outcomes;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tuhe::ids::PersonId;
use tuhe::org::{self, NewPerson, Role};
use tuhe::platform::clock;

use self::gateway::Gateway;
use crate::flow::{held, owed, standing};
use crate::world::{Ground, Town, World};

const PHONE: &str = "13900000007";
const STUDY: &str = "固定学习日";

/// 石桥支部, whose secretary has a number and no WeChat.
struct Scene {
    world: Arc<World>,
    town: Town,
    gateway: Gateway,
    secretary: PersonId,
}

impl Scene {
    async fn at(minute: &str) -> Self {
        let gateway = Gateway::start().await;
        let ground = Ground {
            settings: gateway.settings(),
            sms_timeout: Some(Duration::from_millis(400)),
            ..Ground::default()
        };
        let world = World::upon(minute, ground).await;
        gateway.goes_by(&world.app.clock);
        let town = Town::with_plan(&world).await;
        let secretary = secretary(&town, "李卫国", Some(PHONE), "石桥支部").await;
        Self { world, town, gateway, secretary }
    }

    /// A day's work at a minute: duties, reminders, WeChat, and then what is left for texts.
    async fn lives(&self, minute: &str) {
        self.world.move_to(minute);
        self.world.settle().await;
        tuhe::sms::pass(&self.world.app).await.expect("a pass");
    }

    /// The same, with a gateway that knows our key again ten minutes later.
    async fn is_held_up_at(&self, minute: &str) {
        self.gateway.knows_another_secret(Some("not the one we sign with"));
        self.lives(minute).await;
        self.gateway.knows_another_secret(None);
    }

    async fn states(&self) -> BTreeMap<String, i64> {
        states(&self.world).await
    }
}

async fn states(world: &World) -> BTreeMap<String, i64> {
    let rows = sqlx::query_as("select state, count(*) from sms group by state");
    rows.fetch_all(&world.app.db).await.expect("counted").into_iter().collect()
}

fn only(state: &str) -> BTreeMap<String, i64> {
    BTreeMap::from([(state.to_owned(), 1)])
}

/// A secretary who is on the roster and has never opened the app.
async fn secretary(town: &Town, name: &str, phone: Option<&str>, branch: &str) -> PersonId {
    let now = town.world.now();
    let mut tx = town.world.app.db.begin().await.expect("begun");
    let new = NewPerson { name, phone, membership: "none", ..NewPerson::default() };
    let id = org::add_person(&mut tx, &town.world.app.keys, town.id, &new, now).await.expect("added");
    let over = [town.units[branch]];
    let since = clock::today(now);
    org::add_post(&mut tx, town.id, id, Role::BranchSecretary, &over, since, now).await.expect("added");
    tx.commit().await.expect("committed");
    id
}

#[tokio::test]
async fn who_has_no_wechat_is_told_by_text_on_the_last_day_and_when_it_is_past() {
    let scene = Scene::at("2021-10-08 09:00").await;
    scene.lives("2021-10-09 09:00").await;
    assert!(scene.gateway.texts().is_empty(), "the day before is not worth a text");
    scene.lives("2021-10-10 09:00").await;
    scene.lives("2021-10-10 15:00").await;
    let texts = scene.gateway.texts();
    assert_eq!(texts.len(), 1, "one a day: {texts:?}");
    assert_eq!(texts[0].to, PHONE);
    assert!(texts[0].text.contains("1项工作今天到期"), "{texts:?}");
    for private in ["李卫国", "石桥", "学习", "http", "13900000007"] {
        assert!(!texts[0].text.contains(private), "{texts:?}");
    }
    scene.lives("2021-10-14 09:00").await;
    let texts = scene.gateway.texts();
    assert!(texts.len() == 2 && texts[1].text.contains("1项工作已过期限,仍可补录"), "{texts:?}");
    // The duty tells it, and opening the number stands on the log, which does not hold it.
    let office = scene.town.office().await;
    let duty = owed(&office, &scene.town.unit("石桥支部"), STUDY, "2021-10-10").await;
    let view = office.get(&format!("/api/v1/duties/{duty}/explain")).await.is(200);
    let told = view["told"].as_array().expect("a list");
    assert_eq!(told.iter().filter(|one| one["through"] == "短信").count(), 2, "{told:?}");
    let logged: Vec<(String,)> = sqlx::query_as(
        "select facts::text from audit_entry where action = 'sms.sending' and subject_id = $1 and actor_id is null",
    )
    .bind(scene.secretary.0)
    .fetch_all(&scene.world.app.db)
    .await
    .expect("read");
    assert!(logged.len() == 2 && logged.iter().all(|(facts,)| !facts.contains(PHONE)), "{logged:?}");
}

#[tokio::test]
async fn nobody_is_texted_whom_wechat_reaches_or_who_has_no_number() {
    let scene = Scene::at("2021-10-08 09:00").await;
    let bound = scene.town.logs_in(scene.secretary, "李卫国").await;
    scene.world.allow(&bound, 3).await;
    secretary(&scene.town, "何书记", None, "柳荫支部").await;
    scene.lives("2021-10-10 09:00").await;
    assert!(scene.gateway.texts().is_empty(), "{:?}", scene.gateway.texts());
    assert_eq!(bound.messages().len(), 1);
}

#[tokio::test]
async fn who_has_no_consent_left_is_texted_and_who_has_read_it_is_not() {
    let scene = Scene::at("2021-10-08 09:00").await;
    let bound = scene.town.logs_in(scene.secretary, "李卫国").await;
    scene.lives("2021-10-10 09:00").await;
    assert_eq!((scene.gateway.texts().len(), bound.messages().len()), (1, 0));
    // Held up at the gateway, and read in the app meanwhile.
    scene.is_held_up_at("2021-10-14 09:00").await;
    let inbox = bound.get("/api/v1/notices").await.is(200);
    let ids: Vec<_> =
        inbox["notices"].as_array().expect("a list").iter().map(|one| one["id"].clone()).collect();
    bound.post("/api/v1/notices/read", json!({ "ids": ids })).await.is(200);
    scene.lives("2021-10-14 09:11").await;
    assert_eq!(scene.gateway.texts().len(), 1, "{:?}", scene.gateway.texts());
    assert_eq!(scene.states().await.get("cancelled"), Some(&1));
}

#[tokio::test]
async fn what_is_done_before_it_is_sent_is_not_told() {
    let scene = Scene::at("2021-10-08 09:00").await;
    let office = scene.town.office().await;
    scene.is_held_up_at("2021-10-14 09:00").await;
    assert_eq!(scene.states().await, only("queued"));
    let unit = scene.town.unit("石桥支部");
    let duty = owed(&office, &unit, STUDY, "2021-10-10").await;
    let mut sent = held(&office, &unit, "2021-10-10", &["study_day"], &[&duty]).await;
    sent["record"]["entered_for"] = json!(scene.secretary);
    sent["record"]["entry_channel"] = json!("call");
    office.post("/api/v1/meetings", sent).await.is(200);
    standing(&office, &duty).await.field("/status", "met");
    scene.lives("2021-10-14 09:11").await;
    assert!(scene.gateway.texts().is_empty(), "{:?}", scene.gateway.texts());
    assert_eq!(scene.states().await, only("cancelled"));
}

#[tokio::test]
async fn at_night_nothing_is_sent_and_what_is_left_of_the_evening_goes_in_the_morning() {
    let scene = Scene::at("2021-10-08 09:00").await;
    // What is past at midnight is not told at midnight.
    scene.lives("2021-10-14 00:30").await;
    assert!(scene.gateway.texts().is_empty() && scene.states().await.is_empty());
    scene.is_held_up_at("2021-10-14 20:55").await;
    for night in ["2021-10-14 21:06", "2021-10-14 23:59", "2021-10-15 07:29"] {
        scene.lives(night).await;
        assert!(scene.gateway.texts().is_empty(), "{night}");
        assert_eq!(scene.states().await, only("queued"), "{night}");
    }
    scene.lives("2021-10-15 07:30").await;
    assert_eq!((scene.gateway.texts().len(), scene.states().await), (1, only("sent")));
}

#[tokio::test]
async fn two_processes_at_once_send_each_text_once() {
    let scene = Scene::at("2021-10-08 09:00").await;
    secretary(&scene.town, "何书记", Some("13900000008"), "柳荫支部").await;
    scene.world.move_to("2021-10-10 09:00");
    scene.world.settle().await;
    let app = &scene.world.app;
    let (one, two, three) = tokio::join!(tuhe::sms::pass(app), tuhe::sms::pass(app), tuhe::sms::pass(app));
    for done in [one, two, three] {
        done.expect("a pass");
    }
    let mut to: Vec<String> = scene.gateway.texts().into_iter().map(|text| text.to).collect();
    to.sort();
    assert_eq!(to, [PHONE, "13900000008"]);
}

#[tokio::test]
async fn without_a_gateway_there_are_no_texts() {
    let world = World::on("2021-10-08").await;
    let town = Town::with_plan(&world).await;
    secretary(&town, "李卫国", Some(PHONE), "石桥支部").await;
    world.move_to("2021-10-10");
    world.settle().await;
    assert_eq!(tuhe::sms::pass(&world.app).await.expect("a pass"), 0);
    assert!(states(&world).await.is_empty());
}
