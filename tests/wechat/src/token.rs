//! Access tokens, stable and legacy, each a line of its own (wechat.md §1.2, §4 B).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::answer::{Refusal, Reply, Success};
use crate::api::Call;
use crate::counter::{PerDay, PerMinute};
use crate::login::check_app;
use crate::state::World;

const LIFETIME: TimeDelta = TimeDelta::seconds(7200);
/// A replaced token works on for this long, and a stable one is replaced this long before its end.
const OVERLAP: TimeDelta = TimeDelta::seconds(300);
const FORCE_INTERVAL: TimeDelta = TimeDelta::seconds(30);
/// Enough to tell an outdated token from garbage.
const REMEMBERED: usize = 200;

struct Issued {
    value: String,
    expires_at: DateTime<Utc>,
    /// Set when a newer token took its place, or a script cut its life short: 40001 from then on.
    void_at: Option<DateTime<Utc>>,
}

impl Issued {
    fn status(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        match self.void_at {
            Some(at) if at <= now => {
                Err(Refusal::new(40001, "invalid credential, access_token is invalid or not latest"))
            }
            // A replaced token works for the full five minutes, even past its own end.
            None if self.expires_at <= now => Err(Refusal::new(42001, "access_token expired")),
            _ => Ok(()),
        }
    }
}

/// The tokens of one endpoint, the newest last.
#[derive(Default)]
struct Line(Vec<Issued>);

impl Line {
    fn issue(&mut self, now: DateTime<Utc>) -> &Issued {
        if let Some(former) = self.0.last_mut()
            && former.expires_at > now
        {
            let end = now + OVERLAP;
            former.void_at = Some(former.void_at.map_or(end, |at| at.min(end)));
        }
        if self.0.len() >= REMEMBERED {
            self.0.remove(0);
        }
        let bytes: [u8; 32] = rand::random();
        let more: [u8; 32] = rand::random();
        let value = format!("99_{}{}", hex::encode(bytes), hex::encode(more));
        self.0.push(Issued { value, expires_at: now + LIFETIME, void_at: None });
        &self.0[self.0.len() - 1]
    }

    /// The newest token, if it has more than the overlap to live.
    fn current(&self, now: DateTime<Utc>) -> Option<&Issued> {
        self.0.last().filter(|t| t.status(now).is_ok() && t.expires_at - now > OVERLAP)
    }

    /// Every token that lives on only in its overlap dies now.
    fn end_overlaps(&mut self, now: DateTime<Utc>) {
        for token in &mut self.0 {
            token.void_at = token.void_at.map(|at| at.min(now));
        }
    }
}

/// The state of both endpoints.
#[derive(Default)]
pub(crate) struct Tokens {
    stable: Line,
    legacy: Line,
    last_forced: Option<DateTime<Utc>>,
    stable_minute: PerMinute,
    stable_day: PerDay,
    forced_day: PerDay,
    legacy_day: PerDay,
}

impl Tokens {
    /// May this token be used now? 41001, 40014, 40001 and 42001 follow from what was issued (§4 B5).
    pub fn check(&self, token: Option<&str>, now: DateTime<Utc>) -> Result<(), Refusal> {
        let token = token.ok_or_else(|| Refusal::new(41001, "access_token missing"))?;
        let mut issued = self.stable.0.iter().chain(&self.legacy.0).rev();
        let issued = issued.find(|issued| issued.value == token);
        issued.ok_or_else(|| Refusal::new(40014, "invalid access_token"))?.status(now)
    }

    /// The newest tokens answer 40001 from `at` on, as after someone else's refresh (§4 B5).
    pub fn die_at(&mut self, at: DateTime<Utc>) {
        for line in [&mut self.stable, &mut self.legacy] {
            if let Some(token) = line.0.last_mut() {
                token.void_at = Some(at);
            }
        }
    }
}

/// `POST /cgi-bin/stable_token`
pub(crate) fn stable(world: &mut World, call: &Call, now: DateTime<Utc>) -> Reply {
    let body = call.posted()?;
    let force = body.get("force_refresh").and_then(Value::as_bool).unwrap_or(false);
    check_grant_type(call.field("grant_type"))?;
    check_app(&world.options, call.field("appid"), call.field("secret"))?;
    let limits = &world.options.limits;
    let tokens = &mut world.tokens;
    if !tokens.stable_minute.admit(now, limits.stable_token_per_minute) {
        return Err(minute_quota());
    }
    if !tokens.stable_day.admit(now, limits.stable_token_per_day) {
        return Err(Refusal::new(45009, "reach max api daily quota limit"));
    }
    if force && tokens.last_forced.is_none_or(|at| now - at >= FORCE_INTERVAL) {
        if !tokens.forced_day.admit(now, limits.forced_token_per_day) {
            return Err(Refusal::new(45009, "reach max api daily quota limit"));
        }
        tokens.last_forced = Some(now);
        // Hence two forced calls kill a leaked token at once, and one alone leaves it its overlap.
        tokens.stable.end_overlaps(now);
        return Ok(grant(tokens.stable.issue(now), now));
    }
    if let Some(current) = tokens.stable.current(now) {
        return Ok(grant(current, now));
    }
    Ok(grant(tokens.stable.issue(now), now))
}

/// `GET /cgi-bin/token`: every call issues anew and voids the former.
pub(crate) fn legacy(world: &mut World, call: &Call, now: DateTime<Utc>) -> Reply {
    check_grant_type(call.query("grant_type"))?;
    check_app(&world.options, call.query("appid"), call.query("secret"))?;
    let tokens = &mut world.tokens;
    if !tokens.legacy_day.admit(now, world.options.limits.legacy_token_per_day) {
        return Err(Refusal::new(
            45009,
            "reach max api daily quota limit, could get access_token by getStableAccessToken, \
             more details at https://mmbizurl.cn/s/JtxxFh33r",
        ));
    }
    tokens.legacy.end_overlaps(now);
    Ok(grant(tokens.legacy.issue(now), now))
}

pub(crate) fn minute_quota() -> Refusal {
    Refusal::new(45011, "api minute-quota reach limit mustslower retry next minute")
}

fn check_grant_type(grant_type: Option<&str>) -> Result<(), Refusal> {
    match grant_type {
        Some("client_credential") => Ok(()),
        _ => Err(Refusal::new(40002, "invalid grant_type")),
    }
}

fn grant(token: &Issued, now: DateTime<Utc>) -> Success {
    let seconds = (token.expires_at - now).num_seconds();
    Success::bare(json!({ "access_token": token.value, "expires_in": seconds }))
}
