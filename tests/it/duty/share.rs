//! 各办各的: where several people hold a duty and each has to hand in their own, the last one completes it.

use std::sync::Arc;

use serde_json::{Value, json};
use tuhe::org::Role;

use super::edit::change;
use super::feed;
use crate::flow::{
    accept, another, branch, edited, give_back, ids, inbox, owed, post_of, record, standing, statement,
};
use crate::world::{Answer, Person, Town, World};

const TIDY: &str = "整理本月会议记录";

/// 石桥支部 with two secretaries, each of whom has to tidy; and the duty of October.
struct Scene {
    world: Arc<World>,
    town: Town,
    office: Person,
    first: Person,
    second: Person,
    duty: String,
}

impl Scene {
    async fn with(rule: Value) -> Self {
        let (world, town, office, first) = branch().await;
        let second = town.person("赵敏", Role::BranchSecretary, &["石桥支部"]).await;
        let mut rule = rule;
        rule["enough"] = json!("each");
        change(&office, "3.3.1-2", rule).await.is(200).field("/version", 2);
        let duty = owed(&office, &town.unit("石桥支部"), TIDY, "2021-10-31").await;
        Self { world, town, office, first, second, duty }
    }

    async fn new() -> Self {
        Self::with(json!({})).await
    }

    fn statement(&self, on: &str) -> Value {
        statement(&self.town.unit("石桥支部"), on, &[&self.duty])
    }

    async fn hands_in(&self, who: &Person) -> Value {
        let sent = self.statement(&self.world.today().to_string());
        who.post("/api/v1/statements", sent.clone()).await.is(200).field("/duties/0/extra", false);
        sent
    }

    async fn is_on_the_list_of(&self, who: &Person) -> bool {
        who.today().await.iter().any(|line| line["id"] == self.duty.as_str() && line["mine"] == true)
    }

    async fn explained(&self, to: &Person) -> Answer {
        to.get(&format!("/api/v1/duties/{}/explain", self.duty)).await.is(200)
    }

    async fn is(&self, status: &str) -> Answer {
        standing(&self.office, &self.duty).await.field("/status", status)
    }

    /// Whether the person was reminded of the duty and still is.
    async fn is_reminded(&self, who: &Person) -> bool {
        let page = format!("pages/duty/index?id={}", self.duty);
        inbox(who).await.iter().any(|notice| notice["page"] == page.as_str())
    }
}

/// Whether the explanation says so.
fn says(view: &Answer, words: &str) -> bool {
    view["stands"]["sentence"].as_str().is_some_and(|sentence| sentence.contains(words))
}

#[tokio::test]
async fn each_hands_in_their_own_only_the_others_are_reminded_and_the_last_completes_it() {
    let scene = Scene::with(json!({ "ladder": "usual" })).await;
    let view = scene.explained(&scene.office).await;
    assert!(says(&view, "还差:") && says(&view, "李卫国") && says(&view, "赵敏"), "{}", view.body);
    let counts = view["counts"]["sentence"].as_str().expect("words");
    assert!(counts.starts_with("承办人各办各的,每人一条情况说明"), "{counts}");
    scene.hands_in(&scene.first).await;
    scene.is("open").await;
    assert!(!scene.is_on_the_list_of(&scene.first).await && scene.is_on_the_list_of(&scene.second).await);
    let view = scene.explained(&scene.office).await.field("/holders/0/name", "赵敏");
    assert!(says(&view, "已交:李卫国。还差:赵敏。"), "{}", view.body);
    scene.world.move_to("2021-10-24");
    scene.world.housekeeping().await;
    assert!(!scene.is_reminded(&scene.first).await && scene.is_reminded(&scene.second).await);
    scene.hands_in(&scene.second).await;
    scene.is("met").await.field("/verdict", "on_time");
    assert!(!scene.is_reminded(&scene.second).await, "nothing is left to be reminded of");
    let view = scene.explained(&scene.office).await.field("/holders", json!([]));
    assert!(says(&view, "已交:李卫国、赵敏。") && !says(&view, "还差"), "{}", view.body);
}

#[tokio::test]
async fn names_are_for_those_who_may_read_them_and_others_read_a_number() {
    let scene = Scene::new().await;
    let away = scene.town.away().await;
    let path = format!("/api/v1/duties/{}/delegate", scene.duty);
    scene.hands_in(&scene.first).await;
    // Whoever it is handed to may read the duty, and nothing of the branch; they are then the one who owes it.
    scene.office.post(&path, json!({ "to": away.id })).await.is(200);
    let view = scene.explained(&away).await;
    assert!(says(&view, "已交:1人。还差:孙远。"), "{}", view.body);
    assert!(!view.body.to_string().contains("李卫国"), "{}", view.body);
    let neighbour = scene.town.person("何书记", Role::BranchSecretary, &["柳荫支部"]).await;
    let explain = format!("/api/v1/duties/{}/explain", scene.duty);
    neighbour.get(&explain).await.refuses(404, "access.not_found");
    neighbour
        .post("/api/v1/statements", scene.statement("2021-10-08"))
        .await
        .refuses(404, "access.not_found");
    scene.is("open").await;
}

#[tokio::test]
async fn a_reminder_told_is_taken_back_from_the_one_who_has_handed_in_alone() {
    let scene = Scene::with(json!({ "ladder": "usual" })).await;
    scene.world.move_to("2021-10-24");
    scene.world.housekeeping().await;
    assert!(scene.is_reminded(&scene.first).await && scene.is_reminded(&scene.second).await);
    scene.hands_in(&scene.first).await;
    assert!(!scene.is_reminded(&scene.first).await && scene.is_reminded(&scene.second).await);
}

#[tokio::test]
async fn each_share_is_accepted_or_returned_by_itself() {
    let scene = Scene::with(json!({ "counts": "acceptance" })).await;
    let (one, two) = (scene.hands_in(&scene.first).await, scene.hands_in(&scene.second).await);
    scene.is("submitted").await;
    let ((one, of_one), (two_id, of_two)) = (ids(&one), ids(&two));
    accept(&scene.office, &one, &of_one).await.is(200);
    scene.is("submitted").await;
    give_back(&scene.office, &two_id, &of_two, "2021-10-20").await.is(200);
    scene.is("returned").await.field("/return_due", "2021-10-20");
    assert!(!scene.is_on_the_list_of(&scene.first).await && scene.is_on_the_list_of(&scene.second).await);
    // Mended after the month: lateness stays judged by the first receipt.
    scene.world.move_to("2021-11-12");
    let next = edited(&two);
    scene.second.post("/api/v1/statements", next.clone()).await.is(200);
    scene.is("submitted").await;
    accept(&scene.office, &two_id, &ids(&next).1).await.is(200);
    let stands = scene.is("met").await.field("/verdict", "on_time");
    assert!(stands["return_due"].is_null());
}

#[tokio::test]
async fn whoever_joins_owes_one_too_and_whoever_leaves_owes_none() {
    let scene = Scene::new().await;
    scene.hands_in(&scene.first).await;
    scene.world.move_to("2021-10-12");
    let third = scene.town.person("钱新", Role::BranchSecretary, &["石桥支部"]).await;
    assert!(scene.is_on_the_list_of(&third).await);
    scene.hands_in(&scene.second).await;
    scene.is("open").await;
    let left = "update post set to_on = '2021-10-14' where town_id = $1 and id = $2";
    let left = sqlx::query(left).bind(scene.town.id.0).bind(post_of(&third).await);
    left.execute(&scene.world.app.db).await.expect("left");
    scene.world.move_to("2021-10-15");
    // A round that is cut off leaves it to the next one.
    let mut cut = scene.world.app.db.begin().await.expect("begun");
    tuhe::duty::generate(&mut cut, scene.town.id, scene.world.now()).await.expect("generated");
    cut.rollback().await.expect("cut off");
    scene.is("open").await;
    scene.world.housekeeping().await;
    scene.is("met").await.field("/verdict", "on_time");
    scene.world.housekeeping().await;
    scene.is("met").await;
    // Whoever comes after it is met owes nothing of it.
    let late = scene.town.person("孙新", Role::BranchSecretary, &["石桥支部"]).await;
    assert!(!scene.is_on_the_list_of(&late).await);
}

#[tokio::test]
async fn two_who_hand_in_at_the_same_moment_complete_it_together() {
    let scene = Scene::new().await;
    let (one, two) = (scene.statement("2021-10-08"), scene.statement("2021-10-08"));
    let path = "/api/v1/statements";
    let (one, two) = tokio::join!(scene.first.post(path, one), scene.second.post(path, two));
    for answer in [one, two] {
        answer.is(200).field("/duties/0/extra", false);
    }
    scene.is("met").await;
}

#[tokio::test]
async fn somebody_else_hands_in_only_for_one_of_them_and_says_for_whom() {
    let scene = Scene::new().await;
    let member = scene.town.committee_member().await;
    let mut sent = scene.statement("2021-10-08");
    let path = "/api/v1/statements";
    scene.office.post(path, sent.clone()).await.refuses(422, "checkin.not_a_holder");
    sent["record"]["entered_for"] = json!(member.id);
    scene.office.post(path, sent.clone()).await.refuses(422, "checkin.not_a_holder");
    sent["record"]["entered_for"] = json!(scene.second.id);
    scene.office.post(path, sent).await.is(200).field("/duties/0/extra", false);
    assert!(scene.is_on_the_list_of(&scene.first).await && !scene.is_on_the_list_of(&scene.second).await);
    scene.is("open").await;
}

#[tokio::test]
async fn one_who_hands_in_twice_has_handed_in_once() {
    let scene = Scene::new().await;
    let kept = scene.hands_in(&scene.first).await;
    let again = another(&kept);
    let receipt = scene.first.post("/api/v1/statements", again.clone()).await.is(200);
    receipt.field("/duties/0/extra", true).field("/duties/0/extra_of/record_id", ids(&kept).0);
    scene.first.post("/api/v1/statements", kept).await.is(200).field("/duties/0/extra", false);
    scene.is("open").await;
    scene.hands_in(&scene.second).await;
    scene.is("met").await;
}

#[tokio::test]
async fn a_record_that_is_for_it_no_more_is_owed_again_by_its_writer() {
    let scene = Scene::new().await;
    scene.hands_in(&scene.second).await;
    let sent = scene.hands_in(&scene.first).await;
    scene.is("met").await;
    let mut next = edited(&sent);
    next["record"]["duty_ids"] = json!([]);
    scene.first.post("/api/v1/statements", next).await.is(200);
    scene.is("open").await;
    assert!(scene.is_on_the_list_of(&scene.first).await && !scene.is_on_the_list_of(&scene.second).await);
}

#[tokio::test]
async fn where_one_becomes_enough_what_one_has_handed_in_is_enough() {
    let scene = Scene::new().await;
    let sent = scene.hands_in(&scene.first).await;
    change(&scene.office, "3.3.1-2", json!({ "enough": "one" })).await.is(200).field("/version", 3);
    scene.is("met").await;
    record(&scene.office, &ids(&sent).0).await.field("/state", "submitted");
    assert!(!scene.is_on_the_list_of(&scene.second).await);
    let rule = scene.office.get("/api/v1/plan/rules/3.3.1-2").await.is(200).field("/enough", "one");
    rule.field("/versions/0/enough", "one").field("/versions/1/enough", "each");
    // A report is one member's: it cannot be asked of each of several.
    change(&scene.office, "3.2.1", json!({ "enough": "each" })).await.refuses(422, "plan.rule_invalid");
}

#[tokio::test]
async fn what_comes_when_it_is_closed_or_in_other_hands_is_kept_beside_it_and_not_refused() {
    let scene = Scene::new().await;
    let deputy = scene.town.person("林青", Role::PartyOffice, &["图河镇"]).await;
    let away = scene.town.away().await;
    let path = format!("/api/v1/duties/{}/delegate", scene.duty);
    let sends = async |who: &Person| {
        who.post("/api/v1/statements", scene.statement("2021-10-08"))
            .await
            .is(200)
            .field("/duties/0/extra", true)
    };
    scene.office.post(&path, json!({ "to": away.id })).await.is(200);
    sends(&scene.first).await;
    // Nobody hands in for whoever it was given to without saying so.
    let sent = scene.statement("2021-10-08");
    scene.office.post("/api/v1/statements", sent).await.refuses(422, "checkin.not_a_holder");
    scene.office.post(&path, json!({})).await.is(200);
    assert!(scene.is_on_the_list_of(&scene.first).await, "what was kept beside it is no share");
    let let_off = format!("/api/v1/duties/{}/excuse", scene.duty);
    scene.office.post(&let_off, json!({ "kind": "excused", "reason": "全村抗洪" })).await.is(200);
    deputy.post(&format!("{let_off}/decide"), json!({ "approve": true })).await.is(200);
    sends(&scene.second).await;
    scene.is("excused").await;
}

#[tokio::test]
async fn it_stands_on_the_lists_of_its_holders_alone() {
    let scene = Scene::new().await;
    let helper = scene.town.committee_member().await;
    let lines = helper.today().await;
    assert!(lines.iter().all(|line| line["id"] != scene.duty.as_str()), "{lines:#?}");
    change(&scene.office, "3.3.1-2", json!({ "enough": "one" })).await.is(200);
    let lines = helper.today().await;
    assert!(
        lines.iter().any(|line| line["id"] == scene.duty.as_str() && line["mine"] == false),
        "{lines:#?}"
    );
}

#[tokio::test]
async fn what_was_handed_in_goes_along_when_the_period_becomes_another() {
    let scene = Scene::with(json!({ "ladder": "usual" })).await;
    scene.world.move_to("2021-10-24");
    scene.world.housekeeping().await;
    scene.hands_in(&scene.first).await;
    assert!(scene.is_reminded(&scene.second).await);
    let cadence = json!({ "kind": "per_period", "period": "quarter", "times": 1 });
    let quarter = json!({ "enough": "each", "cadence": cadence });
    change(&scene.office, "3.3.1-2", quarter).await.is(200).field("/version", 3);
    let unit = scene.town.unit("石桥支部");
    assert_eq!(owed(&scene.office, &unit, TIDY, "2021-12-31").await, scene.duty, "the same duty");
    assert!(!scene.is_on_the_list_of(&scene.first).await && scene.is_on_the_list_of(&scene.second).await);
    // The former day is not told of any more, and the new one is, each rung once more.
    assert!(!scene.is_reminded(&scene.second).await);
    scene.world.move_to("2021-12-24");
    scene.world.housekeeping().await;
    assert!(scene.is_reminded(&scene.second).await && !scene.is_reminded(&scene.first).await);
    scene.hands_in(&scene.second).await;
    scene.is("met").await.field("/verdict", "on_time");
}

#[tokio::test]
async fn it_is_not_given_to_one_who_has_handed_in_nor_taken_from_one_holder_in_a_batch() {
    let scene = Scene::new().await;
    scene.hands_in(&scene.first).await;
    let path = format!("/api/v1/duties/{}/delegate", scene.duty);
    scene.office.post(&path, json!({ "to": scene.first.id })).await.refuses(422, "duty.delegate_handed_in");
    let away = scene.town.away().await;
    let days =
        json!({ "kind": "delegated", "from": "2021-10-31", "until": "2021-10-31", "rules": ["3.3.1-2"] });
    let left = async |choice: Value| {
        let shown = scene.office.post("/api/v1/excuse-batches/preview", choice).await.is(200);
        let left = shown["left"].as_array().expect("left").clone();
        let why = left.first().and_then(|one| one["left_out"].as_str()).unwrap_or_default();
        (shown["duties"].as_array().map(Vec::len), why.to_owned())
    };
    let mut choice = days.clone();
    (choice["units"], choice["holder"], choice["to"]) = (json!([]), json!(scene.second.id), json!(away.id));
    let (chosen, why) = left(choice).await;
    assert!(chosen == Some(0) && why.contains("各办各的"), "{chosen:?} {why}");
    let mut choice = days;
    (choice["units"], choice["to"]) = (json!([scene.town.unit("石桥支部")]), json!(scene.first.id));
    let (chosen, why) = left(choice).await;
    assert!(chosen == Some(0) && why.contains("已经交了"), "{chosen:?} {why}");
    scene.office.post(&path, json!({ "to": scene.second.id })).await.is(200);
    scene.is("open").await;
}

#[tokio::test]
async fn the_last_two_shares_accepted_by_two_at_the_same_moment_meet_it() {
    let scene = Scene::with(json!({ "counts": "acceptance" })).await;
    let deputy = scene.town.person("林青", Role::PartyOffice, &["图河镇"]).await;
    let (one, two) = (scene.hands_in(&scene.first).await, scene.hands_in(&scene.second).await);
    let ((one, of_one), (two, of_two)) = (ids(&one), ids(&two));
    // Whoever holds the duty lets neither be seen before both are there.
    let mut held = scene.world.app.db.begin().await.expect("begun");
    let lock = "select id from duty where id = $1::uuid for update";
    sqlx::query(lock).bind(&scene.duty).fetch_one(&mut *held).await.expect("held");
    let both = async { tokio::join!(accept(&scene.office, &one, &of_one), accept(&deputy, &two, &of_two)) };
    let let_go = async {
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        held.rollback().await.expect("let go");
    };
    let ((one, two), ()) = tokio::join!(both, let_go);
    one.is(200);
    two.is(200);
    scene.is("met").await;
}

#[tokio::test]
async fn what_another_is_to_mend_stays_to_be_mended_when_one_takes_theirs_away() {
    let scene = Scene::with(json!({ "counts": "acceptance" })).await;
    let (one, two) = (scene.hands_in(&scene.first).await, scene.hands_in(&scene.second).await);
    let (two, of_two) = ids(&two);
    give_back(&scene.office, &two, &of_two, "2021-10-20").await.is(200);
    let mut next = edited(&one);
    next["record"]["duty_ids"] = json!([]);
    scene.first.post("/api/v1/statements", next).await.is(200);
    scene.is("returned").await.field("/return_due", "2021-10-20");
    assert!(scene.is_on_the_list_of(&scene.first).await && scene.is_on_the_list_of(&scene.second).await);
}

#[tokio::test]
async fn a_calendar_says_how_the_readers_own_share_stands() {
    let scene = Scene::with(json!({ "counts": "acceptance" })).await;
    let (mine, other) = (feed::make(&scene.first).await, feed::make(&scene.second).await);
    let said = async |url: &str| {
        let all = feed::events(&scene.world, url).await;
        let of = all
            .iter()
            .find(|event| event["SUMMARY"].contains(TIDY) && event["DTSTART;VALUE=DATE"] == "20211031");
        let of = of.expect("the event");
        (of["SUMMARY"].clone(), of["SEQUENCE"].parse::<u32>().expect("a number"))
    };
    let before = said(&mine).await;
    let (id, version) = ids(&scene.hands_in(&scene.first).await);
    let sent = said(&mine).await;
    assert!(sent.0.starts_with("【已交待审】") && sent.1 > before.1, "{before:?} {sent:?}");
    give_back(&scene.office, &id, &version, "2021-10-20").await.is(200);
    let back = said(&mine).await;
    assert!(back.0.starts_with("【退回待补正】") && back.1 > sent.1, "{back:?}");
    assert_eq!(said(&other).await, before, "nothing of theirs has come back");
}
