use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Effect;
use crate::ids::{PersonId, TownId};
use crate::notify::quiet::Hours;

/// A notice that WeChat does not carry.
pub struct Stranded {
    pub town: TownId,
    pub person: PersonId,
    pub notice: Uuid,
    pub not_after: DateTime<Utc>,
    pub hours: Hours,
    /// The last few days whose text is gone; none while a text waits, which takes more.
    pub gone_on: Vec<NaiveDate>,
}

/// Unread in the inbox since no longer than `since`, in no text yet: the holder's word of the last day and the overdue one, of
/// people with a number and without a WeChat identity or a consent. What may have arrived by WeChat is not among them.
/// In the order of town, person and id, those behind `after`.
pub async fn stranded(
    db: &PgPool,
    appid: &str,
    template: Option<&str>,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
    after: (Uuid, Uuid, Uuid),
    most: i64,
) -> Result<Vec<Stranded>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select n.town_id, n.person_id, n.id, n.not_after, p.zone, p.quiet_from, p.quiet_until,
             array(select o.local_day from sms o
                   where o.town_id = n.town_id and o.person_id = n.person_id and o.local_day >= $5
                     and o.state not in ('cancelled', 'expired')
                     and not exists (select from sms w where w.town_id = n.town_id and w.person_id = n.person_id
                                       and w.state = 'queued')) as "gone_on!"
         from notice n
         join person p on p.town_id = n.town_id and p.id = n.person_id and p.left_on is null and p.phone_sealed is not null
         where n.state = 'inbox' and n.weight = 1 and n.subject_kind = 'duty' and n.created_at > $3 and n.not_after > $4
           and n.read_at is null and split_part(n.rung, '@', 1) in ('T-0', 'overdue')
           and not exists (select from sms_notice s where s.town_id = n.town_id and s.notice_id = n.id)
           and not exists (select from message m where m.town_id = n.town_id and m.id = n.message_id and m.state = 'unknown')
           and not exists (
               select from binding b join grant_balance g on g.appid = b.appid and g.openid = b.openid and g.template = $2
               where b.town_id = n.town_id and b.person_id = n.person_id and b.appid = $1 and b.unbound_at is null
                 and g.n > 0)
           and (n.town_id, n.person_id, n.id) > ($6, $7, $8)
         order by n.town_id, n.person_id, n.id limit $9"#,
        appid,
        template,
        since,
        now,
        since.date_naive(),
        after.0,
        after.1,
        after.2,
        most,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Stranded {
            town: TownId(row.town_id),
            person: PersonId(row.person_id),
            notice: row.id,
            not_after: row.not_after,
            hours: Hours::new(&row.zone, row.quiet_from, row.quiet_until),
            gone_on: row.gone_on,
        })
        .collect())
}

/// A text to be queued.
pub struct NewText {
    pub town: TownId,
    pub id: Uuid,
    pub person: PersonId,
    pub day: NaiveDate,
    pub release: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
}

/// Puts the notices into the text that waits for the person, or into a new one if the day is free; else leaves them.
pub async fn queue(
    tx: &mut PgConnection,
    new: &NewText,
    notices: &[Uuid],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let waits = sqlx::query_scalar!(
        "update sms set not_after = greatest(not_after, $3)
         where town_id = $1 and person_id = $2 and state = 'queued' returning id",
        new.town.0,
        new.person.0,
        new.not_after,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let made = match waits {
        Some(id) => Some(id),
        None => {
            sqlx::query_scalar!(
                "insert into sms (town_id, id, person_id, local_day, state, next_at, not_after, created_at)
                 values ($1, $2, $3, $4, 'queued', $5, $6, $7)
                 on conflict (town_id, person_id, local_day) where state not in ('cancelled', 'expired') do nothing
                 returning id",
                new.town.0,
                new.id,
                new.person.0,
                new.day,
                new.release,
                new.not_after,
                now,
            )
            .fetch_optional(&mut *tx)
            .await?
        }
    };
    let Some(id) = made else { return Ok(()) };
    sqlx::query!(
        "insert into sms_notice (town_id, notice_id, sms_id) select $1, n.id, $3 from unnest($2::uuid[]) n (id)
         on conflict do nothing",
        new.town.0,
        notices,
        id,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A text whose time has come, locked, with all that decides about it.
pub struct Due {
    pub town: TownId,
    pub id: Uuid,
    pub person: PersonId,
    pub attempt: i32,
    pub not_after: DateTime<Utc>,
    pub hours: Hours,
    /// None for who has no number any more, or has left.
    pub phone_sealed: Option<Vec<u8>>,
    /// What it has to say: due today, and overdue. What is done, read or past its time is not in it.
    pub today: usize,
    pub overdue: usize,
    /// The days other texts of the person have had or stand for.
    pub others_on: Vec<NaiveDate>,
}

/// Of each person at most one: what becomes of it decides about the next.
pub async fn due(tx: &mut PgConnection, now: DateTime<Utc>, most: i64) -> Result<Vec<Due>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select s.town_id, s.id, s.person_id, s.attempt, s.not_after, p.zone, p.quiet_from, p.quiet_until,
               case when p.left_on is null then p.phone_sealed end as phone_sealed,
               (select count(*) from sms_notice k join notice n on n.town_id = k.town_id and n.id = k.notice_id
                where k.town_id = s.town_id and k.sms_id = s.id and n.state = 'inbox' and n.read_at is null
                  and n.not_after > $1 and n.rung like 'T-0%') as "today!",
               (select count(*) from sms_notice k join notice n on n.town_id = k.town_id and n.id = k.notice_id
                where k.town_id = s.town_id and k.sms_id = s.id and n.state = 'inbox' and n.read_at is null
                  and n.not_after > $1 and n.rung like 'overdue%') as "overdue!",
               array(select o.local_day from sms o
                     where o.town_id = s.town_id and o.person_id = s.person_id and o.id <> s.id
                       and o.state not in ('cancelled', 'expired')) as "others_on!"
           from sms s join person p on p.town_id = s.town_id and p.id = s.person_id
           where s.state = 'queued' and s.next_at <= $1
             and not exists (select from sms b where b.town_id = s.town_id and b.person_id = s.person_id
                               and b.state = 'queued' and (b.next_at, b.id) < (s.next_at, s.id))
           order by s.next_at, s.id limit $2 for update of s skip locked"#,
        now,
        most,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Due {
            town: TownId(row.town_id),
            id: row.id,
            person: PersonId(row.person_id),
            attempt: row.attempt,
            not_after: row.not_after,
            hours: Hours::new(&row.zone, row.quiet_from, row.quiet_until),
            phone_sealed: row.phone_sealed,
            today: usize::try_from(row.today).unwrap_or_default(),
            overdue: usize::try_from(row.overdue).unwrap_or_default(),
            others_on: row.others_on,
        })
        .collect())
}

pub async fn put_off(
    tx: &mut PgConnection,
    town: TownId,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update sms set next_at = $3 where town_id = $1 and id = $2", town.0, id, at)
        .execute(tx)
        .await?;
    Ok(())
}

/// Over without a request.
pub async fn end(
    tx: &mut PgConnection,
    town: TownId,
    id: Uuid,
    state: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sms set state = $3, finished_at = $4 where town_id = $1 and id = $2",
        town.0,
        id,
        state,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// From here on a request may have been made.
pub async fn mark(
    tx: &mut PgConnection,
    town: TownId,
    id: Uuid,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sms set state = 'sending', attempt = attempt + 1, local_day = $3, sending_at = $4
         where town_id = $1 and id = $2",
        town.0,
        id,
        day,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What came of it, unless it has been called unknown meanwhile.
pub async fn finish(
    db: &PgPool,
    town: TownId,
    id: Uuid,
    effect: &Effect,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sms set state = $3, next_at = coalesce($4, next_at), status = $5, note = $6,
             finished_at = case when $3 = 'queued' then null else $7::timestamptz end
         where town_id = $1 and id = $2 and state = 'sending'",
        town.0,
        id,
        effect.state,
        effect.next_at,
        effect.status.map(i32::from),
        effect.name,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Nothing that waits is due before `until`. What another process has just taken up it decides about itself.
pub async fn rest(db: &PgPool, until: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sms set next_at = $1 where (town_id, id) in (
             select town_id, id from sms where state = 'queued' and next_at < $1 for update skip locked)",
        until,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What was under way before `since` and has no result is held.
pub async fn hold(db: &PgPool, now: DateTime<Utc>, since: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sms set state = 'unknown', note = 'no_result', finished_at = $1
         where state = 'sending' and sending_at < $2",
        now,
        since,
    )
    .execute(db)
    .await?;
    Ok(())
}
