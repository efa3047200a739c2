//! 电话通知 at the desk: the list, and its print with the numbers on it.

use tuhe::org::{self, NewPerson, Role};
use tuhe::platform::clock;

use super::Desk;
use crate::world::{Town, World};

#[tokio::test]
async fn the_printed_list_has_the_numbers_and_each_showing_is_on_the_log() {
    let world = World::on("2021-10-10").await;
    let town = Town::with_plan(&world).await;
    let (office, contact) = (town.office().await, town.village_contact().await);
    let now = world.now();
    let mut tx = world.app.db.begin().await.expect("begun");
    let new =
        NewPerson {
            name: "李卫国", membership: "full", phone: Some("13900000077"), ..NewPerson::default()
        };
    let holder = org::add_person(&mut tx, &world.app.keys, town.id, &new, now).await.expect("added");
    let over = [town.units["石桥支部"]];
    org::add_post(&mut tx, town.id, holder, Role::BranchSecretary, &over, clock::today(now), now)
        .await
        .expect("added");
    tx.commit().await.expect("committed");
    world.live_until("2021-10-14").await;
    let mut desk = Desk::of(&office).await;
    let page = desk.get("/console/calls").await.shows("李卫国").hides("13900000077");
    let form_key = page.value("form_key");
    let revealed = async || -> i64 {
        sqlx::query_scalar(
            "select count(*) from audit_entry where action = 'org.phone_revealed' and subject_id = $1",
        )
        .bind(holder.0)
        .fetch_one(&world.app.db)
        .await
        .expect("counted")
    };
    assert_eq!(revealed().await, 0);
    let form = [("form_key", form_key.as_str()), ("reason", "电话通知到期事项")];
    desk.post("/console/calls/print", &form).await.shows("13900000077").shows("李卫国");
    assert_eq!(revealed().await, 1);
    let form = [("form_key", form_key.as_str()), ("reason", "看")];
    desk.post("/console/calls/print", &form).await.refuses(422, "为什么要看号码");
    // The village's contact calls, and may not see the number: 党建办 or the branch tells it.
    let mut other = Desk::of(&contact).await;
    let key = other.get("/console/calls").await.hides("打印名单").value("form_key");
    other
        .post("/console/calls/print", &[("form_key", &key), ("reason", "电话通知")])
        .await
        .refuses(403, "没有办成");
    assert_eq!(revealed().await, 1);
}
