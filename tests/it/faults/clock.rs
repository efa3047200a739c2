//! One machine's clock is stepped, by hours, into the next day and back, while reminders are worked out, gathered and sent by
//! two replicas, with Redis and without. Whatever its clock shows, the town goes by one time. The seed is printed;
//! `TUHE_TEST_SEED` repeats a run.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tuhe::App;
use tuhe::config::Config;
use tuhe::org::Role;

use super::private::PrivateRedis;
use super::until;
use crate::notify::schedules::{
    forgotten, nobody_is_disturbed, nothing_done_was_told_after, something, the_overdue_are_called,
};
use crate::notify::states;
use crate::world::{Ground, Person, Town, World, instant, program};

/// Hours at which a wrong clock does harm: it would send before the night is over, or go on into it.
const HOURS: [&str; 6] = ["06:10", "09:00", "12:30", "20:30", "22:10", "23:50"];
const DAYS: i64 = 12;

/// By how much the other machine's clock is stepped while it works, in hours.
const STEPS: [i64; 6] = [2, -3, 18, -18, 0, 5];

struct Two {
    world: Arc<World>,
    /// Its clock is the one that is stepped.
    other: App,
    redis: PrivateRedis,
}

/// A process on another machine, over the same stores.
async fn open(world: &World, redis: &PrivateRedis, stepped: TimeDelta) -> App {
    let clock = world.app.clock.of_another_machine();
    clock.step(stepped);
    let config = Config::from_values(&world.settings).expect("a valid configuration");
    App::open(config, clock, &world.database.url, &redis.url(), program("tuhe")).await.expect("the app opens")
}

impl Two {
    async fn from(minute: &str) -> Self {
        let redis = PrivateRedis::start().await;
        let ground = Ground { redis: Some(redis.url()), ..Ground::default() };
        let world = World::upon(minute, ground).await;
        let other = open(&world, &redis, TimeDelta::hours(2)).await;
        Self { world, other, redis }
    }

    /// The true time, of both and of WeChat; it goes on.
    fn move_to(&self, at: DateTime<Utc>) {
        self.world.app.clock.run_from(at);
        self.world.wx.run_from(at);
    }

    /// Both work at once, and the other's clock is stepped meanwhile.
    async fn work(&self, by: i64, after: Duration) {
        let step = async {
            tokio::time::sleep(after).await;
            self.other.clock.step(TimeDelta::hours(by));
        };
        join(join(works(&self.world.app), works(&self.other)), step).await;
    }
}

async fn works(app: &App) {
    tuhe::duty::generate_all(&app.db, app.clock.now()).await.expect("generated");
    tuhe::duty::remind_all(&app.db, app.clock.now()).await.expect("reminded");
    tuhe::notify::settle(app, app.clock.now()).await.expect("the queue comes to rest");
}

/// Each message that was sent has arrived once; of one whose answer was lost it is not known whether it has.
async fn none_arrived_twice(world: &World, people: &[Person]) {
    let arrived: usize = people.iter().map(|person| person.messages().len()).sum();
    let states = states(world).await;
    let count = |state| usize::try_from(states.get(state).copied().unwrap_or_default()).expect("a count");
    let (sent, unknown) = (count("sent"), count("unknown"));
    assert!((sent..=sent + unknown).contains(&arrived), "{arrived} arrived: {states:?}");
}

#[tokio::test]
async fn a_stepped_clock_sends_nothing_by_night_nothing_twice_and_holds_nothing_up() {
    let seed = std::env::var("TUHE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| rand::rng().random_range(0..1_000_000));
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut two = Two::from("2021-10-08 09:00").await;
    let town = Town::with_plan(&two.world).await;
    let people = [
        town.secretary().await,
        town.village_secretary().await,
        town.village_contact().await,
        town.person("郑强", Role::AreaHead, &["石桥村"]).await,
        town.person("孙岩", Role::ActionLead, &["图河镇"]).await,
    ];
    let office = town.office().await;
    for person in &people {
        two.world.allow(person, 30).await;
    }
    let first = instant("2021-10-08 00:00");
    for day in 0..DAYS {
        // Two hours of each day, and a restart with a wrong clock now and then.
        let mut hours: Vec<usize> = (0..2).map(|_| rng.random_range(0..HOURS.len())).collect();
        hours.sort_unstable();
        for hour in hours {
            let date = (first + TimeDelta::hours(8) + TimeDelta::days(day)).date_naive();
            two.move_to(instant(&format!("{date} {}", HOURS[hour])));
            let without_redis = rng.random_bool(0.25);
            if without_redis {
                two.redis.stop().await;
            }
            let by = STEPS[rng.random_range(0..STEPS.len())];
            two.work(by, Duration::from_millis(rng.random_range(1..80))).await;
            if without_redis {
                two.redis.start_again().await;
                two.work(-by, Duration::from_millis(5)).await;
            }
            if rng.random_bool(0.5) {
                something(&two.world, &people[rng.random_range(0..2)], &office, &mut rng).await;
            }
            if rng.random_bool(0.15) {
                let wrong = TimeDelta::hours(STEPS[rng.random_range(0..STEPS.len())]);
                two.other = open(&two.world, &two.redis, wrong).await;
            }
        }
    }
    let told: usize = people.iter().map(|person| person.messages().len()).sum();
    assert!(told > 4, "only {told} messages: this run shows little");
    nobody_is_disturbed(&people);
    none_arrived_twice(&two.world, &people).await;
    nothing_done_was_told_after(&two.world).await;
    // A month and more in which nobody does anything, and the other alone looks after it.
    two.move_to(first + TimeDelta::days(DAYS + 50) + TimeDelta::hours(10));
    two.other.clock.step(TimeDelta::hours(-3));
    until("nobody holds anything any more", async || {
        works(&two.other).await;
        forgotten(&two.world).await.is_empty()
    })
    .await;
    the_overdue_are_called(&two.world).await;
    nobody_is_disturbed(&people);
}

/// Handed out by a clock that has been put back since, and lost by Redis: it is not held up until that clock says so again.
#[tokio::test]
async fn what_was_handed_out_in_a_future_that_was_taken_back_is_handed_out_again() {
    let redis = PrivateRedis::start().await;
    let ground = Ground { redis: Some(redis.url()), ..Ground::default() };
    let world = World::upon("2021-10-12 12:00", ground).await;
    let person = crate::notify::reader(&world, 1).await;
    crate::notify::owe(&person, tuhe::notify::Weight::Important).await;
    tuhe::notify::compose::pass(&world.app, world.now()).await.expect("composed");
    let ahead = world.now() + TimeDelta::hours(5);
    assert_eq!(tuhe::notify::relay::pass(&world.app, ahead).await.expect("relayed"), 1);
    redis.flush().await;
    world.settle().await;
    assert_eq!(person.messages().len(), 1);
}
