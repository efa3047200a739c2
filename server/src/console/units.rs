//! 组织: the tree of units, and a branch's facts, which decide what it owes.

use chrono::NaiveDate;
use maud::{Markup, html};
use poem::web::{Data, Path, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::desk::{Desk, see};
use super::filled::{Filled, Refused, at, date, number, slip, wrong};
use super::layout::{self, key, said};
use crate::App;
use crate::access::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::ids::UnitId;
use crate::org::{self, FactsOn, Named, Unit, UnitKind, facts};
use crate::platform::clock;

#[handler]
pub async fn list(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let units = org::units(&app.db, &desk.caller, Action::ReadOrg).await?;
    let body = html! {
        (said(asked.done.as_ref().map(|_| "组织已撤销,以前的记录都在。")))
        div class="scroll" {
            table {
                thead { tr { th { "组织" } th { "类别" } th { "上级" } th class="no-print" { "" } } }
                tbody {
                    @for unit in &units {
                        tr {
                            td { a href=(format!("/console/units/{}", unit.id)) { (unit.name) } }
                            td { (unit.kind.label()) }
                            td { (above(&units, unit)) }
                            td class="no-print" { a href=(format!("/console/people?unit={}", unit.id)) { "人员" } }
                        }
                    }
                }
            }
        }
    };
    Ok(layout::page(&app, &desk, "/console/units", "组织", &body))
}

fn above<'a>(units: &'a [Named], unit: &Named) -> &'a str {
    units.iter().find(|one| Some(one.id) == unit.parent).map_or("", |one| one.name.as_str())
}

#[derive(Deserialize)]
pub struct Asked {
    done: Option<String>,
}

#[handler]
pub async fn show(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<UnitId>,
    asked: Query<Asked>,
) -> ApiResult<Response> {
    let outcome = asked.done.as_deref().map(|done| match done {
        "created" => "组织建好了。",
        "merged" => "合并好了:党员、党小组和没办完的事都转到这里,以前的记录留在原来的支部。",
        "renamed" => "名称改好了。以前的记录仍显示当时的组织,名称一起换成新的。",
        "split" => "分设好了:这里是新支部。请登记支委会情况,并给书记登记职务。",
        _ => "登记好了。还没到期的事项会按新的情况重新算。",
    });
    page(&app, &desk, id, &said(outcome), None).await
}

/// The page once more with a form that was refused.
pub async fn again(
    app: &App,
    desk: &Desk,
    id: UnitId,
    (form, filled): (&str, &Filled),
    error: ApiError,
) -> ApiResult<Response> {
    let error = slip(match error.code {
        "org.name_taken" | "org.name_kept" | "form.empty" | "form.too_long" => at("name", error),
        "org.same_unit" => at("into", error),
        "org.not_members" => at("member", error),
        _ => error,
    })?;
    let mut response = page(app, desk, id, &html! {}, Some(Refused { form, filled, error: &error })).await?;
    response.set_status(error.status);
    Ok(response)
}

async fn page(
    app: &App,
    desk: &Desk,
    id: UnitId,
    outcome: &Markup,
    refused: Option<Refused<'_>>,
) -> ApiResult<Response> {
    let mut db = app.db.acquire().await?;
    let unit = org::unit(&mut db, desk.caller.town, id).await?;
    access::check(&desk.caller, Action::ReadOrg, &unit.path)?;
    let known = match unit.kind {
        UnitKind::Branch => Some(org::facts_on(&mut db, desk.caller.town, id, clock::today(desk.now)).await?),
        _ => None,
    };
    drop(db);
    let may_state = access::check(&desk.caller, Action::StateFacts, &unit.path).is_ok();
    let body = html! {
        (outcome)
        p class="soft" { (unit.kind.label()) }
        @if let Some(known) = &known {
            dl class="card" {
                dt { "支委会" } dd { @if known.has_committee { "设" } @else { "不设" } }
                dt { "党小组" } dd { @if known.has_groups { "有" } @else { "没有" } }
                dt { "正式党员" } dd { (known.full_members) " 人" }
                dt { "预备党员" } dd { (known.probationary_members) " 人" }
            }
            @if may_state { (form(desk, &unit, known, refused)) }
        }
        @if access::check(&desk.caller, Action::WriteOrg, &unit.path).is_ok() { (super::reshape::forms(app, desk, &unit, refused).await?) }
        p class="bar no-print" {
            a class="button" href=(format!("/console/people?unit={id}")) { "这里的人员" }
            a class="button" href=(format!("/console/duties?unit={id}")) { "这里的待办" }
            a class="button" href="/console/units" { "回到组织" }
        }
    };
    Ok(layout::page(app, desk, "/console/units", &unit.name, &body))
}

fn form(desk: &Desk, unit: &Unit, known: &FactsOn, refused: Option<Refused<'_>>) -> Markup {
    let (mut typed, error) = Refused::of(refused, "facts");
    if error.is_none() {
        typed.add("full_members", known.full_members.to_string());
        typed.add("probationary_members", known.probationary_members.to_string());
        typed.add("from_on", clock::today(desk.now).to_string());
        let set = [("has_committee", known.has_committee), ("has_groups", known.has_groups)];
        for (name, _) in set.iter().filter(|(_, is_set)| *is_set) {
            typed.add(*name, "1");
        }
    }
    html! {
        form class="card fields no-print" method="post" action=(format!("/console/units/{}/facts", unit.id)) {
            (key(desk))
            p class="wide" { strong { "情况有变化" } "(改选、增减党员、分设党小组)" }
            (wrong(error, ""))
            (number(&typed, "full_members", "正式党员人数", true))
            (wrong(error, "full_members"))
            (number(&typed, "probationary_members", "预备党员人数", true))
            (wrong(error, "probationary_members"))
            (date(&typed, "from_on", "从哪天起"))
            (wrong(error, "from_on"))
            fieldset class="ticks" {
                legend { "设置" }
                label { input type="checkbox" name="has_committee" value="1" checked[typed.has("has_committee", "1")]; " 设支委会" }
                label { input type="checkbox" name="has_groups" value="1" checked[typed.has("has_groups", "1")]; " 有党小组" }
            }
            p class="wide soft" { "不设支委会就没有支委会的待办,没有党小组就没有党小组会的待办。已经过完的期限不会改。" }
            p class="wide" { button class="main" { "登记" } }
        }
    }
}

#[handler]
pub async fn state(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<UnitId>,
    filled: Filled,
) -> ApiResult<Response> {
    match stated(&app, &desk, id, &filled).await {
        Ok(()) => Ok(see(&format!("/console/units/{id}?done=1"))),
        Err(error) => again(&app, &desk, id, ("facts", &filled), error).await,
    }
}

async fn stated(app: &App, desk: &Desk, id: UnitId, filled: &Filled) -> ApiResult<()> {
    let no_day = || at("from_on", ApiError::refused("form.empty", "请选择从哪天起。"));
    let from_on: NaiveDate = filled.of("from_on").parse().map_err(|_| no_day())?;
    let count = |name: &str| {
        let read = filled.of(name).parse().ok().filter(|count| (0..=100_000).contains(count));
        read.ok_or_else(|| at(name, ApiError::refused("form.number", "人数请填 0 到 100000 之间的数字。")))
    };
    let stated = FactsOn {
        has_committee: filled.has("has_committee", "1"),
        has_groups: filled.has("has_groups", "1"),
        full_members: count("full_members")?,
        probationary_members: count("probationary_members")?,
    };
    let mut tx = app.db.begin().await?;
    facts::state(&mut tx, &desk.caller, id, from_on, &stated, desk.now).await?;
    Ok(tx.commit().await?)
}
