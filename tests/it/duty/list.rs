//! The list of the day: to each what is theirs.

use serde_json::Value;
use tuhe::org::Role;

use crate::flow::village;

fn titles(list: &[Value]) -> Vec<&str> {
    list.iter().filter_map(|duty| duty["title"].as_str()).collect()
}

#[tokio::test]
async fn a_cadre_sees_what_the_own_village_owes_and_may_help() {
    let (_, _, _, cadre) = village().await;
    let list = cadre.today().await;
    assert!(titles(&list).contains(&"排查清理外立面标牌"));
    assert!(titles(&list).contains(&"召开党员大会"), "the village's branch as well");
    let own = ["石桥村", "石桥支部", "石桥第一小组"];
    let fits = |duty: &Value| own.iter().any(|unit| duty["unit_name"] == *unit) && duty["mine"] == false;
    assert!(list.iter().all(fits), "{list:#?}");
}

#[tokio::test]
async fn a_secretary_holds_what_the_branch_owes_and_the_village_head_what_the_village_owes() {
    let (_, town, _, _) = village().await;
    let (secretary, head) = (town.secretary().await, town.village_secretary().await);
    let list = secretary.today().await;
    for title in ["召开党员大会", "召开支委会", "上党课"] {
        assert_eq!(secretary.owes(&list, title)["mine"], true, "{title}");
    }
    assert!(list.iter().all(|duty| duty["title"] != "排查清理外立面标牌"));
    let list = head.today().await;
    assert_eq!(head.owes(&list, "排查清理外立面标牌")["mine"], true);
    assert!(list.iter().all(|duty| duty["title"] != "固定学习日"), "the branch has its own secretary");
}

#[tokio::test]
async fn the_office_holds_the_towns_duties_and_nobody_elses() {
    let (_, town, office, _) = village().await;
    let list = office.today().await;
    let root = town.unit("图河镇");
    assert!(titles(&list).contains(&"招聘乡村振兴专干"));
    assert!(list.iter().all(|duty| duty["unit_id"] == root.as_str() && duty["mine"] == true), "{list:#?}");
    assert!(!titles(&list).contains(&"启用资金使用审批单"), "the discipline office's");
}

#[tokio::test]
async fn a_member_away_sees_the_own_report_and_a_linked_member_the_contact() {
    let (_, town, _, _) = village().await;
    let (away, contact) = (town.away().await, town.committee_member().await);
    let list = away.today().await;
    assert_eq!(titles(&list), ["向支部汇报半年情况"]);
    assert_eq!(list[0]["mine"], true);
    let list = contact.today().await;
    assert_eq!(contact.owes(&list, "联系流动党员")["mine"], true);
    assert!(!titles(&list).contains(&"向支部汇报半年情况"), "the member's own affair");
    let unlinked = town.person("钱多", Role::CommitteeMember, &["石桥支部"]).await;
    assert!(!titles(&unlinked.today().await).contains(&"联系流动党员"));
}

#[tokio::test]
async fn the_list_is_by_the_day_soonest_first_and_opens_a_week_ahead() {
    let (world, town, _, _) = village().await;
    let secretary = town.secretary().await;
    let list = secretary.today().await;
    let lasts: Vec<_> = list.iter().filter_map(|duty| duty["last"].as_str()).collect();
    assert!(lasts.is_sorted(), "{lasts:?}");
    let ahead = |list: &[Value]| list.iter().any(|duty| duty["last"] == "2021-11-10");
    world.move_to("2021-11-02");
    world.housekeeping().await;
    assert!(!ahead(&secretary.today().await));
    world.move_to("2021-11-03");
    world.housekeeping().await;
    let list = secretary.today().await;
    assert!(ahead(&list));
    let next = list.iter().find(|duty| duty["last"] == "2021-11-10").expect("the study day");
    assert_eq!(next["status"], "upcoming");
}

#[tokio::test]
async fn the_list_of_a_unit_pages_to_its_end() {
    let (world, town, _, _) = village().await;
    world.move_to("2022-06-30");
    world.housekeeping().await;
    let office = town.person("林青", Role::PartyOffice, &["图河镇"]).await;
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = office.get(&format!("/api/v1/duties{after}")).await.is(200);
        all.extend(page["duties"].as_array().expect("a list").clone());
        let Some(next) = page["next"].as_str() else { break };
        after = format!("?after={next}");
    }
    let mut ids: Vec<_> = all.iter().map(|duty| duty["id"].as_str().expect("an id")).collect();
    assert!(ids.len() > 100, "{}", ids.len());
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len());
    office.get("/api/v1/duties?after=2021").await.refuses(400, "request.cursor");
}

#[tokio::test]
async fn the_ledger_is_in_the_plans_order_within_a_day_over_all_its_pages() {
    let (world, _, office, _) = village().await;
    // More than a page of one day.
    sqlx::query(
        "insert into duty (town_id, id, rule_id, unit_id, window_key, window_first, window_last, grace_last, counts_until,
             state, opened_on)
         select town_id, gen_random_uuid(), rule_id, unit_id, window_key || '-' || n, window_first, window_last, grace_last,
             counts_until, 'open', opened_on
         from duty, generate_series(1, 4) n where person_id is null",
    )
    .execute(&world.app.db)
    .await
    .expect("more duties");
    let expected: Vec<String> = sqlx::query_scalar(
        "select d.id::text from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
         join task t on t.town_id = r.town_id and t.id = r.task_id
         join unit u on u.town_id = d.town_id and u.id = d.unit_id
         where d.state <> 'withdrawn'
         order by d.window_last nulls last, t.position, u.path, d.id",
    )
    .fetch_all(&world.app.db)
    .await
    .expect("the order");
    let (mut listed, mut after) = (Vec::new(), String::new());
    loop {
        let page = office.get(&format!("/api/v1/duties?overdue=false{after}")).await.is(200);
        listed.extend(
            page["duties"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|duty| duty["id"].as_str().expect("an id").to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert!(listed.len() > 200, "{}", listed.len());
    assert_eq!(listed, expected);
    let gone = "2021-10-31_018f0000-0000-7000-8000-000000000000";
    office.get(&format!("/api/v1/duties?after={gone}")).await.is(200).field("/duties", serde_json::json!([]));
}
