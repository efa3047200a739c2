//! 成批申请: villages, rules and days are chosen, the duties they come to are shown, and what stays ticked is proposed. The
//! page itself carries the choice from one step to the next; what is refused stands in its form again, as it was.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use maud::{Markup, html};
use poem::web::Data;
use poem::{Response, handler};

use super::desk::{Desk, see};
use super::filled::{Filled, Refused, at, gone, slip, wrong};
use super::layout::{self, key, last_day};
use crate::App;
use crate::access::{self, Action};
use crate::duty::excuse::batch::{self, BatchDone, Choice, NewBatch, Preview, TouchedDuty};
use crate::duty::excuse::{self, ExcuseKind};
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::ids::{BatchId, PersonId, UnitId};
use crate::org;
use crate::platform::clock;

/// Handing over begins with the person who is away: see `lend`.
const KINDS: [ExcuseKind; 3] = [ExcuseKind::Excused, ExcuseKind::Postponed, ExcuseKind::NotApplicable];

#[handler]
pub async fn form(app: Data<&App>, desk: Desk) -> ApiResult<Response> {
    let today = clock::today(desk.now);
    let mut filled = Filled::default();
    filled.add("from", today.to_string());
    filled.add("until", (today + chrono::TimeDelta::days(6)).to_string());
    ask(&app, &desk, &filled, None).await
}

async fn ask(app: &App, desk: &Desk, filled: &Filled, refusal: Option<&ApiError>) -> ApiResult<Response> {
    access::check_any(&desk.caller, Action::ProposeExcuse)?;
    let units = org::units(&app.db, &desk.caller, Action::ProposeExcuse).await?;
    let rules = batch::rules(app, &desk.caller).await?;
    let body = html! {
        p class="soft" { "例如抗洪的一周:选村、选日期,先预览会动哪些事,再提出。由党建办的另一个人决定,决定后可以整批撤销。" }
        form class="card" method="post" action="/console/excuses/preview" {
            (key(desk))
            (wrong(refusal, ""))
            div class="fields" {
                div {
                    label for="kind" { "怎么处理" }
                    select id="kind" name="kind" {
                        @for kind in KINDS { option value=(kind.name()) selected[filled.of("kind") == kind.name()] { (kind.label()) } }
                    }
                }
                div {
                    label for="from" { "最后一天从" }
                    input id="from" type="date" name="from" required value=(filled.of("from"));
                    (wrong(refusal, "from"))
                }
                div {
                    label for="until" { "到" }
                    input id="until" type="date" name="until" required value=(filled.of("until"));
                    (wrong(refusal, "until"))
                }
                div {
                    label for="last" { "延期到(只有延期才填)" }
                    input id="last" type="date" name="last" value=(filled.of("last"));
                    (wrong(refusal, "last"))
                }
                div {
                    label for="grace_days" { "宽限天数(不填照原来的)" }
                    input id="grace_days" type="number" name="grace_days" min="0" max="31" value=(filled.of("grace_days"));
                    (wrong(refusal, "grace_days"))
                }
            }
            fieldset class="card" {
                legend { "哪些组织(连同下面的都算)" }
                div class="ticks grid" {
                    @for one in &units {
                        label { input type="checkbox" name="unit" value=(one.id) checked[filled.has("unit", &one.id.to_string())]; " " (one.name) }
                    }
                }
                (wrong(refusal, "unit"))
            }
            details open[filled.all("rule").next().is_some()] {
                summary { "只处理某些事项(不选就是全部)" }
                div class="ticks grid" {
                    @for rule in &rules {
                        label { input type="checkbox" name="rule" value=(rule.code) checked[filled.has("rule", &rule.code)]; " " (rule.code) " " (rule.title) }
                    }
                }
            }
            button class="main" { "预览" }
        }
        p { a class="button" href="/console/excuses" { "回到申请" } }
    };
    let mut response = layout::page(app, desk, "/console/duties", "成批申请", &body);
    if let Some(refusal) = refusal {
        response.set_status(refusal.status);
    }
    Ok(response)
}

/// What a form of a batch asks for.
fn choice(filled: &Filled) -> ApiResult<Choice> {
    let wrong = |field: &str, words: &str| at(field, ApiError::refused("form.invalid", words));
    let day = |name: &str, words: &str| filled.of(name).parse::<NaiveDate>().map_err(|_| wrong(name, words));
    let person = |name: &str| match filled.of(name) {
        "" => Ok(None),
        text => text.parse().map(|id| Some(PersonId(id))).map_err(|_| wrong(name, "请重新选择这个人。")),
    };
    let kind = ExcuseKind::parse(filled.of("kind")).ok_or_else(|| wrong("kind", "请选择怎么处理。"))?;
    let postponed = kind == ExcuseKind::Postponed;
    Ok(Choice {
        kind,
        from: day("from", "请选择最后一天从哪天起。")?,
        until: day("until", "请选择最后一天到哪天止。")?,
        units: filled
            .all("unit")
            .map(|text| text.parse().map(UnitId).map_err(|_| wrong("unit", "请重新勾选组织。")))
            .collect::<ApiResult<_>>()?,
        rules: filled.all("rule").map(str::to_owned).collect(),
        last: if postponed && !filled.of("last").is_empty() {
            Some(day("last", "请选择延期到哪天。")?)
        } else {
            None
        },
        grace_days: match filled.of("grace_days") {
            text if text.is_empty() || !postponed => None,
            text => Some(text.parse().map_err(|_| wrong("grace_days", "宽限天数请填 0 到 31 的数字。"))?),
        },
        to: person("to")?,
        holder: person("holder")?,
    })
}

/// Where a refusal of the batch itself stands.
fn placed(error: ApiError) -> ApiError {
    match error.code {
        "duty.batch_units" | "duty.batch_too_many" => at("unit", error),
        "duty.batch_days" => at("until", error),
        "duty.no_date" => at("last", error),
        code if code.starts_with("duty.postpone") => at("last", error),
        "duty.grace" => at("grace_days", error),
        "duty.delegate_whom" | "duty.delegate_to_self" => at("to", error),
        "duty.reason_length" => at("reason", error),
        _ => error,
    }
}

#[handler]
pub async fn preview(app: Data<&App>, desk: Desk, filled: Filled) -> ApiResult<Response> {
    match look(&app, &desk, &filled, None).await {
        // Who is handed over to is chosen with the person who goes away, on that person's page.
        Err(error) if filled.of("holder").is_empty() => {
            ask(&app, &desk, &filled, Some(&slip(placed(error))?)).await
        }
        Err(error) => super::lend::again(&app, &desk, &filled, &slip(placed(error))?).await,
        Ok(response) => Ok(response),
    }
}

/// The duties a choice comes to, to be proposed; after a refusal with the ticks and the reason as they were.
async fn look(app: &App, desk: &Desk, filled: &Filled, refusal: Option<&ApiError>) -> ApiResult<Response> {
    let choice = choice(filled)?;
    let mut tx = app.db.begin().await?;
    let shown = batch::preview(&mut tx, &desk.caller, &choice, desk.now).await?;
    tx.rollback().await?;
    let lent = choice.kind == ExcuseKind::Delegated;
    let back = match choice.holder {
        Some(holder) => format!("/console/people/{holder}/lend"),
        None => "/console/excuses/new".to_owned(),
    };
    let body = html! {
        p {
            strong { (choice.kind.label()) } ":最后一天从 " (date_label(choice.from)) " 到 " (date_label(choice.until))
            @if let Some(last) = choice.last { ",延期到 " (date_label(last)) }
            "。共 " strong { (shown.duties.len()) } " 项。"
            @if lent { "勾选的马上交给对方办,双方都会收到通知;回来后可以在“申请 → 已决定”里整批撤销。" }
        }
        @if shown.duties.is_empty() {
            @if let Some(error) = refusal { (gone(Refused { form: "", filled, error })) }
            p class="empty" { "这段日子没有可以处理的事。" }
        } @else {
            (ticks(desk, filled, &shown, lent, refusal))
        }
        @if !shown.left.is_empty() {
            details {
                summary { "不会动的(" (shown.left.len()) ")" }
                div class="scroll" { (table(&shown.left, None)) }
            }
        }
        p { a class="button" href=(back) { "重新选" } }
    };
    let mut response = layout::page(app, desk, "/console/duties", "预览:会动哪些事", &body);
    if let Some(refusal) = refusal {
        response.set_status(refusal.status);
    }
    Ok(response)
}

fn ticks(desk: &Desk, filled: &Filled, shown: &Preview, lent: bool, refusal: Option<&ApiError>) -> Markup {
    const CARRIED: [&str; 9] =
        ["kind", "from", "until", "last", "grace_days", "unit", "rule", "to", "holder"];
    // Made with the page, so that a second press is the same proposal.
    let id = match filled.of("id") {
        "" => BatchId::new().to_string(),
        known => known.to_owned(),
    };
    html! {
        form method="post" action="/console/excuses/propose" {
            (key(desk))
            (wrong(refusal, ""))
            input type="hidden" name="id" value=(id);
            @for name in CARRIED { @for value in filled.all(name) { input type="hidden" name=(name) value=(value); } }
            div class="scroll" { (table(&shown.duties, Some((filled, refusal.is_some())))) }
            label for="reason" { "为什么(办事的人会看到这句话)" }
            textarea id="reason" name="reason" rows="2" required minlength="2" maxlength="500" { (filled.of("reason")) }
            (wrong(refusal, "reason"))
            button class="main" { @if lent { "交办勾选的" } @else { "提出勾选的" } }
        }
    }
}

/// With ticks: all of them at first, those that were left ticked when the form comes again.
fn table(duties: &[TouchedDuty], ticks: Option<(&Filled, bool)>) -> Markup {
    html! {
        table {
            thead { tr { @if ticks.is_some() { th { "" } } th { "最后一天" } th { "事项" } th { "组织" } th { "情况" } } }
            tbody {
                @for one in duties {
                    tr {
                        @if let Some((filled, again)) = ticks {
                            td {
                                input type="checkbox" name="duty" value=(one.key) checked[!again || filled.has("duty", &one.key)]
                                    aria-label=(format!("{} {}", one.unit_name, one.title));
                            }
                        }
                        td { (last_day(one.last)) }
                        td { (one.title) }
                        td { (one.unit_name) }
                        td {
                            @if let Some(why) = &one.left_out { (why) }
                            @else if one.planned { "还没到时候(计划)" }
                            @else { (one.status.label()) }
                        }
                    }
                }
            }
        }
    }
}

#[handler]
pub async fn propose(app: Data<&App>, desk: Desk, filled: Filled) -> ApiResult<Response> {
    match proposed(&app, &desk, &filled).await {
        Ok((word, done)) => Ok(see(&format!("/console/excuses?said={word}&done={}", done.done))),
        Err(error) => look(&app, &desk, &filled, Some(&slip(placed(error))?)).await,
    }
}

async fn proposed(app: &App, desk: &Desk, filled: &Filled) -> ApiResult<(&'static str, BatchDone)> {
    let choice = choice(filled)?;
    let lost = || ApiError::bad_request("request.invalid", "页面不完整,请回到“申请”重新打开。");
    let id = filled.of("id").parse().map(BatchId).map_err(|_| lost())?;
    excuse::check_reason(filled.of("reason"))?;
    let duties: BTreeSet<&str> = filled.all("duty").collect();
    let duties: Vec<String> = duties.into_iter().map(str::to_owned).collect();
    let new = NewBatch { id, choice: &choice, reason: filled.of("reason"), duties: &duties };
    let mut tx = batch::begin(&app.db, id).await?;
    let done = batch::propose(&mut tx, &desk.caller, &new, desk.now).await?;
    tx.commit().await?;
    Ok((if choice.kind == ExcuseKind::Delegated { "handed" } else { "proposed" }, done))
}
