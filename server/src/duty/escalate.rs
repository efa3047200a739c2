//! 逐级告知: who hears of a duty that is overdue, one after the other, until a human has spoken with a human. At the end
//! stands the call list, so that every overdue duty reaches somebody (invariant 3).

use std::collections::HashSet;

use crate::ids::PersonId;
use crate::org::Role;
use crate::plan::Audience;

/// So many days lie between one step and the next.
pub const STEP_DAYS: i64 = 3;

/// Where the unit of a duty stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Town,
    /// 党支部, 党小组 or 行政村 under a 村党总支.
    Village,
    /// 直属支部.
    Direct,
}

/// The steps in order, by the posts that hear of it. 分管副书记 is the head of the 督导组 (附件2 三).
pub fn steps(audience: Audience, place: Place) -> &'static [Role] {
    use Role::{
        ActionLead, AreaHead, BranchSecretary, CommitteeMember, InspectionHead, PartyOffice, VillageContact,
    };
    match (audience, place) {
        (Audience::EachMobileMember, _) => &[CommitteeMember, BranchSecretary, PartyOffice],
        // The linked committee member holds it.
        (Audience::EachContactPair, _) => &[BranchSecretary, PartyOffice],
        (_, Place::Village) => &[VillageContact, AreaHead, ActionLead],
        (_, Place::Direct) => &[PartyOffice, InspectionHead],
        (_, Place::Town) => &[ActionLead, InspectionHead],
    }
}

/// Whom each step tells. Nobody hears of it at a second step for having a second post, nor does who holds the duty; a step
/// without anybody is left out.
pub fn chain(steps: &[Role], posts: &[(Role, PersonId)], holders: &[PersonId]) -> Vec<(Role, Vec<PersonId>)> {
    let mut told: HashSet<PersonId> = holders.iter().copied().collect();
    let mut hear = |step: &Role| -> Vec<PersonId> {
        let of_step = posts.iter().filter(|(role, _)| role == step).map(|(_, person)| *person);
        of_step.filter(|person| told.insert(*person)).collect()
    };
    steps.iter().map(|step| (*step, hear(step))).filter(|(_, people)| !people.is_empty()).collect()
}

/// What is due on the `day`th day after the deadline and its grace; the first day is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// This step of the chain.
    Step(usize),
    /// The end of it: a human calls.
    Call,
}

/// Steps missed while the server was away are not made up for: whoever is due now hears of it.
pub fn due(day: i64, steps: usize) -> Due {
    let step = usize::try_from((day - 1).max(0) / STEP_DAYS).unwrap_or(usize::MAX);
    if step < steps { Due::Step(step) } else { Due::Call }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{ActionLead, AreaHead, InspectionHead, PartyOffice, VillageContact};

    fn person() -> PersonId {
        PersonId(uuid::Uuid::now_v7())
    }

    #[test]
    fn each_step_has_its_days_and_the_last_one_is_a_call() {
        for (day, steps, expected) in [
            (1, 3, Due::Step(0)),
            (3, 3, Due::Step(0)),
            (4, 3, Due::Step(1)),
            (7, 3, Due::Step(2)),
            (9, 3, Due::Step(2)),
            (10, 3, Due::Call),
            (1, 0, Due::Call),
            (4, 1, Due::Call),
            (400, 3, Due::Call),
        ] {
            assert_eq!(due(day, steps), expected, "day {day} of {steps}");
        }
    }

    #[test]
    fn a_step_without_anybody_is_left_out_and_nobody_hears_of_it_twice() {
        let (contact, lead, holder) = (person(), person(), person());
        let village = steps(Audience::EachBranch, Place::Village);
        let posts =
            [(VillageContact, contact), (ActionLead, contact), (ActionLead, lead), (AreaHead, holder)];
        assert_eq!(
            chain(village, &posts, &[holder]),
            [(VillageContact, vec![contact]), (ActionLead, vec![lead])],
        );
        assert_eq!(chain(village, &[], &[]), []);
        let direct = steps(Audience::EachBranch, Place::Direct);
        assert_eq!(direct, [PartyOffice, InspectionHead]);
    }
}
