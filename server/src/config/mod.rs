//! Configuration: one struct, read once at start from an optional TOML file and the environment, every problem
//! reported at once. Lists and rules live in the database, not here (design D20).

mod photos;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

pub use photos::{Photos, S3};

use crate::platform::wechat::push::Key;

/// Every key, with its default and one line of help; `.env.sample` is checked against this list.
pub const KEYS: &[(&str, &str, &str)] = &[
    ("TUHE_LISTEN", "127.0.0.1:8094", "监听地址和端口;端口写 0 由系统分配"),
    ("TUHE_PUBLIC_URL", "", "对外网址,如 https://tuhe.example.cn;不填则按来访的地址"),
    ("TUHE_VAR", "var", "数据目录:照片、密钥、自带的 PostgreSQL 和 Redis"),
    ("DATABASE_URL", "", "PostgreSQL 地址;不填则在数据目录里自带一个"),
    ("REDIS_URL", "", "Redis 地址;不填则在数据目录里自带一个"),
    ("TUHE_REDIS_PREFIX", "tuhe:", "Redis 键的前缀;同一 Redis 上有多套部署时改它"),
    ("TUHE_DB_CONNECTIONS", "16", "本进程最多占用的数据库连接数"),
    ("TUHE_MAX_CONNECTIONS", "2000", "同时接受的客户端连接数"),
    ("TUHE_MAX_REQUESTS", "256", "同时处理的请求数,超出的立即答复 503"),
    ("TUHE_MAX_UPLOADS", "64", "同时接收的照片上传数,超出的立即答复 503"),
    ("TUHE_UPLOAD_SECONDS", "150", "一次上传最多用的秒数;信号太慢、超过它的请重传"),
    ("TUHE_TRUSTED_PROXIES", "", "可信的反向代理地址,逗号分隔;只有它们的 X-Forwarded-For 才被采信"),
    ("TUHE_WECHAT_BASE_URL", "https://api.weixin.qq.com", "微信接口地址"),
    ("TUHE_WECHAT_APPID", "", "小程序 appid"),
    ("TUHE_WECHAT_SECRET", "", "小程序 secret"),
    ("TUHE_WECHAT_PUSH_TOKEN", "", "消息推送的 Token;不填则不接收推送"),
    ("TUHE_WECHAT_PUSH_KEY", "", "消息推送的 EncodingAESKey;填了就只收加密的推送(安全模式或兼容模式)"),
    ("TUHE_WECHAT_TEMPLATE", "", "订阅消息模板 id;不填则只在站内提醒"),
    ("TUHE_WECHAT_FIELDS", "what=thing1,due=date2,note=thing3", "模板里三个字段的名字:事项、截止日期、备注"),
    ("TUHE_WECHAT_STATE", "formal", "跳转的小程序版本:formal、trial 或 developer"),
    ("TUHE_SENDS_IN_FLIGHT", "8", "同时在途的微信发送数;进程被杀时最多有这么多条结果不明"),
    ("TUHE_SENDS_PER_SECOND", "0", "每个小程序每秒最多发多少条微信消息,各进程合计;0 为不限"),
    (
        "TUHE_RESEND_LAST_CREDIT",
        "off",
        "on:结果不明的发送若用掉了最后一次授权,就再发一次,微信拒收即视为已送达(只用于一次性订阅模板);off:只保留待查",
    ),
    (
        "TUHE_SMS_URL",
        "",
        "短信网关的地址(https);不填则不发短信。只在微信送不到、事情今天到期或已过期时发,每人每天最多一条",
    ),
    ("TUHE_SMS_KEY_ID", "", "短信网关分配的密钥编号"),
    ("TUHE_SMS_SECRET", "", "短信网关的密钥,用来给每个请求签名;至少 16 个字符"),
    ("TUHE_PHOTO_MAX_BYTES", "26214400", "单张照片的字节上限"),
    ("TUHE_TOWN_PHOTO_GB", "200", "一个镇的照片最多占多少 GB(十亿字节);可用 tuhe photos quota 给某个镇另设"),
    ("TUHE_PHOTO_STORE", "local", "照片存在哪里:local 存在数据目录,s3 存到下面设置的 S3 兼容存储"),
    ("TUHE_S3_ENDPOINT", "", "S3 兼容存储的地址(https);不填则用 AWS"),
    ("TUHE_S3_BUCKET", "", "存照片的桶,要先建好,不公开,并设一条规则清除 7 天前没传完的分段上传"),
    ("TUHE_S3_REGION", "us-east-1", "桶所在的区域"),
    ("TUHE_S3_KEY_ID", "", "S3 访问密钥的编号"),
    ("TUHE_S3_SECRET", "", "S3 访问密钥"),
    ("TUHE_S3_STYLE", "path", "path:桶名写在路径里;host:桶名写在域名里"),
    ("TUHE_SPONSOR", "", "主办单位全称;不填则小程序标明“试用”"),
    ("TUHE_FILING_NUMBER", "", "小程序备案号;不填则小程序标明“试用”"),
    ("TUHE_HELP_PHONE", "", "镇党建办的求助电话,小程序里人人可拨"),
    ("TUHE_LOG", "info", "日志级别,如 info 或 tuhe=debug,info"),
];

/// The validated configuration. `Debug` prints no secret.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    /// Where phones and calendars reach this server.
    pub public_url: Option<String>,
    pub var: PathBuf,
    pub database_url: Option<SecretString>,
    pub redis_url: Option<SecretString>,
    pub redis_prefix: String,
    pub db_connections: u32,
    pub max_connections: usize,
    pub max_requests: usize,
    pub max_uploads: usize,
    pub upload_time: Duration,
    pub trusted_proxies: Vec<IpAddr>,
    pub wechat: Wechat,
    /// None: no text messages.
    pub sms: Option<Sms>,
    pub photo_max_bytes: usize,
    pub photos: Photos,
    pub about: About,
    pub log: String,
}

/// What the product says of itself.
#[derive(Debug, Clone)]
pub struct About {
    /// 主办单位
    pub sponsor: Option<String>,
    /// 备案号
    pub filing_number: Option<String>,
    pub help_phone: Option<String>,
}

impl About {
    /// Without a sponsor and a filing number it is on trial, whoever uses it.
    pub fn is_trial(&self) -> bool {
        self.sponsor.is_none() || self.filing_number.is_none()
    }
}

/// WeChat's side of it.
#[derive(Debug, Clone)]
pub struct Wechat {
    pub base_url: String,
    pub appid: String,
    pub secret: SecretString,
    pub push_token: Option<SecretString>,
    /// With it, only sealed pushes are taken.
    pub push_key: Option<SecretString>,
    pub template: Option<String>,
    pub fields: TemplateFields,
    pub state: String,
    pub in_flight: usize,
    /// Of all processes together; 0 for as many as there are.
    pub per_second: u32,
    /// Whether a send of unknown outcome that took the last consent is made again (queue rule 5b).
    pub resend_last_credit: bool,
    pub timeout: Duration,
}

/// The text-message gateway and the key it knows us by.
#[derive(Debug, Clone)]
pub struct Sms {
    pub url: String,
    pub key_id: String,
    pub secret: SecretString,
    pub timeout: Duration,
}

/// Which keyword of the office's template carries what.
#[derive(Debug, Clone)]
pub struct TemplateFields {
    pub what: String,
    pub due: String,
    pub note: String,
}

/// Every problem found, one sentence each.
#[derive(Debug, thiserror::Error)]
#[error("配置有 {} 处问题:\n  - {}", .0.len(), .0.join("\n  - "))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads `file` (if given) and then the process's environment over it.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut values = BTreeMap::new();
        if let Some(path) = file {
            values = read_file(path)?;
        }
        for (key, _, _) in KEYS {
            if let Ok(value) = std::env::var(key) {
                values.insert((*key).to_owned(), value);
            }
        }
        Self::from_values(&values)
    }

    /// Validates key–value pairs; unknown keys and every bad value are reported together.
    pub fn from_values(values: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let mut read = Reader { values, problems: Vec::new() };
        for key in values.keys() {
            if !KEYS.iter().any(|(known, _, _)| known == key) {
                read.problems.push(format!("不认识的配置项 {key}"));
            }
        }
        let appid = read.text("TUHE_WECHAT_APPID");
        let secret = read.text("TUHE_WECHAT_SECRET");
        if appid.is_empty() != secret.is_empty() {
            read.problems.push("TUHE_WECHAT_APPID 和 TUHE_WECHAT_SECRET 要么都填,要么都不填".into());
        }
        let push_token = read.text("TUHE_WECHAT_PUSH_TOKEN");
        let push_key = read.text("TUHE_WECHAT_PUSH_KEY");
        if !push_key.is_empty() {
            if Key::read(&push_key).is_none() {
                read.problems
                    .push("TUHE_WECHAT_PUSH_KEY 应是公众平台“消息推送”页上的 43 位 EncodingAESKey".into());
            }
            if push_token.is_empty() || appid.is_empty() {
                read.problems.push(
                    "填了 TUHE_WECHAT_PUSH_KEY,就要同时填 TUHE_WECHAT_PUSH_TOKEN 和 TUHE_WECHAT_APPID".into(),
                );
            }
        }
        let config = Self {
            listen: read.parsed(
                "TUHE_LISTEN",
                "形如 127.0.0.1:8094 的地址",
                SocketAddr::from(([127, 0, 0, 1], 0)),
            ),
            public_url: read
                .url("TUHE_PUBLIC_URL", &["https://", "http://"])
                .map(|url| url.trim_end_matches('/').to_owned()),
            var: PathBuf::from(read.text("TUHE_VAR")),
            database_url: read.url("DATABASE_URL", &["postgres://", "postgresql://"]).map(SecretString::from),
            redis_url: read
                .url("REDIS_URL", &["redis://", "rediss://", "redis+unix://", "unix://"])
                .map(SecretString::from),
            redis_prefix: read.text("TUHE_REDIS_PREFIX"),
            db_connections: read.number("TUHE_DB_CONNECTIONS", 2, 500),
            max_connections: read.number("TUHE_MAX_CONNECTIONS", 10, 1_000_000),
            max_requests: read.number("TUHE_MAX_REQUESTS", 4, 100_000),
            max_uploads: read.number("TUHE_MAX_UPLOADS", 1, 10_000),
            upload_time: Duration::from_secs(read.number("TUHE_UPLOAD_SECONDS", 10, 3600)),
            trusted_proxies: read.proxies("TUHE_TRUSTED_PROXIES"),
            wechat: Wechat {
                base_url: read
                    .url("TUHE_WECHAT_BASE_URL", &["https://", "http://127.0.0.1:"])
                    .unwrap_or_default()
                    .trim_end_matches('/')
                    .to_owned(),
                appid,
                secret: SecretString::from(secret),
                push_token: Some(push_token).filter(|t| !t.is_empty()).map(SecretString::from),
                push_key: Some(push_key).filter(|t| !t.is_empty()).map(SecretString::from),
                template: Some(read.text("TUHE_WECHAT_TEMPLATE")).filter(|t| !t.is_empty()),
                fields: read.fields("TUHE_WECHAT_FIELDS"),
                state: read.one_of("TUHE_WECHAT_STATE", &["formal", "trial", "developer"]),
                in_flight: read.number("TUHE_SENDS_IN_FLIGHT", 1, 256),
                per_second: read.number("TUHE_SENDS_PER_SECOND", 0, 10_000),
                resend_last_credit: read.one_of("TUHE_RESEND_LAST_CREDIT", &["off", "on"]) == "on",
                timeout: Duration::from_secs(10),
            },
            sms: read.sms(),
            photo_max_bytes: read.number("TUHE_PHOTO_MAX_BYTES", 100_000, 200_000_000),
            photos: read.photos(),
            about: About {
                sponsor: read.line("TUHE_SPONSOR"),
                filing_number: read.line("TUHE_FILING_NUMBER"),
                help_phone: read.phone("TUHE_HELP_PHONE"),
            },
            log: read.text("TUHE_LOG"),
        };
        if read.problems.is_empty() { Ok(config) } else { Err(ConfigError(read.problems)) }
    }
}

fn read_file(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|e| ConfigError(vec![format!("配置文件 {name} 读不了:{e}")]))?;
    let table: toml::Table = toml::from_str(&text)
        .map_err(|e| ConfigError(vec![format!("配置文件 {name} 有语法错误:{}", e.message())]))?;
    Ok(table
        .into_iter()
        .map(|(key, value)| match value {
            toml::Value::String(text) => (key, text),
            other => (key, other.to_string()),
        })
        .collect())
}

/// Reads values one by one and collects what is wrong with them. A secret's value is never repeated.
struct Reader<'a> {
    values: &'a BTreeMap<String, String>,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn text(&self, key: &str) -> String {
        let default = KEYS.iter().find(|(known, _, _)| *known == key).map_or("", |(_, default, _)| default);
        self.values.get(key).map_or(default, String::as_str).trim().to_owned()
    }

    fn parsed<T: std::str::FromStr>(&mut self, key: &str, wanted: &str, fallback: T) -> T {
        let text = self.text(key);
        text.parse().unwrap_or_else(|_| {
            self.problems.push(format!("{key} 应是{wanted},现在是“{text}”"));
            fallback
        })
    }

    fn number<T>(&mut self, key: &str, min: T, max: T) -> T
    where
        T: std::str::FromStr + PartialOrd + Copy + std::fmt::Display,
    {
        let text = self.text(key);
        match text.parse::<T>() {
            Ok(n) if n >= min && n <= max => n,
            _ => {
                self.problems.push(format!("{key} 应是 {min} 到 {max} 之间的整数,现在是“{text}”"));
                min
            }
        }
    }

    fn url(&mut self, key: &str, schemes: &[&str]) -> Option<String> {
        let text = self.text(key);
        if text.is_empty() {
            return None;
        }
        if !schemes.iter().any(|scheme| text.starts_with(scheme)) {
            self.problems.push(format!("{key} 应以 {} 开头", schemes.join(" 或 ")));
        }
        Some(text)
    }

    /// All three or none.
    fn sms(&mut self) -> Option<Sms> {
        let (key_id, secret) = (self.text("TUHE_SMS_KEY_ID"), self.text("TUHE_SMS_SECRET"));
        let url = self.url("TUHE_SMS_URL", &["https://", "http://127.0.0.1:"]);
        if key_id.is_empty() == secret.is_empty() && url.is_none() == key_id.is_empty() {
            if url.is_some() && secret.chars().count() < 16 {
                self.problems.push("TUHE_SMS_SECRET 太短,至少 16 个字符".into());
            }
        } else {
            let all = "TUHE_SMS_URL、TUHE_SMS_KEY_ID 和 TUHE_SMS_SECRET 要么都填,要么都不填";
            self.problems.push(all.into());
        }
        let (secret, timeout) = (SecretString::from(secret), Duration::from_secs(10));
        url.map(|url| Sms { url, key_id, secret, timeout })
    }

    fn one_of(&mut self, key: &str, allowed: &[&str]) -> String {
        let text = self.text(key);
        if !allowed.contains(&text.as_str()) {
            self.problems.push(format!("{key} 应是 {} 之一,现在是“{text}”", allowed.join("、")));
        }
        text
    }

    /// A line people read; none if it is not filled in.
    fn line(&mut self, key: &str) -> Option<String> {
        let text = self.text(key);
        if text.chars().count() > 60 || text.contains(char::is_control) {
            self.problems.push(format!("{key} 应是一行文字,不超过 60 个字"));
        }
        Some(text).filter(|text| !text.is_empty())
    }

    /// A number a phone can dial.
    fn phone(&mut self, key: &str) -> Option<String> {
        let text = self.text(key);
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let dialled = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' '));
        if !(text.is_empty() || dialled && (3..=15).contains(&digits)) {
            self.problems.push(format!("{key} 应是电话号码,现在是“{text}”"));
        }
        Some(text).filter(|text| !text.is_empty())
    }

    fn proxies(&mut self, key: &str) -> Vec<IpAddr> {
        let text = self.text(key);
        let mut addresses = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.parse() {
                Ok(address) => addresses.push(address),
                Err(_) => self.problems.push(format!("{key} 里的“{part}”不是 IP 地址")),
            }
        }
        addresses
    }

    fn fields(&mut self, key: &str) -> TemplateFields {
        let text = self.text(key);
        let pairs: BTreeMap<&str, &str> =
            text.split(',').filter_map(|pair| pair.trim().split_once('=')).collect();
        let mut take = |name: &str| {
            pairs.get(name).filter(|field| field.ends_with(|c: char| c.is_ascii_digit())).map_or_else(
                || {
                    self.problems.push(format!("{key} 缺少 {name}=字段名(如 thing1)"));
                    String::new()
                },
                |field| (*field).to_owned(),
            )
        };
        TemplateFields { what: take("what"), due: take("due"), note: take("note") }
    }
}

#[cfg(test)]
mod tests;
