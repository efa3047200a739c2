//! The page of one duty tells what the API explains.

use super::Desk;
use crate::flow::{branch, owed};

#[tokio::test]
async fn the_page_of_a_duty_tells_it_whole() {
    let (world, town, office, _) = branch().await;
    let unit = town.unit("石桥支部");
    let duty = owed(&office, &unit, "固定学习日", "2021-10-10").await;
    world.move_to("2021-10-09");
    world.settle().await;
    let mut desk = Desk::of(&office).await;
    let page = desk.get(&format!("/console/duties/{duty}")).await;
    let page = page.shows("为什么有这件事").shows("怎样算办结").shows("由党支部书记办:李卫国");
    page.shows("截止前1天提醒").shows("没有发微信").shows("每月10日、20日各一次");
    let page = desk.get(&format!("/console/not-owed?unit={}", town.unit("柳荫支部"))).await;
    page.shows("本支部正式党员不足7人,不设支委会,无需召开。");
    desk.get("/console/not-owed").await.shows("选一个组织");
    let neighbour = town.neighbour().await;
    let mut other = Desk::of(&neighbour).await;
    other.get(&format!("/console/duties/{duty}")).await.refuses(404, "没有找到");
    other.get(&format!("/console/not-owed?unit={unit}")).await.refuses(404, "没有找到");
}
