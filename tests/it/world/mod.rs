//! A world of named people: a database of its own, a Redis prefix of its own, a WeChat stand-in of its own, and the
//! real server on a real socket. Time stands still until a test moves it; the queue is run to empty, never waited for.

mod answer;
mod bucket;
mod database;
mod person;
mod photo;
mod town;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use poem::listener::{Acceptor, Listener, TcpListener};
use tokio::sync::oneshot;
use tuhe::App;
use tuhe::config::Config;
use tuhe::platform::clock::{self, Clock};
use wechat_stand_in::{Choice, Options, StandIn, Template};

pub use answer::Answer;
pub use bucket::Bucket;
pub use database::{Database, redis_url};
pub use person::{CLIENT, Person, common, meeting};
pub use photo::{jpeg, photo_of, real_photo, saved, scene, sha256_hex, taken_on};
pub use town::Town;

pub const APPID: &str = "wxtest0000000001";
pub const TEMPLATE: &str = "TPL-1";

/// What a world stands on where it is not what all tests share.
#[derive(Default)]
pub struct Ground {
    pub database: Option<Database>,
    /// A Redis that may be stopped or emptied.
    pub redis: Option<String>,
    pub wechat_timeout: Option<Duration>,
    pub sms_timeout: Option<Duration>,
    /// Configured beside what every test has.
    pub settings: Vec<(&'static str, &'static str)>,
}

/// Everything a test needs.
pub struct World {
    pub app: App,
    pub wx: StandIn,
    pub base: String,
    pub http: reqwest::Client,
    pub database: Database,
    /// How its server is configured, and any other over its stores.
    pub settings: BTreeMap<String, String>,
    _folder: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

impl World {
    /// A world at 09:00 in Shanghai on `day`.
    pub async fn on(day: &str) -> Arc<Self> {
        Self::at(&format!("{day} 09:00")).await
    }

    /// A world at a Shanghai minute, `2021-10-10 08:31`.
    pub async fn at(minute: &str) -> Arc<Self> {
        Self::upon(minute, Ground::default()).await
    }

    /// A world on stores of its own.
    pub async fn upon(minute: &str, ground: Ground) -> Arc<Self> {
        tuhe::platform::wechat::install_tls();
        let database = match ground.database {
            Some(database) => database,
            None => Database::fresh().await,
        };
        let wx = StandIn::start(Options {
            appid: APPID.into(),
            secret: "test-secret".into(),
            templates: vec![Template::one_time(TEMPLATE, &["thing1", "date2", "thing3"])],
            pages: ["pages/today/index", "pages/duty/index", "pages/record/index", "more/feedback/index"]
                .map(str::to_owned)
                .to_vec(),
            ..Options::default()
        })
        .await
        .expect("the stand-in starts");
        wx.freeze(instant(minute));
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Clock::frozen(instant(minute));
        let mut settings = settings(&database, &wx.base_url(), folder.path());
        settings.extend(ground.settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let mut config = config(&settings);
        config.wechat.timeout = ground.wechat_timeout.unwrap_or(config.wechat.timeout);
        if let (Some(sms), Some(timeout)) = (&mut config.sms, ground.sms_timeout) {
            sms.timeout = timeout;
        }
        let redis = ground.redis.unwrap_or_else(database::redis_url);
        let app = App::open(config, clock, &database.url, &redis, program("tuhe")).await;
        let app = app.expect("the app opens");
        let (base, stop) = serve(app.clone()).await;
        Arc::new(Self { app, wx, base, http: client(), database, settings, _folder: folder, _stop: stop })
    }

    /// A world whose photos lie in a bucket.
    pub async fn with_bucket(minute: &str) -> (Arc<Self>, Bucket) {
        let bucket = Bucket::start().await;
        let settings = bucket.settings().into_iter().map(|(key, value)| (key, &*value.leak())).collect();
        (Self::upon(minute, Ground { settings, ..Ground::default() }).await, bucket)
    }

    /// The time in this world.
    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// Moves the world's clocks, ours and WeChat's, to a Shanghai minute.
    pub fn move_to(&self, minute: &str) {
        let at = if minute.len() == 10 { instant(&format!("{minute} 09:00")) } else { instant(minute) };
        self.app.clock.freeze(at);
        self.wx.freeze(at);
    }

    pub fn today(&self) -> NaiveDate {
        clock::today(self.now())
    }

    /// What housekeeping does on a new day: duties generated, reminders queued, late photos noticed,
    /// towns counted.
    pub async fn housekeeping(&self) {
        tuhe::duty::generate_all(&self.app.db, self.now()).await.expect("generated");
        tuhe::duty::remind_all(&self.app.db, self.now()).await.expect("reminded");
        tuhe::checkin::complete_pass(&self.app, self.now()).await.expect("completed");
        tuhe::county::count_towns(&self.app.db, self.now()).await.expect("counted");
    }

    /// Housekeeping, and then the queue run to empty.
    pub async fn settle(&self) -> usize {
        self.housekeeping().await;
        tuhe::notify::settle(&self.app, self.now()).await.expect("the queue comes to rest")
    }

    /// Goes through the days up to and including `last`, settling each at 09:00.
    pub async fn live_until(&self, last: &str) {
        let last: NaiveDate = last.parse().expect("a date");
        let mut day = self.today();
        while day < last {
            day = day.succ_opt().expect("a day");
            self.move_to(&day.to_string());
            self.settle().await;
        }
    }

    /// Lets a WeChat user allow `n` reminders, at the stand-in and in our ledger through the API.
    pub async fn allow(&self, person: &Person, n: usize) {
        for _ in 0..n {
            self.wx.tap(&person.openid, &[TEMPLATE], Choice::Accept);
            person
                .post(
                    "/api/v1/grants",
                    serde_json::json!({
                        "tap_id": uuid::Uuid::now_v7(),
                        "results": [{ "template_id": TEMPLATE, "answer": "accept" }],
                    }),
                )
                .await
                .is(200);
        }
    }
}

/// An app on the given stores; used again by tests that restart the server.
pub async fn open_app(database: &Database, wechat: &str, folder: &std::path::Path, clock: Clock) -> App {
    let config = config(&settings(database, wechat, folder));
    App::open(config, clock, &database.url, &database::redis_url(), program("tuhe"))
        .await
        .expect("the app opens")
}

/// How every server of a test is configured, in this process or another.
pub fn settings(database: &Database, wechat: &str, folder: &std::path::Path) -> BTreeMap<String, String> {
    let values = [
        ("TUHE_VAR", folder.display().to_string()),
        ("TUHE_LISTEN", "127.0.0.1:0".into()),
        ("TUHE_DB_CONNECTIONS", "12".into()),
        ("TUHE_REDIS_PREFIX", format!("{}:", database.name)),
        ("TUHE_WECHAT_BASE_URL", wechat.to_owned()),
        ("TUHE_WECHAT_APPID", APPID.into()),
        ("TUHE_WECHAT_SECRET", "test-secret".into()),
        ("TUHE_WECHAT_PUSH_TOKEN", "test-push-token".into()),
        ("TUHE_WECHAT_TEMPLATE", TEMPLATE.into()),
    ];
    values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn config(settings: &BTreeMap<String, String>) -> Config {
    Config::from_values(settings).expect("a valid configuration")
}

/// Serves an app on a free port of the loopback.
pub async fn serve(app: App) -> (String, oneshot::Sender<()>) {
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("a port");
    let address = acceptor.local_addr()[0].as_socket_addr().copied().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let until = async {
            let _ = stopped.await;
        };
        tuhe::server::serve(app, acceptor, until).await.expect("the server runs");
    });
    (format!("http://{address}"), stop)
}

/// A program built beside this test binary.
pub fn program(name: &str) -> std::path::PathBuf {
    let mut folder = std::env::current_exe().expect("this test's own path");
    folder.pop();
    folder.pop();
    let program = folder.join(name);
    assert!(program.exists(), "{} is not built; run ./dev test, or cargo build first", program.display());
    program
}

/// An HTTP client without proxies.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// A Shanghai minute as an instant.
pub fn instant(minute: &str) -> DateTime<Utc> {
    let local = NaiveDateTime::parse_from_str(minute, "%Y-%m-%d %H:%M").expect("YYYY-MM-DD HH:MM");
    local.and_utc() - chrono::TimeDelta::hours(8)
}
