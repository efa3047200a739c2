//! The whole import as a plan: from the rows and what the register holds, with every problem found before anything is
//! written. Pure, so that it can run beside the request threads and be tested without a database.

use chrono::NaiveDate;

use super::away::{self, Around, AwayPlan};
use super::branches::{self, FactsPlan};
use super::findings::Findings;
use super::known::Known;
use super::people::People;
use super::posts::{self, PostPlan};
use super::report::{Absentees, Report, Tally};
use super::rows::Book;
use super::tree::Tree;
use crate::error::ApiResult;

#[derive(Debug)]
pub struct Plan {
    pub tree: Tree,
    pub people: People,
    pub posts: PostPlan,
    pub away: AwayPlan,
    pub facts: FactsPlan,
    pub report: Report,
}

/// Plans the import, or refuses it with every problem. `index` gives a phone number's blind index.
pub fn build(
    book: &Book,
    known: &Known,
    index: impl Fn(&str) -> Vec<u8>,
    today: NaiveDate,
    mut findings: Findings,
) -> ApiResult<Plan> {
    let tree = Tree::merge(known, &book.units, &mut findings);
    let people = People::merge(book, &tree, known, index, &mut findings);
    let posts = posts::plan(&book.posts, &tree, &people, known, today, &mut findings);
    let around = Around { tree: &tree, people: &people, posts: &posts, known, facts: &book.facts, today };
    let away = away::plan(&book.people, &around, &mut findings);
    let facts = branches::plan(&book.facts, &tree, &people, known, &mut findings);
    let warnings = findings.into_warnings()?;
    let report = Report {
        units: units(&tree),
        people: tally(&people),
        posts: Tally { added: posts.added.len(), changed: posts.changed.len(), unchanged: posts.unchanged },
        facts: Tally {
            added: facts.stated.iter().filter(|facts| facts.is_new).count(),
            changed: facts.stated.iter().filter(|facts| !facts.is_new).count(),
            unchanged: facts.unchanged,
        },
        mobile_members: Tally {
            added: away.added.len(),
            changed: away.changed.len() + away.returned.len(),
            unchanged: away.unchanged,
        },
        absent_units: absent_units(&tree),
        absent_people: Absentees::of(
            people
                .all
                .iter()
                .filter(|person| person.row.is_none())
                .map(|person| person.name.clone())
                .collect(),
        ),
        absent_posts: Absentees::of(posts.absent.clone()),
        warnings,
        ..Report::default()
    };
    Ok(Plan { tree, people, posts, away, facts, report })
}

fn units(tree: &Tree) -> Tally {
    let listed = tree.nodes.iter().filter(|node| node.row.is_some());
    let added = listed.clone().filter(|node| node.is_new).count();
    Tally { added, changed: 0, unchanged: listed.count() - added }
}

/// The town itself need not be listed.
fn absent_units(tree: &Tree) -> Absentees {
    let absent = tree.nodes.iter().skip(1).filter(|node| node.row.is_none() && !node.is_closed);
    Absentees::of(absent.map(|node| node.name.clone()).collect())
}

fn tally(people: &People) -> Tally {
    let listed = || people.all.iter().filter(|person| person.row.is_some());
    let added = listed().filter(|person| person.is_new).count();
    let changed = listed().filter(|person| !person.changed.is_empty()).count();
    Tally { added, changed, unchanged: listed().count() - added - changed }
}
