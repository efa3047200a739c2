//! Occasions of a rule that is owed when something happens: opened for units, listed, taken back.

use maud::{Markup, html};
use poem::web::{Data, Path};
use poem::{Response, handler};

use crate::App;
use crate::console::desk::{Desk, see};
use crate::console::filled::{Filled, Refused, at, gone, slip, wrong};
use crate::console::layout::{instant, key};
use crate::duty::occasion::{self, Occasion, OccasionForm};
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::ids::{OccasionId, UnitId};
use crate::plan::view::RuleView;

/// What has been opened, and a form for another; nothing where the rule is of another kind and has none.
pub async fn part(
    app: &App,
    desk: &Desk,
    view: &RuleView,
    refused: Option<Refused<'_>>,
) -> ApiResult<Markup> {
    let list = occasion::list(app, &desk.caller, &view.code).await?;
    let is_event = view.cadence["kind"] == "event" && !view.off;
    let choices =
        if is_event { occasion::choices(app, &desk.caller, view.audience).await? } else { Vec::new() };
    Ok(html! {
        @if is_event { (form(desk, view, &choices, refused.filter(|refused| refused.filled.of("occasion").is_empty()))) }
        @if !list.is_empty() {
            h2 { "开出过的" }
            @for one in &list {
                (card(desk, view, one, refused.filter(|refused| refused.filled.of("occasion") == one.id.to_string())))
            }
        }
    })
}

fn form(desk: &Desk, view: &RuleView, choices: &[(UnitId, String)], refused: Option<Refused<'_>>) -> Markup {
    let blank = Filled::default();
    let (typed, error) =
        (refused.map_or(&blank, |refused| refused.filled), refused.map(|refused| refused.error));
    // Made with the page, so that a second press opens the same.
    let id = match typed.of("id") {
        "" => OccasionId::new().to_string(),
        known => known.to_owned(),
    };
    html! {
        form class="card no-print" method="post" action=(format!("/console/rules/{}/occasions", view.code)) {
            h2 { "开一件事" }
            (key(desk))
            (wrong(error, ""))
            input type="hidden" name="id" value=(id);
            p {
                label for="note" { "是什么事(不写人名) " }
                input id="note" type="text" name="note" required minlength="2" maxlength="30" value=(typed.of("note"));
            }
            (wrong(error, "note"))
            p {
                label for="occasion-due" { "哪天前办好 " }
                input id="occasion-due" type="date" name="due" required value=(typed.of("due"));
            }
            (wrong(error, "due"))
            @if !choices.is_empty() {
                fieldset class="card" {
                    legend { "哪些组织" }
                    @for (unit, name) in choices {
                        label { input type="checkbox" name="unit" value=(unit) checked[typed.has("unit", &unit.to_string())]; " " (name) " " }
                    }
                    (wrong(error, "unit"))
                }
            }
            button class="main" { "开出" }
        }
    }
}

fn card(desk: &Desk, view: &RuleView, one: &Occasion, refused: Option<Refused<'_>>) -> Markup {
    html! {
        section class="card" {
            p {
                strong { (one.note) } " · " (date_label(one.due)) "前 · 已办 " (one.done) ",待办 " (one.open)
                @if one.withdrawn_at.is_some() { " " span class="mark" { "已撤回" } }
            }
            p class="soft" { (one.units.join("、")) }
            p class="soft" { (one.opened_by) "于" (instant(one.opened_at)) "开出" }
            @if let Some(reason) = &one.withdrawn_reason { p class="hint" { "撤回原因:" (reason) } }
            @if one.withdrawn_at.is_some() && let Some(refused) = refused { (gone(refused)) }
            @if one.withdrawn_at.is_none() {
                form class="bar no-print" method="post" action=(format!("/console/occasions/{}/withdraw", one.id)) {
                    (key(desk))
                    input type="hidden" name="code" value=(view.code);
                    input type="hidden" name="occasion" value=(one.id);
                    label for=(format!("r-{}", one.id)) { "开错了,原因 " }
                    input id=(format!("r-{}", one.id)) type="text" name="reason" required minlength="2" maxlength="200"
                        value=(refused.map_or("", |refused| refused.filled.of("reason")));
                    button class="quiet" { "撤回" }
                }
                (wrong(refused.map(|refused| refused.error), "reason"))
                (wrong(refused.map(|refused| refused.error), ""))
            }
        }
    }
}

/// Units come as one field each.
#[handler]
pub async fn open(
    app: Data<&App>,
    desk: Desk,
    Path(code): Path<String>,
    filled: Filled,
) -> ApiResult<Response> {
    match opened(&app, &desk, &code, &filled).await {
        Ok(()) => Ok(see(&format!("/console/rules/{code}?done=opened"))),
        Err(error) => again(&app, &desk, &code, &filled, error).await,
    }
}

/// The rule's page once more, with what was typed.
async fn again(app: &App, desk: &Desk, code: &str, filled: &Filled, error: ApiError) -> ApiResult<Response> {
    let error = slip(match error.code {
        "duty.occasion_unit" => at("unit", error),
        "duty.occasion_past" | "duty.occasion_far" | "plan.date_order" => at("due", error),
        _ => error,
    })?;
    super::refused(app, desk, code, Refused { form: "occasion", filled, error: &error }).await
}

async fn opened(app: &App, desk: &Desk, code: &str, filled: &Filled) -> ApiResult<()> {
    let wrong = |field: &str, what: &str| {
        at(field, ApiError::refused("form.empty", format!("请填好“{what}”再开出。")))
    };
    let note = filled.of("note").to_owned();
    if !(2..=30).contains(&note.chars().count()) {
        return Err(wrong("note", "是什么事"));
    }
    let id = filled.of("id").parse().map(OccasionId).map_err(|_| wrong("", "编号"))?;
    let due = filled.of("due").parse().map_err(|_| wrong("due", "哪天前办好"))?;
    let units = filled.all("unit").filter_map(|text| text.parse().ok().map(UnitId)).collect();
    let form = OccasionForm { id, units, opens: None, due, note };
    let mut tx = app.db.begin().await?;
    occasion::open(&mut tx, &desk.caller, code, &form, desk.now).await?;
    Ok(tx.commit().await?)
}

#[handler]
pub async fn withdraw(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<OccasionId>,
    filled: Filled,
) -> ApiResult<Response> {
    // A code has digits, dots and a dash: anything else leads back to the list.
    let code = filled.of("code");
    let is_code = !code.is_empty() && code.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-');
    match withdrawn(&app, &desk, id, &filled).await {
        Ok(()) if is_code => Ok(see(&format!("/console/rules/{code}?done=withdrawn"))),
        Ok(()) => Ok(see("/console/rules")),
        Err(error) if is_code => again(&app, &desk, code, &filled, error).await,
        Err(error) => Err(error),
    }
}

async fn withdrawn(app: &App, desk: &Desk, id: OccasionId, filled: &Filled) -> ApiResult<()> {
    let reason = filled.of("reason");
    if reason.chars().count() < 2 {
        return Err(at("reason", ApiError::refused("form.empty", "请写几个字说明为什么撤回。")));
    }
    let mut tx = app.db.begin().await?;
    occasion::withdraw(&mut tx, &desk.caller, id, reason, desk.now).await?;
    Ok(tx.commit().await?)
}
