//! 月历和年度计划 at the desk.

use super::Desk;
use crate::flow::branch;

#[tokio::test]
async fn the_month_and_the_year_say_how_things_stand_in_words_and_marks() {
    let (_, town, office, _) = branch().await;
    let unit = town.unit("石桥支部");
    let mut desk = Desk::of(&office).await;
    let page = desk.get("/console/calendar").await.shows("2021年10月 · 全部组织").shows("固定学习日");
    page.shows("计划(还没到时候)").shows("month=2021-11");
    let page = desk.get(&format!("/console/calendar?month=2021-12&unit={unit}")).await;
    page.shows("2021年12月 · 石桥支部").shows("class=\"due planned\"");
    desk.get("/console/calendar?month=x").await.refuses(400, "月份要写成");
    desk.get("/console/year").await.shows("选一个组织");
    let page = desk.get(&format!("/console/year?unit={unit}&year=2022")).await;
    page.shows("石桥支部 2022年度计划").shows("12月").shows("10日").shows("已过期限,可补录");
    let mut next = Desk::of(&town.neighbour().await).await;
    next.get(&format!("/console/year?unit={unit}")).await.refuses(404, "没有找到");
    next.get(&format!("/console/calendar?unit={unit}")).await.refuses(404, "没有找到");
}
