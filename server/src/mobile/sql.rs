use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Line;
use crate::access::Scope;
use crate::ids::{PersonId, TownId};

/// A later version of the same record replaces what was said; it does not make a second contact.
pub async fn put_line(
    tx: &mut PgConnection,
    town: TownId,
    by: PersonId,
    line: &Line<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "update contact set said = $3, channel = $4, happened_on = $5 where town_id = $1 and record_id = $2",
        town.0,
        line.record.0,
        line.said,
        line.channel,
        line.happened_on,
    )
    .execute(&mut *tx)
    .await?;
    if updated.rows_affected() > 0 {
        return Ok(());
    }
    sqlx::query!(
        "insert into contact (town_id, id, member_id, by_person, direction, record_id, said, channel, happened_on, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        town.0,
        line.id,
        line.member.0,
        by.0,
        line.direction,
        line.record.0,
        line.said,
        line.channel,
        line.happened_on,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub struct Logged {
    pub id: Uuid,
    pub direction: String,
    pub by_name: String,
    pub said: String,
    pub channel: String,
    pub happened_on: NaiveDate,
    pub record_id: Option<Uuid>,
}

/// The log of one member, for those who may read it; the reading by anyone but the member is itself logged, in the
/// same statement. None when the member is not in the reader's sight.
pub async fn log_of(
    db: &PgPool,
    town: TownId,
    reader: PersonId,
    member: PersonId,
    scope: &Scope,
    entry: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Vec<Logged>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with seen as (
               select m.town_id, m.person_id from mobile_member m
               join unit u on u.town_id = m.town_id and u.id = m.branch_id
               where m.town_id = $1 and m.person_id = $3
                 and (m.person_id = $2 or m.contact_id = $2 or exists (
                     select from unnest($4::text[], $5::text[]) s (f, t)
                     where u.path >= s.f collate "C" and u.path < s.t collate "C"))
               order by m.away_since desc limit 1
           ), logged as (
               insert into audit_entry (town_id, id, at, actor_id, action, subject_kind, subject_id, facts)
               select town_id, $6, $7, $2, 'mobile.contacts_read', 'person', person_id, '{}' from seen
               where person_id <> $2
           )
           select c.id as "id?", c.direction as "direction?", p.name as "by_name?", c.said as "said?",
                  c.channel as "channel?", c.happened_on as "happened_on?", c.record_id
           from seen
           left join contact c on c.town_id = seen.town_id and c.member_id = seen.person_id
           left join person p on p.town_id = c.town_id and p.id = c.by_person
           order by c.at desc, c.id limit 200"#,
        town.0,
        reader.0,
        member.0,
        &scope.from,
        &scope.to,
        entry,
        now,
    )
    .fetch_all(db)
    .await?;
    if rows.is_empty() {
        return Ok(None);
    }
    Ok(Some(
        rows.into_iter()
            .filter_map(|row| {
                Some(Logged {
                    id: row.id?,
                    direction: row.direction?,
                    by_name: row.by_name?,
                    said: row.said?,
                    channel: row.channel?,
                    happened_on: row.happened_on?,
                    record_id: row.record_id,
                })
            })
            .collect(),
    ))
}
