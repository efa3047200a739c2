//! Pushes as XML: strings in CDATA, numbers bare, arrays as repeated elements (wechat.md §1.4, §1.8).

use serde_json::{Map, Value};

/// The whole document. An event's `List` moves under an element named after the event.
pub(crate) fn document(push: &Value) -> String {
    let empty = Map::new();
    let fields = push.as_object().unwrap_or(&empty);
    let wrapper = fields.get("Event").and_then(Value::as_str).map(camel_case);
    let mut out = String::from("<xml>");
    for (name, value) in fields {
        match (&wrapper, name.as_str()) {
            (Some(wrapper), "List") => {
                out.extend(["<", wrapper, ">", &element(name, value), "</", wrapper, ">"]);
            }
            _ => out.push_str(&element(name, value)),
        }
    }
    out + "</xml>"
}

fn element(name: &str, value: &Value) -> String {
    let content = match value {
        Value::Array(items) => return items.iter().map(|item| element(name, item)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| element(name, value)).collect(),
        // `]]>` ends a section, so it is split between two.
        Value::String(text) => format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>")),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    };
    format!("<{name}>{content}</{name}>")
}

/// `subscribe_msg_popup_event` to `SubscribeMsgPopupEvent`.
fn camel_case(event: &str) -> String {
    event
        .split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .map(Option::unwrap_or_default)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::document;

    #[test]
    fn a_list_nests_under_its_event_and_repeats() {
        let xml = document(&json!({
            "Event": "subscribe_msg_popup_event",
            "List": [{ "PopupScene": 0, "TemplateId": "T1" }, { "TemplateId": "T]]>2" }],
        }));
        assert_eq!(
            xml,
            "<xml><Event><![CDATA[subscribe_msg_popup_event]]></Event><SubscribeMsgPopupEvent>\
             <List><PopupScene>0</PopupScene><TemplateId><![CDATA[T1]]></TemplateId></List>\
             <List><TemplateId><![CDATA[T]]]]><![CDATA[>2]]></TemplateId></List>\
             </SubscribeMsgPopupEvent></xml>"
        );
    }
}
