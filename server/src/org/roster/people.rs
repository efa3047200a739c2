//! 人员: the people as the register will hold them, each in their branch and group.

use std::collections::HashMap;

use super::findings::Findings;
use super::known::{Known, KnownPerson};
use super::matching::{Match, Matcher};
use super::rows::{Book, PersonRow};
use super::sheet::Sheet;
use super::tree::Tree;
use crate::ids::{PersonId, UnitId};
use crate::org::UnitKind;

/// A person as the register will hold them.
#[derive(Debug)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    /// As the sheet gives it; without one, a known number stays.
    pub phone: Option<String>,
    /// Of the sheet's number, to tell people of one name apart.
    pub last_four: Option<String>,
    pub membership: String,
    pub branch: Option<UnitId>,
    pub group: Option<UnitId>,
    /// The index of the row in the sheet; none for people the sheet does not name.
    pub row: Option<usize>,
    pub is_new: bool,
    /// The columns in which the sheet differs from the register.
    pub changed: Vec<&'static str>,
    pub leaves: bool,
}

#[derive(Debug, Default)]
pub struct People {
    /// The sheet's people first, then the register's others who have not left.
    pub all: Vec<Person>,
    /// People who left and whose number another person now has: it is taken off them.
    pub released: Vec<PersonId>,
    by_name: HashMap<String, Vec<usize>>,
    by_id: HashMap<PersonId, usize>,
}

impl People {
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Person> {
        self.by_name.get(name).map_or(&[][..], Vec::as_slice).iter().map(|at| &self.all[*at])
    }

    pub fn get(&self, id: PersonId) -> Option<&Person> {
        self.by_id.get(&id).map(|at| &self.all[*at])
    }

    fn push(&mut self, person: Person) {
        let at = self.all.len();
        self.by_name.entry(person.name.clone()).or_default().push(at);
        self.by_id.insert(person.id, at);
        self.all.push(person);
    }

    /// Everybody of the sheet found in the register or new, and the register's others.
    pub fn merge(
        book: &Book,
        tree: &Tree,
        known: &Known,
        index: impl Fn(&str) -> Vec<u8>,
        findings: &mut Findings,
    ) -> Self {
        let places = place_all(&book.people, tree, findings);
        refuse_double_phones(&book.people, findings);
        let register = Matcher::new(&book.people, &places, known);
        let indexes: Vec<_> = book.people.iter().map(|row| row.phone.as_deref().map(&index)).collect();
        let matched = register.run(&indexes, findings);
        let mut people = Self { released: matched.released, ..Self::default() };
        for (at, row) in book.people.iter().enumerate() {
            let place = places[at];
            match matched.found[at] {
                Match::Known(known) => {
                    people.push(updated(at, row, place, known, book, indexes[at].as_ref()));
                }
                Match::New => people.push(Person {
                    id: PersonId::new(),
                    name: row.name.clone(),
                    phone: row.phone.clone(),
                    last_four: last_four(row),
                    membership: row.membership.into(),
                    branch: place.branch,
                    group: place.group,
                    row: Some(at),
                    is_new: true,
                    changed: Vec::new(),
                    leaves: row.leaves,
                }),
            }
        }
        for person in known.people.iter().filter(|person| !person.has_left) {
            if !people.by_id.contains_key(&person.id) {
                people.push(unlisted(person));
            }
        }
        people
    }
}

fn last_four(row: &PersonRow) -> Option<String> {
    row.phone.as_ref().and_then(|phone| phone.get(phone.len().checked_sub(4)?..)).map(str::to_owned)
}

fn unlisted(person: &KnownPerson) -> Person {
    Person {
        id: person.id,
        name: person.name.clone(),
        phone: None,
        last_four: None,
        membership: person.membership.clone(),
        branch: person.branch,
        group: person.group,
        row: None,
        is_new: false,
        changed: Vec::new(),
        leaves: false,
    }
}

fn updated(
    at: usize,
    row: &PersonRow,
    place: Place,
    known: &KnownPerson,
    book: &Book,
    index: Option<&Vec<u8>>,
) -> Person {
    let group =
        if book.has_groups { place.group } else { known.group.filter(|_| place.branch == known.branch) };
    let mut changed = Vec::new();
    let mut note = |differs: bool, field| {
        if differs {
            changed.push(field);
        }
    };
    note(row.name != known.name, "name");
    note(index.is_some() && index != known.phone_index.as_ref(), "phone");
    note(row.membership != known.membership, "membership");
    note(place.branch != known.branch, "branch");
    note(group != known.group, "group");
    note(row.leaves != known.has_left, if row.leaves { "left" } else { "returned" });
    Person {
        id: known.id,
        name: row.name.clone(),
        phone: row.phone.clone().filter(|_| changed.contains(&"phone")),
        last_four: last_four(row),
        membership: row.membership.into(),
        branch: place.branch,
        group,
        row: Some(at),
        is_new: false,
        changed,
        leaves: row.leaves,
    }
}

/// Branch and group of a row, found in the tree.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    pub branch: Option<UnitId>,
    pub group: Option<UnitId>,
    /// A name that was not found has been reported; matching by branch would only confuse.
    pub is_known: bool,
}

fn place_all(rows: &[PersonRow], tree: &Tree, findings: &mut Findings) -> Vec<Place> {
    rows.iter().map(|row| place(row, tree, findings)).collect()
}

fn place(row: &PersonRow, tree: &Tree, findings: &mut Findings) -> Place {
    let mut find = |name: &str, kind, column| match tree.find(name, &[kind]) {
        Ok(at) => Some(at),
        Err(miss) => {
            if let Some(problem) = miss.sentence(name, &[kind]) {
                findings.problem(Sheet::People, row.row, column, problem);
            }
            None
        }
    };
    let branch = row.branch.as_ref().map(|name| find(name, UnitKind::Branch, "所在党支部"));
    let Some(group) = &row.group else {
        let is_known = branch != Some(None);
        return Place { branch: branch.flatten().map(|at| tree.nodes[at].id), group: None, is_known };
    };
    let Some(Some(branch)) = branch else {
        if branch.is_none() {
            findings.problem(Sheet::People, row.row, "党小组", "填了党小组,就要填所在党支部");
        }
        return Place::default();
    };
    // Groups are called 第一党小组 everywhere: the one of the person's own branch is meant.
    let under = tree.nodes.iter().find(|node| {
        node.kind == UnitKind::Group && node.parent == Some(branch) && node.name == *group && !node.is_closed
    });
    let group = match under {
        Some(node) => Some(node.id),
        None => find(group, UnitKind::Group, "党小组").and_then(|at| {
            let inside = tree.nodes[at].parent == Some(branch);
            if !inside {
                findings.problem(Sheet::People, row.row, "党小组", "这个党小组不在所在党支部之下");
            }
            inside.then(|| tree.nodes[at].id)
        }),
    };
    Place { branch: Some(tree.nodes[branch].id), group, is_known: true }
}

fn refuse_double_phones(rows: &[PersonRow], findings: &mut Findings) {
    let mut first: HashMap<&str, u32> = HashMap::new();
    for row in rows {
        let Some(phone) = &row.phone else { continue };
        if let Some(other) = first.insert(phone, row.row) {
            findings.problem(Sheet::People, row.row, "手机号", format!("与第{other}行的手机号相同"));
        }
    }
}
