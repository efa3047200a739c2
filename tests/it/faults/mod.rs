//! Stores that stop, forget and come back, and a server that is killed at any moment: what was acknowledged stays, and
//! nothing is told twice.

mod clock;
mod kill_many;
mod kill_send;
mod kill_submit;
mod kill_upload;
mod kill_write;
mod lost_commit;
mod postgres;
mod private;
pub mod program;
mod relay;
mod sessions;

use std::time::{Duration, Instant};

pub use program::{Program, present_world_with};

/// Looks again and again until it is so; a test that waits longer than any machine needs has failed.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < Duration::from_secs(90), "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
