//! What is the folder's own; what both stores promise stands in `tests/it/photo/stores.rs`.

use std::fs;

use super::*;

fn store() -> (tempfile::TempDir, Local) {
    let dir = tempfile::tempdir().expect("folder");
    let local = Local::open(dir.path().join("store")).expect("store");
    (dir, local)
}

#[tokio::test]
async fn the_sweep_clears_what_a_kill_has_left_behind() {
    let (dir, local) = store();
    let instant = |text: &str| text.parse().expect("time");
    fs::write(dir.path().join("store/.tmp/put-cut-short"), b"half").expect("leftover");
    assert_eq!(local.sweep_temporary(instant("2001-01-01T00:00:00Z")).await.expect("sweep"), 0);
    assert_eq!(local.sweep_temporary(instant("2100-01-01T00:00:00Z")).await.expect("sweep"), 1);
}

#[tokio::test]
async fn a_new_process_on_the_same_folder_finds_what_is_there() {
    let (dir, local) = store();
    assert_eq!(local.put_now("a/b", b"light").expect("put"), Stored { existed: false });
    let again = Local::open(dir.path().join("store")).expect("store");
    assert_eq!(again.put("a/b", b"light".to_vec()).await.expect("put"), Stored { existed: true });
}

#[test]
fn a_key_cannot_leave_the_store() {
    let long = "a".repeat(MAX_KEY + 1);
    for key in [
        "", "/etc", "a//b", "a/", "../a", "a/../b", "a/.b", ".tmp/x", "A", "a b", "照片", "a\\b", "a\0",
        &long,
    ] {
        let refused = check_key(key).expect_err(key);
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput, "{key}");
    }
    check_key("0192-town/ab/abcdef.jpg").expect("a key");
}

#[test]
fn a_full_disk_is_told_from_other_errors() {
    assert!(is_full(&rustix::io::Errno::NOSPC.into()));
    assert!(is_full(&rustix::io::Errno::DQUOT.into()));
    assert!(!is_full(&rustix::io::Errno::IO.into()));
}
