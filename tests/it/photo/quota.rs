//! How much of the store a town may take: counted exactly, told before it is full, and nothing lost when it is.

use std::fs;

use tuhe::evidence::{self, Hash, Size};

use crate::console::Desk;
use crate::flow::{branch, village};
use crate::world::{Answer, Person, Town, World, jpeg, sha256_hex};

async fn used(world: &World, town: &Town) -> i64 {
    evidence::usage(&world.app, town.id).await.expect("counted").bytes
}

async fn limit(world: &World, town: &Town, bytes: Option<i64>) {
    let mut db = world.app.db.acquire().await.expect("a connection");
    evidence::set_limit(&mut db, town.id, bytes).await.expect("set");
}

/// What the forms of these photos take on the disk.
fn on_disk(world: &World, town: &Town, photos: &[Vec<u8>]) -> i64 {
    let forms = photos.iter().flat_map(|photo| {
        let hash = Hash::parse(&sha256_hex(photo)).expect("a hash");
        [Size::Original, Size::Display, Size::Thumb].map(|size| evidence::key(town.id, hash, size))
    });
    let sizes = forms.map(|key| fs::metadata(world.app.config.var.join("photos").join(key)));
    sizes.map(|meta| i64::try_from(meta.expect("a file").len()).expect("small")).sum()
}

async fn tries(person: &Person, photo: &[u8]) -> Answer {
    person.tries_to_upload(photo, &sha256_hex(photo)).await
}

#[tokio::test]
async fn what_a_town_takes_is_counted_to_the_byte_whoever_uploads_at_once() {
    let (world, town, _, cadre) = village().await;
    let secretary = town.secretary().await;
    let photos: Vec<Vec<u8>> = (0..6).map(|_| jpeg()).collect();
    let uploads = photos.iter().flat_map(|photo| [tries(&cadre, photo), tries(&secretary, photo)]);
    for answer in futures_util::future::join_all(uploads).await {
        answer.is(200);
    }
    assert_eq!(used(&world, &town).await, on_disk(&world, &town, &photos));
    evidence::rebuild(&world.app, town.id, false).await.expect("rebuilt");
    assert_eq!(used(&world, &town).await, on_disk(&world, &town, &photos));
    let east = Town::empty(&world, "east").await;
    assert_eq!(used(&world, &east).await, 0);
    world.move_to("2021-11-20");
    assert_eq!(evidence::sweep(&world.app, world.now()).await.expect("swept").unbound, 6);
    assert_eq!(used(&world, &town).await, 0);
}

#[tokio::test]
async fn a_photo_for_which_there_is_no_room_waits_on_the_phone_and_comes_when_there_is() {
    let (world, town, _, cadre) = village().await;
    let (here, more) = (jpeg(), jpeg());
    tries(&cadre, &here).await.is(200);
    limit(&world, &town, Some(used(&world, &town).await + 100)).await;
    let refused = tries(&cadre, &more).await.refuses(507, "photo.quota");
    assert_eq!(refused.headers["retry-after"], "1800");
    assert!(refused.text("/message").contains("手机里的照片请保留"), "{}", refused.body);
    // What is here already is still here, and a town next to it has its own room.
    tries(&cadre, &here).await.is(200).field("/existed", true);
    let east = Town::empty(&world, "east").await;
    tries(&east.cadre().await, &more).await.is(200);
    limit(&world, &town, None).await;
    tries(&cadre, &more).await.is(200).field("/existed", false);
}

#[tokio::test]
async fn of_two_photos_at_once_for_the_last_room_one_gets_it() {
    let (world, town, _, cadre) = village().await;
    let secretary = town.secretary().await;
    tries(&cadre, &jpeg()).await.is(200);
    let one = used(&world, &town).await;
    // Room for one more and a half, by the measure of the first.
    limit(&world, &town, Some(one * 5 / 2)).await;
    let (a, b) = (jpeg(), jpeg());
    let (first, second) = tokio::join!(tries(&cadre, &a), tries(&secretary, &b));
    let mut codes = [first.status, second.status];
    codes.sort_unstable();
    assert_eq!(codes, [200, 507], "{} {}", first.body, second.body);
    assert!(used(&world, &town).await <= one * 5 / 2);
    let rows: i64 = sqlx::query_scalar("select count(*) from photo where town_id = $1")
        .bind(town.id.0)
        .fetch_one(&world.app.db)
        .await
        .expect("counted");
    assert_eq!(rows, 2);
}

#[tokio::test]
async fn the_office_reads_at_its_desk_that_room_is_running_out() {
    let (world, town, office, secretary) = branch().await;
    secretary.uploads(&jpeg()).await;
    let used = used(&world, &town).await;
    let mut desk = Desk::of(&office).await;
    desk.get("/console/").await.hides("照片已经占了");
    limit(&world, &town, Some(used * 10 / 9)).await;
    desk.get("/console/").await.shows("照片已经占了").shows("请联系系统管理员扩大");
    let mut other = Desk::of(&secretary).await;
    other.get("/console/").await.hides("照片已经占了");
}
