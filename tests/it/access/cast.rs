//! Somebody of every role: at home in 石桥村, and in the village next door.

use std::collections::HashMap;

use tuhe::org::{self, NewPerson, Role};

use crate::world::{Person, Town};

/// Where a role is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Over 石桥村; roles of the town over the whole town.
    Home,
    /// Over 柳荫村, whatever the role.
    NextDoor,
}

/// People by role and place, made when first asked for.
pub struct Cast<'a> {
    town: &'a Town,
    people: HashMap<(Role, Place), Person>,
}

/// Held over the whole town by nature.
const OF_THE_TOWN: [Role; 11] = [
    Role::TownSecretary,
    Role::PartyOffice,
    Role::Discipline,
    Role::ActionLead,
    Role::InspectionHead,
    Role::InspectionDeputy,
    Role::Inspector,
    Role::RuralEconomy,
    Role::Finance,
    Role::Construction,
    Role::Operator,
];

impl<'a> Cast<'a> {
    pub fn new(town: &'a Town) -> Self {
        Self { town, people: HashMap::new() }
    }

    pub async fn get(&mut self, role: Role, place: Place) -> Person {
        if let Some(person) = self.people.get(&(role, place)) {
            return person.clone();
        }
        let person = self.make(role, place).await;
        self.people.insert((role, place), person.clone());
        person
    }

    /// A token of its own, for an operation that ends the session.
    pub async fn once(&mut self, role: Role, place: Place) -> Person {
        let person = self.get(role, place).await;
        self.town.logs_in(person.id, &person.name).await
    }

    /// After every session of theirs has ended.
    pub fn forget(&mut self, role: Role, place: Place) {
        self.people.remove(&(role, place));
    }

    async fn make(&self, role: Role, place: Place) -> Person {
        let name = format!("{}{}", role.label(), if place == Place::Home { "甲" } else { "乙" });
        let (branch, village) = match place {
            Place::Home => ("石桥支部", "石桥村党总支"),
            Place::NextDoor => ("柳荫支部", "柳荫村党总支"),
        };
        match (role, place) {
            (Role::MobileMember, Place::Home) => self.town.away().await,
            (Role::CommitteeMember, Place::Home) => self.town.committee_member().await,
            (Role::CommitteeMember, Place::NextDoor) => self.town.person(&name, role, &[branch]).await,
            (Role::MobileMember | Role::PartyMember, _) => self.member(&name, branch, role).await,
            (_, Place::Home) if OF_THE_TOWN.contains(&role) => {
                self.town.person(&name, role, &["图河镇"]).await
            }
            _ => self.town.person(&name, role, &[village]).await,
        }
    }

    /// A role that follows from the roster.
    async fn member(&self, name: &str, branch: &str, role: Role) -> Person {
        let (world, branch) = (&self.town.world, self.town.units[branch]);
        let mut tx = world.app.db.begin().await.expect("begun");
        let new = NewPerson { name, membership: "full", branch: Some(branch), ..NewPerson::default() };
        let id = org::add_person(&mut tx, &world.app.keys, self.town.id, &new, world.now());
        let id = id.await.expect("added");
        if role == Role::MobileMember {
            let since = world.today() - chrono::TimeDelta::days(200);
            org::register_mobile(&mut tx, self.town.id, id, branch, None, since, world.now())
                .await
                .expect("registered");
        }
        tx.commit().await.expect("committed");
        self.town.logs_in(id, name).await
    }
}
