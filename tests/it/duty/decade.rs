//! Ten years of a town (invariant 5): whether its duties are made every now and then, rarely, or once at the end, they are the
//! same; nobody owes anything before being there or after being gone.

use std::collections::BTreeSet;
use std::sync::Arc;

use tuhe::ids::{PersonId, TownId, UnitId};
use tuhe::org::{self, FactsOn, NewPerson, UnitKind};
use tuhe::plan::{self, Definition};

use crate::world::{World, instant};

const START: &str = "2021-10-01";
const END: &str = "2031-09-30";

/// One life, lived by several towns that differ only in when their duties are made.
struct Lived {
    world: Arc<World>,
    town: TownId,
    root: UnitId,
    branch: UnitId,
    late: Option<UnitId>,
    member: PersonId,
}

/// What happens on a day, in order.
const EVENTS: [(&str, &str); 14] = [
    ("2021-11-15", "committee"),
    ("2022-02-28", "no committee"),
    ("2022-06-30", "committee"),
    ("2022-12-31", "no committee"),
    ("2023-01-01", "leaves"),
    ("2023-09-10", "founds"),
    ("2024-02-29", "groups"),
    ("2024-03-31", "returns"),
    ("2025-05-05", "leaves"),
    ("2026-02-10", "no groups"),
    ("2027-10-20", "closes"),
    ("2028-02-29", "committee"),
    ("2029-12-31", "returns"),
    ("2030-08-01", "no committee"),
];

impl Lived {
    async fn found(world: &Arc<World>, code: &str) -> Self {
        let (now, day) = (instant("2021-09-01 08:00"), "2021-09-01".parse().expect("a date"));
        let mut tx = world.app.db.begin().await.expect("begun");
        let (town, root) = org::found_town(&mut tx, code, "图河镇", now).await.expect("founded");
        let branch =
            org::add_unit(&mut tx, town, UnitKind::Branch, "石桥支部", root, now).await.expect("added");
        org::set_facts(&mut tx, town, branch, day, &facts(false, false), now).await.expect("stated");
        let new =
            NewPerson { name: "孙远", membership: "full", branch: Some(branch), ..NewPerson::default() };
        let member = org::add_person(&mut tx, &world.app.keys, town, &new, now).await.expect("added");
        let (definition, start) =
            (Definition::shipped().expect("the shipped plan"), START.parse().expect("a date"));
        plan::load(&mut tx, town, None, &definition, start, now).await.expect("loaded");
        tx.commit().await.expect("committed");
        Self { world: Arc::clone(world), town, root, branch, late: None, member }
    }

    async fn happens(&mut self, day: &str, what: &str, stands: &mut (bool, bool)) {
        let (town, now) = (self.town, instant(&format!("{day} 08:00")));
        let date: chrono::NaiveDate = day.parse().expect("a date");
        let mut tx = self.world.app.db.begin().await.expect("begun");
        match what {
            "leaves" => org::register_mobile(&mut tx, town, self.member, self.branch, None, date, now)
                .await
                .map(drop)
                .expect("registered"),
            "returns" => {
                let home =
                    "update mobile_member set returned_on = $2 where town_id = $1 and returned_on is null";
                sqlx::query(home).bind(town.0).bind(date).execute(&mut *tx).await.map(drop).expect("home");
            }
            "founds" => {
                let late = org::add_unit(&mut tx, town, UnitKind::Branch, "东湾支部", self.root, now).await;
                self.late = Some(late.expect("added"));
            }
            "closes" => {
                let close = "update unit set closed_on = $3 where town_id = $1 and id = $2";
                let late = self.late.expect("founded");
                let close = sqlx::query(close).bind(town.0).bind(late.0).bind(date);
                close.execute(&mut *tx).await.map(drop).expect("closed");
            }
            _ => {
                match what {
                    "committee" => stands.0 = true,
                    "no committee" => stands.0 = false,
                    "groups" => stands.1 = true,
                    _ => stands.1 = false,
                }
                let facts = facts(stands.0, stands.1);
                org::set_facts(&mut tx, town, self.branch, date, &facts, now).await.expect("stated");
            }
        }
        tx.commit().await.expect("committed");
    }

    async fn generate(&self, day: &str) -> u64 {
        let mut tx = self.world.app.db.begin().await.expect("begun");
        let now = instant(&format!("{day} 09:00"));
        let made = tuhe::duty::generate(&mut tx, self.town, now).await.expect("generated");
        tx.commit().await.expect("committed");
        made
    }

    /// Lives through the events; duties are made on `days`.
    async fn lives(&mut self, days: &[&str]) {
        let mut stands = (false, false);
        let mut all: Vec<(&str, Option<&str>)> =
            EVENTS.iter().map(|(day, what)| (*day, Some(*what))).collect();
        all.extend(days.iter().map(|day| (*day, None)));
        // What happens on a day happens before duties are made on it.
        all.sort_by_key(|(day, what)| (*day, what.is_none()));
        for (day, what) in all {
            match what {
                Some(what) => self.happens(day, what, &mut stands).await,
                None => drop(self.generate(day).await),
            }
        }
    }

    async fn duties(&self) -> BTreeSet<String> {
        let rows: Vec<(String,)> = sqlx::query_as(
            "select concat_ws(' ', r.code, u.name, p.name, d.window_key, d.window_first, d.window_last, d.grace_last)
             from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
             join unit u on u.town_id = d.town_id and u.id = d.unit_id
             left join person p on p.town_id = d.town_id and p.id = d.person_id
             where d.town_id = $1 and d.state <> 'withdrawn'",
        )
        .bind(self.town.0)
        .fetch_all(&self.world.app.db)
        .await
        .expect("duties");
        rows.into_iter().map(|(row,)| row).collect()
    }
}

fn facts(has_committee: bool, has_groups: bool) -> FactsOn {
    FactsOn { has_committee, has_groups, full_members: 9, probationary_members: 1 }
}

#[tokio::test]
async fn ten_years_give_the_same_duties_whenever_they_are_made() {
    let world = World::on("2021-09-01").await;
    let (mut often, mut rarely, mut once) = (
        Lived::found(&world, "often").await,
        Lived::found(&world, "rarely").await,
        Lived::found(&world, "once").await,
    );
    // On the day of each event, and on days between them; among these the last of February and of the year.
    let mut days: Vec<&str> = EVENTS.iter().map(|(day, _)| *day).collect();
    days.extend(["2021-10-01", "2022-01-31", "2022-07-01", "2024-02-28", "2025-12-31", "2027-02-28", END]);
    often.lives(&days).await;
    rarely.lives(&["2023-03-01", "2026-06-15", "2029-01-10", END]).await;
    once.lives(&[END]).await;
    let (of_often, of_rarely, of_once) = (often.duties().await, rarely.duties().await, once.duties().await);
    let differ = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.symmetric_difference(other).take(10).cloned().collect::<Vec<_>>()
    };
    assert!(of_once.len() > 1_000, "{}", of_once.len());
    assert_eq!(differ(&of_often, &of_once), Vec::<String>::new());
    assert_eq!(differ(&of_rarely, &of_once), Vec::<String>::new());
    for town in [&often, &rarely, &once] {
        assert_eq!(town.generate(END).await, 0, "a second time changes nothing");
    }
    // The branch of 2023 owes from its days on to its end, and what ended before or after is not its own.
    let of_late: Vec<(chrono::NaiveDate, Option<chrono::NaiveDate>)> = sqlx::query_as(
        "select d.window_first, d.window_last from duty d join unit u on u.town_id = d.town_id and u.id = d.unit_id
         where d.town_id = $1 and u.name = '东湾支部' and d.state <> 'withdrawn'",
    )
    .bind(often.town.0)
    .fetch_all(&world.app.db)
    .await
    .expect("duties");
    let (founded, closed) = ("2023-09-10".parse().expect("a date"), "2027-10-20".parse().expect("a date"));
    assert!(!of_late.is_empty());
    assert!(of_late.iter().all(|(_, last)| last.is_some_and(|last| last >= founded && last < closed)));
}
