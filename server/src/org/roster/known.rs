//! What the town's register holds before an import. Plain data: the planning needs no database.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::ids::{PersonId, PostId, UnitId};
use crate::org::{FactsOn, Role, UnitKind};

#[derive(Debug, Clone)]
pub struct KnownUnit {
    pub id: UnitId,
    pub kind: UnitKind,
    pub name: String,
    pub parent: Option<UnitId>,
    pub is_closed: bool,
}

#[derive(Debug, Clone)]
pub struct KnownPerson {
    pub id: PersonId,
    pub name: String,
    pub phone_index: Option<Vec<u8>>,
    pub membership: String,
    pub branch: Option<UnitId>,
    pub group: Option<UnitId>,
    pub has_left: bool,
}

#[derive(Debug, Clone)]
pub struct KnownPost {
    pub id: PostId,
    pub person: PersonId,
    pub role: Role,
    pub units: BTreeSet<UnitId>,
    pub area: Option<String>,
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
}

/// A member away and not yet returned.
#[derive(Debug, Clone)]
pub struct KnownAway {
    pub id: Uuid,
    pub person: PersonId,
    pub branch: UnitId,
    pub contact: Option<PersonId>,
    pub place: Option<String>,
    pub away_since: NaiveDate,
}

/// Facts of a branch stated from a day on.
#[derive(Debug, Clone)]
pub struct KnownFacts {
    pub unit: UnitId,
    pub from_on: NaiveDate,
    pub facts: FactsOn,
}

#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Ordered by path: a unit stands after the one above it.
    pub units: Vec<KnownUnit>,
    pub people: Vec<KnownPerson>,
    pub posts: Vec<KnownPost>,
    pub away: Vec<KnownAway>,
    pub facts: Vec<KnownFacts>,
}
