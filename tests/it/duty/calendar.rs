//! 月历和年度计划: what exists and what is planned, each where it belongs.

use serde_json::{Value, json};

use super::edit::change;
use crate::flow::{branch, held, owed};
use crate::world::{Answer, Person};

async fn month(by: &Person, month: &str, unit: &str) -> Answer {
    by.get(&format!("/api/v1/calendar/month?month={month}&unit={unit}")).await
}

/// The things of that title: (day, mark).
fn marks(view: &Answer, title: &str) -> Vec<(String, String)> {
    let days = view["days"].as_array().expect("days").iter();
    let entries = days.flat_map(|day| {
        let date = day["date"].as_str().expect("a date").to_owned();
        day["entries"].as_array().expect("entries").iter().map(move |entry| (date.clone(), entry))
    });
    entries
        .filter(|(_, entry)| entry["title"] == title)
        .flat_map(|(date, entry)| {
            let items = entry["items"].as_array().expect("items").clone();
            items
                .into_iter()
                .map(move |item| (date.clone(), item["mark"].as_str().expect("a mark").to_owned()))
        })
        .collect()
}

fn pair(day: &str, mark: &str) -> (String, String) {
    (day.to_owned(), mark.to_owned())
}

#[tokio::test]
async fn a_month_shows_what_is_due_on_its_day_and_what_is_planned_as_planned() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    world.move_to("2021-10-10");
    world.housekeeping().await;
    let study = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    let sent = held(&secretary, &unit, "2021-10-10", &["study_day"], &[&study]).await;
    secretary.post("/api/v1/meetings", sent).await.is(200);
    let now = month(&secretary, "2021-10", &unit).await.is(200);
    assert_eq!(marks(&now, "固定学习日"), [pair("2021-10-10", "√"), pair("2021-10-20", "○")]);
    assert_eq!(marks(&now, "召开支委会"), [pair("2021-10-31", "○")]);
    // Not there yet, and no duty is made by looking.
    let next = month(&secretary, "2021-12", &unit).await.is(200);
    assert_eq!(marks(&next, "固定学习日"), [pair("2021-12-10", "·"), pair("2021-12-20", "·")]);
    assert_eq!(marks(&next, "召开支委会"), [pair("2021-12-31", "·")]);
    assert_eq!(marks(&next, "上党课"), [pair("2021-12-31", "○")], "the quarter has begun");
    let small = month(&office, "2021-12", &town.unit("柳荫支部")).await.is(200);
    assert!(marks(&small, "召开支委会").is_empty(), "not owed, not planned");
    // The day comes: what was planned exists, once.
    world.move_to("2021-12-06");
    world.housekeeping().await;
    let then = month(&secretary, "2021-12", &unit).await.is(200);
    assert_eq!(marks(&then, "固定学习日"), [pair("2021-12-10", "○"), pair("2021-12-20", "○")]);
}

#[tokio::test]
async fn the_whole_towns_month_counts_and_lists_nobody() {
    let (_, town, office, secretary) = branch().await;
    let all = office.get("/api/v1/calendar/month?month=2021-12").await.is(200);
    let day = all["days"].as_array().expect("days").iter().find(|day| day["date"] == "2021-12-10");
    let entry = &day.expect("the study day")["entries"][0];
    assert_eq!(
        (entry["title"].as_str(), entry["items"].as_array().map(Vec::len)),
        (Some("固定学习日"), Some(0))
    );
    assert_eq!(
        (&entry["counts"][0]["count"], &entry["counts"][0]["label"]),
        (&Value::from(3), &Value::from("计划"))
    );
    let own = secretary.get("/api/v1/calendar/month?month=2021-12").await.is(200);
    let text = own.body.to_string();
    assert!(text.contains("\"count\":1") && !text.contains("\"count\":3"), "{text}");
    secretary.get("/api/v1/calendar/month?month=2021-13").await.refuses(400, "request.invalid");
    month(&secretary, "2021-12", &town.unit("柳荫支部")).await.refuses(404, "access.not_found");
    town.away().await.get("/api/v1/calendar/month").await.refuses(403, "access.forbidden");
}

#[tokio::test]
async fn a_years_plan_has_twelve_months_of_every_rule_in_the_annexs_order() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let year = secretary.get(&format!("/api/v1/calendar/year?unit={unit}&year=2022")).await.is(200);
    let rows = year["rows"].as_array().expect("rows");
    let row = |title: &str| rows.iter().find(|row| row["title"] == title).expect("the rule");
    let per_month = |title: &str| -> Vec<usize> {
        row(title)["months"]
            .as_array()
            .expect("months")
            .iter()
            .map(|month| month.as_array().map_or(0, Vec::len))
            .collect()
    };
    assert_eq!(per_month("固定学习日"), [2; 12]);
    assert_eq!(per_month("召开支委会"), [1; 12]);
    assert_eq!(per_month("上党课"), [0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1]);
    let codes: Vec<&str> = rows.iter().map(|row| row["task_code"].as_str().expect("a code")).collect();
    assert!(codes.is_sorted(), "{codes:?}");
    assert!(rows.iter().all(|row| row["undated"].as_array().is_some_and(Vec::is_empty)), "the village's");
    let village =
        office.get(&format!("/api/v1/calendar/year?unit={}&year=2021", town.unit("石桥村"))).await.is(200);
    assert!(village.body.to_string().contains("\"status\":\"open\""), "{}", village.body);
    let next = town.neighbour().await;
    next.get(&format!("/api/v1/calendar/year?unit={unit}")).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn what_a_former_version_of_a_rule_has_seen_to_is_not_planned_again() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    // The quarter is done in October, and then asked for month by month.
    let lecture = owed(&office, &unit, "上党课", "2021-12-31").await;
    let sent = held(&secretary, &unit, "2021-10-08", &["lecture"], &[&lecture]).await;
    secretary.post("/api/v1/meetings", sent).await.is(200);
    let monthly = json!({ "cadence": { "kind": "per_period", "period": "month", "times": 1 } });
    change(&office, "3.1.3", monthly).await.is(200);
    let december = month(&secretary, "2021-12", &unit).await.is(200);
    assert_eq!(marks(&december, "上党课"), [pair("2021-12-31", "√")], "the quarter stands for its months");
    let other = month(&office, "2021-12", &town.unit("柳荫支部")).await.is(200);
    assert_eq!(marks(&other, "上党课"), [pair("2021-12-31", "·")]);
    let january = month(&secretary, "2022-01", &unit).await.is(200);
    assert_eq!(marks(&january, "上党课"), [pair("2022-01-31", "·")]);
    let choice = json!({ "kind": "excused", "from": "2021-11-01", "until": "2021-12-31", "units": [unit] });
    let shown = office.post("/api/v1/excuse-batches/preview", choice).await.is(200);
    let titles = shown["duties"].as_array().expect("duties").iter().map(|one| &one["title"]);
    assert!(titles.into_iter().all(|title| title != "上党课"), "{}", shown.body);
}

#[tokio::test]
async fn a_phone_lists_each_thing_of_all_ones_units_and_of_no_other() {
    let (_, town, office, secretary) = branch().await;
    let asked = "/api/v1/calendar/month?month=2021-10&each=true";
    let own = secretary.get(asked).await.is(200);
    let study = marks(&own, "固定学习日");
    assert_eq!(study, [pair("2021-10-10", "○"), pair("2021-10-20", "○")], "one branch, two days");
    let names = own.body.to_string();
    assert!(names.contains("石桥支部") && !names.contains("柳荫支部"), "{names}");
    let day = own["days"].as_array().expect("days").iter().find(|day| day["date"] == "2021-10-10");
    let item = &day.expect("the study day")["entries"][0]["items"][0];
    let there = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    assert_eq!(item["duty_id"], there.as_str(), "a tap opens it");
    let whole = office.get(asked).await.is(200);
    assert!(marks(&whole, "固定学习日").len() > study.len());
    let neighbour = town.neighbour().await.get(asked).await.is(200);
    assert!(!neighbour.body.to_string().contains("石桥支部"), "next door's is next door's");
}
