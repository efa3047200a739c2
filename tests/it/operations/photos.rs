//! `tuhe photos …`, as an administrator runs it.

use std::process::Output;

use tokio::process::Command;
use tuhe::evidence::{self, Hash, Size};

use super::program::{err, out, run};
use crate::flow::branch;
use crate::world::{World, jpeg, program, redis_url};

/// The program over a world's stores and photos.
async fn photos(world: &World, arguments: &[&str]) -> Output {
    let mut command = Command::new(program("tuhe"));
    command.envs(&world.settings).env("DATABASE_URL", &world.database.url).env("REDIS_URL", redis_url());
    let arguments: Vec<&str> = ["photos"].iter().chain(arguments).copied().collect();
    run(&mut command, &arguments).await
}

#[tokio::test]
async fn scrubbing_lists_what_is_lost_and_fails_until_it_is_back() {
    let (world, town, _, secretary) = branch().await;
    let (photo, _) = (jpeg(), secretary.uploads(&jpeg()).await);
    let hash = secretary.uploads(&photo).await;
    let fine = photos(&world, &["scrub"]).await;
    assert!(fine.status.success(), "{}", err(&fine));
    assert!(out(&fine).contains("核对了 2 张原图"), "{}", out(&fine));
    let key = evidence::key(town.id, Hash::parse(&hash).expect("a hash"), Size::Original);
    assert!(world.app.photos.delete(&key).await.expect("deleted"));
    let lost = photos(&world, &["scrub", "--town", "tuhe"]).await;
    assert_eq!(lost.status.code(), Some(1));
    assert!(out(&lost).contains(&format!("{key}:丢失")), "{}", out(&lost));
    assert!(err(&lost).contains("有 1 张原图丢失或损坏"), "{}", err(&lost));
    // From the backup.
    world.app.photos.put(&key, photo).await.expect("put");
    let back = photos(&world, &["scrub"]).await;
    assert!(back.status.success(), "{}{}", out(&back), err(&back));
}

#[tokio::test]
async fn copies_are_made_anew_by_a_command_that_counts_them() {
    let (world, town, _, secretary) = branch().await;
    let hash = secretary.uploads(&jpeg()).await;
    secretary.uploads(&jpeg()).await;
    let key = evidence::key(town.id, Hash::parse(&hash).expect("a hash"), Size::Thumb);
    assert!(world.app.photos.delete(&key).await.expect("deleted"));
    let missing = photos(&world, &["rebuild", "--missing"]).await;
    assert!(missing.status.success(), "{}", err(&missing));
    assert!(out(&missing).contains("重做 1 张,完好 1 张,做不了 0 张"), "{}", out(&missing));
    let all = photos(&world, &["rebuild", "--town", "tuhe"]).await;
    assert!(out(&all).contains("重做 2 张,完好 0 张,做不了 0 张"), "{}{}", out(&all), err(&all));
    let nowhere = photos(&world, &["rebuild", "--town", "nowhere"]).await;
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(err(&nowhere).contains("没有代码为 nowhere 的镇"), "{}", err(&nowhere));
}

#[tokio::test]
async fn a_town_is_given_room_of_its_own_and_the_common_one_again() {
    let (world, ..) = branch().await;
    let said = async |more: &[&str]| {
        let arguments: Vec<&str> = ["quota", "--town", "tuhe"].iter().chain(more).copied().collect();
        let output = photos(&world, &arguments).await;
        assert!(output.status.success(), "{}", err(&output));
        out(&output)
    };
    assert!(said(&[]).await.contains("上限 200.0 GB"));
    assert!(said(&["--gb", "500"]).await.contains("上限 500.0 GB"));
    assert!(said(&[]).await.contains("上限 500.0 GB"));
    assert!(said(&["--default"]).await.contains("上限 200.0 GB"));
    let wrong = photos(&world, &["quota", "--town", "tuhe", "--gb", "0"]).await;
    assert!(!wrong.status.success());
}
