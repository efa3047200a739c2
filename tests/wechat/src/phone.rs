//! Phone numbers by code, from a code space of its own (wechat.md §1.3, §4 D).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::answer::{Refusal, Reply, Success};
use crate::api::Call;
use crate::levers::Phone;
use crate::login::CODE_LIFETIME;
use crate::state::World;

struct Code {
    openid: String,
    phone: Phone,
    expires_at: DateTime<Utc>,
    used: bool,
}

#[derive(Default)]
pub(crate) struct Phones(HashMap<String, Code>);

impl Phones {
    /// What the phone-number button does on a phone: a fresh code, 64 hex digits.
    pub fn mint(&mut self, openid: &str, phone: Phone, now: DateTime<Utc>) -> String {
        let code = hex::encode(rand::random::<[u8; 32]>());
        let expires_at = now + CODE_LIFETIME;
        self.0.insert(code.clone(), Code { openid: openid.to_owned(), phone, expires_at, used: false });
        code
    }

    /// Whose code this is, for fault rules that name a user.
    pub fn owner(&self, code: &str) -> Option<&str> {
        self.0.get(code).map(|code| code.openid.as_str())
    }
}

/// `POST /wxa/business/getuserphonenumber`
pub(crate) fn number(world: &mut World, call: &Call, now: DateTime<Utc>) -> Reply {
    call.posted()?;
    let invalid = || Refusal::new(40029, "invalid code");
    let code = call.field("code").and_then(|code| world.phones.0.get_mut(code)).ok_or_else(invalid)?;
    let someone_else = call.field("openid").is_some_and(|openid| openid != code.openid);
    if code.used || code.expires_at <= now || someone_else {
        return Err(invalid());
    }
    code.used = true;
    let phone = &code.phone;
    let full =
        if phone.country == 86 { phone.number.clone() } else { format!("{}{}", phone.country, phone.number) };
    let country = if world.switches.country_code_as_number {
        Value::from(phone.country)
    } else {
        Value::from(phone.country.to_string())
    };
    Ok(Success::with_errcode(json!({
        "phone_info": {
            "phoneNumber": full,
            "purePhoneNumber": phone.number,
            "countryCode": country,
            "watermark": { "timestamp": now.timestamp(), "appid": world.options.appid },
        }
    })))
}
