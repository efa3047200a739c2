use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use super::read::{Cursor, Sight};
use super::reviewer::Reviewer;
use crate::access::{self, Action};
use crate::ids::RecordId;

pub struct Line {
    pub id: Uuid,
    pub kind: String,
    pub unit_id: Uuid,
    pub unit_name: String,
    pub happened_on: NaiveDate,
    pub received_at: DateTime<Utc>,
    pub state: String,
    pub version_id: Uuid,
    pub late: bool,
    pub writer: String,
    pub entered_for_name: Option<String>,
    pub about: Option<String>,
    pub flags: Vec<String>,
    pub needs_confirmation: bool,
    pub mine_to_review: bool,
    /// For reviewers, of what waits for review.
    pub photo_facts: Option<Value>,
}

pub struct Whole {
    pub line: Line,
    pub version_no: i32,
    pub versions: i64,
    pub entered_for: Option<Uuid>,
    pub entry_channel: String,
    pub facts: Value,
    pub photos: Value,
    pub duties: Value,
    pub reviews: Value,
    pub merged_into: Option<Value>,
    pub merged: Value,
}

/// Which records to list.
pub struct Filter<'a> {
    pub state: Option<&'a str>,
    pub kind: Option<&'a str>,
    pub unit: Option<Uuid>,
    /// Only what the caller wrote, or what was entered for them.
    pub mine: bool,
    /// Only what the caller may accept now.
    pub to_review: bool,
    pub after: Option<Cursor>,
    pub limit: i64,
    /// With what is to be known of the photos.
    pub photos: bool,
}

pub async fn list(
    db: &PgPool,
    sight: &Sight,
    by: &Reviewer,
    filter: &Filter<'_>,
) -> Result<Vec<Line>, sqlx::Error> {
    sqlx::query_as!(
        Line,
        r#"select r.id, r.kind, r.unit_id, u.name as unit_name, r.happened_on, r.received_at, r.state, r.version_id,
                  exists (select from record_duty rd where rd.town_id = r.town_id and rd.record_id = r.id
                            and rd.verdict = 'late') as "late!",
                  w.name as writer, r.flags, r.needs_confirmation,
                  (select e.name from person e
                   where e.town_id = r.town_id and e.id = r.entered_for) as entered_for_name,
                  (select string_agg(ru.title, '、' order by ru.title) from record_duty rd
                   join duty d on d.town_id = rd.town_id and d.id = rd.duty_id
                   join rule ru on ru.town_id = d.town_id and ru.id = d.rule_id
                   where rd.town_id = r.town_id and rd.record_id = r.id) as about,
                  is_to_review($1, r.id, $2, $14, $15, $16, $17, $18) as "mine_to_review!",
                  case when $20 and r.state = 'submitted' then photo_facts($1, r.id, $2, $3, $4, $5, $6) end as photo_facts
           from records_in_sight($1, $2, $3, $4, $5, $6) s
           join record r on r.town_id = $1 and r.id = s.id
           join unit u on u.town_id = r.town_id and u.id = r.unit_id
           join person w on w.town_id = r.town_id and w.id = r.writer_id
           where ($7::text is null or r.state = $7)
             and ($8::text is null or r.kind = $8)
             and ($9::uuid is null or r.unit_id = $9)
             and (not $13 or r.writer_id = $2 or r.entered_for = $2)
             and ($10::timestamptz is null or (r.received_at, r.id) < ($10, $11))
             and (not $19 or is_to_review($1, r.id, $2, $14, $15, $16, $17, $18))
           order by r.received_at desc, r.id desc
           limit $12"#,
        sight.town.0,
        sight.person.0,
        &sight.records.from,
        &sight.records.to,
        &sight.reports.from,
        &sight.reports.to,
        filter.state,
        filter.kind,
        filter.unit,
        filter.after.map(|cursor| cursor.received_at),
        filter.after.map(|cursor| cursor.id),
        filter.limit,
        filter.mine,
        &by.roles,
        &by.posts.from,
        &by.posts.to,
        &by.unnamed.from,
        &by.unnamed.to,
        filter.to_review,
        filter.photos,
    )
    .fetch_all(db)
    .await
}

pub async fn whole(
    db: &PgPool,
    sight: &Sight,
    by: &Reviewer,
    id: RecordId,
    photos: bool,
) -> Result<Option<Whole>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select r.id, r.kind, r.unit_id, u.name as unit_name, r.happened_on, r.received_at, r.state, r.version_id,
                  r.version_no, r.entered_for, r.entry_channel, r.facts, r.flags, r.needs_confirmation,
                  w.name as writer, is_to_review($1, r.id, $2, $8, $9, $10, $11, $12) as "mine_to_review!",
                  (select e.name from person e
                   where e.town_id = r.town_id and e.id = r.entered_for) as entered_for_name,
                  (select string_agg(ru.title, '、' order by ru.title) from record_duty rd
                   join duty d on d.town_id = rd.town_id and d.id = rd.duty_id
                   join rule ru on ru.town_id = d.town_id and ru.id = d.rule_id
                   where rd.town_id = r.town_id and rd.record_id = r.id) as about,
                  (select count(*) from record_version rv
                   where rv.town_id = r.town_id and rv.record_id = r.id) as "versions!",
                  exists (select from record_duty rd where rd.town_id = r.town_id and rd.record_id = r.id
                            and rd.verdict = 'late') as "late!",
                  coalesce((select jsonb_agg(jsonb_build_object('slot', p.slot, 'hash', encode(p.hash, 'hex'),
                                'arrived', p.arrived) order by p.position)
                            from record_photo p
                            where p.town_id = r.town_id and p.record_id = r.id and p.current), '[]') as "photos!",
                  coalesce((select jsonb_agg(jsonb_build_object('duty_id', rd.duty_id, 'title', ru.title,
                                'verdict', rd.verdict, 'extra', rd.part = 'extra', 'extra_of',
                                case when rd.part = 'extra' then record_brief(d.town_id, record_kept(d.town_id, d.id, r.id)) end) order by rd.duty_id)
                            from record_duty rd
                            join duty d on d.town_id = rd.town_id and d.id = rd.duty_id
                            join rule ru on ru.town_id = d.town_id and ru.id = d.rule_id
                            where rd.town_id = r.town_id and rd.record_id = r.id), '[]') as "duties!",
                  coalesce((select jsonb_agg(jsonb_build_object('decision', v.decision, 'reason', v.reason,
                                'due_on', v.due_on, 'reviewer', p.name, 'at', v.at, 'role', (
                                    select po.role from post po
                                    join post_unit pu on pu.town_id = po.town_id and pu.post_id = po.id
                                    join unit pou on pou.town_id = pu.town_id and pou.id = pu.unit_id
                                    where po.town_id = v.town_id and po.person_id = v.reviewer_id
                                      and po.role = any($13) and starts_with(u.path, pou.path)
                                      and po.from_on <= (v.at at time zone 'Asia/Shanghai')::date
                                      and (po.to_on is null or po.to_on >= (v.at at time zone 'Asia/Shanghai')::date)
                                    order by array_position($13, po.role) limit 1)) order by v.at, v.id)
                            from review v join person p on p.town_id = v.town_id and p.id = v.reviewer_id
                            where v.town_id = r.town_id and v.record_id = r.id), '[]') as "reviews!",
                  record_brief(r.town_id, r.merged_into) as merged_into,
                  coalesce((select jsonb_agg(record_brief(e.town_id, e.id) order by e.received_at, e.id)
                            from record e
                            where e.town_id = r.town_id and e.merged_into = r.id), '[]') as "merged!",
                  case when $14 then photo_facts($1, r.id, $2, $3, $4, $5, $6) end as photo_facts
           from records_in_sight($1, $2, $3, $4, $5, $6) s
           join record r on r.town_id = $1 and r.id = s.id
           join unit u on u.town_id = r.town_id and u.id = r.unit_id
           join person w on w.town_id = r.town_id and w.id = r.writer_id
           where r.id = $7"#,
        sight.town.0,
        sight.person.0,
        &sight.records.from,
        &sight.records.to,
        &sight.reports.from,
        &sight.reports.to,
        id.0,
        &by.roles,
        &by.posts.from,
        &by.posts.to,
        &by.unnamed.from,
        &by.unnamed.to,
        &reviewers(),
        photos,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Whole {
        line: Line {
            id: row.id,
            kind: row.kind,
            unit_id: row.unit_id,
            unit_name: row.unit_name,
            happened_on: row.happened_on,
            received_at: row.received_at,
            state: row.state,
            version_id: row.version_id,
            late: row.late,
            writer: row.writer,
            entered_for_name: row.entered_for_name,
            about: row.about,
            flags: row.flags,
            needs_confirmation: row.needs_confirmation,
            mine_to_review: row.mine_to_review,
            photo_facts: row.photo_facts,
        },
        version_no: row.version_no,
        versions: row.versions,
        entered_for: row.entered_for,
        entry_channel: row.entry_channel,
        facts: row.facts,
        photos: row.photos,
        duties: row.duties,
        reviews: row.reviews,
        merged_into: row.merged_into,
        merged: row.merged,
    }))
}

/// The posts by which records are accepted, returned or confirmed, the office first.
fn reviewers() -> Vec<String> {
    let roles = access::roles(Action::Review).iter().chain(access::roles(Action::ConfirmRecord));
    roles.map(|role| role.name().to_owned()).collect()
}

pub struct StoredVersion {
    pub id: Uuid,
    pub no: Option<i32>,
    pub base_version: Option<Uuid>,
    pub writer: String,
    pub received_at: DateTime<Utc>,
    pub content: Value,
}

pub async fn versions(db: &PgPool, sight: &Sight, id: RecordId) -> Result<Vec<StoredVersion>, sqlx::Error> {
    sqlx::query_as!(
        StoredVersion,
        r#"select v.id, v.no, v.base_version, w.name as writer, v.received_at, v.content
           from record_version v
           join records_in_sight($1, $2, $3, $4, $5, $6) s on s.id = v.record_id
           join person w on w.town_id = v.town_id and w.id = v.writer_id
           where v.town_id = $1 and v.record_id = $7
           order by v.received_at, v.id"#,
        sight.town.0,
        sight.person.0,
        &sight.records.from,
        &sight.records.to,
        &sight.reports.from,
        &sight.reports.to,
        id.0,
    )
    .fetch_all(db)
    .await
}
