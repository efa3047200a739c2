//! 转入新年度 at a desk: seen before it is saved, nothing typed is lost, and who comes second is told so.

use super::Desk;
use super::desk::Page;
use super::entry::{Fields, of};
use crate::flow::village;

const PATH: &str = "/console/rules/year";

fn with(mut form: Fields, filled: &[(&str, &str)]) -> Fields {
    for (name, value) in filled {
        form.retain(|(known, _)| known != name);
        form.push(((*name).to_owned(), (*value).to_owned()));
    }
    form
}

fn filled(page: &Page) -> Fields {
    page.form_with("action=\"/console/rules/year\"")
}

async fn sends(desk: &mut Desk, form: &Fields) -> Page {
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    desk.post(PATH, &form).await
}

#[tokio::test]
async fn the_office_looks_at_the_year_and_then_carries_the_plan() {
    let (world, town, office, cadre) = village().await;
    world.move_to("2022-12-10");
    world.housekeeping().await;
    let (office, cadre) = (town.logs_in_again(&office).await, town.logs_in_again(&cadre).await);
    let mut desk = Desk::of(&office).await;
    desk.get("/console/rules").await.shows("转入新年度");
    let page = desk.get(PATH).await.shows("转入2023年度").shows("原来的截止日期:2021年10月31日");
    let page = page.shows("照常接着办的").hides("转入后,今天起");
    let form = filled(&page);
    assert_eq!(
        (of(&form, "deed.5.3.1"), of(&form, "opens.5.3.1"), of(&form, "due.5.3.1")),
        (vec!["date"], vec!["2023-10-11"], vec!["2023-10-31"])
    );
    assert_eq!(of(&form, "deed.2.3.1"), ["ask"]);
    // Not saved unseen; what is wrong stands at its field, and what was typed stays.
    let unseen = with(form.clone(), &[("deed", "save"), ("deed.5.3.2", "drop"), ("reason.6.1.1", "待商量")]);
    let refused = sends(&mut desk, &unseen).await.refuses(422, "请写明为什么不再办");
    let again = filled(&refused);
    assert_eq!((of(&again, "deed.5.3.2"), of(&again, "reason.6.1.1")), (vec!["drop"], vec!["待商量"]));
    let bad = with(again.clone(), &[("deed", "look"), ("due.5.3.1", "十月底")]);
    sends(&mut desk, &bad).await.refuses(422, "日期请写成");
    let good = with(again, &[("deed", "save"), ("reason.5.3.2", "室内标牌都规范了")]);
    let seen =
        sends(&mut desk, &good).await.shows("转入后,今天起到2023年底会这样").shows("不再办:室内标牌都规范了");
    // Changed after the look: looked at again.
    let other = with(filled(&seen), &[("deed", "save"), ("due.5.3.1", "2023-11-30")]);
    let seen = sends(&mut desk, &other).await.shows("转入后,今天起").shows("2023年11月30日");
    let save = with(filled(&seen), &[("deed", "save")]);
    sends(&mut desk, &save).await.leads("/console/rules/year?year=2023&done=1");
    desk.get("/console/rules/year?year=2023&done=1").await.shows("已转入").hides("室内标牌都规范了");
    // The same press again, or a colleague's of the same page.
    let late = sends(&mut desk, &save).await.refuses(409, "已经转入过");
    late.refuses(409, "您刚才给第 5.3.2 项填的:室内标牌都规范了");
    desk.get("/console/rules/5.3.2").await.shows("已停用").shows("室内标牌都规范了").shows("转入2023年度");
    desk.get("/console/rules/5.3.1").await.shows("2023年11月30日");
    desk.get("/console/rules/year?year=2030").await.refuses(422, "只能转入2022年度或2023年度");
    let mut own = Desk::of(&cadre).await;
    own.get(PATH).await.refuses(403, "没有这项权限");
    own.get("/console/rules").await.hides("转入新年度");
    let mut head = Desk::of(&town.village_secretary().await).await;
    head.get(PATH).await.refuses(403, "没有这项权限");
}
