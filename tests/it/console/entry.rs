//! 录入 at a desk: what people say on the telephone, bring on paper or tell in person becomes the record a phone would send.

use serde_json::json;

use super::Desk;
use crate::flow::{case, owed, record, standing, village};
use crate::world::{Person, Town, jpeg};

pub type Fields = Vec<(String, String)>;

/// The form with these fields filled in, as a person would.
fn with(mut form: Fields, filled: &[(&str, &str)]) -> Fields {
    for (name, value) in filled {
        let at = form.iter().position(|(known, _)| known == name).unwrap_or(form.len());
        form.retain(|(known, _)| known != name);
        form.insert(at, ((*name).to_owned(), (*value).to_owned()));
    }
    form
}

pub fn of<'a>(form: &'a Fields, name: &str) -> Vec<&'a str> {
    form.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
}

/// A meeting of 石桥支部 on the study day, said on the telephone by the secretary.
pub async fn told(town: &Town, office: &Person, by: &Person) -> (Desk, Fields) {
    town.world.move_to("2021-10-20");
    let mut desk = Desk::of(office).await;
    let duty = owed(office, &town.unit("石桥支部"), "固定学习日", "2021-10-20").await;
    let about = desk.get(&format!("/console/duties/{duty}")).await.shows("代为录入");
    let to = about
        .text
        .split("href=\"/console/entry/")
        .nth(1)
        .expect("a link")
        .split('"')
        .next()
        .expect("an end")
        .to_owned();
    let page = desk
        .get(&format!("/console/entry/{to}"))
        .await
        .shows("录入会议 · 石桥支部")
        .shows("李卫国(党支部书记)");
    let form = with(
        page.form(),
        &[
            ("entered_for", &by.id.to_string()),
            ("channel", "call"),
            ("happened_on", "2021-10-20"),
            ("place", "村部会议室"),
            ("host", "李卫国"),
            ("recorder", "王秀英"),
            ("topic", "学习讨论"),
            ("minutes", "学习文件。\r\n讨论本月工作。"),
        ],
    );
    (desk, form)
}

#[tokio::test]
async fn a_meeting_told_on_the_telephone_counts_for_its_duty_and_somebody_else_accepts_it() {
    let (_, town, office, _) = village().await;
    let secretary = town.secretary().await;
    let (mut desk, form) = told(&town, &office, &secretary).await;
    // What the town knows is filled in: who is away, what the duty is, how many there are.
    assert_eq!((of(&form, "type"), of(&form, "expected")), (vec!["study_day"], vec!["2"]));
    assert_eq!(of(&form, "absent"), [town.away_member.to_string()]);
    let kept = desk.sends("/console/entry/meeting", &form, &[("new-sheet", "签到.jpg", jpeg())]).await;
    let to = kept.to.clone();
    kept.leads(&to);
    let id = of(&form, "record")[0].to_owned();
    assert_eq!(to, format!("/console/records/{id}?done=entered&left=0"));
    let page = desk.get(&to).await.shows("已保存").shows("固定学习日").shows("电话代录").shows("代李卫国录");
    assert!(!page.text.contains("/accept"), "the writer accepts it not");
    let stored = record(&secretary, &id).await;
    let stored = stored.field("/entry_channel", "call").field("/entered_for", json!(secretary.id));
    stored.field("/facts/present", 1).field("/facts/minutes", "学习文件。\n讨论本月工作。");
    let duty = of(&form, "duty")[0].to_owned();
    standing(&office, &duty).await.field("/record_id", id.as_str());
}

#[tokio::test]
async fn a_second_press_a_reload_and_two_at_once_make_one_record() {
    let (world, town, office, _) = village().await;
    let secretary = town.secretary().await;
    let (mut desk, form) = told(&town, &office, &secretary).await;
    let mut other = Desk::new(&world);
    other.cookies = desk.cookies.clone();
    let photo = jpeg();
    let files = [("new-sheet", "签到.jpg", photo)];
    let path = "/console/entry/meeting";
    let (one, two) = tokio::join!(desk.sends(path, &form, &files), other.sends(path, &form, &files));
    assert_eq!((one.status, two.status, &one.to), (303, 303, &two.to), "{} {}", one.text, two.text);
    assert_eq!(desk.sends(path, &form, &files).await.to, one.to);
    let changed = with(form.clone(), &[("topic", "别的")]);
    desk.sends(path, &changed, &files).await.refuses(409, "刚才已经保存过了");
    let count: i64 =
        sqlx::query_scalar("select count(*) from record").fetch_one(&world.app.db).await.expect("a count");
    assert_eq!(count, 1);
}

#[tokio::test]
async fn what_was_typed_and_the_photos_that_came_are_kept_when_something_is_refused() {
    let (world, town, office, _) = village().await;
    let secretary = town.secretary().await;
    let (mut desk, form) = told(&town, &office, &secretary).await;
    let path = "/console/entry/meeting";
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    let files = [("new-meeting", "现场.jpg", jpeg()), ("new-sheet", "IMG_1.HEIC", heic)];
    let page = desk.sends(path, &form, &files).await.refuses(422, "照片“IMG_1.HEIC”没有收下:照片打不开");
    let again = page.form();
    for name in ["record", "version", "topic", "minutes", "entered_for", "channel", "absent", "duty", "type"]
    {
        let (was, now) = (of(&form, name).join("|").replace("\r\n", "\n"), of(&again, name).join("|"));
        assert_eq!(was, now, "{name}");
    }
    assert!(of(&again, "photo")[0].starts_with("meeting."), "{again:?}");
    for (wrong, words) in [
        (("channel", ""), "请选择是电话里说的"),
        (("happened_on", ""), "哪一天"),
        (("happened_on", "2021-10-21"), "还没到"),
        (("topic", " "), "请填写“议题”"),
        (("present", "9"), "对不上"),
        (("type", ""), "请选择会议类型"),
        (("minutes", &"长".repeat(20_001)), "最多 20000 个字"),
    ] {
        let page = desk.sends(path, &with(again.clone(), &[wrong]), &[]).await.refuses(422, words);
        assert_eq!(of(&page.form(), "photo"), of(&again, "photo"));
    }
    let count: i64 =
        sqlx::query_scalar("select count(*) from record").fetch_one(&world.app.db).await.expect("a count");
    assert_eq!(count, 0);
    let to = desk.sends(path, &again, &[]).await.to;
    desk.get(&to).await.shows("会议现场");
}

#[tokio::test]
async fn a_board_is_opened_at_the_desk_and_finished_there_days_later() {
    let (world, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let mut desk = Desk::of(&office).await;
    let path = "/console/entry/sign";
    let page =
        desk.get(&format!("{path}?unit={unit}")).await.shows("录入标识牌 · 石桥村").shows("李小禾(村干部)");
    let form = with(
        page.form(),
        &[
            ("entered_for", &cadre.id.to_string()),
            ("channel", "visit"),
            ("place", "outside"),
            ("text", "某某工作站"),
            ("finding", "off_list"),
        ],
    );
    let to = desk.sends(path, &form, &[("new-before", "前.jpg", jpeg())]).await.to;
    let page = desk.get(&to).await.shows("办结这一处").shows("当面代录");
    assert!(page.text.contains("未办完"), "{}", page.text);
    // One the cadre found is listed too.
    let own = case(&cadre, &unit, "2021-10-12", "inside", "advertisement").await;
    cadre.post("/api/v1/signs", own).await.is(200);
    world.move_to("2021-10-14");
    let mut desk = Desk::of(&office).await;
    let listed = desk.get(&format!("{path}?unit={unit}")).await.shows("还有 2 处没办完");
    let id = of(&form, "record")[0].to_owned();
    assert!(listed.text.contains(&format!("{path}?case={id}")));
    let page = desk.get(&format!("{path}?case={id}")).await.shows("办结标识牌").shows("某某工作站");
    let after = with(page.form(), &[("action", "cannot")]);
    desk.sends(path, &after, &[]).await.refuses(422, "请写明原因");
    let after = with(page.form(), &[("action", "removed")]);
    let to = desk.sends(path, &after, &[("new-after", "后.jpg", jpeg())]).await.to;
    desk.get(&to).await.shows("已保存").shows("清理后").shows("待审");
    record(&cadre, &id).await.field("/state", "submitted").field("/facts/state", "done");
    // An old page of it is told that somebody was faster.
    let late = with(
        page.form(),
        &[("action", "kept"), ("reason", "清单里有"), ("version", &uuid::Uuid::now_v7().to_string())],
    );
    let page = desk.sends(path, &late, &[]).await.refuses(409, "别人刚修改过");
    record(&cadre, &id).await.field("/facts/action", "removed");
    // It shows what the case has become, keeps what was typed and the photo that came meanwhile, and saves on top of it.
    let page = page.refuses(409, "现在的内容").refuses(409, "清单里有");
    let again = page.form();
    assert_eq!((of(&again, "action"), of(&again, "reason")), (vec!["kept"], vec!["清单里有"]));
    assert_eq!(of(&again, "photo").len(), 2, "{again:?}");
    assert_ne!(of(&again, "version"), of(&late, "version"));
    let to = desk.sends(path, &again, &[]).await.to;
    desk.get(&to).await.shows("已保存");
    record(&cadre, &id).await.field("/facts/action", "kept").field("/facts/reason", "清单里有");
    // Twice pressed is once saved.
    assert_eq!(desk.sends(path, &again, &[]).await.to, to);
}

/// Photos the town has received.
async fn photos(world: &crate::world::World) -> i64 {
    sqlx::query_scalar("select count(*) from photo").fetch_one(&world.app.db).await.expect("a count")
}

#[tokio::test]
async fn a_form_offers_what_is_open_of_its_kind_however_much_was_owed_before() {
    let (world, town, office, _) = village().await;
    let unit = town.units["石桥支部"].0;
    let study = owed(&office, &town.unit("石桥支部"), "固定学习日", "2021-10-20").await;
    // Twelve hundred that are done, all due before it.
    let columns: String = sqlx::query_scalar(
        "select string_agg(column_name, ', r.') from information_schema.columns
         where table_schema = 'public' and table_name = 'duty' and is_generated = 'NEVER'",
    )
    .fetch_one(&world.app.db)
    .await
    .expect("the columns");
    let query = format!(
        "insert into duty ({}) select r.{columns} from duty d, generate_series(1, 1200) n,
             jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid(), 'state', 'excused',
                 'closed_at', '2020-01-01', 'window_key', 'old-' || n, 'window_first', '2020-01-01',
                 'window_last', '2020-01-01', 'grace_last', '2020-01-04')) r
         where d.id = $1",
        columns.replace("r.", "")
    );
    let made = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(study.parse::<uuid::Uuid>().expect("an id"))
        .execute(&world.app.db)
        .await
        .expect("made");
    assert_eq!(made.rows_affected(), 1200);
    world.move_to("2021-10-20");
    let mut desk = Desk::of(&office).await;
    let page = desk.get(&format!("/console/entry/meeting?unit={unit}")).await.shows("固定学习日");
    assert!(page.text.contains(&study), "{}", page.text);
    let offered = page.text.matches("name=\"duty\"").count();
    assert!((2..30).contains(&offered), "{offered}");
    page.hides("到服务大厅").hides("2020年");
}

#[tokio::test]
async fn what_a_merged_branch_owed_before_is_still_entered_for_it() {
    let (world, town, office, _) = village().await;
    let unit = town.unit("石桥支部");
    let study = owed(&office, &unit, "固定学习日", "2021-10-20").await;
    world.move_to("2021-10-25");
    world.housekeeping().await;
    let kept = office
        .post(
            "/api/v1/units",
            json!({ "kind": "branch", "name": "石桥第二支部", "parent": town.unit("石桥村党总支") }),
        )
        .await
        .is(200)
        .text("/id");
    office.post(&format!("/api/v1/units/{unit}/merge"), json!({ "into": kept })).await.is(200);
    let mut desk = Desk::of(&office).await;
    let page = desk.get(&format!("/console/entry/meeting?duty={study}")).await.shows("录入会议 · 石桥支部");
    let form = with(
        page.form(),
        &[
            ("happened_on", "2021-10-20"),
            ("place", "村部会议室"),
            ("host", "李卫国"),
            ("recorder", "王秀英"),
            ("topic", "学习讨论"),
            ("expected", "3"),
            ("minutes", "学习文件。"),
        ],
    );
    let to = desk.sends("/console/entry/meeting", &form, &[("new-sheet", "签到.jpg", jpeg())]).await.to;
    desk.get(&to).await.shows("已保存").shows("固定学习日");
    let mut foreign = Desk::of(&town.neighbour().await).await;
    foreign.get(&format!("/console/entry/meeting?unit={unit}")).await.refuses(404, "没有找到");
}

#[tokio::test]
async fn a_talk_and_a_word_to_a_mobile_member_are_entered_at_the_desk() {
    let (_, town, office, cadre) = village().await;
    let village = town.unit("石桥村");
    let duty = owed(&office, &village, "到服务大厅集中办公", "").await;
    let mut desk = Desk::of(&office).await;
    desk.get(&format!("/console/duties/{duty}")).await.shows("代为录入");
    let path = "/console/entry/statement";
    let page = desk.get(&format!("{path}?duty={duty}")).await.shows("录入情况说明 · 石桥村");
    let text = "和三户谈过心,都希望修路。";
    let form = with(
        page.form(),
        &[
            ("entered_for", &cadre.id.to_string()),
            ("channel", "call"),
            ("happened_on", "2021-10-12"),
            ("text", " "),
        ],
    );
    desk.sends(path, &form, &[]).await.refuses(422, "请写几句做了什么");
    let form = with(form, &[("text", text)]);
    let to = desk.sends(path, &form, &[]).await.to;
    assert_eq!(desk.sends(path, &form, &[]).await.to, to);
    desk.get(&to).await.shows("已保存").shows("电话代录").shows("代李小禾录").shows(text);

    let branch = town.unit("石桥支部");
    let path = "/console/entry/contact";
    let page = desk.get(&format!("{path}?unit={branch}")).await.shows("联系的是哪位流动党员").shows("孙远");
    let form = with(
        page.form().into_iter().filter(|(name, _)| name != "duty").collect(),
        &[
            ("entered_for", &town.away_member.to_string()),
            ("channel", "call"),
            ("happened_on", "2021-10-12"),
            ("way", ""),
            ("said", "转告了学习安排,家里都好。"),
        ],
    );
    desk.sends(path, &form, &[]).await.refuses(422, "请选择“怎么联系的”").refuses(422, "家里都好");
    let to = desk.sends(path, &with(form, &[("way", "phone")]), &[]).await.to;
    desk.get(&to).await.shows("已保存").shows("家里都好");
    let away = town.away().await;
    let told = crate::flow::inbox(&away).await;
    assert!(
        told.iter().any(|one| one["title"].as_str().is_some_and(|title| title.contains("给您回了话"))),
        "{told:?}"
    );
    let mut foreign = Desk::of(&town.neighbour().await).await;
    foreign.get(&format!("/console/entry/statement?unit={village}")).await.refuses(404, "没有找到");
    foreign.get(&format!("{path}?unit={branch}")).await.refuses(403, "没有这项权限");
}

#[tokio::test]
async fn a_members_report_is_entered_by_the_linked_committee_member_and_by_the_member() {
    let (_, town, office, _) = village().await;
    let (contact, away) = (town.committee_member().await, town.away().await);
    let unit = town.unit("石桥支部");
    let path = "/console/entry/report";
    let mut desk = Desk::of(&contact).await;
    let page =
        desk.get(&format!("{path}?unit={unit}")).await.shows("录入半年汇报").shows("孙远").hides("李小禾");
    let told = [("place", "广东东莞"), ("life", "在电子厂上班"), ("study", "参加了线上学习")];
    let form = with(page.form(), &told);
    let duty = owed(&office, &unit, "向支部汇报半年情况", "2021-12-31").await;
    let form =
        with(form, &[("entered_for", &town.away_member.to_string()), ("channel", "paper"), ("duty", &duty)]);
    let to = desk.sends(path, &form, &[]).await.to;
    desk.get(&to).await.shows("已保存").shows("纸质代录").shows("向支部汇报半年情况");
    let mut own = Desk::of(&away).await;
    own.get("/console/").await.shows("录入");
    own.get("/console/entry").await.shows("流动党员半年汇报").hides("标识牌");
    let page = own.get(&format!("{path}?unit={unit}")).await;
    let to = own.sends(path, &with(page.form(), &told), &[]).await.to;
    own.get(&to).await.shows("已保存");
}

#[tokio::test]
async fn the_next_village_enters_nothing_here() {
    let (_, town, office, cadre) = village().await;
    let secretary = town.secretary().await;
    let (mut desk, form) = told(&town, &office, &secretary).await;
    let neighbour = town.neighbour().await;
    let mut foreign = Desk::of(&neighbour).await;
    let key = foreign.get("/console/").await.value("form_key");
    foreign
        .get(&format!("/console/entry/meeting?unit={}", town.unit("石桥支部")))
        .await
        .refuses(404, "没有找到");
    foreign
        .sends("/console/entry/meeting", &with(form.clone(), &[("form_key", &key)]), &[])
        .await
        .refuses(404, "没有找到");
    let sign = case(&cadre, &town.unit("石桥村"), "2021-10-12", "inside", "advertisement").await;
    cadre.post("/api/v1/signs", sign.clone()).await.is(200);
    let id = sign["record"]["id"].as_str().expect("an id");
    foreign.get(&format!("/console/entry/sign?case={id}")).await.refuses(404, "没有找到");
    // A form from another page than the desk's own brings nothing, whatever stands before its key.
    let before = photos(&town.world).await;
    let mut stolen = form.clone();
    stolen.retain(|(name, _)| name != "form_key");
    desk.sends("/console/entry/meeting", &stolen, &[("new-sheet", "签到.jpg", jpeg())])
        .await
        .refuses(403, "页面已过期");
    assert_eq!(photos(&town.world).await, before, "no photo of it was taken");
    let listed = office.get("/api/v1/records").await.is(200);
    assert_eq!(listed["records"].as_array().map(Vec::len), Some(1), "the cadre's own");
    desk.sends("/console/entry/meeting", &form, &[("new-sheet", "大.jpg", vec![0; 26 * 1024 * 1024])])
        .await
        .refuses(422, "照片文件太大");
}

#[tokio::test]
async fn a_survey_of_a_place_is_declared_at_the_desk_with_a_board_found_or_none() {
    let (world, town, office, cadre) = village().await;
    let unit = town.unit("石桥村");
    let mut desk = Desk::of(&office).await;
    let path = "/console/entry/survey";
    // From the duty: its place is chosen already, and that nothing hangs is said.
    let duty = owed(&office, &unit, "排查清理室内标牌", "2021-10-31").await;
    desk.get(&format!("/console/duties/{duty}")).await.shows(&format!("{path}?duty={duty}"));
    let page = desk
        .get(&format!("{path}?duty={duty}"))
        .await
        .shows("录入排查申报 · 石桥村")
        .shows("没有登记着还没办结");
    assert_eq!((of(&page.form(), "place"), of(&page.form(), "duty")), (vec!["inside"], vec![duty.as_str()]));
    let form = with(
        page.form(),
        &[("entered_for", &cadre.id.to_string()), ("channel", "call"), ("note", "没有发现")],
    );
    for (wrong, words) in [
        (("place", ""), "请选择“排查完了哪一处”"),
        (("place", "outside"), "说的不是这一处"),
        (("channel", ""), "请选择是电话里说的"),
        (("happened_on", "2021-10-13"), "还没到"),
        (("note", &"长".repeat(501)), "最多 500 个字"),
    ] {
        let refused = desk.sends(path, &with(form.clone(), &[wrong]), &[]).await.refuses(422, words);
        assert_eq!(of(&refused.form(), "record"), of(&form, "record"));
    }
    // Pressed by two at once, and once more.
    let mut other = Desk::new(&world);
    other.cookies = desk.cookies.clone();
    let (one, two) = tokio::join!(desk.sends(path, &form, &[]), other.sends(path, &form, &[]));
    assert_eq!((one.status, two.status, &one.to), (303, 303, &two.to), "{} {}", one.text, two.text);
    assert_eq!(desk.sends(path, &form, &[]).await.to, one.to);
    desk.sends(path, &with(form.clone(), &[("note", "有一处")]), &[]).await.refuses(409, "刚才已经保存过了");
    let to = one.to.clone();
    desk.get(&to).await.shows("电话代录").shows("没有发现").shows("代李小禾录");
    standing(&office, &duty).await.field("/status", "submitted");
    let id = of(&form, "record")[0].to_owned();
    record(&cadre, &id).await.field("/kind", "sign_survey").field("/facts/place", "inside");
    // Confirmed as one from a phone is, and not by who entered it.
    let version = json!({ "version": of(&form, "version")[0] });
    let confirm = format!("/api/v1/sign-surveys/{id}/confirm");
    office.post(&confirm, version.clone()).await.refuses(403, "review.own_record");
    let colleague = town.person("何清", tuhe::org::Role::PartyOffice, &["图河镇"]).await;
    colleague.post(&confirm, version).await.is(200);
    standing(&office, &duty).await.field("/status", "met");
    // What still hangs is shown, and keeps nobody from declaring.
    let hangs = case(&cadre, &unit, "2021-10-12", "outside", "advertisement").await;
    cadre.post("/api/v1/signs", hangs).await.is(200);
    let page = desk.get(&format!("{path}?unit={unit}")).await.shows("还有 1 处标识牌没办结");
    let own = with(page.form(), &[("place", "outside")]);
    let to = desk.sends(path, &own, &[]).await.to;
    desk.get(&to).await.shows("已保存");
}

#[tokio::test]
async fn a_survey_is_entered_for_one_s_own_villages_only_and_by_who_writes_of_signs() {
    let (_, town, office, _) = village().await;
    let unit = town.unit("石桥村");
    let path = "/console/entry/survey";
    let mut desk = Desk::of(&office).await;
    let form = with(desk.get(&format!("{path}?unit={unit}")).await.form(), &[("place", "outside")]);
    // The neighbour village's secretary, and another town's office.
    let mut next = Desk::of(&town.neighbour().await).await;
    next.get(&format!("{path}?unit={unit}")).await.refuses(404, "没有找到");
    let key = next.get("/console/").await.value("form_key");
    next.sends(path, &with(form.clone(), &[("form_key", &key)]), &[]).await.refuses(404, "没有找到");
    let elsewhere = Town::empty(&town.world, "nanan").await;
    let theirs = elsewhere.person("沈梅", tuhe::org::Role::PartyOffice, &["图河镇"]).await;
    let mut far = Desk::of(&theirs).await;
    let key = far.get("/console/").await.value("form_key");
    far.sends(path, &with(form.clone(), &[("form_key", &key)]), &[]).await.refuses(404, "没有找到");
    // A committee member writes no signs; a branch has no walls.
    let mut member = Desk::of(&town.committee_member().await).await;
    member.get(&format!("{path}?unit={unit}")).await.refuses(403, "没有这项权限");
    desk.get(&format!("{path}?unit={}", town.unit("石桥支部"))).await.refuses(422, "要选所在的村");
    let count: i64 = sqlx::query_scalar("select count(*) from record")
        .fetch_one(&town.world.app.db)
        .await
        .expect("a count");
    assert_eq!(count, 0);
}
