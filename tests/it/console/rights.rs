//! A desk shows and does for each person what the API would, and nothing more.

use tuhe::access::Action;
use tuhe::console::{Needs, PAGES, Page};
use tuhe::org::Role;

use super::Desk;
use crate::flow::{owed, statement, village};

/// A page's address, with some id where it takes one.
pub fn address(page: &Page) -> String {
    format!("/console{}", page.path.replace(":id", "0190b1f4-0000-7000-8000-000000000000"))
}

/// An action as the API names it.
pub fn name(action: Action) -> String {
    let mut name = String::new();
    for letter in format!("{action:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

#[tokio::test]
async fn every_page_but_the_login_asks_who_is_there() {
    let (world, ..) = village().await;
    let mut desk = Desk::new(&world);
    for page in PAGES.iter().filter(|page| page.needs != Needs::Nothing) {
        desk.get(&address(page)).await.leads("/console/login");
        desk.post(&address(page), &[("form_key", "x")]).await.leads("/console/login");
    }
    let open: Vec<_> =
        PAGES.iter().filter(|page| page.needs == Needs::Nothing).map(|page| page.path).collect();
    assert_eq!(
        open,
        ["/login", "/code", "/pair", "/continue", "/console.css", "/landscape.css", "/icon.svg"]
    );
    desk.get("/console/login").await.shows("显示配对码");
    desk.get("/console/console.css").await.shows("main");
}

#[tokio::test]
async fn a_page_opens_for_whoever_may_do_what_it_is_for_and_the_head_line_shows_no_other() {
    let (_, town, office, cadre) = village().await;
    let people = [office, town.secretary().await, cadre, town.away().await];
    for person in &people {
        let may = person.get("/api/v1/me").await.is(200).body["may"].clone();
        let may = |action: Action| may.as_array().expect("a list").contains(&name(action).into());
        let mut desk = Desk::of(person).await;
        let home = desk.get("/console/").await.shows("今天要办的");
        for page in PAGES {
            let allowed = match page.needs {
                Needs::May(action) => may(action),
                Needs::Any(actions) => actions.iter().any(|action| may(*action)),
                Needs::Nothing | Needs::Login => continue,
            };
            let answer = desk.get(&address(page)).await;
            // A page of a post may still be the whole town's only; what is no page at all is answered by its verb.
            let refused = answer.status == 403 && answer.text.contains("没有这项权限");
            assert_eq!(refused, !allowed, "{}: {} {}", person.name, page.path, answer.text);
            if let Some(title) = page.title {
                let linked = home.text.contains(&format!("href=\"/console{}\">{title}</a>", page.path));
                assert_eq!(linked, allowed, "{}: {title}", person.name);
            }
        }
    }
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
            ("/console/rules", Some("/api/v1/plan/tasks")),
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
