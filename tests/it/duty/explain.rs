//! 来龙去脉: one duty told whole, and why a rule is not owed.

use serde_json::Value;

use crate::flow::{branch, duties, give_back, held, ids, owed};
use crate::world::{Answer, Person};

async fn explained(by: &Person, duty: &str) -> Answer {
    by.get(&format!("/api/v1/duties/{duty}/explain")).await.is(200)
}

#[track_caller]
fn says(answer: &Answer, pointer: &str, words: &str) {
    let text = answer.text(pointer);
    assert!(text.contains(words), "{pointer} says {text}, not {words}");
}

/// What was told, in the order of time.
fn told(answer: &Answer) -> Vec<String> {
    let word = |one: &Value, key: &str| one[key].as_str().unwrap_or("—").to_owned();
    let all = answer["told"].as_array().expect("a list").iter();
    all.map(|one| ["who", "what", "through", "result"].map(|key| word(one, key)).join("|")).collect()
}

#[tokio::test]
async fn a_duty_says_why_it_is_owed_by_which_fact_and_what_counts() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开支委会", "2021-10-31").await;
    let told = explained(&secretary, &duty).await.field("/stands/status", "open");
    says(&told, "/why/sentence", "图发〔2021〕94号附件1第");
    says(&told, "/why/sentence", "每月1次");
    says(&told, "/why/fact", "本支部设有支委会,正式党员12名(2021年10月8日起登记),所以要办。");
    says(&told, "/when/sentence", "最后一天是2021年10月31日");
    says(&told, "/when/sentence", "2021年11月3日前传到都算按时");
    says(&told, "/counts/sentence", "会议记录(类型含“支委会”),照片至少1张");
    told.field("/holders/0/name", "李卫国")
        .field("/holders/0/myself", true)
        .field("/held_by", "由党支部书记办");
    let away = town.away().await;
    let own = owed(&office, &unit, "向支部汇报半年情况", "2021-12-31").await;
    says(&explained(&away, &own).await, "/why/fact", "本支部有流动党员1名,所以要办。");
}

#[tokio::test]
async fn it_says_who_was_told_through_what_and_with_what_result() {
    let (world, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let study = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    world.move_to("2021-10-09");
    world.settle().await;
    assert_eq!(told(&explained(&office, &study).await).len(), 1);
    world.allow(&secretary, 2).await;
    world.move_to("2021-10-10");
    world.settle().await;
    let view = explained(&office, &study).await;
    let lines = told(&view);
    assert!(lines[0].starts_with("李卫国|截止前1天提醒|小程序|没有发微信"), "{lines:?}");
    assert!(lines[1].starts_with("李卫国|截止当天提醒|微信|微信已送达"), "{lines:?}");
    let sent = held(&secretary, &unit, "2021-10-10", &["study_day"], &[&study]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let view = explained(&office, &study).await;
    says(&view, "/stands/sentence", "2021年10月10日做的");
    says(&view, "/stands/sentence", "按时");
    assert!(told(&view)[1].contains("已撤下"), "{:?}", told(&view));
    let (record, version) = ids(&sent);
    give_back(&office, &record, &version, "2021-10-15").await.is(200);
    let view = explained(&secretary, &study).await.field("/stands/return_due", "2021-10-15");
    says(&view, "/stands/sentence", "照片看不清,请补拍。请在2021年10月15日前补正");
    assert!(told(&view).iter().any(|line| line.contains("告知记录被退回")), "{:?}", told(&view));
}

#[tokio::test]
async fn a_vacant_post_is_on_the_call_list_and_the_explanation_says_so() {
    let (world, town, office, _) = branch().await;
    let unit = town.unit("柳荫支部");
    let study = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    world.move_to("2021-10-14");
    world.settle().await;
    let view = explained(&office, &study).await.field("/held_by", "由党支部书记办,现在没有人担任");
    let calls = |view: &Answer| told(view).into_iter().filter(|line| line.contains("电话通知")).collect();
    let lines: Vec<String> = calls(&view);
    assert!(
        lines.len() == 1 && lines[0].contains("没有人担任") && lines[0].ends_with("还没有打"),
        "{lines:?}"
    );
    let list = office.get("/api/v1/call-list").await.is(200);
    let item =
        list["items"].as_array().expect("calls").iter().find(|item| item["subject_id"] == study.as_str());
    let item = item.expect("the call")["id"].as_str().expect("an id").to_owned();
    office.post(&format!("/api/v1/call-list/{item}/done"), Value::Null).await.is(200);
    let lines: Vec<String> = calls(&explained(&office, &study).await);
    assert!(lines[0].ends_with("打过了"), "{lines:?}");
}

#[tokio::test]
async fn names_are_for_whom_may_read_them_and_the_next_village_reads_nothing() {
    let (_, town, office, secretary) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "召开支委会", "2021-10-31").await;
    // Handed to somebody who may read the duty and nothing of the branch.
    let away = town.away().await;
    let path = format!("/api/v1/duties/{duty}/delegate");
    secretary.post(&path, serde_json::json!({ "to": away.id })).await.is(200);
    let view = explained(&away, &duty).await.field("/holders/0/name", "孙远");
    says(&view, "/held_by", "本来由党支部书记办,现在交给了别人");
    assert!(!view.body.to_string().contains("李卫国"), "{}", view.body);
    let neighbour = town.neighbour().await;
    let path = format!("/api/v1/duties/{duty}/explain");
    neighbour.get(&path).await.refuses(404, "access.not_found");
}

#[tokio::test]
async fn what_is_not_owed_says_by_which_fact() {
    let (_, town, office, _) = branch().await;
    let of = async |unit: &str| {
        let found = office.get(&format!("/api/v1/units/{}/not-owed", town.unit(unit))).await.is(200);
        let rules = found["rules"].as_array().expect("rules").clone();
        let word = |one: &Value, key: &str| one[key].as_str().expect("words").to_owned();
        rules.iter().map(|one| (word(one, "title"), word(one, "reason"))).collect::<Vec<_>>()
    };
    let small = of("柳荫支部").await;
    let why = |title: &str| small.iter().find(|(name, _)| name == title).map(|(_, reason)| reason.as_str());
    assert_eq!(why("召开支委会"), Some("本支部正式党员不足7人,不设支委会,无需召开。"));
    assert_eq!(why("向支部汇报半年情况"), Some("本支部没有流动党员,无需办理。"));
    // What is owed is not listed, and what is listed is not owed.
    let owes = duties(&office, &town.unit("柳荫支部")).await;
    assert!(small.iter().all(|(title, _)| owes.iter().all(|duty| duty["title"] != title.as_str())));
    assert!(of("石桥支部").await.iter().all(|(title, _)| title != "召开支委会"));
    let neighbour = town.neighbour().await;
    let path = format!("/api/v1/units/{}/not-owed", town.unit("石桥支部"));
    neighbour.get(&path).await.refuses(404, "access.not_found");
}
