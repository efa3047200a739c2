use super::*;

const POPUP_XML: &str = "<xml><ToUserName><![CDATA[gh_123456789abc]]></ToUserName><FromUserName><![CDATA[OPENID]]></FromUserName>
<CreateTime>1610969440</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[subscribe_msg_popup_event]]></Event>
<SubscribeMsgPopupEvent><List><TemplateId><![CDATA[T1]]></TemplateId><SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString><PopupScene>0</PopupScene></List>
<List><TemplateId><![CDATA[T2]]></TemplateId><SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString><PopupScene>0</PopupScene></List></SubscribeMsgPopupEvent></xml>";

const POPUP_JSON: &str = r#"{"ToUserName":"gh_123456789abc","FromUserName":"OPENID","CreateTime":1610969440,"MsgType":"event",
"Event":"subscribe_msg_popup_event","Unheard":{"of":[1]},"List":[
{"TemplateId":"T1","SubscribeStatusString":"accept","PopupScene":"0"},
{"TemplateId":"T2","SubscribeStatusString":"reject","PopupScene":0,"New":null}]}"#;

const SENT_JSON: &str = r#"{"ToUserName":"gh_123456789abc","FromUserName":"OPENID","CreateTime":"1620963428","MsgType":"event",
 "Event":"subscribe_msg_sent_event","List":{"TemplateId":"T1","MsgID":"1864323726461255680","ErrorCode":"0","ErrorStatus":"success"}}"#;

/// A push in the clear.
fn parse(body: &[u8]) -> Result<Push, PushError> {
    read(body)?.into_push()
}

fn second(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("instant")
}

/// An XML push of one event with the given inside.
fn xml(event: &str, inside: &str) -> String {
    format!(
        "<xml><FromUserName><![CDATA[O]]></FromUserName><CreateTime>1610969440</CreateTime>\
         <Event><![CDATA[{event}]]></Event>{inside}</xml>"
    )
}

#[test]
fn the_same_popup_in_both_formats_is_the_same_push() {
    let from_xml = parse(POPUP_XML.as_bytes()).expect("xml");
    let from_json = parse(POPUP_JSON.as_bytes()).expect("json");
    assert_eq!(from_xml, from_json);
    let at = second(1_610_969_440);
    assert_eq!(from_xml.openid, "OPENID");
    assert_eq!(from_xml.created_at, at);
    let choice = |template_id: &str, accepted| Choice { template_id: template_id.into(), accepted, at };
    assert_eq!(from_xml.event, PushEvent::Popup(vec![choice("T1", true), choice("T2", false)]));
    assert!(!format!("{from_xml:?}").contains("OPENID"));
}

#[test]
fn a_rejection_in_the_settings() {
    let push = parse(
        xml(
            "subscribe_msg_change_event",
            "<SubscribeMsgChangeEvent><List><TemplateId><![CDATA[T1]]></TemplateId><SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString></List></SubscribeMsgChangeEvent>",
        )
        .as_bytes(),
    )
    .expect("push");
    let choice = Choice { template_id: "T1".into(), accepted: false, at: second(1_610_969_440) };
    assert_eq!(push.event, PushEvent::Change(vec![choice]));
}

#[test]
fn the_final_word_on_a_send_keeps_all_64_bits_of_its_id() {
    let delivery = |msgid| Delivery { template_id: "T1".into(), msgid, error_code: 0 };
    let json = parse(SENT_JSON.as_bytes()).expect("json");
    assert_eq!(json.event, PushEvent::Sent(vec![delivery(1_864_323_726_461_255_680)]));
    assert_eq!(json.created_at, second(1_620_963_428));
    let numbers = SENT_JSON.replace("\"1864323726461255680\"", "1864323726461255680").replace("\"0\"", "0");
    assert_eq!(parse(numbers.as_bytes()).expect("numbers"), json);
    let xml = xml(
        "subscribe_msg_sent_event",
        "<SubscribeMsgSentEvent><List><TemplateId><![CDATA[T1]]></TemplateId><MsgID>1700827132819554304</MsgID><ErrorCode>0</ErrorCode><ErrorStatus><![CDATA[success]]></ErrorStatus></List></SubscribeMsgSentEvent>",
    );
    assert_eq!(
        parse(xml.as_bytes()).expect("xml").event,
        PushEvent::Sent(vec![delivery(1_700_827_132_819_554_304)])
    );
}

#[test]
fn other_events_are_let_through() {
    let demo = r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714037059,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#;
    assert_eq!(parse(demo.as_bytes()).expect("demo").event, PushEvent::Other);
    let list = r#"{"FromUserName":"O","CreateTime":1,"Event":"of_next_year","List":["a",1]}"#;
    assert_eq!(parse(list.as_bytes()).expect("list").event, PushEvent::Other);
    let message = "<xml><FromUserName>O</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType>\
                   <Content>a &amp; b &#65; <![CDATA[<x>]]></Content><Empty/></xml>";
    assert_eq!(parse(message.as_bytes()).expect("message").event, PushEvent::Other);
}

#[test]
fn a_repeat_has_the_same_key_and_a_neighbour_in_the_same_second_another() {
    let key = |text: &str| parse(text.as_bytes()).expect("push").dedupe;
    assert_eq!(key(SENT_JSON), key(&format!("\u{feff} {SENT_JSON}\n")));
    let neighbours = [
        SENT_JSON.replace("1864323726461255680", "1864323726461255681"),
        SENT_JSON.replace("OPENID", "OPENIE"),
        SENT_JSON.replace("1620963428", "1620963429"),
        SENT_JSON.replace("\"T1\"", "\"T2\""),
        SENT_JSON.replace("\"0\"", "\"1\""),
        SENT_JSON.replace("_sent_", "_popup_"),
        SENT_JSON.replace("\"MsgType\"", "\"MsgId\":\"7\",\"MsgType\""),
    ];
    let mut keys: Vec<_> = neighbours.iter().map(|text| key(text)).collect();
    keys.push(key(SENT_JSON));
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), neighbours.len() + 1);
}

#[test]
fn what_is_refused() {
    let bomb = "<!DOCTYPE xml [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><xml><FromUserName>&b;</FromUserName></xml>";
    let entity = xml("x", "<Foo>&xxe;</Foo>");
    let deep = xml("x", &("<a>".repeat(20) + &"</a>".repeat(20)));
    let twice = xml("x", "<FromUserName>P</FromUserName>");
    let table: [(&str, PushError); 20] = [
        (bomb, PushError::Forbidden),
        (&entity, PushError::Forbidden),
        ("<xml><ToUserName>g</ToUserName><Encrypt><![CDATA[abc]]></Encrypt></xml>", PushError::Malformed),
        (r#"{"ToUserName":"g","Encrypt":"abc"}"#, PushError::Malformed),
        (&twice, PushError::Malformed),
        (r#"{"FromUserName":"O","FromUserName":"P","CreateTime":1}"#, PushError::Malformed),
        (&deep, PushError::Malformed),
        ("", PushError::Malformed),
        ("[]", PushError::Malformed),
        ("{}", PushError::Malformed),
        ("<xml></xml>", PushError::Malformed),
        ("<html></html>", PushError::Malformed),
        ("<xml><FromUserName>O</FromUserName>", PushError::Malformed),
        ("<xml></xml><xml></xml>", PushError::Malformed),
        (
            r#"{"FromUserName":"O","CreateTime":1,"Event":"subscribe_msg_popup_event","List":"T"}"#,
            PushError::Malformed,
        ),
        (r#"{"FromUserName":"O","CreateTime":"soon"}"#, PushError::Malformed),
        (r#"{"FromUserName":"O","CreateTime":99999999999999999}"#, PushError::Malformed),
        (r#"{"CreateTime":1}"#, PushError::Malformed),
        (
            r#"{"FromUserName":"O","CreateTime":1,"Event":"subscribe_msg_popup_event","List":[{}]}"#,
            PushError::Malformed,
        ),
        (
            r#"{"FromUserName":"O","CreateTime":1,"Event":"subscribe_msg_sent_event","List":{"TemplateId":"T","MsgID":"-1","ErrorCode":0}}"#,
            PushError::Malformed,
        ),
    ];
    for (body, expected) in table {
        assert_eq!(parse(body.as_bytes()), Err(expected), "{body}");
    }
    assert_eq!(parse(b"<xml>\xff</xml>"), Err(PushError::Malformed));
}
