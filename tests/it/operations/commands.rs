//! `migrate`, `town`, `office`, `audit`, `openapi`.

use serde_json::{Value, json};
use wechat_stand_in::{Options, StandIn};

use super::program::{Served, code_of, err, out, run, tuhe};
use crate::world::{APPID, Answer, Database, client};

async fn execute(database: &Database, statements: &str) {
    let pool = sqlx::PgPool::connect(&database.url).await.expect("PostgreSQL answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&pool).await.expect("executed");
    pool.close().await;
}

#[tokio::test]
async fn migrating_twice_is_as_good_as_once() {
    let database = Database::fresh().await;
    execute(&database, "drop schema public cascade; create schema public").await;
    let folder = tempfile::tempdir().expect("a folder");
    for _ in 0..2 {
        let done = run(&mut tuhe(&database, folder.path()), &["migrate"]).await;
        assert!(done.status.success(), "{}", err(&done));
        assert!(out(&done).contains("已是最新"));
    }
    execute(&database, "select town_id from town_count").await;
}

#[tokio::test]
async fn a_town_is_founded_and_its_office_binds_with_the_printed_code() {
    tuhe::platform::wechat::install_tls();
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    let secret = "test-secret".into();
    let wechat = StandIn::start(Options { appid: APPID.into(), secret, ..Options::default() })
        .await
        .expect("the stand-in starts");
    let added =
        run(&mut tuhe(&database, folder.path()), &["town", "add", "--code", "tuhe", "--name", "图河镇"])
            .await;
    assert!(added.status.success(), "{}", err(&added));
    assert!(out(&added).contains("tuhe office invite --town tuhe"), "it says what comes next");
    let invite = ["office", "invite", "--town", "tuhe", "--name", "陈静"];
    let first = run(&mut tuhe(&database, folder.path()), &invite).await;
    let again = run(&mut tuhe(&database, folder.path()), &invite).await;
    let (former, code) = (code_of(&out(&first)), code_of(&out(&again)));
    assert_eq!(code.len(), 10);
    let served = Served::with_wechat(&mut tuhe(&database, folder.path()), &wechat.base_url()).await;
    let http = client();
    let bind = async |bind_code: &str| {
        let form = json!({ "code": wechat.login_code("o-chen"), "bind_code": bind_code });
        let request = http.post(format!("{}/api/v1/bind", served.base)).json(&form);
        Answer::of("bind".to_owned(), request.send().await.expect("an answer")).await
    };
    bind(&former).await.refuses(422, "identity.bind_code_invalid");
    let token = bind(&code).await.is(200).text("/token");
    let me = http.get(format!("{}/api/v1/me", served.base)).bearer_auth(&token).send().await;
    Answer::of("me".to_owned(), me.expect("an answer"))
        .await
        .is(200)
        .field("/name", "陈静")
        .field("/posts/0/role", "party_office");
    let (status, log) = served.stops().await;
    assert!(status.success(), "{log}");
}

#[tokio::test]
async fn a_town_that_is_there_and_one_that_is_not_are_told_in_a_sentence() {
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    let invite = run(
        &mut tuhe(&database, folder.path()),
        &["office", "invite", "--town", "nowhere", "--name", "陈静"],
    )
    .await;
    assert_eq!(invite.status.code(), Some(1));
    assert!(err(&invite).contains("没有代码为 nowhere 的镇"), "{}", err(&invite));
    let add = ["town", "add", "--code", "tuhe", "--name", "图河镇"];
    assert!(run(&mut tuhe(&database, folder.path()), &add).await.status.success());
    let twice = run(&mut tuhe(&database, folder.path()), &add).await;
    assert_eq!(twice.status.code(), Some(1));
    assert!(err(&twice).contains("tuhe") && err(&twice).contains("已有"), "{}", err(&twice));
}

#[tokio::test]
async fn the_audit_chain_verifies_until_somebody_changes_a_row() {
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [
        &["town", "add", "--code", "tuhe", "--name", "图河镇"][..],
        &["office", "invite", "--town", "tuhe", "--name", "陈静"],
        &["office", "invite", "--town", "tuhe", "--name", "陈静"],
    ] {
        let done = run(&mut tuhe(&database, folder.path()), arguments).await;
        assert!(done.status.success(), "{}", err(&done));
    }
    // A transaction open anywhere on the server, such as another test's, holds the seal back: ask until it is let go.
    let patience = std::time::Instant::now() + std::time::Duration::from_mins(2);
    loop {
        let sound = run(&mut tuhe(&database, folder.path()), &["audit", "verify"]).await;
        assert!(sound.status.success(), "{}", err(&sound));
        if out(&sound).contains("完好,已封 2 条") {
            break;
        }
        assert!(std::time::Instant::now() < patience, "never sealed: {}", out(&sound));
    }
    execute(
        &database,
        "alter table audit_entry disable trigger audit_entry_append_only;
         update audit_entry set action = 'identity.nothing_happened'
         where id = (select entry_id from audit_seal where seq = 2)",
    )
    .await;
    let broken = run(&mut tuhe(&database, folder.path()), &["audit", "verify"]).await;
    assert_eq!(broken.status.code(), Some(1));
    assert!(out(&broken).contains("在第 2 条断开"), "{}", out(&broken));
    assert!(err(&broken).contains("被改动过"), "{}", err(&broken));
}

#[tokio::test]
async fn the_document_is_printed_without_any_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = Database { name: "none".into(), url: "postgres://127.0.0.1:1/none".into() };
    let printed = run(&mut tuhe(&nowhere, folder.path()), &["openapi"]).await;
    assert!(printed.status.success(), "{}", err(&printed));
    let document: Value = serde_json::from_str(&out(&printed)).expect("JSON");
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    assert!(document["paths"]["/api/v1/county/counts"].is_object());
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    execute(
        &database,
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (29991231000000, 'from the future', true, '\\x00', 1)",
    )
    .await;
    for arguments in
        [&["serve", "--stand-in"][..], &["migrate"], &["town", "add", "--code", "x", "--name", "x"]]
    {
        let refused = run(&mut tuhe(&database, folder.path()), arguments).await;
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        assert!(err(&refused).contains("数据库结构与本程序不符"), "{}", err(&refused));
        assert!(out(&refused).is_empty(), "no address is printed: {}", out(&refused));
    }
}

#[tokio::test]
async fn a_database_that_a_newer_program_has_only_expanded_is_good_enough() {
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    execute(
        &database,
        "insert into _sqlx_migrations_expand (version, description, success, checksum, execution_time)
         values (29991231000000, 'from the future', true, '\\x00', 1)",
    )
    .await;
    let ran =
        run(&mut tuhe(&database, folder.path()), &["town", "add", "--code", "x", "--name", "某镇"]).await;
    assert!(ran.status.success(), "{}", err(&ran));
    execute(
        &database,
        "update _sqlx_migrations_expand set checksum = '\\x00' where version < 29991231000000",
    )
    .await;
    let refused = run(&mut tuhe(&database, folder.path()), &["migrate"]).await;
    assert_eq!(refused.status.code(), Some(1), "an expansion that was edited is refused");
}
