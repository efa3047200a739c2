use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::ids::{PersonId, TownId};

/// One address of a person is made at a time.
pub async fn lock(tx: &mut PgConnection, town: TownId, person: PersonId) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from person where town_id = $1 and id = $2 for update", town.0, person.0)
        .fetch_one(tx)
        .await?;
    Ok(())
}

pub async fn revoke(
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update calendar_feed set revoked_at = $3 where town_id = $1 and person_id = $2 and revoked_at is null",
        town.0,
        person.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn insert(
    tx: &mut PgConnection,
    town: TownId,
    id: Uuid,
    person: PersonId,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into calendar_feed (town_id, id, person_id, secret_hash, created_at) values ($1, $2, $3, $4, $5)",
        town.0,
        id,
        person.0,
        hash,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Since when the person has an address.
pub async fn since(
    db: &PgPool,
    town: TownId,
    person: PersonId,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select created_at from calendar_feed where town_id = $1 and person_id = $2 and revoked_at is null",
        town.0,
        person.0,
    )
    .fetch_optional(db)
    .await
}

pub struct Fed {
    pub town_id: Uuid,
    /// Whether the person still has a post, is a mobile member, or was handed something.
    pub entitled: bool,
    pub events: Value,
    pub person: Uuid,
    /// Posts of today: role, unit and path.
    pub held: Value,
    /// Mobile members: id of the person, and whether the holder of the secret is linked to them; false where nobody is.
    pub linked: Value,
    pub start_on: Option<NaiveDate>,
    pub rules: Value,
    pub units: Value,
    pub scope_units: Value,
    pub mobile: Value,
    pub facts: Value,
    pub former: Value,
    /// Whose each rule is, 党支部书记……, by its id.
    pub holders: Value,
    /// Duties that exist before their time, as batches make them.
    pub early: Value,
}

/// What the holder of a secret owes or owed with a last day in `from..=until`: whose a duty is goes by the rule of
/// `duty_holders`, for duties that are over as well. Beside it what windows to come are computed from, as `outlook` reads it,
/// of the units the holder's posts are over. None for a secret that is not, or not any more. One statement, so that what
/// is there and what is to come are of the same moment. With each version and each review of their own share it has changed.
pub async fn fed(
    db: &PgPool,
    hash: &[u8],
    today: NaiveDate,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Option<Fed>, sqlx::Error> {
    sqlx::query_as!(
        Fed,
        r#"with feed as (
               select f.town_id, f.person_id from calendar_feed f
               join person p on p.town_id = f.town_id and p.id = f.person_id and (p.left_on is null or p.left_on > $2)
               where f.secret_hash = $1 and f.revoked_at is null
           ), held as (
               select po.role, u.id as unit_id, u.path from feed f
               join post po on po.town_id = f.town_id and po.person_id = f.person_id
                   and po.from_on <= $2 and (po.to_on is null or po.to_on >= $2)
               join post_unit pu on pu.town_id = po.town_id and pu.post_id = po.id
               join unit u on u.town_id = pu.town_id and u.id = pu.unit_id
           ), seen as materialized (
               select u.id, u.name, u.path from feed f
               join unit u on u.town_id = f.town_id
               where exists (select from held h where starts_with(u.path, h.path))
                  or exists (select from mobile_member m where m.town_id = u.town_id and m.branch_id = u.id
                               and m.returned_on is null and f.person_id in (m.person_id, m.contact_id))
           )
           select f.town_id, f.person_id as person,
               coalesce((select jsonb_agg(jsonb_build_object('role', h.role, 'unit', h.unit_id, 'path', h.path))
                         from held h), '[]') as "held!",
               coalesce((select jsonb_agg(jsonb_build_object('member', m.person_id, 'mine', m.contact_id is not null))
                         from mobile_member m
                         where m.town_id = f.town_id and m.returned_on is null
                           and (m.contact_id is null or m.contact_id = f.person_id)), '[]') as "linked!",
               g.start_on, g.rules as "rules!", g.units as "units!", g.mobile as "mobile!", g.facts as "facts!",
               g.former as "former!",
               coalesce((select jsonb_object_agg(r.id, r.holder) from rule r
                         where r.town_id = f.town_id and r.superseded_on is null), '{}') as "holders!",
               coalesce((select jsonb_agg(jsonb_build_object('id', id, 'name', name, 'path', path))
                from seen), '[]') as "scope_units!",
               coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'rule_id', d.rule_id, 'rule_code', r.code,
                    'task_code', '', 'title', r.title, 'unit_id', d.unit_id, 'subject_id', d.subject_id,
                    'window_key', d.window_key, 'window_first', d.window_first, 'window_last', d.window_last,
                    'grace_last', d.grace_last, 'state', d.state, 'pending', false, 'each', false))
                from duty d join seen v on v.id = d.unit_id
                join rule r on r.town_id = d.town_id and r.id = d.rule_id
                where d.town_id = f.town_id and d.window_first > $2
                  and coalesce(d.postponed_from, d.window_last) between $2 and $4), '[]') as "early!",
               exists (select from held)
               or exists (select from mobile_member m where m.town_id = f.town_id and m.person_id = f.person_id
                            and m.returned_on is null)
               or exists (select from duty d where d.town_id = f.town_id and d.delegated_to = f.person_id
                            and d.state in ('open', 'submitted', 'returned')) as "entitled!",
               coalesce((
                   select jsonb_agg(jsonb_build_object('rule', r.code, 'subject', d.subject_id, 'key', d.window_key,
                       'title', coalesce(r.title || ':' || d.note, r.title), 'last', d.window_last, 'state', s.state,
                       'changes', (d.state = 'withdrawn')::integer + s.changes + (
                           select count(e.decided_at) + count(e.undone_at) from excuse e
                           where e.town_id = d.town_id and e.duty_id = d.id and e.decision = 'approved'))
                       order by d.window_last, r.code, d.id)
                   from duty d
                   join rule r on r.town_id = d.town_id and r.id = d.rule_id
                   join unit u on u.town_id = d.town_id and u.id = d.unit_id
                   left join duty_share h on h.town_id = d.town_id and h.duty_id = d.id and h.person_id = f.person_id
                   -- Where each hands in, their own share is what it is to them.
                   cross join lateral (select
                       case when r.enough = 'one' or d.state not in ('open', 'returned', 'submitted') then d.state
                            else coalesce(h.state, case d.state when 'submitted' then d.state else 'open' end) end as state,
                       (select count(*) from record_version v where v.town_id = h.town_id and v.record_id = h.record_id)
                       + (select count(*) from review v where v.town_id = h.town_id and v.record_id = h.record_id)
                           as changes) s
                   where d.town_id = f.town_id and d.window_last between $3 and $4
                     and case
                         when d.delegated_to is not null then d.delegated_to = f.person_id
                         when r.holder = 'mobile_member' then d.person_id = f.person_id
                         when r.holder = 'committee_member' then exists (
                             select from mobile_member m
                             where m.town_id = d.town_id and m.person_id = d.person_id and m.returned_on is null
                               and (m.contact_id = f.person_id or m.contact_id is null and exists (
                                   select from held h where h.role = 'branch_secretary' and h.unit_id = d.unit_id)))
                         else exists (select from held h where h.role = r.holder and starts_with(u.path, h.path))
                         end), '[]') as "events!"
           from feed f cross join lateral duty_ground(f.town_id) g"#,
        hash,
        today,
        from,
        until,
    )
    .fetch_optional(db)
    .await
}
