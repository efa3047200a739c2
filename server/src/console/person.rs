//! One person: posts now and before, the number behind a reason, a binding code as a slip, posts given and ended.

use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, html};
use poem::web::{Data, Form, Path, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::{Desk, see};
use super::layout::{self, instant, key, said};
use crate::App;
use crate::access::Action;
use crate::duty::hand_over;
use crate::edge::{date_label, local};
use crate::error::{ApiError, ApiResult};
use crate::identity::{self, desk_code};
use crate::ids::{PersonId, PostId, UnitId};
use crate::org::people::{self, PersonView, PostView};
use crate::org::{self, Named, Role, phone, posts};
use crate::platform::clock;

#[derive(Deserialize)]
pub struct Asked {
    done: Option<String>,
    /// Duties that went with a post just handed over.
    duties: Option<u32>,
}

#[handler]
pub async fn show(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<PersonId>,
    asked: Query<Asked>,
) -> ApiResult<Response> {
    let words = match asked.done.as_deref() {
        Some("given") => Some("职务登记好了,马上生效。".to_owned()),
        Some("ended") => Some(match asked.duties.unwrap_or_default() {
            0 => "职务已结束。以前的记录仍是他的名字。".to_owned(),
            back => {
                format!("职务已结束。交给他代办的 {back} 项已回到原来该办的人手里。以前的记录仍是他的名字。")
            }
        }),
        Some("passed") => Some(format!(
            "交接好了,连同 {} 项没办完的事。以前的记录仍是原来的名字。",
            asked.duties.unwrap_or_default()
        )),
        _ => None,
    };
    page(&app, &desk, id, &said(words.as_deref()), None).await
}

/// The person's page. `typed`: what a refused form had in it.
async fn page(
    app: &App,
    desk: &Desk,
    id: PersonId,
    outcome: &Markup,
    typed: Option<&Giving>,
) -> ApiResult<Response> {
    let view = people::one(app, &desk.caller, id).await?;
    let may_write = desk.may(Action::WriteOrg);
    let units =
        if may_write { org::units(&app.db, &desk.caller, Action::WriteOrg).await? } else { Vec::new() };
    let live: Vec<PostId> = view.posts.iter().filter(|post| post.is_live).map(|post| post.id).collect();
    let lent = if may_write { hand_over::lent(app, &desk.caller, &live).await? } else { Vec::new() };
    let body = html! {
        (outcome)
        dl class="card" {
            dt { "身份" } dd { (view.membership.label()) @if view.is_away { ",流动党员" } }
            @if let Some(branch) = &view.branch {
                dt { "所在党支部" } dd { (branch) @if let Some(group) = &view.group { " · " (group) } }
            }
            dt { "微信" } dd { @if view.is_bound { "已绑定" } @else { "未绑定,收不到提醒" } }
            dt { "手机号" } dd { @if view.has_phone { "有(不直接显示)" } @else { "没有登记" } }
        }
        (held(desk, &view, may_write.then_some(&lent)))
        div class="answers no-print" {
            @if view.has_phone && desk.may(Action::RevealPhone) { (ask_phone(desk, id)) }
            @if desk.may(Action::IssueBindCode) { (ask_code(desk, &view)) }
            @if desk.may(Action::IssueDeskCode) && view.posts.iter().any(|post| post.is_live && post.role.is_of_the_office()) {
                (ask_desk_code(desk, id))
            }
        }
        @if may_write { (give_form(desk, id, &units, typed)) }
        @if desk.may(Action::Delegate) && view.posts.iter().any(|post| post.is_live) {
            p class="no-print" { a class="button" href=(format!("/console/people/{id}/lend")) { "外出一段时间,把手里的事交办给别人" } }
        }
        p class="no-print" { a class="button" href="/console/people" { "回到人员职务" } }
    };
    Ok(layout::page(app, desk, "/console/people", &view.name, &body))
}

/// `lent`, for who may end them: how many duties were delegated to the person there, by post.
fn held(desk: &Desk, view: &PersonView, lent: Option<&Vec<(PostId, i64)>>) -> Markup {
    let count =
        |post: PostId| lent.and_then(|lent| lent.iter().find(|one| one.0 == post)).map_or(0, |one| one.1);
    html! {
        @if view.posts.is_empty() {
            p class="empty" { "没有职务。" }
        } @else {
            div class="scroll" {
                table {
                    thead { tr { th { "职务" } th { "任职组织" } th { "从哪天起" } th { "到哪天" } @if lent.is_some() { th class="no-print" { "" } } } }
                    tbody {
                        @for post in &view.posts {
                            tr {
                                td { (post.label) @if let Some(area) = &post.area { "(" (area) ")" } }
                                td { (post.units.join("、")) }
                                td { (date_label(post.from_on)) }
                                td { @if let Some(day) = post.to_on { (date_label(day)) } @else { "现任" } }
                                @if lent.is_some() { td class="no-print" { @if post.is_live { (deeds(desk, view.id, post, count(post.id))) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn deeds(desk: &Desk, person: PersonId, post: &PostView, lent: i64) -> Markup {
    html! {
        div class="bar" {
            a class="button quiet" href=(format!("/console/people/{person}/hand-over?post={}", post.id)) { "交接" }
            details {
                summary { "结束" }
                form method="post" action=(format!("/console/posts/{}/end", post.id)) {
                    (key(desk))
                    input type="hidden" name="person" value=(person);
                    p { "从今天起不再担任,权限马上停止。有人接任的请用“交接”。" }
                    @if lent > 0 { p class="hint" { "别人交给他代办的 " (lent) " 项还没办完,结束后回到原来该办的人手里,并提醒他们。" } }
                    button class="quiet" { "确认结束" }
                }
            }
        }
    }
}

fn ask_phone(desk: &Desk, id: PersonId) -> Markup {
    html! {
        form class="card" method="post" action=(format!("/console/people/{id}/phone")) {
            (key(desk))
            p { strong { "看手机号" } }
            label for="reason" { "为什么要看?会留下日志,本人也看得到谁能看。" }
            p class="bar" {
                input id="reason" type="text" name="reason" required minlength="2" maxlength="200";
                button { "显示" }
            }
        }
    }
}

fn ask_code(desk: &Desk, view: &PersonView) -> Markup {
    html! {
        form class="card" method="post" action=(format!("/console/people/{}/code", view.id)) {
            (key(desk))
            p { strong { "绑定微信" } }
            p {
                @if view.is_bound { "已经绑定。换了手机微信才需要新的绑定码;用了以后,原来的微信会退出。" }
                @else { "发一个绑定码给本人,7 天内有效,只能用一次。以前没用的码会作废。" }
            }
            button { "发绑定码" }
        }
    }
}

fn ask_desk_code(desk: &Desk, id: PersonId) -> Markup {
    html! {
        form class="card" method="post" action=(format!("/console/people/{id}/desk-code")) {
            (key(desk))
            p { strong { "电脑登录码" } }
            p { "手机不在身边时,发一个登录码给本人,在办公台登录页填写。10 分钟内有效,只能用一次,发给谁会留下日志。" }
            button { "发登录码" }
        }
    }
}

fn give_form(desk: &Desk, id: PersonId, units: &[Named], typed: Option<&Giving>) -> Markup {
    let today = clock::today(desk.now).to_string();
    html! {
        form class="card fields no-print" method="post" action=(format!("/console/people/{id}/posts")) {
            (key(desk))
            p class="wide" { strong { "登记新职务" } }
            p class="field" {
                label for="role" { "职务" }
                select id="role" name="role" required {
                    option value="" { "请选择" }
                    @for role in Role::ALL.iter().filter(|role| role.is_granted()) {
                        option value=(role.name()) selected[typed.is_some_and(|typed| typed.role == role.name())] { (role.label()) }
                    }
                }
            }
            p class="field" {
                label for="unit" { "任职组织" }
                select id="unit" name="unit" required {
                    option value="" { "请选择" }
                    @for unit in units {
                        option value=(unit.id) selected[typed.is_some_and(|typed| typed.unit == unit.id.to_string())] { (unit.name) }
                    }
                }
            }
            p class="field" {
                label for="from_on" { "从哪天起" }
                input id="from_on" type="date" name="from_on" required value=(typed.map_or(today.as_str(), |typed| typed.from_on.as_str()));
            }
            p class="field" { button { "登记" } }
            p class="wide soft" { "片长等管几个村的职务,请在“名册”里一次填好。" }
        }
    }
}

#[derive(Deserialize)]
pub struct Revealing {
    reason: String,
}

/// Shows the number on this page only: a reload asks for the reason anew.
#[handler]
pub async fn reveal(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<PersonId>,
    form: Form<Revealing>,
) -> ApiResult<Response> {
    let mut tx = app.db.begin().await?;
    let phone = phone::reveal(&mut tx, &app.keys, &desk.caller, id, form.reason.trim(), desk.now).await?;
    tx.commit().await?;
    let outcome = html! {
        p class="said" role="status" {
            @match &phone { Some(phone) => { "手机号:" strong { (phone) } ",已记入日志。" }, None => "没有登记手机号。" }
        }
    };
    page(&app, &desk, id, &outcome, None).await
}

/// A slip for the person, shown once: to be read out, or printed and handed over.
#[handler]
pub async fn issue(app: Data<&App>, desk: Desk, Path(id): Path<PersonId>) -> ApiResult<Response> {
    let view = people::one(&app, &desk.caller, id).await?;
    let mut tx = app.db.begin().await?;
    let issued = identity::issue(&mut tx, &app, &desk.caller, id, desk.now).await?;
    tx.commit().await?;
    let steps = [
        "用自己的微信搜索并打开小程序“图河六项”。",
        "第一次打开时选“我有绑定码”,填上面 10 个字母和数字。",
        "看到自己的姓名就好了。",
    ];
    Ok(slip(&app, &desk, &view, "绑定码", &issued.code, issued.expires_at, &steps))
}

/// The same for a desk: the code lets its owner in without a phone.
#[handler]
pub async fn let_in(app: Data<&App>, desk: Desk, Path(id): Path<PersonId>) -> ApiResult<Response> {
    let view = people::one(&app, &desk.caller, id).await?;
    let mut tx = app.db.begin().await?;
    let issued = desk_code::issue(&mut tx, &app, &desk.caller, id, desk.now).await?;
    tx.commit().await?;
    let steps = [
        "在自己要用的电脑上打开办公台。",
        "在登录页的登录码一栏填上面 10 个字母和数字。",
        "用完请点“退出”。",
    ];
    Ok(slip(&app, &desk, &view, "登录码", &issued.code, issued.expires_at, &steps))
}

/// A code on a page to be read out or printed.
fn slip(
    app: &App,
    desk: &Desk,
    view: &PersonView,
    what: &str,
    code: &str,
    until: DateTime<Utc>,
    steps: &[&str],
) -> Response {
    let (first, second) = code.split_at_checked(5).unwrap_or((code, ""));
    let body = html! {
        p class="hint no-print" { (what) "只显示这一次。当面给本人,或在电话里念给本人;可以打印这一页。不要发到群里。" }
        section class="card slip" {
            p { (view.name) "的" (what) }
            p class="code" aria-label=(what) { (first) " " (second) }
            ol { @for step in steps { li { (step) } } }
            p class="soft" { "到 " (instant(local(until))) " 有效,只能用一次。不是本人请勿使用。" }
        }
        p class="no-print" { a class="button" href=(format!("/console/people/{}", view.id)) { "好了" } }
    };
    layout::page(app, desk, "/console/people", what, &body)
}

#[derive(Deserialize)]
pub struct Giving {
    role: String,
    unit: String,
    from_on: String,
}

#[handler]
pub async fn give(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<PersonId>,
    form: Form<Giving>,
) -> ApiResult<Response> {
    match given(&app, &desk, id, &form).await {
        Ok(()) => Ok(see(&format!("/console/people/{id}?done=given"))),
        Err(error) if matches!(error.status.as_u16(), 409 | 422) => {
            let outcome = html! { p class="said wrong" role="alert" { (error.message) } };
            let mut response = page(&app, &desk, id, &outcome, Some(&form)).await?;
            response.set_status(error.status);
            Ok(response)
        }
        Err(error) => Err(error),
    }
}

async fn given(app: &App, desk: &Desk, person: PersonId, form: &Giving) -> ApiResult<()> {
    let missing = |label: &str| ApiError::refused("form.empty", format!("请选择“{label}”。"));
    let role = Role::parse(&form.role).ok_or_else(|| missing("职务"))?;
    let unit = UnitId(form.unit.parse().map_err(|_| missing("任职组织"))?);
    let from_on: NaiveDate = form.from_on.parse().map_err(|_| missing("从哪天起"))?;
    let asked = posts::Asked { person, role, units: &[unit], from_on, area: None };
    let mut tx = app.db.begin().await?;
    posts::give(&mut tx, &desk.caller, &asked, desk.now).await?;
    tx.commit().await?;
    Ok(())
}

#[derive(Deserialize)]
pub struct Ending {
    person: PersonId,
}

#[handler]
pub async fn end(
    app: Data<&App>,
    desk: Desk,
    Path(post): Path<PostId>,
    form: Form<Ending>,
) -> ApiResult<Response> {
    let mut tx = app.db.begin().await?;
    let back = hand_over::end(&mut tx, &desk.caller, post, desk.now).await?;
    tx.commit().await?;
    Ok(see(&format!("/console/people/{}?done=ended&duties={back}", form.person)))
}
