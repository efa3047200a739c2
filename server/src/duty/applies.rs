//! Does a branch owe a rule? By the facts of the branch alone (design D8).

use std::fmt;

use crate::plan::Condition;

/// 支部情况, as it stands on the day asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BranchFacts {
    pub has_committee: bool,
    pub has_groups: bool,
    pub full_members: i32,
    pub probationary_members: i32,
    pub mobile_members: i32,
}

/// From so many full members on, a branch has a committee (《中国共产党支部工作条例(试行)》).
const COMMITTEE_FROM: i32 = 7;

/// Why a branch does not owe a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    TooFewForCommittee,
    /// Large enough for a committee, and said to have none: the duty is not owed, the facts are worth a look.
    NoCommittee,
    NoGroups,
    NoMobileMembers,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooFewForCommittee => "本支部正式党员不足7人,不设支委会,无需召开。",
            Self::NoCommittee => "本支部登记为未设支委会,无需召开;正式党员已满7人,请核对支部情况。",
            Self::NoGroups => "本支部不分设党小组,无需召开。",
            Self::NoMobileMembers => "本支部没有流动党员,无需办理。",
        })
    }
}

/// Whether a rule with these conditions is owed by a branch with these facts; if not, the first reason.
pub fn applies(conditions: &[Condition], facts: &BranchFacts) -> Result<(), Reason> {
    conditions.iter().try_for_each(|condition| match condition {
        Condition::Committee if facts.has_committee => Ok(()),
        Condition::Committee if facts.full_members < COMMITTEE_FROM => Err(Reason::TooFewForCommittee),
        Condition::Committee => Err(Reason::NoCommittee),
        Condition::Groups if facts.has_groups => Ok(()),
        Condition::Groups => Err(Reason::NoGroups),
        Condition::MobileMembers if facts.mobile_members > 0 => Ok(()),
        Condition::MobileMembers => Err(Reason::NoMobileMembers),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_owes_what_its_facts_allow() {
        let small = BranchFacts { full_members: 6, probationary_members: 3, ..BranchFacts::default() };
        let seven = BranchFacts { full_members: 7, ..small };
        let full = BranchFacts { has_committee: true, has_groups: true, mobile_members: 1, ..seven };
        use Condition::{Committee, Groups, MobileMembers};
        for (conditions, facts, expected) in [
            (vec![], small, Ok(())),
            (vec![Committee], small, Err(Reason::TooFewForCommittee)),
            (vec![Committee], seven, Err(Reason::NoCommittee)),
            (vec![Committee], full, Ok(())),
            // The facts decide, not the head count: a branch of six may keep its committee.
            (vec![Committee], BranchFacts { has_committee: true, ..small }, Ok(())),
            (vec![Groups], seven, Err(Reason::NoGroups)),
            (vec![MobileMembers], seven, Err(Reason::NoMobileMembers)),
            (
                vec![Groups, MobileMembers],
                BranchFacts { has_groups: true, ..small },
                Err(Reason::NoMobileMembers),
            ),
            (vec![Committee, Groups, MobileMembers], full, Ok(())),
        ] {
            assert_eq!(applies(&conditions, &facts), expected, "{conditions:?} {facts:?}");
        }
        assert_eq!(Reason::TooFewForCommittee.to_string(), "本支部正式党员不足7人,不设支委会,无需召开。");
    }
}
