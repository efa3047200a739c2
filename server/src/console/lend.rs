//! 外出交办: somebody is away for a while. Who stands in and until when are chosen; then the duties this comes to are looked
//! over and handed over in one go, as a batch that can be taken back.

use maud::{Markup, html};
use poem::web::{Data, Path, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::Desk;
use super::filled::{Filled, wrong};
use super::layout::{self, key};
use crate::App;
use crate::access::{self, Action};
use crate::duty::excuse::ExcuseKind;
use crate::error::{ApiError, ApiResult};
use crate::ids::PersonId;
use crate::org::PersonLine;
use crate::org::people::{self, PersonView, Wanted};
use crate::platform::clock;

/// How far back what was not done in time is handed over too.
const BACK: chrono::TimeDelta = chrono::TimeDelta::days(180);

#[derive(Deserialize)]
pub struct Asked {
    name: Option<String>,
}

#[handler]
pub async fn choose(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<PersonId>,
    asked: Query<Asked>,
) -> ApiResult<Response> {
    let mut filled = Filled::default();
    let today = clock::today(desk.now);
    filled.add("name", asked.name.as_deref().unwrap_or_default());
    filled.add("from", (today - BACK).to_string());
    filled.add("until", (today + chrono::TimeDelta::days(14)).to_string());
    page(&app, &desk, id, &filled, None).await
}

/// The form of a choice that came to nothing, and why.
pub async fn again(app: &App, desk: &Desk, filled: &Filled, refusal: &ApiError) -> ApiResult<Response> {
    let id = filled.of("holder").parse().map(PersonId).map_err(|_| ApiError::not_found())?;
    page(app, desk, id, filled, Some(refusal)).await
}

async fn page(
    app: &App,
    desk: &Desk,
    id: PersonId,
    filled: &Filled,
    refusal: Option<&ApiError>,
) -> ApiResult<Response> {
    access::check_any(&desk.caller, Action::Delegate)?;
    let view = people::one(app, &desk.caller, id).await?;
    let name = filled.of("name");
    let found = if name.is_empty() {
        None
    } else {
        let wanted = Wanted { name: Some(name), ..Wanted::default() };
        let mut found = people::page(app, &desk.caller, &wanted).await?.people;
        found.retain(|person| person.id != id);
        Some(found)
    };
    let body = html! {
        p class="soft" { (view.name) "要外出一段时间时用:把他手里到期的事先交给别人办。职务不变,回来后可以整批撤销。" }
        form class="card" method="get" action=(format!("/console/people/{id}/lend")) {
            label for="name" { "由谁代办?填姓名(写一部分也可以)" }
            p class="bar" {
                input id="name" type="text" name="name" value=(name) maxlength="40" required;
                button { "查找" }
            }
        }
        @if let Some(found) = &found { (stand_ins(desk, &view, found, filled, refusal)) }
        p { a class="button" href=(format!("/console/people/{id}")) { "不交办,返回" } }
    };
    let mut response = layout::page(app, desk, "/console/people", "外出交办", &body);
    if let Some(refusal) = refusal {
        response.set_status(refusal.status);
    }
    Ok(response)
}

fn stand_ins(
    desk: &Desk,
    view: &PersonView,
    found: &[PersonLine],
    filled: &Filled,
    refusal: Option<&ApiError>,
) -> Markup {
    html! {
        @if found.is_empty() {
            p class="empty" { "没有找到“" (filled.of("name")) "”。" }
        } @else {
            form class="card" method="post" action="/console/excuses/preview" {
                (key(desk))
                (wrong(refusal, ""))
                input type="hidden" name="kind" value=(ExcuseKind::Delegated.name());
                input type="hidden" name="holder" value=(view.id);
                input type="hidden" name="name" value=(filled.of("name"));
                input type="hidden" name="from" value=(filled.of("from"));
                fieldset class="ticks" {
                    legend { "交给哪一位" }
                    @for person in found {
                        label {
                            input type="radio" name="to" value=(person.id) required
                                checked[found.len() == 1 || filled.of("to") == person.id.to_string()];
                            " " (person.name) " "
                            span class="soft" {
                                (person.membership.label())
                                @for post in &person.posts { "," (post.label) }
                            }
                        }
                    }
                    (wrong(refusal, "to"))
                }
                p class="field" {
                    label for="until" { "交办到哪天为止到期的事" }
                    input id="until" type="date" name="until" required value=(filled.of("until"));
                    (wrong(refusal, "until"))
                }
                p class="soft" { "只交办现在已经在他手里的;这段日子里新开出来的,到时再交办。过了期限还没办的也算在内。" }
                button class="main" { "看看有哪些事" }
            }
        }
    }
}
