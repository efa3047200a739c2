//! What is left over is swept, what is named is kept.

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use tuhe::evidence::{self, Hash, Size};

use crate::flow::{branch, held, ids, record};
use crate::world::{Person, Town, World, jpeg};

fn path_of(world: &World, town: &Town, hash: &str, size: Size) -> PathBuf {
    let hash = Hash::parse(hash).expect("a hash");
    world.app.config.var.join("photos").join(evidence::key(town.id, hash, size))
}

/// Makes an object look as old as the world is.
fn age(path: &PathBuf) {
    let file = File::options().write(true).open(path).expect("an object");
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 40)).expect("aged");
}

async fn exists(person: &Person, photo: &[u8]) -> bool {
    let hash = crate::world::sha256_hex(photo);
    sqlx::query_scalar("select exists (select from photo where hash = decode($1, 'hex'))")
        .bind(hash)
        .fetch_one(&person.world.app.db)
        .await
        .expect("asked")
}

#[tokio::test]
async fn a_photo_no_record_names_goes_after_thirty_days_and_a_named_one_stays() {
    let (world, town, office, secretary) = branch().await;
    let loose = jpeg();
    let hash = secretary.uploads(&loose).await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    for size in [Size::Original, Size::Display, Size::Thumb] {
        age(&path_of(&world, &town, &hash, size));
    }
    world.move_to("2021-11-07 08:59");
    let swept = evidence::sweep(&world.app, world.now()).await.expect("swept");
    assert_eq!((swept.unbound, swept.orphans, swept.temporary), (0, 0, 0));
    assert!(exists(&secretary, &loose).await);
    world.move_to("2021-11-07 09:01");
    let swept = evidence::sweep(&world.app, world.now()).await.expect("swept");
    assert_eq!((swept.unbound, swept.orphans), (1, 3));
    assert!(!exists(&secretary, &loose).await);
    assert!(!path_of(&world, &town, &hash, Size::Original).exists());
    record(&office, &ids(&sent).0).await.text("/photos/0/links/thumb");
    // The phone still has it: it is simply sent again.
    secretary.tries_to_upload(&loose, &hash).await.is(200).field("/existed", false);
}

#[tokio::test]
async fn objects_whose_row_was_never_written_go_after_a_day_and_no_sooner() {
    let (world, town, _, secretary) = branch().await;
    let kept = secretary.uploads(&jpeg()).await;
    for size in [Size::Original, Size::Display, Size::Thumb] {
        age(&path_of(&world, &town, &kept, size));
    }
    let lost = "ab".repeat(32);
    let path = path_of(&world, &town, &lost, Size::Original);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    std::fs::write(&path, b"half an upload").expect("written");
    assert_eq!(evidence::sweep(&world.app, world.now()).await.expect("swept").orphans, 0);
    age(&path);
    let swept = evidence::sweep(&world.app, world.now()).await.expect("swept");
    assert_eq!((swept.unbound, swept.orphans), (0, 1));
    assert!(!path.exists());
    assert!(path_of(&world, &town, &kept, Size::Original).exists());
}

#[tokio::test]
async fn a_bucket_is_swept_as_a_folder_is() {
    let (world, bucket) = World::with_bucket("2021-10-08 09:00").await;
    let town = Town::empty(&world, "tuhe").await;
    let secretary = town.secretary().await;
    let loose = secretary.uploads(&jpeg()).await;
    let sent = held(&secretary, &town.unit("石桥支部"), "2021-10-08", &["general"], &[]).await;
    secretary.post("/api/v1/meetings", sent.clone()).await.is(200);
    let named = sent["record"]["photos"][0]["hash"].as_str().expect("a photo").to_owned();
    let path =
        |hash: &str, size| bucket.path_of(&evidence::key(town.id, Hash::parse(hash).expect("a hash"), size));
    let sizes = [Size::Original, Size::Display, Size::Thumb];
    for size in sizes {
        age(&path(&loose, size));
        age(&path(&named, size));
    }
    world.move_to("2021-11-08");
    let swept = evidence::sweep(&world.app, world.now()).await.expect("swept");
    assert_eq!((swept.unbound, swept.orphans), (1, 3));
    for size in sizes {
        assert!(!path(&loose, size).exists() && path(&named, size).exists(), "{size:?}");
    }
}
