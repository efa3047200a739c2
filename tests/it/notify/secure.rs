//! The message push in secure mode, and everything somebody might send instead.

use std::sync::Arc;

use serde_json::{Value, json};
use wechat_stand_in::{Choice, PushMode, PushTarget, Seal, padded};

use super::{left, reader};
use crate::world::{APPID, Ground, Person, TEMPLATE, World};

const TOKEN: &str = "test-push-token";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const OTHER_KEY: &str = "Abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

fn listen(world: &World) {
    let target = PushTarget::new(format!("{}/wechat/push", world.base), TOKEN);
    world.wx.set_push(Some(target.sealed_with(KEY)));
    world.wx.set(|switches| {
        switches.push_mode = PushMode::Secure;
        switches.push_timeout_ms = 1_000;
    });
}

/// A world in secure mode, and somebody who allowed nothing yet.
async fn secure_world() -> (Arc<World>, Person) {
    let ground = Ground { settings: vec![("TUHE_WECHAT_PUSH_KEY", KEY)], ..Ground::default() };
    let world = World::upon("2021-10-12 09:00", ground).await;
    let person = reader(&world, 0).await;
    listen(&world);
    (world, person)
}

/// WeChat's event about an accept, which would add one to the balance.
fn popup(person: &Person) -> String {
    json!({
        "ToUserName": "gh_123456789abc", "FromUserName": person.openid,
        "CreateTime": person.world.now().timestamp(), "MsgType": "event",
        "Event": "subscribe_msg_popup_event",
        "List": { "TemplateId": TEMPLATE, "SubscribeStatusString": "accept", "PopupScene": "0" },
    })
    .to_string()
}

fn popup_xml(person: &Person, before: &str, inside: &str) -> String {
    format!(
        "{before}<xml><FromUserName>{}</FromUserName><CreateTime>{}</CreateTime><Event>subscribe_msg_popup_event\
         </Event><SubscribeMsgPopupEvent><List><TemplateId>{TEMPLATE}</TemplateId><SubscribeStatusString>accept\
         </SubscribeStatusString></List></SubscribeMsgPopupEvent>{inside}</xml>",
        person.openid,
        person.world.now().timestamp()
    )
}

/// A query with every signature right for this sealed text, at so many seconds from now.
fn signed(world: &World, seal: &Seal, encrypt: &str, off: i64) -> String {
    let (timestamp, nonce) = ((world.now().timestamp() + off).to_string(), "415670741");
    let plain = seal.signature(&timestamp, nonce, "");
    let signature = seal.signature(&timestamp, nonce, encrypt);
    format!(
        "signature={plain}&timestamp={timestamp}&nonce={nonce}&openid=o&encrypt_type=aes&msg_signature={signature}"
    )
}

fn envelope(encrypt: &str) -> String {
    json!({ "ToUserName": "gh_123456789abc", "Encrypt": encrypt }).to_string()
}

/// The same text with one letter changed, which is still base64.
fn altered(encrypt: &str, at: usize) -> String {
    let mut bytes = encrypt.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).expect("ASCII")
}

#[tokio::test]
async fn a_sealed_push_counts_in_both_formats_and_in_both_modes_that_have_one() {
    let (world, person) = secure_world().await;
    assert!(world.wx.url_check().await && !world.wx.url_check_forged().await);
    let modes = [PushMode::Secure, PushMode::Compatible];
    for (n, (mode, xml)) in modes.into_iter().flat_map(|mode| [(mode, false), (mode, true)]).enumerate() {
        world.move_to(&format!("2021-10-12 10:{n}0"));
        world.wx.set(|switches| (switches.push_mode, switches.push_xml) = (mode, xml));
        world.wx.tap(&person.openid, &[TEMPLATE], Choice::Accept);
        world.wx.pushes_settled().await;
        assert_eq!(left(&person).await, i64::try_from(n).expect("few") + 1, "{mode:?}, xml {xml}");
    }
    assert!(world.wx.pushes().iter().all(|push| push.acknowledged && push.sent.contains("Encrypt")));
}

#[tokio::test]
async fn a_repeated_push_changes_nothing_and_an_old_one_is_refused() {
    let (world, person) = secure_world().await;
    let seal = world.wx.push_seal().expect("settings");
    let encrypt = seal.seal(popup(&person).as_bytes());
    let (query, body) = (signed(&world, &seal, &encrypt, 0), envelope(&encrypt));
    for _ in 0..3 {
        assert_eq!(world.wx.push_raw(&query, &body).await.expect("an answer"), (200, "success".to_owned()));
    }
    assert_eq!(left(&person).await, 1);
    // Sealed anew, it is still the same event.
    let again = seal.seal(popup(&person).as_bytes());
    let query_again = signed(&world, &seal, &again, 1);
    assert_eq!(world.wx.push_raw(&query_again, &envelope(&again)).await.expect("an answer").0, 200);
    assert_eq!(left(&person).await, 1);
    world.move_to("2021-10-12 09:11");
    assert_eq!(world.wx.push_raw(&query, &body).await.expect("an answer").0, 403);
}

#[tokio::test]
async fn every_attack_gets_one_and_the_same_answer_and_changes_nothing() {
    let (world, person) = secure_world().await;
    let seal = world.wx.push_seal().expect("settings");
    let popup = popup(&person);
    let good = seal.seal(popup.as_bytes());
    let right = signed(&world, &seal, &good, 0);
    // Attackers, by what they do not know: the Token, the key, whose push it is.
    let without_token = Seal::new("guessed", KEY, APPID).expect("settings");
    let without_key = Seal::new(TOKEN, OTHER_KEY, APPID).expect("settings");
    let for_another = Seal::new(TOKEN, KEY, "wxtest0000000002").expect("settings");
    let mut attacks: Vec<(String, String, String)> = Vec::new();
    let mut attack = |what: &str, query: &str, body: &str| {
        attacks.push((what.to_owned(), query.to_owned(), body.to_owned()));
    };
    let body = envelope(&good);
    attack("no query", "", &body);
    attack("forged", &signed(&world, &without_token, &good, 0), &body);
    let plain_only = right.split("&openid").next().expect("a query").to_owned();
    attack("right signature, no msg_signature", &plain_only, &body);
    attack(
        "right signature, wrong msg_signature",
        &right.replace("msg_signature=", "msg_signature=0"),
        &body,
    );
    attack("upper case", &right.to_uppercase(), &body);
    attack("signed too long ago", &signed(&world, &seal, &good, -601), &body);
    attack("signed in the future", &signed(&world, &seal, &good, 601), &body);
    for name in ["signature", "msg_signature", "timestamp", "nonce"] {
        attack(&format!("{name} twice"), &format!("{right}&{name}=1"), &body);
    }
    attack("broken percent signs", &format!("{right}&nonce=%ff%"), &body);
    attack("in the clear", &plain_only, &popup);
    attack("in the clear under a seal's signature", &right, &popup);
    attack("a clear half beside a foreign seal", &right, &popup.replacen('{', r#"{"Encrypt":"AAAA","#, 1));
    for at in (0..good.len()).step_by(5) {
        attack(&format!("letter {at} altered"), &right, &envelope(&altered(&good, at)));
    }
    attack("cut short", &right, &envelope(&good[..good.len() - 4]));
    attack("cut in the middle of the body", &right, &body[..body.len() / 2]);
    attack("sealed twice over", &right, &body.replacen('{', &format!(r#"{{"Encrypt":"{good}","#), 1));
    let in_xml = format!("<xml><Encrypt>{good}</Encrypt></xml>");
    attack("two seals", &right, &in_xml.replace("</xml>", &format!("<Encrypt>{good}</Encrypt></xml>")));
    attack("an external entity", &right, &format!("<!DOCTYPE x SYSTEM \"http://127.0.0.1:1/\">{in_xml}"));
    attack("an entity", &right, &in_xml.replace("<xml>", "<xml>&bomb;"));
    for nonsense in ["", "[]", "{}", "null", "<", "<xml>", "{\"Encrypt\":{}}", "\u{0}", "{\"Encrypt\":\"\"}"]
    {
        attack(nonsense, &right, nonsense);
    }
    attack("deep", &right, &"[".repeat(100_000));
    // From here on the signature is right: who sends these has the Token.
    let mut sealed = |what: &str, encrypt: &str| {
        attacks.push((what.to_owned(), signed(&world, &seal, encrypt, 0), envelope(encrypt)));
    };
    sealed("no text", "");
    sealed("not base64", "push me");
    sealed("half a block", "AAAAAAAAAAAAAAAAAAAAAA==");
    sealed("a random block", "0123456789abcdef0123456789abcdef0123456789a=");
    sealed("under another key", &without_key.seal(popup.as_bytes()));
    sealed("for another appid", &for_another.seal(popup.as_bytes()));
    let inside = seal.inside([7; 16], popup.as_bytes());
    let whole = padded(&inside);
    let last = whole.len() - 1;
    for pad in [0, 33, 64, 255, whole[last] ^ 1] {
        let mut plain = whole.clone();
        plain[last] = pad;
        sealed(&format!("padding {pad}"), &seal.encrypt(&plain));
    }
    for length in [0, 1, u32::MAX, u32::MAX - 19, u32::try_from(popup.len()).expect("short") + 1] {
        let mut plain = whole.clone();
        plain[16..20].copy_from_slice(&length.to_be_bytes());
        sealed(&format!("length {length}"), &seal.encrypt(&plain));
    }
    sealed("truncated by a block", &seal.encrypt(&whole[..whole.len() - 32]));
    sealed("truncated at the front", &seal.encrypt(&whole[32..]));
    sealed("only padding", &seal.encrypt(&[32; 32]));
    sealed("a seal in a seal", &seal.seal(body.as_bytes()));
    sealed("nothing inside", &seal.seal(b""));
    sealed("not UTF-8 inside", &seal.seal(b"{\"FromUserName\":\"\xff\"}"));
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let external = "<!DOCTYPE x [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>";
    for (what, before, within) in [
        ("a bomb inside", bomb, "<X>&b;</X>"),
        ("an external entity inside", external, "<X>&b;</X>"),
        ("an undeclared entity inside", "", "<X>&b;</X>"),
        ("a sender twice inside", "", "<FromUserName>o</FromUserName>"),
    ] {
        sealed(what, &seal.seal(popup_xml(&person, before, within).as_bytes()));
    }
    let answer = world.wx.push_raw("", &body).await.expect("an answer");
    let problem: Value = serde_json::from_str(&answer.1).expect("JSON");
    assert_eq!((answer.0, &problem["code"]), (403, &json!("push.refused")));
    for (what, query, body) in attacks {
        assert_eq!(world.wx.push_raw(&query, &body).await.expect("an answer"), answer, "{what}");
    }
    assert_eq!(left(&person).await, 0);
    let xml = seal.seal(popup_xml(&person, "", "").as_bytes());
    let query = signed(&world, &seal, &xml, 0);
    assert_eq!(world.wx.push_raw(&query, &envelope(&xml)).await.expect("an answer").0, 200);
    assert_eq!(left(&person).await, 1, "the same without the attack counts");
}

#[tokio::test]
async fn altered_ciphertext_under_a_right_signature_is_read_or_refused_and_never_an_error_of_ours() {
    let (world, person) = secure_world().await;
    let seal = world.wx.push_seal().expect("settings");
    let good = seal.seal(popup(&person).as_bytes());
    for at in (0..good.len()).step_by(3) {
        let encrypt = altered(&good, at);
        let query = signed(&world, &seal, &encrypt, 0);
        let (status, text) = world.wx.push_raw(&query, &envelope(&encrypt)).await.expect("an answer");
        assert!(matches!(status, 200 | 403), "letter {at}: {status} {text}");
    }
}

#[tokio::test]
async fn a_huge_body_is_cut_off() {
    let (world, _person) = secure_world().await;
    let seal = world.wx.push_seal().expect("settings");
    let encrypt = seal.seal(&vec![b'x'; 300 * 1024]);
    let answer = world.wx.push_raw(&signed(&world, &seal, &encrypt, 0), &envelope(&encrypt)).await;
    assert_eq!(answer.expect("an answer").0, 413);
}

#[tokio::test]
async fn without_a_key_a_compatible_push_is_read_by_its_clear_half_and_a_sealed_one_refused() {
    let world = World::on("2021-10-12").await;
    let person = reader(&world, 0).await;
    listen(&world);
    world.wx.set(|switches| (switches.push_mode, switches.push_retry) = (PushMode::Compatible, false));
    world.wx.tap(&person.openid, &[TEMPLATE], Choice::Accept);
    world.wx.pushes_settled().await;
    assert_eq!(left(&person).await, 1);
    world.move_to("2021-10-12 09:10");
    world.wx.set(|switches| switches.push_mode = PushMode::Secure);
    world.wx.tap(&person.openid, &[TEMPLATE], Choice::Accept);
    world.wx.pushes_settled().await;
    assert_eq!(left(&person).await, 1);
    assert_eq!(world.wx.pushes().last().expect("a push").attempts[0].status, Some(403));
}
