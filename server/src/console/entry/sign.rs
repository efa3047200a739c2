//! 标识牌清理 at a desk: a new case with its first photo, or one that still hangs, finished.

use maud::{Markup, html};
use poem::web::{Data, Multipart, Query};
use poem::{Response, handler};
use serde_json::Value;

use super::around::Around;
use super::{Asked, in_form, kept, sent, unit_of};
use crate::App;
use crate::access::Action;
use crate::checkin::{self, Kind, RecordView, lists};
use crate::console::desk::Desk;
use crate::console::filled::{Filled, choice, lines, suggested};
use crate::console::layout::instant;
use crate::edge::{Client, date_label};
use crate::error::{ApiError, ApiResult};
use crate::evidence::Admission;
use crate::ids::{RecordId, VersionId};
use crate::org::UnitKind;
use crate::plan::Place;
use crate::sign::{self, CaseAction, Finding, SignForm, SignLine};

const PATH: &str = "/console/entry/sign";

#[handler]
pub async fn ask(app: Data<&App>, desk: Desk, asked: Query<Asked>) -> ApiResult<Response> {
    let filled = match asked.case() {
        Some(case) => resumed(&lists::one(&app, &desk.caller, case).await?)?,
        None => asked.blank(&app, &desk).await?,
    };
    show(&app, &desk, &filled, None).await
}

/// The form of a case as it stands, for its next version.
fn resumed(view: &RecordView) -> ApiResult<Filled> {
    if view.line.kind != Kind::Sign || view.merged_into.is_some() {
        return Err(ApiError::not_found());
    }
    let mut next = Filled::default();
    next.add("record", view.line.id.to_string());
    next.add("version", VersionId::new().to_string());
    next.add("base", view.line.version_id.to_string());
    next.add("unit", view.line.unit_id.to_string());
    next.add("happened_on", view.line.happened_on.to_string());
    next.add("channel", view.entry_channel.as_str());
    if let Some(person) = view.entered_for {
        next.add("entered_for", person.to_string());
    }
    for name in ["place", "text", "finding", "action", "reason"] {
        next.add(name, view.facts.get(name).and_then(Value::as_str).unwrap_or_default());
    }
    for duty in &view.duties {
        next.add("duty", duty.duty_id.to_string());
    }
    for photo in &view.photos {
        next.add("photo", format!("{}.{}", photo.slot, photo.hash));
    }
    Ok(next)
}

#[handler]
pub async fn keep(app: Data<&App>, desk: Desk, _upload: Admission, form: Multipart) -> ApiResult<Response> {
    let mut sent = sent::read(&app, &desk, Kind::Sign, form).await?;
    let done = match sent.refusal {
        Some(refusal) => Err(refusal),
        None => store(&app, &desk, &sent.filled).await,
    };
    match done {
        Ok(response) => Ok(response),
        Err(error) if error.code == "checkin.version_conflict" => {
            let case = sent::uuid(&sent.filled, "record").map(RecordId).ok_or_else(ApiError::not_found)?;
            let view = lists::one(&app, &desk.caller, case).await?;
            let told = ApiError {
                message: "别人刚修改过这一处。请对照现在的内容改好,再点“保存”。".into(),
                ..error
            };
            upon(&mut sent.filled, &view);
            page(&app, &desk, &sent.filled, Some(&told), Some(stands(&view))).await
        }
        Err(error) => show(&app, &desk, &sent.filled, Some(&in_form(error)?)).await,
    }
}

/// What was typed, upon what somebody else has made of the case: saved again, it is the next version of that. Photos that came
/// meanwhile are kept unless their tick is taken away.
fn upon(filled: &mut Filled, view: &RecordView) {
    filled.set("base", view.line.version_id.to_string());
    filled.set("version", VersionId::new().to_string());
    for photo in &view.photos {
        let value = format!("{}.{}", photo.slot, photo.hash);
        // What stood on the page without its tick was taken away.
        if !filled.has("photo", &value) && !filled.has("offered", &value) {
            filled.add("photo", value);
        }
    }
}

/// The case as it stands now.
fn stands(view: &RecordView) -> Markup {
    let fact = |name: &str| view.facts.get(name).and_then(Value::as_str).unwrap_or_default();
    html! {
        dl class="card" {
            dt { "现在的内容" } dd { (view.line.writer) "," (instant(view.line.received_at)) "收到" }
            dt { "在哪里" } dd { (Place::parse(fact("place")).map_or("", Place::label)) }
            dt { "牌子上的字" } dd { (fact("text")) }
            dt { "认定" } dd { (Finding::parse(fact("finding")).map_or("", Finding::label)) }
            dt { "怎么处理的" } dd { (CaseAction::parse(fact("action")).map_or("还没处理", CaseAction::label)) }
            @if !fact("reason").is_empty() { dt { "原因" } dd { (fact("reason")) } }
        }
    }
}

async fn store(app: &App, desk: &Desk, filled: &Filled) -> ApiResult<Response> {
    let missing = |label: &str| ApiError::refused("form.empty", format!("请选择“{label}”。"));
    let reason = Some(filled.of("reason").to_owned()).filter(|reason| !reason.is_empty());
    let form = SignForm {
        record: sent::common(Kind::Sign, filled)?,
        place: Place::parse(filled.of("place")).ok_or_else(|| missing("在哪里"))?,
        text: filled.of("text").to_owned(),
        finding: Finding::parse(filled.of("finding")).ok_or_else(|| missing("认定"))?,
        action: CaseAction::parse(filled.of("action")),
        reason,
    };
    let mut tx = checkin::begin(&app.db, form.record.id).await?;
    let submitted = sign::enter(&mut tx, &desk.caller, &form, Client::console(), desk.now).await?;
    tx.commit().await?;
    kept(submitted)
}

async fn show(app: &App, desk: &Desk, filled: &Filled, refusal: Option<&ApiError>) -> ApiResult<Response> {
    page(app, desk, filled, refusal, None).await
}

/// The form; `now`: what has become of the case meanwhile.
async fn page(
    app: &App,
    desk: &Desk,
    filled: &Filled,
    refusal: Option<&ApiError>,
    now: Option<Markup>,
) -> ApiResult<Response> {
    let mut around = Around::of(app, desk, Kind::Sign, Action::WriteSign, filled).await?;
    around.now = now;
    if around.unit.kind != UnitKind::Village {
        return Err(ApiError::refused("sign.not_a_village", "标识牌记录要选所在的村。"));
    }
    let texts = sign::texts(app, &desk.caller, unit_of(filled)?).await?;
    let is_new = filled.of("base").is_empty();
    let open = if is_new && refusal.is_none() {
        sign::cases(app, &desk.caller, Some(around.unit.id), true).await?
    } else {
        Vec::new()
    };
    let own = html! {
        (choice(filled, "place", "在哪里", &labels("请选择", Place::ALL, Place::name, Place::label), true))
        (suggested(filled, "text", "牌子上的字", 100, texts.iter().map(|known| known.text.as_str())))
        (choice(filled, "finding", "认定", &labels("请选择", Finding::ALL, Finding::name, Finding::label), true))
        (choice(filled, "action", "怎么处理的",
            &labels("还没处理,以后再办结", CaseAction::ALL, CaseAction::name, CaseAction::label), false))
        (lines(filled, "reason", "原因(保留或无法清理时写)", 300, false))
        @if !open.is_empty() { (unfinished(&open)) }
    };
    let title = if is_new { "录入标识牌" } else { "办结标识牌" };
    Ok(around.page(app, desk, (PATH, title), filled, refusal, &own))
}

/// A closed vocabulary to choose from, with what stands for no choice.
pub fn labels<T: Copy>(
    none: &'static str,
    all: &[T],
    name: fn(T) -> &'static str,
    label: fn(T) -> &'static str,
) -> Vec<(&'static str, &'static str)> {
    let mut options = vec![("", none)];
    options.extend(all.iter().map(|one| (name(*one), label(*one))));
    options
}

/// What still hangs there: perhaps it is one of these that is told of.
fn unfinished(open: &[SignLine]) -> Markup {
    html! {
        div class="wide" {
            p class="hint" { "这个村还有 " (open.len()) " 处没办完。要办结的是其中一处,请点开,不用重新录:" }
            (listed(open))
        }
    }
}

/// Cases to be finished, each a way to its form.
pub fn listed(open: &[SignLine]) -> Markup {
    html! {
        ul {
            @for case in open {
                li {
                    a href=(finish(case.id)) { (case.text) }
                    " " span class="soft" {
                        (Place::parse(&case.place).map_or("", Place::label)) " · " (date_label(case.found_on))
                    }
                }
            }
        }
    }
}

/// Where a case is finished.
pub fn finish(case: RecordId) -> String {
    format!("{PATH}?case={case}")
}
