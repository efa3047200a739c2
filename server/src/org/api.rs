use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Attachment, AttachmentType, Json};
use poem_openapi::types::multipart::Upload;
use poem_openapi::{Multipart, Object, OpenApi};

use super::people::{self, PeoplePage, PersonView};
use super::{FactsOn, Role, UnitKind, facts, phone, posts, reshape, roster, sql};
use crate::App;
use crate::access::{self, Action};
use crate::edge::Done;
use crate::error::{ApiError, ApiResult};
use crate::identity::Auth;
use crate::ids::{PersonId, PostId, UnitId};
use crate::tags::Tag;

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

/// 职务, given by hand.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct PostForm {
    person: PersonId,
    role: Role,
    /// One unit, or a named set of them.
    #[oai(validator(min_items = 1, max_items = 100))]
    units: Vec<UnitId>,
    from_on: NaiveDate,
    /// 片区名称
    #[oai(validator(max_length = 60))]
    area: Option<String>,
}

/// 组织, set up by hand.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct UnitForm {
    kind: UnitKind,
    #[oai(validator(min_length = 1, max_length = 60))]
    name: String,
    parent: UnitId,
}

#[derive(Object)]
struct SetUp {
    id: UnitId,
}

#[derive(Object)]
struct Appointed {
    id: PostId,
}

#[derive(Multipart)]
struct RosterForm {
    /// The workbook, `.xlsx`, at most 5 MB.
    file: Upload,
    /// Only tell what an import would do.
    dry_run: Option<bool>,
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

    /// Set up a unit under another.
    #[oai(path = "/units", method = "post", operation_id = "create_unit")]
    async fn create_unit(&self, auth: Auth, app: Data<&App>, form: Json<UnitForm>) -> ApiResult<Json<SetUp>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let id = reshape::create(&mut tx, &caller, (form.kind, &form.name), form.parent, now).await?;
        tx.commit().await?;
        Ok(Json(SetUp { id }))
    }

    /// People of my units, or of one of them and everything below it, with the posts they hold there; `name` for those whose
    /// name has it.
    #[oai(path = "/people", method = "get", operation_id = "people")]
    async fn people(
        &self,
        auth: Auth,
        app: Data<&App>,
        unit: Query<Option<UnitId>>,
        name: Query<Option<String>>,
        after: Query<Option<PersonId>>,
    ) -> ApiResult<Json<PeoplePage>> {
        let wanted = people::Wanted { unit: unit.0, name: name.0.as_deref(), after: after.0 };
        Ok(Json(people::page(&app, &auth.0, &wanted).await?))
    }

    /// One person of my units with the posts held there, now and before.
    #[oai(path = "/people/:person", method = "get", operation_id = "person")]
    async fn person(
        &self,
        auth: Auth,
        app: Data<&App>,
        person: Path<PersonId>,
    ) -> ApiResult<Json<PersonView>> {
        Ok(Json(people::one(&app, &auth.0, person.0).await?))
    }

    /// Load the roster from a workbook: all of it, or none and every problem by sheet, row and column.
    #[oai(path = "/org/roster", method = "post", operation_id = "import_roster")]
    async fn import_roster(
        &self,
        auth: Auth,
        app: Data<&App>,
        form: RosterForm,
    ) -> ApiResult<Json<roster::Report>> {
        let (caller, now) = (auth.0, app.clock.now());
        super::may_import(&app, &caller).await?;
        let bytes = form.file.into_vec().await.map_err(ApiError::internal)?;
        let (town, actor, dry_run) = (caller.town, Some(caller.person), form.dry_run.unwrap_or(false));
        Ok(Json(roster::import_bytes(&app.db, &app.keys, town, actor, bytes, dry_run, now).await?))
    }

    /// The workbook to fill in, with notes, examples and drop-down lists.
    #[oai(path = "/org/roster-template", method = "get", operation_id = "roster_template")]
    async fn roster_template(&self, auth: Auth) -> ApiResult<Attachment<Vec<u8>>> {
        access::check_any(&auth.0, Action::WriteOrg)?;
        let bytes = tokio::task::spawn_blocking(roster::template).await.map_err(ApiError::internal)??;
        // A header carries ASCII only.
        Ok(Attachment::new(bytes)
            .attachment_type(AttachmentType::Attachment)
            .filename("roster-template.xlsx"))
    }

    /// Give a person a post over one unit or a named set of units.
    #[oai(path = "/posts", method = "post", operation_id = "add_post")]
    async fn add_post(
        &self,
        auth: Auth,
        app: Data<&App>,
        form: Json<PostForm>,
    ) -> ApiResult<Json<Appointed>> {
        let (caller, now) = (auth.0, app.clock.now());
        let asked = posts::Asked {
            person: form.person,
            role: form.role,
            units: &form.units,
            from_on: form.from_on,
            area: form.area.as_deref(),
        };
        let mut tx = app.db.begin().await?;
        let id = posts::give(&mut tx, &caller, &asked, now).await?;
        tx.commit().await?;
        Ok(Json(Appointed { id }))
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
        let facts = FactsOn {
            has_committee: form.has_committee,
            has_groups: form.has_groups,
            full_members: form.full_members,
            probationary_members: form.probationary_members,
        };
        facts::state(&mut tx, &caller, unit.0, form.from_on, &facts, now).await?;
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
        let phone = phone::reveal(&mut tx, &app.keys, &caller, person.0, &form.reason, now).await?;
        tx.commit().await?;
        Ok(Json(Phone { phone }))
    }
}
