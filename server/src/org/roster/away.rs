//! 流动党员: 流动=是 begins or corrects an absence, 否 ends one, and an empty cell changes nothing.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use uuid::Uuid;

use super::findings::Findings;
use super::known::{Known, KnownAway};
use super::people::{People, Person};
use super::posts::PostPlan;
use super::rows::{Away, FactsRow, PersonRow};
use super::sheet::Sheet;
use super::tree::Tree;
use crate::ids::{PersonId, UnitId};
use crate::org::{Role, UnitKind};

/// An absence as it will stand.
#[derive(Debug, Clone)]
pub struct Absence {
    pub id: Uuid,
    pub person: PersonId,
    pub branch: UnitId,
    pub contact: Option<PersonId>,
    pub place: Option<String>,
    pub since: NaiveDate,
}

#[derive(Debug, Default)]
pub struct AwayPlan {
    pub added: Vec<Absence>,
    pub changed: Vec<Absence>,
    pub returned: Vec<Uuid>,
    pub unchanged: usize,
}

/// What the checks need besides the rows.
pub struct Around<'a> {
    pub tree: &'a Tree,
    pub people: &'a People,
    pub posts: &'a PostPlan,
    pub known: &'a Known,
    pub facts: &'a [FactsRow],
    pub today: NaiveDate,
}

pub fn plan(rows: &[PersonRow], around: &Around<'_>, findings: &mut Findings) -> AwayPlan {
    let mut plan = AwayPlan::default();
    let away: HashMap<PersonId, &KnownAway> =
        around.known.away.iter().map(|away| (away.person, away)).collect();
    let without_committee = without_committee(around);
    for person in &around.people.all {
        let Some(row) = person.row.map(|at| &rows[at]) else { continue };
        let before = away.get(&person.id).copied();
        if person.leaves {
            plan.returned.extend(before.map(|before| before.id));
            continue;
        }
        match (row.away, before) {
            (Away::Yes, _) => plan.away(row, person, before, &without_committee, around, findings),
            (Away::No, Some(before)) => plan.returned.push(before.id),
            (Away::Unsaid, Some(_)) => {
                plan.unchanged += 1;
                findings.warn(format!(
                    "人员第{}行:“{}”仍按流动党员登记;如已返乡,“流动”请填“否”。",
                    row.row, row.name
                ));
            }
            (Away::No | Away::Unsaid, None) => {}
        }
    }
    plan.warn_of_lost_contacts(around, findings);
    plan
}

impl AwayPlan {
    fn away(
        &mut self,
        row: &PersonRow,
        person: &Person,
        before: Option<&KnownAway>,
        without_committee: &HashSet<UnitId>,
        around: &Around<'_>,
        findings: &mut Findings,
    ) {
        // A row without branch or date has its own problem already.
        let (Some(branch), Some(since)) = (person.branch, row.away_since) else { return };
        let contact = contact(row, person, branch, without_committee, around, findings);
        if row.contact.is_none() {
            findings.warn(format!("人员第{}行:“{}”还没有挂钩联系人。", row.row, row.name));
        }
        let id = before.map_or_else(Uuid::now_v7, |before| before.id);
        let now = Absence { id, person: person.id, branch, contact, place: row.place.clone(), since };
        match before {
            None => self.added.push(now),
            Some(before)
                if (before.branch, before.contact, &before.place, before.away_since)
                    == (now.branch, now.contact, &now.place, now.since) =>
            {
                self.unchanged += 1;
            }
            Some(_) => self.changed.push(now),
        }
    }

    /// Whoever leaves may be the contact of members the sheet does not name.
    fn warn_of_lost_contacts(&self, around: &Around<'_>, findings: &mut Findings) {
        let settled: HashSet<Uuid> =
            self.changed.iter().map(|away| away.id).chain(self.returned.iter().copied()).collect();
        let lost = around.known.away.iter().filter(|away| !settled.contains(&away.id)).filter_map(|away| {
            let contact = around.people.get(away.contact?).filter(|contact| contact.leaves)?;
            Some((around.people.get(away.person)?, contact))
        });
        for (member, contact) in lost {
            let told = format!("“{}”离开后,流动党员“{}”要另定挂钩联系人。", contact.name, member.name);
            findings.warn(told);
        }
    }
}

/// Branches that have no committee on the day of the import: by the sheet, else by the register.
fn without_committee(around: &Around<'_>) -> HashSet<UnitId> {
    let mut newest: HashMap<UnitId, (NaiveDate, bool)> = HashMap::new();
    let mut state = |unit, from_on, has_committee| {
        let newer = newest.get(&unit).is_none_or(|(known, _)| *known <= from_on);
        if from_on <= around.today && newer {
            newest.insert(unit, (from_on, has_committee));
        }
    };
    for facts in &around.known.facts {
        state(facts.unit, facts.from_on, facts.facts.has_committee);
    }
    for row in around.facts {
        if let Ok(at) = around.tree.find(&row.branch, &[UnitKind::Branch]) {
            state(around.tree.nodes[at].id, row.from_on, row.has_committee);
        }
    }
    newest.into_iter().filter(|(_, (_, has_committee))| !has_committee).map(|(unit, _)| unit).collect()
}

/// The contact: a committee member or the secretary of the member's own branch; where it has no committee, the
/// secretary.
fn contact(
    row: &PersonRow,
    member: &Person,
    branch: UnitId,
    without_committee: &HashSet<UnitId>,
    around: &Around<'_>,
    findings: &mut Findings,
) -> Option<PersonId> {
    let name = row.contact.as_ref()?;
    let only_secretary = without_committee.contains(&branch);
    let roles: &[Role] = if only_secretary {
        &[Role::BranchSecretary]
    } else {
        &[Role::CommitteeMember, Role::BranchSecretary]
    };
    let is_contact = |person: &&Person| {
        !person.leaves && roles.iter().any(|role| around.posts.held.contains(&(person.id, *role, branch)))
    };
    let named: Vec<&Person> = around.people.named(name).collect();
    let fitting: Vec<&Person> = named.iter().copied().filter(is_contact).collect();
    let problem = match (named.as_slice(), fitting.as_slice()) {
        ([], _) => format!("没有叫“{name}”的人;请先在“人员”表里列出"),
        (_, [one]) if one.id == member.id => "挂钩联系人不能是本人".to_owned(),
        (_, [one]) => return Some(one.id),
        (_, []) if only_secretary => {
            format!("“{name}”不是“{}”的书记;没有支委会的支部由书记联系", around.tree.name(branch))
        }
        (_, []) => format!("“{name}”不是“{}”的支部委员或书记;请核对“职务”表", around.tree.name(branch)),
        _ => format!("“{}”里叫“{name}”的支部委员不止一人,无法区分", around.tree.name(branch)),
    };
    findings.problem(Sheet::People, row.row, "挂钩联系人", problem);
    None
}
