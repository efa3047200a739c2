//! What is refused stands in its form again as it was typed, and why stands beside its field.

use super::Desk;
use super::desk::Page;
use crate::flow::{branch, owed};

/// The refusal stands right behind the field of this name, or at the head of the form.
#[track_caller]
fn beside(page: &Page, field: &str, words: &str) {
    let at = page.text.find(&format!("name=\"{field}\"")).expect("the field");
    let next = page.text[at..].find("role=\"alert\"").expect("a refusal behind the field");
    let between = &page.text[at..at + next];
    let others = between.split(" name=\"").skip(1).filter(|rest| !rest.starts_with(field)).count();
    assert!(others == 0 && page.text[at + next..].contains(words), "{field}: {between}");
}

#[tokio::test]
async fn a_batch_is_chosen_again_from_what_was_chosen() {
    let (_, town, _, secretary) = branch().await;
    let mut desk = Desk::of(&secretary).await;
    let unit = town.unit("石桥支部");
    let key = desk.get("/console/excuses/new").await.value("form_key");
    let form = |last: &'static str, unit: &str| {
        vec![
            ("form_key".to_owned(), key.clone()),
            ("kind".to_owned(), "postponed".to_owned()),
            ("from".to_owned(), "2021-10-09".to_owned()),
            ("until".to_owned(), "2021-10-31".to_owned()),
            ("last".to_owned(), last.to_owned()),
            ("grace_days".to_owned(), "2".to_owned()),
            ("unit".to_owned(), unit.to_owned()),
            ("rule".to_owned(), "3.1.4".to_owned()),
        ]
    };
    let borrowed = |form: &[(String, String)]| -> Vec<(String, String)> { form.to_vec() };
    let post = async |desk: &mut Desk, path: &str, form: Vec<(String, String)>| {
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        desk.post(path, &form).await
    };
    let page = post(&mut desk, "/console/excuses/preview", borrowed(&form("", &unit))).await;
    let page = page.refuses(422, "新的最后一天").refuses(422, "value=\"2021-10-31\"");
    let page =
        page.refuses(422, &format!("value=\"{unit}\" checked")).refuses(422, "value=\"3.1.4\" checked");
    let page = page.refuses(422, "value=\"postponed\" selected");
    beside(&page, "last", "新的最后一天");
    let page = post(&mut desk, "/console/excuses/preview", form("2021-11-06", "石桥")).await;
    page.refuses(422, "请重新勾选组织").refuses(422, "value=\"2021-11-06\"");

    let page =
        post(&mut desk, "/console/excuses/preview", form("2021-11-06", &unit)).await.shows("提出勾选的");
    let (id, first) = (page.value("id"), page.value("duty"));
    assert!(page.text.matches("name=\"duty\"").count() > 1, "{}", page.text);
    let mut one = form("2021-11-06", &unit);
    one.extend([("id".to_owned(), id.clone()), ("duty".to_owned(), first.clone())]);
    one.push(("reason".to_owned(), "水".to_owned()));
    let page = post(&mut desk, "/console/excuses/propose", one).await.refuses(422, "2 到 500 个字");
    beside(&page, "reason", "2 到 500 个字");
    assert_eq!(page.value("id"), id);
    assert_eq!(page.text.matches(" checked").count(), 1, "only what was left ticked");
    assert!(page.text.contains(">水</textarea>"), "{}", page.text);
}

#[tokio::test]
async fn the_forms_of_a_duty_a_rule_and_an_occasion_keep_what_was_typed() {
    let (_, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    let mut own = Desk::of(&secretary).await;
    let path = format!("/console/duties/{duty}");
    let key = own.get(&path).await.value("form_key");
    let form =
        [("form_key", key.as_str()), ("kind", "postponed"), ("reason", "全村抗洪"), ("last", "2021-10-09")];
    let page = own.post(&format!("{path}/excuse"), &form).await.refuses(422, "要晚于原来的");
    beside(&page, "last", "要晚于原来的");
    page.refuses(422, ">全村抗洪</textarea>").refuses(422, "value=\"postponed\" selected");

    let mut desk = Desk::of(&office).await;
    let page = desk.get("/console/rules/2.1.1").await;
    let (key, id, unit) = (page.value("form_key"), page.value("id"), town.unit("石桥支部"));
    let form = |note, due| {
        [
            ("form_key", key.as_str()),
            ("id", id.as_str()),
            ("note", note),
            ("due", due),
            ("unit", unit.as_str()),
        ]
    };
    let opens = "/console/rules/2.1.1/occasions";
    let page = desk.post(opens, &form("事", "2021-11-30")).await.refuses(422, "value=\"2021-11-30\"");
    beside(&page, "note", "是什么事");
    let page = page.refuses(422, "value=\"事\"").refuses(422, &format!("value=\"{unit}\" checked"));
    assert_eq!(page.value("id"), id, "a second press is still the same");
    let page = desk.post(opens, &form("今年第一批", "2021-10-01")).await.refuses(422, "value=\"今年第一批\"");
    beside(&page, "due", "已经过了");
    desk.post(opens, &form("今年第一批", "2021-11-30")).await.leads("/console/rules/2.1.1?done=opened");
    let back = [("form_key", key.as_str()), ("code", "2.1.1"), ("occasion", &id), ("reason", "错")];
    let page = desk.post(&format!("/console/occasions/{id}/withdraw"), &back).await;
    page.refuses(422, "为什么撤回").refuses(422, "value=\"错\"");

    let rule = [
        ("form_key", key.as_str()),
        ("deed", "look"),
        ("base_version", "1"),
        ("title", "谈一谈"),
        ("kind", "per_period"),
        ("period", "quarter"),
        ("times", "很多"),
        ("minutes", "7"),
    ];
    let page = desk.post("/console/rules/7.4.1", &rule).await.refuses(422, "value=\"谈一谈\"");
    beside(&page, "times", "“次数”没有填对");
    page.refuses(422, "value=\"很多\"");
}

#[tokio::test]
async fn the_forms_of_a_unit_keep_what_was_typed() {
    let (_, town, office, _) = branch().await;
    let mut desk = Desk::of(&office).await;
    let path = format!("/console/units/{}", town.unit("石桥支部"));
    let key = desk.get(&path).await.value("form_key");
    let key = ("form_key", key.as_str());
    let facts = [
        key,
        ("full_members", "12"),
        ("probationary_members", "-1"),
        ("from_on", "2021-10-05"),
        ("has_groups", "1"),
    ];
    let page = desk.post(&format!("{path}/facts"), &facts).await.refuses(422, "value=\"-1\"");
    beside(&page, "probationary_members", "人数请填");
    let page =
        page.refuses(422, "value=\"2021-10-05\"").refuses(422, "name=\"has_groups\" value=\"1\" checked");
    assert!(!page.text.contains("name=\"has_committee\" value=\"1\" checked"), "unticked as it was");

    let above = format!("/console/units/{}", town.unit("石桥村党总支"));
    let create = [key, ("kind", "branch"), ("name", "石桥支部")];
    let page = desk.post(&format!("{above}/create"), &create).await.refuses(409, "已有叫“石桥支部”的党支部");
    let page = page.refuses(409, "<details class=\"no-print\" open><summary>在下面新建组织");
    page.refuses(409, "value=\"branch\" selected")
        .refuses(409, "name=\"name\" required maxlength=\"60\" value=\"石桥支部\"");
    let member = town.away_member.to_string();
    let split = [key, ("name", " "), ("member", &member)];
    let page = desk.post(&format!("{path}/split"), &split).await.refuses(422, "请填写“名称”");
    page.refuses(422, &format!("value=\"{member}\" checked"));
    let merge = [key, ("into", "")];
    let page = desk.post(&format!("{path}/merge"), &merge).await.refuses(422, "请选择合并到哪个党支部");
    beside(&page, "into", "请选择合并到哪个党支部");
    let rename = [key, ("name", "石桥支部")];
    desk.post(&format!("{path}/rename"), &rename).await.refuses(422, "和现在的一样");
}
