use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Caller, Held};
use crate::ids::{PersonId, SessionId, TownId};
use crate::org::Role;

#[expect(clippy::too_many_arguments, reason = "one value per column")]
pub async fn insert_session(
    tx: &mut PgConnection,
    town: TownId,
    id: SessionId,
    person: PersonId,
    token_hash: &[u8],
    device: &str,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into session (town_id, id, person_id, token_hash, device, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        town.0,
        id.0,
        person.0,
        token_hash,
        device,
        now,
        expires_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn session_by_token(
    db: &PgPool,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<(TownId, SessionId)>, sqlx::Error> {
    let row = sqlx::query!(
        "select town_id, id from session where token_hash = $1 and revoked_at is null and expires_at > $2",
        hash,
        now,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (TownId(row.town_id), SessionId(row.id))))
}

/// The person of a session that still holds, unless they have left the town, with every post in force today and what
/// the roster implies. A post that works for a village reaches the 党总支 the village hangs under.
pub async fn caller(
    db: &PgPool,
    town: TownId,
    session: SessionId,
    now: DateTime<Utc>,
    today: NaiveDate,
) -> Result<Option<Caller>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select s.person_id, p.name, o.role as "role?", o.paths as "paths?"
           from session s
           join person p on p.town_id = s.town_id and p.id = s.person_id
           left join lateral (
               select po.role, array_agg(distinct coalesce(g.path, u.path)) as paths
               from post po
               join post_unit pu on pu.town_id = po.town_id and pu.post_id = po.id
               join unit u on u.town_id = pu.town_id and u.id = pu.unit_id
               left join unit g on u.kind = 'village' and po.role = any($5) and g.town_id = u.town_id
                   and g.id = u.parent_id and g.kind = 'general_branch'
               where po.town_id = p.town_id and po.person_id = p.id
                 and po.from_on <= $4 and (po.to_on is null or po.to_on >= $4)
               group by po.id, po.role
               union all
               select 'party_member', array[u.path] from unit u
               where p.membership <> 'none' and u.town_id = p.town_id and u.id = p.branch_id
               union all
               select 'mobile_member', array[u.path] from mobile_member m
               join unit u on u.town_id = m.town_id and u.id = m.branch_id
               where m.town_id = p.town_id and m.person_id = p.id and m.returned_on is null
           ) o on true
           where s.town_id = $1 and s.id = $2 and s.revoked_at is null and s.expires_at > $3
             and p.left_on is null"#,
        town.0,
        session.0,
        now,
        today,
        &Role::FOR_THE_VILLAGE.map(|role| role.name().to_owned()),
    )
    .fetch_all(db)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    Ok(Some(Caller {
        town,
        person: PersonId(first.person_id),
        session,
        name: first.name.clone(),
        posts: rows
            .iter()
            .filter_map(|row| {
                Some(Held { role: Role::parse(row.role.as_ref()?)?, paths: row.paths.clone()? })
            })
            .collect(),
    }))
}

pub struct Session {
    pub id: Uuid,
    pub token_hash: Vec<u8>,
    pub device: String,
    pub created_at: DateTime<Utc>,
}

/// A person's sessions that still hold, the newest first.
pub async fn sessions(
    db: &PgPool,
    town: TownId,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<Session>, sqlx::Error> {
    sqlx::query_as!(
        Session,
        "select id, token_hash, device, created_at from session
         where town_id = $1 and person_id = $2 and revoked_at is null and expires_at > $3
         order by created_at desc, id desc limit 100",
        town.0,
        person.0,
        now,
    )
    .fetch_all(db)
    .await
}

/// Whether somebody ended this token's session by hand.
pub async fn is_logged_out(db: &PgPool, hash: &[u8]) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!("select logged_out from session where token_hash = $1", hash)
        .fetch_optional(db)
        .await?;
    Ok(found.unwrap_or_default())
}

/// Revokes the sessions of a person, or only `one` of them; `by_hand` when it is a logout.
pub async fn revoke_sessions(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    one: Option<SessionId>,
    by_hand: bool,
    now: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "update session set revoked_at = $4, logged_out = $5
         where town_id = $1 and person_id = $2 and revoked_at is null and ($3::uuid is null or id = $3)",
        town.0,
        person.0,
        one.map(|id| id.0),
        now,
        by_hand,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// One at a time may issue a code for a person: of two at once the later cancels the earlier.
pub async fn lock_person(tx: &mut PgConnection, town: TownId, person: PersonId) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from person where town_id = $1 and id = $2 for no key update", town.0, person.0)
        .fetch_optional(tx)
        .await?;
    Ok(())
}

pub async fn cancel_codes(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update bind_code set cancelled_at = $3
         where town_id = $1 and person_id = $2 and used_at is null and cancelled_at is null",
        town.0,
        person.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "one value per column")]
pub async fn insert_code(
    tx: &mut PgConnection,
    town: TownId,
    id: Uuid,
    person: PersonId,
    hash: &[u8],
    by: Option<PersonId>,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into bind_code (town_id, id, person_id, code_hash, issued_by, issued_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        town.0,
        id,
        person.0,
        hash,
        by.map(|by| by.0),
        now,
        expires_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub struct UsedCode {
    pub town: TownId,
    pub person: PersonId,
}

/// Uses the code up, if it is open: of two requests at once one gets it.
pub async fn use_code(
    tx: &mut PgConnection,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<UsedCode>, sqlx::Error> {
    let row = sqlx::query!(
        "update bind_code set used_at = $2
         where code_hash = $1 and used_at is null and cancelled_at is null and expires_at > $2
         returning town_id, person_id",
        hash,
        now,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| UsedCode { town: TownId(row.town_id), person: PersonId(row.person_id) }))
}

/// Ends the person's former binding, whatever its openid; returns how many were to another openid.
pub async fn unbind_person(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    openid: &str,
    now: DateTime<Utc>,
) -> Result<usize, sqlx::Error> {
    let former = sqlx::query_scalar!(
        "update binding set unbound_at = $3 where town_id = $1 and person_id = $2 and unbound_at is null
         returning openid",
        town.0,
        person.0,
        now,
    )
    .fetch_all(tx)
    .await?;
    Ok(former.iter().filter(|known| *known != openid).count())
}

pub async fn insert_binding(
    tx: &mut PgConnection,
    town: TownId,
    id: Uuid,
    person: PersonId,
    appid: &str,
    openid: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into binding (town_id, id, person_id, appid, openid, bound_at) values ($1, $2, $3, $4, $5, $6)",
        town.0,
        id,
        person.0,
        appid,
        openid,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub struct Membership {
    pub town_id: Uuid,
    pub town_name: String,
    pub person_id: Uuid,
    pub person_name: String,
}

/// The towns an openid belongs to, the newest binding first.
pub async fn memberships(
    tx: &mut PgConnection,
    appid: &str,
    openid: &str,
) -> Result<Vec<Membership>, sqlx::Error> {
    sqlx::query_as!(
        Membership,
        "select b.town_id, t.name as town_name, b.person_id, p.name as person_name
         from binding b join town t on t.id = b.town_id
         join person p on p.town_id = b.town_id and p.id = b.person_id
         where b.appid = $1 and b.openid = $2 and b.unbound_at is null and p.left_on is null
         order by b.bound_at desc",
        appid,
        openid,
    )
    .fetch_all(tx)
    .await
}

/// The openid by which the caller is bound in the present town.
pub async fn openid_of(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select openid from binding where town_id = $1 and person_id = $2 and unbound_at is null",
        town.0,
        person.0,
    )
    .fetch_optional(tx)
    .await
}

pub struct PersonIn {
    pub contact_id: Option<Uuid>,
}

/// A person still in the town, and the committee member linked to them if they are away.
pub async fn person(
    tx: &mut PgConnection,
    town: TownId,
    id: PersonId,
) -> Result<Option<PersonIn>, sqlx::Error> {
    sqlx::query_as!(
        PersonIn,
        "select m.contact_id from person p
         left join mobile_member m on m.town_id = p.town_id and m.person_id = p.id and m.returned_on is null
         where p.town_id = $1 and p.id = $2 and p.left_on is null",
        town.0,
        id.0,
    )
    .fetch_optional(tx)
    .await
}

/// Desks nobody has claimed in time.
pub async fn sweep_pairings(tx: &mut PgConnection, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from pairing where expires_at <= $1", now).execute(tx).await?;
    Ok(())
}

/// False if another desk shows this code.
pub async fn insert_pairing(
    tx: &mut PgConnection,
    code_hash: &[u8],
    token_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into pairing (code_hash, token_hash, expires_at) values ($1, $2, $3)
         on conflict on constraint pairing_pkey do nothing",
        code_hash,
        token_hash,
        expires_at,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Uses a code up, if it is shown somewhere: of two phones at once one gets it.
pub async fn use_pairing(
    tx: &mut PgConnection,
    code_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!(
        "delete from pairing where code_hash = $1 and expires_at > $2 returning token_hash",
        code_hash,
        now,
    )
    .fetch_optional(tx)
    .await
}
