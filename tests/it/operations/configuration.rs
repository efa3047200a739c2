//! Configuration is read once, and every problem is told at once.

use super::program::{err, run, tuhe};
use crate::world::Database;

fn nowhere() -> Database {
    Database { name: "none".into(), url: "mysql://root:hunter2@db/none".into() }
}

#[tokio::test]
async fn every_problem_of_a_configuration_is_told_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = tuhe(&nowhere(), folder.path());
    command
        .env("TUHE_LISTEN", "everywhere")
        .env("TUHE_DB_CONNECTIONS", "none")
        .env("TUHE_WECHAT_SECRET", "hunter2")
        .env("TUHE_TRUSTED_PROXIES", "10.0.0.1, nginx");
    let refused = run(&mut command, &["serve"]).await;
    assert_eq!(refused.status.code(), Some(1));
    let told = err(&refused);
    assert!(told.contains("配置有 5 处问题"), "{told}");
    for key in
        ["TUHE_LISTEN", "TUHE_DB_CONNECTIONS", "TUHE_WECHAT_APPID", "TUHE_TRUSTED_PROXIES", "DATABASE_URL"]
    {
        assert!(told.contains(key), "{key} is missing: {told}");
    }
    assert!(!told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn a_file_is_read_and_the_environment_goes_before_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tuhe.toml");
    std::fs::write(&file, "TUHE_MAX_REQUESTS = 1\nTUHE_DB_CONNECTIONS = 0\nTUHE_COLOUR = \"red\"\n")
        .expect("written");
    let mut command = tuhe(&nowhere(), folder.path());
    command.env("TUHE_MAX_REQUESTS", "50");
    let refused = run(&mut command, &["--config", "tuhe.toml", "migrate"]).await;
    assert_eq!(refused.status.code(), Some(1));
    let told = err(&refused);
    assert!(told.contains("TUHE_COLOUR") && told.contains("TUHE_DB_CONNECTIONS"), "{told}");
    assert!(!told.contains("TUHE_MAX_REQUESTS"), "the environment's value is good: {told}");
    let missing = run(&mut tuhe(&nowhere(), folder.path()), &["--config", "gone.toml", "migrate"]).await;
    assert_eq!(missing.status.code(), Some(1));
    assert!(err(&missing).contains("gone.toml"), "{}", err(&missing));
}

#[tokio::test]
async fn an_address_that_is_taken_is_told_with_the_key_to_change() {
    let database = Database::fresh().await;
    let folder = tempfile::tempdir().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let mut command = tuhe(&database, folder.path());
    let refused = run(command.env("TUHE_LISTEN", &address), &["serve", "--stand-in"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains(&address) && err(&refused).contains("TUHE_LISTEN"), "{}", err(&refused));
}
