//! 会议 at a desk. Starts from what the town knows: the last meeting, the members, who is away.

use maud::{Markup, html};
use poem::web::{Data, Multipart, Query};
use poem::{Response, handler};

use super::around::Around;
use super::{Asked, in_form, kept, sent, unit_of};
use crate::App;
use crate::access::Action;
use crate::checkin::{self, Kind};
use crate::console::desk::Desk;
use crate::console::filled::{Filled, line, lines, number, ticks};
use crate::edge::Client;
use crate::error::{ApiError, ApiResult};
use crate::evidence::Admission;
use crate::meeting::prefill::{self, Prefill};
use crate::meeting::{self, Absence, MeetingForm};
use crate::plan::MeetingType;

const PAGE: (&str, &str) = ("/console/entry/meeting", "录入会议");

#[handler]
pub async fn ask(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let mut filled = asked.blank(&app, &desk).await?;
    let known = prefill::of(&app, &desk.caller, unit_of(&filled)?).await?;
    if let Some(last) = &known.last {
        filled.add("place", last.place.as_str());
        filled.add("host", last.host.as_str());
        filled.add("recorder", last.recorder.as_str());
    }
    if known.expected > 0 {
        filled.add("expected", known.expected.to_string());
    }
    for member in &known.members {
        if let Some(reason) = &member.absent {
            filled.add("absent", member.id.to_string());
            filled.add(format!("reason-{}", member.id), reason.as_str());
        }
    }
    show(&app, &desk, &filled, None, &known).await
}

#[handler]
pub async fn keep(app: Data<&App>, desk: Desk, _upload: Admission, form: Multipart) -> ApiResult<Response> {
    let sent = sent::read(&app, &desk, Kind::Meeting, form).await?;
    let known = prefill::of(&app, &desk.caller, unit_of(&sent.filled)?).await?;
    let done = match sent.refusal {
        Some(refusal) => Err(refusal),
        None => store(&app, &desk, &sent.filled, &known).await,
    };
    match done {
        Ok(response) => Ok(response),
        Err(error) => show(&app, &desk, &sent.filled, Some(&in_form(error)?), &known).await,
    }
}

async fn store(app: &App, desk: &Desk, filled: &Filled, known: &Prefill) -> ApiResult<Response> {
    let form = read(filled, known)?;
    let mut tx = checkin::begin(&app.db, form.record.id).await?;
    let submitted = meeting::enter(&mut tx, &desk.caller, &form, Client::console(), desk.now).await?;
    tx.commit().await?;
    kept(submitted)
}

fn read(filled: &Filled, known: &Prefill) -> ApiResult<MeetingForm> {
    let absent = absent(filled, known)?;
    let expected = count(filled.of("expected"), "应到")?;
    // Nobody need count who is there.
    let missing = u32::try_from(absent.len()).unwrap_or(u32::MAX);
    let present = match filled.of("present") {
        "" => expected.saturating_sub(missing),
        typed => count(typed, "实到")?,
    };
    let text = |name: &str| filled.of(name).to_owned();
    Ok(MeetingForm {
        record: sent::common(Kind::Meeting, filled)?,
        types: filled.all("type").filter_map(MeetingType::parse).collect(),
        place: text("place"),
        host: text("host"),
        recorder: text("recorder"),
        topic: text("topic"),
        expected,
        present,
        absent,
        minutes: text("minutes"),
    })
}

/// The members ticked, and whoever is named beside them.
fn absent(filled: &Filled, known: &Prefill) -> ApiResult<Vec<Absence>> {
    let ticked = known.members.iter().filter(|member| filled.has("absent", &member.id.to_string()));
    let mut absent: Vec<Absence> = ticked
        .map(|member| Absence {
            name: member.name.clone(),
            reason: filled.of(&format!("reason-{}", member.id)).to_owned(),
        })
        .collect();
    for line in filled.of("others").lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, reason) = line.split_once([' ', ' ', ',', ',', ':', ':']).unwrap_or((line, ""));
        absent.push(Absence { name: name.trim().to_owned(), reason: reason.trim().to_owned() });
    }
    if absent.len() > 500
        || absent.iter().any(|one| one.name.chars().count() > 40 || one.reason.chars().count() > 100)
    {
        return Err(ApiError::refused(
            "console.absent",
            "缺席名单里姓名最多 40 个字,原因最多 100 个字,请核对。",
        ));
    }
    Ok(absent)
}

fn count(typed: &str, label: &str) -> ApiResult<u32> {
    typed.parse().map_err(|_| ApiError::refused("form.empty", format!("请填写“{label}”的人数。")))
}

async fn show(
    app: &App,
    desk: &Desk,
    filled: &Filled,
    refusal: Option<&ApiError>,
    known: &Prefill,
) -> ApiResult<Response> {
    let around = Around::of(app, desk, Kind::Meeting, Action::WriteMeeting, filled).await?;
    let own = html! {
        (ticks(filled, "type", "会议类型(可多选)", MeetingType::ALL.iter().map(|kind| (kind.name(), kind.label()))))
        (line(filled, "place", "地点", 100, true))
        (line(filled, "host", "主持人", 40, true))
        (line(filled, "recorder", "记录人", 40, true))
        (line(filled, "topic", "议题", 200, true))
        (number(filled, "expected", "应到人数", true))
        (number(filled, "present", "实到人数(不填就按缺席算)", false))
        (attendance(filled, known))
        (lines(filled, "minutes", "会议内容", 20_000, true))
    };
    Ok(around.page(app, desk, PAGE, filled, refusal, &own))
}

/// Only the absent are ticked; who is registered as away is already.
fn attendance(filled: &Filled, known: &Prefill) -> Markup {
    html! {
        @if !known.members.is_empty() {
            fieldset class="wide members" {
                legend { "谁没来,勾上并写原因" }
                @for member in &known.members {
                    @let (id, reason) = (member.id.to_string(), format!("reason-{}", member.id));
                    div {
                        label { input type="checkbox" name="absent" value=(id) checked[filled.has("absent", &id)]; " " (member.name) }
                        input type="text" name=(reason) value=(filled.of(&reason)) maxlength="100"
                            placeholder="原因" aria-label=(format!("{}缺席的原因", member.name));
                    }
                }
            }
        }
        p class="field wide" {
            label for="others" {
                @if known.members.is_empty() { "缺席的人,每行一位:姓名 原因" } @else { "名单以外缺席的人,每行一位:姓名 原因" }
            }
            textarea id="others" name="others" rows="2" maxlength="5000" { (filled.of("others")) }
        }
    }
}
