//! The server is killed while a photo comes in pieces. What the town says it has is there: the rest is sent from that very
//! place, and in the end the photo is whole, once.

use std::time::Duration;

use super::program::{Program, present_world};
use crate::photo::tus::{Tus, header};
use crate::world::{Town, jpeg, sha256_hex};

/// Microseconds from the moment a piece leaves the phone to the end of the server.
const MOMENTS: [u64; 9] = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000];

#[tokio::test]
async fn a_server_killed_in_a_piece_has_what_it_says_it_has() {
    let world = present_world().await;
    let town = Town::empty(&world, "tuhe").await;
    let cadre = town.cadre().await;
    let mut program = Program::start(&world).await;
    for (n, moment) in MOMENTS.iter().enumerate() {
        let photo = jpeg();
        let mut tus = Tus::begins_at(&cadre, &program.base, &photo).await;
        let first = photo.len() / 3;
        tus.sends(0, &photo[..first]).await.is(204);
        // The second piece, or the one with which the photo would be whole.
        let end = if n % 2 == 0 { photo.len() } else { photo.len() / 2 };
        let piece = tus.piece(first, &photo[first..end]).send();
        let (answer, ()) = tokio::join!(piece, async {
            tokio::time::sleep(Duration::from_micros(*moment)).await;
            program.kill().await;
        });
        let acknowledged = answer.is_ok_and(|answer| answer.status() == 204);
        program = Program::start(&world).await;
        tus.base.clone_from(&program.base);
        let offset = tus.offset().await;
        assert!(offset == first || offset == end, "after {moment} µs: {offset} of {first} or {end}");
        assert!(offset == end || !acknowledged, "after {moment} µs an acknowledged piece is lost");
        let last = tus.goes_on(&photo, photo.len()).await.is(204);
        assert_eq!(header(&last, "upload-offset"), photo.len().to_string());
        let known: i64 = sqlx::query_scalar("select count(*) from photo where hash = decode($1, 'hex')")
            .bind(sha256_hex(&photo))
            .fetch_one(&world.app.db)
            .await
            .expect("counted");
        assert_eq!(known, 1, "after {moment} µs the photo is not there");
    }
    let scrubbed = tuhe::evidence::scrub(&world.app, None).await.expect("read");
    assert_eq!((scrubbed.read, scrubbed.rotten.len()), (MOMENTS.len(), 0));
    program.kill().await;
}
