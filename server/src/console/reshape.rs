//! Setting up, closing, merging and splitting units at a desk. Each is folded away: it is done once in years.

use maud::{Markup, html};
use poem::web::{Data, Form, Path};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::{Desk, see};
use super::layout::key;
use crate::App;
use crate::access::Action;
use crate::duty::reshape;
use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, UnitId};
use crate::org::people::{self, Wanted};
use crate::org::{self, PersonLine, Unit, UnitKind};

/// What can be done with this unit.
pub async fn forms(app: &App, desk: &Desk, unit: &Unit) -> ApiResult<Markup> {
    let units = org::units(&app.db, &desk.caller, Action::WriteOrg).await?;
    let below: Vec<_> = UnitKind::ALL.iter().filter(|kind| kind.parents().contains(&unit.kind)).collect();
    let others: Vec<_> =
        units.iter().filter(|one| one.kind == UnitKind::Branch && one.id != unit.id).collect();
    let is_branch = unit.kind == UnitKind::Branch;
    let members = if is_branch { members(app, desk, unit.id).await? } else { Vec::new() };
    let to = |deed: &str| format!("/console/units/{}/{deed}", unit.id);
    Ok(html! {
        @if !below.is_empty() {
            details class="no-print" {
                summary { "在下面新建组织" }
                form class="card fields" method="post" action=(to("create")) {
                    (key(desk))
                    p class="field" {
                        label for="kind" { "类别" }
                        select id="kind" name="kind" { @for kind in &below { option value=(kind.name()) { (kind.label()) } } }
                    }
                    p class="field" { label for="new-name" { "名称" } input id="new-name" type="text" name="name" required maxlength="60"; }
                    p class="field" { button { "新建" } }
                }
            }
        }
        @if is_branch && !others.is_empty() {
            details class="no-print" {
                summary { "合并到别的党支部" }
                form class="card fields" method="post" action=(to("merge")) {
                    (key(desk))
                    p class="field" {
                        label for="into" { "合并到" }
                        select id="into" name="into" required {
                            option value="" { "请选择" }
                            @for one in &others { option value=(one.id) { (one.name) } }
                        }
                    }
                    p class="wide" { "党员、党小组和流动党员转过去,这个支部的职务结束、支部撤销;以前的记录和没补录的事仍留在这里。" }
                    p class="wide" { button { "合并" } }
                }
            }
        }
        @if is_branch && members.len() > 1 {
            details class="no-print" {
                summary { "分设一个党支部" }
                form class="card" method="post" action=(to("split")) {
                    (key(desk))
                    p class="field" { label for="split-name" { "新支部名称" } input id="split-name" type="text" name="name" required maxlength="60"; }
                    fieldset class="ticks" {
                        legend { "分到新支部的党员" }
                        @for person in &members {
                            label { input type="checkbox" name="member" value=(person.id); " " (person.name) }
                        }
                    }
                    button { "分设" }
                }
            }
        }
        @if unit.kind != UnitKind::Town {
            details class="no-print" {
                summary { "撤销" }
                form class="card" method="post" action=(to("close")) {
                    (key(desk))
                    p { "没有下级组织、党员和在任职务的才能撤销。以前的记录都留着。" }
                    button { "撤销" }
                }
            }
        }
    })
}

async fn members(app: &App, desk: &Desk, branch: UnitId) -> ApiResult<Vec<PersonLine>> {
    let mut found: Vec<PersonLine> = Vec::new();
    let mut after = None;
    loop {
        let wanted = Wanted { unit: Some(branch), after, ..Wanted::default() };
        let page = people::page(app, &desk.caller, &wanted).await?;
        found.extend(page.people.into_iter().filter(|person| person.branch_id == Some(branch)));
        after = page.next;
        if after.is_none() || found.len() > 500 {
            return Ok(found);
        }
    }
}

#[derive(Deserialize)]
pub struct Creating {
    form_key: String,
    kind: UnitKind,
    name: String,
}

#[handler]
pub async fn create(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<UnitId>,
    form: Form<Creating>,
) -> ApiResult<Response> {
    desk.check(&form.form_key)?;
    let mut tx = app.db.begin().await?;
    let new = org::reshape::create(&mut tx, &desk.caller, (form.kind, &form.name), id, desk.now).await?;
    tx.commit().await?;
    Ok(see(&format!("/console/units/{new}?done=created")))
}

#[derive(Deserialize)]
pub struct Merging {
    form_key: String,
    into: UnitId,
}

#[handler]
pub async fn merge(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<UnitId>,
    form: Form<Merging>,
) -> ApiResult<Response> {
    desk.check(&form.form_key)?;
    let mut tx = app.db.begin().await?;
    reshape::merge(&mut tx, &desk.caller, id, form.into, desk.now).await?;
    tx.commit().await?;
    Ok(see(&format!("/console/units/{}?done=merged", form.into)))
}

#[handler]
pub async fn split(app: Data<&App>, desk: Desk, Path(id): Path<UnitId>, body: String) -> ApiResult<Response> {
    let form: Vec<(String, String)> = serde_urlencoded::from_str(&body)
        .map_err(|_| ApiError::bad_request("request.invalid", "提交的内容有误,请返回重试。"))?;
    let of =
        |name: &'static str| form.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str());
    desk.check(of("form_key").next().unwrap_or_default())?;
    let members: Vec<_> = of("member").filter_map(|id| id.parse().ok()).map(PersonId).collect();
    let name = of("name").next().unwrap_or_default();
    let mut tx = app.db.begin().await?;
    let new = reshape::split(&mut tx, &desk.caller, id, name, &members, desk.now).await?;
    tx.commit().await?;
    Ok(see(&format!("/console/units/{new}?done=split")))
}

#[derive(Deserialize)]
pub struct Closing {
    form_key: String,
}

#[handler]
pub async fn close(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<UnitId>,
    form: Form<Closing>,
) -> ApiResult<Response> {
    desk.check(&form.form_key)?;
    let mut tx = app.db.begin().await?;
    reshape::close(&mut tx, &desk.caller, id, desk.now).await?;
    tx.commit().await?;
    Ok(see("/console/units?done=closed"))
}
