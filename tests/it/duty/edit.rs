//! A rule changed by the office: open duties follow, closed and done ones stay, nobody owes the same period twice.

use serde_json::{Value, json};

use crate::flow::{branch, duties, is_owed, owed, standing, statement};
use crate::world::{Answer, Person, Town};

const TIDY: &str = "整理本月会议记录";

/// The form of a rule as it stands, for a change of some fields.
async fn form(office: &Person, code: &str, change: Value) -> Value {
    let rule = office.get(&format!("/api/v1/plan/rules/{code}")).await.is(200);
    let mut form = json!({ "base_version": rule["version"] });
    for field in [
        "title",
        "cadence",
        "first_on",
        "audience",
        "applies",
        "photos_required",
        "counts",
        "grace_days",
        "ladder",
        "reviewer",
        "minutes",
        "off",
    ] {
        form[field] = rule[field].clone();
    }
    for (field, value) in change.as_object().expect("fields") {
        form[field] = value.clone();
    }
    form
}

async fn preview(office: &Person, code: &str, change: Value) -> Answer {
    let form = form(office, code, change).await;
    office.post(&format!("/api/v1/plan/rules/{code}/preview"), form).await
}

/// Changes some fields of a rule.
pub async fn change(office: &Person, code: &str, change: Value) -> Answer {
    let form = form(office, code, change).await;
    office.post(&format!("/api/v1/plan/rules/{code}"), form).await
}

/// How many duties of a rule a unit has, by last day.
async fn lasts(office: &Person, town: &Town, unit: &str, title: &str) -> Vec<String> {
    let all = duties(office, &town.unit(unit)).await;
    let of = |duty: &&Value| duty["title"] == title;
    all.iter().filter(of).map(|duty| duty["last"].as_str().unwrap_or("-").to_owned()).collect()
}

async fn generated(town: &Town) -> u64 {
    let mut tx = town.world.app.db.begin().await.expect("begun");
    let changed = tuhe::duty::generate(&mut tx, town.id, town.world.now()).await.expect("generated");
    tx.commit().await.expect("committed");
    changed
}

/// On 10 November: October missed by all, November done by 石桥支部.
async fn november() -> (Town, Person, Person) {
    let (world, town, office, secretary) = branch().await;
    world.move_to("2021-11-10");
    world.housekeeping().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, TIDY, "2021-11-30").await;
    let sent = statement(&unit, "2021-11-09", &[&duty]);
    secretary.post("/api/v1/statements", sent).await.is(200).field("/duties/0/verdict", "on_time");
    (town, office, secretary)
}

#[tokio::test]
async fn what_is_open_moves_along_as_the_same_duty_and_what_is_closed_or_done_stays() {
    let (town, office, _) = november().await;
    let open = owed(&office, &town.unit("柳荫支部"), TIDY, "2021-11-30").await;
    let missed = owed(&office, &town.unit("柳荫支部"), TIDY, "2021-10-31").await;
    let done = owed(&office, &town.unit("石桥支部"), TIDY, "2021-11-30").await;
    let changed = change(&office, "3.3.1-2", json!({ "title": "理一理会议记录", "grace_days": 5 })).await;
    changed.is(200).field("/version", 2);
    standing(&office, &open).await.field("/title", "理一理会议记录").field("/status", "open");
    standing(&office, &missed).await.field("/title", TIDY).field("/status", "overdue");
    standing(&office, &done).await.field("/title", TIDY).field("/status", "met");
    assert!(lasts(&office, &town, "石桥支部", "理一理会议记录").await.is_empty(), "not again what is done");
    assert_eq!(generated(&town).await, 0, "and nothing follows afterwards");
    // A draft on a phone names the duty it was written for: it still counts.
    let secretary = town.person("柳书记", tuhe::org::Role::BranchSecretary, &["柳荫支部"]).await;
    let sent = statement(&town.unit("柳荫支部"), "2021-11-10", &[&open]);
    secretary.post("/api/v1/statements", sent).await.is(200).field("/duties/0/extra", false);
    standing(&office, &open).await.field("/status", "met");
    let next = office.get("/api/v1/plan/rules/3.3.1-2").await.is(200).field("/version", 2);
    let next = next.field("/versions/0/made_by", "陈静").field("/versions/0/effective_on", "2021-11-10");
    next.field("/versions/1/title", TIDY);
}

#[tokio::test]
async fn another_period_asks_for_no_time_twice() {
    let (town, office, _) = november().await;
    let quarter = json!({ "cadence": { "kind": "per_period", "period": "quarter", "times": 1 } });
    let told = preview(&office, "3.3.1-2", quarter.clone()).await.is(200);
    assert_eq!(told["windows"][0]["key"], "2021Q4");
    assert_eq!(told["windows"][0]["duties"], 2, "石桥支部 has done its part of the quarter: {}", told.body);
    assert!(
        lasts(&office, &town, "柳荫支部", TIDY).await.contains(&"2021-11-30".to_owned()),
        "a look changes nothing"
    );
    change(&office, "3.3.1-2", quarter).await.is(200);
    assert_eq!(lasts(&office, &town, "石桥支部", TIDY).await, ["2021-10-31", "2021-11-30"]);
    assert_eq!(lasts(&office, &town, "柳荫支部", TIDY).await, ["2021-10-31", "2021-12-31"]);
    let quarter = owed(&office, &town.unit("柳荫支部"), TIDY, "2021-12-31").await;
    standing(&office, &quarter).await.field("/first", "2021-11-01");
    assert_eq!(generated(&town).await, 0);
    town.world.move_to("2022-01-05");
    town.world.housekeeping().await;
    for unit in ["石桥支部", "柳荫支部"] {
        assert!(is_owed(&office, &town.unit(unit), TIDY, "2022-03-31").await, "{unit}");
    }
    assert_eq!(lasts(&office, &town, "石桥支部", TIDY).await, ["2021-10-31", "2021-11-30", "2022-03-31"]);
}

#[tokio::test]
async fn switched_off_nobody_owes_it_and_switched_on_again_it_is_the_same_duty() {
    let (town, office, _) = november().await;
    let open = owed(&office, &town.unit("柳荫支部"), TIDY, "2021-11-30").await;
    let told = preview(&office, "3.3.1-2", json!({ "off": true })).await.is(200).field("/duties_after", 0);
    assert_eq!(told["loses"].as_array().map(Vec::len), Some(3), "{}", told.body);
    change(&office, "3.3.1-2", json!({ "off": true })).await.is(200);
    assert_eq!(
        lasts(&office, &town, "柳荫支部", TIDY).await,
        ["2021-10-31"],
        "what was missed is not undone"
    );
    town.world.move_to("2021-11-20");
    town.world.housekeeping().await;
    assert_eq!(lasts(&office, &town, "柳荫支部", TIDY).await, ["2021-10-31"]);
    change(&office, "3.3.1-2", json!({ "off": false })).await.is(200).field("/version", 3);
    assert_eq!(owed(&office, &town.unit("柳荫支部"), TIDY, "2021-11-30").await, open);
    // December is near enough by now to be there as well.
    let lasts = lasts(&office, &town, "石桥支部", TIDY).await;
    assert_eq!(lasts, ["2021-10-31", "2021-11-30", "2021-12-31"], "done is done");
}

#[tokio::test]
async fn a_count_where_the_notice_gives_none_is_an_edit_and_the_preview_says_what_comes() {
    let (_, town, office, _) = branch().await;
    let talks = "开展谈心谈话";
    assert!(lasts(&office, &town, "石桥支部", talks).await.is_empty());
    let count = json!({ "cadence": { "kind": "per_period", "period": "quarter", "times": 1 }, "minutes": 6 });
    let told = preview(&office, "7.4.1", count.clone()).await.is(200).field("/duties_before", 0);
    let told = told.field("/windows/0/last", "2021-12-31").field("/windows/0/duties", 3);
    assert_eq!(told["gains"].as_array().map(Vec::len), Some(3));
    let branch = told["burden"].as_array().expect("lines").iter().find(|line| line["of"] == "branch");
    let minutes = |field: &str| branch.expect("branches")[field].as_f64().expect("a number");
    assert!(
        (minutes("after") - minutes("before") - 2.0).abs() < 0.11,
        "six a quarter are two a month: {branch:?}"
    );
    change(&office, "7.4.1", count).await.is(200);
    assert_eq!(lasts(&office, &town, "石桥支部", talks).await, ["2021-12-31"]);
    let same = change(&office, "7.4.1", json!({})).await;
    same.refuses(422, "plan.rule_unchanged");
}

#[tokio::test]
async fn of_two_who_change_it_at_once_one_is_told_to_look_again() {
    let (_, town, office, _) = branch().await;
    let colleague = town.person("林青", tuhe::org::Role::PartyOffice, &["图河镇"]).await;
    let mine = form(&office, "3.1.1", json!({ "minutes": 9 })).await;
    let theirs = form(&colleague, "3.1.1", json!({ "grace_days": 5 })).await;
    let path = "/api/v1/plan/rules/3.1.1";
    let (mine, theirs) = tokio::join!(office.post(path, mine), colleague.post(path, theirs));
    let mut answers = [mine, theirs];
    answers.sort_by_key(|answer| answer.status);
    let [done, late] = answers;
    done.is(200).field("/version", 2);
    late.refuses(409, "plan.rule_changed").field("/details/version", 2);
    assert_eq!(generated(&town).await, 0);
    assert_eq!(lasts(&office, &town, "石桥支部", "召开党员大会").await, ["2021-12-31"]);
}

#[tokio::test]
async fn a_secretary_may_look_at_a_rule_and_the_next_town_has_its_own() {
    let (world, town, office, secretary) = branch().await;
    let path = "/api/v1/plan/rules/3.1.1";
    secretary.get(path).await.is(200).field("/often", "每季度1次");
    let changed = form(&office, "3.1.1", json!({ "minutes": 9 })).await;
    secretary.post(path, changed.clone()).await.refuses(403, "access.forbidden");
    secretary.post(&format!("{path}/preview"), changed.clone()).await.refuses(403, "access.forbidden");
    let other = Town::empty(&world, "other").await;
    let stranger = other.office().await;
    stranger.post(path, changed.clone()).await.refuses(404, "access.not_found");
    stranger.post(&format!("{path}/preview"), changed.clone()).await.refuses(404, "access.not_found");
    other.load_plan(world.today()).await;
    stranger.post(path, changed).await.is(200);
    office.get(path).await.is(200).field("/version", 1);
    assert_eq!(generated(&town).await, 0);
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_changes_nothing() {
    let (_, town, office, _) = branch().await;
    for (code, wrong, says) in [
        ("3.1.1", json!({ "audience": "each_village" }), "plan.rule_invalid"),
        (
            "3.1.1",
            json!({ "cadence": { "kind": "per_period", "period": "quarter", "times": 0 } }),
            "plan.rule_invalid",
        ),
        ("3.1.1", json!({ "cadence": { "kind": "weekly" } }), "plan.rule_invalid"),
        ("3.1.1", json!({ "photos_required": 10 }), "plan.rule_invalid"),
        ("3.1.1", json!({ "first_on": "0201-01-01" }), "plan.rule_invalid"),
        ("2.3.1", json!({ "minutes": 2 }), "plan.date_first"),
    ] {
        preview(&office, code, wrong.clone()).await.refuses(422, says);
        change(&office, code, wrong).await.refuses(422, says);
    }
    assert_eq!(generated(&town).await, 0);
    office.get("/api/v1/plan/rules/9.9.9").await.refuses(404, "access.not_found");
}
