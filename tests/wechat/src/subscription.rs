//! What users have agreed to receive, and how they come to agree (wechat.md §1.4, §2.6, §4 E1).

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::push::Event;
use crate::state::World;

const MOST_PER_CALL: usize = 5;

/// A user's answer to the pop-up, the same for every template in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    Accept,
    Reject,
    /// With "always keep the above choices" ticked: later calls show no pop-up.
    AcceptAlways,
    RejectAlways,
}

impl Choice {
    fn accepts(self) -> bool {
        matches!(self, Self::Accept | Self::AcceptAlways)
    }

    fn word(self) -> &'static str {
        if self.accepts() { "accept" } else { "reject" }
    }
}

/// What one user has granted for one template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// One-time sends left. The platform has no call that reads this.
    pub quota: u64,
    /// The last answer given.
    pub accepted: bool,
    /// The choice kept by "always keep".
    pub kept: Option<Choice>,
}

#[derive(Default)]
pub(crate) struct Subscriptions {
    grants: HashMap<(String, String), Grant>,
    main_switch_off: HashSet<String>,
    banned_templates: HashSet<String>,
}

impl Subscriptions {
    pub fn grant(&self, openid: &str, template: &str) -> Grant {
        self.grants.get(&key(openid, template)).copied().unwrap_or_default()
    }

    /// The user's main switch for subscribe messages.
    pub fn set_main_switch(&mut self, openid: &str, on: bool) {
        if on {
            self.main_switch_off.remove(openid);
        } else {
            self.main_switch_off.insert(openid.to_owned());
        }
    }

    /// The platform's ban on a template: taps answer `ban`.
    pub fn ban_template(&mut self, template: &str) {
        self.banned_templates.insert(template.to_owned());
    }

    /// Use up one grant; false is 43101, whatever the reason.
    pub fn spend(&mut self, openid: &str, template: &str, long_term: bool) -> bool {
        if self.main_switch_off.contains(openid) {
            return false;
        }
        let Some(grant) = self.grants.get_mut(&key(openid, template)) else { return false };
        if long_term {
            return grant.accepted;
        }
        let left = grant.quota.checked_sub(1);
        grant.quota = left.unwrap_or(0);
        left.is_some()
    }
}

/// The user taps a button that calls `wx.requestSubscribeMessage`; answers what the mini-program is given.
pub(crate) fn tap(
    world: &mut World,
    openid: &str,
    templates: &[&str],
    choice: Choice,
    now: DateTime<Utc>,
) -> Value {
    if let Err((code, text)) = askable(world, openid, templates) {
        return json!({ "errMsg": format!("requestSubscribeMessage:fail {text}"), "errCode": code });
    }
    world.logins.know(openid);
    let mut result = Map::new();
    let mut asked = Vec::new();
    let mut titles = HashSet::new();
    for id in templates {
        let title = world.options.templates.iter().find(|t| t.id == *id).map(|t| t.title.clone());
        let answered = if world.subscriptions.banned_templates.contains(*id) {
            "ban"
        } else if !titles.insert(title) {
            "filter"
        } else {
            let grant = world.subscriptions.grants.entry(key(openid, id)).or_default();
            let kept = grant.kept;
            let answer = kept.unwrap_or(choice);
            if matches!(answer, Choice::AcceptAlways | Choice::RejectAlways) {
                grant.kept = Some(answer);
            }
            grant.accepted = answer.accepts();
            if answer.accepts() && (kept.is_none() || world.switches.silent_accept_counts) {
                grant.quota += 1;
            }
            if kept.is_none() {
                asked.push(json!({
                    "TemplateId": id, "SubscribeStatusString": answer.word(), "PopupScene": 0,
                }));
            }
            answer.word()
        };
        result.insert((*id).to_owned(), json!(answered));
    }
    if !asked.is_empty() {
        world.events.push_back(Event::new("subscribe_msg_popup_event", openid, asked, now));
    }
    result.insert("errMsg".to_owned(), json!("requestSubscribeMessage:ok"));
    Value::Object(result)
}

/// The user turns a template off in the settings.
pub(crate) fn unsubscribe(world: &mut World, openid: &str, template: &str, now: DateTime<Utc>) {
    let voids = world.switches.unsubscribe_voids;
    let grant = world.subscriptions.grants.entry(key(openid, template)).or_default();
    grant.accepted = false;
    grant.kept = Some(Choice::RejectAlways);
    if voids {
        grant.quota = 0;
    }
    let item = json!({ "TemplateId": template, "SubscribeStatusString": "reject" });
    world.events.push_back(Event::new("subscribe_msg_change_event", openid, vec![item], now));
}

/// The failure codes of §2.6, which are the client's and never the server's.
fn askable(world: &World, openid: &str, templates: &[&str]) -> Result<(), (i64, &'static str)> {
    if templates.is_empty() {
        return Err((10001, "tmplIds can't be empty"));
    }
    if templates.len() > MOST_PER_CALL {
        return Err((20003, "Templates count out of max bounds"));
    }
    let mut kinds = HashSet::new();
    for id in templates {
        let template = world.options.templates.iter().find(|t| t.id == *id);
        kinds.insert(
            template.ok_or((20001, "No template data return, verify the template id exist"))?.long_term,
        );
    }
    if kinds.len() > 1 {
        return Err((20002, "Templates type must be same"));
    }
    if world.subscriptions.main_switch_off.contains(openid) {
        return Err((20004, "The main switch is switched off"));
    }
    Ok(())
}

fn key(openid: &str, template: &str) -> (String, String) {
    (openid.to_owned(), template.to_owned())
}
