//! Photos of a town that look alike, found among a million in some milliseconds: the prints of each town lie in memory, as a
//! cache that is filled from PostgreSQL when it is first asked and brought up to date before every search. Losing it
//! costs one reading; any number of processes keep their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::sql_facts;
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::ids::TownId;
use crate::platform::photo::hash::{Likeness, Prints};
use crate::platform::photo::{Near, Shelf};

/// Prints held by a process over all towns, about 100 bytes each. Beyond it the town that was asked longest ago is let go, and
/// of a town with more than that only its latest are compared.
const MOST: usize = 1_500_000;
/// Prints read from the database at a time.
const PAGE: i64 = 50_000;

/// What a search has found, and up to which photo it had seen.
#[derive(Default)]
pub struct Looked {
    pub near: Vec<Near>,
    pub seen: i64,
}

/// The prints of the towns asked about lately.
#[derive(Clone, Default)]
pub struct Twins(Arc<Mutex<Towns>>);

#[derive(Default)]
struct Towns {
    shelves: HashMap<TownId, Held>,
    /// Counts the searches, as a clock for what was asked last.
    asked: u64,
}

#[derive(Default)]
struct Held {
    shelf: Arc<RwLock<Shelf>>,
    asked: u64,
}

impl Twins {
    /// The town's shelf, empty where nobody has asked yet.
    fn of(&self, town: TownId) -> Arc<RwLock<Shelf>> {
        let mut towns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        towns.asked += 1;
        let asked = towns.asked;
        let held = towns.shelves.entry(town).or_default();
        held.asked = asked;
        Arc::clone(&held.shelf)
    }

    /// Lets towns go until no more than `most` prints are held, the one asked longest ago first and `but` never.
    fn keep_within(&self, most: usize, but: TownId) {
        let mut towns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let len = |held: &Held| held.shelf.read().unwrap_or_else(PoisonError::into_inner).len();
        let mut sum: usize = towns.shelves.values().map(len).sum();
        while sum > most {
            let others = towns.shelves.iter().filter(|(town, _)| **town != but);
            let Some((town, held)) = others.min_by_key(|(_, held)| held.asked) else { return };
            sum -= len(held);
            let town = *town;
            towns.shelves.remove(&town);
        }
    }
}

/// Looks among all photos of the town that are committed by now.
pub async fn look(app: &App, town: TownId, likeness: &Likeness) -> ApiResult<Looked> {
    let shelf = app.twins.of(town);
    refresh(app, town, &shelf).await?;
    app.twins.keep_within(MOST, town);
    let turned = likeness.turned;
    // Some milliseconds of pure counting, where a town is large: not on a thread that others wait for.
    let search = tokio::task::spawn_blocking(move || {
        let shelf = shelf.read().unwrap_or_else(PoisonError::into_inner);
        Looked { near: shelf.near(&turned), seen: shelf.last() }
    });
    search.await.map_err(ApiError::internal)
}

/// Puts what was committed since the last look on the shelf. Numbers are given in the order of commits, so nothing is skipped.
async fn refresh(app: &App, town: TownId, shelf: &RwLock<Shelf>) -> ApiResult<()> {
    let mut last = shelf.read().unwrap_or_else(PoisonError::into_inner).last();
    if last == 0 {
        let most = i64::try_from(MOST).map_err(ApiError::internal)?;
        last = sql_facts::number_before_latest(&app.db, town, most).await?;
    }
    loop {
        let rows = sql_facts::prints_after(&app.db, town, last, PAGE).await?;
        let Some((newest, _)) = rows.last() else { return Ok(()) };
        last = *newest;
        let mut shelf = shelf.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have put them there meanwhile.
        let known = shelf.last();
        for (number, prints) in rows.iter().filter(|(number, _)| *number > known) {
            shelf.add(*number, prints);
        }
    }
}

/// Looks among a few photos that are on no shelf yet.
pub fn among(rows: &[(i64, Prints)], likeness: &Likeness) -> Vec<Near> {
    let mut shelf = Shelf::default();
    for (number, prints) in rows {
        shelf.add(*number, prints);
    }
    shelf.near(&likeness.turned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_town_asked_longest_ago_is_let_go_first_and_never_the_one_that_asks() {
        let twins = Twins::default();
        let [first, second, third] = [1, 2, 3].map(|n| TownId(Uuid::from_u128(n)));
        for town in [first, second, third, first] {
            let shelf = twins.of(town);
            let mut shelf = shelf.write().expect("a shelf");
            for number in 1..=10 {
                let number = shelf.last() + number;
                shelf.add(number, &Prints::default());
            }
        }
        let held = |town| twins.0.lock().expect("towns").shelves.contains_key(&town);
        twins.keep_within(30, third);
        assert_eq!([first, second, third].map(held), [true, false, true]);
        twins.keep_within(5, first);
        assert_eq!([first, second, third].map(held), [true, false, false]);
    }
}
