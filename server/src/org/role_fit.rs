//! Over which kinds of unit a role can be held.

use super::UnitKind::{Branch, Council, Department, GeneralBranch, Group, Town, Village};
use super::{Role, UnitKind};

impl Role {
    /// Whether the town gives this role to people as a post. Party members follow from the roster; the county's
    /// account is not the town's to give.
    pub fn is_granted(self) -> bool {
        !self.fits().is_empty()
    }

    /// The kinds of unit the role is held over. The match is exhaustive, as the table of permissions is: a post over
    /// the wrong kind of unit would open nothing, or too much.
    #[expect(clippy::match_same_arms, reason = "one row per role, to be laid beside the permissions matrix")]
    pub fn fits(self) -> &'static [UnitKind] {
        match self {
            Self::TownSecretary => &[Town],
            Self::PartyOffice => &[Town],
            Self::Discipline => &[Town],
            Self::ActionLead => &[Town, Department],
            Self::InspectionHead => &[Town, GeneralBranch, Village],
            Self::InspectionDeputy => &[Town, GeneralBranch, Village],
            Self::Inspector => &[Town, GeneralBranch, Village],
            Self::AreaHead => &[GeneralBranch, Village],
            Self::VillageContact => &[GeneralBranch, Village],
            Self::VillageSecretary => &[GeneralBranch],
            Self::BranchSecretary => &[Branch],
            Self::CommitteeMember => &[Branch],
            Self::GroupLeader => &[Group],
            Self::VillageCadre => &[GeneralBranch, Village],
            Self::VillageCommittee => &[UnitKind::VillageCommittee, Village],
            Self::SupervisionCommittee => &[UnitKind::SupervisionCommittee, Village],
            Self::CouncilMember => &[Council, Village],
            Self::FirstSecretary => &[GeneralBranch, Village],
            Self::RevitalizationOfficer => &[GeneralBranch, Village],
            Self::RuralEconomy => &[Town, Department],
            Self::Finance => &[Town, Department],
            Self::Construction => &[Town, Department],
            Self::VillagerDelegate => &[Village],
            Self::PartyMember | Self::MobileMember | Self::Operator => &[],
        }
    }

    /// Works for the town itself: at a desk of its offices, or sent out from there.
    pub fn is_of_the_office(self) -> bool {
        matches!(
            self,
            Self::TownSecretary
                | Self::PartyOffice
                | Self::Discipline
                | Self::ActionLead
                | Self::InspectionHead
                | Self::InspectionDeputy
                | Self::Inspector
                | Self::AreaHead
                | Self::VillageContact
                | Self::RuralEconomy
                | Self::Finance
                | Self::Construction
        )
    }

    /// A role over the whole village, Party side included. Given over the 行政村 it is held over the 党总支 above it:
    /// the village's branches hang there, and a post reaches only what lies below its units.
    pub fn takes_whole_village(self) -> bool {
        self.fits().contains(&GeneralBranch) && self.fits().contains(&Village)
    }

    /// Who works for a whole village, Party side included, and accepts nothing. Held over the 行政村, it reaches the
    /// subtree of the 党总支 the village hangs under: the village's branches are there, not below the village.
    pub const FOR_THE_VILLAGE: [Self; 4] =
        [Self::VillageCadre, Self::VillageCommittee, Self::FirstSecretary, Self::RevitalizationOfficer];

    /// Only a Party member can hold it.
    pub fn needs_membership(self) -> bool {
        matches!(
            self,
            Self::TownSecretary
                | Self::VillageSecretary
                | Self::BranchSecretary
                | Self::CommitteeMember
                | Self::GroupLeader
        )
    }
}

impl UnitKind {
    /// The kinds of unit it can hang under. 直属支部 hang under the town.
    pub fn parents(self) -> &'static [UnitKind] {
        match self {
            Town => &[],
            Department | GeneralBranch => &[Town],
            Branch => &[GeneralBranch, Town],
            Group => &[Branch],
            Village => &[GeneralBranch],
            Self::VillageCommittee | Self::SupervisionCommittee | Council => &[Village, GeneralBranch],
        }
    }
}
