//! The fields of a rule, in the order the office thinks of them.

use maud::{Markup, html};
use poem::http::StatusCode;

use super::fields::Fields;
use crate::access::{self, Action};
use crate::console::desk::Desk;
use crate::console::filled::wrong;
use crate::console::layout::key;
use crate::error::ApiError;
use crate::plan::view::RuleView;
use crate::plan::{self, Audience, Condition, Counts, Enough, Ladder, RecordKind};

/// The form; with what was looked at, it can be saved.
pub fn form(
    desk: &Desk,
    view: &RuleView,
    fields: &Fields,
    seen: Option<&String>,
    refusal: Option<&ApiError>,
) -> Markup {
    html! {
        form class="card no-print" method="post" action=(format!("/console/rules/{}", view.code)) {
            h2 { "修改" }
            (key(desk))
            (wrong(refusal, ""))
            @if refusal.is_some_and(|refusal| refusal.status == StatusCode::CONFLICT) {
                p { a href=(format!("/console/rules/{}", view.code)) target="_blank" { "看现在的样子(另开一页对照着改)" } }
            }
            input type="hidden" name="base_version" value=(fields.base_version);
            (text("title", "标题", &fields.title, 20))
            (wrong(refusal, "title"))
            (often(fields, refusal))
            (who(view, fields))
            (evidence(view, fields, refusal))
            p {
                label { input type="checkbox" name="off" value="1" checked[fields.off.is_some()]; " 停用:谁都不用办,以后可以再启用" }
            }
            @if let Some(digest) = seen { input type="hidden" name="seen" value=(digest); }
            p class="bar" {
                button name="deed" value="look" { @if seen.is_some() { "再看效果" } @else { "先看效果" } }
                @if seen.is_some() { button class="main" name="deed" value="save" { "保存" } }
            }
        }
    }
}

fn often(fields: &Fields, refusal: Option<&ApiError>) -> Markup {
    html! {
        fieldset class="card" {
            legend { "多久一次" }
            p {
                label for="kind" { "类型 " }
                select id="kind" name="kind" {
                    @for (kind, label) in plan::KINDS {
                        option value=(kind) selected[fields.kind == kind] { (label) }
                    }
                }
            }
            p class="hint" { "只填所选类型的几栏,其他不用管。" }
            (day("opens", "限期办一次:开始日期", &fields.opens))
            (wrong(refusal, "opens"))
            (day("due", "限期办一次:截止日期", &fields.due))
            (wrong(refusal, "due"))
            (text("days", "每月固定日期:哪几日,如 10,20", &fields.days, 60))
            (wrong(refusal, "days"))
            p {
                label for="period" { "每期若干次:每期是 " }
                select id="period" name="period" {
                    @for period in plan::PERIODS {
                        option value=(period.name()) selected[fields.period == period.name()] { (period.label()) }
                    }
                }
            }
            (number("times", "每期若干次:几次", &fields.times))
            (wrong(refusal, "times"))
            (text("year_opens", "每年一次的:从几月几日起,如 12-01,可不填", &fields.year_opens, 5))
            (wrong(refusal, "year_opens"))
            (text("months", "月底:哪几个月,如 3,6,9,12", &fields.months, 60))
            (wrong(refusal, "months"))
            (number("opens_day", "月底:从几日起", &fields.opens_day))
            (wrong(refusal, "opens_day"))
            (day("since", "立即:从哪天起", &fields.since))
            (wrong(refusal, "since"))
            (day("first_on", "从哪天起算(更早到期的不要求),可不填", &fields.first_on))
            (wrong(refusal, "first_on"))
        }
    }
}

fn who(view: &RuleView, fields: &Fields) -> Markup {
    let may_move = view.record_kind == "statement";
    let offered = Audience::ALL
        .iter()
        .filter(|audience| **audience == view.audience || (may_move && audience.writes_statements()));
    let conditions = [
        ("committee", Condition::Committee, &fields.committee),
        ("groups", Condition::Groups, &fields.groups),
        ("mobile_members", Condition::MobileMembers, &fields.mobile_members),
    ];
    html! {
        fieldset class="card" {
            legend { "谁来办" }
            p {
                label for="audience" { "对象 " }
                select id="audience" name="audience" {
                    @for audience in offered {
                        option value=(audience.name()) selected[fields.audience == audience.name()] { (audience.label()) }
                    }
                }
                @if !may_move { span class="soft" { " 这类记录只能由它来写,不能换" } }
            }
            p {
                "只有这样的支部才要办:"
                @for (name, condition, ticked) in conditions {
                    label { input type="checkbox" name=(name) value="1" checked[ticked.is_some()]; " " (condition.label()) " " }
                }
            }
        }
    }
}

fn evidence(view: &RuleView, fields: &Fields, refusal: Option<&ApiError>) -> Markup {
    let is_each_ones = RecordKind::parse(&view.record_kind).is_some_and(RecordKind::is_each_ones);
    let offered = Enough::ALL.iter().filter(|one| **one == Enough::One || is_each_ones);
    let reviewers = plan::Desk::ALL
        .iter()
        .filter(|desk| access::roles(Action::Review).iter().any(|role| role.name() == desk.name()));
    html! {
        fieldset class="card" {
            legend { "怎样算办结" }
            (number("photos_required", "照片至少几张", &fields.photos_required))
            (wrong(refusal, "photos_required"))
            (select("counts", "什么时候算", &fields.counts, Counts::ALL.iter().map(|one| (one.name(), one.label()))))
            (select("enough", "同一职务有几个人时", &fields.enough, offered.map(|one| (one.name(), one.label()))))
            (select("reviewer", "谁审核", &fields.reviewer, reviewers.map(|one| (one.name(), one.label()))))
            (number("grace_days", "到期后宽限几天", &fields.grace_days))
            (wrong(refusal, "grace_days"))
            (select("ladder", "提醒", &fields.ladder, Ladder::ALL.iter().map(|one| (one.name(), one.label()))))
            (number("minutes", "每次约几分钟", &fields.minutes))
            (wrong(refusal, "minutes"))
        }
    }
}

fn text(name: &str, label: &str, value: &str, most: u32) -> Markup {
    html! { p { label for=(name) { (label) " " } input id=(name) type="text" name=(name) value=(value) maxlength=(most); } }
}

fn number(name: &str, label: &str, value: &str) -> Markup {
    html! { p { label for=(name) { (label) " " } input id=(name) type="number" name=(name) value=(value) min="0" max="120"; } }
}

fn day(name: &str, label: &str, value: &str) -> Markup {
    html! { p { label for=(name) { (label) " " } input id=(name) type="date" name=(name) value=(value); } }
}

fn select(
    name: &str,
    label: &str,
    value: &str,
    choices: impl Iterator<Item = (&'static str, &'static str)>,
) -> Markup {
    html! {
        p {
            label for=(name) { (label) " " }
            select id=(name) name=(name) {
                @for (choice, words) in choices { option value=(choice) selected[value == choice] { (words) } }
            }
        }
    }
}
