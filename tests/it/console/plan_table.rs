//! 任务分解表 at a desk: looked at line by line, loaded as it was seen, and out again.

use super::Desk;
use crate::flow::village;
use crate::plan_table::table;
use crate::world::{Town, World};

const PATH: &str = "/console/rules/table";
const ROWS: crate::roster::Rows<'_> = &[&["一", "学习行动", "抓好学习", "做好第一件事", "10月底前", "张三"]];

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_table_is_looked_at_and_then_loaded_from_the_page_that_showed_it() {
    let world = World::on("2021-10-12").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    let mut desk = Desk::of(&office).await;
    let key = desk.get(PATH).await.shows("下载模板").value("form_key");
    let form = fields(&[("form_key", &key), ("issued_on", "2021-09-29"), ("number", "图发〔2021〕94号")]);
    let looked = desk.sends(PATH, &form, &[("file", "table.xlsx", table(ROWS))]).await;
    let looked =
        looked.shows("还没有载入").shows("做好第一件事").shows("2021年10月31日").shows("看过了,载入");
    let (seen, kept) = (looked.value("seen"), looked.value("file.kept"));
    let yes = fields(&[
        ("form_key", &key),
        ("issued_on", "2021-09-29"),
        ("number", "图发〔2021〕94号"),
        ("seen", &seen),
        ("file.kept", &kept),
    ]);
    desk.sends(PATH, &yes, &[]).await.shows("已载入");
    desk.sends(PATH, &yes, &[]).await.shows("没有变化");
    desk.get("/console/rules").await.shows("做好第一件事").shows("导出 Word");
    for name in ["plan.docx", "plan.xlsx", "plan-template.xlsx"] {
        let got = desk.get(&format!("{PATH}/{name}")).await;
        assert_eq!((got.status, got.bytes.starts_with(b"PK")), (200, true), "{name}");
    }
    desk.get(&format!("{PATH}/other")).await.refuses(404, "没有找到");
}

#[tokio::test]
async fn what_cannot_be_read_is_listed_and_only_the_office_loads() {
    let (_, _, office, cadre) = village().await;
    let mut desk = Desk::of(&office).await;
    let key = desk.get(PATH).await.value("form_key");
    let rows: crate::roster::Rows<'_> = &[&["一", "学习行动", "抓好学习", "做好第一件事", ""]];
    let form = fields(&[("form_key", &key)]);
    let page = desk.sends(PATH, &form, &[("file", "table.xlsx", table(rows))]).await;
    let page = page.refuses(422, "什么都没有载入");
    assert!(page.text.contains("<td>E</td>") && page.text.contains("时间节点空着"), "{}", page.text);
    let stale = fields(&[("form_key", "x")]);
    desk.sends(PATH, &stale, &[("file", "table.xlsx", table(ROWS))]).await.refuses(403, "页面已过期");
    let mut own = Desk::of(&cadre).await;
    let own_key = own.get("/console/").await.value("form_key");
    own.get(PATH).await.refuses(403, "没有这项权限");
    let form = fields(&[("form_key", &own_key)]);
    own.sends(PATH, &form, &[("file", "table.xlsx", table(ROWS))]).await.refuses(403, "没有这项权限");
}
