use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Verdict;
use super::share::Share;
use crate::ids::{DutyId, PersonId, RecordId, TownId};

pub async fn of_person(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[DutyId],
    person: PersonId,
    days: [NaiveDate; 2],
) -> Result<HashMap<DutyId, Share>, sqlx::Error> {
    let ids: Vec<Uuid> = duties.iter().map(|duty| duty.0).collect();
    let rows = sqlx::query!(
        r#"select t.id as "id!", h.record_id as "record_id?", h.record_id is null and not o.owes as "overtaken!"
           from unnest($2::uuid[]) t (id)
           left join duty_share h on h.town_id = $1 and h.duty_id = t.id and h.person_id = $3
           cross join lateral (
               select exists (select from duty_holders($1, $4) o where o.duty_id = t.id and o.holder_id = $3)
                   or exists (select from duty_holders($1, $5) o where o.duty_id = t.id and o.holder_id = $3) as owes) o
           where h.record_id is not null or o.owes
              -- Theirs by rule, and somebody else was asked.
              or exists (
                  select from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
                  join unit u on u.town_id = d.town_id and u.id = d.unit_id
                  join post po on po.town_id = d.town_id and po.role = r.holder and po.person_id = $3
                      and (po.from_on <= $4 and (po.to_on is null or po.to_on >= $4)
                           or po.from_on <= $5 and (po.to_on is null or po.to_on >= $5))
                  join post_unit pu on pu.town_id = po.town_id and pu.post_id = po.id
                  join unit over on over.town_id = pu.town_id and over.id = pu.unit_id and starts_with(u.path, over.path)
                  where d.town_id = $1 and d.id = t.id and d.delegated_to is not null)
              -- They were asked, and it was taken back.
              or exists (
                  select from excuse e where e.town_id = $1 and e.duty_id = t.id and e.kind = 'delegated'
                    and e.delegate_to = $3 and e.decision = 'approved')"#,
        town.0,
        &ids,
        person.0,
        days[0],
        days[1],
    )
    .fetch_all(tx)
    .await?;
    let share = |record: Option<Uuid>, overtaken| Share { record: record.map(RecordId), overtaken };
    Ok(rows.into_iter().map(|row| (DutyId(row.id), share(row.record_id, row.overtaken))).collect())
}

/// Keeps the shares and says whose they are; not one of which the person has handed in another record.
pub async fn keep(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[(DutyId, Verdict)],
    record: RecordId,
    received_at: DateTime<Utc>,
) -> Result<Vec<(DutyId, PersonId)>, sqlx::Error> {
    let (ids, verdicts): (Vec<Uuid>, Vec<String>) =
        duties.iter().map(|(duty, verdict)| (duty.0, verdict.name().to_owned())).unzip();
    let rows = sqlx::query!(
        "insert into duty_share (town_id, duty_id, person_id, record_id, state, verdict, handed_in_at)
         select $1, d.id, coalesce(c.entered_for, c.writer_id), c.id,
                case when r.counts = 'acceptance' then 'submitted' else 'met' end, f.verdict, $5
         from unnest($2::uuid[], $3::text[]) f (id, verdict)
         join duty d on d.town_id = $1 and d.id = f.id and d.state in ('open', 'returned', 'submitted')
         join rule r on r.town_id = d.town_id and r.id = d.rule_id and r.enough = 'each'
         join record c on c.town_id = $1 and c.id = $4
         order by d.id
         on conflict on constraint duty_share_pkey do update set state = excluded.state
             where duty_share.record_id = excluded.record_id
         returning duty_id, person_id",
        town.0,
        &ids,
        &verdicts,
        record.0,
        received_at,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (DutyId(row.duty_id), PersonId(row.person_id))).collect())
}

/// Time and verdict are those of the last share to come, and of the latest of them all.
pub async fn settle(
    tx: &mut PgConnection,
    town: TownId,
    duties: Option<&[DutyId]>,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Vec<DutyId>, sqlx::Error> {
    let ids: Option<Vec<Uuid>> = duties.map(|duties| duties.iter().map(|duty| duty.0).collect());
    let done = sqlx::query_scalar!(
        "with live as (
             select d.id, d.state, r.enough from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
             where d.town_id = $1 and d.state in ('open', 'returned', 'submitted') and ($2::uuid[] is null or d.id = any($2))
               and exists (select from duty_share h where h.town_id = d.town_id and h.duty_id = d.id)
             order by d.id for update of d
         ), handed_in as (
             select h.duty_id, max(h.handed_in_at) as last, bool_or(h.state = 'submitted') as waits,
                    bool_or(h.verdict = 'late') as late
             from duty_share h join live on live.id = h.duty_id
             where h.town_id = $1 and h.state <> 'returned' group by h.duty_id
         )
         update duty d set state = case when i.waits then 'submitted' else 'met' end,
             fulfilled_at = coalesce(d.fulfilled_at, i.last), return_due = null,
             verdict = coalesce(d.verdict, case when i.late then 'late' else 'on_time' end),
             closed_at = case when i.waits then null else $4::timestamptz end
         from handed_in i join live l on l.id = i.duty_id
         where d.town_id = $1 and d.id = l.id
           and case l.state when 'submitted' then not i.waits
               else l.enough = 'one' or not exists (select from duty_holders($1, $3) o where o.duty_id = l.id) end
         returning d.id",
        town.0,
        ids.as_deref(),
        today,
        now,
    )
    .fetch_all(tx)
    .await?;
    Ok(done.into_iter().map(DutyId).collect())
}

/// The duties of which the record is a share, in one order for all. In a statement of its own: what waits here sees afterwards
/// what it has waited for.
pub async fn lock(tx: &mut PgConnection, town: TownId, record: RecordId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select d.id from duty d
         where d.town_id = $1 and d.id in (select h.duty_id from duty_share h where h.town_id = $1 and h.record_id = $2)
         order by d.id for update of d",
        town.0,
        record.0,
    )
    .fetch_all(tx)
    .await?;
    Ok(())
}

/// While another share is to be mended, that stays asked for, by its day.
pub async fn release(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    keep: &[DutyId],
) -> Result<Vec<Uuid>, sqlx::Error> {
    let keep: Vec<Uuid> = keep.iter().map(|duty| duty.0).collect();
    sqlx::query_scalar!(
        "with gone as (
             delete from duty_share where town_id = $1 and record_id = $2 and duty_id <> all($3) returning duty_id)
         update duty d set state = case when gone.mended then 'open' else 'returned' end, fulfilled_at = null, verdict = null,
             return_due = case when gone.mended then null else d.return_due end, closed_at = null
         from (select g.duty_id, not exists (
                   select from duty_share h where h.town_id = $1 and h.duty_id = g.duty_id and h.record_id <> $2
                     and h.state = 'returned') as mended
               from gone g) gone
         where d.town_id = $1 and d.id = gone.duty_id and d.state in ('open', 'submitted', 'met', 'returned')
         returning d.id",
        town.0,
        record.0,
        &keep,
    )
    .fetch_all(tx)
    .await
}

pub async fn accepted(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
) -> Result<Vec<DutyId>, sqlx::Error> {
    let duties = sqlx::query_scalar!(
        "update duty_share set state = 'met'
         where town_id = $1 and record_id = $2 and state in ('submitted', 'returned') returning duty_id",
        town.0,
        record.0,
    )
    .fetch_all(tx)
    .await?;
    Ok(duties.into_iter().map(DutyId).collect())
}

/// Where several have come back, the first deadline counts.
pub async fn returned(
    tx: &mut PgConnection,
    town: TownId,
    record: RecordId,
    due_on: NaiveDate,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "with back as (
             update duty_share set state = 'returned'
             where town_id = $1 and record_id = $2 and state in ('submitted', 'met') returning duty_id
         ), complete as (
             update duty d set state = 'returned', return_due = least(d.return_due, $3), closed_at = null
             from back where d.town_id = $1 and d.id = back.duty_id and d.state in ('submitted', 'met', 'returned'))
         select duty_id from back",
        town.0,
        record.0,
        due_on,
    )
    .fetch_all(tx)
    .await
}

pub async fn handed_in(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    duties: Option<&[Uuid]>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select d.id from duty_share h
         join duty d on d.town_id = h.town_id and d.id = h.duty_id and d.state in ('open', 'returned', 'submitted')
         join rule r on r.town_id = d.town_id and r.id = d.rule_id and r.enough = 'each'
         where h.town_id = $1 and h.person_id = $2 and h.state <> 'returned' and ($3::uuid[] is null or h.duty_id = any($3))",
        town.0,
        person.0,
        duties,
    )
    .fetch_all(tx)
    .await
}
