//! 转入新年度: what comes round goes on, what was dated gets another date, is let fall or asked for; the years before stay as
//! they were.

use serde_json::{Value, json};
use tuhe::org::Role;

use crate::flow::{duties, is_owed, owed, standing, survey, village};
use crate::world::{Answer, Person, Town, World};

const PATH: &str = "/api/v1/plan/years/2023";
const OUTSIDE: &str = "排查清理外立面标牌";
const BACKDROP: &str = "5.2.3";

/// What the year proposes, with other choices for some rules.
async fn choices(office: &Person, other: &[Value]) -> Vec<Value> {
    let report = office.get(PATH).await.is(200);
    let of = |rule: &Value| match other.iter().find(|choice| choice["code"] == rule["code"]) {
        Some(choice) => choice.clone(),
        None => {
            json!({ "code": rule["code"], "deed": rule["deed"], "opens": rule["opens"], "due": rule["due"] })
        }
    };
    report["dated"].as_array().expect("rules").iter().map(of).collect()
}

async fn look(office: &Person, choices: &[Value]) -> Answer {
    office.post(PATH, json!({ "choices": choices })).await
}

async fn carry(office: &Person, choices: &[Value], seen: &str) -> Answer {
    office.post(PATH, json!({ "choices": choices, "seen": seen })).await
}

/// Looks, then carries what was seen.
async fn carried(office: &Person, choices: &[Value]) -> Answer {
    let seen = look(office, choices).await.is(200).text("/seen");
    carry(office, choices, &seen).await.is(200)
}

fn rule<'a>(report: &'a Answer, list: &str, code: &str) -> &'a Value {
    let found = report[list].as_array().expect("rules").iter().find(|rule| rule["code"] == code);
    found.unwrap_or_else(|| panic!("no {code} in {list}: {:#}", report.body))
}

/// All that has closed by now, as the ledger has it.
async fn history(world: &World) -> Vec<String> {
    sqlx::query_scalar(
        "select concat_ws(' ', d.id, d.rule_id, d.window_key, d.window_first, d.window_last, d.state, d.verdict, d.record_id)
         from duty d where d.window_last < $1 order by d.id",
    )
    .bind(world.today())
    .fetch_all(&world.app.db)
    .await
    .expect("read")
}

/// Which rules the office has an open duty of to give them a date; none of these has a last day.
async fn asked_for(world: &World) -> Vec<String> {
    sqlx::query_scalar(
        "select r.code from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
         where r.record_kind = 'set_date' and d.state = 'open' and d.window_last is null order by r.code",
    )
    .fetch_all(&world.app.db)
    .await
    .expect("read")
}

async fn entries(world: &World, action: &str) -> i64 {
    sqlx::query_scalar("select count(*) from audit_entry where action = $1")
        .bind(action)
        .fetch_one(&world.app.db)
        .await
        .expect("counted")
}

/// How many rules there are, in all their versions.
async fn versions(world: &World) -> i64 {
    sqlx::query_scalar("select count(*) from rule").fetch_one(&world.app.db).await.expect("counted")
}

/// The plan of 2021 in December 2022: 石桥村 has cleared its outside walls, 柳荫村 never has.
async fn december() -> (std::sync::Arc<World>, Town, Person, Person) {
    let (world, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let duty = owed(&office, &unit, OUTSIDE, "2021-10-31").await;
    cadre.post("/api/v1/sign-surveys", survey(&unit, "2021-10-12", "outside", &[&duty])).await.is(200);
    standing(&office, &duty).await.field("/status", "submitted");
    world.move_to("2022-12-10");
    world.housekeeping().await;
    let (office, cadre) = (town.logs_in_again(&office).await, town.logs_in_again(&cadre).await);
    (world, town, office, cadre)
}

#[tokio::test]
async fn a_plan_goes_into_a_new_year_and_nobody_is_late_by_it() {
    let (world, town, office, cadre) = december().await;
    let (done, never) = (town.unit("石桥村"), town.unit("柳荫村"));
    let before = history(&world).await;
    let report = office.get(PATH).await.is(200);
    let meetings = rule(&report, "goes_on", "3.1.1");
    // Three branches, four quarters.
    assert_eq!((&meetings["often"], &meetings["duties"]), (&json!("每季度1次"), &json!(12)));
    let outside = rule(&report, "dated", "5.3.1");
    assert_eq!(
        (&outside["was"], &outside["deed"], &outside["opens"], &outside["due"], &outside["duties"]),
        (&json!("2021-10-31"), &json!("date"), &json!("2023-10-11"), &json!("2023-10-31"), &json!(3)),
    );
    let asked = rule(&report, "dated", "2.3.1");
    assert_eq!(
        (&asked["asked"], &asked["deed"], &asked["due"]),
        (&json!(true), &json!("ask"), &json!("2023-06-30"))
    );
    assert!(report["running"].as_array().expect("rules").is_empty());
    let in_october = report["months"][9]["duties"].as_u64().expect("a count");
    assert!(in_october >= 3, "{:#}", report.body);

    let other = [
        json!({ "code": "5.3.2", "deed": "drop", "reason": "室内标牌已经全部规范" }),
        json!({ "code": BACKDROP, "deed": "ask" }),
    ];
    let chosen = choices(&office, &other).await;
    assert!(chosen.iter().any(|choice| choice["code"] == "5.3.2"), "{chosen:#?}");
    assert_eq!(asked_for(&world).await, ["2.3.1"]);
    let done_report = carried(&office, &chosen).await;
    let changed = done_report["changes"].as_u64().expect("a count");
    assert_eq!(changed, chosen.len() as u64 - 1, "all but the one that asks already");
    world.housekeeping().await;
    assert_eq!(history(&world).await, before, "the years before stay as they were, whoever is late in them");
    assert_eq!(entries(&world, "plan.year_carried").await, 1);
    assert_eq!(u64::try_from(entries(&world, "plan.rule_carried").await), Ok(changed));

    // The one left open asks the office by one duty, without a date.
    assert_eq!(asked_for(&world).await, ["2.3.1", BACKDROP]);

    // A year on: who has done it owes it again, who has not owes both, each by its own day.
    world.move_to("2023-10-11");
    world.housekeeping().await;
    let (office, cadre) = (town.logs_in_again(&office).await, town.logs_in_again(&cadre).await);
    let again = owed(&office, &done, OUTSIDE, "2023-10-31").await;
    assert!(is_owed(&office, &never, OUTSIDE, "2023-10-31").await);
    let late: Vec<_> =
        duties(&office, &never).await.into_iter().filter(|duty| duty["title"] == OUTSIDE).collect();
    assert_eq!(late.len(), 2, "what was missed in 2021 stays missed: {late:#?}");
    assert!(
        duties(&office, &done)
            .await
            .iter()
            .all(|duty| duty["last"] != "2023-10-31" || duty["title"] != "排查清理室内标牌")
    );
    cadre.post("/api/v1/sign-surveys", survey(&done, "2023-10-11", "outside", &[&again])).await.is(200);
    standing(&office, &again).await.field("/status", "submitted");
    let dropped = office.get("/api/v1/plan/rules/5.3.2").await.is(200).field("/off", true);
    assert_eq!(
        (&dropped["versions"][0]["carried_to"], &dropped["versions"][0]["note"]),
        (&json!(2023), &json!("室内标牌已经全部规范"))
    );
}

#[tokio::test]
async fn what_was_left_open_becomes_what_it_was_when_the_office_gives_it_a_date() {
    let (world, town, office, _) = december().await;
    let unit = town.unit("石桥村");
    let chosen = choices(&office, &[json!({ "code": "5.3.1", "deed": "ask" })]).await;
    carried(&office, &chosen).await;
    assert_eq!(asked_for(&world).await, ["2.3.1", "5.3.1"]);
    // It still wants a date: the page of the year has it, and may leave it open again, which changes nothing.
    let again = office.get(PATH).await.is(200);
    assert_eq!(rule(&again, "dated", "5.3.1")["title"], OUTSIDE);
    let rules = versions(&world).await;
    carried(&office, &choices(&office, &[]).await).await.field("/changes", 0);
    assert_eq!((versions(&world).await, entries(&world, "plan.year_carried").await), (rules, 1));
    let date = json!({ "opens": "2022-12-10", "due": "2023-03-31" });
    office.put("/api/v1/plan/rules/5.3.1/date", date).await.is(200);
    assert_eq!(asked_for(&world).await, ["2.3.1"]);
    let duty = owed(&office, &unit, OUTSIDE, "2023-03-31").await;
    standing(&office, &duty).await.field("/record_kind", "sign_survey").field("/status", "open");
    // Or on that page itself.
    let other = json!({ "code": "2.3.1", "deed": "date", "opens": "2023-01-01", "due": "2023-06-30" });
    carried(&office, &choices(&office, &[other]).await).await.field("/changes", 1);
    world.move_to("2023-01-02");
    world.housekeeping().await;
    let dated: i64 = sqlx::query_scalar(
        "select count(*) from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
         where r.code = '2.3.1' and r.record_kind = 'statement' and d.window_last = '2023-06-30' and d.state = 'open'",
    )
    .fetch_one(&world.app.db)
    .await
    .expect("counted");
    assert_eq!(dated, 1);
    assert!(asked_for(&world).await.is_empty());
}

#[tokio::test]
async fn the_same_year_twice_or_by_two_at_once_is_carried_once() {
    let (world, _, office, _) = december().await;
    let chosen = choices(&office, &[]).await;
    let seen = look(&office, &chosen).await.is(200).text("/seen");
    let before = versions(&world).await;
    let both = tokio::join!(carry(&office, &chosen, &seen), carry(&office, &chosen, &seen));
    let (won, lost) = if both.0.status == 200 { both } else { (both.1, both.0) };
    let made = won.is(200)["changes"].as_i64().expect("a count");
    let lost = lost.refuses(409, "plan.year_changed");
    assert!(lost.text("/message").contains("已经转入过"), "{}", lost.text("/message"));
    assert_eq!(versions(&world).await, before + made);
    carry(&office, &chosen, &seen).await.refuses(409, "plan.year_changed");
    let left = office.get(PATH).await.is(200);
    assert_eq!(
        left["dated"].as_array().expect("rules").len(),
        1,
        "only the one that asks already: {:#}",
        left.body
    );
    carried(&office, &choices(&office, &[]).await).await.field("/changes", 0);
    assert_eq!((versions(&world).await, entries(&world, "plan.year_carried").await), (before + made, 1));
}

#[tokio::test]
async fn what_breaks_off_in_the_middle_has_changed_nothing() {
    let (world, _, office, _) = december().await;
    let chosen = choices(&office, &[]).await;
    let seen = look(&office, &chosen).await.is(200).text("/seen");
    let (before, rules) = (history(&world).await, versions(&world).await);
    for statement in [
        "create function cut_off() returns trigger language plpgsql as $$ begin
             if new.code = '6.1.1' then raise exception 'cut off'; end if; return new; end $$",
        "create trigger cut_off before insert on rule for each row execute function cut_off()",
    ] {
        sqlx::query(statement).execute(&world.app.db).await.expect("made");
    }
    assert_eq!(carry(&office, &chosen, &seen).await.status, 500);
    assert_eq!((history(&world).await, versions(&world).await), (before, rules));
    assert_eq!(entries(&world, "plan.rule_carried").await, 0);
    sqlx::query("drop trigger cut_off on rule").execute(&world.app.db).await.expect("dropped");
    carry(&office, &chosen, &seen).await.is(200);
}

#[tokio::test]
async fn what_will_not_do_is_named_and_what_still_runs_waits() {
    let (world, town, office, _) = village().await;
    // In November 2021 the year-end's dates are still to come.
    world.move_to("2021-11-20");
    world.housekeeping().await;
    let office = town.logs_in_again(&office).await;
    let path = "/api/v1/plan/years/2022";
    let report = office.get(path).await.is(200);
    assert_eq!(rule(&report, "dated", "5.3.1")["due"], "2022-10-31");
    for code in ["4.1.1", "6.1.1", "5.1.1"] {
        rule(&report, "running", code);
    }
    let dated = report["dated"].as_array().expect("rules");
    let good: Vec<Value> = dated
        .iter()
        .map(|one| json!({ "code": one["code"], "deed": one["deed"], "opens": one["opens"], "due": one["due"] }))
        .collect();
    for (change, field) in [
        (json!({ "deed": "drop" }), "reason"),
        (json!({ "deed": "date", "opens": "2022-01-01" }), "due"),
        (json!({ "deed": "date", "opens": "2021-10-31", "due": "2022-01-31" }), "opens"),
        (json!({ "deed": "date", "opens": "2023-01-01", "due": "2023-01-31" }), "due"),
    ] {
        let mut choices = good.clone();
        let at = choices.iter().position(|choice| choice["code"] == "5.3.1").expect("a choice");
        choices[at] = change;
        choices[at]["code"] = json!("5.3.1");
        let refused =
            office.post(path, json!({ "choices": choices })).await.refuses(422, "plan.year_choices");
        let refused = refused.field("/details/problems/0/code", "5.3.1");
        refused.field("/details/problems/0/field", field);
    }
    let refused = office.post(path, json!({ "choices": good[1..] })).await.refuses(422, "plan.year_choices");
    refused.field("/details/problems/0/field", "deed");
    // Other choices than those that were looked at.
    let seen = office.post(path, json!({ "choices": good })).await.is(200).text("/seen");
    let mut other = good.clone();
    other[0] = json!({ "code": good[0]["code"], "deed": "ask" });
    if good[0]["deed"] == "ask" {
        other[1] = json!({ "code": good[1]["code"], "deed": "ask" });
    }
    let form = json!({ "choices": other, "seen": seen });
    office.post(path, form).await.refuses(409, "plan.year_not_seen");
    let running = world.app.db.clone();
    let open = "select count(*) from duty where state = 'open' and window_last = '2021-12-31'";
    let before: i64 = sqlx::query_scalar(open).fetch_one(&running).await.expect("counted");
    office.post(path, json!({ "choices": good, "seen": seen })).await.is(200);
    world.housekeeping().await;
    let after: i64 = sqlx::query_scalar(open).fetch_one(&running).await.expect("counted");
    assert_eq!(after, before, "what still runs is left alone");
    // In January it may follow.
    world.move_to("2022-01-05");
    world.housekeeping().await;
    let office = town.logs_in_again(&office).await;
    let report = office.get(path).await.is(200);
    assert_eq!(rule(&report, "dated", "4.1.1")["due"], "2022-12-31");
}

#[tokio::test]
async fn only_this_town_s_office_carries_its_plan_and_only_into_a_year_at_hand() {
    let (world, town, office, cadre) = december().await;
    let secretary = town.village_secretary().await;
    let chosen = choices(&office, &[]).await;
    let seen = look(&office, &chosen).await.is(200).text("/seen");
    for nobody in [&secretary, &cadre] {
        nobody.get(PATH).await.refuses(403, "access.forbidden");
        look(nobody, &chosen).await.refuses(403, "access.forbidden");
        carry(nobody, &chosen, &seen).await.refuses(403, "access.forbidden");
    }
    let next_door = Town::empty(&world, "nanan").await;
    let theirs = next_door.person("沈梅", Role::PartyOffice, &["图河镇"]).await;
    theirs.get(PATH).await.refuses(422, "plan.none");
    next_door.load_plan("2022-10-01".parse().expect("a day")).await;
    let before = versions(&world).await;
    // The very same form carries nothing of ours.
    carry(&theirs, &chosen, &seen).await.refuses(409, "plan.year_changed");
    assert_eq!(versions(&world).await, before);
    office.get(PATH).await.is(200).field("/seen", seen.as_str());
    for year in [2021, 2024, 1_000_000] {
        office.get(&format!("/api/v1/plan/years/{year}")).await.refuses(422, "plan.year");
    }
    office.get("/api/v1/plan/years/2022").await.is(200);
}
