//! A desk shows and does for each person what the API would, and nothing more.

use tuhe::org::Role;

use super::Desk;
use crate::flow::{owed, statement, village};
use crate::house::root;

/// Routes for who is nobody yet.
const ANYBODY: [&str; 5] = ["/login", "/pair", "/console.css", "/landscape.css", "/icon.svg"];

/// Every route of the console by its source, with the verbs it answers.
fn routes() -> Vec<(String, bool, bool)> {
    let source = std::fs::read_to_string(root().join("server/src/console/mod.rs")).expect("the routes");
    let lines = source.lines().filter_map(|line| line.trim().strip_prefix(".at(\""));
    let routes = lines.map(|line| {
        let (path, verbs) = line.split_once('"').expect("a path");
        let path = path.replace(":id", "0190b1f4-0000-7000-8000-000000000000");
        (path, verbs.contains("get("), verbs.contains("post("))
    });
    routes.collect()
}

#[tokio::test]
async fn every_route_but_the_login_asks_who_is_there() {
    let (world, ..) = village().await;
    let mut desk = Desk::new(&world);
    let routes = routes();
    assert!(routes.len() >= 17, "{routes:?}");
    for (path, reads, writes) in routes.iter().filter(|(path, ..)| !ANYBODY.contains(&path.as_str())) {
        if *reads {
            desk.get(&format!("/console{path}")).await.leads("/console/login");
        }
        if *writes {
            desk.post(&format!("/console{path}"), &[("form_key", "x")]).await.leads("/console/login");
        }
    }
    desk.get("/console/login").await.shows("显示配对码");
    desk.get("/console/console.css").await.shows("main");
}

#[tokio::test]
async fn a_page_is_there_for_whom_the_api_answers_and_for_nobody_else() {
    let (_, town, office, cadre) = village().await;
    let secretary = town.secretary().await;
    let away = town.away().await;
    let root = ["图河镇"];
    let head = town.person("周明", Role::TownSecretary, &root).await;
    for person in [&office, &head, &secretary, &cadre, &away] {
        let mut desk = Desk::of(person).await;
        let home = desk.get("/console/").await.shows("今天要办的");
        for (page, api) in [
            ("/console/review", None),
            ("/console/duties", Some("/api/v1/duties")),
            ("/console/calls", Some("/api/v1/call-list")),
            ("/console/feedback", Some("/api/v1/feedback")),
            ("/console/roster", Some("/api/v1/org/roster-template")),
        ] {
            let shown = desk.get(page).await.status;
            if let Some(api) = api {
                assert_eq!(shown, person.get(api).await.status, "{}: {page}", person.name);
            }
            let linked = home.text.contains(&format!("href=\"{page}\""));
            assert_eq!(linked, shown == 200, "{}: {page} answers {shown}", person.name);
        }
    }
}

#[tokio::test]
async fn the_next_village_opens_and_answers_nothing_here() {
    let (_, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let duty = owed(&office, &unit, "到服务大厅集中办公", "").await;
    let receipt = cadre.post("/api/v1/statements", statement(&unit, "2021-10-12", &[&duty])).await.is(200);
    let (id, version) = (receipt.text("/record_id"), receipt.text("/version_id"));
    let neighbour = town.neighbour().await;
    let mut desk = Desk::of(&neighbour).await;
    let form_key = desk.get("/console/").await.value("form_key");
    desk.get(&format!("/console/records/{id}")).await.refuses(404, "没有找到");
    for deed in ["accept", "return"] {
        let form = [("form_key", form_key.as_str()), ("version", &version), ("reason", "重新写一遍")];
        desk.post(&format!("/console/records/{id}/{deed}"), &form).await.refuses(404, "没有找到");
    }
    // Who wrote it reads it, and is offered no answer.
    let mut own = Desk::of(&cadre).await;
    own.get(&format!("/console/records/{id}")).await.shows("已经办好").hides("/accept");
    own.get("/console/records/not-an-id").await.refuses(400, "没有办成");
}
