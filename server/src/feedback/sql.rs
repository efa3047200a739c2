use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Kind;
use crate::access::Scope;
use crate::edge::Cursor;
use crate::ids::{AnswerId, DutyId, FeedbackId, PersonId, TownId};

/// The year's next number. Its row stays locked until the end: whoever comes later waits, and a rollback leaves no gap.
pub async fn next_number(tx: &mut PgConnection, town: TownId, year: i32) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into feedback_year as y (town_id, year, last) values ($1, $2, 1)
         on conflict (town_id, year) do update set last = y.last + 1 returning last",
        town.0,
        year,
    )
    .fetch_one(tx)
    .await
}

pub struct Stored {
    pub year: i32,
    pub no: i32,
    pub content_hash: Vec<u8>,
    pub writer_id: Uuid,
    pub received_at: DateTime<Utc>,
}

pub async fn stored(
    tx: &mut PgConnection,
    town: TownId,
    id: FeedbackId,
) -> Result<Option<Stored>, sqlx::Error> {
    sqlx::query_as!(
        Stored,
        "select year, no, content_hash, writer_id, received_at from feedback where town_id = $1 and id = $2",
        town.0,
        id.0,
    )
    .fetch_optional(tx)
    .await
}

pub struct New<'a> {
    pub id: FeedbackId,
    pub year: i32,
    pub no: i32,
    pub kind: Kind,
    pub unit: Uuid,
    pub duty: Option<DutyId>,
    pub body: &'a str,
    pub hash: &'a [u8],
}

pub async fn insert(
    tx: &mut PgConnection,
    town: TownId,
    writer: PersonId,
    new: &New<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into feedback (town_id, id, year, no, kind, unit_id, duty_id, body, content_hash, writer_id, received_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        town.0,
        new.id.0,
        new.year,
        new.no,
        new.kind.name(),
        new.unit,
        new.duty.map(|duty| duty.0),
        new.body,
        new.hash,
        writer.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The unit of a duty the person may see: in scope, about them, or delegated to them.
pub async fn unit_of_duty(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    duty: DutyId,
    scope: &Scope,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select d.unit_id from duty d join unit u on u.town_id = d.town_id and u.id = d.unit_id
           where d.town_id = $1 and d.id = $3 and (d.person_id = $2 or d.delegated_to = $2 or exists (
               select from unnest($4::text[], $5::text[]) s (f, t)
               where u.path >= s.f collate "C" and u.path < s.t collate "C"))"#,
        town.0,
        person.0,
        duty.0,
        &scope.from,
        &scope.to,
    )
    .fetch_optional(tx)
    .await
}

/// A person's own unit: the branch, else that of a post, else the town itself.
pub async fn home(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    today: NaiveDate,
) -> Result<Uuid, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(p.branch_id,
                  (select u.id from post o
                   join post_unit pu on pu.town_id = o.town_id and pu.post_id = o.id
                   join unit u on u.town_id = pu.town_id and u.id = pu.unit_id
                   where o.town_id = p.town_id and o.person_id = p.id
                     and o.from_on <= $3 and (o.to_on is null or o.to_on >= $3)
                   order by u.path limit 1),
                  (select r.id from unit r where r.town_id = p.town_id and r.parent_id is null)) as "unit!"
           from person p where p.town_id = $1 and p.id = $2"#,
        town.0,
        person.0,
        today,
    )
    .fetch_one(tx)
    .await
}

pub struct Locked {
    pub year: i32,
    pub no: i32,
    pub writer_id: Uuid,
    pub path: String,
}

/// Of two answers at once the second waits, and finds the first.
pub async fn lock(
    tx: &mut PgConnection,
    town: TownId,
    id: FeedbackId,
) -> Result<Option<Locked>, sqlx::Error> {
    sqlx::query_as!(
        Locked,
        "select f.year, f.no, f.writer_id, u.path from feedback f
         join unit u on u.town_id = f.town_id and u.id = f.unit_id
         where f.town_id = $1 and f.id = $2 for no key update of f",
        town.0,
        id.0,
    )
    .fetch_optional(tx)
    .await
}

pub struct Answer {
    pub feedback_id: Uuid,
    pub body: String,
    pub by_person: Uuid,
}

pub async fn answer(
    tx: &mut PgConnection,
    town: TownId,
    id: AnswerId,
) -> Result<Option<Answer>, sqlx::Error> {
    sqlx::query_as!(
        Answer,
        "select feedback_id, body, by_person from feedback_answer where town_id = $1 and id = $2",
        town.0,
        id.0,
    )
    .fetch_optional(tx)
    .await
}

pub struct LastAnswer {
    pub id: Uuid,
    pub no: i32,
}

pub async fn last_answer(
    tx: &mut PgConnection,
    town: TownId,
    about: FeedbackId,
) -> Result<Option<LastAnswer>, sqlx::Error> {
    sqlx::query_as!(
        LastAnswer,
        "select id, no from feedback_answer where town_id = $1 and feedback_id = $2 order by no desc limit 1",
        town.0,
        about.0,
    )
    .fetch_optional(tx)
    .await
}

#[expect(clippy::too_many_arguments, reason = "one value per column")]
pub async fn insert_answer(
    tx: &mut PgConnection,
    town: TownId,
    by: PersonId,
    about: FeedbackId,
    id: AnswerId,
    no: i32,
    body: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into feedback_answer (town_id, id, feedback_id, no, body, by_person, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        town.0,
        id.0,
        about.0,
        no,
        body,
        by.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub struct Line {
    pub id: Uuid,
    pub year: i32,
    pub no: i32,
    pub kind: String,
    pub body: String,
    pub unit_name: String,
    pub duty_id: Option<Uuid>,
    pub duty_title: Option<String>,
    pub writer: String,
    pub received_at: DateTime<Utc>,
    pub answers: Value,
}

/// Whose feedback is listed, and which of it.
pub struct Filter<'a> {
    /// One writer's, whatever the scope.
    pub writer: Option<PersonId>,
    pub scope: &'a Scope,
    pub kind: Option<&'a str>,
    pub answered: Option<bool>,
    pub after: Option<Cursor>,
    pub limit: i64,
}

/// The newest first.
pub async fn page(db: &PgPool, town: TownId, filter: &Filter<'_>) -> Result<Vec<Line>, sqlx::Error> {
    let (at, id) = filter.after.map(|cursor| (cursor.at, cursor.id)).unzip();
    sqlx::query_as!(
        Line,
        r#"select f.id, f.year, f.no, f.kind, f.body, u.name as unit_name, f.duty_id, ru.title as "duty_title?",
                  w.name as writer, f.received_at,
                  coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'text', a.body, 'by', p.name, 'at', a.at)
                                             order by a.no)
                            from feedback_answer a join person p on p.town_id = a.town_id and p.id = a.by_person
                            where a.town_id = f.town_id and a.feedback_id = f.id), '[]') as "answers!"
           from feedback f
           join unit u on u.town_id = f.town_id and u.id = f.unit_id
           join person w on w.town_id = f.town_id and w.id = f.writer_id
           left join duty d on d.town_id = f.town_id and d.id = f.duty_id
           left join rule ru on ru.town_id = d.town_id and ru.id = d.rule_id
           where f.town_id = $1
             and case when $2::uuid is null then exists (
                     select from unnest($3::text[], $4::text[]) s (f, t)
                     where u.path >= s.f collate "C" and u.path < s.t collate "C")
                 else f.writer_id = $2 end
             and ($5::text is null or f.kind = $5)
             and ($6::boolean is null or $6 = exists (
                 select from feedback_answer a where a.town_id = f.town_id and a.feedback_id = f.id))
             and ($7::timestamptz is null or (f.received_at, f.id) < ($7, $8::uuid))
           order by f.received_at desc, f.id desc limit $9"#,
        town.0,
        filter.writer.map(|writer| writer.0),
        &filter.scope.from,
        &filter.scope.to,
        filter.kind,
        filter.answered,
        at,
        id,
        filter.limit,
    )
    .fetch_all(db)
    .await
}
