//! 待办台账: the page, its filters, and the workbook that is handed upward.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

use super::Desk;
use crate::flow::{duties, owed, village};

fn rows(bytes: Vec<u8>) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let range = book.worksheet_range("待办台账").expect("a sheet");
    range.rows().map(|row| row.iter().map(Data::to_string).collect()).collect()
}

#[tokio::test]
async fn the_workbook_holds_what_the_page_and_the_api_show() {
    let (world, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let mut desk = Desk::of(&office).await;
    desk.get(&format!("/console/duties?unit={unit}")).await.shows("到服务大厅集中办公").hides("柳荫村</td>");
    let duty = owed(&office, &unit, "到服务大厅集中办公", "").await;
    let about = format!("/console/duties/{duty}");
    desk.get(&format!("/console/duties?unit={unit}")).await.shows(&about);
    desk.get(&about).await.shows("为什么有这件事").shows("石桥村").shows("图发〔2021〕94号");
    let mut foreign = Desk::of(&town.neighbour().await).await;
    foreign.get(&about).await.refuses(404, "没有找到");
    let page = desk.get(&format!("/console/duties/export?unit={unit}")).await;
    assert!(
        page.headers["content-disposition"].to_str().expect("text").ends_with("duties-2021-10-12.xlsx\"")
    );
    let sheet = rows(page.bytes);
    assert_eq!(sheet[0][0], "图河六项待办台账(2021年10月12日)");
    assert_eq!(sheet[1][..5], ["序号", "事项", "组织", "开始", "最后一天"]);
    let listed = duties(&office, &unit).await;
    let titles = |of: Vec<String>| {
        let mut of = of;
        of.sort();
        of
    };
    let told = titles(sheet[2..].iter().map(|row| row[1].clone()).collect());
    let known = listed.iter().map(|duty| duty["title"].as_str().expect("a title").to_owned()).collect();
    assert_eq!(told, titles(known));
    // The whole town, over several pages; and of a cadre's village only that.
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
    let (owed,): (i64,) = sqlx::query_as("select count(*) from duty where state <> 'withdrawn'")
        .fetch_one(&world.app.db)
        .await
        .expect("a count");
    let all = rows(desk.get("/console/duties/export").await.bytes);
    assert!(owed > 200 && all.len() == usize::try_from(owed + 2).expect("a size"), "{} of {owed}", all.len());
    let mut own = Desk::of(&cadre).await;
    let village = rows(own.get("/console/duties/export").await.bytes);
    assert!(village.len() > 2 && village[2..].iter().all(|row| row[2].starts_with("石桥")), "{village:?}");
    own.get(&format!("/console/duties?unit={}", town.unit("柳荫村"))).await.shows("没有待办。");
}
