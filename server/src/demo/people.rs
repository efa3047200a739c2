//! The people of the demo town. All invented.

use serde::Serialize;

use crate::org::Role;

/// One person: the shell name of the login, the posts, where.
pub struct Person {
    /// As printed: `export CADRE=…`.
    pub shell: &'static str,
    pub name: &'static str,
    pub phone: &'static str,
    pub role: Role,
    /// Names of the units the post is held over.
    pub units: &'static [&'static str],
    /// The branch of a Party member.
    pub branch: Option<&'static str>,
    /// A further post over the branch.
    pub also: Option<Role>,
}

/// 村干部 of 柳荫村, bound to no WeChat yet: with this code's help the first run can be tried.
pub const NEWCOMER: Person = person(
    "NEWCOMER",
    "何平",
    "13900000010",
    Role::VillageCadre,
    &["柳荫村"],
    Some("柳荫村第一党支部"),
    None,
);

/// A person who can log in now.
#[derive(Serialize)]
pub struct Login {
    pub shell: &'static str,
    pub name: &'static str,
    pub role: &'static str,
    pub openid: String,
    pub token: String,
}

const fn person(
    shell: &'static str,
    name: &'static str,
    phone: &'static str,
    role: Role,
    units: &'static [&'static str],
    branch: Option<&'static str>,
    also: Option<Role>,
) -> Person {
    Person { shell, name, phone, role, units, branch, also }
}

const SHIQIAO: &str = "石桥村第一党支部";

pub const PEOPLE: [Person; 9] = [
    person("OFFICE", "陈静", "13900000001", Role::PartyOffice, &["图河镇"], None, None),
    person("SECRETARY", "周明", "13900000002", Role::TownSecretary, &["图河镇"], None, None),
    person("DISCIPLINE", "韩松", "13900000003", Role::Discipline, &["图河镇"], None, None),
    person(
        "CONTACT",
        "吴磊",
        "13900000004",
        Role::VillageContact,
        &["石桥村党总支", "柳荫村党总支"],
        None,
        None,
    ),
    person(
        "AREA",
        "郑强",
        "13900000005",
        Role::AreaHead,
        &["石桥村党总支", "柳荫村党总支", "东湾村党总支"],
        None,
        None,
    ),
    person(
        "LI",
        "李卫国",
        "13900000006",
        Role::VillageSecretary,
        &["石桥村党总支"],
        Some(SHIQIAO),
        Some(Role::BranchSecretary),
    ),
    person("WANG", "王秀英", "13900000007", Role::CommitteeMember, &[SHIQIAO], Some(SHIQIAO), None),
    person("CADRE", "李小禾", "13900000008", Role::VillageCadre, &["石桥村"], Some(SHIQIAO), None),
    person("AWAY", "孙远", "13900000009", Role::MobileMember, &[], Some(SHIQIAO), None),
];
