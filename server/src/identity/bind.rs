//! Binding a WeChat identity to a person of the roster by a one-time code: 10 characters, 7 days, single use.

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Caller, sql};
use crate::App;
use crate::access::{self, Action};
use crate::audit;
use crate::error::{ApiError, ApiResult, OnConstraint};
use crate::ids::{PersonId, TownId};
use crate::org;
use crate::platform::clock;
use crate::platform::keys::Keys;
use crate::platform::limit::Rate;

/// No 0/O, 1/I/L: a code is read aloud over the phone. 31 characters, ten of them: 49 bits.
const ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const LENGTH: usize = 10;
const LIFE: TimeDelta = TimeDelta::days(7);
const PER_ISSUER: Rate = Rate { burst: 60, per: std::time::Duration::from_mins(10) };

/// A code as it is handed to a person, once.
pub struct BindCode {
    pub code: String,
    pub expires_at: DateTime<Utc>,
}

/// Issues a code for a person the caller may bind: the office anyone, a secretary the own branch, a committee member the
/// mobile members linked to them.
pub async fn issue(
    tx: &mut PgConnection,
    app: &App,
    caller: &Caller,
    person: PersonId,
    now: DateTime<Utc>,
) -> ApiResult<BindCode> {
    let key = format!("code:{}", caller.person);
    app.limiter.take(&key, PER_ISSUER, now).await.map_err(ApiError::too_many)?;
    let row = sql::person(tx, caller.town, person).await?.ok_or_else(ApiError::not_found)?;
    let paths = org::person_paths(tx, caller.town, person, clock::today(now)).await?;
    let linked = row.contact_id == Some(caller.person.0);
    access::check_person(caller, Action::IssueBindCode, &paths, linked)?;
    issue_code(tx, &app.keys, caller.town, person, Some(caller.person), now).await
}

/// Issues a code for `person`; one still open is cancelled by it.
pub async fn issue_code(
    tx: &mut PgConnection,
    keys: &Keys,
    town: TownId,
    person: PersonId,
    by: Option<PersonId>,
    now: DateTime<Utc>,
) -> ApiResult<BindCode> {
    let code = fresh();
    let expires_at = now + LIFE;
    sql::lock_person(tx, town, person).await?;
    sql::cancel_codes(tx, town, person, now).await?;
    sql::insert_code(tx, town, Uuid::now_v7(), person, &keys.code_hash(&code), by, now, expires_at).await?;
    let facts = json!({});
    let entry = audit::Entry {
        town,
        actor: by,
        action: "identity.code_issued",
        subject_kind: "person",
        subject: Some(person.0),
        facts: &facts,
    };
    audit::record(tx, entry, now).await?;
    Ok(BindCode { code, expires_at })
}

/// Uses up a code and binds the openid to its person. Binding anew replaces the person's former phone and ends its
/// sessions; a WeChat identity that is another person of the same town is refused.
pub(super) async fn redeem(
    app: &App,
    tx: &mut PgConnection,
    openid: &str,
    typed: &str,
    now: DateTime<Utc>,
) -> ApiResult<(TownId, PersonId)> {
    let hash = app.keys.code_hash(&normalise(typed));
    let code = sql::use_code(tx, &hash, now).await?.ok_or_else(|| {
        ApiError::refused("identity.bind_code_invalid", "绑定码不对、已用过或已过期,请向发码的人再要一个。")
    })?;
    bind_openid(app, tx, code.town, code.person, openid, now).await?;
    Ok((code.town, code.person))
}

/// Binds a WeChat identity to a person.
pub async fn bind_openid(
    app: &App,
    tx: &mut PgConnection,
    town: TownId,
    person: PersonId,
    openid: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let former = sql::unbind_person(tx, town, person, openid, now).await?;
    if former > 0 {
        sql::revoke_sessions(tx, town, person, None, false, now).await?;
    }
    sql::insert_binding(tx, town, Uuid::now_v7(), person, &app.config.wechat.appid, openid, now)
        .await
        .on_constraint("binding_openid_once", || {
            ApiError::conflict("identity.openid_taken", "这个微信已经绑定了本镇的另一个人,请联系镇党建办。")
        })?;
    let facts = json!({ "replaced": former > 0 });
    let entry = audit::Entry {
        town,
        actor: Some(person),
        action: "identity.bound",
        subject_kind: "person",
        subject: Some(person.0),
        facts: &facts,
    };
    audit::record(tx, entry, now).await
}

pub(super) fn fresh() -> String {
    let mut rng = rand::rng();
    (0..LENGTH).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect()
}

/// As people type it: small letters, spaces and dashes are forgiven.
pub(super) fn normalise(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_being_read_aloud() {
        let code = fresh();
        assert_eq!(code.len(), 10);
        let spoken = format!(" {} - {} ", code[..5].to_lowercase(), &code[5..]);
        assert_eq!(normalise(&spoken), code);
    }
}
