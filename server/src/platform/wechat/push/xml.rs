//! The XML form: fields under `<xml>`, items as `<List>` under one element named for the event (§1.4).
//!
//! Read event by event, because nothing may be expanded: a document type or an entity of its own ends the reading.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::{Item, PushError, Raw};

/// `xml` / wrapper / `List` / field is four deep; other events nest a little more.
const MAX_DEPTH: usize = 8;

pub fn read(text: &str) -> Result<Raw, PushError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut raw = Raw::default();
    let mut path: Vec<String> = Vec::new();
    let mut content = String::new();
    let mut has_root = false;
    loop {
        match reader.read_event().map_err(|_| PushError::Malformed)? {
            Event::Start(start) => {
                let name =
                    std::str::from_utf8(start.name().as_ref()).map_err(|_| PushError::Malformed)?.to_owned();
                let is_second_root = path.is_empty() && has_root;
                if path.len() == MAX_DEPTH || is_second_root || (path.is_empty() && name != "xml") {
                    return Err(PushError::Malformed);
                }
                has_root = true;
                path.push(name);
                content.clear();
                if is_item(&path) {
                    raw.items.push(Item::default());
                }
            }
            Event::Text(part) => content.push_str(&part.decode().map_err(|_| PushError::Malformed)?),
            Event::CData(part) => content.push_str(&part.decode().map_err(|_| PushError::Malformed)?),
            Event::GeneralRef(reference) => {
                let name = reference.decode().map_err(|_| PushError::Malformed)?;
                let known = match reference.resolve_char_ref() {
                    Ok(Some(c)) => Some(c),
                    _ => predefined(&name),
                };
                content.push(known.ok_or(PushError::Forbidden)?);
            }
            Event::End(_) => {
                field(&mut raw, &path, content.trim())?;
                content.clear();
                path.pop();
            }
            Event::DocType(_) => return Err(PushError::Forbidden),
            Event::Eof if has_root && path.is_empty() => return Ok(raw),
            Event::Eof => return Err(PushError::Malformed),
            _ => {}
        }
    }
}

/// `xml` / the event's element / `List`.
fn is_item(path: &[String]) -> bool {
    matches!(path, [_, _, list] if list == "List")
}

/// A field that comes twice is refused: which of the two is meant would be the reader's choice.
fn field(raw: &mut Raw, path: &[String], text: &str) -> Result<(), PushError> {
    let target = match path {
        [_, name] => match name.as_str() {
            "FromUserName" => &mut raw.from,
            "CreateTime" => &mut raw.create_time,
            "Event" => &mut raw.event,
            "MsgId" => &mut raw.msg_id,
            "Encrypt" => raw.encrypt.get_or_insert_default(),
            _ => return Ok(()),
        },
        [_, _, list, name] if list == "List" => {
            let Some(item) = raw.items.last_mut() else { return Ok(()) };
            match name.as_str() {
                "TemplateId" => &mut item.template_id,
                "SubscribeStatusString" => &mut item.status,
                "MsgID" => &mut item.msg_id,
                "ErrorCode" => &mut item.error_code,
                _ => return Ok(()),
            }
        }
        _ => return Ok(()),
    };
    if !target.is_empty() {
        return Err(PushError::Malformed);
    }
    text.clone_into(target);
    Ok(())
}

/// The five XML defines itself.
fn predefined(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}
