//! 谁能看到我的信息: computed by the very checks that decide it, over the posts of today, so that it says no more and no
//! less than the truth.

use poem_openapi::Object;
use uuid::Uuid;

use super::sql;
use crate::access::{self, Action};
use crate::identity::{Caller, Held};
use crate::ids::{PersonId, SessionId};
use crate::named::named;
use crate::org::Role;

named! {
    /// What of a person others may see.
    #[oai(rename = "DataKind")]
    pub enum Data {
        Name = "name" "姓名和职务",
        Records = "records" "我填写的工作记录",
        /// As they were received, with what the camera wrote into them.
        Originals = "originals" "我上传的照片原图",
        /// Of a mobile member.
        Reports = "reports" "我的汇报和组织回复",
        Phone = "phone" "手机号",
        Feedback = "feedback" "我提的意见建议",
    }
}

impl Data {
    /// What holds for it beside who sees it.
    fn note(self) -> &'static str {
        match self {
            Self::Name => "列表里不显示手机号。",
            Self::Records => "照片不带拍摄位置。",
            Self::Originals => "需要核实时才调取,要写明理由,每次都会留下日志。",
            Self::Reports => "别人每次查看双向联系记录都会留下日志。",
            Self::Phone => {
                "平时不显示。查看要写明理由,或者是您负责联系的党员、村里的干部给您打电话求助;每次都会留下日志。"
            }
            Self::Feedback => "投诉不会让被投诉的村看到。",
        }
    }
}

/// Who sees one kind of my data. I always see it myself.
#[derive(Debug, Object)]
pub struct Seen {
    kind: Data,
    /// 姓名和职务、手机号……
    label: String,
    by: Vec<SeenBy>,
    note: String,
}

/// A role, and who holds it.
#[derive(Debug, Object)]
struct SeenBy {
    role: Role,
    /// 职务, as people read it.
    label: String,
    people: Vec<String>,
}

/// One post of somebody else, as its holder would ask by it alone.
struct Other {
    asking: Caller,
    role: Role,
    linked: bool,
}

/// Where the asking person's own data lie in the tree.
struct Mine {
    /// The units of posts, and the branch.
    units: Vec<String>,
    root: String,
    away_from: Option<String>,
}

/// Who sees what of the caller's.
pub(super) fn of(caller: &Caller, rows: Vec<sql::Holder>) -> Vec<Seen> {
    let Some(first) = rows.first() else { return Vec::new() };
    let own = rows.iter().filter(|row| row.person_id == caller.person.0).flat_map(|row| &row.units);
    let mine = Mine {
        units: own.chain(&first.branch).cloned().collect(),
        root: first.root.clone(),
        away_from: first.away_from.clone(),
    };
    let others: Vec<Other> = rows.into_iter().filter_map(|row| other(caller, row)).collect();
    let kinds = Data::ALL.iter().filter(|kind| **kind != Data::Reports || mine.away_from.is_some());
    let seen = kinds.map(|kind| Seen {
        kind: *kind,
        label: kind.label().into(),
        by: by_role(others.iter().filter(|other| sees(other, *kind, &mine))),
        note: kind.note().into(),
    });
    seen.collect()
}

fn other(caller: &Caller, row: sql::Holder) -> Option<Other> {
    let role = Role::parse(&row.role)?;
    let asking = Caller {
        town: caller.town,
        person: PersonId(row.person_id),
        session: SessionId(Uuid::nil()),
        name: row.name,
        posts: vec![Held { role, paths: row.paths }],
    };
    (asking.person != caller.person).then_some(Other { asking, role, linked: row.linked })
}

/// By the checks of the operations that show it: the list of people, the records, a member's contacts, a phone number.
fn sees(other: &Other, kind: Data, mine: &Mine) -> bool {
    let may = |action, path: &String| access::check(&other.asking, action, path).is_ok();
    match kind {
        Data::Name => mine.units.iter().chain([&mine.root]).any(|path| may(Action::ReadOrg, path)),
        Data::Records => mine.units.iter().any(|path| may(Action::ReadRecords, path)),
        Data::Originals => access::check_town(&other.asking, Action::ReadOriginal).is_ok(),
        Data::Reports => {
            let opens = access::scope_or_none(&other.asking, Action::ReadContacts, access::opens_reports);
            other.linked || mine.away_from.iter().any(|path| opens.holds(path))
        }
        Data::Phone => {
            access::check_person(&other.asking, Action::RevealPhone, &mine.units, other.linked).is_ok()
        }
        Data::Feedback => mine.units.iter().chain([&mine.root]).any(|path| may(Action::ReadFeedback, path)),
    }
}

fn by_role<'a>(others: impl Iterator<Item = &'a Other>) -> Vec<SeenBy> {
    let mut seen: Vec<SeenBy> = Vec::new();
    for other in others {
        let name = &other.asking.name;
        match seen.iter_mut().find(|by| by.role == other.role) {
            Some(by) if by.people.contains(name) => {}
            Some(by) => by.people.push(name.clone()),
            None => {
                let label = other.role.label().into();
                seen.push(SeenBy { role: other.role, label, people: vec![name.clone()] });
            }
        }
    }
    seen.sort_by_key(|by| by.role);
    seen
}
