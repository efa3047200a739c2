//! Every duty of an invented town's year, row for row as a plain-Python oracle has it that was written from the rules of the
//! trade by somebody who had not read this code (`tests/oracle/`, its choices in FORMAT.md).

use std::collections::{BTreeMap, HashMap};
use std::process::Command;
use std::sync::Arc;

use serde::Deserialize;
use tuhe::ids::{PersonId, TownId, UnitId};
use tuhe::org::{self, FactsOn, NewPerson, UnitKind};
use tuhe::plan::{self, Definition};

use crate::house::root;
use crate::world::{World, instant};

const START: &str = "2021-10-01";
const OBSERVED: &str = "2022-09-30";

#[derive(Deserialize)]
struct Told {
    units: Vec<Unit>,
    mobile_members: Vec<Absence>,
}

#[derive(Deserialize)]
struct Unit {
    id: String,
    kind: String,
    parent: Option<String>,
    name: String,
    created_on: String,
    closed_on: Option<String>,
    #[serde(default)]
    facts: Vec<Facts>,
}

#[derive(Deserialize)]
struct Facts {
    from: String,
    has_committee: bool,
    has_groups: bool,
    full_members: i32,
    probationary_members: i32,
}

#[derive(Deserialize)]
struct Absence {
    person: String,
    name: String,
    branch: String,
    away_since: String,
    returned_on: Option<String>,
}

/// Something that happens on a day.
enum Change<'a> {
    Founded(&'a Unit),
    Stated(&'a Unit, &'a Facts),
    Left(&'a Absence),
    CameHome(&'a Absence),
    Closed(&'a Unit),
}

impl Told {
    /// What happens, by day; what is of one day in this order.
    fn changes(&self) -> BTreeMap<&str, Vec<Change<'_>>> {
        let mut found: BTreeMap<&str, Vec<Change<'_>>> = BTreeMap::new();
        for unit in self.units.iter().filter(|unit| unit.parent.is_some()) {
            found.entry(&unit.created_on).or_default().push(Change::Founded(unit));
            for facts in &unit.facts {
                found.entry(&facts.from).or_default().push(Change::Stated(unit, facts));
            }
        }
        for absence in &self.mobile_members {
            if let Some(day) = &absence.returned_on {
                found.entry(day).or_default().push(Change::CameHome(absence));
            }
            found.entry(&absence.away_since).or_default().push(Change::Left(absence));
        }
        for unit in &self.units {
            if let Some(day) = &unit.closed_on {
                found.entry(day).or_default().push(Change::Closed(unit));
            }
        }
        found
    }
}

/// The town in a real database, its units and people by the oracle's ids.
struct Lived {
    world: Arc<World>,
    town: TownId,
    units: HashMap<String, UnitId>,
    /// The 党总支 of a village: its branches hang there.
    above: HashMap<String, UnitId>,
    people: HashMap<String, PersonId>,
}

impl Lived {
    async fn found(world: Arc<World>, name: &str, day: &str) -> Self {
        let mut tx = world.app.db.begin().await.expect("begun");
        let at = instant(&format!("{day} 08:00"));
        let (town, top) = org::found_town(&mut tx, "oracle", name, at).await.expect("founded");
        tx.commit().await.expect("committed");
        let (units, above) = (HashMap::from([("town".to_owned(), top)]), HashMap::new());
        Self { world, town, units, above, people: HashMap::new() }
    }

    async fn happens(&mut self, change: &Change<'_>, day: &str) {
        let (town, now) = (self.town, instant(&format!("{day} 08:00")));
        let date = day.parse().expect("a date");
        let mut tx = self.world.app.db.begin().await.expect("begun");
        match change {
            Change::Founded(unit) => {
                let parent = unit.parent.as_deref().expect("a parent");
                let top =
                    self.above.get(parent).or_else(|| self.units.get(parent)).copied().expect("a parent");
                let (kind, top) = match unit.kind.as_str() {
                    "village" => {
                        let above =
                            org::add_unit(&mut tx, town, UnitKind::GeneralBranch, &unit.name, top, now);
                        let above = above.await.expect("added");
                        self.above.insert(unit.id.clone(), above);
                        (UnitKind::Village, above)
                    }
                    "branch" => (UnitKind::Branch, top),
                    "group" => (UnitKind::Group, top),
                    other => panic!("no kind {other}"),
                };
                let id = org::add_unit(&mut tx, town, kind, &unit.name, top, now).await.expect("added");
                self.units.insert(unit.id.clone(), id);
            }
            Change::Stated(unit, facts) => {
                let facts = FactsOn {
                    has_committee: facts.has_committee,
                    has_groups: facts.has_groups,
                    full_members: facts.full_members,
                    probationary_members: facts.probationary_members,
                };
                org::set_facts(&mut tx, town, self.units[&unit.id], date, &facts, now).await.expect("stated");
            }
            Change::Left(absence) => {
                let branch = self.units[&absence.branch];
                let person = if let Some(known) = self.people.get(&absence.person) {
                    *known
                } else {
                    let new = NewPerson {
                        name: &absence.name,
                        membership: "full",
                        branch: Some(branch),
                        ..NewPerson::default()
                    };
                    let id =
                        org::add_person(&mut tx, &self.world.app.keys, town, &new, now).await.expect("added");
                    self.people.insert(absence.person.clone(), id);
                    id
                };
                org::register_mobile(&mut tx, town, person, branch, None, date, now)
                    .await
                    .expect("registered");
            }
            Change::CameHome(absence) => {
                let home = "update mobile_member set returned_on = $3
                            where town_id = $1 and person_id = $2 and returned_on is null";
                let person = self.people[&absence.person];
                let home = sqlx::query(home).bind(town.0).bind(person.0).bind(date).execute(&mut *tx);
                assert_eq!(home.await.expect("returned").rows_affected(), 1, "{} is away", absence.person);
            }
            Change::Closed(unit) => {
                let close = "update unit set closed_on = $3 where town_id = $1 and id = $2";
                let close = sqlx::query(close).bind(town.0).bind(self.units[&unit.id].0).bind(date);
                close.execute(&mut *tx).await.expect("closed");
            }
        }
        tx.commit().await.expect("committed");
    }

    async fn generate(&self, day: &str) {
        let mut tx = self.world.app.db.begin().await.expect("begun");
        let now = instant(&format!("{day} 09:00"));
        tuhe::duty::generate(&mut tx, self.town, now).await.expect("generated");
        tx.commit().await.expect("committed");
    }

    /// The duties in the oracle's words, sorted as it sorts.
    async fn rows(&self) -> Vec<String> {
        let rows: Vec<(String, uuid::Uuid, Option<uuid::Uuid>, String, String, String)> = sqlx::query_as(
            "select r.code, d.unit_id, d.person_id, d.window_first::text, coalesce(d.window_last::text, '-'),
                    coalesce(d.grace_last::text, '-')
             from duty d join rule r on r.town_id = d.town_id and r.id = d.rule_id
             where d.town_id = $1 and d.state <> 'withdrawn'",
        )
        .bind(self.town.0)
        .fetch_all(&self.world.app.db)
        .await
        .expect("duties");
        let unit: HashMap<_, _> = self.units.iter().map(|(told, id)| (id.0, told.as_str())).collect();
        let person: HashMap<_, _> = self.people.iter().map(|(told, id)| (id.0, told.as_str())).collect();
        let mut lines: Vec<String> = rows
            .into_iter()
            .map(|(code, of, about, first, last, grace)| {
                let about = about.map_or("-", |id| person[&id]);
                format!("{code}\t{}\t{about}\t{first}\t{last}\t{grace}", unit[&of])
            })
            .collect();
        lines.sort();
        lines
    }
}

fn told(name: &str) -> String {
    std::fs::read_to_string(root().join("tests/oracle").join(name)).expect(name)
}

fn month_ends(from: &str, last: &str) -> Vec<String> {
    let (mut day, last): (chrono::NaiveDate, chrono::NaiveDate) =
        (from.parse().expect("a date"), last.parse().expect("a date"));
    let mut found = Vec::new();
    while day <= last {
        let next = day.succ_opt().expect("a day");
        if chrono::Datelike::day(&next) == 1 {
            found.push(day.to_string());
        }
        day = next;
    }
    found
}

#[tokio::test]
async fn a_towns_year_is_what_the_oracle_says_row_for_row() {
    let town: Told = serde_json::from_str(&told("town.json")).expect("the town");
    let changes = town.changes();
    let top = town.units.iter().find(|unit| unit.kind == "town").expect("a town");
    let world = World::on(START).await;
    let mut lived = Lived::found(world, &top.name, &top.created_on).await;
    for (day, of_day) in changes.range(..START) {
        for change in of_day {
            lived.happens(change, day).await;
        }
    }
    let mut tx = lived.world.app.db.begin().await.expect("begun");
    let definition = Definition::shipped().expect("the shipped plan is sound");
    let (start, now) = (START.parse().expect("a date"), instant(&format!("{START} 00:30")));
    plan::load(&mut tx, lived.town, None, &definition, start, now).await.expect("loaded");
    tx.commit().await.expect("committed");
    let mut days: Vec<String> = month_ends(START, OBSERVED);
    days.push(START.to_owned());
    days.extend(changes.keys().filter(|day| **day >= START).map(|day| (*day).to_owned()));
    days.sort();
    days.dedup();
    assert!(days.last().is_some_and(|day| day == OBSERVED), "nothing happens after the day observed");
    for day in &days {
        for change in changes.get(day.as_str()).into_iter().flatten() {
            lived.happens(change, day).await;
            lived.generate(day).await;
        }
        lived.generate(day).await;
    }
    let ours = lived.rows().await;
    let expected: Vec<String> = told("expected.tsv").lines().map(str::to_owned).collect();
    let differ = |one: &[String], other: &[String]| -> Vec<String> {
        one.iter().filter(|row| other.binary_search(row).is_err()).take(20).cloned().collect()
    };
    assert!(expected.is_sorted() && expected.len() > 3_000);
    let (missing, extra) = (differ(&expected, &ours), differ(&ours, &expected));
    assert!(missing.is_empty() && extra.is_empty(), "missing: {missing:#?}\nnot expected: {extra:#?}");
    assert_eq!(ours.len(), expected.len(), "a row stands twice");
}

#[test]
fn the_oracle_still_says_what_is_written_down() {
    let folder = root().join("tests/oracle");
    let run = |args: &[&str]| {
        let output =
            Command::new("python3").arg("-B").args(args).current_dir(&folder).output().expect("python3 runs");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(run(&["make_town.py"]) == told("town.json"), "town.json is not what make_town.py writes");
    assert!(
        run(&["oracle.py", "town.json"]) == told("expected.tsv"),
        "expected.tsv is not what oracle.py prints"
    );
    run(&["test_oracle.py"]);
}
