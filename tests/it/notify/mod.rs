//! Who is reminded of what, when, how often, and what becomes of each message.

mod books;
mod day;
mod evidence;
mod grants;
mod ladder;
mod late;
mod month;
mod once;
mod outcomes;
mod push;
mod quiet;
mod quota;
mod resend;
pub mod schedules;
mod secure;
mod share;
mod unknown;
mod withdrawn;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tuhe::notify::{NewNotice, Weight};
use tuhe::org::Role;
use uuid::Uuid;
use wechat_stand_in::{Fault, FaultRule};

use crate::world::{Person, Town, World, common, jpeg, meeting};

/// Owes somebody a reminder that is good for a week, beside what the ladder makes; gives the page it leads to.
pub async fn owe(person: &Person, weight: Weight) -> String {
    let (now, subject) = (person.world.now(), Uuid::now_v7());
    let page = format!("pages/duty/index?id={subject}");
    let notice = NewNotice {
        town: person.town,
        person: person.id,
        subject_kind: "duty",
        subject,
        rung: "t0",
        weight,
        page: &page,
        title: "请办理“测试事项”",
        due_on: Some(person.world.today()),
        not_after: now + TimeDelta::days(7),
    };
    let mut tx = person.world.app.db.begin().await.expect("begun");
    assert!(tuhe::notify::queue(&mut tx, &notice, now).await.expect("queued"));
    tx.commit().await.expect("committed");
    page
}

/// Somebody of an empty town who allowed `n` messages.
pub async fn reader(world: &Arc<World>, n: usize) -> Person {
    let town = Town::empty(world, "tuhe").await;
    let person = town.cadre().await;
    world.allow(&person, n).await;
    person
}

/// Several of them, who allowed one message each.
pub async fn readers(world: &Arc<World>, n: usize) -> Vec<Person> {
    let town = Town::empty(world, "tuhe").await;
    let mut people = Vec::new();
    for number in 1..=n {
        let person = town.person(&format!("村民{number}"), Role::VillageCadre, &["石桥村"]).await;
        world.allow(&person, 1).await;
        people.push(person);
    }
    people
}

/// The inbox in the app, the newest first.
pub async fn notices(person: &Person) -> Vec<Value> {
    person.get("/api/v1/notices?all=true").await.is(200)["notices"].as_array().expect("a list").clone()
}

/// The state of the only notice, as people read it.
#[track_caller]
pub fn only(notices: &[Value]) -> &str {
    assert_eq!(notices.len(), 1, "{notices:?}");
    notices[0]["state"].as_str().expect("a state")
}

/// The days on which reminders whose title has `part` in it came to be, oldest first, with their titles.
pub async fn recalled(person: &Person, part: &str) -> Vec<(String, String)> {
    let field = |notice: &Value, key: &str| notice[key].as_str().expect("text").to_owned();
    let mut found: Vec<(String, String)> = notices(person)
        .await
        .iter()
        .map(|notice| (field(notice, "created_at")[..10].to_owned(), field(notice, "title")))
        .filter(|(_, title)| title.contains(part))
        .collect();
    found.sort();
    found
}

/// Messages that may still be sent to this person, as the app tells.
pub async fn left(person: &Person) -> i64 {
    person.get("/api/v1/grants").await.is(200)["left"].as_i64().expect("a number")
}

/// How many messages stand in each state.
pub async fn states(world: &World) -> BTreeMap<String, i64> {
    let rows = sqlx::query_as(
        "select case when marked_by is null then state else 'sending' end as s, count(*) from message group by s",
    );
    rows.fetch_all(&world.app.db).await.expect("counted").into_iter().collect()
}

/// Requests to send, whatever became of them.
pub fn calls(world: &World) -> usize {
    world.wx.journal_of("/message/subscribe/send", 0).len()
}

/// The next `times` sends end in this business error and nothing else.
pub fn refuse_sends(world: &World, errcode: i64, times: u64) {
    let fault = Fault::Errcode { errcode, errmsg: None };
    world.wx.fault(FaultRule::on("/cgi-bin/message/subscribe/send", fault).times(times));
}

/// Enters a meeting of these types for the duties; gives the record's and its version's id.
pub async fn meets(person: &Person, unit: &str, duties: &[&str], types: &[&str]) -> (String, String) {
    let photo = person.uploads(&jpeg()).await;
    let day = person.world.today().to_string();
    let record = common(unit, &day, duties, &[("meeting", &photo)]);
    let receipt = person.post("/api/v1/meetings", meeting(record, types)).await;
    let receipt = receipt.is(200).field("/state", "submitted");
    (receipt.text("/record_id"), receipt.text("/current_version"))
}

/// The office returns a record.
pub async fn gives_back(office: &Person, (record, version): &(String, String), due_on: &str) {
    let form = json!({ "version": version, "reason": "请补充会议内容", "due_on": due_on });
    office.post(&format!("/api/v1/records/{record}/return"), form).await.is(200);
}
