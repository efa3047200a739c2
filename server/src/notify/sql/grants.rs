use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::ids::{PersonId, TownId};
use crate::notify::grants::{Accepted, Purse, Why};

/// A purse as the database names it.
pub struct Held {
    appid: String,
    openid: String,
    template: String,
}

impl Held {
    pub fn is(&self, purse: Purse<'_>) -> bool {
        self.appid == purse.appid && self.openid == purse.openid && self.template == purse.template
    }
}

fn columns(purses: &[Purse<'_>]) -> (Vec<String>, Vec<String>, Vec<String>) {
    (
        purses.iter().map(|purse| purse.appid.to_owned()).collect(),
        purses.iter().map(|purse| purse.openid.to_owned()).collect(),
        purses.iter().map(|purse| purse.template.to_owned()).collect(),
    )
}

/// Makes sure there is a balance to lock.
pub async fn open(tx: &mut PgConnection, purse: Purse<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into grant_balance (appid, openid, template, n) values ($1, $2, $3, 0) on conflict do nothing",
        purse.appid,
        purse.openid,
        purse.template,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The balances, locked; those who never allowed anything have none.
pub async fn lock(tx: &mut PgConnection, purses: &[Purse<'_>]) -> Result<Vec<(Held, i32)>, sqlx::Error> {
    let (appids, openids, templates) = columns(purses);
    let rows = sqlx::query!(
        "select g.appid, g.openid, g.template, g.n from grant_balance g
         join (select distinct * from unnest($1::text[], $2::text[], $3::text[]) u (appid, openid, template)) k
             on g.appid = k.appid and g.openid = k.openid and g.template = k.template
         order by g.appid, g.openid, g.template for update of g",
        &appids,
        &openids,
        &templates,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (Held { appid: row.appid, openid: row.openid, template: row.template }, row.n))
        .collect())
}

/// A change of a locked balance, with its entry in the journal.
pub struct Change<'a> {
    pub purse: Purse<'a>,
    pub delta: i32,
    pub why: Why,
    pub dedupe: &'a str,
}

/// Journals and changes. An entry that is there already changes nothing.
pub async fn apply(
    tx: &mut PgConnection,
    changes: &[Change<'_>],
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let purses: Vec<Purse<'_>> = changes.iter().map(|change| change.purse).collect();
    let (appids, openids, templates) = columns(&purses);
    let ids: Vec<Uuid> = changes.iter().map(|_| Uuid::now_v7()).collect();
    let deltas: Vec<i32> = changes.iter().map(|change| change.delta).collect();
    let whys: Vec<String> = changes.iter().map(|change| change.why.name().to_owned()).collect();
    let dedupes: Vec<String> = changes.iter().map(|change| change.dedupe.to_owned()).collect();
    sqlx::query!(
        "with entry as (
             insert into grant_event (id, appid, openid, template, delta, why, dedupe, at)
             select k.*, $8 from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[],
                 $7::text[]) k
             on conflict on constraint grant_event_once do nothing
             returning appid, openid, template, delta, why)
         update grant_balance g set n = g.n + e.delta,
             refused_at = case when e.why in ('refused', 'unsubscribed') then $9
                               when e.why in ('accept', 'popup') then null else g.refused_at end
         from entry e where g.appid = e.appid and g.openid = e.openid and g.template = e.template",
        &ids,
        &appids,
        &openids,
        &templates,
        &deltas,
        &whys,
        &dedupes,
        at,
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
