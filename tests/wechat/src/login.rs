//! Login codes and their exchange (wechat.md §1.1, §4 C1, C3).

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sha1::{Digest as _, Sha1};

use crate::answer::{Refusal, Reply, Success};
use crate::api::Call;
use crate::counter::PerMinute;
use crate::options::Options;
use crate::state::World;
use crate::token::minute_quota;

/// Login codes and phone codes alike live this long.
pub(crate) const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(5);

struct Code {
    appid: String,
    openid: String,
    session_key: String,
    expires_at: DateTime<Utc>,
    used: bool,
}

#[derive(Default)]
pub(crate) struct Logins {
    codes: HashMap<String, Code>,
    users: HashSet<String>,
    blocked: HashSet<String>,
    per_user: HashMap<String, PerMinute>,
}

impl Logins {
    /// The openid names a user of this mini-program.
    pub fn know(&mut self, openid: &str) {
        self.users.insert(openid.to_owned());
    }

    pub fn knows(&self, openid: &str) -> bool {
        self.users.contains(openid)
    }

    /// Whether the platform holds this user to be high-risk (40226).
    pub fn set_blocked(&mut self, openid: &str, blocked: bool) {
        if blocked {
            self.blocked.insert(openid.to_owned());
        } else {
            self.blocked.remove(openid);
        }
    }

    /// Whose code this is, for fault rules that name a user.
    pub fn owner(&self, code: &str) -> Option<&str> {
        self.codes.get(code).map(|code| code.openid.as_str())
    }
}

/// What `wx.login` does on a phone: a fresh code for this user, perhaps with a new session key.
pub(crate) fn mint(world: &mut World, appid: &str, openid: &str, now: DateTime<Utc>) -> String {
    world.logins.know(openid);
    let session_key = world.sessions.on_login(openid, world.switches.rotate_session_key);
    let code = format!("0{}", hex::encode(rand::random::<[u8; 16]>()));
    let expires_at = now + CODE_LIFETIME;
    let minted =
        Code { appid: appid.to_owned(), openid: openid.to_owned(), session_key, expires_at, used: false };
    world.logins.codes.insert(code.clone(), minted);
    code
}

/// `GET /sns/jscode2session`
pub(crate) fn exchange(world: &mut World, call: &Call, now: DateTime<Utc>) -> Reply {
    check_app(&world.options, call.query("appid"), call.query("secret"))?;
    if call.query("grant_type") != Some("authorization_code") {
        return Err(Refusal::new(40002, "invalid grant_type,"));
    }
    // The comma stands in the platform's own texts: "invalid code, rid: …".
    let invalid = || Refusal::new(40029, "invalid code,");
    let logins = &mut world.logins;
    let code = call.query("js_code").and_then(|code| logins.codes.get_mut(code)).ok_or_else(invalid)?;
    if code.appid != world.options.appid {
        return Err(invalid());
    }
    let calls = logins.per_user.entry(code.openid.clone()).or_default();
    if !calls.admit(now, world.options.limits.login_per_user_minute) {
        return Err(minute_quota());
    }
    if code.used {
        return Err(Refusal::new(40163, "code been used,"));
    }
    if code.expires_at <= now {
        return Err(invalid());
    }
    if logins.blocked.contains(&code.openid) {
        return Err(Refusal::new(40226, "code blocked"));
    }
    code.used = true;
    let mut fields = json!({ "openid": code.openid, "session_key": code.session_key });
    if world.switches.unionid {
        fields["unionid"] = json!(unionid(&code.openid));
    }
    Ok(Success::bare(fields))
}

/// The credentials that both token endpoints and login ask for (wechat.md §1.2, error list).
pub(crate) fn check_app(options: &Options, appid: Option<&str>, secret: Option<&str>) -> Result<(), Refusal> {
    let appid = appid.ok_or_else(|| Refusal::new(41002, "appid missing,"))?;
    if appid != options.appid {
        return Err(Refusal::new(40013, "invalid appid"));
    }
    let secret = secret.ok_or_else(|| Refusal::new(41004, "appsecret missing,"))?;
    if secret != options.secret {
        return Err(Refusal::new(40125, "invalid appsecret"));
    }
    Ok(())
}

/// The same for the same user at every login, and as long as real ones.
fn unionid(openid: &str) -> String {
    let digest = hex::encode(Sha1::digest(openid.as_bytes()));
    format!("o{}", &digest[..27])
}
