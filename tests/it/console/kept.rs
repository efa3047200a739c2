//! A form that comes when its desk has locked loses nothing: its own person, logged in again, sends it off; nobody else can.

use serde_json::json;

use super::Desk;
use super::entry::{Fields, of, told};
use crate::flow::{branch, owed, standing, village};
use crate::world::{Person, jpeg};

/// The code on a page that also carries a form.
fn code_of(text: &str) -> String {
    let shown = text.split("aria-label=\"配对码\">").nth(1).expect("a code");
    shown.split('<').next().expect("digits").to_owned()
}

/// Logs in again at the desk, the form going along; gives the page that offers to go on.
async fn back_in(desk: &mut Desk, person: &Person, held: &str) -> super::desk::Page {
    let page = desk.post("/console/login", &[("held", held)]).await.shows("手机上填好了,继续保存");
    let held = page.value("held");
    // Pressed before the phone has answered: the code still stands there, and so does the form.
    let page = desk.post("/console/continue", &[("held", &held)]).await.shows("配对码");
    assert_eq!(page.value("held"), held);
    person.post("/api/v1/me/desk", json!({ "code": code_of(&page.text) })).await.is(200);
    desk.post("/console/continue", &[("held", &held)]).await
}

#[tokio::test]
async fn what_is_typed_while_a_desk_locks_is_saved_after_logging_in_again() {
    let (world, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    let path = format!("/console/duties/{duty}");
    let mut desk = Desk::of(&secretary).await;
    let key = desk.get(&path).await.value("form_key");
    let reason = "全村抗洪\r\n<b>桥断了</b>";
    let form =
        [("form_key", key.as_str()), ("kind", "postponed"), ("last", "2021-10-16"), ("reason", reason)];
    world.move_to("2021-10-09 09:31");
    let locked = desk.post(&format!("{path}/excuse"), &form).await.refuses(401, "您填的内容没有丢");
    // Whoever sits down at the locked desk reads nothing of it.
    let locked = locked.hides("抗洪").hides("2021-10-16").hides(&duty);
    let held = locked.value("held");

    let again = back_in(&mut desk, &secretary, &held).await.shows("继续保存").shows("全村抗洪");
    let again = again.shows("&lt;b&gt;桥断了&lt;/b&gt;").shows(&format!("action=\"{path}/excuse\""));
    let key = again.value("form_key");
    assert_ne!(key, form[0].1);
    let kept: Vec<String> = form[1..]
        .iter()
        .map(|(name, _)| again.value(name).replace("&lt;", "<").replace("&gt;", ">"))
        .collect();
    let typed = |(_, value): &(&str, &str)| value.replace("\r\n", "\n");
    assert_eq!(kept, form[1..].iter().map(typed).collect::<Vec<_>>());
    let mut form = form;
    form[0].1 = &key;
    desk.post(&format!("{path}/excuse"), &form).await.leads(&format!("{path}?proposed=1"));
    let mut other = Desk::of(&office).await;
    other.get("/console/excuses").await.shows("全村抗洪");
}

#[tokio::test]
async fn nobody_else_goes_on_with_it_and_a_made_up_one_is_nothing() {
    let (world, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    let path = format!("/console/duties/{duty}");
    let mut desk = Desk::of(&secretary).await;
    let key = desk.get(&path).await.value("form_key");
    let form = [("form_key", key.as_str()), ("kind", "excused"), ("reason", "全村抗洪")];
    world.move_to("2021-10-09 10:00");
    let held = desk.post(&format!("{path}/excuse"), &form).await.value("held");
    back_in(&mut desk, &office, &held).await.refuses(403, "另一个人填的").hides("抗洪");
    desk.get("/console/").await.shows("今天要办的").shows(&office.name);
    let neighbour = town.neighbour().await;
    let mut foreign = Desk::of(&neighbour).await;
    foreign.post("/console/continue", &[("held", &held)]).await.refuses(403, "另一个人填的").hides("抗洪");
    let mut own = Desk::of(&secretary).await;
    let (first, rest) = held.split_at(1);
    let forged = format!("{}{rest}", if first == "A" { "B" } else { "A" });
    for bad in ["", "x", "…", &forged, &held[..held.len() - 2]] {
        let page = own.post("/console/continue", &[("held", bad)]).await;
        assert!(page.status == 403 && !page.text.contains("抗洪"), "{bad}: {}", page.text);
    }
    // What no page of ours sent is not kept: the login is shown, and that is all.
    let mut nobody = Desk::new(&world);
    let (whose, signature) = key.rsplit_once('.').expect("parts");
    for bad in [whose.to_owned(), format!("{whose}.{}", "0".repeat(signature.len())), String::new()] {
        let form = [("form_key", bad.as_str()), ("kind", "excused"), ("reason", "全村抗洪")];
        nobody.post(&format!("{path}/excuse"), &form).await.leads("/console/login");
    }
    // Days later it can be read, and not sent any more.
    world.move_to("2021-10-13 10:00");
    let mut own = Desk::of(&secretary).await;
    own.post("/console/continue", &[("held", &held)])
        .await
        .refuses(422, "放了三天以上")
        .refuses(422, "全村抗洪");
    standing(&office, &duty).await.field("/excuse_pending", false);
}

#[tokio::test]
async fn a_page_of_the_login_before_is_refused_and_goes_on_with_one_press() {
    let (_, town, office, secretary) = branch().await;
    let duty = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-10").await;
    let path = format!("/console/duties/{duty}");
    let mut desk = Desk::of(&secretary).await;
    let old = desk.get(&path).await.value("form_key");
    desk.post("/console/logout", &[("form_key", &old)]).await.leads("/console/login");
    let code = desk.code().await;
    secretary.post("/api/v1/me/desk", json!({ "code": code })).await.is(200);
    desk.get("/console/pair").await.leads("/console/");
    let form = [("form_key", old.as_str()), ("kind", "excused"), ("reason", "全村抗洪")];
    let page = desk.post(&format!("{path}/excuse"), &form).await.refuses(403, "上次登录时打开的");
    let mut other = Desk::of(&office).await;
    other.get("/console/excuses").await.shows("没有等决定的申请");
    let page = desk.post("/console/continue", &[("held", &page.value("held"))]).await.shows("全村抗洪");
    assert_eq!(page.value("reason"), "全村抗洪");
}

#[tokio::test]
async fn of_a_form_with_photos_every_word_is_kept_and_the_photos_are_chosen_again() {
    let (world, town, office, _) = village().await;
    let secretary = town.secretary().await;
    let (mut desk, form) = told(&town, &office, &secretary).await;
    let path = "/console/entry/meeting";
    world.move_to("2021-10-20 09:40");
    let files = [("new-sheet", "签到.jpg", jpeg()), ("new-sheet", "签到2.jpg", jpeg())];
    let page = desk.sends(path, &form, &files).await.refuses(401, "您填的内容没有丢").hides("讨论本月工作");
    let photos: i64 =
        sqlx::query_scalar("select count(*) from photo").fetch_one(&world.app.db).await.expect("a count");
    assert_eq!(photos, 0, "nobody is logged in");
    let slip = office.post(&format!("/api/v1/people/{}/desk-code", office.id), json!(null)).await.is(200);
    let held = page.value("held");
    // A slip of the keys in the code loses the form no more than the lock did.
    let wrong = desk.post("/console/code", &[("code", "2222222222"), ("held", &held)]).await;
    let held = wrong.refuses(422, "登录码不对").value("held");
    let page = desk.post("/console/code", &[("code", &slip.text("/code")), ("held", &held)]).await;
    let page = page.shows("请重新选").shows("签到表(刚才选的是 签到.jpg、签到2.jpg)").shows("讨论本月工作");
    let again: Fields = page.form();
    let lines = |form: &Fields, name: &str| of(form, name).join("|").replace("\r\n", "\n");
    for (name, _) in form.iter().filter(|(name, _)| name != "form_key") {
        assert_eq!(lines(&again, name), lines(&form, name), "{name}");
    }
    let photo = jpeg();
    let to = desk.sends(path, &again, &[("new-sheet", "签到.jpg", photo.clone())]).await.to;
    desk.get(&to).await.shows("已保存").shows("代李卫国录").shows("签到表");
    // The same page sent again is the same record.
    assert_eq!(desk.sends(path, &again, &[("new-sheet", "签到.jpg", photo)]).await.to, to);
}
