//! 支部情况: facts of branches from a day on. Member counts left empty are counted from the people.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::findings::Findings;
use super::known::Known;
use super::people::People;
use super::rows::FactsRow;
use super::sheet::Sheet;
use super::tree::Tree;
use crate::ids::UnitId;
use crate::org::{FactsOn, UnitKind};

#[derive(Debug)]
pub struct NewFacts {
    pub unit: UnitId,
    pub from_on: NaiveDate,
    pub facts: FactsOn,
    pub is_new: bool,
}

#[derive(Debug, Default)]
pub struct FactsPlan {
    pub stated: Vec<NewFacts>,
    pub unchanged: usize,
}

pub fn plan(
    rows: &[FactsRow],
    tree: &Tree,
    people: &People,
    known: &Known,
    findings: &mut Findings,
) -> FactsPlan {
    let known: HashMap<(UnitId, NaiveDate), &FactsOn> =
        known.facts.iter().map(|facts| ((facts.unit, facts.from_on), &facts.facts)).collect();
    let members = members(people);
    let count =
        |unit: UnitId, membership: &'static str| members.get(&(unit, membership)).copied().unwrap_or(0);
    let mut plan = FactsPlan::default();
    let mut seen: HashMap<(UnitId, NaiveDate), u32> = HashMap::new();
    for row in rows {
        let unit = match tree.find(&row.branch, &[UnitKind::Branch]) {
            Ok(at) => tree.nodes[at].id,
            Err(miss) => {
                if let Some(problem) = miss.sentence(&row.branch, &[UnitKind::Branch]) {
                    findings.problem(Sheet::Facts, row.row, "党支部", problem);
                }
                continue;
            }
        };
        if let Some(first) = seen.insert((unit, row.from_on), row.row) {
            findings.problem(Sheet::Facts, row.row, "党支部", format!("与第{first}行重复"));
            continue;
        }
        let facts = FactsOn {
            has_committee: row.has_committee,
            has_groups: row.has_groups,
            full_members: row.full.unwrap_or_else(|| count(unit, "full")),
            probationary_members: row.probationary.unwrap_or_else(|| count(unit, "probationary")),
        };
        match known.get(&(unit, row.from_on)) {
            Some(before) if **before == facts => plan.unchanged += 1,
            before => {
                let is_new = before.is_none();
                plan.stated.push(NewFacts { unit, from_on: row.from_on, facts, is_new });
            }
        }
    }
    plan
}

/// Members of each branch as the register will hold them.
fn members(people: &People) -> HashMap<(UnitId, &str), i32> {
    let mut members = HashMap::new();
    for person in people.all.iter().filter(|person| !person.leaves) {
        if let Some(branch) = person.branch {
            *members.entry((branch, person.membership.as_str())).or_default() += 1;
        }
    }
    members
}
