//! 方案任务: the list, a rule with its form, a look before saving, and occasions.

use super::Desk;
use crate::flow::{branch, duties};

/// The form of a rule as the page shows it, with some fields changed.
fn filled<'a>(key: &'a str, deed: &'a str, change: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("form_key", key),
        ("deed", deed),
        ("base_version", "1"),
        ("title", "开展谈心谈话"),
        ("kind", "per_period"),
        ("period", "quarter"),
        ("times", "1"),
        ("opens_day", "25"),
        ("audience", "each_branch"),
        ("photos_required", "0"),
        ("counts", "receipt"),
        ("enough", "each"),
        ("grace_days", "3"),
        ("ladder", "quiet"),
        ("reviewer", "party_office"),
        ("minutes", "6"),
    ];
    for (name, value) in change {
        match form.iter_mut().find(|(known, _)| known == name) {
            Some(field) => field.1 = value,
            None => form.push((name, value)),
        }
    }
    form
}

#[tokio::test]
async fn the_office_looks_at_a_change_before_it_saves_it() {
    let (_, town, office, secretary) = branch().await;
    let mut desk = Desk::of(&office).await;
    let list = desk.get("/console/rules").await.shows("组织实施(正文要求)").shows("每月10日、20日");
    let list = list.shows("没有规定次数,镇里定了才要办").shows("/console/rules/7.4.1");
    drop(list);
    let page =
        desk.get("/console/rules/7.4.1").await.shows("先看效果").hides("value=\"save\"").shows("随方案载入");
    let key = page.value("form_key");
    let path = "/console/rules/7.4.1";
    // Not saved unseen, whatever is sent.
    let looked = desk.post(path, &filled(&key, "save", &[])).await.shows("保存后,今后12个月会这样");
    let looked = looked.shows("2021年12月31日").shows("石桥支部(").shows("每个支部");
    assert!(duties(&office, &town.unit("石桥支部")).await.iter().all(|duty| duty["title"] != "开展谈心谈话"));
    let seen = looked.value("seen");
    // Changed after the look: looked at again.
    let other = filled(&key, "save", &[("seen", &seen), ("minutes", "9")]);
    desk.post(path, &other).await.shows("保存后,今后12个月会这样");
    desk.post(path, &filled(&key, "save", &[("seen", &seen)])).await.leads("/console/rules/7.4.1?done=saved");
    desk.get("/console/rules/7.4.1?done=saved").await.shows("已保存").shows("每季度1次").shows("陈静");
    desk.get("/console/rules/7.4.1").await.shows("收到即算;由党建办审核;每个承办人都要各办一次");
    desk.get("/console/rules/5.3.1").await.hides("每个承办人都要各办一次");
    assert!(duties(&office, &town.unit("石桥支部")).await.iter().any(|duty| duty["title"] == "开展谈心谈话"));
    // From a page that is stale by now.
    let stale =
        desk.post(path, &filled(&key, "look", &[("minutes", "9")])).await.refuses(409, "刚被别人改过");
    // What was typed stands there as a change of the rule as it is now.
    assert_eq!((stale.value("base_version"), stale.value("minutes")), ("2".to_owned(), "9".to_owned()));
    let on_top = [("base_version", "2"), ("minutes", "9")];
    desk.post(path, &filled(&key, "look", &on_top)).await.shows("保存后,今后12个月会这样");
    desk.post(path, &filled(&key, "look", &[("times", "很多")])).await.refuses(422, "“次数”没有填对");
    desk.post(path, &filled("0", "look", &[])).await.refuses(403, "页面已过期");
    let mut own = Desk::of(&secretary).await;
    let own_key = own.get("/console/").await.value("form_key");
    own.get(path).await.shows("开展谈心谈话").hides("先看效果");
    own.post(path, &filled(&own_key, "look", &[("base_version", "2")])).await.refuses(403, "没有这项权限");
    desk.get("/console/rules/9.9.9").await.refuses(404, "没有找到");
}

#[tokio::test]
async fn the_office_opens_an_occasion_and_takes_it_back() {
    let (_, town, office, _) = branch().await;
    let mut desk = Desk::of(&office).await;
    let path = "/console/rules/2.1.1";
    let page = desk.get(path).await.shows("开一件事").shows("柳荫支部").hides("柳荫村</label>");
    let (key, id, unit) = (page.value("form_key"), page.value("id"), town.unit("石桥支部"));
    let form = [
        ("form_key", key.as_str()),
        ("id", id.as_str()),
        ("note", "今年第一批"),
        ("due", "2021-11-30"),
        ("unit", unit.as_str()),
    ];
    let opens = format!("{path}/occasions");
    for _ in 0..2 {
        desk.post(&opens, &form).await.leads("/console/rules/2.1.1?done=opened");
    }
    let all = duties(&office, &unit).await;
    assert_eq!(all.iter().filter(|duty| duty["title"] == "按25步发展党员:今年第一批").count(), 1);
    desk.get(path).await.shows("已办 0,待办 1");
    desk.post(&opens, &[("form_key", key.as_str()), ("note", "事")]).await.refuses(422, "是什么事");
    let back = [("form_key", key.as_str()), ("code", "2.1.1"), ("reason", "开错了支部")];
    let withdraw = format!("/console/occasions/{id}/withdraw");
    desk.post(&withdraw, &back).await.leads("/console/rules/2.1.1?done=withdrawn");
    desk.get(path).await.shows("已撤回").shows("开错了支部");
    desk.post(&withdraw, &back).await.refuses(409, "已经撤回");
    // Nothing is opened of what comes round by itself.
    desk.get("/console/rules/3.1.1").await.hides("开一件事");
}
