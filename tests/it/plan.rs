//! 方案: loading one, its leads, its problems.

use serde_json::{Value, json};

use crate::flow::village;
use crate::world::{Town, World};

fn task<'a>(list: &'a [Value], code: &str) -> &'a Value {
    list.iter().find(|task| task["code"] == code).unwrap_or_else(|| panic!("no task {code}"))
}

#[tokio::test]
async fn the_office_loads_the_shipped_plan_once() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let (office, cadre) = (town.office().await, town.cadre().await);
    let form = json!({ "start_on": "2021-10-01" });
    cadre.post("/api/v1/plan", form.clone()).await.refuses(403, "access.forbidden");
    assert_eq!(office.get("/api/v1/plan/tasks").await.is(200).list().len(), 0);
    office.post("/api/v1/plan", form.clone()).await.is(200).field("/tasks", 46);
    world.housekeeping().await;
    assert!(cadre.today().await.iter().any(|duty| duty["title"] == "排查清理外立面标牌"));
    office.post("/api/v1/plan", form).await.refuses(409, "plan.already_loaded");
    let tasks = office.get("/api/v1/plan/tasks").await.is(200);
    let annex = tasks.list().iter().filter(|task| task["in_annex"] == true).count();
    assert_eq!((annex, tasks.list().len()), (38, 46), "and what only the body asks for");
}

#[tokio::test]
async fn leads_are_inherited_downward_and_a_blank_one_is_to_be_confirmed() {
    let (_, _, office, cadre) = village().await;
    let tasks = office.get("/api/v1/plan/tasks").await.is(200);
    assert_eq!(tasks.list().len(), 46);
    assert_eq!(task(tasks.list(), "1.3.4")["lead"], task(tasks.list(), "1.1.1")["lead"]);
    assert_eq!(task(tasks.list(), "3.3.1")["lead"], "待确认");
    assert!(task(tasks.list(), "3.3.1")["lead_id"].is_null());
    let named = json!({ "person": office.id, "name": "陈静" });
    cadre.put("/api/v1/plan/tasks/3.3.1/lead", named.clone()).await.refuses(403, "access.forbidden");
    office.put("/api/v1/plan/tasks/9.9.9/lead", named.clone()).await.refuses(404, "access.not_found");
    let stranger = json!({ "person": uuid::Uuid::now_v7(), "name": "某" });
    office.put("/api/v1/plan/tasks/3.3.1/lead", stranger).await.refuses(404, "access.not_found");
    office.put("/api/v1/plan/tasks/3.3.1/lead", named).await.is(200);
    let tasks = cadre.get("/api/v1/plan/tasks").await.is(200);
    assert_eq!(task(tasks.list(), "3.3.1")["lead"], "陈静");
    assert_eq!(task(tasks.list(), "3.3.1")["lead_id"], office.id.to_string());
}

/// A small plan; `tasks` is appended as it is.
fn plan(tasks: &str) -> String {
    format!(
        r#"
version = "t"
source = {{ title = "本镇方案", number = "图发〔2022〕1号", issuer = "图河镇党委", issued_on = "2021-10-01" }}
action = [{{ no = 1, name = "行动一" }}]
{tasks}"#
    )
}

fn row(code: &str, rest: &str) -> String {
    format!(
        "[[task]]\ncode = \"{code}\"\nitem = \"同一内容\"\nrequirement = \"做好\"\ntime = \"全年\"\nkind = \"continuous\"\n{rest}\n"
    )
}

#[tokio::test]
async fn a_lead_named_later_is_inherited_by_the_blank_tasks_below() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let rows = row("1.1.1", "lead = \"待确认\"") + &row("1.1.2", "") + &row("1.1.3", "lead = \"吴静\"");
    let form = json!({ "start_on": "2021-10-01", "definition": plan(&rows) });
    office.post("/api/v1/plan", form).await.is(200).field("/tasks", 3);
    office.put("/api/v1/plan/tasks/1.1.1/lead", json!({ "name": "周明" })).await.is(200);
    let tasks = office.get("/api/v1/plan/tasks").await.is(200);
    let leads: Vec<_> = tasks.list().iter().map(|task| task["lead"].as_str()).collect();
    assert_eq!(leads, [Some("周明"), Some("周明"), Some("吴静")]);
}

#[tokio::test]
async fn a_plan_with_problems_is_not_loaded_and_all_of_them_are_named() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let bad_rule = "[[task.rule]]\ncode = \"1.1.3\"\ntitle = \"开会\"\ncadence = { kind = \"fixed_days\", days = [31] }\n\
                    audience = \"each_branch\"\nrecord = \"meeting\"\ncounts = \"receipt\"\nreviewer = \"party_office\"\n\
                    minutes = 5\nsource = \"-\"\n";
    let rows = row("1.1.1", "")
        + &row("1.1.2", "mood = \"好\"")
        + &row("1.1.3", &format!("lead = \"周明\"\n{bad_rule}"))
        + &row("7.1.1", "lead = \"周明\"");
    let form = json!({ "start_on": "2021-10-01", "definition": plan(&rows) });
    let refusal = office.post("/api/v1/plan", form).await.refuses(422, "plan.invalid");
    let problems = refusal.body["details"]["problems"].as_array().expect("a list");
    for at in ["1.1.1", "1.1.2", "1.1.3", "7.1.1"] {
        assert!(problems.iter().any(|problem| problem["at"] == at), "{at} in {problems:#?}");
    }
    assert_eq!(problems.iter().filter(|problem| problem["at"] == "1.1.3").count(), 2, "{problems:#?}");
    assert!(refusal.text("/message").contains(&format!("{} 处", problems.len())));
    let broken = json!({ "start_on": "2021-10-01", "definition": "version = " });
    office.post("/api/v1/plan", broken).await.refuses(422, "plan.invalid");
    assert_eq!(office.get("/api/v1/plan/tasks").await.is(200).list().len(), 0);
}
