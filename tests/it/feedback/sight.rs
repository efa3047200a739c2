//! Who sees what was written.

use serde_json::{Value, json};
use tuhe::org::Role;
use uuid::Uuid;

use super::{id_of, mine, words};
use crate::flow::village;
use crate::world::Person;

async fn sees(reader: &Person, text: &str) -> bool {
    let answer = reader.get("/api/v1/feedback").await;
    answer.status == 200 && answer.body.to_string().contains(text)
}

#[tokio::test]
async fn a_complaint_is_seen_by_its_writer_the_office_and_discipline_and_by_nobody_of_the_village() {
    let (_, town, office, cadre) = village().await;
    let text = "村里的账目很久没有公开";
    let mut sent = words("complaint", text);
    sent["unit_id"] = json!(town.unit("石桥村党总支"));
    cadre.post("/api/v1/feedback", sent).await.is(200);
    assert!(sees(&office, text).await);
    assert!(sees(&town.person("韩松", Role::Discipline, &["图河镇"]).await, text).await);
    assert_eq!(mine(&cadre).await.len(), 1);
    let secretary = town.village_secretary().await;
    for stranger in [&secretary, &town.village_contact().await, &town.neighbour().await] {
        stranger.get("/api/v1/feedback").await.refuses(403, "access.forbidden");
        assert_eq!(mine(stranger).await, [] as [Value; 0]);
    }
    // An office for another village only is no office here.
    let elsewhere = town.person("许佳", Role::PartyOffice, &["柳荫村党总支"]).await;
    assert!(!sees(&elsewhere, text).await);
}

#[tokio::test]
async fn pages_follow_each_other_and_filters_hold() {
    let (world, _, office, cadre) = village().await;
    let mut sent = Vec::new();
    for n in 0..53 {
        if n % 25 == 0 {
            world.move_to(&format!("2021-10-12 {}:00", 10 + n / 25));
        }
        let form = words(if n % 2 == 0 { "suggestion" } else { "complaint" }, &format!("第{n}条"));
        cadre.post("/api/v1/feedback", form.clone()).await.is(200);
        sent.push(id_of(&form).to_owned());
        // Thirty in ten minutes is what a person may write.
        if n == 24 {
            world.move_to("2021-10-12 10:30");
        }
    }
    let first = office.get("/api/v1/feedback").await.is(200);
    let rest = office.get(&format!("/api/v1/feedback?after={}", first.text("/next"))).await.is(200);
    assert!(rest["next"].is_null(), "{}", rest.body);
    let ids = |page: &Value| -> Vec<String> {
        let list = page["feedback"].as_array().expect("a list").iter();
        list.map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
    };
    let mut read = [ids(&first.body), ids(&rest.body)].concat();
    assert_eq!(read.len(), 53);
    read.sort();
    sent.sort();
    assert_eq!(read, sent);
    let complaints = office.get("/api/v1/feedback?kind=complaint").await.is(200);
    assert_eq!(ids(&complaints.body).len(), 26);
    let form = json!({ "id": Uuid::now_v7(), "text": "已办" });
    office.post(&format!("/api/v1/feedback/{}/answer", sent[0]), form).await.is(200);
    assert_eq!(ids(&office.get("/api/v1/feedback?state=answered").await.is(200).body), [sent[0].clone()]);
    office.get("/api/v1/feedback?after=x").await.refuses(400, "request.cursor");
}
