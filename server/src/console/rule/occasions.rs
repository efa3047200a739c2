//! Occasions of a rule that is owed when something happens: opened for units, listed, taken back.

use maud::{Markup, html};
use poem::web::{Data, Form, Path};
use poem::{Response, handler};
use serde::Deserialize;

use crate::App;
use crate::console::desk::{Desk, see};
use crate::console::layout::{instant, key};
use crate::duty::occasion::{self, Occasion, OccasionForm};
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::ids::{OccasionId, UnitId};
use crate::plan::view::RuleView;

/// What has been opened, and a form for another; nothing where the rule is of another kind and has none.
pub async fn part(app: &App, desk: &Desk, view: &RuleView) -> ApiResult<Markup> {
    let list = occasion::list(app, &desk.caller, &view.code).await?;
    let is_event = view.cadence["kind"] == "event" && !view.off;
    let choices =
        if is_event { occasion::choices(app, &desk.caller, view.audience).await? } else { Vec::new() };
    Ok(html! {
        @if is_event { (form(desk, view, &choices)) }
        @if !list.is_empty() {
            h2 { "开出过的" }
            @for one in &list { (card(desk, view, one)) }
        }
    })
}

fn form(desk: &Desk, view: &RuleView, choices: &[(UnitId, String)]) -> Markup {
    html! {
        form class="card no-print" method="post" action=(format!("/console/rules/{}/occasions", view.code)) {
            h2 { "开一件事" }
            (key(desk))
            // Made with the page, so that a second press opens the same.
            input type="hidden" name="id" value=(OccasionId::new());
            p {
                label for="note" { "是什么事(不写人名) " }
                input id="note" type="text" name="note" required minlength="2" maxlength="30";
            }
            p { label for="occasion-due" { "哪天前办好 " } input id="occasion-due" type="date" name="due" required; }
            @if !choices.is_empty() {
                fieldset class="card" {
                    legend { "哪些组织" }
                    @for (unit, name) in choices {
                        label { input type="checkbox" name="unit" value=(unit); " " (name) " " }
                    }
                }
            }
            button class="main" { "开出" }
        }
    }
}

fn card(desk: &Desk, view: &RuleView, one: &Occasion) -> Markup {
    html! {
        section class="card" {
            p {
                strong { (one.note) } " · " (date_label(one.due)) "前 · 已办 " (one.done) ",待办 " (one.open)
                @if one.withdrawn_at.is_some() { " " span class="mark" { "已撤回" } }
            }
            p class="soft" { (one.units.join("、")) }
            p class="soft" { (one.opened_by) "于" (instant(one.opened_at)) "开出" }
            @if let Some(reason) = &one.withdrawn_reason { p class="hint" { "撤回原因:" (reason) } }
            @if one.withdrawn_at.is_none() {
                form class="bar no-print" method="post" action=(format!("/console/occasions/{}/withdraw", one.id)) {
                    (key(desk))
                    input type="hidden" name="code" value=(view.code);
                    label for=(format!("r-{}", one.id)) { "开错了,原因 " }
                    input id=(format!("r-{}", one.id)) type="text" name="reason" required minlength="2" maxlength="200";
                    button class="quiet" { "撤回" }
                }
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
    body: String,
) -> ApiResult<Response> {
    let sent: Vec<(String, String)> = serde_urlencoded::from_str(&body)
        .map_err(|_| ApiError::bad_request("request.invalid", "提交的内容有误,请返回重试。"))?;
    let of =
        |name: &'static str| sent.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str());
    desk.check(of("form_key").next().unwrap_or_default())?;
    let wrong = |what: &str| ApiError::refused("request.invalid", format!("请填好“{what}”再开出。"));
    let note = of("note").next().unwrap_or_default().trim().to_owned();
    if !(2..=30).contains(&note.chars().count()) {
        return Err(wrong("是什么事"));
    }
    let id =
        of("id").next().and_then(|text| text.parse().ok()).map(OccasionId).ok_or_else(|| wrong("编号"))?;
    let due = of("due").next().and_then(|text| text.parse().ok()).ok_or_else(|| wrong("哪天前办好"))?;
    let units = of("unit").filter_map(|text| text.parse().ok().map(UnitId)).collect();
    let form = OccasionForm { id, units, opens: None, due, note };
    let mut tx = app.db.begin().await?;
    occasion::open(&mut tx, &desk.caller, &code, &form, desk.now).await?;
    tx.commit().await?;
    Ok(see(&format!("/console/rules/{code}?done=opened")))
}

#[derive(Deserialize)]
pub struct Withdrawing {
    form_key: String,
    code: String,
    reason: String,
}

#[handler]
pub async fn withdraw(
    app: Data<&App>,
    desk: Desk,
    Path(id): Path<OccasionId>,
    form: Form<Withdrawing>,
) -> ApiResult<Response> {
    desk.check(&form.form_key)?;
    if form.reason.trim().chars().count() < 2 {
        return Err(ApiError::refused("request.invalid", "请写几个字说明为什么撤回。"));
    }
    let mut tx = app.db.begin().await?;
    occasion::withdraw(&mut tx, &desk.caller, id, form.reason.trim(), desk.now).await?;
    tx.commit().await?;
    // A code has digits, dots and a dash: anything else leads back to the list.
    let is_code = form.code.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-');
    Ok(see(&if is_code {
        format!("/console/rules/{}?done=withdrawn", form.code)
    } else {
        "/console/rules".into()
    }))
}
