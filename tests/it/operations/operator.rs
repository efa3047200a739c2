//! `operator invite`: the county's account, from the command to its numbers.

use serde_json::json;
use wechat_stand_in::{Options, StandIn};

use super::program::{Served, code_of, err, out, run, tuhe};
use crate::world::{APPID, Answer, Database, client};

async fn says(database: &Database, folder: &std::path::Path, arguments: &[&str]) -> String {
    let done = run(&mut tuhe(database, folder), arguments).await;
    assert!(done.status.success(), "{}", err(&done));
    out(&done)
}

#[tokio::test]
async fn the_county_binds_with_the_printed_code_and_reads_counts_and_nothing_else() {
    tuhe::platform::wechat::install_tls();
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    let secret = "test-secret".into();
    let wechat = StandIn::start(Options { appid: APPID.into(), secret, ..Options::default() })
        .await
        .expect("the stand-in starts");
    for (code, name) in [("tuhe", "图河镇"), ("liuhe", "柳河镇")] {
        says(&database, folder.path(), &["town", "add", "--code", code, "--name", name]).await;
    }
    let office = ["office", "invite", "--town", "tuhe", "--name", "陈静"];
    let office = code_of(&says(&database, folder.path(), &office).await);
    let invite = ["operator", "invite", "--name", "钱县"];
    let former = code_of(&says(&database, folder.path(), &invite).await);
    let code = code_of(&says(&database, folder.path(), &invite).await);
    let served = Served::with_wechat(&mut tuhe(&database, folder.path()), &wechat.base_url()).await;
    let http = client();
    let bind = async |openid: &str, bind_code: &str| {
        let form = json!({ "code": wechat.login_code(openid), "bind_code": bind_code });
        let request = http.post(format!("{}/api/v1/bind", served.base)).json(&form);
        Answer::of("bind".to_owned(), request.send().await.expect("an answer")).await
    };
    let get = async |token: &str, path: &str| {
        let request = http.get(format!("{}{path}", served.base)).bearer_auth(token);
        Answer::of(format!("GET {path}"), request.send().await.expect("an answer")).await
    };
    bind("o-qian", &former).await.refuses(422, "identity.bind_code_invalid");
    bind("o-qian", &code).await.is(200);
    // The code is used up; from now on WeChat's login alone opens the county.
    let login = json!({ "code": wechat.login_code("o-qian") });
    let login = http.post(format!("{}/api/v1/login", served.base)).json(&login).send().await;
    let login = Answer::of("login".to_owned(), login.expect("an answer")).await.is(200);
    let token = login.text("/token");
    get(&token, "/api/v1/me").await.is(200).field("/name", "钱县").field("/posts/0/role", "operator");
    let patience = std::time::Instant::now() + std::time::Duration::from_mins(1);
    let counts = loop {
        let counts = get(&token, "/api/v1/county/counts").await.is(200);
        if counts.list().len() == 2 {
            break counts;
        }
        assert!(std::time::Instant::now() < patience, "never counted: {}", counts.body);
    };
    let mut names: Vec<_> = counts.list().iter().map(|row| row["town_name"].clone()).collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, [json!("图河镇"), json!("柳河镇")], "the county itself is no town");
    for closed in ["/api/v1/units", "/api/v1/people", "/api/v1/duties", "/api/v1/plan/tasks"] {
        get(&token, closed).await.refuses(403, "access.forbidden");
    }
    get(&token, "/api/v1/records").await.is(200).field("/records", json!([]));
    get(&token, "/api/v1/duties/today").await.is(200).field("", json!([]));
    // A town's office finds no trace of the county's people.
    let office = bind("o-chen", &office).await.is(200).text("/token");
    let people = get(&office, "/api/v1/people").await.is(200);
    assert!(!people.body.to_string().contains("钱县"), "{}", people.body);
    get(&office, "/api/v1/county/counts").await.refuses(403, "access.forbidden");
    let (status, log) = served.stops().await;
    assert!(status.success(), "{log}");
}

#[tokio::test]
async fn no_town_and_no_office_is_made_of_the_county() {
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    says(&database, folder.path(), &["operator", "invite", "--name", "钱县"]).await;
    for arguments in [
        &["town", "add", "--code", "county", "--name", "县"][..],
        &["office", "invite", "--town", "county", "--name", "陈静"],
    ] {
        let refused = run(&mut tuhe(&database, folder.path()), arguments).await;
        assert_eq!(refused.status.code(), Some(1));
        assert!(err(&refused).contains("留给县级账号"), "{}", err(&refused));
    }
}
