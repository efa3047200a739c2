//! How answers look, whatever they say (wechat.md §1.0, §4 A1, A2), and the journal.

use serde_json::json;
use wechat_stand_in::{SuccessStyle, SuffixStyle, endpoint};

use crate::world::{APPID, LI, SECRET, World, errcode, text};

async fn content_type(world: &World, path: &str) -> (u16, String) {
    let answer = world.http.get(world.url(path)).send().await.unwrap();
    (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap().to_owned())
}

#[tokio::test]
async fn errors_are_http_200_and_login_is_plain_text() {
    let world = World::new().await;
    assert_eq!(content_type(&world, endpoint::LOGIN).await, (200, "text/plain".to_owned()));
    let (status, kind) = content_type(&world, endpoint::LEGACY_TOKEN).await;
    assert_eq!(status, 200);
    assert!(kind.starts_with("application/json"));
    world.wx.set(|switches| switches.plain_text_everywhere = true);
    assert_eq!(content_type(&world, endpoint::LEGACY_TOKEN).await.1, "text/plain");
}

#[tokio::test]
async fn error_texts_end_in_each_of_the_known_ways() {
    let world = World::new().await;
    let seconds = format!("{:08x}-", world.wx.now().timestamp());
    let cases = [
        (SuffixStyle::Rid, format!("invalid code, rid: {seconds}"), ""),
        (SuffixStyle::Hint, "invalid code, hint: [".to_owned(), "]"),
        (SuffixStyle::HintsReqId, "invalid code, hints: [ req_id: ".to_owned(), " ]"),
        (SuffixStyle::HintRid, "invalid code, hint: [".to_owned(), ""),
    ];
    for (style, start, end) in cases {
        world.wx.set(|switches| switches.suffix = style);
        let message = text(&world.log_in("made-up").await, "errmsg");
        assert!(message.starts_with(&start) && message.ends_with(end), "{message}");
    }
}

#[tokio::test]
async fn success_carries_errcode_or_not_by_switch() {
    let world = World::new().await;
    let token = world.token().await;
    let list = [("access_token", token.as_str())];
    assert_eq!(world.get(endpoint::TEMPLATES, &list).await["errcode"], 0);
    world.wx.set(|switches| switches.success = SuccessStyle::Never);
    assert!(world.get(endpoint::TEMPLATES, &list).await.get("errcode").is_none());
    world.wx.set(|switches| switches.success = SuccessStyle::Always);
    let answer = world.stable(false).await;
    assert_eq!((&answer["errcode"], &answer["errmsg"]), (&json!(0), &json!("ok")));
}

#[tokio::test]
async fn bodies_are_json_in_plain_utf8() {
    let world = World::new().await;
    let token = world.token().await;
    let url = world.url(endpoint::SEND) + "?access_token=" + &token;
    for (body, expected) in
        [("", 44002), ("{\"touser\":", 47001), ("touser=openid-li", 47001), (r#"{"touser":"\u674e"}"#, 47002)]
    {
        let answer = world.http.post(&url).body(body).send().await.unwrap();
        assert_eq!(errcode(&answer.json().await.unwrap()), expected, "{body}");
    }
    let answer = world.http.get(&url).send().await.unwrap();
    assert_eq!(errcode(&answer.json().await.unwrap()), 43002);
}

#[tokio::test]
async fn an_unknown_api_is_unauthorized() {
    let world = World::new().await;
    assert_eq!(errcode(&world.get("/cgi-bin/message/bizsend", &[]).await), 48001);
}

#[tokio::test]
async fn the_journal_keeps_every_request_with_its_secrets() {
    let world = World::new().await;
    let code = world.wx.login_code(LI);
    world.log_in(&code).await;
    world.log_in(&code).await;
    world.stable(true).await;
    let journal = world.wx.journal();
    assert_eq!(journal.iter().map(|e| e.number).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(journal.iter().map(|e| e.errcode).collect::<Vec<_>>(), [Some(0), Some(40163), Some(0)]);
    assert_eq!((&journal[0].query["secret"], &journal[0].query["js_code"]), (&SECRET.to_owned(), &code));
    assert_eq!(journal[0].virtual_at, world.wx.now());
    assert_eq!((&journal[2].body["appid"], &journal[2].body["force_refresh"]), (&json!(APPID), &json!(true)));
    assert_eq!(world.wx.journal_of("jscode2session", 1).len(), 1);
    world.wx.clear_journal();
    assert!(world.wx.journal().is_empty());
}

#[tokio::test]
async fn a_full_journal_forgets_the_oldest() {
    let world = World::with(|options| options.journal_limit = 2).await;
    for _ in 0..3 {
        world.legacy().await;
    }
    assert_eq!(world.wx.journal().iter().map(|e| e.number).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn many_calls_share_one_connection() {
    let world = World::new().await;
    let stream = tokio::net::TcpStream::connect(world.wx.base_url().trim_start_matches("http://")).await;
    let mut stream = stream.unwrap();
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    // Two requests in one packet, the first with a body.
    let body = r#"{"grant_type":"client_credential"}"#;
    let two = format!(
        "POST /cgi-bin/stable_token HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{body}\
         GET /cgi-bin/token HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(two.as_bytes()).await.unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2);
    assert!(answers.contains("41002") && answers.contains("40002"), "{answers}");
}
