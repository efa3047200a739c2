use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::ids::{NoticeId, PersonId, TownId};
use crate::notify::quiet::Hours;
use crate::notify::{NewNotice, Subject};

pub async fn hours(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
) -> Result<Option<Hours>, sqlx::Error> {
    let row = sqlx::query!(
        "select zone, quiet_from, quiet_until from person where town_id = $1 and id = $2",
        town.0,
        person.0,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Hours::new(&row.zone, row.quiet_from, row.quiet_until)))
}

/// The hours of each of these people; who is unknown is left out.
pub async fn hours_of(
    tx: &mut PgConnection,
    people: &[(TownId, PersonId)],
) -> Result<HashMap<(TownId, PersonId), Hours>, sqlx::Error> {
    let (towns, ids): (Vec<Uuid>, Vec<Uuid>) = people.iter().map(|(town, person)| (town.0, person.0)).unzip();
    let rows = sqlx::query!(
        "select distinct p.town_id, p.id, p.zone, p.quiet_from, p.quiet_until
         from unnest($1::uuid[], $2::uuid[]) k (town_id, id)
         join person p on p.town_id = k.town_id and p.id = k.id",
        &towns,
        &ids,
    )
    .fetch_all(tx)
    .await?;
    let hours = |zone: &str, from, until| Hours::new(zone, from, until);
    Ok(rows
        .into_iter()
        .map(|row| {
            ((TownId(row.town_id), PersonId(row.id)), hours(&row.zone, row.quiet_from, row.quiet_until))
        })
        .collect())
}

/// Adds those that are new, each with when it is released.
pub async fn insert_all(
    tx: &mut PgConnection,
    notices: &[(&NewNotice<'_>, DateTime<Utc>)],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let each = || notices.iter().map(|(notice, _)| notice);
    let towns: Vec<Uuid> = each().map(|notice| notice.town.0).collect();
    let ids: Vec<Uuid> = notices.iter().map(|_| NoticeId::new().0).collect();
    let people: Vec<Uuid> = each().map(|notice| notice.person.0).collect();
    let kinds: Vec<&str> = each().map(|notice| notice.subject_kind).collect();
    let subjects: Vec<Uuid> = each().map(|notice| notice.subject).collect();
    let rungs: Vec<&str> = each().map(|notice| notice.rung).collect();
    let weights: Vec<i16> = each().map(|notice| notice.weight.number()).collect();
    let pages: Vec<&str> = each().map(|notice| notice.page).collect();
    let titles: Vec<&str> = each().map(|notice| notice.title).collect();
    let dues: Vec<Option<NaiveDate>> = each().map(|notice| notice.due_on).collect();
    let ends: Vec<DateTime<Utc>> = each().map(|notice| notice.not_after).collect();
    let released: Vec<DateTime<Utc>> = notices.iter().map(|(_, at)| *at).collect();
    sqlx::query!(
        "insert into notice (town_id, id, person_id, subject_kind, subject_id, rung, weight, page, title, due_on,
             not_after, release_at, state, created_at)
         select k.*, 'waiting', $13
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::smallint[], $8::text[],
                     $9::text[], $10::date[], $11::timestamptz[], $12::timestamptz[]) k
         on conflict on constraint notice_once do nothing",
        &towns,
        &ids,
        &people,
        &kinds as &[&str],
        &subjects,
        &rungs as &[&str],
        &weights,
        &pages as &[&str],
        &titles as &[&str],
        &dues as &[Option<NaiveDate>],
        &ends,
        &released,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn insert(
    tx: &mut PgConnection,
    id: NoticeId,
    notice: &NewNotice<'_>,
    release_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into notice (town_id, id, person_id, subject_kind, subject_id, rung, weight, page, title, due_on,
             release_at, not_after, state, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'waiting', $13)
         on conflict on constraint notice_once do nothing",
        notice.town.0,
        id.0,
        notice.person.0,
        notice.subject_kind,
        notice.subject,
        notice.rung,
        notice.weight.number(),
        notice.page,
        notice.title,
        notice.due_on,
        release_at,
        notice.not_after,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Locks in the order of ids, as everybody does who changes several notices. Strikes the calls about them too.
pub async fn withdraw(
    tx: &mut PgConnection,
    town: TownId,
    subjects: &[Subject],
    now: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    let (kinds, ids): (Vec<String>, Vec<Uuid>) =
        subjects.iter().map(|(kind, id)| ((*kind).to_owned(), *id)).unzip();
    let done = sqlx::query!(
        "with subject as (
             select * from unnest($2::text[], $3::uuid[]) s (kind, id)
         ), struck as (
             update call_item c set done_at = $4 from subject s
             where c.town_id = $1 and c.subject_kind = s.kind and c.subject_id = s.id and c.done_at is null
         ), gone as (
             select n.id from subject s join notice n on n.subject_kind = s.kind and n.subject_id = s.id
             where n.town_id = $1
               and (n.state in ('waiting', 'in_message', 'inbox') or (n.state = 'told' and n.read_at is null))
             order by n.id for update of n
         )
         update notice n set state = 'withdrawn' from gone where n.town_id = $1 and n.id = gone.id",
        town.0,
        &kinds,
        &ids,
        now,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}
