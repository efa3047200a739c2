//! 延期: a later last day, by which the duty is judged and recalled.

use serde_json::{Value, json};

use super::edit::change;
use crate::flow::{branch, held, inbox, owed, standing};
use crate::world::{Answer, Person};

pub async fn postpone(by: &Person, duty: &str, last: &str) -> Answer {
    let form = json!({ "kind": "postponed", "reason": "全村抗洪,学习推迟", "last": last });
    by.post(&format!("/api/v1/duties/{duty}/excuse"), form).await
}

pub async fn decide(by: &Person, duty: &str, approve: bool) -> Answer {
    by.post(&format!("/api/v1/duties/{duty}/excuse/decide"), json!({ "approve": approve })).await
}

pub async fn undo(by: &Person, duty: &str) -> Answer {
    by.post(&format!("/api/v1/duties/{duty}/excuse/undo"), json!({ "reason": "汛情过去了,照常办理" })).await
}

pub async fn titles(person: &Person) -> Vec<String> {
    inbox(person).await.iter().map(|one| one["title"].as_str().expect("a title").to_owned()).collect()
}

#[tokio::test]
async fn a_postponed_duty_has_the_new_day_and_is_judged_by_it() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    postpone(&secretary, &duty, "2021-10-25").await.is(200);
    standing(&office, &duty).await.field("/last", "2021-10-10").field("/excuse_pending", true);
    decide(&secretary, &duty, true).await.refuses(403, "access.forbidden");
    decide(&office, &duty, true).await.is(200);
    standing(&office, &duty).await.field("/last", "2021-10-25").field("/status", "upcoming");
    assert!(titles(&secretary).await.contains(&"“固定学习日”延期到2021年10月25日".to_owned()));
    // After the old day with its grace, before the new one: nobody is late. The next study day has opened meanwhile.
    world.move_to("2021-10-22");
    world.housekeeping().await;
    standing(&office, &duty).await.field("/status", "open");
    let sent = held(&secretary, &unit, "2021-10-22", &["study_day"], &[&duty]).await;
    let receipt = secretary.post("/api/v1/meetings", sent).await.is(200);
    receipt.field("/duties/0/duty_id", duty.as_str()).field("/duties/0/verdict", "on_time");
    standing(&office, &duty).await.field("/status", "met").field("/verdict", "on_time");
}

#[tokio::test]
async fn reminders_follow_the_new_day() {
    let (world, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    world.move_to("2021-10-10");
    world.settle().await;
    let due = |all: &[String]| {
        all.iter().filter(|title| title.contains("固定学习日") && title.contains("截止")).count()
    };
    assert_eq!(due(&titles(&secretary).await), 1, "the rung of the day");
    postpone(&secretary, &duty, "2021-10-16").await.is(200);
    decide(&office, &duty, true).await.is(200);
    world.settle().await;
    assert_eq!(due(&titles(&secretary).await), 0, "taken back");
    world.move_to("2021-10-14");
    world.settle().await;
    assert_eq!(due(&titles(&secretary).await), 0, "not overdue, not near");
    world.move_to("2021-10-16");
    world.settle().await;
    world.settle().await;
    let all = titles(&secretary).await;
    assert!(all.contains(&"“固定学习日”2021年10月16日截止".to_owned()) && due(&all) == 1, "{all:?}");
}

#[tokio::test]
async fn a_duty_is_never_brought_forward_and_never_put_off_when_its_record_is_in() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    for (last, code) in [
        ("2021-10-09", "duty.postpone_earlier"),
        ("2021-10-10", "duty.postpone_earlier"),
        ("2023-10-10", "duty.postpone_far"),
    ] {
        postpone(&secretary, &duty, last).await.refuses(422, code);
    }
    let path = format!("/api/v1/duties/{duty}/excuse");
    let form = |kind: &str| json!({ "kind": kind, "reason": "全村抗洪" });
    secretary.post(&path, form("postponed")).await.refuses(422, "duty.postpone_day");
    secretary.post(&path, form("delegated")).await.refuses(422, "duty.delegate_directly");
    let mut odd = form("excused");
    odd["last"] = json!("2021-10-25");
    secretary.post(&path, odd).await.refuses(422, "duty.only_postponed_to");
    let undated = owed(&office, &town.unit("石桥村"), "到服务大厅集中办公", "").await;
    postpone(&office, &undated, "2021-10-25").await.refuses(422, "duty.no_date");
    // Proposed, and then held all the same.
    let duty = owed(&office, &unit, "召开支委会", "2021-10-31").await;
    postpone(&secretary, &duty, "2021-11-25").await.is(200);
    let sent = held(&secretary, &unit, "2021-10-08", &["committee"], &[&duty]).await;
    secretary.post("/api/v1/meetings", sent).await.is(200);
    let refused = decide(&office, &duty, true).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    let neighbour = town.neighbour().await;
    postpone(&neighbour, &duty, "2021-10-25").await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn a_decision_is_taken_back_until_something_has_happened() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开支委会", "2021-10-31").await;
    undo(&office, &duty).await.refuses(409, "duty.nothing_to_undo");
    postpone(&secretary, &duty, "2021-11-16").await.is(200);
    decide(&office, &duty, true).await.is(200);
    undo(&secretary, &duty).await.refuses(403, "access.forbidden");
    undo(&town.neighbour().await, &duty).await.refuses(404, "access.not_found");
    undo(&office, &duty).await.is(200);
    standing(&office, &duty).await.field("/last", "2021-10-31").field("/status", "open");
    assert!(titles(&secretary).await.contains(&"“召开支委会”的延期已撤销,照常办理".to_owned()));
    undo(&office, &duty).await.refuses(409, "duty.nothing_to_undo");

    // Let off and back again, twice over.
    let form = json!({ "kind": "excused", "reason": "全村抗洪" });
    for _ in 0..2 {
        secretary.post(&format!("/api/v1/duties/{duty}/excuse"), form.clone()).await.is(200);
        decide(&office, &duty, true).await.is(200);
        standing(&office, &duty).await.field("/status", "excused");
        undo(&office, &duty).await.is(200);
        standing(&office, &duty).await.field("/status", "open");
    }
    // Let off, and held all the same: the record is kept, and the decision stands.
    secretary.post(&format!("/api/v1/duties/{duty}/excuse"), form).await.is(200);
    decide(&office, &duty, true).await.is(200);
    world.move_to("2021-10-08 10:00");
    let sent = held(&secretary, &unit, "2021-10-08", &["committee"], &[&duty]).await;
    secretary.post("/api/v1/meetings", sent).await.is(200);
    undo(&office, &duty).await.refuses(409, "duty.changed_since");
    let told = office.get(&format!("/api/v1/duties/{duty}/explain")).await.is(200);
    let all = told["decisions"].as_array().expect("decisions");
    assert_eq!(all.len(), 4, "{all:#?}");
    assert!(all[0]["sentence"].as_str().is_some_and(|words| words.contains("撤销:汛情过去了")), "{all:#?}");
}

#[tokio::test]
async fn two_who_decide_and_two_who_undo_at_once_do_it_once() {
    let (_, town, office, secretary) = branch().await;
    let colleague = town.person("林青", tuhe::org::Role::PartyOffice, &["图河镇"]).await;
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    postpone(&secretary, &duty, "2021-10-16").await.is(200);
    let (one, other) = tokio::join!(decide(&office, &duty, true), decide(&colleague, &duty, true));
    let mut found = [one.status, other.status];
    found.sort_unstable();
    assert_eq!(found, [200, 409], "{} {}", one.body, other.body);
    let (one, other) = tokio::join!(undo(&office, &duty), undo(&colleague, &duty));
    let mut found = [one.status, other.status];
    found.sort_unstable();
    assert_eq!(found, [200, 409], "{} {}", one.body, other.body);
    standing(&office, &duty).await.field("/last", "2021-10-10");
}

#[tokio::test]
async fn the_queue_holds_what_waits_and_what_was_decided() {
    let (_, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    let queue = async |by: &Person, decided: bool| -> Vec<Value> {
        let list = by.get(&format!("/api/v1/excuses?decided={decided}")).await.is(200);
        list["proposals"].as_array().expect("a list").clone()
    };
    assert!(queue(&office, false).await.is_empty());
    postpone(&secretary, &duty, "2021-10-16").await.is(200);
    let open = queue(&office, false).await;
    assert_eq!(open.len(), 1);
    assert_eq!((&open[0]["duty_id"], &open[0]["mine_to_decide"]), (&json!(duty), &json!(true)));
    assert_eq!((&open[0]["proposed_by"], &open[0]["new_last"]), (&json!("李卫国"), &json!("2021-10-16")));
    assert_eq!(queue(&secretary, false).await[0]["mine_to_decide"], false);
    decide(&office, &duty, false).await.is(200);
    assert!(queue(&office, false).await.is_empty());
    let done = queue(&office, true).await;
    assert_eq!((&done[0]["decision"], &done[0]["decided_by"]), (&json!("refused"), &json!("陈静")));
    assert!(titles(&secretary).await.contains(&"“固定学习日”没有同意延期".to_owned()));
    let next = town.person("何为", tuhe::org::Role::VillageSecretary, &["柳荫村党总支"]).await;
    assert!(queue(&next, true).await.is_empty());
}

#[tokio::test]
async fn a_postponement_outlives_a_change_of_its_rule() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    postpone(&secretary, &duty, "2021-10-25").await.is(200);
    decide(&office, &duty, true).await.is(200);
    world.move_to("2021-10-12");
    change(&office, "3.1.4", json!({ "title": "集中学习日" })).await.is(200);
    world.housekeeping().await;
    // Its own window was over when the version came: it stays what it was, and is owed by the new day.
    standing(&office, &duty).await.field("/last", "2021-10-25").field("/status", "open");
    owed(&office, &unit, "集中学习日", "2021-10-20").await;
}

#[tokio::test]
async fn a_postponed_duty_whose_window_is_still_open_moves_to_the_new_version_with_its_day() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开支委会", "2021-10-31").await;
    postpone(&secretary, &duty, "2021-11-12").await.is(200);
    decide(&office, &duty, true).await.is(200);
    change(&office, "3.1.2-1", json!({ "title": "开支委会" })).await.is(200);
    world.housekeeping().await;
    let stands = standing(&office, &duty).await.field("/last", "2021-11-12");
    assert_eq!(stands["title"], "开支委会");
    undo(&office, &duty).await.is(200);
    standing(&office, &duty).await.field("/last", "2021-10-31");
}
