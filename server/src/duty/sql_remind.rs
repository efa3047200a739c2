use chrono::NaiveDate;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::ids::TownId;

/// A duty to be reminded of, once per holder (or once without one).
pub struct Near {
    pub id: Uuid,
    pub unit_id: Uuid,
    pub unit_name: String,
    pub title: String,
    pub cadence: Value,
    pub window_last: Option<NaiveDate>,
    pub grace_last: Option<NaiveDate>,
    pub return_due: Option<NaiveDate>,
    pub state: String,
    pub opened_on: NaiveDate,
    pub holder_id: Option<Uuid>,
    pub holder_bound: bool,
    pub postponed_from: Option<NaiveDate>,
}

impl Near {
    /// Past its grace and nothing received. Never for a duty without dates.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.state == "open" && self.grace_last.is_some_and(|grace| today > grace)
    }

    /// The last day it was put off to.
    pub fn postponed_to(&self) -> Option<NaiveDate> {
        self.postponed_from.and(self.window_last)
    }
}

/// Duties whose end is near, has passed within the last month, or that have no date.
pub async fn near(
    tx: &mut PgConnection,
    town: TownId,
    today: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<Near>, sqlx::Error> {
    sqlx::query_as!(
        Near,
        r#"select d.id, d.unit_id, u.name as unit_name, r.title, r.cadence, d.window_last, d.grace_last, d.return_due,
                  d.state, d.opened_on, d.postponed_from, h.holder_id as "holder_id?",
                  exists (select from binding b where b.town_id = d.town_id and b.person_id = h.holder_id
                            and b.unbound_at is null) as "holder_bound!"
           from duty d
           join rule r on r.town_id = d.town_id and r.id = d.rule_id
           join unit u on u.town_id = d.town_id and u.id = d.unit_id
           left join duty_holders($1, $2) h on h.duty_id = d.id
           where d.town_id = $1 and d.state in ('open', 'returned')
             and (d.window_last is null or d.window_last between $2::date - 40 and $3::date
                  or d.return_due between $2::date and $3::date)
           order by d.id, h.holder_id"#,
        town.0,
        today,
        until,
    )
    .fetch_all(tx)
    .await
}

/// 定村干部 over the unit; where there is none (直属支部, the town itself), the office.
pub async fn supervisors(
    tx: &mut PgConnection,
    town: TownId,
    unit: Uuid,
    today: NaiveDate,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with over as (
             select distinct po.role, po.person_id from unit u
             join post po on po.town_id = u.town_id and po.role in ('village_contact', 'party_office')
                 and po.from_on <= $3 and (po.to_on is null or po.to_on >= $3)
             join post_unit pu on pu.town_id = po.town_id and pu.post_id = po.id
             join unit pou on pou.town_id = pu.town_id and pou.id = pu.unit_id and starts_with(u.path, pou.path)
             where u.town_id = $1 and u.id = $2)
         select person_id as "person_id!" from over where role = 'village_contact'
         union
         select person_id from over
         where role = 'party_office' and not exists (select from over where role = 'village_contact')"#,
        town.0,
        unit,
        today,
    )
    .fetch_all(tx)
    .await
}
