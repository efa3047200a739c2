use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::json;

use super::{FactsOn, UnitKind, sql};
use crate::access::{self, Action};
use crate::edge::Done;
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::ids::{PersonId, PostId, UnitId};
use crate::platform::clock;
use crate::tags::Tag;
use crate::{App, audit};

pub struct Api;

/// 组织
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct Unit {
    id: UnitId,
    kind: UnitKind,
    name: String,
    parent_id: Option<UnitId>,
}

/// 支部情况, from a day on.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct FactsForm {
    from_on: NaiveDate,
    has_committee: bool,
    has_groups: bool,
    #[oai(validator(minimum(value = "0"), maximum(value = "100000")))]
    full_members: i32,
    #[oai(validator(minimum(value = "0"), maximum(value = "100000")))]
    probationary_members: i32,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct RevealForm {
    /// Why the number is needed; kept on the log.
    #[oai(validator(min_length = 2, max_length = 200))]
    reason: String,
}

#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct Phone {
    phone: Option<String>,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Org")]
impl Api {
    /// The units of my posts and everything below them.
    #[oai(path = "/units", method = "get", operation_id = "units")]
    async fn units(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Vec<Unit>>> {
        let caller = auth.0;
        let scope = access::scope(&caller, Action::ReadOrg)?;
        let rows = sql::units_in(&app.db, caller.town, &scope.from, &scope.to).await?;
        let units = rows.into_iter().filter_map(|row| {
            let kind = UnitKind::parse(&row.kind)?;
            Some(Unit { id: UnitId(row.id), kind, name: row.name, parent_id: row.parent_id.map(UnitId) })
        });
        Ok(Json(units.collect()))
    }

    /// State a branch's facts from a day on: they decide what it owes in windows not yet closed.
    #[oai(path = "/units/:unit/facts", method = "put", operation_id = "state_facts")]
    async fn state_facts(
        &self,
        auth: Auth,
        app: Data<&App>,
        unit: Path<UnitId>,
        form: Json<FactsForm>,
    ) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let unit = super::unit(&mut tx, caller.town, unit.0).await?;
        access::check(&caller, Action::StateFacts, &unit.path)?;
        if unit.kind != UnitKind::Branch {
            return Err(ApiError::refused("org.not_a_branch", "只有党支部才登记支部情况。"));
        }
        let facts = FactsOn {
            has_committee: form.has_committee,
            has_groups: form.has_groups,
            full_members: form.full_members,
            probationary_members: form.probationary_members,
        };
        super::set_facts(&mut tx, caller.town, unit.id, form.from_on, &facts, now).await?;
        let told = json!({ "from_on": form.from_on, "fields": ["has_committee", "has_groups", "full_members", "probationary_members"] });
        let entry = audit::Entry {
            town: caller.town,
            actor: Some(caller.person),
            action: "org.facts_stated",
            subject_kind: "unit",
            subject: Some(unit.id.0),
            facts: &told,
        };
        audit::record(&mut tx, entry, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// End a post. Its access ends at once; records stay signed with the old name and post.
    #[oai(path = "/posts/:post/end", method = "post", operation_id = "end_post")]
    async fn end_post(&self, auth: Auth, app: Data<&App>, post: Path<PostId>) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let paths = super::post_paths(&mut tx, caller.town, post.0).await?;
        let path = paths.first().ok_or_else(ApiError::not_found)?;
        access::check(&caller, Action::WriteOrg, path)?;
        super::end_post(&mut tx, caller.town, post.0, clock::today(now)).await?;
        let facts = json!({});
        let entry = audit::Entry {
            town: caller.town,
            actor: Some(caller.person),
            action: "org.post_ended",
            subject_kind: "post",
            subject: Some(post.0.0),
            facts: &facts,
        };
        audit::record(&mut tx, entry, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// Show a person's phone number, with a reason; the reading is logged.
    #[oai(path = "/people/:person/phone", method = "post", operation_id = "reveal_phone")]
    async fn reveal_phone(
        &self,
        auth: Auth,
        app: Data<&App>,
        person: Path<PersonId>,
        form: Json<RevealForm>,
    ) -> ApiResult<Json<Phone>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let row = sql::phone(&mut tx, caller.town, person.0).await?.ok_or_else(ApiError::not_found)?;
        let paths = super::person_paths(&mut tx, caller.town, person.0, clock::today(now)).await?;
        let linked = row.contact_id == Some(caller.person.0);
        access::check_person(&caller, Action::RevealPhone, &paths, linked)?;
        let facts = json!({ "reason": form.reason });
        let entry = audit::Entry {
            town: caller.town,
            actor: Some(caller.person),
            action: "org.phone_revealed",
            subject_kind: "person",
            subject: Some(person.0.0),
            facts: &facts,
        };
        audit::record(&mut tx, entry, now).await?;
        let cell = super::phone_cell(caller.town, person.0);
        let phone = row
            .phone_sealed
            .map(|sealed| app.keys.open(cell, &sealed))
            .transpose()
            .map_err(ApiError::internal)?;
        tx.commit().await?;
        Ok(Json(Phone { phone }))
    }
}
