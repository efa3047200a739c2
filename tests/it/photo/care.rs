//! The care of photos that are here: copies come back by themselves, rot is found and told, and what is begun is gone on with.

use std::path::PathBuf;

use tuhe::evidence::{self, Hash, Rot, Size};

use crate::flow::{branch, record, village};
use crate::world::{Person, Town, World, common, jpeg, meeting};

fn key(town: &Town, hash: &str, size: Size) -> String {
    evidence::key(town.id, Hash::parse(hash).expect("a hash"), size)
}

fn path_of(world: &World, town: &Town, hash: &str, size: Size) -> PathBuf {
    world.app.config.var.join("photos").join(key(town, hash, size))
}

/// The disk changes one byte of a file and says nothing.
fn rots(path: &PathBuf) {
    let mut bytes = std::fs::read(path).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).expect("written");
}

/// Links to the copies of a photo that a record names.
async fn links(office: &Person, secretary: &Person, town: &Town, hash: &str) -> [String; 2] {
    let part = common(&town.unit("石桥支部"), "2021-10-12", &[], &[("sheet", hash)]);
    let id = secretary.post("/api/v1/meetings", meeting(part, &["general"])).await.is(200).text("/record_id");
    let read = record(office, &id).await;
    [read.text("/photos/0/links/display"), read.text("/photos/0/links/thumb")]
}

async fn shown(world: &World, link: &str) -> (u16, Vec<u8>) {
    let answer = world.http.get(format!("{}{link}", world.base)).send().await.expect("an answer");
    (answer.status().as_u16(), answer.bytes().await.expect("bytes").to_vec())
}

async fn rotten(world: &World) -> i64 {
    let asked = sqlx::query_scalar("select count(*) from photo where rotten_at is not null");
    asked.fetch_one(&world.app.db).await.expect("counted")
}

#[tokio::test]
async fn a_copy_that_is_gone_or_broken_is_there_again_when_it_is_looked_at() {
    let (world, town, office, _) = village().await;
    let secretary = town.secretary().await;
    let hash = secretary.uploads(&jpeg()).await;
    let [display, thumb] = links(&office, &secretary, &town, &hash).await;
    let before = (shown(&world, &display).await, shown(&world, &thumb).await);
    std::fs::remove_file(path_of(&world, &town, &hash, Size::Display)).expect("removed");
    let half = &before.1.1[..before.1.1.len() / 2];
    std::fs::write(path_of(&world, &town, &hash, Size::Thumb), half).expect("cut");
    assert_eq!((shown(&world, &display).await, shown(&world, &thumb).await), before);
    for (size, bytes) in [(Size::Display, &before.0.1), (Size::Thumb, &before.1.1)] {
        assert!(&std::fs::read(path_of(&world, &town, &hash, size)).expect("back on the disk") == bytes);
    }
    // Without the original there is nothing to make it of, and that is said.
    for size in [Size::Original, Size::Display] {
        std::fs::remove_file(path_of(&world, &town, &hash, size)).expect("removed");
    }
    assert_eq!(shown(&world, &display).await.0, 404);
    assert_eq!(shown(&world, &thumb).await, before.1);
}

#[tokio::test]
async fn many_who_look_at_a_missing_copy_at_once_all_see_it() {
    let (world, town, office, _) = village().await;
    let secretary = town.secretary().await;
    let hash = secretary.uploads(&jpeg()).await;
    let [display, _] = links(&office, &secretary, &town, &hash).await;
    std::fs::remove_file(path_of(&world, &town, &hash, Size::Display)).expect("removed");
    let looks = (0..6).map(|_| shown(&world, &display));
    for (status, bytes) in futures_util::future::join_all(looks).await {
        assert_eq!(status, 200);
        assert!(image::load_from_memory(&bytes).is_ok());
    }
}

#[tokio::test]
async fn rebuilding_makes_what_is_missing_or_everything_and_knows_what_it_could_not() {
    let (world, town, _, secretary) = branch().await;
    let mut hashes = Vec::new();
    for _ in 0..4 {
        hashes.push(secretary.uploads(&jpeg()).await);
    }
    std::fs::remove_file(path_of(&world, &town, &hashes[0], Size::Thumb)).expect("removed");
    std::fs::write(path_of(&world, &town, &hashes[1], Size::Display), b"").expect("emptied");
    let done = evidence::rebuild(&world.app, town.id, true).await.expect("rebuilt");
    assert_eq!((done.made, done.fine, done.failed.len()), (2, 2, 0));
    let again = evidence::rebuild(&world.app, town.id, true).await.expect("rebuilt");
    assert_eq!((again.made, again.fine), (0, 4));
    rots(&path_of(&world, &town, &hashes[2], Size::Original));
    world.move_to("2021-10-09");
    let all = evidence::rebuild(&world.app, town.id, false).await.expect("rebuilt");
    assert_eq!((all.made, all.fine), (3, 0));
    assert_eq!(all.failed, [Hash::parse(&hashes[2]).expect("a hash")]);
    // Another town's photos are not touched.
    let east = Town::empty(&world, "east").await;
    let theirs = evidence::rebuild(&world.app, east.id, false).await.expect("rebuilt");
    assert_eq!((theirs.made, theirs.fine, theirs.failed.len()), (0, 0, 0));
}

#[tokio::test]
async fn a_rebuilding_that_was_cut_off_goes_on_where_it_was() {
    let (world, town, _, secretary) = branch().await;
    for _ in 0..12 {
        secretary.uploads(&jpeg()).await;
    }
    let made = async || -> i64 {
        let asked = sqlx::query_scalar("select count(*) from photo where remade_at is not null");
        asked.fetch_one(&world.app.db).await.expect("counted")
    };
    let cut = tokio::spawn({
        let (app, town) = (world.app.clone(), town.id);
        async move { evidence::rebuild(&app, town, false).await.map(|done| done.made) }
    });
    while made().await < 3 {
        tokio::task::yield_now().await;
    }
    cut.abort();
    let _ = cut.await;
    let before = usize::try_from(made().await).expect("few");
    assert!(before < 12, "it was not cut off");
    world.move_to("2021-10-13");
    let done = evidence::rebuild(&world.app, town.id, false).await.expect("rebuilt");
    // A photo under way at the cut may be made twice, never left out.
    assert!((12 - before - 2..=12 - before + 2).contains(&done.made), "{before} and {}", done.made);
    assert_eq!(made().await, 12);
    // What was finished begins anew.
    world.move_to("2021-10-14");
    assert_eq!(evidence::rebuild(&world.app, town.id, false).await.expect("rebuilt").made, 12);
}

#[tokio::test]
async fn an_original_that_changed_or_went_is_found_and_mended_by_whoever_sends_it_again() {
    let (world, town, _, secretary) = branch().await;
    let photos = [jpeg(), jpeg(), jpeg()];
    let mut hashes = Vec::new();
    for photo in &photos {
        hashes.push(secretary.uploads(photo).await);
    }
    assert_eq!(evidence::scrub(&world.app, None).await.expect("read").read, 3);
    rots(&path_of(&world, &town, &hashes[0], Size::Original));
    std::fs::remove_file(path_of(&world, &town, &hashes[1], Size::Original)).expect("removed");
    let found = evidence::scrub(&world.app, Some(town.id)).await.expect("read");
    let rot = |at: usize, is_missing| Rot {
        town: town.id,
        hash: Hash::parse(&hashes[at]).expect("a hash"),
        is_missing,
    };
    let mut wanted = [rot(0, false), rot(1, true)];
    wanted.sort_by_key(|rot| rot.hash);
    assert_eq!((found.read, &found.rotten[..]), (3, &wanted[..]));
    assert_eq!(rotten(&world).await, 2);
    for photo in &photos[..2] {
        secretary
            .tries_to_upload(photo, &crate::world::sha256_hex(photo))
            .await
            .is(200)
            .field("/existed", true);
    }
    assert_eq!(rotten(&world).await, 0);
    let mended = evidence::scrub(&world.app, None).await.expect("read");
    assert_eq!((mended.read, mended.rotten.len()), (3, 0));
    for (photo, hash) in photos.iter().zip(&hashes) {
        assert!(&std::fs::read(path_of(&world, &town, hash, Size::Original)).expect("there") == photo);
    }
}

#[tokio::test]
async fn each_original_is_read_again_after_a_month_a_few_at_a_time_by_one_process() {
    let (world, town, _, secretary) = branch().await;
    let mut hashes = Vec::new();
    for _ in 0..6 {
        hashes.push(secretary.uploads(&jpeg()).await);
    }
    let turn = async || evidence::scrub_some(&world.app, world.now()).await.expect("read");
    world.move_to("2021-11-06 08:59");
    assert_eq!(turn().await.read, 0);
    world.move_to("2021-11-12");
    rots(&path_of(&world, &town, &hashes[3], Size::Original));
    std::fs::remove_file(path_of(&world, &town, &hashes[4], Size::Display)).expect("removed");
    let (one, other) = tokio::join!(turn(), turn());
    assert!(one.read + other.read <= 6 && one.read.max(other.read) == 4, "{one:?} {other:?}");
    let mut turns = vec![one, other];
    while turns.iter().map(|turn| turn.read).sum::<usize>() < 6 {
        turns.push(turn().await);
    }
    assert_eq!(turn().await.read, 0, "and again in a month");
    // What is rotten is looked at again the next day, and no alarm lasts longer than what it is for.
    rots(&path_of(&world, &town, &hashes[3], Size::Original));
    assert_eq!(rotten(&world).await, 1);
    world.move_to("2021-11-13 09:01");
    assert_eq!(turn().await.read, 1);
    assert_eq!(rotten(&world).await, 0);
    rots(&path_of(&world, &town, &hashes[3], Size::Original));
    world.move_to("2021-12-20");
    while turn().await.read > 0 {}
    assert_eq!(turns.iter().map(|turn| turn.rotten.len()).sum::<usize>(), 1);
    assert_eq!(turns.iter().map(|turn| turn.remade).sum::<usize>(), 1);
    assert!(path_of(&world, &town, &hashes[4], Size::Display).exists());
    let told = world.http.get(format!("{}/metrics", world.base)).send().await.expect("an answer");
    assert!(told.text().await.expect("text").contains("\ntuhe_rotten_photos 1\n"));
}

#[tokio::test]
async fn a_bucket_is_cared_for_as_a_folder_is() {
    let (world, bucket) = World::with_bucket("2021-10-12 09:00").await;
    let town = Town::empty(&world, "tuhe").await;
    let secretary = town.secretary().await;
    let (one, other) = (secretary.uploads(&jpeg()).await, secretary.uploads(&jpeg()).await);
    let path = |hash: &str, size| bucket.path_of(&key(&town, hash, size));
    rots(&path(&one, Size::Original));
    std::fs::remove_file(path(&other, Size::Thumb)).expect("removed");
    let found = evidence::scrub(&world.app, None).await.expect("read");
    assert_eq!((found.read, found.remade, found.rotten.len()), (2, 1, 1));
    assert!(path(&other, Size::Thumb).exists());
    bucket.breaks();
    evidence::scrub(&world.app, None).await.expect_err("a store that is away is no rot");
    assert_eq!(rotten(&world).await, 1);
}
