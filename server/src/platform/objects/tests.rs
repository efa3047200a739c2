use super::*;

const KEY: &str = "0192-town/ab/abcdef.jpg";

fn store() -> (tempfile::TempDir, Objects) {
    let dir = tempfile::tempdir().expect("folder");
    let objects = Objects::open(dir.path().join("store")).expect("store");
    (dir, objects)
}

fn far_future() -> DateTime<Utc> {
    "2100-01-01T00:00:00Z".parse().expect("time")
}

#[tokio::test]
async fn an_object_put_twice_is_stored_once_and_read_back() {
    let (dir, objects) = store();
    assert_eq!(objects.put(KEY, b"light".to_vec()).await.expect("put"), Stored { existed: false });
    assert_eq!(objects.put(KEY, b"light".to_vec()).await.expect("put"), Stored { existed: true });
    // A new process on the same folder finds it too.
    let objects = Objects::open(dir.path().join("store")).expect("store");
    assert_eq!(objects.put(KEY, b"light".to_vec()).await.expect("put"), Stored { existed: true });
    assert_eq!(objects.get(KEY).await.expect("get").as_deref(), Some(&b"light"[..]));
    assert_eq!(objects.len(KEY).await.expect("len"), Some(5));
    let mut part = String::new();
    let mut range = objects.open_range(KEY, 1, 3).await.expect("open").expect("there");
    range.read_to_string(&mut part).await.expect("read");
    assert_eq!(part, "igh");
    assert_eq!(objects.sweep_temporary(far_future()).await.expect("sweep"), 0);
}

#[tokio::test]
async fn an_object_is_never_replaced() {
    let (_dir, objects) = store();
    objects.put(KEY, b"light".to_vec()).await.expect("put");
    let refused = objects.put(KEY, b"darkness".to_vec()).await.expect_err("another length");
    assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(objects.get(KEY).await.expect("get").as_deref(), Some(&b"light"[..]));
}

#[tokio::test]
async fn of_many_writers_of_one_key_exactly_one_creates_it() {
    let (_dir, objects) = store();
    let writers: Vec<_> = (0..16)
        .map(|_| {
            let objects = objects.clone();
            tokio::spawn(async move { objects.put(KEY, vec![7; 100_000]).await.expect("put").existed })
        })
        .collect();
    let mut created = 0;
    for writer in writers {
        created += usize::from(!writer.await.expect("writer"));
    }
    assert_eq!(created, 1);
    assert_eq!(objects.len(KEY).await.expect("len"), Some(100_000));
}

#[tokio::test]
async fn what_is_not_there_is_none() {
    let (_dir, objects) = store();
    assert_eq!(objects.get(KEY).await.expect("get"), None);
    assert_eq!(objects.len(KEY).await.expect("len"), None);
    assert!(objects.open_range(KEY, 0, 1).await.expect("open").is_none());
    assert!(!objects.delete(KEY).await.expect("delete"));
    assert!(objects.list_older_than("0192-town", far_future()).await.expect("list").is_empty());
}

#[tokio::test]
async fn the_sweep_sees_old_objects_and_clears_leftovers() {
    let (dir, objects) = store();
    objects.put(KEY, b"light".to_vec()).await.expect("put");
    objects.put("other/ab/abc.jpg", b"light".to_vec()).await.expect("put");
    let listed = objects.list_older_than("0192-town", far_future()).await.expect("list");
    assert_eq!(listed.iter().map(|entry| (entry.key.as_str(), entry.len)).collect::<Vec<_>>(), [(KEY, 5)]);
    let long_ago = "2001-01-01T00:00:00Z".parse().expect("time");
    assert!(objects.list_older_than("0192-town", long_ago).await.expect("list").is_empty());

    fs::write(dir.path().join("store/.tmp/put-cut-short"), b"half").expect("leftover");
    assert_eq!(objects.sweep_temporary(long_ago).await.expect("sweep"), 0);
    assert_eq!(objects.sweep_temporary(far_future()).await.expect("sweep"), 1);
    assert!(objects.delete(KEY).await.expect("delete"));
    assert_eq!(objects.get(KEY).await.expect("get"), None);
}

#[tokio::test]
async fn a_key_cannot_leave_the_store() {
    let (_dir, objects) = store();
    let long = "a".repeat(MAX_KEY + 1);
    for key in [
        "", "/etc", "a//b", "a/", "../a", "a/../b", "a/.b", ".tmp/x", "A", "a b", "照片", "a\\b", "a\0",
        &long,
    ] {
        let refused = objects.put(key, Vec::new()).await.expect_err(key);
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput, "{key}");
        assert!(objects.get(key).await.is_err(), "{key}");
    }
}

#[test]
fn a_full_disk_is_told_from_other_errors() {
    assert!(is_full(&rustix::io::Errno::NOSPC.into()));
    assert!(is_full(&rustix::io::Errno::DQUOT.into()));
    assert!(!is_full(&rustix::io::Errno::IO.into()));
}
