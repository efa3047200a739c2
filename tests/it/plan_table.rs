//! 任务分解表: a plan from a workbook, its next wording, and out again.

use serde_json::Value;

use crate::duty::edit::change;
use crate::flow::{branch, duties, is_owed};
use crate::roster::{Rows, workbook};
use crate::world::{Answer, Person, Town, World};

pub const HEAD: &[&str] = &["序号", "行动类别", "内容", "要求", "时间节点", "责任人", "备注"];

pub fn table(rows: Rows<'_>) -> Vec<u8> {
    let rows: Vec<&[&str]> = std::iter::once(HEAD).chain(rows.iter().copied()).collect();
    workbook(&[("任务分解表", &rows)])
}

/// Sends a table with the day of issue, or what a look at it said.
async fn send(person: &Person, bytes: &[u8], seen: Option<&str>) -> Answer {
    let part = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name("table.xlsx");
    let mut form = reqwest::multipart::Form::new().part("file", part).text("issued_on", "2021-09-29");
    if let Some(seen) = seen {
        form = form.text("seen", seen.to_owned());
    }
    let request = person.world.http.post(format!("{}/api/v1/plan/table", person.world.base));
    let response = request.bearer_auth(&person.token).multipart(form).send().await.expect("an answer");
    Answer::of(format!("{}: table", person.name), response).await
}

/// Looks, then loads what was seen.
async fn loads(person: &Person, bytes: &[u8]) -> Answer {
    let seen = send(person, bytes, None).await.is(200).text("/seen");
    send(person, bytes, Some(&seen)).await.is(200)
}

async fn file(person: &Person, path: &str) -> Vec<u8> {
    let request = person.world.http.get(format!("{}{path}", person.world.base)).bearer_auth(&person.token);
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), 200, "{path}");
    response.bytes().await.expect("a body").to_vec()
}

async fn tasks(person: &Person) -> Vec<Value> {
    person.get("/api/v1/plan/tasks").await.is(200).list().clone()
}

fn task<'a>(tasks: &'a [Value], code: &str) -> &'a Value {
    tasks.iter().find(|task| task["code"] == code).unwrap_or_else(|| panic!("no task {code}"))
}

const SMALL: Rows<'_> = &[
    &["一", "学习行动", "抓好学习", "党员大会", "每季度 至少召开1次", "张 三"],
    &["一", "学习行动", "抓好学习", "各村做好第二件事", "10月底前", ""],
    &["一", "学习行动", "抓好学习", "做好第三件事", "2021年上半年", ""],
    &["一", "学习行动", "抓好学习", "做好第四件事", "尽快", ""],
];

#[tokio::test]
async fn a_table_is_looked_at_then_loaded_and_makes_nobody_late() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let (office, cadre) = (town.office().await, town.cadre().await);
    send(&cadre, &table(SMALL), None).await.refuses(403, "access.forbidden");
    let look = send(&office, &table(SMALL), None).await.is(200).field("/dry_run", true);
    let rules: Vec<_> =
        look["lines"].as_array().expect("lines").iter().map(|line| &line["rules"][0]["often"]).collect();
    assert_eq!(rules[0], "每季度1次");
    assert!(rules[1].as_str().expect("words").contains("2021年10月31日"));
    assert!(rules[2].as_str().expect("words").contains("等镇里定新的日期"));
    assert!(look.text("/lines/3/asks").contains("读不懂"));
    assert!(tasks(&office).await.is_empty(), "a look writes nothing");
    send(&office, &table(SMALL), Some("never seen")).await.refuses(409, "plan.table_not_seen");
    assert!(tasks(&office).await.is_empty());
    loads(&office, &table(SMALL)).await.field("/dry_run", false);
    let listed: i64 =
        sqlx::query_scalar("select count(*) from audit_entry where action = 'plan.table_loaded'")
            .fetch_one(&world.app.db)
            .await
            .expect("counted");
    assert_eq!(listed, 1, "the loading is listed, the looks are not");
    let loaded = tasks(&office).await;
    assert_eq!((loaded.len(), task(&loaded, "1.1.1")["lead"].as_str()), (4, Some("张三")));
    assert_eq!(task(&loaded, "1.1.1")["time"], "每季度 至少召开1次", "in the town's own words");
    assert_eq!(task(&loaded, "1.1.2")["lead"], "待确认");
    let all = office.get("/api/v1/duties").await.is(200)["duties"].as_array().expect("duties").clone();
    for duty in &all {
        assert!(duty["last"].as_str().is_none_or(|last| last >= "2021-10-12"), "late by loading: {duty}");
    }
    let asked = all.iter().filter(|duty| duty["title"] == "给这项任务定新的时间").count();
    assert_eq!(asked, 1, "one duty to set a new date: {all:#?}");
    assert!(all.iter().any(|duty| duty["title"] == "召开党员大会" && duty["record_kind"] == "meeting"));
    assert!(all.iter().all(|duty| duty["title"] != "做好第四件事"));
    // The same file again, and even the same yes again.
    let before = tasks(&office).await;
    let again = send(&office, &table(SMALL), None).await.is(200).field("/changes_nothing", true);
    assert!(again.text("/message").contains("没有变化"));
    send(&office, &table(SMALL), Some(&again.text("/seen"))).await.is(200).field("/changes_nothing", true);
    send(&office, &table(SMALL), Some(&look.text("/seen"))).await.is(200).field("/changes_nothing", true);
    assert_eq!(tasks(&office).await, before);
}

#[tokio::test]
async fn a_plan_goes_out_and_in_again_unchanged_and_founds_another_town() {
    let world = World::on("2021-10-12").await;
    let town = Town::with_plan(&world).await;
    let office = town.office().await;
    let out = file(&office, "/api/v1/plan/table").await;
    send(&office, &out, None).await.is(200).field("/changes_nothing", true);
    let document = file(&office, "/api/v1/plan/table?format=docx").await;
    assert!(document.starts_with(b"PK"));
    let other = Town::empty(&world, "nanan").await;
    let there = other.office().await;
    there.get("/api/v1/plan/table").await.refuses(422, "plan.none");
    loads(&there, &out).await;
    let words = |tasks: Vec<Value>| -> Vec<Vec<String>> {
        let keys = ["code", "action", "item", "requirement", "time", "lead", "note"];
        let annex = tasks.into_iter().filter(|task| task["in_annex"] == true);
        annex.map(|task| keys.map(|key| task[key].as_str().expect("text").to_owned()).to_vec()).collect()
    };
    let here = words(tasks(&office).await);
    assert_eq!(here.len(), 38);
    assert_eq!(words(tasks(&there).await), here);
    // What the neighbour loads later is not ours.
    loads(&there, &table(SMALL)).await;
    assert_eq!(words(tasks(&office).await), here);
}

#[tokio::test]
async fn a_new_wording_moves_what_is_open_and_leaves_what_has_closed() {
    let (world, town, office, secretary) = branch().await;
    let _ = secretary;
    let rows: Rows<'_> = &[
        &[
            "三",
            "组织生活规范化专项行动",
            "1.严格落实党的组织生活制度",
            "党员大会",
            "每月至少召开1次",
            "吴静",
        ],
        &["三", "组织生活规范化专项行动", "1.严格落实党的组织生活制度", "读一本书", "12月底前", "吴静"],
    ];
    world.live_until("2021-10-25").await;
    let unit = town.unit("石桥支部");
    let closed = |duty: &&Value| duty["last"].as_str().is_some_and(|last| last < "2021-10-25");
    let before: Vec<Value> = duties(&office, &unit).await.iter().filter(closed).cloned().collect();
    assert!(!before.is_empty());
    assert!(is_owed(&office, &unit, "上党课", "2021-12-31").await);
    let look = send(&office, &table(rows), None).await.is(200);
    assert_eq!(look["lines"][0]["code"], "3.1.1");
    assert_eq!(look["lines"][0]["state"], "changed");
    let dropped = look["dropped"].as_array().expect("a list");
    assert_eq!(dropped.len(), 36, "each is explained before it falls away");
    assert!(dropped.iter().all(|one| one["told"].as_str().expect("words").contains("已经到期的都保留")));
    // Two clerks say yes at once: one loads, for the other nothing is left to load.
    let (bytes, seen) = (table(rows), look.text("/seen"));
    let (one, two) = tokio::join!(send(&office, &bytes, Some(&seen)), send(&office, &bytes, Some(&seen)));
    let quiet = [one.is(200), two.is(200)].iter().filter(|answer| answer["changes_nothing"] == true).count();
    assert_eq!(quiet, 1);
    let now = tasks(&office).await;
    assert_eq!(now.iter().filter(|task| task["in_annex"] == true).count(), 2);
    assert_eq!(now.iter().filter(|task| task["in_annex"] == false).count(), 8, "the body's own tasks stay");
    let rule = &task(&now, "3.1.1")["rules"][0];
    assert_eq!((rule["version"].as_i64(), rule["cadence"]["period"].as_str()), (Some(2), Some("month")));
    let after: Vec<Value> = duties(&office, &unit).await.iter().filter(closed).cloned().collect();
    assert_eq!(after.len(), before.len(), "what has closed stays");
    assert!(
        !is_owed(&office, &unit, "上党课", "2021-12-31").await,
        "what is open of a task put away is taken down"
    );
    let more: Vec<&[&str]> = rows
        .iter()
        .copied()
        .chain([
            &["三", "组织生活规范化专项行动", "1.严格落实党的组织生活制度", "再读一本书", "全年", "吴静"]
                as &[&str],
        ])
        .collect();
    let look = send(&office, &table(&more), None).await.is(200);
    assert_eq!(look["lines"][2]["code"], "3.1.6", "a number is not given twice");
    // The plan changes between the look and the yes.
    loads(&office, &table(rows)).await;
    office.put("/api/v1/plan/tasks/3.1.1/lead", serde_json::json!({ "name": "周明" })).await.is(200);
    send(&office, &table(&more), Some(&look.text("/seen"))).await.refuses(409, "plan.table_not_seen");
}

#[tokio::test]
async fn a_table_with_unreadable_cells_changes_nothing() {
    let (_, _, office, _) = branch().await;
    let before = tasks(&office).await;
    let rows: Rows<'_> = &[
        &["一", "学习行动", "抓好学习", "做一", "全年", "张三"],
        &["壹佰", "学习行动", "抓好学习", "", "", "张三", "", "多余"],
        &["一", "学习行动", "抓好学习", "、。", "全年", "张三"],
    ];
    let refusal = send(&office, &table(rows), None).await.refuses(422, "plan.table_invalid");
    let problems = refusal.body["details"]["problems"].as_array().expect("a list").clone();
    for (column, saw) in [("A", "壹佰"), ("D", "(空)"), ("E", "(空)"), ("H", "多余")] {
        let named =
            problems.iter().any(|one| one["row"] == 3 && one["column"] == column && one["saw"] == saw);
        assert!(named, "{column}: {problems:#?}");
    }
    assert!(problems.iter().any(|one| one["row"] == 4 && one["column"] == "D" && one["saw"] == "、。"));
    send(&office, &table(rows), Some("x")).await.refuses(422, "plan.table_invalid");
    send(&office, b"PK\x03\x04 nothing", None).await.refuses(422, "plan.table_unreadable");
    send(&office, &vec![b'P'; 2 * 1024 * 1024], None).await.refuses(413, "limit.too_large");
    assert_eq!(tasks(&office).await, before);
}

const LIFE: &str = "组织生活行动";

#[tokio::test]
async fn a_new_item_and_a_new_action_in_front_leave_every_rule_with_its_own_words() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let rows: Rows<'_> = &[
        &["一", LIFE, "组织生活制度", "党员大会", "每季度", "张三"],
        &["一", LIFE, "组织生活制度", "各村做好一件事", "12月底", "张三"],
        &["一", LIFE, "流动党员管理", "做好联系", "每季度", "张三"],
    ];
    loads(&office, &table(rows)).await;
    let rules = |tasks: &[Value]| -> Vec<(String, String)> {
        let of = |task: &Value| {
            (task["requirement"].as_str().expect("words").to_owned(), task["rules"].to_string())
        };
        tasks.iter().map(of).collect()
    };
    let before = rules(&tasks(&office).await);
    let renumbered: Rows<'_> = &[
        &["一", "学习行动", "抓好学习", "读一本书", "每季度", "张三"],
        &["二", LIFE, "抓好学习", "读两本书", "每季度", "张三"],
        &["二", LIFE, "组织生活制度", "党员大会", "每季度", "张三"],
        &["二", LIFE, "组织生活制度", "各村做好一件事", "12月底", "张三"],
        &["二", LIFE, "流动党员管理", "做好联系", "每季度", "张三"],
    ];
    let look = send(&office, &table(renumbered), None).await.is(200);
    let states: Vec<_> =
        look["lines"].as_array().expect("lines").iter().map(|line| line["state"].as_str()).collect();
    let (added, changed) = (Some("added"), Some("changed"));
    assert_eq!(states, [added, added, changed, changed, changed]);
    assert!(look["dropped"].as_array().expect("a list").is_empty());
    loads(&office, &table(renumbered)).await;
    let now = tasks(&office).await;
    assert_eq!(rules(&now)[2..], before, "not a version of theirs has changed");
    let numbers: Vec<_> = now.iter().map(|task| task["action_no"].as_i64().expect("a number")).collect();
    assert_eq!(numbers, [1, 2, 2, 2, 2]);
    // Nothing is left to change, nor in what goes out.
    send(&office, &table(renumbered), None).await.is(200).field("/changes_nothing", true);
    let out = file(&office, "/api/v1/plan/table").await;
    send(&office, &out, None).await.is(200).field("/changes_nothing", true);
}

#[tokio::test]
async fn a_seventh_action_takes_no_number_of_what_only_the_body_asks_for() {
    let (_, _, office, _) = branch().await;
    let body = |tasks: &[Value]| -> Vec<Value> {
        tasks.iter().filter(|task| task["in_annex"] == false).cloned().collect()
    };
    let before = tasks(&office).await;
    let rows: Rows<'_> = &[
        &["七", "环境整治行动", "清河道", "各村清一次河道", "12月底", "吴静"],
        &["七", "环境整治行动", "种树", "各村种一次树", "全年", "吴静"],
    ];
    loads(&office, &table(rows)).await;
    let now = tasks(&office).await;
    assert_eq!(body(&now), body(&before), "the body's own tasks stay as they are");
    let codes: Vec<_> =
        now.iter().filter(|task| task["in_annex"] == true).map(|task| &task["code"]).collect();
    assert_eq!(codes, ["7.1.2", "7.2.2"]);
    send(&office, &table(rows), None).await.is(200).field("/changes_nothing", true);
    let out = file(&office, "/api/v1/plan/table").await;
    send(&office, &out, None).await.is(200).field("/changes_nothing", true);
}

#[tokio::test]
async fn what_the_office_has_set_of_a_rule_stays_through_another_wording() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let rows = |times: [&'static str; 4]| -> Vec<u8> {
        let asked = ["做好甲", "做好乙", "做好丙", "做好丁"];
        let rows: Vec<Vec<&str>> = (asked.into_iter().zip(times))
            .filter(|(_, time)| !time.is_empty())
            .map(|(asked, time)| vec!["一", "学习行动", "抓好学习", asked, time])
            .collect();
        table(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    loads(&office, &rows(["2021年上半年", "12月底", "12月底", "每季度"])).await;
    let rule = async |code: &str| office.get(&format!("/api/v1/plan/rules/{code}")).await.is(200);
    // A date for what was past, a first day, and two rules switched off.
    let date = serde_json::json!({ "opens": "2021-10-12", "due": "2021-11-30" });
    office.put("/api/v1/plan/rules/1.1.1/date", date).await.is(200);
    change(&office, "1.1.3", serde_json::json!({ "first_on": "2021-12-01" })).await.is(200);
    for code in ["1.1.2", "1.1.4"] {
        change(&office, code, serde_json::json!({ "off": true })).await.is(200);
    }
    let set = rule("1.1.1").await;
    let reworded = ["2021年6月底前", "2021年上半年", "11月底", "每季度"];
    loads(&office, &rows(reworded)).await;
    assert_eq!(rule("1.1.1").await["version"], set["version"], "the date the office has set stays");
    let asking = rule("1.1.2").await;
    assert_eq!((asking["record_kind"].as_str(), asking["off"].as_bool()), (Some("set_date"), Some(true)));
    let moved = rule("1.1.3").await;
    assert_eq!(moved["cadence"]["due"], "2021-11-30");
    assert!(moved["first_on"].is_null(), "its first day would be after its only deadline");
    let root = town.unit("图河镇");
    assert!(is_owed(&office, &root, "做好丙", "2021-11-30").await);
    assert!(duties(&office, &root).await.iter().all(|duty| duty["task_code"] != "1.1.2"), "nobody is asked");
    // All but one fall away, on the day on which the office has switched rules off, and come back.
    world.move_to("2021-10-12 15:00");
    loads(&office, &rows(["2021年6月底前", "", "", ""])).await;
    assert_eq!(rule("1.1.3").await["off"], true);
    loads(&office, &rows(reworded)).await;
    for (code, off) in [("1.1.1", false), ("1.1.2", true), ("1.1.3", false), ("1.1.4", true)] {
        assert_eq!(rule(code).await["off"], off, "{code}: what the office has switched off itself stays off");
    }
    // The release before kept only the day on which a task fell away.
    loads(&office, &rows(["2021年6月底前", "", "", ""])).await;
    sqlx::query("update task set dropped_at = null").execute(&world.app.db).await.expect("updated");
    world.move_to("2021-10-14");
    loads(&office, &rows(reworded)).await;
    assert_eq!(rule("1.1.3").await["off"], false);
}
