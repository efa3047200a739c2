//! 任务细化: the obligation templates a task of the annex splits into.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::cadence::Cadence;
use crate::named::named;

/// One template: who owes what, how often, recorded how, and what it takes to count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The task's code, with `-1`, `-2` … where the task splits into several.
    pub code: String,
    /// Short enough for a phone's screen.
    pub title: String,
    pub cadence: Cadence,
    /// Windows that end before this day are never owed, whatever day the town starts on.
    pub first: Option<NaiveDate>,
    pub audience: Audience,
    #[serde(default)]
    pub applies: Vec<Condition>,
    pub record: RecordKind,
    /// For a meeting: the types of which it must be one.
    #[serde(default)]
    pub meeting_types: Vec<MeetingType>,
    /// For a survey of signs: the side of the wall.
    pub place: Option<Place>,
    #[serde(default)]
    pub photos_required: u32,
    pub counts: Counts,
    /// Of several who hold it: whether one is enough, or each hands in their own.
    #[serde(default = "one")]
    pub enough: Enough,
    #[serde(default = "usual_grace")]
    pub grace_days: u32,
    #[serde(default = "usual")]
    pub ladder: Ladder,
    pub reviewer: Desk,
    /// Estimated minutes of entry, for the burden meter.
    pub minutes: u32,
    /// Where the notice says so.
    pub source: String,
}

/// Weak signal in the villages is nobody's lateness (design D12).
pub(super) fn usual_grace() -> u32 {
    3
}

fn one() -> Enough {
    Enough::One
}

fn usual() -> Ladder {
    Ladder::Usual
}

named! {
    /// How much a rule may say before its end.
    #[oai(rename = "RuleLadder")]
    pub enum Ladder {
        Usual = "usual" "照常提醒",
        /// Bookkeeping: it stands on the list and is told of when it is past, so that nobody's phone rings for it.
        Quiet = "quiet" "到期前不提醒",
    }
}

named! {
    /// Who owes a rule.
    pub enum Audience {
        EachBranch = "each_branch" "每个党支部",
        EachCommittee = "each_committee" "每个支部委员会",
        EachGroup = "each_group" "每个党小组",
        EachVillage = "each_village" "每个村",
        EachMobileMember = "each_mobile_member" "每名流动党员",
        /// A mobile member together with the 支部委员 linked to them.
        EachContactPair = "each_contact_pair" "每对挂钩联系",
        TownOffice = "town_office" "镇党建办",
        TownSecretary = "town_secretary" "镇党委书记",
        DisciplineOffice = "discipline_office" "镇纪委",
        /// One duty of the whole group, on the list of its head.
        InspectionGroup = "inspection_group" "督导组",
    }
}

impl RecordKind {
    /// Whether each of several holders can hand in one of their own: a survey is of the wall, a report the member's alone.
    pub fn is_each_ones(self) -> bool {
        matches!(self, Self::Meeting | Self::Statement)
    }
}

impl Audience {
    /// On whose list the duty stands unless it is delegated (design D9b).
    pub fn holder(self) -> Desk {
        match self {
            Self::EachBranch | Self::EachCommittee => Desk::BranchSecretary,
            Self::EachGroup => Desk::GroupLeader,
            Self::EachVillage => Desk::VillageSecretary,
            Self::EachMobileMember => Desk::MobileMember,
            Self::EachContactPair => Desk::CommitteeMember,
            Self::TownOffice => Desk::PartyOffice,
            Self::TownSecretary => Desk::TownSecretary,
            Self::DisciplineOffice => Desk::Discipline,
            Self::InspectionGroup => Desk::InspectionHead,
        }
    }

    /// Whether never more than one person holds it.
    pub fn is_one_persons(self) -> bool {
        self.is_of_a_member()
    }

    /// The kind of unit under which its duties stand; a member's stand under the branch.
    pub fn unit_kind(self) -> &'static str {
        match self {
            Self::EachBranch | Self::EachCommittee | Self::EachMobileMember | Self::EachContactPair => {
                "branch"
            }
            Self::EachGroup => "group",
            Self::EachVillage => "village",
            Self::TownOffice | Self::TownSecretary | Self::DisciplineOffice | Self::InspectionGroup => "town",
        }
    }

    /// Whether each of its duties is about a member, who has to be named.
    pub fn is_of_a_member(self) -> bool {
        matches!(self, Self::EachMobileMember | Self::EachContactPair)
    }

    /// Whether whoever holds it may enter a statement on what it owes: then one may take the place of another.
    pub fn writes_statements(self) -> bool {
        matches!(
            self,
            Self::EachBranch
                | Self::EachVillage
                | Self::TownOffice
                | Self::TownSecretary
                | Self::DisciplineOffice
                | Self::InspectionGroup
        )
    }

    /// The branch fact without which this audience does not exist.
    pub fn needs(self) -> Option<Condition> {
        match self {
            Self::EachCommittee => Some(Condition::Committee),
            Self::EachGroup => Some(Condition::Groups),
            Self::EachMobileMember | Self::EachContactPair => Some(Condition::MobileMembers),
            Self::EachBranch
            | Self::EachVillage
            | Self::TownOffice
            | Self::TownSecretary
            | Self::DisciplineOffice
            | Self::InspectionGroup => None,
        }
    }
}

named! {
    /// A branch fact a rule asks for (design D8).
    pub enum Condition {
        Committee = "committee" "设有支部委员会",
        Groups = "groups" "分设党小组",
        MobileMembers = "mobile_members" "有流动党员",
    }
}

named! {
    /// What has to be entered.
    pub enum RecordKind {
        Meeting = "meeting" "会议记录",
        Report = "report" "书面汇报",
        Contact = "contact" "联系记录",
        SignSurvey = "sign_survey" "标牌排查",
        /// A few sentences, for deeds whose own kind of record comes later.
        Statement = "statement" "情况说明",
        /// No record: the office gives the task a new date.
        SetDate = "set_date" "确定新的时间",
    }
}

named! {
    /// A meeting may be of several types at once and then serves several rules.
    pub enum MeetingType {
        General = "general" "党员大会",
        Committee = "committee" "支委会",
        Group = "group" "党小组会",
        Lecture = "lecture" "党课",
        StudyDay = "study_day" "固定学习日",
        Life = "life" "组织生活会",
        Appraisal = "appraisal" "民主评议",
    }
}

named! {
    /// The two places the notice treats apart (《方案》二(五)3).
    pub enum Place {
        Outside = "outside" "外立面",
        Inside = "inside" "室内",
    }
}

named! {
    /// What makes a duty met (design D9a).
    pub enum Counts {
        Receipt = "receipt" "收到即算",
        Acceptance = "acceptance" "审核通过才算",
    }
}

named! {
    /// Where several people hold a duty, how many of them must hand it in.
    pub enum Enough {
        One = "one" "有一个人办了就行",
        Each = "each" "每个承办人都要各办一次",
    }
}

named! {
    /// A post that holds or reviews duties, by the name it has among the roles of `org`.
    pub enum Desk {
        TownSecretary = "town_secretary" "镇党委书记",
        PartyOffice = "party_office" "党建办",
        Discipline = "discipline" "镇纪委",
        ActionLead = "action_lead" "责任人",
        InspectionHead = "inspection_head" "督导组组长",
        VillageSecretary = "village_secretary" "村党组织书记",
        BranchSecretary = "branch_secretary" "党支部书记",
        CommitteeMember = "committee_member" "支部委员",
        GroupLeader = "group_leader" "党小组组长",
        MobileMember = "mobile_member" "流动党员",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_stored_and_sent() {
        for kind in MeetingType::ALL {
            assert_eq!(serde_json::to_value(kind).expect("json"), kind.name());
            assert_eq!(MeetingType::parse(kind.name()), Some(*kind));
        }
        assert_eq!(MeetingType::parse("party"), None);
        assert_eq!(MeetingType::StudyDay.label(), "固定学习日");
    }
}
