use super::super::PushEvent;
use super::*;

const APPID: &str = "wxba5fad812f8e6fb9";
/// The published secure push (§1.8).
const QUERY: &str = "signature=6c5c811b55cc85e0e1b54100749188c20beb3f5d&timestamp=1714112445&nonce=415670741&openid=o9AgO5Kd5ggOC-bXrbNODIiE3bGY&encrypt_type=aes&msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3";
const ENCRYPT: &str = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";
/// The published plain push.
const PLAIN_QUERY: &str =
    "signature=899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp=1714037059&nonce=486452656";
const PLAIN: &str = r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714037059,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#;

fn gate(key: Option<Key>) -> Gate {
    Gate { token: "AAAAA".into(), key, appid: APPID.into() }
}

fn secure() -> Gate {
    gate(Key::read(&"A".repeat(43)))
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("instant")
}

fn json() -> String {
    serde_json::json!({ "ToUserName": "gh_97417a04a28d", "Encrypt": ENCRYPT }).to_string()
}

fn xml() -> String {
    format!(
        "<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><Encrypt><![CDATA[{ENCRYPT}]]></Encrypt></xml>"
    )
}

#[test]
fn the_published_secure_push_is_read_in_both_envelopes() {
    for body in [json(), xml()] {
        let push = secure().admit(QUERY, body.as_bytes(), at(1_714_112_445)).expect("admitted");
        assert_eq!(push.openid, "o9AgO5Kd5ggOC-bXrbNODIiE3bGY");
        assert_eq!((push.created_at, push.event), (at(1_714_112_445), PushEvent::Other));
    }
}

#[test]
fn the_published_plain_push_and_url_check_are_read() {
    let plain = gate(None);
    assert!(plain.admit(PLAIN_QUERY, PLAIN.as_bytes(), at(1_714_037_059)).is_ok());
    let check = "signature=f464b24fc39322e44b38aa78f5edd27bd1441696&timestamp=1714036504&nonce=1514711492&echostr=4375120948345356249";
    // The address is checked the same way whatever the mode.
    for gate in [plain, secure()] {
        assert_eq!(gate.echo(check, at(1_714_036_504)), Ok("4375120948345356249".into()));
        assert_eq!(gate.echo(&check.replace("f464", "f465"), at(1_714_036_504)), Err(PushError::Signature));
        assert_eq!(gate.echo(check, at(1_714_036_504 + 601)), Err(PushError::Stale));
    }
}

#[test]
fn of_a_compatible_push_the_sealed_half_is_believed_where_there_is_a_key_and_the_clear_half_where_there_is_none()
 {
    let both = PLAIN.replace('{', &format!(r#"{{"Encrypt":"{ENCRYPT}","#)).replace("hello", "goodbye");
    let sealed = secure().admit(QUERY, both.as_bytes(), at(1_714_112_445)).expect("admitted");
    assert_eq!(sealed.created_at, at(1_714_112_445), "from inside the seal");
    let clear = gate(None).admit(QUERY, both.as_bytes(), at(1_714_112_445)).expect("admitted");
    assert_eq!(clear.created_at, at(1_714_037_059), "from outside");
}

#[test]
fn what_is_refused_and_why() {
    let now = at(1_714_112_445);
    let (json, xml) = (json(), xml());
    let twice = |name: &str| format!("{QUERY}&{name}=1");
    let other = ENCRYPT.replacen('q', "r", 1);
    let table: Vec<(&str, String, String, PushError)> = vec![
        (
            "right signature only",
            QUERY.replace("msg_signature=046e", "msg_signature=046f"),
            json.clone(),
            PushError::Signature,
        ),
        ("no msg_signature", QUERY.replace("msg_signature", "m"), json.clone(), PushError::Signature),
        (
            "the plain signature as msg_signature",
            QUERY.replace(
                "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
                "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
            ),
            json.clone(),
            PushError::Signature,
        ),
        ("other sealed text", QUERY.into(), json.replace(ENCRYPT, &other), PushError::Signature),
        ("other nonce", QUERY.replace("415670741", "415670742"), json.clone(), PushError::Signature),
        ("other time", QUERY.replace("1714112445", "1714112446"), json.clone(), PushError::Signature),
        ("nothing signed", String::new(), json.clone(), PushError::Signature),
        ("msg_signature twice", twice("msg_signature"), json.clone(), PushError::Query),
        ("timestamp twice", twice("timestamp"), json.clone(), PushError::Query),
        ("nonce twice, the same", format!("{QUERY}&nonce=415670741"), json.clone(), PushError::Query),
        ("in the clear", PLAIN_QUERY.into(), PLAIN.into(), PushError::Plain),
        ("an array", QUERY.into(), format!("[{json}]"), PushError::Malformed),
        (
            "sealed twice",
            QUERY.into(),
            format!(r#"{{"Encrypt":"{ENCRYPT}","Encrypt":"{ENCRYPT}"}}"#),
            PushError::Malformed,
        ),
        (
            "sealed twice, in XML",
            QUERY.into(),
            format!("<xml><Encrypt>{other}</Encrypt><Encrypt>{ENCRYPT}</Encrypt></xml>"),
            PushError::Malformed,
        ),
        ("a number", QUERY.into(), r#"{"Encrypt":1}"#.into(), PushError::Malformed),
        ("nothing", QUERY.into(), String::new(), PushError::Malformed),
        ("a document type", QUERY.into(), format!("<!DOCTYPE xml>{xml}"), PushError::Forbidden),
    ];
    for (what, query, body, why) in table {
        assert_eq!(secure().admit(&query, body.as_bytes(), now), Err(why), "{what}");
    }
    for off in [-601, 601] {
        assert_eq!(
            secure().admit(QUERY, json.as_bytes(), at(1_714_112_445 + off)),
            Err(PushError::Stale),
            "{off}"
        );
    }
    let foreign = Gate { appid: "wxba5fad812f8e6fb8".into(), ..secure() };
    assert_eq!(foreign.admit(QUERY, json.as_bytes(), now), Err(PushError::Seal));
    assert_eq!(gate(None).admit(QUERY, json.as_bytes(), now), Err(PushError::Encrypted), "no key to open it");
    let nobody = Gate { token: "".into(), ..secure() };
    assert_eq!(nobody.admit(QUERY, json.as_bytes(), now), Err(PushError::Signature));
}
