use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use serde_json::json;

use super::helpers::{self, Helper};
use super::visibility::{self, Seen};
use super::{Me, sql};
use crate::edge::local;
use crate::error::{ApiError, ApiResult};
use crate::identity::{self, Auth};
use crate::ids::{PersonId, SessionId};
use crate::platform::clock;
use crate::tags::Tag;
use crate::{App, audit};

pub struct Api;

/// 关于
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct About {
    product: String,
    version: String,
    /// 主办单位
    sponsor: Option<String>,
    /// 备案号
    filing_number: Option<String>,
    /// The office's phone, for anybody.
    help_phone: Option<String>,
    /// 试用: no sponsor or no filing number yet.
    trial: bool,
}

/// 登录设备
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct Device {
    session: SessionId,
    /// What the person called it; may be empty.
    name: String,
    started_at: DateTime<FixedOffset>,
    /// When it last asked for anything, where that is known.
    last_used_at: Option<DateTime<FixedOffset>>,
    /// The device this is asked from.
    this: bool,
}

#[derive(Object)]
struct LoggedOut {
    /// Sessions ended: 0 if it had ended before.
    sessions: u64,
}

/// Whom I may call.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct Helpers {
    helpers: Vec<Helper>,
    /// The office's phone, for anybody.
    office_phone: Option<String>,
}

#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct HelperPhone {
    /// Absent where no number is known.
    phone: Option<String>,
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Identity")]
impl Api {
    /// What this product is and who answers for it. Needs no login.
    #[oai(path = "/about", method = "get", operation_id = "about")]
    async fn about(&self, app: Data<&App>) -> Json<About> {
        let about = &app.config.about;
        Json(About {
            product: "图河六项".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            sponsor: about.sponsor.clone(),
            filing_number: about.filing_number.clone(),
            help_phone: about.help_phone.clone(),
            trial: about.is_trial(),
        })
    }

    /// Who I am here, which posts I hold today over which units, and what I may do.
    #[oai(path = "/me", method = "get", operation_id = "me")]
    async fn me(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Me>> {
        let (caller, today) = (auth.0, clock::today(app.clock.now()));
        let row = sql::own(&app.db, caller.town, caller.person, today).await?;
        Ok(Json(Me::new(caller, row.ok_or_else(ApiError::not_found)?)))
    }

    /// The devices I am logged in on.
    #[oai(path = "/me/devices", method = "get", operation_id = "devices")]
    async fn devices(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Vec<Device>>> {
        let (caller, now) = (auth.0, app.clock.now());
        let devices = identity::devices(&app, &caller, now).await?.into_iter().map(|device| Device {
            session: device.session,
            name: device.name,
            started_at: local(device.started_at),
            last_used_at: device.last_used_at.map(local),
            this: device.session == caller.session,
        });
        Ok(Json(devices.collect()))
    }

    /// Log out on one of my devices.
    #[oai(path = "/me/devices/:session/logout", method = "post", operation_id = "logout_device")]
    async fn logout_device(
        &self,
        auth: Auth,
        app: Data<&App>,
        session: Path<SessionId>,
    ) -> ApiResult<Json<LoggedOut>> {
        let (caller, now) = (auth.0, app.clock.now());
        let mut tx = app.db.begin().await?;
        let sessions = identity::revoke_one(&mut tx, caller.town, caller.person, session.0, now).await?;
        let entry = audit::Entry {
            town: caller.town,
            actor: Some(caller.person),
            action: "identity.device_logged_out",
            subject_kind: "session",
            subject: Some(session.0.0),
            facts: &json!({ "sessions": sessions }),
        };
        audit::record(&mut tx, entry, now).await?;
        tx.commit().await?;
        Ok(Json(LoggedOut { sessions }))
    }

    /// Who can see what of mine, by name.
    #[oai(path = "/me/visibility", method = "get", operation_id = "visibility")]
    async fn visibility(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Vec<Seen>>> {
        let (caller, today) = (auth.0, clock::today(app.clock.now()));
        let rows = sql::holders(&app.db, caller.town, caller.person, today).await?;
        Ok(Json(visibility::of(&caller, rows)))
    }

    /// Whom I may call for help.
    #[oai(path = "/me/helpers", method = "get", operation_id = "helpers")]
    async fn helpers(&self, auth: Auth, app: Data<&App>) -> ApiResult<Json<Helpers>> {
        let (caller, today) = (auth.0, clock::today(app.clock.now()));
        let rows = sql::helpers(&app.db, caller.town, caller.person, today).await?;
        Ok(Json(Helpers {
            helpers: rows.into_iter().map(Helper::from).collect(),
            office_phone: app.config.about.help_phone.clone(),
        }))
    }

    /// The number of one of my helpers. No reason is asked, and the reading is logged.
    #[oai(path = "/me/helpers/:person/phone", method = "post", operation_id = "helper_phone")]
    async fn helper_phone(
        &self,
        auth: Auth,
        app: Data<&App>,
        person: Path<PersonId>,
    ) -> ApiResult<Json<HelperPhone>> {
        let caller = auth.0;
        let mut tx = app.db.begin().await?;
        let phone = helpers::phone(&app, &mut tx, &caller, person.0).await?;
        tx.commit().await?;
        Ok(Json(HelperPhone { phone }))
    }
}
