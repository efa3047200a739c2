//! Sending a subscribe message: every check in the order of the model, then the grant, then the inbox
//! (wechat.md §1.4, §4 E2, E3, E5).

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::answer::{Refusal, Reply, Success};
use crate::api::Call;
use crate::push::Event;
use crate::state::World;
use crate::template::Template;
use crate::token::minute_quota;
use crate::values;

/// Real ids pass 2^53, so a client that reads them as a float loses digits.
const FIRST_MSGID: u64 = 1_864_323_726_461_255_680;
/// Where the old 47003 text was seen to stop: `data.character_string1.value i`.
const CUT_AT: usize = 30;

/// A message as its receiver sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    pub openid: String,
    pub template_id: String,
    pub page: Option<String>,
    /// Keyword to value, such as `thing1` to its text.
    pub data: BTreeMap<String, String>,
    pub miniprogram_state: String,
    pub lang: String,
    /// Virtual time of the send.
    pub at: DateTime<Utc>,
    pub msgid: u64,
}

/// How often a user was written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SendCount {
    /// Requests that named this openid, whatever became of them.
    pub calls: u64,
    /// Those that used up a grant.
    pub accepted: u64,
}

/// Delivered messages and send counts.
#[derive(Default)]
pub(crate) struct Outbox {
    pub delivered: VecDeque<Message>,
    pub counts: BTreeMap<String, SendCount>,
    last_msgid: u64,
}

impl Outbox {
    fn next_msgid(&mut self) -> u64 {
        self.last_msgid = self.last_msgid.max(FIRST_MSGID) + 1 + u64::from(rand::random::<u16>());
        self.last_msgid
    }
}

/// `POST /cgi-bin/message/subscribe/send`
pub(crate) fn send(world: &mut World, call: &Call, now: DateTime<Utc>) -> Reply {
    let body = call.posted()?;
    if call.overlapping {
        return Err(Refusal::new(43108, "Cannot make concurrent calls to the same OpenID, please try again"));
    }
    let id = call.field("template_id").unwrap_or_default();
    let template = world.options.templates.iter().find(|t| t.id == id);
    let template = template.ok_or_else(|| Refusal::new(40037, "invalid template_id"))?;
    let openid = call.field("touser").filter(|openid| world.logins.knows(openid));
    let openid = openid.ok_or_else(|| Refusal::new(40003, "invalid openid"))?;
    let page = released_page(world, body)?;
    let state = one_of(body, "miniprogram_state", &["formal", "trial", "developer"])?;
    let lang = one_of(body, "lang", &["zh_CN", "en_US", "zh_HK", "zh_TW"])?;
    let data = rendered(template, body.get("data"), world.switches.cut_argument_error)?;
    if data.values().any(|value| world.banned_words.iter().any(|word| value.contains(word.as_str()))) {
        return Err(Refusal::new(45168, "keyword in blacklist"));
    }
    let limits = &world.options.limits;
    if !world.sends_today.admit(now, limits.send_per_day) {
        return Err(Refusal::new(45009, "reach max api daily quota limit"));
    }
    if !world.sends_this_minute.admit(now, limits.send_per_minute) {
        return Err(minute_quota());
    }
    if !world.subscriptions.spend(openid, &template.id, template.long_term) {
        return Err(Refusal::new(43101, "user refuse to accept the msg"));
    }
    let message = Message {
        openid: openid.to_owned(),
        template_id: template.id.clone(),
        page,
        data,
        miniprogram_state: state,
        lang,
        at: now,
        msgid: world.messages.next_msgid(),
    };
    let msgid = message.msgid;
    deliver(world, message, now);
    Ok(Success::with_errcode(json!({ "msgid": msgid })))
}

fn deliver(world: &mut World, message: Message, now: DateTime<Utc>) {
    let failed = world.switches.sent_event_fails;
    world.messages.counts.entry(message.openid.clone()).or_default().accepted += 1;
    if world.switches.sent_event {
        // The number and the word of a failure are the model's; the documents name only success.
        let (code, status) = if failed { (-1, "system error") } else { (0, "success") };
        let item = json!({
            "TemplateId": message.template_id, "MsgID": message.msgid.to_string(),
            "ErrorCode": code, "ErrorStatus": status,
        });
        world.events.push_back(Event::new("subscribe_msg_sent_event", &message.openid, vec![item], now));
    }
    if !failed {
        let delivered = &mut world.messages.delivered;
        delivered.push_back(message);
        if delivered.len() > world.options.inbox_limit {
            delivered.pop_front();
        }
    }
}

fn released_page(world: &World, body: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    let page = match body.get("page") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(page)) if page.is_empty() => return Ok(None),
        Some(page) => page.as_str().unwrap_or_default(),
    };
    let path = page.split_once('?').map_or(page, |(path, _)| path);
    if world.options.pages.iter().any(|released| released == path) {
        return Ok(Some(page.to_owned()));
    }
    Err(Refusal::new(41030, "invalid page"))
}

/// An optional field that takes a few words only; the first is the default.
fn one_of(body: &Map<String, Value>, field: &str, words: &[&str]) -> Result<String, Refusal> {
    let given = match body.get(field) {
        None => words[0],
        Some(value) => value.as_str().unwrap_or_default(),
    };
    if words.contains(&given) {
        return Ok(given.to_owned());
    }
    Err(Refusal::new(47003, format!("argument invalid! {field} invalid")))
}

/// The template's keywords with their values, or 47003 naming the first that does not fit.
fn rendered(
    template: &Template,
    data: Option<&Value>,
    cut: bool,
) -> Result<BTreeMap<String, String>, Refusal> {
    // Data encoded twice arrives as a string, in which no keyword is found: the first counts as empty.
    let data = data.and_then(Value::as_object);
    let mut values = BTreeMap::new();
    for keyword in &template.keywords {
        let value = data.and_then(|data| data.get(&keyword.name)).and_then(|slot| slot.get("value"));
        let text = match value {
            None | Some(Value::Null) => "",
            Some(value) => value.as_str().ok_or_else(|| argument(&keyword.name, "invalid", cut))?,
        };
        values::check(keyword, text).map_err(|fault| match fault {
            values::Fault::Empty => argument(&keyword.name, "is empty", cut),
            values::Fault::Invalid => argument(&keyword.name, "invalid", cut),
        })?;
        values.insert(keyword.name.clone(), text.to_owned());
    }
    // A keyword the template lacks is the caller's mistake; refusing it is the stricter model.
    match data.and_then(|data| data.keys().find(|key| !values.contains_key(*key))) {
        Some(stray) => Err(argument(stray, "invalid", cut)),
        None => Ok(values),
    }
}

fn argument(keyword: &str, what: &str, cut: bool) -> Refusal {
    let field = format!("data.{keyword}.value {what}");
    if cut {
        return Refusal::new(47003, field.chars().take(CUT_AT).collect::<String>());
    }
    Refusal::new(47003, format!("argument invalid! {field}"))
}
