//! Which task of the plan in force a line is.
//!
//! By its words, whatever number it has now: a new item or action in between renumbers those below, and their rules go
//! with the words they were made for. Only where the action's name and the item's words still agree does the place say it.

use std::collections::BTreeMap;

use super::compare::Known;
use super::lines::Line;

/// Words as they are compared, however they are spaced.
#[derive(PartialEq, Eq)]
struct Words {
    action: String,
    item: String,
    requirement: String,
}

impl Words {
    fn of(action: &str, item: &str, requirement: &str) -> Self {
        Self { action: unspaced(action), item: unspaced(item), requirement: unspaced(requirement) }
    }
}

fn unspaced(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

struct Task<'a> {
    known: &'a Known,
    words: Words,
    /// The last number of its code.
    row: Option<u32>,
}

struct Place {
    words: Words,
    /// What the codes of its item begin with.
    prefix: String,
    /// Among the lines of its item, from 1.
    row: u32,
}

type Fits = fn(&Task<'_>, &Place) -> bool;

/// The surest first; what stands beats what fell away before.
const PASSES: [Fits; 8] = [
    |task, at| stands(task) && task.words == at.words && is_numbered(task, at),
    |task, at| stands(task) && task.words == at.words,
    |task, at| stands(task) && says_the_same(task, at),
    // The item's heading is reworded: what is asked for is not.
    |task, at| {
        stands(task)
            && task.words.requirement == at.words.requirement
            && task.words.action == at.words.action
            && is_numbered(task, at)
    },
    |task, at| task.words == at.words && is_numbered(task, at),
    |task, at| task.words == at.words,
    says_the_same,
    |task, at| {
        stands(task)
            && task.words.action == at.words.action
            && task.words.item == at.words.item
            && task.row == Some(at.row)
    },
];

fn stands(task: &Task<'_>) -> bool {
    !task.known.dropped
}

fn is_numbered(task: &Task<'_>, at: &Place) -> bool {
    task.known.code.starts_with(&at.prefix)
}

/// The same item asks for the same, in whichever action.
fn says_the_same(task: &Task<'_>, at: &Place) -> bool {
    task.words.requirement == at.words.requirement && task.words.item == at.words.item
}

/// The task each line is; `None` for a new one. No task is two lines.
pub fn pair<'a>(known: &'a [Known], lines: &[Line]) -> Vec<Option<&'a Known>> {
    let mut free: Vec<Task> = known.iter().map(task).collect();
    free.sort_by_key(|task| task.known.position);
    let places = places(lines);
    let mut found: Vec<Option<&Known>> = vec![None; lines.len()];
    for fits in PASSES {
        for (found, at) in found.iter_mut().zip(&places).filter(|(found, _)| found.is_none()) {
            if let Some(of) = free.iter().position(|task| fits(task, at)) {
                *found = Some(free.remove(of).known);
            }
        }
    }
    found
}

fn task(known: &Known) -> Task<'_> {
    let words = Words::of(&known.action_name, &known.item, &known.requirement);
    Task { known, words, row: row_of(&known.code) }
}

fn places(lines: &[Line]) -> Vec<Place> {
    let mut rows: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    let place = |line: &Line| {
        let row = rows.entry((line.action, line.item_no)).or_default();
        *row += 1;
        let words = Words::of(&line.action_name, &line.item, &line.requirement);
        Place { words, prefix: prefix(line), row: *row }
    };
    lines.iter().map(place).collect()
}

fn prefix(line: &Line) -> String {
    format!("{}.{}.", line.action, line.item_no)
}

fn row_of(code: &str) -> Option<u32> {
    code.rsplit('.').next()?.parse().ok()
}

/// The codes of lines that are new: by their place where it is free, and no number twice, whoever has it.
pub struct Codes<'a> {
    taken: Vec<&'a str>,
    /// Of each item, by what its codes begin with: the lines seen, and the last number given.
    items: BTreeMap<String, (u32, u32)>,
}

impl<'a> Codes<'a> {
    /// `body`: the codes of what only the notice's body asks for.
    pub fn beside(known: &'a [Known], body: &'a [String]) -> Self {
        let taken = known.iter().map(|task| task.code.as_str()).chain(body.iter().map(String::as_str));
        Self { taken: taken.collect(), items: BTreeMap::new() }
    }

    /// Goes past a line that is a task already.
    pub fn pass(&mut self, line: &Line) {
        self.item(line).0 += 1;
    }

    /// The code of the next line of the table, which is new.
    pub fn give(&mut self, line: &Line) -> String {
        let (row, last) = self.item(line);
        *row += 1;
        *last = if *row <= *last { *last + 1 } else { *row };
        format!("{}{last}", prefix(line))
    }

    fn item(&mut self, line: &Line) -> &mut (u32, u32) {
        let Self { taken, items } = self;
        items.entry(prefix(line)).or_insert_with_key(|prefix| {
            let of_item = taken.iter().filter(|code| code.starts_with(prefix));
            (0, of_item.filter_map(|code| row_of(code)).max().unwrap_or(0))
        })
    }
}
