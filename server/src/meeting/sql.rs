use chrono::NaiveDate;
use serde_json::Value;
use sqlx::PgPool;

use crate::access::Scope;
use crate::ids::{TownId, UnitId};

/// What a form can start from; JSON null and an empty list where there is nothing.
pub struct Prefill {
    /// The facts of the unit's last meeting.
    pub last: Value,
    pub members: Value,
    /// The branch's own count, for a roster without names.
    pub counted: i32,
}

/// The unit's last meeting and its members, if the unit is in scope. A group's members are its own; whatever stands
/// above a branch has the members of the branches below it.
pub async fn prefill(
    db: &PgPool,
    town: TownId,
    scope: &Scope,
    unit: UnitId,
    today: NaiveDate,
) -> Result<Option<Prefill>, sqlx::Error> {
    sqlx::query_as!(
        Prefill,
        r#"select coalesce((select r.facts from record r
                            where r.town_id = u.town_id and r.unit_id = u.id and r.kind = 'meeting'
                            order by r.happened_on desc, r.received_at desc, r.id desc limit 1), 'null') as "last!",
                  coalesce((select jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'away', exists (
                                       select from mobile_member m where m.town_id = p.town_id
                                         and m.person_id = p.id and m.returned_on is null))
                                   order by p.name, p.id)
                            from person p join unit b on b.town_id = p.town_id
                              and b.id = case when u.kind = 'group' then p.group_id else p.branch_id end
                            where p.town_id = u.town_id and p.membership <> 'none' and p.left_on is null
                              and u.kind in ('general_branch', 'branch', 'group')
                              and starts_with(b.path, u.path)), '[]') as "members!",
                  coalesce((select f.full_members + f.probationary_members from branch_facts f
                            where f.town_id = u.town_id and f.unit_id = u.id and f.from_on <= $5
                            order by f.from_on desc, f.set_at desc limit 1), 0) as "counted!"
           from unit u
           where u.town_id = $1 and u.id = $2 and exists (
               select from unnest($3::text[], $4::text[]) s (f, t)
               where u.path >= s.f collate "C" and u.path < s.t collate "C")"#,
        town.0,
        unit.0,
        &scope.from,
        &scope.to,
        today,
    )
    .fetch_optional(db)
    .await
}
