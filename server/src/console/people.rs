//! 人员职务: who is who in the caller's units, found by unit and name. No digit of a telephone number stands in a list.

use maud::{Markup, html};
use poem::web::{Data, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::Desk;
use super::layout;
use crate::App;
use crate::access::Action;
use crate::error::ApiResult;
use crate::ids::{PersonId, UnitId};
use crate::org::people::{self, Wanted};
use crate::org::{self, PersonLine};

#[derive(Deserialize)]
pub struct Asked {
    unit: Option<String>,
    name: Option<String>,
    after: Option<String>,
}

#[handler]
pub async fn list(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let id = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<uuid::Uuid>().ok());
    let unit = id(&asked.unit).map(UnitId);
    let name = asked.name.as_deref().unwrap_or_default().trim();
    let wanted = Wanted { unit, name: Some(name), after: id(&asked.after).map(PersonId) };
    let page = people::page(&app, &desk.caller, &wanted).await?;
    let units = org::units(&app.db, &desk.caller, Action::ReadOrg).await?;
    let body = html! {
        form class="bar no-print" method="get" action="/console/people" {
            label for="unit" { "组织" }
            select id="unit" name="unit" {
                option value="" { "全部" }
                @for one in &units {
                    option value=(one.id) selected[unit == Some(one.id)] { (one.name) }
                }
            }
            label for="name" { "姓名" }
            input id="name" type="text" name="name" value=(name) maxlength="40" size="12";
            button { "查找" }
        }
        @if page.people.is_empty() {
            p class="empty" { "没有找到这样的人。新来的人请在“名册”里导入。" }
        } @else {
            (table(&page.people, &units))
        }
        @if let Some(next) = page.next {
            @let filter = filter(unit, name);
            p class="no-print" { a class="button" href=(format!("/console/people?after={next}{filter}")) { "下一页" } }
        }
    };
    Ok(layout::page(&app, &desk, "/console/people", "人员职务", &body))
}

/// The same filter, for another address.
fn filter(unit: Option<UnitId>, name: &str) -> String {
    let unit = unit.map(|unit| unit.to_string()).unwrap_or_default();
    let pairs = [("unit", unit.as_str()), ("name", name)];
    serde_urlencoded::to_string(pairs).map(|text| format!("&{text}")).unwrap_or_default()
}

fn table(people: &[PersonLine], units: &[org::Named]) -> Markup {
    let branch = |person: &PersonLine| {
        let of = |unit: &&org::Named| Some(unit.id) == person.branch_id;
        units.iter().find(of).map_or("", |unit| unit.name.as_str())
    };
    html! {
        div class="scroll" {
            table {
                thead { tr { th { "姓名" } th { "职务" } th { "所在党支部" } th { "身份" } th { "微信" } } }
                tbody {
                    @for person in people {
                        tr {
                            td { a href=(format!("/console/people/{}", person.id)) { (person.name) } }
                            td { (person.posts.iter().map(|post| post.label.as_str()).collect::<Vec<_>>().join("、")) }
                            td { (branch(person)) }
                            td { (person.membership.label()) @if person.is_away { ",流动党员" } }
                            td { @if person.is_bound { "已绑定" } @else { span class="mark" { "未绑定" } } }
                        }
                    }
                }
            }
        }
    }
}
