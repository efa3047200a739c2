use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::postpone::Dates;
use crate::ids::{DutyId, PersonId, TownId};

/// A duty, locked.
pub struct Standing {
    pub unit_id: Uuid,
    pub state: String,
    pub path: String,
    pub window_last: Option<NaiveDate>,
    pub grace_last: Option<NaiveDate>,
}

impl Standing {
    pub fn dates(&self) -> Dates<'_> {
        Dates { last: self.window_last, grace_last: self.grace_last, state: &self.state }
    }
}

pub async fn lock(tx: &mut PgConnection, town: TownId, id: DutyId) -> Result<Option<Standing>, sqlx::Error> {
    sqlx::query_as!(
        Standing,
        "select d.unit_id, d.state, u.path, d.window_last, d.grace_last
         from duty d join unit u on u.town_id = d.town_id and u.id = d.unit_id
         where d.town_id = $1 and d.id = $2 for update of d",
        town.0,
        id.0,
    )
    .fetch_optional(tx)
    .await
}

/// Locks several in one order for all; returns those that are still owed.
pub async fn lock_live(
    tx: &mut PgConnection,
    town: TownId,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, state from duty where town_id = $1 and id = any($2) order by id for update",
        town.0,
        ids,
    )
    .fetch_all(tx)
    .await?;
    let live = |state: &str| matches!(state, "open" | "returned" | "submitted");
    Ok(rows.into_iter().filter(|row| live(&row.state)).map(|row| (row.id, row.state)).collect())
}

/// Hands a duty over, and writes down that it was.
#[expect(clippy::too_many_arguments, reason = "one value per column")]
pub async fn hand_over(
    tx: &mut PgConnection,
    town: TownId,
    id: Uuid,
    duty: DutyId,
    to: PersonId,
    reason: &str,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with done as (
             insert into excuse (town_id, id, duty_id, kind, reason, delegate_to, before_delegate, proposed_by, proposed_at,
                 decision, decided_at)
             select $1, $2, d.id, 'delegated', $5, $4, d.delegated_to, $6, $7, 'approved', $7
             from duty d where d.town_id = $1 and d.id = $3)
         update duty set delegated_to = $4 where town_id = $1 and id = $3",
        town.0,
        id,
        duty.0,
        to.0,
        reason,
        by.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Gives a duty back to whom it falls by rule: whatever handed it over is taken back.
pub async fn hand_back(
    tx: &mut PgConnection,
    town: TownId,
    duty: DutyId,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with back as (
             update excuse set undone_by = $3, undone_at = $4
             where town_id = $1 and duty_id = $2 and kind = 'delegated' and decision = 'approved' and undone_at is null
             returning id),
           given_back as (update duty set delegated_to = null where town_id = $1 and id = $2)
           select id as "id!" from back"#,
        town.0,
        duty.0,
        by.0,
        now,
    )
    .fetch_optional(tx)
    .await
}

/// A proposal about one duty.
pub struct New<'a> {
    pub id: Uuid,
    pub duty: DutyId,
    pub kind: &'a str,
    pub reason: &'a str,
    pub last: Option<NaiveDate>,
    pub grace: Option<NaiveDate>,
}

pub async fn insert(
    tx: &mut PgConnection,
    town: TownId,
    new: &New<'_>,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into excuse (town_id, id, duty_id, kind, reason, new_last, new_grace, proposed_by, proposed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        town.0,
        new.id,
        new.duty.0,
        new.kind,
        new.reason,
        new.last,
        new.grace,
        by.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub struct Open {
    pub id: Uuid,
    pub kind: String,
    pub proposed_by: Uuid,
    pub batch_id: Option<Uuid>,
}

pub async fn open(tx: &mut PgConnection, town: TownId, duty: DutyId) -> Result<Option<Open>, sqlx::Error> {
    sqlx::query_as!(
        Open,
        "select id, kind, proposed_by, batch_id from excuse where town_id = $1 and duty_id = $2 and decision is null",
        town.0,
        duty.0,
    )
    .fetch_optional(tx)
    .await
}

pub async fn decide(
    tx: &mut PgConnection,
    town: TownId,
    excuses: &[Uuid],
    decision: &str,
    by: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update excuse set decision = $3, decided_by = $4, decided_at = $5 where town_id = $1 and id = any($2)",
        town.0,
        excuses,
        decision,
        by.map(|person| person.0),
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Does to their duties what the excuses say, and keeps what was so before. A deed of a postponed duty belongs to it
/// until its new last day at least.
pub async fn apply(
    tx: &mut PgConnection,
    town: TownId,
    excuses: &[Uuid],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update excuse e set before_last = d.window_last, before_grace = d.grace_last, before_until = d.counts_until,
             before_delegate = d.delegated_to
         from duty d where d.town_id = e.town_id and d.id = e.duty_id and e.town_id = $1 and e.id = any($2)",
        town.0,
        excuses,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update duty d set
             state = case when e.kind in ('excused', 'not_applicable') then e.kind else d.state end,
             closed_at = case when e.kind in ('excused', 'not_applicable') then $3 else d.closed_at end,
             window_last = case when e.kind = 'postponed' then e.new_last else d.window_last end,
             grace_last = case when e.kind = 'postponed' then e.new_grace else d.grace_last end,
             counts_until = case when e.kind = 'postponed' and d.counts_until is not null
                 then greatest(d.counts_until, e.new_last) else d.counts_until end,
             postponed_from = case when e.kind = 'postponed' then coalesce(d.postponed_from, d.window_last)
                 else d.postponed_from end,
             delegated_to = case when e.kind = 'delegated' then e.delegate_to else d.delegated_to end
         from excuse e where e.town_id = d.town_id and e.duty_id = d.id and e.town_id = $1 and e.id = any($2)",
        town.0,
        excuses,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What was decided last about a duty and not taken back.
pub struct Decided {
    pub id: Uuid,
    pub duty_id: Uuid,
    pub kind: String,
    pub batch_id: Option<Uuid>,
    /// Nothing has happened to the duty since.
    pub stands: bool,
}

pub async fn last_decided(
    tx: &mut PgConnection,
    town: TownId,
    duty: DutyId,
) -> Result<Option<Decided>, sqlx::Error> {
    let last = sqlx::query_scalar!(
        "select id from excuse
         where town_id = $1 and duty_id = $2 and decision = 'approved' and undone_at is null
         order by decided_at desc, id desc limit 1",
        town.0,
        duty.0,
    )
    .fetch_optional(&mut *tx)
    .await?;
    match last {
        Some(id) => Ok(standing(tx, town, &[id]).await?.pop()),
        None => Ok(None),
    }
}

/// Whether approved excuses can be taken back: the duty is as they left it, and no record, review or later decision has
/// come since.
pub async fn standing(
    tx: &mut PgConnection,
    town: TownId,
    excuses: &[Uuid],
) -> Result<Vec<Decided>, sqlx::Error> {
    sqlx::query_as!(
        Decided,
        r#"select e.id, e.duty_id, e.kind, e.batch_id,
               case e.kind
                   when 'postponed' then d.state = 'open' and d.window_last = e.new_last
                   when 'delegated' then d.state in ('open', 'submitted', 'returned')
                       and d.delegated_to is not distinct from e.delegate_to
                   else d.state = e.kind end
               and not exists (select from excuse l where l.town_id = e.town_id and l.duty_id = e.duty_id
                       and l.id <> e.id and (l.decision is null or l.decision = 'approved' and l.undone_at is null)
                       and coalesce(l.decided_at, l.proposed_at) >= e.decided_at)
               and (e.kind = 'delegated'
                   or not exists (select from record_duty c where c.town_id = e.town_id and c.duty_id = e.duty_id
                           and c.judged_at > e.decided_at)
                   and not exists (select from review v where v.town_id = d.town_id and v.record_id = d.record_id
                           and v.at > e.decided_at)
                   and not exists (select from record_version v where v.town_id = d.town_id
                           and v.record_id = d.record_id and v.received_at > e.decided_at)) as "stands!"
           from excuse e join duty d on d.town_id = e.town_id and d.id = e.duty_id
           where e.town_id = $1 and e.id = any($2) and e.decision = 'approved' and e.undone_at is null
           order by d.id for update of d"#,
        town.0,
        excuses,
    )
    .fetch_all(tx)
    .await
}

/// Puts the duties back as they were before these excuses.
pub async fn take_back(
    tx: &mut PgConnection,
    town: TownId,
    excuses: &[Uuid],
    by: PersonId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update duty d set
             state = case when e.kind not in ('excused', 'not_applicable') then d.state
                 when d.record_id is null then 'open' when d.return_due is not null then 'returned'
                 else 'submitted' end,
             closed_at = case when e.kind in ('excused', 'not_applicable') then null else d.closed_at end,
             window_last = case when e.kind = 'postponed' then e.before_last else d.window_last end,
             grace_last = case when e.kind = 'postponed' then e.before_grace else d.grace_last end,
             counts_until = case when e.kind = 'postponed' then e.before_until else d.counts_until end,
             postponed_from = case when e.kind = 'postponed' and d.postponed_from = e.before_last then null
                 else d.postponed_from end,
             delegated_to = case when e.kind = 'delegated' then e.before_delegate else d.delegated_to end
         from excuse e where e.town_id = d.town_id and e.duty_id = d.id and e.town_id = $1 and e.id = any($2)",
        town.0,
        excuses,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update excuse set undone_by = $3, undone_at = $4, undo_reason = $5 where town_id = $1 and id = any($2)",
        town.0,
        excuses,
        by.0,
        now,
        reason,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Who holds these duties today, as (duty, person). None for a duty that is over.
pub async fn holders(
    tx: &mut PgConnection,
    town: TownId,
    duties: &[Uuid],
    today: NaiveDate,
) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select duty_id as "duty!", holder_id as "holder!" from duty_holders($1, $3)
           where duty_id = any($2) and holder_id is not null"#,
        town.0,
        duties,
        today,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.duty, row.holder)).collect())
}

/// What a proposal, or a batch of them, is about.
pub struct About {
    pub duty_id: Uuid,
    pub kind: String,
    pub title: String,
    pub new_last: Option<NaiveDate>,
}

pub async fn about(tx: &mut PgConnection, town: TownId, subject: Uuid) -> Result<Vec<About>, sqlx::Error> {
    sqlx::query_as!(
        About,
        r#"select e.duty_id, e.kind, coalesce(r.title || ':' || d.note, r.title) as "title!", e.new_last from excuse e
         join duty d on d.town_id = e.town_id and d.id = e.duty_id
         join rule r on r.town_id = d.town_id and r.id = d.rule_id
         where e.town_id = $1 and (e.id = $2 or e.batch_id = $2) order by d.window_last nulls last, e.id"#,
        town.0,
        subject,
    )
    .fetch_all(tx)
    .await
}
