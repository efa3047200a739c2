//! Setting up, closing, merging and splitting units at a desk. Each is folded away: it is done once in years.

use maud::{Markup, html};
use poem::web::{Data, Path};
use poem::{Response, handler};

use super::desk::{Desk, see};
use super::filled::{Filled, Refused, at, wrong};
use super::layout::key;
use super::units;
use crate::App;
use crate::access::Action;
use crate::duty::reshape;
use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, UnitId};
use crate::org::people::{self, Wanted};
use crate::org::{self, PersonLine, Unit, UnitKind};

/// What can be done with this unit.
pub async fn forms(app: &App, desk: &Desk, unit: &Unit, refused: Option<Refused<'_>>) -> ApiResult<Markup> {
    let units = org::units(&app.db, &desk.caller, Action::WriteOrg).await?;
    let below: Vec<_> = UnitKind::ALL.iter().filter(|kind| kind.parents().contains(&unit.kind)).collect();
    let others: Vec<_> =
        units.iter().filter(|one| one.kind == UnitKind::Branch && one.id != unit.id).collect();
    let is_branch = unit.kind == UnitKind::Branch;
    let members = if is_branch { members(app, desk, unit.id).await? } else { Vec::new() };
    let to = |deed: &str| format!("/console/units/{}/{deed}", unit.id);
    let of = |form: &str| Refused::of(refused, form);
    let ((created, not_created), (merged, not_merged), (parted, not_split), (_, not_closed)) =
        (of("create"), of("merge"), of("split"), of("close"));
    Ok(html! {
        (rename_form(desk, unit, refused))
        @if !below.is_empty() {
            details class="no-print" open[not_created.is_some()] {
                summary { "在下面新建组织" }
                form class="card fields" method="post" action=(to("create")) {
                    (key(desk))
                    (wrong(not_created, ""))
                    p class="field" {
                        label for="kind" { "类别" }
                        select id="kind" name="kind" {
                            @for kind in &below { option value=(kind.name()) selected[created.of("kind") == kind.name()] { (kind.label()) } }
                        }
                    }
                    p class="field" {
                        label for="new-name" { "名称" }
                        input id="new-name" type="text" name="name" required maxlength="60" value=(created.of("name"));
                    }
                    (wrong(not_created, "name"))
                    p class="field" { button { "新建" } }
                }
            }
        }
        @if is_branch && !others.is_empty() {
            details class="no-print" open[not_merged.is_some()] {
                summary { "合并到别的党支部" }
                form class="card fields" method="post" action=(to("merge")) {
                    (key(desk))
                    (wrong(not_merged, ""))
                    p class="field" {
                        label for="into" { "合并到" }
                        select id="into" name="into" required {
                            option value="" { "请选择" }
                            @for one in &others { option value=(one.id) selected[merged.of("into") == one.id.to_string()] { (one.name) } }
                        }
                    }
                    (wrong(not_merged, "into"))
                    p class="wide" { "党员、党小组和流动党员转过去,这个支部的职务结束、支部撤销;以前的记录和没补录的事仍留在这里。两边有同名党小组的,转过去的会加上“(原" (unit.name) ")”,以后可以再改名。" }
                    p class="wide" { button { "合并" } }
                }
            }
        }
        @if is_branch && members.len() > 1 {
            details class="no-print" open[not_split.is_some()] {
                summary { "分设一个党支部" }
                form class="card" method="post" action=(to("split")) {
                    (key(desk))
                    (wrong(not_split, ""))
                    p class="field" {
                        label for="split-name" { "新支部名称" }
                        input id="split-name" type="text" name="name" required maxlength="60" value=(parted.of("name"));
                    }
                    (wrong(not_split, "name"))
                    fieldset class="ticks" {
                        legend { "分到新支部的党员" }
                        @for person in &members {
                            label { input type="checkbox" name="member" value=(person.id) checked[parted.has("member", &person.id.to_string())]; " " (person.name) }
                        }
                    }
                    (wrong(not_split, "member"))
                    button { "分设" }
                }
            }
        }
        @if unit.kind != UnitKind::Town {
            details class="no-print" open[not_closed.is_some()] {
                summary { "撤销" }
                form class="card" method="post" action=(to("close")) {
                    (key(desk))
                    (wrong(not_closed, ""))
                    p { "没有下级组织、党员和在任职务的才能撤销。以前的记录都留着。" }
                    button { "撤销" }
                }
            }
        }
    })
}

fn rename_form(desk: &Desk, unit: &Unit, refused: Option<Refused<'_>>) -> Markup {
    let (mut renamed, not_renamed) = Refused::of(refused, "rename");
    if not_renamed.is_none() {
        renamed.add("name", unit.name.as_str());
    }
    html! {
        details class="no-print" open[not_renamed.is_some()] {
            summary { "改名称" }
            form class="card fields" method="post" action=(format!("/console/units/{}/rename", unit.id)) {
                (key(desk))
                (wrong(not_renamed, ""))
                p class="field" {
                    label for="rename" { "新名称" }
                    input id="rename" type="text" name="name" required maxlength="60" value=(renamed.of("name"));
                }
                (wrong(not_renamed, "name"))
                p class="field" { button { "改名" } }
            }
        }
    }
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

/// Where a form leads once it is done, or the unit's page with the form as it was.
async fn leads(
    app: &App,
    desk: &Desk,
    id: UnitId,
    form: (&str, &Filled),
    done: ApiResult<String>,
) -> ApiResult<Response> {
    match done {
        Ok(to) => Ok(see(&to)),
        Err(error) => units::again(app, desk, id, form, error).await,
    }
}

#[handler]
pub async fn rename(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<UnitId>,
    filled: Filled,
) -> ApiResult<Response> {
    let deed = async {
        let mut tx = app.db.begin().await?;
        org::reshape::rename(&mut tx, &desk.caller, id, filled.of("name"), desk.now).await?;
        tx.commit().await?;
        Ok(format!("/console/units/{id}?done=renamed"))
    };
    leads(&app, &desk, id, ("rename", &filled), deed.await).await
}

#[handler]
pub async fn create(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<UnitId>,
    filled: Filled,
) -> ApiResult<Response> {
    let deed = async {
        let no_kind = || ApiError::refused("form.empty", "请选择类别。");
        let kind = UnitKind::parse(filled.of("kind")).ok_or_else(no_kind)?;
        let mut tx = app.db.begin().await?;
        let new =
            org::reshape::create(&mut tx, &desk.caller, (kind, filled.of("name")), id, desk.now).await?;
        tx.commit().await?;
        Ok(format!("/console/units/{new}?done=created"))
    };
    leads(&app, &desk, id, ("create", &filled), deed.await).await
}

#[handler]
pub async fn merge(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<UnitId>,
    filled: Filled,
) -> ApiResult<Response> {
    let deed = async {
        let none = || at("into", ApiError::refused("form.empty", "请选择合并到哪个党支部。"));
        let into = filled.of("into").parse().map(UnitId).map_err(|_| none())?;
        let mut tx = app.db.begin().await?;
        reshape::merge(&mut tx, &desk.caller, id, into, desk.now).await?;
        tx.commit().await?;
        Ok(format!("/console/units/{into}?done=merged"))
    };
    leads(&app, &desk, id, ("merge", &filled), deed.await).await
}

#[handler]
pub async fn split(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<UnitId>,
    filled: Filled,
) -> ApiResult<Response> {
    let deed = async {
        let members: Vec<_> = filled.all("member").filter_map(|id| id.parse().ok()).map(PersonId).collect();
        let mut tx = app.db.begin().await?;
        let new = reshape::split(&mut tx, &desk.caller, id, filled.of("name"), &members, desk.now).await?;
        tx.commit().await?;
        Ok(format!("/console/units/{new}?done=split"))
    };
    leads(&app, &desk, id, ("split", &filled), deed.await).await
}

#[handler]
pub async fn close(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<UnitId>,
    filled: Filled,
) -> ApiResult<Response> {
    let deed = async {
        let mut tx = app.db.begin().await?;
        reshape::close(&mut tx, &desk.caller, id, desk.now).await?;
        tx.commit().await?;
        Ok("/console/units?done=closed".to_owned())
    };
    leads(&app, &desk, id, ("close", &filled), deed.await).await
}
