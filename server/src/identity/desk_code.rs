//! 一次性登录码: the way to a desk for who has no phone at hand. The office makes one for a named person with a post of the
//! town, reads it out, and ten minutes later it opens nothing. Who made it for whom stands on the log.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::bind::{fresh, normalise};
use super::{Caller, desk, sql, sql_desk_code};
use crate::App;
use crate::access::{self, Action};
use crate::audit;
use crate::error::{ApiError, ApiResult};
use crate::ids::{PersonId, SessionId, TownId};
use crate::org::Role;
use crate::platform::clock;
use crate::platform::keys::{Keys, random};
use crate::platform::limit::Rate;

const LIFE: TimeDelta = TimeDelta::minutes(10);
const PER_ISSUER: Rate = Rate { burst: 20, per: std::time::Duration::from_mins(10) };
/// Codes typed at one address: an office shares one.
const PER_ADDRESS: Rate = Rate { burst: 10, per: std::time::Duration::from_mins(10) };

/// A code as it is read to a person, once.
pub struct DeskCode {
    pub code: String,
    pub expires_at: DateTime<Utc>,
}

/// The caller, of the office, makes a code for a person with a post of the town.
pub async fn issue(
    tx: &mut PgConnection,
    app: &App,
    caller: &Caller,
    person: PersonId,
    now: DateTime<Utc>,
) -> ApiResult<DeskCode> {
    access::check_town(caller, Action::IssueDeskCode)?;
    let key = format!("desk-code:{}", caller.person);
    app.limiter.take(&key, PER_ISSUER, now).await.map_err(ApiError::too_many)?;
    sql::person(tx, caller.town, person).await?.ok_or_else(ApiError::not_found)?;
    let roles = sql_desk_code::roles(tx, caller.town, person, clock::today(now)).await?;
    if !roles.iter().filter_map(|name| Role::parse(name)).any(Role::is_of_the_office) {
        return Err(ApiError::refused(
            "identity.no_office_post",
            "一次性登录码只发给在镇里任职的人,村里的人请用手机登录。",
        ));
    }
    issue_code(tx, &app.keys, caller.town, person, Some(caller.person), now).await
}

/// Makes a code for `person`; one still open is cancelled by it.
pub async fn issue_code(
    tx: &mut PgConnection,
    keys: &Keys,
    town: TownId,
    person: PersonId,
    by: Option<PersonId>,
    now: DateTime<Utc>,
) -> ApiResult<DeskCode> {
    let (code, expires_at) = (fresh(), now + LIFE);
    sql::lock_person(tx, town, person).await?;
    sql_desk_code::cancel(tx, town, person, now).await?;
    sql_desk_code::insert(tx, town, Uuid::now_v7(), person, &hash(keys, &code), by, now, expires_at).await?;
    let entry = audit::Entry {
        town,
        actor: by,
        action: "identity.desk_code_issued",
        subject_kind: "person",
        subject: Some(person.0),
        facts: &json!({}),
    };
    audit::record(tx, entry, now).await?;
    Ok(DeskCode { code, expires_at })
}

/// A desk that a code has opened.
pub struct Opened {
    pub token: String,
    pub town: TownId,
    pub person: PersonId,
    pub session: SessionId,
    /// Who made the code: a colleague, or whoever minds the server.
    pub by: String,
}

/// Uses a code up and opens the desk. Its name in the list of devices says who made the code.
pub async fn redeem(
    tx: &mut PgConnection,
    app: &App,
    typed: &str,
    address: &str,
    now: DateTime<Utc>,
) -> ApiResult<Opened> {
    let key = format!("desk-code-typed:{address}");
    app.limiter.take(&key, PER_ADDRESS, now).await.map_err(ApiError::too_many)?;
    let used = sql_desk_code::redeem(tx, &hash(&app.keys, &normalise(typed)), now).await?;
    let used = used.ok_or_else(|| {
        ApiError::refused("identity.desk_code_invalid", "登录码不对、已用过或已过期,请向党建办再要一个。")
    })?;
    let (town, person) = (TownId(used.town_id), PersonId(used.person_id));
    let by = used.issuer.unwrap_or_else(|| "服务器管理员".to_owned());
    let device = format!("{}(由 {by} 开通)", desk::DEVICE);
    let (token, session) = (BASE64_URL_SAFE_NO_PAD.encode(random()), SessionId::new());
    let until = now + desk::LIFE;
    sql::insert_session(tx, town, session, person, &super::hash_of(&token), &device, now, until).await?;
    let entry = audit::Entry {
        town,
        actor: Some(person),
        action: "identity.desk_logged_in_by_code",
        subject_kind: "session",
        subject: Some(session.0),
        facts: &json!({ "issued_by": used.issued_by }),
    };
    audit::record(tx, entry, now).await?;
    Ok(Opened { token, town, person, session, by })
}

/// Not the hash of a binding code of the same letters: neither opens what the other does.
fn hash(keys: &Keys, code: &str) -> Vec<u8> {
    keys.code_hash(&format!("desk/{code}"))
}
