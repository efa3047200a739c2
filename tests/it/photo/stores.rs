//! What both stores promise, the folder and the bucket: one and the same set of tests.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use tokio::io::AsyncReadExt as _;
use tuhe::config::Config;
use tuhe::platform::objects::{Objects, Stored};

use crate::world::{Bucket, Town, World, jpeg, sha256_hex};

const KEY: &str = "0192-town/ab/abcdef.jpg";
/// More than goes in one piece.
const LARGE: usize = 20 * 1024 * 1024 + 7;

/// A store, and where its objects lie on the disk.
struct Store {
    objects: Objects,
    folder: tempfile::TempDir,
    bucket: Option<Bucket>,
}

impl Store {
    async fn local() -> Self {
        Self::of(None)
    }

    async fn s3() -> Self {
        Self::of(Some(Bucket::start().await))
    }

    fn of(bucket: Option<Bucket>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = bucket.iter().flat_map(Bucket::settings);
        let values: BTreeMap<String, String> = settings.map(|(key, value)| (key.to_owned(), value)).collect();
        let config = Config::from_values(&values).expect("a valid configuration");
        let objects = Objects::open(config.photos.s3.as_ref(), &folder.path().join("store"));
        Self { objects: objects.expect("a store"), folder, bucket }
    }

    fn path_of(&self, key: &str) -> PathBuf {
        match &self.bucket {
            Some(bucket) => bucket.path_of(key),
            None => self.folder.path().join("store").join(key),
        }
    }
}

/// The same test on either store.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod folder { $(#[tokio::test] async fn $name() { super::$name(super::Store::local().await).await; })* }
        mod bucket { $(#[tokio::test] async fn $name() { super::$name(super::Store::s3().await).await; })* }
    };
}

on_both! {
    an_object_put_twice_is_stored_once_and_read_back
    an_object_is_never_replaced_unless_that_is_asked_for
    of_many_writers_of_one_key_exactly_one_creates_it
    a_large_object_comes_back_whole_and_in_parts
    what_is_not_there_is_none
    a_listing_knows_the_old_ones_of_one_folder
    no_key_leads_out_of_the_store
}

async fn an_object_put_twice_is_stored_once_and_read_back(store: Store) {
    let objects = &store.objects;
    assert_eq!(objects.put(KEY, b"light".to_vec()).await.expect("put"), Stored { existed: false });
    assert_eq!(objects.put(KEY, b"light".to_vec()).await.expect("put"), Stored { existed: true });
    assert_eq!(objects.get(KEY).await.expect("get").as_deref(), Some(&b"light"[..]));
    assert_eq!(objects.len(KEY).await.expect("len"), Some(5));
    assert_eq!(part(objects, 1, 3).await, b"igh");
    assert_eq!(part(objects, 3, 100).await, b"ht");
    assert_eq!(part(objects, 5, 1).await, b"");
}

async fn an_object_is_never_replaced_unless_that_is_asked_for(store: Store) {
    let objects = &store.objects;
    objects.put(KEY, b"light".to_vec()).await.expect("put");
    let refused = objects.put(KEY, b"darkness".to_vec()).await.expect_err("another length");
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
    assert_eq!(objects.get(KEY).await.expect("get").as_deref(), Some(&b"light"[..]));
    objects.replace(KEY, b"darkness".to_vec()).await.expect("replaced");
    assert_eq!(objects.get(KEY).await.expect("get").as_deref(), Some(&b"darkness"[..]));
    objects.replace("0192-town/ab/new.jpg", b"new".to_vec()).await.expect("put where nothing stood");
    assert_eq!(objects.len("0192-town/ab/new.jpg").await.expect("len"), Some(3));
}

async fn of_many_writers_of_one_key_exactly_one_creates_it(store: Store) {
    let writers = (0..16).map(|_| {
        let objects = store.objects.clone();
        tokio::spawn(async move { objects.put(KEY, vec![7; 100_000]).await.expect("put").existed })
    });
    let mut created = 0;
    for writer in writers.collect::<Vec<_>>() {
        created += usize::from(!writer.await.expect("a writer"));
    }
    assert_eq!(created, 1);
    assert_eq!(store.objects.get(KEY).await.expect("get"), Some(vec![7; 100_000]));
}

async fn a_large_object_comes_back_whole_and_in_parts(store: Store) {
    let objects = &store.objects;
    let bytes: Vec<u8> = (0..LARGE).map(|n| (n / 1000 % 251).to_le_bytes()[0]).collect();
    assert_eq!(objects.put(KEY, bytes.clone()).await.expect("put"), Stored { existed: false });
    assert_eq!(objects.put(KEY, bytes.clone()).await.expect("put"), Stored { existed: true });
    let other = objects.put(KEY, bytes[1..].to_vec()).await.expect_err("another length");
    assert_eq!(other.kind(), ErrorKind::AlreadyExists);
    assert_eq!(objects.len(KEY).await.expect("len"), Some(LARGE as u64));
    assert!(objects.get(KEY).await.expect("get").as_deref() == Some(&bytes[..]), "other bytes");
    let seam = 8 * 1024 * 1024 - 5;
    assert_eq!(part(objects, seam as u64, 10).await, bytes[seam..seam + 10]);
    assert_eq!(part(objects, LARGE as u64 - 3, 10).await, bytes[LARGE - 3..]);
    objects.replace(KEY, bytes[1..].to_vec()).await.expect("replaced");
    assert_eq!(objects.len(KEY).await.expect("len"), Some(LARGE as u64 - 1));
}

async fn what_is_not_there_is_none(store: Store) {
    let objects = &store.objects;
    assert_eq!(objects.get(KEY).await.expect("get"), None);
    assert_eq!(objects.len(KEY).await.expect("len"), None);
    assert!(objects.open_range(KEY, 0, 1).await.expect("open").is_none());
    assert!(!objects.delete(KEY).await.expect("delete"));
    let future = "2100-01-01T00:00:00Z".parse().expect("time");
    assert!(objects.list_older_than("0192-town", future).await.expect("list").is_empty());
}

async fn a_listing_knows_the_old_ones_of_one_folder(store: Store) {
    let objects = &store.objects;
    let (old, other) = ("0192-town/ab/zz.jpg", "0193-town/ab/abc.jpg");
    for key in [KEY, old, other] {
        objects.put(key, b"light".to_vec()).await.expect("put");
    }
    let file = File::options().write(true).open(store.path_of(old)).expect("an object");
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 40)).expect("aged");
    let listed = async |prefix: &str, time: &str| -> Vec<(String, u64)> {
        let entries = objects.list_older_than(prefix, time.parse().expect("time")).await.expect("list");
        entries.into_iter().map(|entry| (entry.key, entry.len)).collect()
    };
    let both = vec![(KEY.to_owned(), 5), (old.to_owned(), 5)];
    assert_eq!(listed("0192-town/ab", "2100-01-01T00:00:00Z").await, both);
    assert_eq!(listed("0192-town", "2015-01-01T00:00:00Z").await, both[1..]);
    assert!(listed("0192-town/a", "2100-01-01T00:00:00Z").await.is_empty(), "no half names");
    assert!(objects.delete(old).await.expect("delete"));
    assert!(!objects.delete(old).await.expect("delete"));
    assert_eq!(objects.get(old).await.expect("get"), None);
    assert_eq!(
        objects.sweep_temporary("2100-01-01T00:00:00Z".parse().expect("time")).await.expect("sweep"),
        0
    );
}

async fn no_key_leads_out_of_the_store(store: Store) {
    for key in ["", "/etc", "a//b", "../a", "a/../b", "a/.b", ".tmp/x", "A", "照片"] {
        let refused = store.objects.put(key, Vec::new()).await.expect_err(key);
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{key}");
        assert!(store.objects.get(key).await.is_err(), "{key}");
    }
}

async fn part(objects: &Objects, start: u64, len: u64) -> Vec<u8> {
    let mut reader = objects.open_range(KEY, start, len).await.expect("open").expect("there");
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).await.expect("read");
    bytes
}

#[tokio::test]
async fn a_bucket_that_does_not_answer_is_away_and_nobodys_photo_is_to_blame() {
    let mut store = Store::s3().await;
    store.bucket.as_ref().expect("a bucket").breaks();
    let broken = store.objects.put(KEY, b"light".to_vec()).await.expect_err("it says 503");
    drop(store.bucket.take());
    let nowhere = Store::of(Some(Bucket::start().await));
    let elsewhere = Config::from_values(&gone(&nowhere)).expect("a valid configuration");
    let nobody = Objects::open(elsewhere.photos.s3.as_ref(), store.folder.path()).expect("a store");
    let refused = nobody.put(KEY, b"light".to_vec()).await.expect_err("nobody is there");
    for error in [broken, refused] {
        assert!(tuhe::platform::objects::is_away(&error), "{error}");
        assert!(!format!("{error:?}").contains("test-secret-of-s3"), "a secret is told");
    }
}

/// The same bucket at a port where nobody listens.
fn gone(store: &Store) -> BTreeMap<String, String> {
    let settings = store.bucket.iter().flat_map(Bucket::settings);
    let mut values: BTreeMap<String, String> = settings.map(|(key, value)| (key.to_owned(), value)).collect();
    values.insert("TUHE_S3_ENDPOINT".into(), "http://127.0.0.1:9".into());
    values
}

#[tokio::test]
async fn an_upload_to_a_bucket_that_is_away_waits_on_the_phone() {
    let (world, bucket) = World::with_bucket("2021-10-12 09:00").await;
    let cadre = Town::empty(&world, "tuhe").await.cadre().await;
    bucket.breaks();
    let photo = jpeg();
    let away = cadre.tries_to_upload(&photo, &sha256_hex(&photo)).await.refuses(503, "photo.store_away");
    assert_eq!(away.headers["retry-after"], "60");
}
