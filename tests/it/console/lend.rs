//! 外出交办: what somebody who is away holds goes to another until they are back.

use super::Desk;
use crate::flow::{owed, village};
use crate::world::Person;

/// Whether the duty is this person's to do.
async fn holds(person: &Person, duty: &str) -> bool {
    person.today().await.iter().any(|one| one["id"] == duty && one["mine"] == true)
}

#[tokio::test]
async fn what_a_secretary_holds_is_handed_over_for_two_weeks_and_taken_back() {
    let (_, town, office, cadre) = village().await;
    let (secretary, member) = (town.secretary().await, town.committee_member().await);
    let lecture = owed(&office, &town.unit("石桥支部"), "上党课", "2021-12-31").await;
    let other = owed(&office, &town.unit("柳荫支部"), "上党课", "2021-12-31").await;
    assert!(holds(&secretary, &lecture).await);

    let mut desk = Desk::of(&office).await;
    let person = format!("/console/people/{}", secretary.id);
    desk.get(&person).await.shows("把手里的事交办给别人");
    let path = format!("{person}/lend");
    desk.get(&path).await.shows("由谁代办").hides("看看有哪些事");
    let page =
        desk.get(&format!("{path}?name=%E7%8E%8B%E7%A7%80")).await.shows("王秀英").shows("看看有哪些事");
    let (key, from) = (page.value("form_key"), page.value("from"));
    let (holder, to) = (secretary.id.to_string(), member.id.to_string());
    let form = |to: &str, until: &str| -> Vec<(String, String)> {
        [
            ("form_key", key.as_str()),
            ("kind", "delegated"),
            ("holder", &holder),
            ("name", "王秀"),
            ("from", &from),
            ("to", to),
            ("until", until),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    };
    let post = async |desk: &mut Desk, path: &str, form: &[(String, String)]| {
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        desk.post(path, &form).await
    };
    let preview = "/console/excuses/preview";
    // A slip keeps the search and the day.
    let page = post(&mut desk, preview, &form(&holder, "2021-10-26")).await.refuses(422, "代办的人就是本人");
    page.refuses(422, "value=\"2021-10-26\"").refuses(422, "王秀英");
    post(&mut desk, preview, &form(&to, "")).await.refuses(422, "到哪天止").refuses(422, "王秀英");

    let page =
        post(&mut desk, preview, &form(&to, "2021-10-26")).await.shows("交办勾选的").shows("固定学习日");
    let page = page.hides("上党课");
    drop(page);
    let page = post(&mut desk, preview, &form(&to, "2021-12-31")).await.shows("上党课").hides("柳荫支部");
    let duties: Vec<String> = page
        .text
        .split("name=\"duty\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().expect("a key").to_owned())
        .collect();
    assert!(!duties.is_empty());
    let mut chosen = form(&to, "2021-12-31");
    chosen.push(("id".into(), page.value("id")));
    chosen.push(("reason".into(), "外出学习两周".into()));
    chosen.extend(duties.iter().map(|duty| ("duty".to_owned(), duty.clone())));
    let mut second = Desk::new(&town.world);
    second.cookies = desk.cookies.clone();
    let (one, two) = tokio::join!(
        post(&mut desk, "/console/excuses/propose", &chosen),
        post(&mut second, "/console/excuses/propose", &chosen),
    );
    assert_eq!((one.status, &one.to), (303, &two.to), "{} {}", one.text, two.text);
    assert!(one.to.starts_with("/console/excuses?said=handed"), "{}", one.to);
    assert!(holds(&member, &lecture).await && !holds(&secretary, &lecture).await);
    assert!(!holds(&member, &other).await);

    let page = desk.get("/console/excuses?decided=1").await.shows("外出学习两周").shows("撤销,照常办理");
    let id =
        page.text.split("/console/excuses/batch/").nth(1).expect("a batch").split('/').next().expect("an id");
    let back = [("form_key", key.as_str()), ("reason", "回来了")];
    let undone = desk.post(&format!("/console/excuses/batch/{id}/undo"), &back).await;
    assert!(undone.status == 303, "{}", undone.text);
    assert!(holds(&secretary, &lecture).await && !holds(&member, &lecture).await);

    // Somebody of another village takes nothing over; who may not delegate does not come here.
    let neighbour = town.neighbour().await;
    let page = post(&mut desk, preview, &form(&neighbour.id.to_string(), "2021-10-26")).await;
    page.shows("没有可以处理的事").shows("只能交给本组织");
    Desk::of(&cadre).await.get(&path).await.refuses(403, "没有这项权限");
    Desk::of(&neighbour).await.get(&path).await.refuses(403, "没有这项权限");
}
