//! 日历订阅: a secret address, read by an independent and strict reader of RFC 5545.

use std::collections::BTreeMap;

use serde_json::Value;
use tuhe::org::Role;

use super::postpone::{decide, postpone};
use crate::flow::{branch, owed, post_of};
use crate::world::{Answer, Person, Town, World};

/// Events by summary: their properties, without parameters' detail (`DTSTART;VALUE=DATE`).
pub type Events = Vec<BTreeMap<String, String>>;

/// Reads a calendar as RFC 5545 says it must be, and nothing looser.
fn read(text: &str) -> (BTreeMap<String, String>, Events) {
    assert!(text.ends_with("END:VCALENDAR\r\n"), "every line ends with CRLF, the last one too");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "no bare CR or LF");
    for line in text.split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        assert!(!line.chars().any(|c| c.is_control() && c != '\t'), "a control character in {line}");
    }
    let (mut calendar, mut events, mut open) = (BTreeMap::new(), Vec::new(), Vec::<&str>::new());
    let unfolded = text.replace("\r\n ", "");
    for line in unfolded.split("\r\n").filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no value: {line}"));
        let bare = name.split(';').next().expect("a name");
        assert!(bare.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-'), "{line}");
        match (bare, open.as_slice()) {
            ("BEGIN", _) => {
                if value == "VEVENT" {
                    events.push(BTreeMap::new());
                }
                open.push(value);
            }
            ("END", _) => assert_eq!(open.pop(), Some(value), "{line}"),
            (_, ["VCALENDAR"]) => {
                assert!(calendar.insert(name.to_owned(), value.to_owned()).is_none(), "twice: {line}");
            }
            (_, ["VCALENDAR", "VEVENT"]) => {
                let event = events.last_mut().expect("an event");
                assert!(event.insert(name.to_owned(), value.to_owned()).is_none(), "twice: {line}");
            }
            other => panic!("{line} stands in {other:?}"),
        }
    }
    assert!(open.is_empty());
    assert_eq!(calendar["VERSION"], "2.0");
    assert!(calendar["PRODID"].starts_with("-//"), "{}", calendar["PRODID"]);
    assert_eq!(calendar["REFRESH-INTERVAL;VALUE=DURATION"], calendar["X-PUBLISHED-TTL"]);
    let mut uids: Vec<&str> = events.iter().map(|event| event["UID"].as_str()).collect();
    uids.sort_unstable();
    uids.dedup();
    assert_eq!(uids.len(), events.len(), "a UID stands for one event");
    for event in &events {
        let day = |name: &str| chrono::NaiveDate::parse_from_str(&event[name], "%Y%m%d").expect(name);
        assert_eq!(day("DTEND;VALUE=DATE"), day("DTSTART;VALUE=DATE").succ_opt().expect("a day"));
        chrono::NaiveDateTime::parse_from_str(&event["DTSTAMP"], "%Y%m%dT%H%M%SZ")
            .expect("an instant in UTC");
        assert!(["CONFIRMED", "CANCELLED", "TENTATIVE"].contains(&event["STATUS"].as_str()), "{event:?}");
        event["SEQUENCE"].parse::<u32>().expect("a number");
    }
    (calendar, events)
}

pub async fn make(person: &Person) -> String {
    person.post("/api/v1/me/calendar-feed", Value::Null).await.is(200).text("/url")
}

async fn fetch(world: &World, url: &str, tag: Option<&str>) -> Answer {
    let mut request = world.http.get(url);
    if let Some(tag) = tag {
        request = request.header("If-None-Match", tag);
    }
    Answer::of(format!("GET {url}"), request.send().await.expect("an answer")).await
}

pub async fn events(world: &World, url: &str) -> Events {
    let answer = fetch(world, url, None).await.is(200);
    read(answer.body.as_str().expect("a calendar")).1
}

#[tokio::test]
async fn a_calendar_reads_titles_and_days_and_nothing_else() {
    let (world, town, _, secretary) = branch().await;
    let url = make(&secretary).await;
    assert!(url.starts_with(&world.base) && url.strip_suffix(".ics").is_some(), "{url}");
    assert!(url.rsplit('/').next().expect("a file").len() >= 22 + 4, "at least 128 bits");
    let answer = fetch(&world, &url, None).await.is(200);
    assert_eq!(answer.headers["content-type"], "text/calendar; charset=utf-8");
    let text = answer.body.as_str().expect("a calendar");
    let (calendar, events) = read(text);
    assert_eq!(calendar["X-WR-CALNAME"], "图河六项待办");
    let study = events.iter().find(|event| event["DTSTART;VALUE=DATE"] == "20211010").expect("the study day");
    assert_eq!((study["SUMMARY"].as_str(), study["DTSTAMP"].as_str()), ("固定学习日", "20211008T010000Z"));
    assert_eq!(study["STATUS"], "CONFIRMED");
    for secret in ["石桥", "李卫国", "孙远", "王秀英", &town.unit("石桥支部"), &secretary.id.to_string()]
    {
        assert!(!text.contains(secret), "{secret} is in the calendar");
    }
    let kept: (Vec<u8>,) = sqlx::query_as("select secret_hash from calendar_feed")
        .fetch_one(&world.app.db)
        .await
        .expect("the row");
    assert_eq!(kept.0.len(), 32);
    assert!(!url.contains(&hex::encode(&kept.0)));
}

#[tokio::test]
async fn an_event_keeps_its_name_and_counts_its_changes() {
    let (world, town, office, secretary) = branch().await;
    let url = make(&secretary).await;
    let of = async |day: &str| {
        let all = events(&world, &url).await;
        all.into_iter()
            .find(|event| event["SUMMARY"].contains("固定学习日") && event["DTSTART;VALUE=DATE"] == day)
    };
    let before = of("20211010").await.expect("the study day");
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    postpone(&secretary, &duty, "2021-10-16").await.is(200);
    decide(&office, &duty, true).await.is(200);
    assert_eq!(of("20211010").await, None);
    let after = of("20211016").await.expect("moved");
    assert_eq!((&after["UID"], after["SEQUENCE"].as_str()), (&before["UID"], "2"));
    let form = serde_json::json!({ "kind": "excused", "reason": "全村抗洪" });
    secretary.post(&format!("/api/v1/duties/{duty}/excuse"), form).await.is(200);
    decide(&office, &duty, true).await.is(200);
    let gone = of("20211016").await.expect("cancelled, and said so");
    assert_eq!((gone["STATUS"].as_str(), gone["SEQUENCE"].as_str()), ("CANCELLED", "3"));
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let (world, town, office, secretary) = branch().await;
    let url = make(&secretary).await;
    let first = fetch(&world, &url, None).await.is(200);
    let tag = first.headers["etag"].to_str().expect("text").to_owned();
    world.move_to("2021-10-08 15:00");
    let again = fetch(&world, &url, Some(&tag)).await.is(304);
    assert_eq!(again.body, Value::from(""));
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    postpone(&secretary, &duty, "2021-10-16").await.is(200);
    decide(&office, &duty, true).await.is(200);
    fetch(&world, &url, Some(&tag)).await.is(200);
}

#[tokio::test]
async fn an_address_ends_when_renewed_when_ended_and_with_the_post() {
    let (world, town, office, secretary) = branch().await;
    let state = async |active: bool| {
        secretary.get("/api/v1/me/calendar-feed").await.is(200).field("/active", active);
    };
    state(false).await;
    let first = make(&secretary).await;
    state(true).await;
    let second = make(&secretary).await;
    let unknown = fetch(&world, &format!("{}/feeds/{}.ics", world.base, "A".repeat(43)), None).await;
    let unknown = unknown.refuses(404, "access.not_found");
    let dead = fetch(&world, &first, None).await.refuses(404, "access.not_found");
    assert_eq!((dead.body, dead.headers.get("etag")), (unknown.body, None), "nothing to learn");
    fetch(&world, &second, None).await.is(200);
    secretary.post("/api/v1/me/calendar-feed/end", Value::Null).await.is(200);
    state(false).await;
    fetch(&world, &second, None).await.refuses(404, "access.not_found");
    for path in ["/feeds/x", "/feeds/.ics", "/feeds/a%00b.ics"] {
        fetch(&world, &format!("{}{path}", world.base), None).await.refuses(404, "access.not_found");
    }
    let third = make(&secretary).await;
    let post = post_of(&secretary).await;
    office.post(&format!("/api/v1/posts/{post}/end"), Value::Null).await.is(200);
    world.move_to("2021-10-09");
    fetch(&world, &third, None).await.refuses(404, "access.not_found");
    // Whose post it is now reads it under an address of their own.
    let next = town.person("赵新", Role::BranchSecretary, &["石桥支部"]).await;
    assert!(!events(&world, &make(&next).await).await.is_empty());
}

#[tokio::test]
async fn to_each_what_is_theirs() {
    let (world, town, _, secretary) = branch().await;
    let (away, member) = (town.away().await, town.committee_member().await);
    let titles = async |person: &Person| -> Vec<String> {
        events(&world, &make(person).await).await.into_iter().map(|event| event["SUMMARY"].clone()).collect()
    };
    let only = |titles: &[String], wanted: &str| {
        titles.iter().all(|title| title.strip_prefix("【计划】").unwrap_or(title) == wanted)
    };
    assert!(only(&titles(&away).await, "向支部汇报半年情况"));
    let linked = titles(&member).await;
    assert!(only(&linked, "联系流动党员") && !linked.is_empty(), "{linked:?}");
    assert!(titles(&secretary).await.iter().all(|title| !title.contains("联系流动党员")));
    // In another town the same post owes nothing of this one.
    let other = Town::empty(&world, "bitown").await;
    let there = other.secretary().await;
    assert!(titles(&there).await.is_empty());
}

#[tokio::test]
async fn a_window_to_come_stands_as_planned_and_becomes_the_duty_under_the_same_name() {
    let (world, town, _, secretary) = branch().await;
    let url = make(&secretary).await;
    let of = |all: &Events, day: &str| -> Vec<BTreeMap<String, String>> {
        let fits = |event: &&BTreeMap<String, String>| {
            event["SUMMARY"].contains("固定学习日") && event["DTSTART;VALUE=DATE"] == day
        };
        all.iter().filter(fits).cloned().collect()
    };
    let planned = of(&events(&world, &url).await, "20220110");
    assert_eq!(planned.len(), 1, "one event for one window");
    assert_eq!(
        (planned[0]["SUMMARY"].as_str(), planned[0]["STATUS"].as_str(), planned[0]["SEQUENCE"].as_str()),
        ("【计划】固定学习日", "TENTATIVE", "0")
    );
    // A year ahead and no further; nothing planned before what exists already ends.
    let all = events(&world, &url).await;
    let days = |status: &str| -> Vec<&str> {
        let of = all.iter().filter(|event| event["STATUS"] == status);
        of.map(|event| event["DTSTART;VALUE=DATE"].as_str()).collect()
    };
    assert!(of(&all, "20220920").len() == 1 && of(&all, "20221020").is_empty());
    assert!(days("TENTATIVE").iter().all(|day| ("20211022"..="20221008").contains(day)), "{all:?}");

    world.move_to("2022-01-02");
    world.housekeeping().await;
    let real = of(&events(&world, &url).await, "20220110");
    assert_eq!(real.len(), 1, "not beside the planned one: {real:?}");
    assert_eq!(
        (real[0]["SUMMARY"].as_str(), real[0]["STATUS"].as_str(), real[0]["SEQUENCE"].as_str()),
        ("固定学习日", "CONFIRMED", "1")
    );
    assert_eq!(real[0]["UID"], planned[0]["UID"]);
    // Looking has made no duty.
    let made: i64 =
        sqlx::query_scalar("select count(*) from duty where window_first > '2022-01-16' and unit_id = $1")
            .bind(town.units["石桥支部"].0)
            .fetch_one(&world.app.db)
            .await
            .expect("a count");
    assert_eq!(made, 0);
}

#[tokio::test]
async fn what_is_made_before_its_time_is_not_planned_again() {
    let (world, town, office, secretary) = branch().await;
    let url = make(&secretary).await;
    let study = async || -> Vec<(String, String)> {
        let all = events(&world, &url).await;
        let of = all.into_iter().filter(|event| event["SUMMARY"].contains("固定学习日"));
        let in_january = of.filter(|event| event["DTSTART;VALUE=DATE"].starts_with("202201"));
        in_january.map(|event| (event["UID"].clone(), event["STATUS"].clone())).collect()
    };
    let before = study().await;
    let choice = serde_json::json!({ "kind": "excused", "from": "2022-01-10", "until": "2022-01-10",
        "units": [town.unit("石桥支部")] });
    let shown = secretary.post("/api/v1/excuse-batches/preview", choice.clone()).await.is(200);
    let keys: Vec<&Value> =
        shown["duties"].as_array().expect("duties").iter().map(|one| &one["key"]).collect();
    let id = uuid::Uuid::now_v7();
    let batch = serde_json::json!({ "id": id, "choice": choice, "reason": "全村抗洪", "duties": keys });
    secretary.post("/api/v1/excuse-batches", batch).await.is(200);
    office
        .post(&format!("/api/v1/excuse-batches/{id}/decide"), serde_json::json!({ "approve": true }))
        .await
        .is(200);
    let after = study().await;
    let names = |all: &[(String, String)]| {
        let mut names: Vec<String> = all.iter().map(|(uid, _)| uid.clone()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&after), names(&before), "each window once");
    assert_eq!(after.iter().filter(|(_, status)| status == "CANCELLED").count(), 1, "{after:?}");
}

#[tokio::test]
async fn who_asks_too_often_waits() {
    let (world, _, _, secretary) = branch().await;
    let url = make(&secretary).await;
    let mut last = 200;
    for _ in 0..31 {
        last = fetch(&world, &url, None).await.status;
    }
    assert_eq!(last, 429);
    world.move_to("2021-10-08 09:11");
    fetch(&world, &url, None).await.is(200);
}
