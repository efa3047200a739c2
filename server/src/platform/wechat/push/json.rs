//! The JSON form: flat, with `List` an object for one item and an array for more (§1.4).

use serde::Deserialize;
use serde_json::Value;

use super::super::loose::Loose;
use super::{Item, PushError, Raw};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    #[serde(default)]
    from_user_name: Loose,
    #[serde(default)]
    create_time: Loose,
    #[serde(default)]
    event: Loose,
    #[serde(default)]
    msg_id: Loose,
    encrypt: Option<String>,
    list: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Element {
    template_id: Loose,
    subscribe_status_string: Loose,
    #[serde(rename = "MsgID")]
    msg_id: Loose,
    error_code: Loose,
}

/// The items of an event known here; another event's `List` may be anything and is not looked at.
fn items(event: &str, list: Option<Value>) -> Result<Vec<Element>, PushError> {
    let list = match list.filter(|_| event.starts_with("subscribe_msg_")) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(item) => vec![item],
    };
    let element = |item| serde_json::from_value(item).map_err(|_| PushError::Malformed);
    list.into_iter().map(element).collect()
}

pub fn read(text: &str) -> Result<Raw, PushError> {
    let body: Body = serde_json::from_str(text).map_err(|_| PushError::Malformed)?;
    let items = items(&body.event.0, body.list)?.into_iter().map(|element| Item {
        template_id: element.template_id.0,
        status: element.subscribe_status_string.0,
        msg_id: element.msg_id.0,
        error_code: element.error_code.0,
    });
    Ok(Raw {
        from: body.from_user_name.0,
        create_time: body.create_time.0,
        event: body.event.0,
        msg_id: body.msg_id.0,
        encrypt: body.encrypt,
        items: items.collect(),
    })
}
