//! 职务: the roles a post can carry, in the order of the permissions table.

use crate::named::named;

named! {
    /// What a post makes of a person over the post's units.
    pub enum Role {
        TownSecretary = "town_secretary" "镇党委书记",
        PartyOffice = "party_office" "党建办",
        Discipline = "discipline" "镇纪委",
        /// 责任人 of an action or task.
        ActionLead = "action_lead" "责任人",
        InspectionHead = "inspection_head" "督导组组长",
        InspectionDeputy = "inspection_deputy" "督导组副组长",
        Inspector = "inspector" "督导组成员",
        /// Head of a named set of villages.
        AreaHead = "area_head" "片长",
        /// The town cadre assigned to a village.
        VillageContact = "village_contact" "定村干部",
        /// Secretary of a 党总支.
        VillageSecretary = "village_secretary" "村党组织书记",
        BranchSecretary = "branch_secretary" "党支部书记",
        CommitteeMember = "committee_member" "支部委员",
        GroupLeader = "group_leader" "党小组组长",
        /// Writes records of the own village, accepts nothing: the main user.
        VillageCadre = "village_cadre" "村干部",
        VillageCommittee = "village_committee" "村委会",
        SupervisionCommittee = "supervision_committee" "村务监督委员会",
        CouncilMember = "council_member" "议事会成员",
        FirstSecretary = "first_secretary" "第一书记",
        RevitalizationOfficer = "revitalization_officer" "乡村振兴专干",
        RuralEconomy = "rural_economy" "农经中心",
        Finance = "finance" "财政和资产管理局",
        Construction = "construction" "建设和社会事业局",
        VillagerDelegate = "villager_delegate" "村民代表",
        /// Every Party member, over the own branch; not a post but a fact of the roster.
        PartyMember = "party_member" "党员",
        /// A Party member away, over the own affairs only; likewise a fact.
        MobileMember = "mobile_member" "流动党员",
        /// Of the county: counts per town and nothing else.
        Operator = "operator" "县级运维",
    }
}

impl Role {
    /// Follows from the roster's membership columns and is never given as a post.
    pub fn is_implied(self) -> bool {
        matches!(self, Self::PartyMember | Self::MobileMember)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_lead_back_to_their_role() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.name()), Some(*role));
            assert_eq!(Role::from_label(role.label()), Some(*role));
        }
    }
}
