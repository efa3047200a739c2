use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::{Value, json};
use uuid::Uuid;

use super::calls::{self, CallList};
use super::grants::{self, Purse, Why};
use super::{inbox, sql};
use crate::edge::Cursor;
use crate::error::{ApiError, ApiResult};
use crate::identity::{Auth, Caller};
use crate::ids::{CallItemId, NoticeId};
use crate::named::named;
use crate::platform::limit::Rate;
use crate::tags::Tag;
use crate::{App, audit, edge};

/// Rows of a page.
pub(super) const PAGE: i64 = 50;
/// Far more taps on "allow" than anybody makes by hand.
const PER_PERSON: Rate = Rate { burst: 30, per: Duration::from_mins(10) };

pub struct Api;

/// 提醒
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct Notice {
    id: NoticeId,
    title: String,
    /// Where a tap leads.
    page: String,
    due_on: Option<NaiveDate>,
    /// As people read it: 待发送, 发送中, 已发微信, 站内提醒.
    state: String,
    created_at: DateTime<FixedOffset>,
    unread: bool,
}

#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct Notices {
    notices: Vec<Notice>,
    /// Send as `after` for the next page; absent on the last one.
    next: Option<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ReadForm {
    #[oai(validator(max_items = 200))]
    ids: Vec<NoticeId>,
}

#[derive(Object)]
struct Read {
    /// Notices that were unread until now.
    read: u64,
}

/// What the person answered for a template, in WeChat's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
enum Answer {
    Accept,
    Reject,
    /// The template is banned.
    Ban,
    /// Left out by WeChat, for another template of the same title.
    Filter,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct TapResult {
    #[oai(validator(min_length = 1, max_length = 100))]
    template_id: String,
    answer: Answer,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct GrantForm {
    /// Made by the phone at the tap: the same tap told twice is one.
    tap_id: Uuid,
    #[oai(validator(max_items = 5))]
    results: Vec<TapResult>,
}

/// 订阅授权次数
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct Grants {
    /// Messages that may still be sent.
    left: i32,
    words: String,
    /// What to ask the person's consent for; absent while the office sends no WeChat messages.
    template_id: Option<String>,
}

named! {
    /// What a person wants to be reminded of. What is returned or overdue is told in any case.
    pub enum RemindedOf {
        /// Every step of the ladder.
        All = "all" "全部",
        /// On the last day, and when it is overdue.
        Due = "due" "只在到期当天和逾期",
    }
}

/// 免打扰, and what to be reminded of
#[derive(Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
struct Reminders {
    /// IANA name: `Asia/Shanghai`.
    #[oai(validator(max_length = 60))]
    zone: String,
    /// `21:00`, in that zone. Equal ends: no quiet hours.
    #[oai(validator(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    quiet_from: String,
    #[oai(validator(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    quiet_until: String,
    /// As it was, if absent.
    reminded_of: Option<RemindedOf>,
}

#[derive(Object)]
struct Called {
    done: bool,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Notify")]
impl Api {
    /// What I am reminded of, the newest first. Of a duty only the latest reminder, unless `all` are asked for.
    #[oai(path = "/notices", method = "get", operation_id = "notices")]
    async fn notices(
        &self,
        auth: Auth,
        app: Data<&App>,
        after: Query<Option<String>>,
        all: Query<Option<bool>>,
    ) -> ApiResult<Json<Notices>> {
        let caller = auth.0;
        let rows = sql::inbox::page(
            &app.db,
            caller.town,
            caller.person,
            Cursor::read(after.0.as_deref())?,
            PAGE,
            all.0.unwrap_or(false),
        )
        .await?;
        let next = next(&rows, |row| Cursor { at: row.created_at, id: row.id });
        let notices = rows.into_iter().map(|row| Notice {
            id: NoticeId(row.id),
            title: row.title,
            page: row.page,
            due_on: row.due_on,
            state: inbox::words(&row.state).into(),
            created_at: edge::local(row.created_at),
            unread: row.unread,
        });
        Ok(Json(Notices { notices: notices.collect(), next }))
    }

    /// I have seen these.
    #[oai(path = "/notices/read", method = "post", operation_id = "read_notices")]
    async fn read_notices(&self, auth: Auth, app: Data<&App>, form: Json<ReadForm>) -> ApiResult<Json<Read>> {
        let (caller, now) = (auth.0, app.clock.now());
        let ids: Vec<Uuid> = form.ids.iter().map(|id| id.0).collect();
        let mut tx = app.db.begin().await?;
        let read = sql::inbox::read(&mut tx, caller.town, caller.person, &ids, now).await?;
        let entry = of_caller(&caller, "notice.read");
        audit::record(&mut tx, audit::Entry { facts: &json!({ "count": read }), ..entry }, now).await?;
        tx.commit().await?;
        Ok(Json(Read { read }))
    }

    /// How many WeChat messages I may still be sent.
    #[oai(path = "/grants", method = "get", operation_id = "grants")]
    async fn grants(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Grants>> {
        let (caller, wechat) = (auth.0, &app.config.wechat);
        let template = wechat.template.as_deref();
        let left = sql::grants::left(&app.db, caller.town, caller.person, &wechat.appid, template).await?;
        Ok(Json(Grants { left, words: grants::words(left), template_id: wechat.template.clone() }))
    }

    /// What I answered when asked for my consent. Each accept allows one message; the same tap twice counts once.
    #[oai(path = "/grants", method = "post", operation_id = "tell_grants")]
    async fn tell_grants(
        &self,
        auth: Auth,
        app: Data<&App>,
        form: Json<GrantForm>,
    ) -> ApiResult<Json<Grants>> {
        let (caller, now, wechat) = (auth.0, app.clock.now(), &app.config.wechat);
        let key = format!("grants:{}", caller.person);
        app.limiter.take(&key, PER_PERSON, now).await.map_err(ApiError::too_many)?;
        let ours = |result: &&TapResult| wechat.template.as_ref() == Some(&result.template_id);
        let accepted = form.results.iter().filter(ours).find(|result| result.answer == Answer::Accept);
        let mut tx = app.db.begin().await?;
        let openid = sql::grants::openid(&mut tx, caller.town, caller.person, &wechat.appid).await?;
        let mut added = 0;
        if let (Some(result), Some(openid)) = (accepted, &openid) {
            let purse = Purse { appid: &wechat.appid, openid, template: &result.template_id };
            let dedupe = format!("tap/{}", form.tap_id);
            added = grants::accept(&mut tx, purse, Why::Accept, &dedupe, now, now).await?;
        }
        let entry = of_caller(&caller, "grant.told");
        audit::record(&mut tx, audit::Entry { facts: &json!({ "added": added }), ..entry }, now).await?;
        let template = wechat.template.as_deref();
        let left = sql::grants::left(&mut *tx, caller.town, caller.person, &wechat.appid, template).await?;
        tx.commit().await?;
        Ok(Json(Grants { left, words: grants::words(left), template_id: wechat.template.clone() }))
    }

    /// When I am not to be disturbed, and what I want to be reminded of.
    #[oai(path = "/me/reminders", method = "get", operation_id = "reminders")]
    async fn reminders(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Reminders>> {
        let caller = auth.0;
        let row = sql::inbox::reminders(&app.db, caller.town, caller.person).await?;
        let row = row.ok_or_else(ApiError::not_found)?;
        let clock = |time: NaiveTime| time.format("%H:%M").to_string();
        Ok(Json(Reminders {
            zone: row.zone,
            quiet_from: clock(row.quiet_from),
            quiet_until: clock(row.quiet_until),
            reminded_of: row.reminded_of.as_deref().and_then(RemindedOf::parse),
        }))
    }

    /// Set my zone, my quiet hours and what I want to be reminded of. What already waits keeps its hour, but nothing is sent
    /// in the new quiet hours.
    #[oai(path = "/me/reminders", method = "put", operation_id = "set_reminders")]
    async fn set_reminders(
        &self,
        auth: Auth,
        app: Data<&App>,
        form: Json<Reminders>,
    ) -> ApiResult<Json<Reminders>> {
        let (caller, now) = (auth.0, app.clock.now());
        if form.zone.parse::<chrono_tz::Tz>().is_err() {
            return Err(ApiError::refused("notify.zone_unknown", "时区名称不对,应形如 Asia/Shanghai。"));
        }
        let clock = |text: &str| {
            NaiveTime::parse_from_str(text, "%H:%M")
                .map_err(|_| ApiError::bad_request("notify.time_invalid", "时间应形如 21:00。"))
        };
        let mut row = sql::inbox::RemindersRow {
            zone: form.zone.clone(),
            quiet_from: clock(&form.quiet_from)?,
            quiet_until: clock(&form.quiet_until)?,
            reminded_of: form.reminded_of.map(|of| of.name().to_owned()),
        };
        let mut tx = app.db.begin().await?;
        row.reminded_of = sql::inbox::set_reminders(&mut tx, caller.town, caller.person, &row).await?;
        let facts = json!({ "fields": ["zone", "quiet_from", "quiet_until", "reminded_of"] });
        let entry = of_caller(&caller, "reminders.set");
        audit::record(&mut tx, audit::Entry { facts: &facts, ..entry }, now).await?;
        tx.commit().await?;
        let reminded_of = row.reminded_of.as_deref().and_then(RemindedOf::parse);
        Ok(Json(Reminders { reminded_of, ..form.0 }))
    }

    /// Who of my units must be called, because no reminder reached them.
    #[oai(path = "/call-list", method = "get", operation_id = "call_list")]
    async fn call_list(
        &self,
        auth: Auth,
        app: Data<&App>,
        after: Query<Option<String>>,
    ) -> ApiResult<Json<CallList>> {
        Ok(Json(calls::open(&app, &auth.0, after.0.as_deref()).await?))
    }

    /// I have called. A second report of the same call changes nothing.
    #[oai(path = "/call-list/:item/done", method = "post", operation_id = "call_done")]
    async fn call_done(
        &self,
        auth: Auth,
        app: Data<&App>,
        item: Path<CallItemId>,
    ) -> ApiResult<Json<Called>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        calls::made(&mut tx, &caller, item.0, now).await?;
        tx.commit().await?;
        Ok(Json(Called { done: true }))
    }
}

/// An entry about something the caller did to themselves, without facts yet.
fn of_caller(caller: &Caller, action: &'static str) -> audit::Entry<'static> {
    audit::Entry {
        town: caller.town,
        actor: Some(caller.person),
        action,
        subject_kind: "person",
        subject: Some(caller.person.0),
        facts: &Value::Null,
    }
}

/// A full page may have a next one.
pub(super) fn next<T>(rows: &[T], cursor: impl Fn(&T) -> Cursor) -> Option<String> {
    let full = i64::try_from(rows.len()).is_ok_and(|n| n == PAGE);
    rows.last().filter(|_| full).map(|row| cursor(row).to_string())
}
