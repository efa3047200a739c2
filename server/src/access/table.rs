//! The table itself. The match is exhaustive: a new action does not compile until somebody decides who may do it.

use poem_openapi::Enum;

use crate::org::Role;
use crate::org::Role::{
    ActionLead, AreaHead, BranchSecretary, CommitteeMember, Discipline, FirstSecretary, GroupLeader,
    InspectionDeputy, InspectionHead, Inspector, MobileMember, Operator, PartyOffice, RevitalizationOfficer,
    TownSecretary, VillageCadre, VillageCommittee, VillageContact, VillageSecretary,
};

/// What can be done. Names follow the glossary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[oai(rename = "AccessAction", rename_all = "snake_case")]
pub enum Action {
    /// See the tree and people's names and posts.
    ReadOrg,
    /// Import the roster, end posts, state branch facts of any unit.
    WriteOrg,
    /// State the facts of the own branch.
    StateFacts,
    /// See a phone number, with a reason, on the log.
    RevealPhone,
    /// Issue a binding code for a person of these units.
    IssueBindCode,
    /// Let a person of the town's offices in at a desk without a phone.
    IssueDeskCode,
    ReadPlan,
    /// Load a plan, name leads, set dates.
    WritePlan,
    ReadDuties,
    ProposeExcuse,
    DecideExcuse,
    Delegate,
    /// Who cannot be reached, and whom to call.
    ReadCallList,
    /// Say that one has spoken with whoever owes a duty, so that nobody further up is told of it.
    ReportReached,
    UploadPhoto,
    /// Fetch a photo exactly as it was received, metadata and all, with a reason, on the log.
    ReadOriginal,
    ReadRecords,
    WriteMeeting,
    WriteSign,
    WriteStatement,
    /// The half-year report of a mobile member, by the member or a helper.
    WriteReport,
    /// Answer a mobile member, log a contact.
    WriteContact,
    ReadContacts,
    /// Accept or return what falls to them: what a rule names them for, or what no rule speaks of.
    Review,
    /// Accept or return records that no rule names a reviewer for.
    ReviewUnnamed,
    /// Confirm what somebody entered under a post just left.
    ConfirmRecord,
    /// See suggestions and complaints. Nobody of a village: a complaint may be about them.
    ReadFeedback,
    AnswerFeedback,
    /// Merge somebody else's extra record into the one kept; one's own needs no post for it.
    MergeRecord,
    /// Counts per town, for the county.
    ReadTownCounts,
}

impl Action {
    pub const ALL: &[Self] = &[
        Self::ReadOrg,
        Self::WriteOrg,
        Self::StateFacts,
        Self::RevealPhone,
        Self::IssueBindCode,
        Self::IssueDeskCode,
        Self::ReadPlan,
        Self::WritePlan,
        Self::ReadDuties,
        Self::ProposeExcuse,
        Self::DecideExcuse,
        Self::Delegate,
        Self::ReadCallList,
        Self::ReportReached,
        Self::UploadPhoto,
        Self::ReadOriginal,
        Self::ReadRecords,
        Self::WriteMeeting,
        Self::WriteSign,
        Self::WriteStatement,
        Self::WriteReport,
        Self::WriteContact,
        Self::ReadContacts,
        Self::Review,
        Self::ReviewUnnamed,
        Self::ConfirmRecord,
        Self::ReadFeedback,
        Self::AnswerFeedback,
        Self::MergeRecord,
        Self::ReadTownCounts,
    ];
}

/// Whoever leads, inspects or works in the units of their posts may look.
const LOOK: &[Role] = &[
    TownSecretary,
    PartyOffice,
    Discipline,
    ActionLead,
    InspectionHead,
    InspectionDeputy,
    Inspector,
    AreaHead,
    VillageContact,
    VillageSecretary,
    BranchSecretary,
    CommitteeMember,
    GroupLeader,
    VillageCadre,
    VillageCommittee,
    FirstSecretary,
    RevitalizationOfficer,
];

/// The roles that may do `action` over the units of their posts.
#[expect(clippy::match_same_arms, reason = "one row per action, to be laid beside the permissions matrix")]
pub fn roles(action: Action) -> &'static [Role] {
    match action {
        Action::ReadOrg => LOOK,
        Action::WriteOrg => &[PartyOffice],
        Action::StateFacts => &[PartyOffice, VillageSecretary, BranchSecretary],
        Action::RevealPhone => &[PartyOffice, VillageSecretary, BranchSecretary, CommitteeMember],
        Action::IssueBindCode => &[PartyOffice, VillageSecretary, BranchSecretary, CommitteeMember],
        Action::IssueDeskCode => &[PartyOffice],
        Action::ReadPlan => LOOK,
        Action::WritePlan => &[PartyOffice],
        Action::ReadDuties => LOOK,
        Action::ProposeExcuse => {
            &[PartyOffice, VillageContact, AreaHead, VillageSecretary, BranchSecretary, GroupLeader]
        }
        Action::DecideExcuse => &[PartyOffice],
        Action::Delegate => &[PartyOffice, VillageSecretary, BranchSecretary],
        Action::ReadCallList => &[PartyOffice, VillageContact, AreaHead],
        Action::ReportReached => &[
            PartyOffice,
            ActionLead,
            InspectionHead,
            VillageContact,
            AreaHead,
            VillageSecretary,
            BranchSecretary,
            CommitteeMember,
        ],
        Action::UploadPhoto => &[
            PartyOffice,
            Discipline,
            VillageContact,
            AreaHead,
            VillageSecretary,
            BranchSecretary,
            CommitteeMember,
            GroupLeader,
            VillageCadre,
            VillageCommittee,
            FirstSecretary,
            RevitalizationOfficer,
            MobileMember,
        ],
        Action::ReadOriginal => &[PartyOffice, Discipline],
        Action::ReadRecords => LOOK,
        Action::WriteMeeting => &[
            PartyOffice,
            VillageSecretary,
            BranchSecretary,
            CommitteeMember,
            GroupLeader,
            VillageCadre,
            VillageCommittee,
            FirstSecretary,
            RevitalizationOfficer,
        ],
        Action::WriteSign => &[
            PartyOffice,
            VillageContact,
            VillageSecretary,
            BranchSecretary,
            VillageCadre,
            VillageCommittee,
            FirstSecretary,
            RevitalizationOfficer,
        ],
        Action::WriteStatement => &[
            TownSecretary,
            PartyOffice,
            Discipline,
            InspectionHead,
            VillageSecretary,
            BranchSecretary,
            VillageCadre,
            VillageCommittee,
            FirstSecretary,
            RevitalizationOfficer,
        ],
        Action::WriteReport => {
            &[PartyOffice, VillageSecretary, BranchSecretary, CommitteeMember, MobileMember]
        }
        Action::WriteContact => &[PartyOffice, BranchSecretary, CommitteeMember],
        Action::ReadContacts => {
            &[PartyOffice, VillageSecretary, BranchSecretary, CommitteeMember, MobileMember]
        }
        Action::Review => &[
            PartyOffice,
            TownSecretary,
            Discipline,
            ActionLead,
            AreaHead,
            VillageContact,
            VillageSecretary,
            BranchSecretary,
        ],
        Action::ReviewUnnamed => &[PartyOffice, VillageContact, AreaHead],
        Action::ConfirmRecord => &[PartyOffice, VillageSecretary, BranchSecretary],
        Action::ReadFeedback => &[PartyOffice, Discipline],
        Action::AnswerFeedback => &[PartyOffice],
        Action::MergeRecord => &[PartyOffice, VillageSecretary, BranchSecretary],
        Action::ReadTownCounts => &[Operator],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_village_cadre_writes_and_accepts_nothing() {
        for action in [
            Action::Review,
            Action::ReviewUnnamed,
            Action::ConfirmRecord,
            Action::DecideExcuse,
            Action::WriteOrg,
            Action::WritePlan,
        ] {
            assert!(!roles(action).contains(&VillageCadre), "{action:?}");
        }
        assert!(roles(Action::WriteSign).contains(&VillageCadre));
        assert!(roles(Action::WriteMeeting).contains(&VillageCadre));
    }

    #[test]
    fn the_county_sees_counts_and_nothing_else() {
        for action in Action::ALL {
            assert_eq!(roles(*action).contains(&Operator), *action == Action::ReadTownCounts, "{action:?}");
        }
    }
}
