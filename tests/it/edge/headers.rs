//! What every answer carries beside its body.

use super::send;
use crate::world::World;

/// A phone that is days off counts "还有3天" by this header, so it has to be the server's one clock, also in the demo.
#[tokio::test]
async fn every_answer_tells_the_time_by_the_servers_clock() {
    let world = World::on("2021-10-12").await;
    world.move_to("2021-10-31 08:05");
    for (path, status) in [("/healthz", 200), ("/api/v1/about", 200), ("/api/v1/me", 401), ("/nowhere", 404)]
    {
        let answer = send(world.http.get(format!("{}{path}", world.base))).await.is(status);
        assert_eq!(answer.headers["date"], "Sun, 31 Oct 2021 00:05:00 GMT", "{path}");
    }
}
