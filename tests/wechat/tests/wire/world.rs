//! A stand-in with a frozen clock, and a plain HTTP client to talk to it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use wechat_stand_in::{Levers, Limits, Options, PushTarget, StandIn, Template, endpoint};

pub const APPID: &str = "wx1111111111111111";
pub const SECRET: &str = "secret-of-wx1";
pub const DUTY: &str = "TPL-DUTY";
pub const NOTICE: &str = "TPL-NOTICE";
pub const LI: &str = "openid-li";

pub struct World {
    pub wx: StandIn,
    pub http: reqwest::Client,
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options {
            appid: APPID.to_owned(),
            secret: SECRET.to_owned(),
            templates: vec![
                Template::one_time(DUTY, &["thing1", "date2", "phrase3"]),
                Template::one_time(NOTICE, &["character_string1"]).long_term(),
            ],
            pages: vec!["pages/duty/index".to_owned()],
            limits: Limits::default(),
            ..Options::default()
        };
        change(&mut options);
        let wx = StandIn::start(options).await.unwrap();
        wx.freeze(at("2021-10-10T00:31:00Z"));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { wx, http }
    }

    /// With events pushed to `url`.
    pub async fn pushing_to(url: &str) -> Self {
        let target = PushTarget::new(url, "AAAAA");
        Self::with(|options| options.push = Some(target)).await
    }

    pub fn url(&self, path: &str) -> String {
        self.wx.base_url() + path
    }

    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        json_of(self.http.get(self.url(path)).query(query)).await.unwrap()
    }

    pub async fn post(&self, path: &str, query: &[(&str, &str)], body: &Value) -> Value {
        json_of(self.http.post(self.url(path)).query(query).json(body)).await.unwrap()
    }

    pub async fn stable(&self, force: bool) -> Value {
        let body = json!({
            "grant_type": "client_credential", "appid": APPID, "secret": SECRET, "force_refresh": force,
        });
        self.post(endpoint::STABLE_TOKEN, &[], &body).await
    }

    pub async fn legacy(&self) -> Value {
        let query = [("grant_type", "client_credential"), ("appid", APPID), ("secret", SECRET)];
        self.get(endpoint::LEGACY_TOKEN, &query).await
    }

    pub async fn token(&self) -> String {
        text(&self.stable(false).await, "access_token")
    }

    pub async fn log_in(&self, code: &str) -> Value {
        let query =
            [("appid", APPID), ("secret", SECRET), ("js_code", code), ("grant_type", "authorization_code")];
        self.get(endpoint::LOGIN, &query).await
    }

    /// Send with a token of our own; a transport failure is an error.
    pub async fn try_send(&self, body: &Value) -> reqwest::Result<Value> {
        let token = self.token().await;
        let query = [("access_token", token.as_str())];
        json_of(self.http.post(self.url(endpoint::SEND)).query(&query).json(body)).await
    }

    pub async fn send(&self, body: &Value) -> Value {
        self.try_send(body).await.unwrap()
    }
}

async fn json_of(request: reqwest::RequestBuilder) -> reqwest::Result<Value> {
    request.send().await?.json().await
}

/// A duty notice that breaks no rule.
pub fn duty_to(openid: &str) -> Value {
    json!({
        "touser": openid, "template_id": DUTY, "page": "pages/duty/index?id=7",
        "miniprogram_state": "formal", "lang": "zh_CN",
        "data": {
            "thing1": { "value": "主题党日" },
            "date2": { "value": "2021-10-10 08:30" },
            "phrase3": { "value": "待办" },
        },
    })
}

pub fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

pub fn pass(wx: &Levers, seconds: i64) {
    wx.advance(TimeDelta::seconds(seconds));
}

/// The answer's number, 0 when it has none.
pub fn errcode(answer: &Value) -> i64 {
    answer.get("errcode").map_or(0, |code| code.as_i64().unwrap())
}

pub fn text(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("no {field} in {answer}")).to_owned()
}
