use chrono::NaiveDate;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{CaseAction, Finding, State};
use crate::access::Scope;
use crate::ids::{RecordId, TownId, UnitId};
use crate::plan::Place;

pub struct Case<'a> {
    pub town: TownId,
    pub id: RecordId,
    pub village: UnitId,
    pub place: Place,
    pub text: &'a str,
    pub finding: Finding,
    pub action: Option<CaseAction>,
    pub state: State,
    pub found_on: NaiveDate,
    pub today: NaiveDate,
}

/// The present state of a case, after its current version.
pub async fn put(tx: &mut PgConnection, case: &Case<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sign_case (town_id, id, village_id, place, text_read, finding, action, state, found_on, closed_on)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $8 = 'open' then null else $10::date end)
         on conflict (town_id, id) do update set place = excluded.place, text_read = excluded.text_read,
             finding = excluded.finding, action = excluded.action, state = excluded.state,
             closed_on = case when excluded.state = 'open' then null
                              else coalesce(sign_case.closed_on, excluded.closed_on) end",
        case.town.0,
        case.id.0,
        case.village.0,
        case.place.name(),
        case.text,
        case.finding.name(),
        case.action.map(CaseAction::name),
        case.state.name(),
        case.found_on,
        case.today,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Cases of a place that keep it from being clean: not closed, or closed without their photos having come.
pub async fn unsettled(
    tx: &mut PgConnection,
    town: TownId,
    village: UnitId,
    place: &str,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from sign_case c join record r on r.town_id = c.town_id and r.id = c.id
           where c.town_id = $1 and c.village_id = $2 and c.place = $3
             and c.finding in ('off_list', 'advertisement', 'wrong_name', 'unsure')
             and (c.state = 'open' or r.state in ('awaiting_photos', 'returned'))"#,
        town.0,
        village.0,
        place,
    )
    .fetch_one(tx)
    .await
}

pub struct Survey {
    pub village_id: Uuid,
    pub place: Option<String>,
}

pub async fn survey(
    tx: &mut PgConnection,
    town: TownId,
    id: RecordId,
) -> Result<Option<Survey>, sqlx::Error> {
    sqlx::query_as!(
        Survey,
        "select unit_id as village_id, facts ->> 'place' as place from record
         where town_id = $1 and id = $2 and kind = 'sign_survey'",
        town.0,
        id.0,
    )
    .fetch_optional(tx)
    .await
}

pub struct Line {
    pub id: Uuid,
    pub village_id: Uuid,
    pub village: String,
    pub place: String,
    pub text_read: String,
    pub finding: String,
    pub action: Option<String>,
    pub state: String,
    pub found_on: NaiveDate,
    pub closed_on: Option<NaiveDate>,
    pub record_state: String,
    pub version_id: Uuid,
    pub before: Option<Vec<u8>>,
}

/// Cases in scope, open ones first, oldest first.
pub async fn list(
    db: &PgPool,
    town: TownId,
    scope: &Scope,
    village: Option<UnitId>,
    open_only: bool,
) -> Result<Vec<Line>, sqlx::Error> {
    sqlx::query_as!(
        Line,
        r#"select c.id, c.village_id, u.name as village, c.place, c.text_read, c.finding, c.action, c.state, c.found_on,
                  c.closed_on, r.state as record_state, r.version_id,
                  (select p.hash from record_photo p where p.town_id = r.town_id and p.record_id = r.id and p.current
                     and p.arrived and p.slot = 'before' order by p.position limit 1) as before
           from sign_case c
           join record r on r.town_id = c.town_id and r.id = c.id
           join unit u on u.town_id = c.town_id and u.id = c.village_id
           where c.town_id = $1 and exists (
                   select from unnest($2::text[], $3::text[]) s (f, t)
                   where u.path >= s.f collate "C" and u.path < s.t collate "C")
             and ($4::uuid is null or c.village_id = $4) and (not $5 or c.state = 'open')
           order by c.state <> 'open', c.found_on, c.id limit 500"#,
        town.0,
        &scope.from,
        &scope.to,
        village.map(|unit| unit.0),
        open_only,
    )
    .fetch_all(db)
    .await
}

pub struct Known {
    pub text_read: String,
    pub finding: String,
    pub times: i64,
}

/// What boards of the town said before, the most frequent first, each with its most frequent finding. None where the
/// village is not in scope.
pub async fn texts(
    db: &PgPool,
    town: TownId,
    scope: &Scope,
    village: UnitId,
    limit: i64,
) -> Result<Option<Vec<Known>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.text_read as "text_read?", c.finding as "finding?", c.times as "times?"
           from unit u
           left join lateral (
               select s.text_read, mode() within group (order by s.finding) as finding, count(*) as times
               from sign_case s where s.town_id = u.town_id
               group by s.text_read order by count(*) desc, s.text_read limit $5
           ) c on true
           where u.town_id = $1 and u.id = $2 and u.kind = 'village' and exists (
               select from unnest($3::text[], $4::text[]) s (f, t)
               where u.path >= s.f collate "C" and u.path < s.t collate "C")
           order by c.times desc, c.text_read"#,
        town.0,
        village.0,
        &scope.from,
        &scope.to,
        limit,
    )
    .fetch_all(db)
    .await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let texts = rows.into_iter().filter_map(|row| {
        Some(Known { text_read: row.text_read?, finding: row.finding?, times: row.times? })
    });
    Ok(Some(texts.collect()))
}
