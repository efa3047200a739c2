//! 名册 at a desk: checked first, imported whole, and what is wrong named by sheet, row and column.

use super::Desk;
use crate::flow::village;
use crate::roster::workbook;

fn roster(role: &str) -> Vec<u8> {
    workbook(&[
        ("组织", &[&["名称", "类别", "上级组织"], &["南岸支部", "党支部", ""]]),
        (
            "人员",
            &[
                &["姓名", "手机号", "党员身份", "所在党支部"],
                &["张立", "13800000001", "正式党员", "南岸支部"],
            ],
        ),
        ("职务", &[&["姓名", "职务", "任职组织"], &["张立", role, "南岸支部"]]),
    ])
}

#[tokio::test]
async fn a_roster_is_checked_and_then_imported() {
    let (_, _, office, _) = village().await;
    let mut desk = Desk::of(&office).await;
    let form_key = desk.get("/console/roster").await.shows("下载名册模板").value("form_key");
    let template = desk.get("/console/roster/template").await;
    assert_eq!(template.status, 200);
    assert!(template.headers["content-disposition"].to_str().expect("text").contains("roster-template.xlsx"));
    let known = async || office.get("/api/v1/people").await.is(200).body.to_string().contains("张立");
    desk.uploads("/console/roster", &form_key, "check", roster("党支部书记"))
        .await
        .shows("试导入通过,尚未保存");
    assert!(!known().await);
    desk.uploads("/console/roster", &form_key, "import", roster("党支部书记")).await.shows("已导入");
    assert!(known().await);
    desk.uploads("/console/roster", &form_key, "import", roster("党支部书记")).await.shows("没有变化");
}

#[tokio::test]
async fn what_is_wrong_is_listed_and_nothing_is_imported() {
    let (_, _, office, _) = village().await;
    let mut desk = Desk::of(&office).await;
    let form_key = desk.get("/console/roster").await.value("form_key");
    let page = desk.uploads("/console/roster", &form_key, "import", roster("大队书记")).await;
    let page = page.refuses(422, "没有导入任何内容");
    assert!(page.text.contains("<td>职务</td><td>2</td>"), "{}", page.text);
    for (bytes, status, words) in [
        (b"not a workbook".to_vec(), 422, "没有办成"),
        (Vec::new(), 422, "没有办成"),
        (vec![0; 6 * 1024 * 1024], 413, "上限"),
    ] {
        desk.uploads("/console/roster", &form_key, "import", bytes).await.refuses(status, words);
    }
    desk.uploads("/console/roster", "x", "import", roster("党支部书记")).await.refuses(403, "页面已过期");
    assert!(!office.get("/api/v1/people").await.is(200).body.to_string().contains("张立"));
}

#[tokio::test]
async fn only_who_may_import_is_shown_the_page() {
    let (_, town, _, cadre) = village().await;
    let secretary = town.secretary().await;
    for person in [&cadre, &secretary] {
        let mut desk = Desk::of(person).await;
        let form_key = desk.get("/console/").await.hides("名册").value("form_key");
        desk.get("/console/roster").await.refuses(403, "没有这项权限");
        desk.get("/console/roster/template").await.refuses(403, "没有这项权限");
        desk.uploads("/console/roster", &form_key, "import", roster("党支部书记"))
            .await
            .refuses(403, "没有这项权限");
    }
}
