//! Who a row of 人员 is: matched by phone, else by name and branch where that leaves no doubt, else refused with what
//! would remove the doubt. Posts, duties and the WeChat binding go with the person, so a wrong guess is costly.

use std::collections::{HashMap, HashSet};

use super::findings::Findings;
use super::known::{Known, KnownPerson};
use super::people::Place;
use super::rows::PersonRow;
use super::sheet::Sheet;
use crate::ids::{PersonId, UnitId};

#[derive(Debug, Clone, Copy)]
pub enum Match<'a> {
    Known(&'a KnownPerson),
    New,
}

/// One match per row, and who must give up a number.
pub struct Matched<'a> {
    pub found: Vec<Match<'a>>,
    pub released: Vec<PersonId>,
}

/// A name and a branch: what tells people apart where no phone does.
type NameAt<'a> = (&'a str, Option<UnitId>);

pub struct Matcher<'a> {
    rows: &'a [PersonRow],
    places: &'a [Place],
    by_phone: HashMap<&'a [u8], &'a KnownPerson>,
    known_at: HashMap<NameAt<'a>, Vec<&'a KnownPerson>>,
    rows_at: HashMap<NameAt<'a>, Vec<usize>>,
}

impl<'a> Matcher<'a> {
    pub fn new(rows: &'a [PersonRow], places: &'a [Place], known: &'a Known) -> Self {
        let mut matcher = Self {
            rows,
            places,
            by_phone: HashMap::new(),
            known_at: HashMap::new(),
            rows_at: HashMap::new(),
        };
        for person in &known.people {
            if let Some(index) = &person.phone_index {
                matcher.by_phone.insert(index, person);
            }
            matcher.known_at.entry((&person.name, person.branch)).or_default().push(person);
        }
        for (at, row) in rows.iter().enumerate() {
            matcher.rows_at.entry((&row.name, places[at].branch)).or_default().push(at);
        }
        matcher
    }

    /// `indexes` are the blind indexes of the rows' phone numbers.
    pub fn run(&self, indexes: &[Option<Vec<u8>>], findings: &mut Findings) -> Matched<'a> {
        let mut found = vec![Match::New; self.rows.len()];
        let (mut released, mut claimed) = (Vec::new(), HashSet::new());
        for (at, index) in indexes.iter().enumerate() {
            let Some(person) = index.as_deref().and_then(|index| self.by_phone.get(index)) else { continue };
            if person.has_left && person.name != self.rows[at].name {
                released.push(person.id);
            } else if self.may_be(at, person, findings) && claimed.insert(person.id) {
                found[at] = Match::Known(person);
            }
        }
        // In the sheet's order: problems are read from the top.
        let mut groups: Vec<_> = self.rows_at.iter().collect();
        groups.sort_by_key(|(_, rows)| rows.first());
        for (name_at, rows) in groups {
            let open: Vec<usize> =
                rows.iter().copied().filter(|at| matches!(found[*at], Match::New)).collect();
            self.by_name(*name_at, &open, &mut found, &mut claimed, findings);
        }
        Matched { found, released }
    }

    /// Whether the owner of the number can be the person of the row, if the names differ.
    fn may_be(&self, at: usize, person: &KnownPerson, findings: &mut Findings) -> bool {
        let row = &self.rows[at];
        if person.name == row.name {
            return true;
        }
        let registered = self.known_at.get(&(row.name.as_str(), self.places[at].branch));
        let owner_listed = self.rows_at.get(&(person.name.as_str(), person.branch));
        let problem = match (registered, owner_listed) {
            (Some(_), _) => {
                format!("这个手机号在名册里属于“{}”,而“{}”也已在册,请核对", person.name, row.name)
            }
            (None, Some(_)) => format!(
                "这个手机号在名册里属于“{}”;如已转给别人用,请先只改“{}”的号码导入一次",
                person.name, person.name
            ),
            (None, None) => {
                findings.warn(format!(
                    "人员第{}行:手机号原登记为“{}”,已改名为“{}”;如果不是同一个人,请更正手机号。",
                    row.row, person.name, row.name
                ));
                return true;
            }
        };
        findings.problem(Sheet::People, row.row, "手机号", problem);
        false
    }

    fn by_name(
        &self,
        (name, branch): NameAt<'a>,
        open: &[usize],
        found: &mut [Match<'a>],
        claimed: &mut HashSet<PersonId>,
        findings: &mut Findings,
    ) {
        let Some(first) = open.first() else { return };
        if !open.iter().all(|at| self.places[*at].is_known) {
            return;
        }
        let leaving = open.iter().any(|at| self.rows[*at].leaves);
        let candidates: Vec<&KnownPerson> = self
            .known_at
            .get(&(name, branch))
            .into_iter()
            .flatten()
            .copied()
            .filter(|person| !claimed.contains(&person.id) && (leaving || !person.has_left))
            .collect();
        match (open, candidates.as_slice()) {
            ([at], [person]) => {
                let row = &self.rows[*at];
                if row.phone.is_some() && person.phone_index.is_some() {
                    findings.warn(format!(
                        "人员第{}行:“{name}”的手机号有变更;如果是同名的另一个人,请把原来那位连同原手机号也列在表里。",
                        row.row
                    ));
                }
                claimed.insert(person.id);
                found[*at] = Match::Known(person);
            }
            (rows, []) => {
                let without = rows.iter().filter(|at| self.rows[**at].phone.is_none()).count();
                if without > 1 {
                    self.ask_for_phones(rows, findings);
                }
                if leaving {
                    let row = self.rows[*first].row;
                    findings.problem(Sheet::People, row, "状态", "名册里没有这个人,不用登记离开");
                }
            }
            (rows, _) => self.ask_for_phones(rows, findings),
        }
    }

    fn ask_for_phones(&self, rows: &[usize], findings: &mut Findings) {
        for at in rows {
            findings.problem(Sheet::People, self.rows[*at].row, "手机号", "有多人同名,请补手机号");
        }
    }
}
