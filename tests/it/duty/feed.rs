//! 日历订阅: a secret address, read by an independent and strict reader of RFC 5545.

use std::collections::BTreeMap;

use serde_json::Value;
use tuhe::org::Role;

use super::postpone::{decide, postpone};
use crate::flow::{branch, owed, post_of};
use crate::world::{Answer, Person, Town, World};

/// Events by summary: their properties, without parameters' detail (`DTSTART;VALUE=DATE`).
type Events = Vec<BTreeMap<String, String>>;

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

async fn make(person: &Person) -> String {
    person.post("/api/v1/me/calendar-feed", Value::Null).await.is(200).text("/url")
}

async fn fetch(world: &World, url: &str, tag: Option<&str>) -> Answer {
    let mut request = world.http.get(url);
    if let Some(tag) = tag {
        request = request.header("If-None-Match", tag);
    }
    Answer::of(format!("GET {url}"), request.send().await.expect("an answer")).await
}

async fn events(world: &World, url: &str) -> Events {
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
    assert_eq!((&after["UID"], after["SEQUENCE"].as_str()), (&before["UID"], "1"));
    let form = serde_json::json!({ "kind": "excused", "reason": "全村抗洪" });
    secretary.post(&format!("/api/v1/duties/{duty}/excuse"), form).await.is(200);
    decide(&office, &duty, true).await.is(200);
    let gone = of("20211016").await.expect("cancelled, and said so");
    assert_eq!((gone["STATUS"].as_str(), gone["SEQUENCE"].as_str()), ("CANCELLED", "2"));
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
    assert!(titles(&away).await.iter().all(|title| title == "向支部汇报半年情况"));
    let linked = titles(&member).await;
    assert!(linked.iter().all(|title| title == "联系流动党员") && !linked.is_empty(), "{linked:?}");
    assert!(titles(&secretary).await.iter().all(|title| title != "联系流动党员"));
    // In another town the same post owes nothing of this one.
    let other = Town::empty(&world, "bitown").await;
    let there = other.secretary().await;
    assert!(titles(&there).await.is_empty());
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
