//! Real processes in folders of their own. As root the programs run as `postgres`; as anybody else, as ourselves.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::Connection;

use super::log::Log;
use super::*;

const BOTH: Want = Want { postgres: true, redis: true };
const HOLD: &str = "TUHE_TEST_HOLD_SERVICES";

/// A data folder that goes away with the test, with what was put aside for it.
struct Home {
    temp: tempfile::TempDir,
    dir: PathBuf,
}

impl Home {
    fn new(name: &str) -> Self {
        let temp = tempfile::tempdir().expect("temporary folder");
        // As root it would be closed to the database's user.
        fs::set_permissions(temp.path(), Permissions::from_mode(0o755)).expect("mode");
        let dir = fs::canonicalize(temp.path()).expect("path").join(name);
        Self { temp, dir }
    }

    fn start(&self) -> LocalResult<Services> {
        Services::start(&self.dir, BOTH)
    }

    fn aside(&self) -> PathBuf {
        place::aside(&self.dir)
    }

    /// Numbers of the processes that name this folder or its stand-in.
    fn processes(&self) -> Vec<String> {
        let names = [self.dir.to_str().expect("text").to_owned(), self.aside().display().to_string()];
        let all = fs::read_dir("/proc").expect("/proc").flatten();
        all.filter(|entry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line);
            names.iter().any(|name| line.contains(name))
        })
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|pid| pid.parse::<u32>().is_ok_and(|pid| pid != std::process::id()))
        .collect()
    }

    fn wait_until_nothing_runs(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.processes().is_empty() {
            assert!(Instant::now() < deadline, "still running: {:?}", self.processes());
            sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.aside());
    }
}

fn refusal(result: LocalResult<Services>) -> String {
    result.err().expect("a refusal").to_string()
}

/// Speaks to both through the crates the server uses; counts the visits in each.
fn visits(services: &Services) -> (i64, i64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    runtime.block_on(async {
        let url = services.database_url().expect("database");
        let mut db = sqlx::PgConnection::connect(url).await.expect("PostgreSQL");
        sqlx::raw_sql("create table if not exists visit (id bigserial); insert into visit default values")
            .execute(&mut db)
            .await
            .expect("insert");
        let rows = sqlx::query_scalar("select count(*) from visit").fetch_one(&mut db).await.expect("count");
        let client = ::redis::Client::open(services.redis_url().expect("redis")).expect("URL");
        let mut redis = client.get_multiplexed_async_connection().await.expect("Redis");
        let count = ::redis::cmd("INCR").arg("visits").query_async(&mut redis).await.expect("INCR");
        (rows, count)
    })
}

fn kill_hard(daemon: Option<&Daemon>) {
    let pid = i32::try_from(daemon.expect("running").pid()).ok().and_then(Pid::from_raw).expect("number");
    kill_process(pid, Signal::KILL).expect("kill");
}

#[test]
fn data_outlive_a_stop_and_nothing_runs_after_it() {
    let home = Home::new("图河 var %41");
    let services = home.start().expect("first start");
    assert_eq!(visits(&services), (1, 1));
    assert!(!home.processes().is_empty());
    services.stop();
    assert_eq!(home.processes(), Vec::<String>::new());

    let services = home.start().expect("second start");
    assert_eq!(visits(&services), (2, 2));
    drop(services);
    assert_eq!(home.processes(), Vec::<String>::new());
}

#[test]
fn only_what_is_wanted_runs() {
    let home = Home::new("var");
    let services = Services::start(&home.dir, Want { postgres: false, redis: true }).expect("start");
    assert!(services.database_url().is_none() && services.redis_url().is_some());
    assert!(!home.dir.join("data/pg").exists());
}

#[test]
fn the_sockets_are_behind_a_closed_door() {
    let home = Home::new("var");
    let services = home.start().expect("start");
    for folder in ["data", "run"] {
        let meta = fs::metadata(home.dir.join(folder)).expect("folder");
        assert_eq!((meta.mode() & 0o777, meta.uid()), (0o700, Account::choose().expect("user").uid()));
    }
    drop(services);
}

#[test]
fn a_killed_database_comes_back_with_its_data() {
    let home = Home::new("var");
    let mut services = home.start().expect("first start");
    visits(&services);
    services.check().expect("both run");
    kill_hard(services.postgres.as_ref());
    kill_hard(services.redis.as_ref());
    let deadline = Instant::now() + Duration::from_secs(5);
    let error = loop {
        match services.check() {
            Err(error) => break error.to_string(),
            Ok(()) => assert!(Instant::now() < deadline, "the death goes unnoticed"),
        }
    };
    assert!(error.contains("意外停止"), "{error}");
    drop(services);
    assert!(home.dir.join("data/pg/postmaster.pid").exists(), "nothing stale to test with");
    let services = home.start().expect("second start");
    assert_eq!(visits(&services).0, 2);
}

#[test]
fn a_stale_number_that_another_process_bears_is_no_obstacle() {
    let (living, dead) = (Home::new("var"), Home::new("var"));
    let bearer = living.start().expect("start");
    dead.start().expect("start").stop();
    let stale =
        format!("{}\n{}\n1\n5432\n\n\n", bearer.postgres.as_ref().expect("runs").pid(), dead.dir.display());
    fs::write(dead.dir.join("data/pg/postmaster.pid"), stale).expect("pid file");
    let account = Account::choose().expect("user");
    account.give(&dead.dir.join("data/pg/postmaster.pid")).expect("owner");
    visits(&dead.start().expect("start beside the bearer of the number"));
    visits(&bearer);
}

#[test]
fn what_a_dead_predecessor_left_running_is_ended_first() {
    let home = Home::new("var");
    let mut services = home.start().expect("first start");
    visits(&services);
    // As if the parent had died before the children asked for its death signal.
    std::mem::forget(services.postgres.take());
    std::mem::forget(services.redis.take());
    drop(services);
    assert_eq!(home.processes().len(), 2);
    assert_eq!(visits(&home.start().expect("second start")), (2, 2));
}

#[test]
fn a_second_server_is_refused_by_a_sentence_that_names_the_first() {
    let home = Home::new("var");
    let services = home.start().expect("start");
    let said = refusal(Services::start_within(&home.dir, BOTH, Duration::from_millis(100)));
    assert!(said.contains(&format!("正由进程 {}使用", std::process::id())), "{said}");
    visits(&services);
}

#[test]
fn a_dying_predecessor_is_waited_for() {
    let home = Home::new("var");
    let lock =
        Lock::take(&place::folder(&home.dir, &Account::choose().expect("user")).expect("folder"), PATIENCE);
    let predecessor = spawn(move || {
        sleep(Duration::from_millis(300));
        drop(lock);
    });
    home.start().expect("start");
    predecessor.join().expect("predecessor");
}

#[test]
fn data_of_another_major_are_left_alone() {
    let home = Home::new("var");
    home.start().expect("start").stop();
    fs::write(home.dir.join("data/pg/PG_VERSION"), "12\n").expect("PG_VERSION");
    let said = refusal(home.start());
    assert!(said.contains("数据由 PostgreSQL 12 建立"), "{said}");
    assert_eq!(home.processes(), Vec::<String>::new());
}

#[test]
fn a_path_too_long_for_a_socket_keeps_its_data_in_place() {
    let home = Home::new(&"长".repeat(50));
    for visit in 1..=2 {
        assert_eq!(visits(&home.start().expect("start")).0, visit);
    }
    assert!(home.dir.join("data/pg/PG_VERSION").exists() && !home.dir.join("data").is_symlink());
    assert_eq!(fs::read_link(home.dir.join("run")).expect("link"), home.aside().join("run"));
}

#[test]
fn a_parent_closed_to_the_databases_user_does_not_matter() {
    let home = Home::new("var");
    fs::set_permissions(home.temp.path(), Permissions::from_mode(0o700)).expect("mode");
    for visit in 1..=2 {
        assert_eq!(visits(&home.start().expect("start")).0, visit);
    }
    // Only root is a stranger to the database's user; anybody else *is* that user.
    if !rustix::process::geteuid().is_root() {
        assert!(!home.dir.join("data").is_symlink());
        return;
    }
    let data = home.aside().join("data");
    assert_eq!(fs::read_link(home.dir.join("data")).expect("link"), data);
    assert_eq!(fs::metadata(home.aside()).expect("folder").mode() & 0o777, 0o700);

    // A copy of the folder must not run on the same data.
    let copy = Home::new("copy");
    fs::create_dir(&copy.dir).expect("folder");
    std::os::unix::fs::symlink(&data, copy.dir.join("data")).expect("link");
    assert!(refusal(copy.start()).contains("那是另一个数据文件夹的数据"));

    fs::remove_dir_all(home.aside()).expect("cleaned");
    assert!(refusal(home.start()).contains("不见了"));
}

#[test]
fn data_that_become_out_of_reach_are_not_replaced_by_empty_ones() {
    let home = Home::new("var");
    home.start().expect("start").stop();
    fs::set_permissions(home.temp.path(), Permissions::from_mode(0o700)).expect("mode");
    let again = home.start();
    if rustix::process::geteuid().is_root() {
        assert!(refusal(again).contains("chmod o+x"));
    } else {
        again.expect("an ordinary user's own folder");
    }
}

#[test]
fn an_impossible_folder_is_told_with_its_path() {
    let said = refusal(Services::start(Path::new("/proc/tuhe/var"), BOTH));
    assert!(said.contains("准备数据文件夹") && said.contains("/proc/tuhe/var"), "{said}");
}

#[test]
fn a_failing_program_is_quoted() {
    let home = Home::new("var");
    home.start().expect("start").stop();
    fs::write(home.dir.join("data/pg/postgresql.auto.conf"), "no_such_setting = 1\n").expect("configuration");
    let said = refusal(home.start());
    assert!(said.contains("等待 PostgreSQL 就绪") && said.contains("no_such_setting"), "{said}");
    let log = Log::open(home.temp.path(), "full").expect("log");
    fs::write(log.path(), "FATAL: could not write: No space left on device\n").expect("log");
    assert!(LocalError::new("试", "试。").with_log(&log).to_string().contains("磁盘已满"));
}

/// Starts the services from another process and kills that one with -9.
fn start_and_die(home: &Home) {
    let mut parent = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "platform::local::tests::hold_for_the_parent_that_is_killed", "--nocapture"])
        .env(HOLD, &home.dir)
        .stdout(Stdio::piped())
        .spawn()
        .expect("parent");
    let output = BufReader::new(parent.stdout.take().expect("output"));
    assert!(output.lines().map_while(Result::ok).any(|line| line.contains("services run")), "no start");
    assert_eq!(home.processes().len(), 2);
    parent.kill().expect("kill -9");
    parent.wait().expect("dead parent");
}

#[test]
fn a_parent_killed_hard_takes_both_with_it() {
    let home = Home::new("var");
    start_and_die(&home);
    // Nobody helps here: the parent-death signal outlives the change of user.
    home.wait_until_nothing_runs();
    let log = fs::read_to_string(home.dir.join("log/postgres.log")).expect("log");
    assert!(log.contains("received fast shutdown request"), "{log}");

    start_and_die(&home);
    // And a successor at once, while they are still on their way out.
    assert_eq!(visits(&home.start().expect("successor")), (1, 1));
}

/// The other process of the test above; in an ordinary run it has nothing to hold.
#[test]
fn hold_for_the_parent_that_is_killed() {
    if let Some(dir) = std::env::var_os(HOLD) {
        let _services = Services::start(Path::new(&dir), BOTH).expect("start");
        println!("services run");
        sleep(Duration::from_mins(1));
    }
}
