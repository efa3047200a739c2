//! 人员职务 and 组织 at a desk: who is who, the number behind a reason, codes, posts given, ended and handed over, facts.

use serde_json::json;
use tuhe::ids::PersonId;
use tuhe::org::{self, NewPerson, Role};

use super::Desk;
use crate::flow::{owed, post_of, standing, village};
use crate::identity::Phone;
use crate::world::Town;

/// 周新 of 石桥支部, with a telephone.
async fn newcomer(town: &Town) -> PersonId {
    let now = town.world.now();
    let mut tx = town.world.app.db.begin().await.expect("begun");
    let branch = Some(town.units["石桥支部"]);
    let new = NewPerson {
        name: "周新",
        phone: Some("13800000077"),
        membership: "full",
        branch,
        ..NewPerson::default()
    };
    let id = org::add_person(&mut tx, &town.world.app.keys, town.id, &new, now).await.expect("added");
    tx.commit().await.expect("committed");
    id
}

#[tokio::test]
async fn a_person_is_found_and_the_number_shown_with_a_reason_on_the_log() {
    let (world, town, office, cadre) = village().await;
    let id = newcomer(&town).await;
    let mut desk = Desk::of(&office).await;
    let page = desk.get("/console/people?name=%E6%96%B0").await.shows("周新").hides("李小禾");
    let path = format!("/console/people/{id}");
    assert!(page.text.contains(&path));
    let page = desk.get(&path).await.shows("没有职务").shows("未绑定").hides("13800000077");
    let key = page.value("form_key");
    let form = |reason| [("form_key", key.as_str()), ("reason", reason)];
    let phone = format!("{path}/phone");
    desk.post(&phone, &form(" ")).await.refuses(422, "2 到 200 个字");
    desk.post(&phone, &form("通知开会")).await.shows("13800000077");
    let logged: Vec<serde_json::Value> =
        sqlx::query_scalar("select facts from audit_entry where action = 'org.phone_revealed'")
            .fetch_all(&world.app.db)
            .await
            .expect("the log");
    assert_eq!(logged, [json!({ "reason": "通知开会" })]);
    let mut own = Desk::of(&cadre).await;
    let key = own.get(&path).await.hides("看手机号").hides("登记新职务").hides("发绑定码").value("form_key");
    own.post(&phone, &[("form_key", &key), ("reason", "通知开会")]).await.refuses(403, "没有这项权限");
    let mut foreign = Desk::of(&town.neighbour().await).await;
    foreign.get(&path).await.refuses(404, "没有找到");
    foreign.get("/console/people").await.hides("周新");
}

#[tokio::test]
async fn a_binding_code_is_a_slip_that_works_once() {
    let (world, town, office, _) = village().await;
    let id = newcomer(&town).await;
    let mut desk = Desk::of(&office).await;
    let path = format!("/console/people/{id}");
    let key = desk.get(&path).await.value("form_key");
    let code = |text: &str| -> String {
        let shown =
            text.split("aria-label=\"绑定码\">").nth(1).expect("a code").split('<').next().expect("an end");
        shown.replace(' ', "")
    };
    let first = desk.post(&format!("{path}/code"), &[("form_key", &key)]).await.shows("只显示这一次");
    let second = desk.post(&format!("{path}/code"), &[("form_key", &key)]).await.shows("周新的绑定码");
    let phone = Phone::of(&world, "o-new");
    phone.binds(&code(&first.text)).await.refuses(422, "identity.bind_code_invalid");
    phone.binds(&code(&second.text)).await.is(200);
    phone.binds(&code(&second.text)).await.refuses(422, "identity.bind_code_invalid");
    desk.get(&path).await.shows("已绑定");
}

#[tokio::test]
async fn a_post_is_given_handed_over_and_ended_at_the_desk() {
    let (_, town, office, cadre) = village().await;
    let secretary = town.secretary().await;
    let id = newcomer(&town).await;
    let mut desk = Desk::of(&office).await;
    let path = format!("/console/people/{id}");
    let key = desk.get(&path).await.value("form_key");
    let unit = town.unit("石桥支部");
    let form = |role| {
        [("form_key", key.as_str()), ("role", role), ("unit", unit.as_str()), ("from_on", "2021-10-12")]
    };
    let page =
        desk.post(&format!("{path}/posts"), &form("group_leader")).await.refuses(422, "任职组织应为党小组");
    assert!(page.text.contains("value=\"group_leader\" selected"), "{}", page.text);
    desk.post(&format!("{path}/posts"), &form("committee_member")).await.leads(&format!("{path}?done=given"));
    desk.post(&format!("{path}/posts"), &form("committee_member")).await.refuses(409, "已在任同一职务");
    desk.get(&path).await.shows("支部委员").shows("石桥支部").shows("现任");

    let general = owed(&office, &unit, "召开党员大会", "2021-12-31").await;
    office.post(&format!("/api/v1/duties/{general}/delegate"), json!({ "to": secretary.id })).await.is(200);
    let post = post_of(&secretary).await;
    let from = format!("/console/people/{}/hand-over", secretary.id);
    desk.get(&format!("{from}?post={post}&name=%E4%B8%8D%E5%9C%A8")).await.shows("没有找到");
    desk.get(&format!("{from}?post={post}&name=%E5%91%A8"))
        .await
        .shows("周新")
        .shows("支部委员")
        .shows("交给哪一位");
    let to = id.to_string();
    let post_id = post.to_string();
    let form = |to, day| {
        [("form_key", key.as_str()), ("post", post_id.as_str()), ("name", "周"), ("to", to), ("from_on", day)]
    };
    desk.post(&from, &form(&to, "2021-10-13")).await.refuses(422, "交接日期还没到");
    let own = cadre.id.to_string();
    desk.post(&from, &form(&own, "2021-10-12")).await.refuses(422, "应由党员担任");
    let page = desk.post(&from, &form(&to, "2021-10-12")).await;
    assert!(
        page.status == 303 && page.to.starts_with(&format!("{path}?done=passed")),
        "{} {}",
        page.to,
        page.text
    );
    desk.get(&page.to).await.shows("交接好了").shows("党支部书记");
    desk.post(&from, &form(&to, "2021-10-12")).await.refuses(409, "已经结束或交接过了");
    desk.get(&format!("/console/people/{}", secretary.id)).await.shows("2021年10月11日").hides("现任");
    standing(&office, &general).await.field("/status", "open");

    let held = office.get(&format!("/api/v1/people/{id}")).await.is(200);
    let member =
        held["posts"].as_array().expect("posts").iter().find(|post| post["role"] == "committee_member");
    let end = format!("/console/posts/{}/end", member.expect("the post")["id"].as_str().expect("an id"));
    let form = [("form_key", key.as_str()), ("person", to.as_str())];
    let mut foreign = Desk::of(&town.person("何书记", Role::VillageSecretary, &["柳荫村党总支"]).await).await;
    let other = foreign.get("/console/").await.value("form_key");
    foreign.post(&end, &[("form_key", &other), form[1]]).await.refuses(403, "没有这项权限");
    desk.post(&end, &form).await.leads(&format!("{path}?done=ended&duties=0"));
    desk.get(&path).await.shows("2021年10月11日");
}

#[tokio::test]
async fn a_branchs_facts_are_stated_at_the_desk_by_the_office_and_its_own_secretary() {
    let (_, town, office, cadre) = village().await;
    let path = format!("/console/units/{}", town.unit("石桥支部"));
    for person in [office, town.secretary().await] {
        let mut desk = Desk::of(&person).await;
        desk.get("/console/units").await.shows("石桥支部");
        let key = desk.get(&path).await.shows("设支委会").value("form_key");
        let form = |full| {
            [
                ("form_key", key.as_str()),
                ("from_on", "2021-10-12"),
                ("full_members", full),
                ("probationary_members", "1"),
            ]
        };
        desk.post(&format!("{path}/facts"), &form("-1")).await.refuses(422, "人数请填");
        desk.post(&format!("{path}/facts"), &form("6")).await.leads(&format!("{path}?done=1"));
        desk.get(&path).await.shows("<dd>不设</dd>").shows("6 人");
    }
    let mut own = Desk::of(&cadre).await;
    let key = own.get(&path).await.hides("情况有变化").value("form_key");
    let form = [
        ("form_key", key.as_str()),
        ("from_on", "2021-10-12"),
        ("full_members", "9"),
        ("probationary_members", "0"),
    ];
    own.post(&format!("{path}/facts"), &form).await.refuses(403, "没有这项权限");
    let mut foreign = Desk::of(&town.neighbour().await).await;
    foreign.get(&path).await.refuses(404, "没有找到");
    foreign.get("/console/units").await.hides("石桥支部");
}

#[tokio::test]
async fn a_branch_is_set_up_split_merged_and_closed_at_the_desk() {
    let (_, town, office, cadre) = village().await;
    newcomer(&town).await;
    let mut desk = Desk::of(&office).await;
    let above = format!("/console/units/{}", town.unit("石桥村党总支"));
    let key = desk.get(&above).await.shows("在下面新建组织").hides("合并到").value("form_key");
    let form = [("form_key", key.as_str()), ("kind", "branch"), ("name", "石桥第二支部")];
    let new = desk.post(&format!("{above}/create"), &form).await.to;
    desk.get(&new).await.shows("组织建好了").shows("石桥第二支部");
    desk.post(&format!("{above}/create"), &form).await.refuses(409, "已有叫“石桥第二支部”的党支部");
    let new = new.split('?').next().expect("a path").to_owned();
    let old = format!("/console/units/{}", town.unit("石桥支部"));
    let member = town.away_member.to_string();
    desk.get(&old).await.shows("分设一个党支部").shows("孙远");
    let form = [("form_key", key.as_str()), ("name", "石桥南支部"), ("member", member.as_str())];
    let south = desk.post(&format!("{old}/split"), &form).await.to;
    desk.get(&south).await.shows("分设好了").shows("1 人");
    let south = south.split('?').next().expect("a path").to_owned();
    desk.post(&format!("{south}/close"), &[("form_key", &key)]).await.refuses(409, "党员 1 人");
    let into = new.rsplit('/').next().expect("an id").to_owned();
    desk.post(&format!("{south}/merge"), &[("form_key", &key), ("into", &into)])
        .await
        .leads(&format!("{new}?done=merged"));
    desk.post(&format!("{south}/close"), &[("form_key", &key)]).await.refuses(409, "已经撤销了");
    let mut own = Desk::of(&cadre).await;
    own.get(&old).await.hides("分设").hides("撤销");
}

#[tokio::test]
async fn what_was_delegated_to_whoever_leaves_a_post_goes_back_and_is_told_before() {
    let (world, town, office, _) = village().await;
    let (secretary, member) = (town.secretary().await, town.committee_member().await);
    let unit = town.unit("石桥支部");
    let lecture = owed(&office, &unit, "上党课", "2021-12-31").await;
    office.post(&format!("/api/v1/duties/{lecture}/delegate"), json!({ "to": member.id })).await.is(200);
    let mine = async |person: &crate::world::Person| {
        person.today().await.iter().any(|one| one["id"] == lecture.as_str() && one["mine"] == true)
    };
    assert!(mine(&member).await && !mine(&secretary).await);
    let mut desk = Desk::of(&office).await;
    let path = format!("/console/people/{}", member.id);
    let key = desk.get(&path).await.shows("别人交给他代办的 1 项还没办完").value("form_key");
    let end = format!("/console/posts/{}/end", post_of(&member).await);
    let person = member.id.to_string();
    let form = [("form_key", key.as_str()), ("person", person.as_str())];
    let mut second = Desk::new(&world);
    second.cookies = desk.cookies.clone();
    let (one, two) = tokio::join!(desk.post(&end, &form), second.post(&end, &form));
    let to = if one.status == 303 { &one.to } else { &two.to };
    desk.get(to).await.shows("交给他代办的 1 项已回到原来该办的人手里");
    assert!(mine(&secretary).await && !mine(&member).await);

    // Somebody who leaves the town altogether keeps nothing either.
    office
        .post(&format!("/api/v1/duties/{lecture}/delegate"), json!({ "to": town.away_member }))
        .await
        .is(200);
    assert!(!mine(&secretary).await);
    sqlx::query("update person set left_on = $2 where id = $1")
        .bind(town.away_member.0)
        .bind(world.today())
        .execute(&world.app.db)
        .await
        .expect("left");
    world.housekeeping().await;
    assert!(mine(&secretary).await);
}

#[tokio::test]
async fn a_unit_is_renamed_and_groups_of_one_name_are_merged() {
    let (_, town, office, _) = village().await;
    let mut desk = Desk::of(&office).await;
    let (old, above) = (town.unit("石桥支部"), town.unit("石桥村党总支"));
    let path = format!("/console/units/{old}");
    let key = desk.get(&path).await.shows("改名称").value("form_key");
    let form = json!({ "kind": "branch", "name": "石桥第二支部", "parent": above });
    let kept = office.post("/api/v1/units", form).await.is(200).text("/id");
    let form = json!({ "kind": "group", "name": "石桥第一小组", "parent": kept });
    office.post("/api/v1/units", form).await.is(200);
    let rename = |name| [("form_key", key.as_str()), ("name", name)];
    desk.post(&format!("{path}/rename"), &rename("石桥第二支部")).await.refuses(409, "请换一个名称");
    desk.post(&format!("{path}/rename"), &rename(" ")).await.refuses(422, "请填写“名称”");
    desk.post(&format!("{path}/rename"), &rename("石桥东支部")).await.leads(&format!("{path}?done=renamed"));
    desk.get(&path).await.shows("石桥东支部").shows("(原石桥东支部)");
    let merge = [("form_key", key.as_str()), ("into", kept.as_str())];
    desk.post(&format!("{path}/merge"), &merge).await.leads(&format!("/console/units/{kept}?done=merged"));
    let units = desk.get("/console/units").await.shows("石桥第一小组(原石桥东支部)");
    assert!(units.text.contains(">石桥第一小组</a>"), "{}", units.text);
    let mut foreign = Desk::of(&town.person("何书记", Role::VillageSecretary, &["柳荫村党总支"]).await).await;
    let other = foreign.get("/console/").await.value("form_key");
    let taken = [("form_key", other.as_str()), ("name", "我的")];
    let refused = foreign.post(&format!("/console/units/{kept}/rename"), &taken).await;
    assert!(matches!(refused.status, 403 | 404), "{}", refused.text);
}
