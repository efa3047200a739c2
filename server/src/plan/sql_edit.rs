use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::edit::Stored;
use super::rule::{Audience, Counts, Desk, Enough, Ladder, MeetingType, Place, RecordKind, Rule};
use crate::error::{ApiError, ApiResult};
use crate::ids::TownId;

pub struct Row {
    pub id: Uuid,
    pub task_id: Uuid,
    pub task_code: String,
    pub item: String,
    pub code: String,
    pub version: i32,
    pub off: bool,
    pub title: String,
    pub cadence: Value,
    pub first_on: Option<NaiveDate>,
    pub audience: String,
    pub conditions: Value,
    pub record_kind: String,
    pub meeting_types: Vec<String>,
    pub place: Option<String>,
    pub photos_required: i32,
    pub counts: String,
    pub enough: String,
    pub grace_days: i32,
    pub ladder: String,
    pub reviewer: String,
    pub minutes: i32,
    pub source: String,
}

pub async fn current(tx: &mut PgConnection, town: TownId, code: &str) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select r.id, r.task_id, t.code as task_code, t.item, r.code, r.version, r.off, r.title, r.cadence, r.first_on, r.audience,
                r.conditions, r.record_kind, r.meeting_types, r.place, r.photos_required, r.counts, r.enough, r.grace_days,
                r.ladder, r.reviewer, r.minutes, r.source
         from rule r join task t on t.town_id = r.town_id and t.id = r.task_id
         join plan p on p.town_id = t.town_id and p.id = t.plan_id and p.active
         where r.town_id = $1 and r.code = $2 and r.superseded_on is null for update of r",
        town.0,
        code,
    )
    .fetch_optional(tx)
    .await
}

/// What a rule was before it came to ask for a date, if it was anything.
pub async fn before_asking(
    tx: &mut PgConnection,
    town: TownId,
    task: Uuid,
    code: &str,
) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select r.id, r.task_id, t.code as task_code, t.item, r.code, r.version, r.off, r.title, r.cadence, r.first_on,
                r.audience, r.conditions, r.record_kind, r.meeting_types, r.place, r.photos_required, r.counts, r.enough,
                r.grace_days, r.ladder, r.reviewer, r.minutes, r.source
         from rule r join task t on t.town_id = r.town_id and t.id = r.task_id
         where r.town_id = $1 and r.task_id = $2 and r.code = $3 and r.record_kind <> 'set_date'
         order by r.version desc limit 1",
        town.0,
        task,
        code,
    )
    .fetch_optional(tx)
    .await
}

impl Row {
    pub fn stored(self) -> ApiResult<Stored> {
        let unknown = |what: &str| ApiError::internal(format!("rule {}: {what}", self.code));
        let number = |n: i32| u32::try_from(n).unwrap_or_default();
        let types =
            self.meeting_types.iter().map(|name| MeetingType::parse(name)).collect::<Option<Vec<_>>>();
        let place = self.place.as_deref().map(|name| Place::parse(name).ok_or_else(|| unknown("place")));
        let rule = Rule {
            title: self.title,
            cadence: serde_json::from_value(self.cadence).map_err(ApiError::internal)?,
            first: self.first_on,
            audience: Audience::parse(&self.audience).ok_or_else(|| unknown("audience"))?,
            applies: serde_json::from_value(self.conditions).map_err(ApiError::internal)?,
            record: RecordKind::parse(&self.record_kind).ok_or_else(|| unknown("record"))?,
            meeting_types: types.ok_or_else(|| unknown("meeting types"))?,
            place: place.transpose()?,
            photos_required: number(self.photos_required),
            counts: Counts::parse(&self.counts).ok_or_else(|| unknown("counts"))?,
            enough: Enough::parse(&self.enough).ok_or_else(|| unknown("enough"))?,
            grace_days: number(self.grace_days),
            ladder: Ladder::parse(&self.ladder).ok_or_else(|| unknown("ladder"))?,
            reviewer: Desk::parse(&self.reviewer).ok_or_else(|| unknown("reviewer"))?,
            minutes: number(self.minutes),
            source: self.source,
            code: self.code.clone(),
        };
        Ok(Stored {
            task_code: self.task_code,
            item: self.item,
            version: self.version,
            off: self.off,
            rule,
            id: self.id,
            task: self.task_id,
        })
    }
}

pub struct ViewRow {
    pub task_code: String,
    pub item: String,
    pub requirement: String,
    pub time_node: String,
    pub lead_name: Option<String>,
    pub source: String,
    pub code: String,
    pub version: i32,
    pub off: bool,
    pub title: String,
    pub cadence: Value,
    pub first_on: Option<NaiveDate>,
    pub audience: String,
    pub conditions: Value,
    pub record_kind: String,
    pub meeting_types: Vec<String>,
    pub photos_required: i32,
    pub counts: String,
    pub enough: String,
    pub grace_days: i32,
    pub ladder: String,
    pub reviewer: String,
    pub minutes: i32,
    pub versions: Value,
}

/// A version as the history tells it.
#[derive(serde::Deserialize)]
pub struct VersionRow {
    pub version: i32,
    pub title: String,
    pub cadence: Value,
    pub off: bool,
    pub enough: Enough,
    pub effective_on: Option<NaiveDate>,
    pub carried_to: Option<i32>,
    pub note: String,
    pub made_at: DateTime<Utc>,
    pub made_by: Option<String>,
}

/// The rule in force, with all its versions, the newest first.
pub async fn view(db: &PgPool, town: TownId, code: &str) -> Result<Option<ViewRow>, sqlx::Error> {
    sqlx::query_as!(
        ViewRow,
        r#"select t.code as task_code, t.item, t.requirement, t.time_node, t.lead_name,
                  case when r.source = '' then p.source else r.source end as "source!", r.code, r.version, r.off, r.title,
                  r.cadence, r.first_on, r.audience, r.conditions, r.record_kind, r.meeting_types, r.photos_required,
                  r.counts, r.enough, r.grace_days, r.ladder, r.reviewer, r.minutes,
                  (select jsonb_agg(jsonb_build_object('version', v.version, 'title', v.title, 'cadence', v.cadence,
                        'off', v.off, 'enough', v.enough, 'effective_on', v.effective_on, 'carried_to', v.carried_to,
                        'note', v.note, 'made_at', v.created_at, 'made_by', b.name)
                        order by v.version desc)
                   from rule v left join person b on b.town_id = v.town_id and b.id = v.changed_by
                   where v.town_id = r.town_id and v.task_id = r.task_id and v.code = r.code) as "versions!"
           from rule r join task t on t.town_id = r.town_id and t.id = r.task_id
           join plan p on p.town_id = t.town_id and p.id = t.plan_id and p.active
           where r.town_id = $1 and r.code = $2 and r.superseded_on is null"#,
        town.0,
        code,
    )
    .fetch_optional(db)
    .await
}
