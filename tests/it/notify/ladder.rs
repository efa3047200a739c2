//! 提醒阶梯: on which days before its end each kind of duty is recalled, and what happens to those without an end.

use super::{gives_back, meets, notices, recalled};
use crate::world::{Town, World};

/// The days of `recalled`, without the titles.
fn days(recalled: &[(String, String)]) -> Vec<&str> {
    recalled.iter().map(|(day, _)| day.as_str()).collect()
}

#[tokio::test]
async fn a_study_day_is_recalled_the_day_before_and_on_it() {
    let world = World::on("2021-10-05").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.settle().await;
    world.live_until("2021-10-13").await;
    let recalled = recalled(&secretary, "固定学习日").await;
    assert_eq!(days(&recalled), ["2021-10-09", "2021-10-10"], "{recalled:?}");
    assert!(recalled.iter().all(|(_, title)| title.contains("10月10日截止")), "{recalled:?}");
}

#[tokio::test]
async fn a_months_duty_is_recalled_a_week_and_a_day_before_its_end() {
    let world = World::on("2021-10-20").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.settle().await;
    world.live_until("2021-11-03").await;
    assert_eq!(days(&recalled(&secretary, "支委会").await), ["2021-10-24", "2021-10-30"]);
}

#[tokio::test]
async fn a_quarters_duty_is_recalled_two_weeks_and_three_days_before_its_end_and_on_it() {
    let world = World::on("2021-12-10").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.settle().await;
    world.live_until("2022-01-03").await;
    let recalled = recalled(&secretary, "召开党员大会").await;
    assert_eq!(days(&recalled), ["2021-12-17", "2021-12-28", "2021-12-31"]);
}

#[tokio::test]
async fn who_wants_few_reminders_is_told_on_the_last_day_and_when_it_is_late() {
    let world = World::on("2021-10-05").await;
    let town = Town::with_plan(&world).await;
    let (secretary, away) = (town.secretary().await, town.away().await);
    let hours = |of: &str| serde_json::json!({ "zone": "Asia/Shanghai", "quiet_from": "21:00", "quiet_until": "07:30", "reminded_of": of });
    secretary.get("/api/v1/me/reminders").await.is(200).field("/reminded_of", "all");
    secretary.put("/api/v1/me/reminders", hours("never")).await.refuses(400, "request.invalid");
    secretary.put("/api/v1/me/reminders", hours("due")).await.is(200).field("/reminded_of", "due");
    // A phone of before knows nothing of it, and leaves it as it is.
    let older = serde_json::json!({ "zone": "Asia/Shanghai", "quiet_from": "22:00", "quiet_until": "07:00" });
    secretary.put("/api/v1/me/reminders", older).await.is(200).field("/reminded_of", "due");
    away.get("/api/v1/me/reminders").await.is(200).field("/reminded_of", "all");
    world.settle().await;
    world.live_until("2021-11-05").await;
    assert_eq!(days(&recalled(&secretary, "“固定学习日”2021年10月10日").await), ["2021-10-10"]);
    // A month's duty has no step on its last day for others; whoever is not told before is told then.
    assert_eq!(days(&recalled(&secretary, "“召开支委会”2021年10月31日截止").await), ["2021-10-31"]);
    assert_eq!(days(&recalled(&secretary, "“召开支委会”已过2021年10月31日").await), ["2021-11-04"]);
    secretary.put("/api/v1/me/reminders", hours("all")).await.is(200).field("/reminded_of", "all");
    world.live_until("2021-11-30").await;
    let again = recalled(&secretary, "“召开支委会”2021年11月30日截止").await;
    assert_eq!(days(&again), ["2021-11-23", "2021-11-29"]);
}

#[tokio::test]
async fn the_inbox_says_each_duty_once_and_reading_that_reads_what_was_said_before() {
    let world = World::on("2021-12-10").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.settle().await;
    world.live_until("2021-12-29").await;
    assert_eq!(days(&recalled(&secretary, "召开党员大会").await), ["2021-12-17", "2021-12-28"]);
    let shown = secretary.get("/api/v1/notices").await.is(200)["notices"].as_array().expect("a list").clone();
    let of_it = |notice: &&serde_json::Value| {
        notice["title"].as_str().is_some_and(|title| title.contains("召开党员大会"))
    };
    let last: Vec<_> = shown.iter().filter(of_it).collect();
    assert_eq!(last.len(), 1, "{shown:?}");
    let ids = serde_json::json!({ "ids": [last[0]["id"]] });
    secretary.post("/api/v1/notices/read", ids).await.is(200).field("/read", 2);
    assert!(notices(&secretary).await.iter().filter(of_it).all(|notice| notice["unread"] == false));
}

#[tokio::test]
async fn rungs_missed_while_the_server_was_away_are_not_made_up_for() {
    let world = World::on("2021-12-01").await;
    let town = Town::with_plan(&world).await;
    let secretary = town.secretary().await;
    world.settle().await;
    world.move_to("2021-12-29");
    world.settle().await;
    assert_eq!(days(&recalled(&secretary, "召开党员大会").await), ["2021-12-29"], "T-3 alone, a day late");
}

#[tokio::test]
async fn what_is_asked_for_at_once_is_asked_weekly_and_is_never_called_overdue() {
    let world = World::on("2021-10-12").await;
    let town = Town::with_plan(&world).await;
    let village = town.village_secretary().await;
    world.settle().await;
    world.live_until("2021-11-03").await;
    let asked = recalled(&village, "到服务大厅集中办公").await;
    assert_eq!(days(&asked), ["2021-10-12", "2021-10-19", "2021-10-26", "2021-11-02"]);
    for (_, title) in &asked {
        assert!(title.starts_with("请尽快办理"), "{title}");
        assert!(!title.contains("逾期") && !title.contains("期限"), "{title}");
    }
    for message in village.messages() {
        assert!(!message.data.values().any(|value| value.contains("逾期")), "{message:?}");
    }
}

#[tokio::test]
async fn a_returned_record_is_told_with_its_deadline_and_recalled_before_it() {
    let world = World::on("2021-10-12").await;
    let town = Town::with_plan(&world).await;
    let (secretary, office) = (town.secretary().await, town.office().await);
    world.allow(&secretary, 5).await;
    let list = secretary.today().await;
    let duty = secretary.owes(&list, "召开支委会")["id"].as_str().expect("an id").to_owned();
    let record = meets(&secretary, &town.unit("石桥支部"), &[&duty], &["committee"]).await;
    gives_back(&office, &record, "2021-10-15").await;
    world.settle().await;
    let told = &secretary.messages()[0];
    assert_eq!(told.data["date2"], "2021年10月15日");
    assert_eq!(told.page.as_deref(), Some(format!("pages/record/index?id={}", record.0).as_str()));
    let titles: Vec<_> = notices(&secretary).await.iter().map(|n| n["title"].clone()).collect();
    assert_eq!(titles.len(), 1, "{titles:?}");
    assert!(titles[0].as_str().is_some_and(|title| title.contains("请在2021年10月15日前补正")), "{titles:?}");
    world.live_until("2021-10-18").await;
    let recalled = recalled(&secretary, "退回的“召开支委会”").await;
    assert_eq!(
        days(&recalled),
        ["2021-10-14", "2021-10-16"],
        "a day before the deadline, and after it: {recalled:?}"
    );
    assert_eq!(secretary.messages()[1].page.as_deref(), Some(format!("pages/duty/index?id={duty}").as_str()));
}

#[tokio::test]
async fn scarce_grants_are_kept_for_the_day_a_duty_is_due() {
    for (allowed, expected) in [(1, ["2021-10-20"].as_slice()), (2, &["2021-10-20", "2021-10-24"])] {
        let world = World::on("2021-10-18").await;
        let town = Town::with_plan(&world).await;
        let secretary = town.secretary().await;
        world.allow(&secretary, allowed).await;
        world.settle().await;
        world.live_until("2021-10-30").await;
        let told: Vec<String> = secretary.messages().iter().map(|m| m.at.date_naive().to_string()).collect();
        assert_eq!(told, expected, "T0 of the study day, then its overdue rung, nothing for T-1 and T-7");
        let reminded = recalled(&secretary, "截止").await;
        let reminded = days(&reminded);
        for spare in ["2021-10-19", "2021-10-24", "2021-10-30"] {
            assert!(reminded.contains(&spare), "in the app all the same: {reminded:?}");
        }
    }
}
