//! An invented town: two villages (石桥村, 柳荫村), a branch hanging straight under the town, and its people.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use tuhe::ids::{PersonId, TownId, UnitId};
use tuhe::org::{self, FactsOn, NewPerson, Role, UnitKind};
use tuhe::plan::{self, Definition};
use tuhe::{identity, platform::clock};

use super::{Person, World};

/// The town with its units by name; people come by role.
pub struct Town {
    pub world: Arc<World>,
    pub id: TownId,
    pub root: UnitId,
    pub units: HashMap<&'static str, UnitId>,
    pub contact_of_away: PersonId,
    pub away_member: PersonId,
}

/// Units under the root: name, kind, parent.
const UNITS: [(&str, UnitKind, &str); 11] = [
    ("石桥村党总支", UnitKind::GeneralBranch, ""),
    ("石桥支部", UnitKind::Branch, "石桥村党总支"),
    ("石桥第一小组", UnitKind::Group, "石桥支部"),
    ("石桥村", UnitKind::Village, "石桥村党总支"),
    ("石桥村委会", UnitKind::VillageCommittee, "石桥村"),
    ("柳荫村党总支", UnitKind::GeneralBranch, ""),
    ("柳荫支部", UnitKind::Branch, "柳荫村党总支"),
    ("柳荫村", UnitKind::Village, "柳荫村党总支"),
    ("东湾村党总支", UnitKind::GeneralBranch, ""),
    ("东湾村", UnitKind::Village, "东湾村党总支"),
    ("镇中学支部", UnitKind::Branch, ""),
];

impl Town {
    /// Founds 图河镇 with units and facts as of today; nobody is there yet, no plan is loaded.
    pub async fn empty(world: &Arc<World>, code: &str) -> Self {
        let now = world.now();
        let mut tx = world.app.db.begin().await.expect("begun");
        let (id, root) = org::found_town(&mut tx, code, "图河镇", now).await.expect("founded");
        let mut units = HashMap::from([("图河镇", root)]);
        for (name, kind, parent) in UNITS {
            let parent = if parent.is_empty() { root } else { units[parent] };
            units.insert(name, org::add_unit(&mut tx, id, kind, name, parent, now).await.expect("added"));
        }
        let day = clock::today(now);
        for (branch, committee, groups, full) in
            [("石桥支部", true, true, 12), ("柳荫支部", false, false, 5), ("镇中学支部", false, false, 4)]
        {
            let facts = FactsOn {
                has_committee: committee,
                has_groups: groups,
                full_members: full,
                probationary_members: 0,
            };
            org::set_facts(&mut tx, id, units[branch], day, &facts, now).await.expect("stated");
        }
        let member = |name| NewPerson {
            name,
            membership: "full",
            branch: Some(units["石桥支部"]),
            ..NewPerson::default()
        };
        let keys = &world.app.keys;
        let contact = org::add_person(&mut tx, keys, id, &member("王秀英"), now).await.expect("added");
        org::add_post(&mut tx, id, contact, Role::CommitteeMember, &[units["石桥支部"]], day, now)
            .await
            .expect("added");
        let away = org::add_person(&mut tx, keys, id, &member("孙远"), now).await.expect("added");
        let since = day - chrono::TimeDelta::days(200);
        org::register_mobile(&mut tx, id, away, units["石桥支部"], Some(contact), since, now)
            .await
            .expect("registered");
        tx.commit().await.expect("committed");
        Self { world: Arc::clone(world), id, root, units, contact_of_away: contact, away_member: away }
    }

    /// The town with the shipped plan in force from the first of this month, duties generated.
    pub async fn with_plan(world: &Arc<World>) -> Self {
        let town = Self::empty(world, "tuhe").await;
        let today = world.today();
        town.load_plan(chrono::Datelike::with_day(&today, 1).expect("the first")).await;
        town
    }

    pub async fn load_plan(&self, start_on: NaiveDate) {
        let definition = Definition::shipped().expect("the shipped plan is sound");
        let mut tx = self.world.app.db.begin().await.expect("begun");
        plan::load(&mut tx, self.id, None, &definition, start_on, self.world.now()).await.expect("loaded");
        tuhe::duty::generate(&mut tx, self.id, self.world.now()).await.expect("generated");
        tx.commit().await.expect("committed");
    }

    pub fn unit(&self, name: &str) -> String {
        self.units[name].to_string()
    }

    /// A new person with a post over these units, bound and logged in.
    pub async fn person(&self, name: &str, role: Role, over: &[&str]) -> Person {
        let now = self.world.now();
        let mut tx = self.world.app.db.begin().await.expect("begun");
        let new = NewPerson { name, membership: "none", ..NewPerson::default() };
        let id = org::add_person(&mut tx, &self.world.app.keys, self.id, &new, now).await.expect("added");
        let over: Vec<UnitId> = over.iter().map(|unit| self.units[unit]).collect();
        org::add_post(&mut tx, self.id, id, role, &over, clock::today(now), now).await.expect("added");
        tx.commit().await.expect("committed");
        self.logs_in(id, name).await
    }

    /// A person of the roster, bound and logged in.
    pub async fn logs_in(&self, id: PersonId, name: &str) -> Person {
        let openid = format!("openid-{id}");
        let now = self.world.now();
        let mut tx = self.world.app.db.begin().await.expect("begun");
        identity::bind_openid(&self.world.app, &mut tx, self.id, id, &openid, now).await.expect("bound");
        let token = identity::start(&mut tx, self.id, id, "测试机", now).await.expect("a session");
        tx.commit().await.expect("committed");
        self.world.wx.add_user(&openid);
        Person { world: Arc::clone(&self.world), town: self.id, id, name: name.to_owned(), openid, token }
    }

    /// The same person after so long that the session has run out.
    pub async fn logs_in_again(&self, person: &Person) -> Person {
        let mut tx = self.world.app.db.begin().await.expect("begun");
        let started = identity::start(&mut tx, self.id, person.id, "测试机", self.world.now()).await;
        tx.commit().await.expect("committed");
        let (name, openid) = (person.name.clone(), person.openid.clone());
        let token = started.expect("a session");
        Person { world: Arc::clone(&self.world), town: self.id, id: person.id, name, openid, token }
    }

    pub async fn office(&self) -> Person {
        self.person("陈静", Role::PartyOffice, &["图河镇"]).await
    }

    /// 村干部 of 石桥村, not a secretary: the main user.
    pub async fn cadre(&self) -> Person {
        self.person("李小禾", Role::VillageCadre, &["石桥村"]).await
    }

    /// 村干部 of the village next door.
    pub async fn neighbour(&self) -> Person {
        self.person("何田", Role::VillageCadre, &["柳荫村"]).await
    }

    /// 党支部书记 of 石桥支部.
    pub async fn secretary(&self) -> Person {
        self.person("李卫国", Role::BranchSecretary, &["石桥支部"]).await
    }

    /// 村党组织书记 of 石桥村.
    pub async fn village_secretary(&self) -> Person {
        self.person("李为民", Role::VillageSecretary, &["石桥村党总支"]).await
    }

    /// 定村干部 of 石桥村.
    pub async fn village_contact(&self) -> Person {
        self.person("吴磊", Role::VillageContact, &["石桥村党总支"]).await
    }

    /// 支部委员 王秀英, linked to the mobile member.
    pub async fn committee_member(&self) -> Person {
        self.logs_in(self.contact_of_away, "王秀英").await
    }

    /// 流动党员 孙远.
    pub async fn away(&self) -> Person {
        self.logs_in(self.away_member, "孙远").await
    }
}
