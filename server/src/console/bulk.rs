//! 成批申请: villages, rules and days are chosen, the duties they come to are shown, and what stays ticked is proposed. The
//! page itself carries the choice from one step to the next.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use maud::{Markup, html};
use poem::web::Data;
use poem::{Response, handler};

use super::desk::{Desk, see};
use super::layout::{self, key, last_day};
use crate::App;
use crate::access::{self, Action};
use crate::duty::excuse::batch::{self, Choice, NewBatch, Preview, TouchedDuty};
use crate::duty::excuse::{self, ExcuseKind};
use crate::edge::date_label;
use crate::error::{ApiError, ApiResult};
use crate::ids::{BatchId, PersonId, UnitId};
use crate::org;
use crate::platform::clock;

/// Delegation needs a person, whom a phone chooses better.
const KINDS: [ExcuseKind; 3] = [ExcuseKind::Excused, ExcuseKind::Postponed, ExcuseKind::NotApplicable];

#[handler]
pub async fn form(app: Data<&App>, desk: Desk) -> ApiResult<Response> {
    access::check_any(&desk.caller, Action::ProposeExcuse)?;
    let units = org::units(&app.db, &desk.caller, Action::ProposeExcuse).await?;
    let rules = batch::rules(&app, &desk.caller).await?;
    let today = clock::today(desk.now);
    let body = html! {
        p class="soft" { "例如抗洪的一周:选村、选日期,先预览会动哪些事,再提出。由党建办的另一个人决定,决定后可以整批撤销。" }
        form class="card" method="post" action="/console/excuses/preview" {
            (key(&desk))
            div class="fields" {
                div {
                    label for="kind" { "怎么处理" }
                    select id="kind" name="kind" {
                        @for kind in KINDS { option value=(kind.name()) { (kind.label()) } }
                    }
                }
                div {
                    label for="from" { "最后一天从" }
                    input id="from" type="date" name="from" required value=(today);
                }
                div {
                    label for="until" { "到" }
                    input id="until" type="date" name="until" required value=(today + chrono::TimeDelta::days(6));
                }
                div {
                    label for="last" { "延期到(只有延期才填)" }
                    input id="last" type="date" name="last";
                }
                div {
                    label for="grace_days" { "宽限天数(不填照原来的)" }
                    input id="grace_days" type="number" name="grace_days" min="0" max="31";
                }
            }
            fieldset class="card" {
                legend { "哪些组织(连同下面的都算)" }
                div class="ticks grid" {
                    @for one in &units {
                        label { input type="checkbox" name="unit" value=(one.id); " " (one.name) }
                    }
                }
            }
            details {
                summary { "只处理某些事项(不选就是全部)" }
                div class="ticks grid" {
                    @for rule in &rules {
                        label { input type="checkbox" name="rule" value=(rule.code); " " (rule.code) " " (rule.title) }
                    }
                }
            }
            button class="main" { "预览" }
        }
        p { a class="button" href="/console/excuses" { "回到申请" } }
    };
    Ok(layout::page(&app, &desk, "/console/duties", "成批申请", &body))
}

/// A form with several values under one name.
struct Sent(Vec<(String, String)>);

impl Sent {
    fn read(body: &str) -> ApiResult<Self> {
        serde_urlencoded::from_str(body)
            .map(Self)
            .map_err(|_| ApiError::bad_request("request.invalid", "提交的内容有误,请返回重试。"))
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn one<'a>(&'a self, name: &'a str) -> &'a str {
        self.all(name).next().unwrap_or_default().trim()
    }

    fn choice(&self) -> ApiResult<Choice> {
        let wrong = || ApiError::bad_request("request.invalid", "日期或选项有误,请返回重试。");
        let day = |name| self.one(name).parse::<NaiveDate>().map_err(|_| wrong());
        let kind = ExcuseKind::parse(self.one("kind")).ok_or_else(wrong)?;
        Ok(Choice {
            kind,
            from: day("from")?,
            until: day("until")?,
            units: self
                .all("unit")
                .map(|text| text.parse().map(UnitId).map_err(|_| wrong()))
                .collect::<ApiResult<_>>()?,
            rules: self.all("rule").map(str::to_owned).collect(),
            last: if kind == ExcuseKind::Postponed && !self.one("last").is_empty() {
                Some(day("last")?)
            } else {
                None
            },
            grace_days: match self.one("grace_days") {
                "" => None,
                text => Some(text.parse().map_err(|_| wrong())?),
            },
            to: match self.one("to") {
                "" => None,
                text => Some(PersonId(text.parse().map_err(|_| wrong())?)),
            },
        })
    }
}

#[handler]
pub async fn preview(app: Data<&App>, desk: Desk, body: String) -> ApiResult<Response> {
    let sent = Sent::read(&body)?;
    desk.check(sent.one("form_key"))?;
    let choice = sent.choice()?;
    let mut tx = app.db.begin().await?;
    let shown = batch::preview(&mut tx, &desk.caller, &choice, desk.now).await?;
    tx.rollback().await?;
    let body = html! {
        p {
            strong { (choice.kind.label()) } ":最后一天从 " (date_label(choice.from)) " 到 " (date_label(choice.until))
            @if let Some(last) = choice.last { ",延期到 " (date_label(last)) }
            "。共 " strong { (shown.duties.len()) } " 项。"
        }
        @if shown.duties.is_empty() {
            p class="empty" { "这些组织在这段日子没有可以处理的事。" }
        } @else {
            (ticks(&desk, &sent, &shown))
        }
        @if !shown.left.is_empty() {
            details {
                summary { "不会动的(" (shown.left.len()) ")" }
                div class="scroll" { (table(&shown.left, false)) }
            }
        }
        p { a class="button" href="/console/excuses/new" { "重新选" } }
    };
    Ok(layout::page(&app, &desk, "/console/duties", "预览:会动哪些事", &body))
}

fn ticks(desk: &Desk, sent: &Sent, shown: &Preview) -> Markup {
    const CARRIED: [&str; 8] = ["kind", "from", "until", "last", "grace_days", "unit", "rule", "to"];
    html! {
        form method="post" action="/console/excuses/propose" {
            (key(desk))
            // Made with the page, so that a second press is the same proposal.
            input type="hidden" name="id" value=(BatchId::new());
            @for name in CARRIED { @for value in sent.all(name) { input type="hidden" name=(name) value=(value); } }
            div class="scroll" { (table(&shown.duties, true)) }
            label for="reason" { "为什么(办事的人会看到这句话)" }
            textarea id="reason" name="reason" rows="2" required minlength="2" maxlength="500" {}
            button class="main" { "提出勾选的" }
        }
    }
}

fn table(duties: &[TouchedDuty], ticked: bool) -> Markup {
    html! {
        table {
            thead { tr { @if ticked { th { "" } } th { "最后一天" } th { "事项" } th { "组织" } th { "情况" } } }
            tbody {
                @for one in duties {
                    tr {
                        @if ticked {
                            td {
                                input type="checkbox" name="duty" value=(one.key) checked
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
pub async fn propose(app: Data<&App>, desk: Desk, body: String) -> ApiResult<Response> {
    let sent = Sent::read(&body)?;
    desk.check(sent.one("form_key"))?;
    excuse::check_reason(sent.one("reason"))?;
    let id = sent
        .one("id")
        .parse()
        .map(BatchId)
        .map_err(|_| ApiError::bad_request("request.invalid", "提交的内容有误,请返回重试。"))?;
    let choice = sent.choice()?;
    let duties: BTreeSet<&str> = sent.all("duty").collect();
    let duties: Vec<String> = duties.into_iter().map(str::to_owned).collect();
    let new = NewBatch { id, choice: &choice, reason: sent.one("reason"), duties: &duties };
    let mut tx = batch::begin(&app.db, id).await?;
    let done = batch::propose(&mut tx, &desk.caller, &new, desk.now).await?;
    tx.commit().await?;
    let word = if choice.kind == ExcuseKind::Delegated { "handed" } else { "proposed" };
    Ok(see(&format!("/console/excuses?said={word}&done={}", done.done)))
}
