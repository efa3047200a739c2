use std::time::Duration;

use chrono::{DateTime, FixedOffset, Utc};
use poem::Request;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::json;

use super::{Auth, bind, desk, desk_code, login, session, sql};
use crate::edge::Done;
use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, TownId};
use crate::platform::limit::Rate;
use crate::tags::Tag;
use crate::{App, audit, edge};

/// A village shares one address, so this is loose.
const PER_ADDRESS: Rate = Rate { burst: 60, per: Duration::from_mins(1) };
/// Wrong codes from one WeChat identity.
const PER_OPENID: Rate = Rate { burst: 6, per: Duration::from_mins(10) };

pub struct Api;

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct LoginForm {
    /// The code `wx.login` gave.
    #[oai(validator(max_length = 200))]
    code: String,
    /// The town to enter, for a person of several; the newest binding otherwise.
    town: Option<TownId>,
    /// What the person calls this device, e.g. its model.
    #[oai(default, validator(max_length = 60))]
    device: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct BindForm {
    /// A fresh code `wx.login` gave.
    #[oai(validator(max_length = 200))]
    code: String,
    /// The ten characters the office handed out.
    #[oai(validator(max_length = 64))]
    bind_code: String,
    #[oai(default, validator(max_length = 60))]
    device: String,
}

/// A session begun.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct Entered {
    /// Send as `Authorization: Bearer …`. Absent when the WeChat identity is not bound anywhere yet.
    token: Option<String>,
    memberships: Vec<Membership>,
}

#[derive(Object)]
struct Membership {
    town_id: TownId,
    town_name: String,
    person_id: PersonId,
    person_name: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct TownForm {
    town: TownId,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct DeskForm {
    /// The eight digits on the desk's screen.
    #[oai(validator(max_length = 20))]
    code: String,
}

#[derive(Object)]
struct IssuedCode {
    /// Shown once, to be read to the person.
    code: String,
    expires_at: DateTime<FixedOffset>,
}

#[derive(Object)]
struct Ended {
    /// Sessions ended.
    sessions: u64,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Identity")]
impl Api {
    /// Log in with a WeChat code. A repeat of the same code within five minutes logs in again.
    #[oai(path = "/login", method = "post", operation_id = "login")]
    async fn login(
        &self,
        app: Data<&App>,
        request: &Request,
        form: Json<LoginForm>,
    ) -> ApiResult<Json<Entered>> {
        let now = app.clock.now();
        limit_address(&app, request, now).await?;
        let openid = login::openid(&app, &form.code).await?;
        let mut tx = app.db.begin().await?;
        let memberships = sql::memberships(&mut tx, &app.config.wechat.appid, &openid).await?;
        let chosen = match form.town {
            Some(town) => {
                Some(memberships.iter().find(|m| m.town_id == town.0).ok_or_else(ApiError::not_found)?)
            }
            None => memberships.first(),
        };
        let token = match chosen {
            Some(to) => {
                let (town, person) = (TownId(to.town_id), PersonId(to.person_id));
                let token = session::start(&mut tx, town, person, &form.device, now).await?;
                log(&mut tx, town, person, "identity.logged_in", now).await?;
                Some(token)
            }
            None => None,
        };
        tx.commit().await?;
        Ok(Json(Entered { token, memberships: memberships.into_iter().map(Membership::from).collect() }))
    }

    /// Bind this WeChat identity to a person of the roster with a one-time code, and log in.
    #[oai(path = "/bind", method = "post", operation_id = "bind")]
    async fn bind(
        &self,
        app: Data<&App>,
        request: &Request,
        form: Json<BindForm>,
    ) -> ApiResult<Json<Entered>> {
        let now = app.clock.now();
        limit_address(&app, request, now).await?;
        let openid = login::openid(&app, &form.code).await?;
        app.limiter.take(&format!("bind:{openid}"), PER_OPENID, now).await.map_err(ApiError::too_many)?;
        let mut tx = app.db.begin().await?;
        let (town, person) = bind::redeem(&app, &mut tx, &openid, &form.bind_code, now).await?;
        let token = session::start(&mut tx, town, person, &form.device, now).await?;
        let memberships = sql::memberships(&mut tx, &app.config.wechat.appid, &openid).await?;
        tx.commit().await?;
        Ok(Json(Entered {
            token: Some(token),
            memberships: memberships.into_iter().map(Membership::from).collect(),
        }))
    }

    /// Enter another town in which the same WeChat identity is bound; the present session ends.
    #[oai(path = "/me/town", method = "post", operation_id = "switch_town")]
    async fn switch_town(
        &self,
        auth: Auth,
        app: Data<&App>,
        form: Json<TownForm>,
    ) -> ApiResult<Json<Entered>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let openid =
            sql::openid_of(&mut tx, caller.town, caller.person).await?.ok_or_else(ApiError::not_found)?;
        let memberships = sql::memberships(&mut tx, &app.config.wechat.appid, &openid).await?;
        let to = memberships.iter().find(|m| m.town_id == form.town.0).ok_or_else(ApiError::not_found)?;
        let (town, person) = (TownId(to.town_id), PersonId(to.person_id));
        sql::revoke_sessions(&mut tx, caller.town, caller.person, Some(caller.session), false, now).await?;
        let token = session::start(&mut tx, town, person, "", now).await?;
        log(&mut tx, town, person, "identity.entered_town", now).await?;
        tx.commit().await?;
        Ok(Json(Entered {
            token: Some(token),
            memberships: memberships.into_iter().map(Membership::from).collect(),
        }))
    }

    /// Say that the desk showing this code is mine: it is logged in as me for a working day.
    #[oai(path = "/me/desk", method = "post", operation_id = "confirm_desk")]
    async fn confirm_desk(&self, auth: Auth, app: Data<&App>, form: Json<DeskForm>) -> ApiResult<Json<Done>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        desk::confirm(&mut tx, &app, &caller, &form.code, now).await?;
        tx.commit().await?;
        Ok(Json(Done::yes()))
    }

    /// Log out on this device.
    #[oai(path = "/logout", method = "post", operation_id = "logout")]
    async fn logout(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Ended>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let sessions =
            sql::revoke_sessions(&mut tx, caller.town, caller.person, Some(caller.session), true, now)
                .await?;
        log(&mut tx, caller.town, caller.person, "identity.logged_out", now).await?;
        tx.commit().await?;
        Ok(Json(Ended { sessions }))
    }

    /// Log out on every device.
    #[oai(path = "/logout/all", method = "post", operation_id = "logout_all")]
    async fn logout_all(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Ended>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let sessions = session::revoke_all(&mut tx, caller.town, caller.person, now).await?;
        log(&mut tx, caller.town, caller.person, "identity.logged_out_everywhere", now).await?;
        tx.commit().await?;
        Ok(Json(Ended { sessions }))
    }

    /// Issue a binding code: the office for anyone, a branch secretary for the own branch, a committee member for the
    /// mobile members linked to them. A code still open for the person is cancelled.
    #[oai(path = "/people/:person/bind-code", method = "post", operation_id = "issue_bind_code")]
    async fn issue_bind_code(
        &self,
        auth: Auth,
        app: Data<&App>,
        person: Path<PersonId>,
    ) -> ApiResult<Json<IssuedCode>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let issued = bind::issue(&mut tx, &app, &caller, person.0, now).await?;
        tx.commit().await?;
        Ok(Json(IssuedCode { code: issued.code, expires_at: edge::local(issued.expires_at) }))
    }

    /// Make a one-time code with which a person of the town's offices logs in at a desk without a phone. A code still open
    /// for the person is cancelled.
    #[oai(path = "/people/:person/desk-code", method = "post", operation_id = "issue_desk_code")]
    async fn issue_desk_code(
        &self,
        auth: Auth,
        app: Data<&App>,
        person: Path<PersonId>,
    ) -> ApiResult<Json<IssuedCode>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let issued = desk_code::issue(&mut tx, &app, &caller, person.0, now).await?;
        tx.commit().await?;
        Ok(Json(IssuedCode { code: issued.code, expires_at: edge::local(issued.expires_at) }))
    }
}

async fn limit_address(app: &App, request: &Request, now: DateTime<Utc>) -> ApiResult<()> {
    let address = edge::client_address(request, &app.config.trusted_proxies);
    app.limiter.take(&format!("address:{address}"), PER_ADDRESS, now).await.map_err(ApiError::too_many)
}

async fn log(
    tx: &mut sqlx::PgConnection,
    town: TownId,
    person: PersonId,
    action: &'static str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let facts = json!({});
    let entry = audit::Entry {
        town,
        actor: Some(person),
        action,
        subject_kind: "person",
        subject: Some(person.0),
        facts: &facts,
    };
    audit::record(tx, entry, now).await
}

impl From<sql::Membership> for Membership {
    fn from(row: sql::Membership) -> Self {
        Self {
            town_id: TownId(row.town_id),
            town_name: row.town_name,
            person_id: PersonId(row.person_id),
            person_name: row.person_name,
        }
    }
}
