//! 交接 at a desk: find who takes the post over, look once more, and it has passed with everything open of it.

use chrono::NaiveDate;
use maud::{Markup, html};
use poem::web::{Data, Form, Path, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::{Desk, see};
use super::layout::{self, key};
use crate::App;
use crate::duty::hand_over;
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, PostId};
use crate::org::PersonLine;
use crate::org::people::{self, PersonView, PostView, Wanted};
use crate::platform::clock;

#[derive(Deserialize)]
pub struct Asked {
    post: PostId,
    name: Option<String>,
}

#[handler]
pub async fn choose(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<PersonId>,
    asked: Query<Asked>,
) -> ApiResult<Response> {
    let name = asked.name.as_deref().unwrap_or_default().trim();
    page(&app, &desk, id, asked.post, name, None).await
}

async fn page(
    app: &App,
    desk: &Desk,
    id: PersonId,
    post: PostId,
    name: &str,
    refusal: Option<&ApiError>,
) -> ApiResult<Response> {
    let view = people::one(app, &desk.caller, id).await?;
    let held = view.posts.iter().find(|one| one.id == post && one.is_live).ok_or_else(ApiError::not_found)?;
    let found = if name.is_empty() {
        None
    } else {
        let wanted = Wanted { name: Some(name), ..Wanted::default() };
        let mut found = people::page(app, &desk.caller, &wanted).await?.people;
        found.retain(|person| person.id != id);
        Some(found)
    };
    let body = html! {
        @if let Some(refusal) = refusal { p class="said wrong" role="alert" { (refusal.message) } }
        dl class="card" {
            dt { "职务" } dd { (held.label) @if let Some(area) = &held.area { "(" (area) ")" } }
            dt { "任职组织" } dd { (held.units.join("、")) }
            dt { "现任" } dd { (view.name) "," (date_label(held.from_on)) "起" }
        }
        form class="card" method="get" action=(format!("/console/people/{id}/hand-over")) {
            input type="hidden" name="post" value=(post);
            label for="name" { "接任的人姓名(写一部分也可以)" }
            p class="bar" {
                input id="name" type="text" name="name" value=(name) maxlength="40" required;
                button { "查找" }
            }
        }
        @if let Some(found) = &found { (successors(desk, (&view, held), found, name)) }
        p { a class="button" href=(format!("/console/people/{id}")) { "不交接,返回" } }
    };
    let mut response = layout::page(app, desk, "/console/people", "交接职务", &body);
    if let Some(refusal) = refusal {
        response.set_status(refusal.status);
    }
    Ok(response)
}

fn successors(
    desk: &Desk,
    (view, held): (&PersonView, &PostView),
    found: &[PersonLine],
    name: &str,
) -> Markup {
    let today = clock::today(desk.now);
    html! {
        @if found.is_empty() {
            p class="empty" { "没有找到“" (name) "”。新来的人请先在“名册”里导入。" }
        } @else {
            form class="card" method="post" action=(format!("/console/people/{}/hand-over", view.id)) {
                (key(desk))
                input type="hidden" name="post" value=(held.id);
                input type="hidden" name="name" value=(name);
                fieldset class="ticks" {
                    legend { "交给哪一位" }
                    @for person in found {
                        label {
                            input type="radio" name="to" value=(person.id) required checked[found.len() == 1];
                            " " (person.name) " "
                            span class="soft" {
                                (person.membership.label())
                                @for post in &person.posts { "," (post.label) }
                            }
                        }
                    }
                }
                p class="field" {
                    label for="from_on" { "从哪天起由他担任(今天或以前)" }
                    input id="from_on" type="date" name="from_on" required value=(today) max=(today);
                }
                p { "没办完的事全部转给接任的人,提醒也改发给他;已经交的记录仍是" (view.name) "的名字。" }
                button class="main" { "交接" }
            }
        }
    }
}

#[derive(Deserialize)]
pub struct Passing {
    post: PostId,
    name: String,
    to: PersonId,
    from_on: String,
}

#[handler]
pub async fn pass(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<PersonId>,
    form: Form<Passing>,
) -> ApiResult<Response> {
    match passed(&app, &desk, &form).await {
        Ok(duties) => Ok(see(&format!("/console/people/{}?done=passed&duties={duties}", form.to))),
        Err(error) if error.status == 422 || error.code == "org.post_held" => {
            page(&app, &desk, id, form.post, &form.name, Some(&error)).await
        }
        Err(error) => Err(error),
    }
}

async fn passed(app: &App, desk: &Desk, form: &Passing) -> ApiResult<u32> {
    let from_on: NaiveDate =
        form.from_on.parse().map_err(|_| ApiError::refused("form.empty", "请选择从哪天起交接。"))?;
    let mut tx = app.db.begin().await?;
    let done =
        hand_over::hand_over(&mut tx, &desk.caller, form.post, form.to, Some(from_on), desk.now).await?;
    tx.commit().await?;
    Ok(done.duties)
}
