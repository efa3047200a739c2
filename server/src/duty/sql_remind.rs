use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::escalate::Place;
use crate::ids::{PersonId, TownId};
use crate::org::Role;

/// A duty whose time to be looked at has come.
pub struct Claimed {
    pub town: TownId,
    pub id: Uuid,
    pub unit_id: Uuid,
    pub unit_name: String,
    pub title: String,
    pub cadence: Value,
    pub ladder: String,
    pub audience: String,
    pub place: Place,
    pub window_last: Option<NaiveDate>,
    pub grace_last: Option<NaiveDate>,
    pub return_due: Option<NaiveDate>,
    pub returned: bool,
    pub opened_on: NaiveDate,
    /// Given its present last day in place of another.
    pub redated: bool,
    /// Whoever holds it, and which of them a WeChat message can reach.
    pub holders: Vec<(PersonId, bool)>,
    /// Which of them want to hear of it on its last day and not before.
    pub only_due: Vec<PersonId>,
    /// Somebody has spoken with whoever owes it since it was due.
    pub contacted: bool,
}

/// Claims duties whose time has come, the longest-waiting first. Several processes claim at once: what one has taken, the
/// others pass over.
pub async fn claim(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    today: NaiveDate,
    most: i64,
) -> Result<Vec<Claimed>, sqlx::Error> {
    // Taken first and read then: one statement would read what stood before a change it had waited out.
    let taken = sqlx::query!(
        "select town_id, id from duty where state in ('open', 'returned') and look_at <= $1
         order by look_at limit $2 for update skip locked",
        now,
        most,
    )
    .fetch_all(&mut *tx)
    .await?;
    let (towns, ids): (Vec<Uuid>, Vec<Uuid>) = taken.into_iter().map(|row| (row.town_id, row.id)).unzip();
    let rows = sqlx::query!(
        r#"select d.town_id, d.id, d.unit_id, u.name as unit_name, u.kind,
                  coalesce(r.title || ':' || d.note, r.title) as "title!", r.cadence, r.ladder, r.audience,
                  d.window_last, d.grace_last, d.return_due, d.state, d.opened_on,
                  d.postponed_from is not null or d.redated as "redated!",
                  exists (select from unit v left join unit g on g.town_id = v.town_id and g.id = v.parent_id
                              and g.kind = 'general_branch'
                          where v.town_id = u.town_id and v.kind = 'village'
                            and (starts_with(u.path, v.path) or starts_with(u.path, g.path))) as "of_village!",
                  exists (select from call_item c
                          where c.town_id = d.town_id and c.subject_kind = 'duty' and c.subject_id = d.id
                            and c.done_by is not null and c.done_at >= (1 + case d.state when 'returned' then d.return_due
                                else d.window_last end)::timestamp at time zone 'Asia/Shanghai') as "contacted!",
                  array(select h.holder_id from duty_holders(d.town_id, $3) h
                        join person p on p.town_id = d.town_id and p.id = h.holder_id and p.left_on is null
                        where h.duty_id = d.id order by h.holder_id) as "holders!",
                  array(select b.person_id from duty_holders(d.town_id, $3) h
                        join binding b on b.town_id = d.town_id and b.person_id = h.holder_id and b.unbound_at is null
                        where h.duty_id = d.id) as "bound!",
                  array(select p.id from duty_holders(d.town_id, $3) h
                        join person p on p.town_id = d.town_id and p.id = h.holder_id and p.reminded_of = 'due'
                        where h.duty_id = d.id) as "only_due!"
           from unnest($1::uuid[], $2::uuid[]) k (town_id, id)
           join duty d on d.town_id = k.town_id and d.id = k.id
           join rule r on r.town_id = d.town_id and r.id = d.rule_id
           join unit u on u.town_id = d.town_id and u.id = d.unit_id
           order by d.town_id, d.id"#,
        &towns,
        &ids,
        today,
    )
    .fetch_all(tx)
    .await?;
    let place = |kind: &str, of_village: bool| match kind {
        "town" => Place::Town,
        _ if of_village => Place::Village,
        _ => Place::Direct,
    };
    Ok(rows
        .into_iter()
        .map(|row| Claimed {
            town: TownId(row.town_id),
            id: row.id,
            unit_id: row.unit_id,
            unit_name: row.unit_name,
            title: row.title,
            cadence: row.cadence,
            ladder: row.ladder,
            audience: row.audience,
            place: place(&row.kind, row.of_village),
            window_last: row.window_last,
            grace_last: row.grace_last,
            return_due: row.return_due,
            returned: row.state == "returned",
            opened_on: row.opened_on,
            redated: row.redated,
            holders: row.holders.iter().map(|id| (PersonId(*id), row.bound.contains(id))).collect(),
            only_due: row.only_due.into_iter().map(PersonId).collect(),
            contacted: row.contacted,
        })
        .collect())
}

/// Duties still owed that change hands are looked at at once: what was told or listed was told to, and listed for, the
/// former holder.
pub async fn look_now(tx: &mut PgConnection, town: TownId, duties: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update duty set look_at = '-infinity'
         where town_id = $1 and id = any($2) and state in ('open', 'returned')",
        town.0,
        duties,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// When each is looked at again.
pub async fn look_again(
    tx: &mut PgConnection,
    duties: &[(TownId, Uuid, DateTime<Utc>)],
) -> Result<(), sqlx::Error> {
    let towns: Vec<Uuid> = duties.iter().map(|(town, ..)| town.0).collect();
    let ids: Vec<Uuid> = duties.iter().map(|(_, id, _)| *id).collect();
    let times: Vec<DateTime<Utc>> = duties.iter().map(|(.., at)| *at).collect();
    sqlx::query!(
        "update duty d set look_at = k.at
         from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) k (town_id, id, at)
         where d.town_id = k.town_id and d.id = k.id",
        &towns,
        &ids,
        &times,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Who holds, on `today`, a post that may hear of these duties when they are overdue: over the duty's unit or above it; a post for a
/// village reaches the branches of its 党总支. Of
/// a task with a 责任人 of its own, that one alone; of a mobile member, the committee member linked to them.
pub async fn supervisors(
    tx: &mut PgConnection,
    duties: &[(TownId, Uuid)],
    today: NaiveDate,
) -> Result<HashMap<Uuid, Vec<(Role, PersonId)>>, sqlx::Error> {
    let towns: Vec<Uuid> = duties.iter().map(|(town, _)| town.0).collect();
    let ids: Vec<Uuid> = duties.iter().map(|(_, id)| *id).collect();
    let rows = sqlx::query!(
        r#"with late as (
               select d.town_id, d.id, d.person_id, u.path, t.lead_id
               from unnest($1::uuid[], $2::uuid[]) k (town_id, id)
               join duty d on d.town_id = k.town_id and d.id = k.id
               join unit u on u.town_id = d.town_id and u.id = d.unit_id
               join rule r on r.town_id = d.town_id and r.id = d.rule_id
               join task t on t.town_id = r.town_id and t.id = r.task_id)
           select l.id as "id!", po.role as "role!", po.person_id as "person_id!"
           from late l
           join post po on po.town_id = l.town_id and po.from_on <= $3 and (po.to_on is null or po.to_on >= $3)
               and po.role in ('village_contact', 'area_head', 'action_lead', 'party_office', 'inspection_head',
                               'branch_secretary')
               and (po.role <> 'action_lead' or l.lead_id is null)
           join post_unit pu on pu.town_id = po.town_id and pu.post_id = po.id
           join unit pou on pou.town_id = pu.town_id and pou.id = pu.unit_id
           left join unit g on pou.kind = 'village' and g.town_id = pou.town_id and g.id = pou.parent_id
               and g.kind = 'general_branch'
           where starts_with(l.path, pou.path) or starts_with(l.path, g.path)
           union
           select l.id, 'action_lead', p.id
           from late l join person p on p.town_id = l.town_id and p.id = l.lead_id and p.left_on is null
           union
           select l.id, 'committee_member', p.id
           from late l join mobile_member m on m.town_id = l.town_id and m.person_id = l.person_id
               and m.returned_on is null
           join person p on p.town_id = m.town_id and p.id = m.contact_id and p.left_on is null
           order by 1, 2, 3"#,
        &towns,
        &ids,
        today,
    )
    .fetch_all(tx)
    .await?;
    let mut found: HashMap<Uuid, Vec<(Role, PersonId)>> = HashMap::new();
    for row in rows {
        if let Some(role) = Role::parse(&row.role) {
            found.entry(row.id).or_default().push((role, PersonId(row.person_id)));
        }
    }
    Ok(found)
}
