//! 流动党员: a window that has closed is judged by what was known of an absence on its last day.

use serde_json::Value;

use crate::flow::{another_away, branch, duties};
use crate::roster::{Rows, import, workbook};
use crate::world::{Person, Town, World};

const REPORT: &str = "向支部汇报半年情况";

/// The last days of the reports somebody owes or owed.
async fn reports(office: &Person, town: &Town, about: &str) -> Vec<String> {
    let all = duties(office, &town.unit("石桥支部")).await;
    let of = |duty: &&Value| duty["title"] == REPORT && duty["person_id"] == about;
    all.iter().filter(of).map(|duty| duty["last"].as_str().expect("a date").to_owned()).collect()
}

#[tokio::test]
async fn a_member_entered_late_owes_nothing_for_windows_closed_by_then() {
    let (world, town, office, _) = branch().await;
    world.move_to("2022-01-05");
    // Away since June; entered today.
    let late = another_away(&town, "周航", None).await.to_string();
    world.housekeeping().await;
    assert_eq!(reports(&office, &town, &late).await, ["2022-06-30"]);
    let known = town.away_member.to_string();
    assert_eq!(reports(&office, &town, &known).await, ["2021-12-31", "2022-06-30"]);
    let all = duties(&office, &town.unit("石桥支部")).await;
    let closed = |duty: &&Value| duty["person_id"] == late && duty["last"].as_str() < Some("2022");
    assert_eq!(all.iter().filter(closed).count(), 0);
}

#[tokio::test]
async fn the_branchs_first_absence_entered_late_changes_no_window_that_has_closed() {
    let (world, town, office, _) = branch().await;
    world.move_to("2022-01-05");
    let late = another_away(&town, "周航", None).await;
    world.housekeeping().await;
    let before = reports(&office, &town, &late.to_string()).await;
    // However often and however late it is generated.
    world.move_to("2022-02-20");
    world.housekeeping().await;
    world.housekeeping().await;
    assert_eq!(reports(&office, &town, &late.to_string()).await, before);
}

#[tokio::test]
async fn a_corrected_date_leaves_closed_windows_as_they_were_known() {
    let world = World::on("2021-10-08").await;
    let town = Town::empty(&world, "tuhe").await;
    let office = town.office().await;
    world.move_to("2022-01-05");
    let people: Rows<'_> = &[
        &["姓名", "手机号", "党员身份", "所在党支部", "流动", "外出日期", "外出地点", "挂钩联系人"],
        &["孙远", "", "正式党员", "石桥支部", "是", "2022-01-02", "苏州", "王秀英"],
    ];
    let units: Rows<'_> = &[&["名称", "类别", "上级组织"]];
    let posts: Rows<'_> = &[&["姓名", "职务", "任职组织"]];
    let people = workbook(&[("组织", units), ("人员", people), ("职务", posts)]);
    import(&office, people).await.is(200).field("/mobile_members/changed", 1);
    // Nothing was generated before: it is the history that says who was known to be away in December.
    town.load_plan("2021-10-01".parse().expect("a date")).await;
    let about = town.away_member.to_string();
    assert_eq!(reports(&office, &town, &about).await, ["2021-12-31", "2022-06-30"]);
}
