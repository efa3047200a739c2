use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::ids::TownId;
use crate::notify::compose::Today;
use crate::notify::quiet::Hours;

/// Towns in which something is due: one look into the index of what waits per town.
pub async fn due_towns(db: &PgPool, now: DateTime<Utc>) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select t.id from town t
         where exists (select from notice n where n.town_id = t.id and n.waits and n.release_at <= $1)
         order by t.id",
        now,
    )
    .fetch_all(db)
    .await
}

pub struct PersonRow {
    pub id: Uuid,
    pub hours: Hours,
    /// None for who is not bound, or has left.
    pub openid: Option<String>,
    pub grants: i32,
}

/// The persons behind the longest-due notices, locked; those another process holds are skipped.
pub async fn persons(
    tx: &mut PgConnection,
    town: TownId,
    appid: &str,
    template: Option<&str>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<PersonRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.id, p.zone, p.quiet_from, p.quiet_until, b.openid as "openid?", g.n as "grants?"
           from person p
           left join binding b on b.town_id = p.town_id and b.person_id = p.id and b.unbound_at is null
               and b.appid = $4 and p.left_on is null
           left join grant_balance g on g.appid = b.appid and g.openid = b.openid and g.template = $5
           where p.town_id = $1 and p.id in (
               select person_id from notice where town_id = $1 and waits and release_at <= $2
               order by release_at limit $3)
           order by p.id for no key update of p skip locked"#,
        town.0,
        now,
        limit,
        appid,
        template,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| PersonRow {
            id: row.id,
            hours: Hours::new(&row.zone, row.quiet_from, row.quiet_until),
            openid: row.openid,
            grants: row.grants.unwrap_or(0),
        })
        .collect())
}

#[derive(Debug, Clone)]
pub struct Waiting {
    pub id: Uuid,
    pub person_id: Uuid,
    pub weight: i16,
    pub not_after: DateTime<Utc>,
}

pub async fn waiting(
    tx: &mut PgConnection,
    town: TownId,
    persons: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        "select id, person_id, weight, not_after from notice
         where town_id = $1 and person_id = any($2) and state = 'waiting' and release_at <= $3
         order by id for update",
        town.0,
        persons,
        now,
    )
    .fetch_all(tx)
    .await
}

/// The message each person's day already has. One that is just being marked is waited for; one that may have been
/// delivered at an earlier try takes nothing more in, since nobody would know whether that was seen.
pub async fn messages_of_day(
    tx: &mut PgConnection,
    town: TownId,
    persons: &[Uuid],
    days: &[NaiveDate],
) -> Result<HashMap<Uuid, Today>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select m.id, m.person_id, m.state = 'queued' and m.marked_by is null and not m.resend
             and m.errcode is distinct from -1 as "joins!"
         from unnest($2::uuid[], $3::date[]) d (person_id, day)
         join message m on m.town_id = $1 and m.person_id = d.person_id and m.local_day = d.day
             and m.state not in ('cancelled', 'expired')
         order by m.id for update of m"#,
        town.0,
        persons,
        days,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.person_id, if row.joins { Today::Queued(row.id) } else { Today::Gone }))
        .collect())
}

/// How many messages each person has had, or is to have, in the calendar month of a day, up to that day.
pub async fn messages_of_month(
    tx: &mut PgConnection,
    town: TownId,
    persons: &[Uuid],
    days: &[NaiveDate],
) -> Result<HashMap<Uuid, i64>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select m.person_id, count(*) as "n!" from unnest($2::uuid[], $3::date[]) d (person_id, day)
           join message m on m.town_id = $1 and m.person_id = d.person_id
               and m.local_day between date_trunc('month', d.day::timestamp)::date and d.day
               and m.state in ('queued', 'sending', 'sent', 'unknown')
           group by m.person_id"#,
        town.0,
        persons,
        days,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.person_id, row.n)).collect())
}

/// Until when the platform takes nothing from this appid, if it is so.
pub async fn pause(
    tx: &mut PgConnection,
    appid: &str,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar!("select until from send_pause where appid = $1 and until > $2", appid, now)
        .fetch_optional(tx)
        .await
}

pub struct NewMessage {
    pub id: Uuid,
    pub person: Uuid,
    pub openid: String,
    pub day: NaiveDate,
    pub not_after: DateTime<Utc>,
    pub awake_until: DateTime<Utc>,
}

/// Returns the ids of those whose day was free.
pub async fn insert_messages(
    tx: &mut PgConnection,
    town: TownId,
    appid: &str,
    template: &str,
    messages: &[NewMessage],
    now: DateTime<Utc>,
) -> Result<HashSet<Uuid>, sqlx::Error> {
    if messages.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<Uuid> = messages.iter().map(|message| message.id).collect();
    let persons: Vec<Uuid> = messages.iter().map(|message| message.person).collect();
    let openids: Vec<String> = messages.iter().map(|message| message.openid.clone()).collect();
    let days: Vec<NaiveDate> = messages.iter().map(|message| message.day).collect();
    let ends: Vec<DateTime<Utc>> = messages.iter().map(|message| message.not_after).collect();
    let evenings: Vec<DateTime<Utc>> = messages.iter().map(|message| message.awake_until).collect();
    let made = sqlx::query_scalar!(
        "insert into message (town_id, id, person_id, appid, openid, template, local_day, state, next_at, not_after,
             awake_until, created_at)
         select $1, k.id, k.person_id, $2, k.openid, $3, k.day, 'queued', $4, k.not_after, k.awake_until, $4
         from unnest($5::uuid[], $6::uuid[], $7::text[], $8::date[], $9::timestamptz[], $10::timestamptz[])
             k (id, person_id, openid, day, not_after, awake_until)
         on conflict (town_id, person_id, local_day) where state not in ('cancelled', 'expired') do nothing
         returning id",
        town.0,
        appid,
        template,
        now,
        &ids,
        &persons,
        &openids,
        &days,
        &ends,
        &evenings,
    )
    .fetch_all(tx)
    .await?;
    Ok(made.into_iter().collect())
}

pub struct NoticeChange {
    pub id: Uuid,
    pub state: &'static str,
    pub message: Option<Uuid>,
    pub release: Option<DateTime<Utc>>,
}

/// Moves notices this transaction has locked.
pub async fn move_notices(
    tx: &mut PgConnection,
    town: TownId,
    changes: &[NoticeChange],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = changes.iter().map(|change| change.id).collect();
    let states: Vec<String> = changes.iter().map(|change| change.state.to_owned()).collect();
    let messages: Vec<Option<Uuid>> = changes.iter().map(|change| change.message).collect();
    let releases: Vec<Option<DateTime<Utc>>> = changes.iter().map(|change| change.release).collect();
    sqlx::query!(
        "update notice n set state = k.state, message_id = k.message_id,
             release_at = coalesce(k.release_at, n.release_at)
         from unnest($2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[]) k (id, state, message_id, release_at)
         where n.town_id = $1 and n.id = k.id",
        town.0,
        &ids,
        &states,
        &messages as &[Option<Uuid>],
        &releases as &[Option<DateTime<Utc>>],
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A message is of use as long as any notice in it. It is looked at more closely when it is marked: a mark that has waited for
/// this transaction still counts the notices as they were before it.
pub async fn extend_messages(
    tx: &mut PgConnection,
    town: TownId,
    joined: &[(Uuid, DateTime<Utc>)],
) -> Result<(), sqlx::Error> {
    if joined.is_empty() {
        return Ok(());
    }
    let (ids, ends): (Vec<Uuid>, Vec<DateTime<Utc>>) = joined.iter().copied().unzip();
    sqlx::query!(
        "update message m set not_after = greatest(m.not_after, k.not_after), awake_until = null
         from unnest($2::uuid[], $3::timestamptz[]) k (id, not_after) where m.town_id = $1 and m.id = k.id",
        town.0,
        &ids,
        &ends,
    )
    .execute(tx)
    .await?;
    Ok(())
}
