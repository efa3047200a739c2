use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::ids::{PersonId, TownId};
use crate::notify::grants::{Accepted, Purse, Spent, Why};

/// Locks a balance, made first if there is none, and returns it.
pub async fn lock(tx: &mut PgConnection, purse: Purse<'_>) -> Result<i32, sqlx::Error> {
    sqlx::query!(
        "insert into grant_balance (appid, openid, template, n) values ($1, $2, $3, 0) on conflict do nothing",
        purse.appid,
        purse.openid,
        purse.template,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query_scalar!(
        "select n from grant_balance where appid = $1 and openid = $2 and template = $3 for update",
        purse.appid,
        purse.openid,
        purse.template,
    )
    .fetch_one(tx)
    .await
}

/// A change of a locked balance, with its entry in the journal.
pub struct Change<'a> {
    pub purse: Purse<'a>,
    pub delta: i32,
    pub why: Why,
    pub dedupe: &'a str,
}

/// Journals and changes.
pub async fn apply(
    tx: &mut PgConnection,
    change: &Change<'_>,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let purse = change.purse;
    sqlx::query!(
        "with entry as (
             insert into grant_event (id, appid, openid, template, delta, why, dedupe, at)
             values ($1, $2, $3, $4, $5, $6, $7, $8))
         update grant_balance set n = n + $5, refused_at = case when $6 = 'unsubscribed' then $9::timestamptz end
         where appid = $2 and openid = $3 and template = $4",
        Uuid::now_v7(),
        purse.appid,
        purse.openid,
        purse.template,
        change.delta,
        change.why.name(),
        change.dedupe,
        at,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Journals what sends have cost and takes it: one each, or all that is left. What the journal knows is paid already, so
/// that a send is paid for once, and none keeps the others from being booked.
pub async fn spend(
    tx: &mut PgConnection,
    spent: &[Spent<'_>],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let appids: Vec<&str> = spent.iter().map(|item| item.purse.appid).collect();
    let openids: Vec<&str> = spent.iter().map(|item| item.purse.openid).collect();
    let templates: Vec<&str> = spent.iter().map(|item| item.purse.template).collect();
    let ids: Vec<Uuid> = spent.iter().map(|_| Uuid::now_v7()).collect();
    let whys: Vec<&str> = spent.iter().map(|item| item.why).collect();
    let dedupes: Vec<&str> = spent.iter().map(|item| item.dedupe.as_str()).collect();
    sqlx::query!(
        "with cost as (
             select k.*, case when k.why = 'refused' then g.n else least(g.n, 1) end as n
             from grant_balance g
             join unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
                 k (id, appid, openid, template, why, dedupe)
                 on g.appid = k.appid and g.openid = k.openid and g.template = k.template
             order by g.appid, g.openid, g.template for update of g),
         entry as (
             insert into grant_event (id, appid, openid, template, delta, why, dedupe, at)
             select id, appid, openid, template, -n, why, dedupe, $7 from cost
             on conflict on constraint grant_event_once do nothing
             returning appid, openid, template, delta, why)
         update grant_balance g set n = g.n + e.delta,
             refused_at = case when e.why = 'refused' then $7 else g.refused_at end
         from entry e where g.appid = e.appid and g.openid = e.openid and g.template = e.template",
        &ids,
        &appids as &[&str],
        &openids as &[&str],
        &templates as &[&str],
        &whys as &[&str],
        &dedupes as &[&str],
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn is_known(tx: &mut PgConnection, purse: Purse<'_>, dedupe: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from grant_event
               where appid = $1 and openid = $2 and template = $3 and dedupe = $4) as "known!""#,
        purse.appid,
        purse.openid,
        purse.template,
        dedupe,
    )
    .fetch_one(tx)
    .await
}

/// Accepts around an instant, in the order in which they happened.
pub async fn accepts(
    tx: &mut PgConnection,
    purse: Purse<'_>,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Accepted>, sqlx::Error> {
    sqlx::query_as!(
        Accepted,
        r#"select why = 'popup' as "popup!", delta > 0 as "counted!", at from grant_event
           where appid = $1 and openid = $2 and template = $3 and why in ('accept', 'popup') and at between $4 and $5
           order by at, id"#,
        purse.appid,
        purse.openid,
        purse.template,
        from,
        until,
    )
    .fetch_all(tx)
    .await
}

/// How many accepts that counted happened after an instant.
pub async fn accepted_after(
    tx: &mut PgConnection,
    purse: Purse<'_>,
    at: DateTime<Utc>,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*)::integer as "n!" from grant_event
           where appid = $1 and openid = $2 and template = $3 and why in ('accept', 'popup') and delta > 0 and at > $4"#,
        purse.appid,
        purse.openid,
        purse.template,
        at,
    )
    .fetch_one(tx)
    .await
}

/// By which WeChat identity of this appid a person is bound.
pub async fn openid(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    appid: &str,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select openid from binding where town_id = $1 and person_id = $2 and appid = $3 and unbound_at is null",
        town.0,
        person.0,
        appid,
    )
    .fetch_optional(tx)
    .await
}

/// What a person has left for a template.
pub async fn left(
    db: impl PgExecutor<'_>,
    town: TownId,
    person: PersonId,
    appid: &str,
    template: Option<&str>,
) -> Result<i32, sqlx::Error> {
    let n = sqlx::query_scalar!(
        "select g.n from binding b
         join grant_balance g on g.appid = b.appid and g.openid = b.openid and g.template = $4
         where b.town_id = $1 and b.person_id = $2 and b.appid = $3 and b.unbound_at is null",
        town.0,
        person.0,
        appid,
        template,
    )
    .fetch_optional(db)
    .await?;
    Ok(n.unwrap_or(0))
}
