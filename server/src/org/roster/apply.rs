//! Writing a plan. Every group of changes leaves its entry on the log, with ids and field names only (design D16).

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::people::{People, Person};
use super::plan::Plan;
use super::sql::PeopleColumns;
use super::write;
use crate::audit;
use crate::error::{ApiResult, OnConstraint};
use crate::ids::{PersonId, TownId};
use crate::org::{self, seal_phone};
use crate::platform::clock;
use crate::platform::keys::Keys;

/// So many ids stand in one entry.
const PER_ENTRY: usize = 500;

pub struct Writer<'a> {
    pub keys: &'a Keys,
    pub town: TownId,
    pub actor: Option<PersonId>,
    pub now: DateTime<Utc>,
}

impl Writer<'_> {
    /// Writes the plan; an import that changes nothing is logged too.
    pub async fn write(&self, tx: &mut PgConnection, plan: &Plan, digest: &str) -> ApiResult<()> {
        self.units(tx, plan).await?;
        self.people(tx, &plan.people).await?;
        self.posts(tx, plan).await?;
        self.away(tx, plan).await?;
        self.facts(tx, plan).await?;
        let counts = |tally: super::Tally| json!([tally.added, tally.changed, tally.unchanged]);
        let report = &plan.report;
        let facts = json!({
            "file": digest,
            "units": counts(report.units),
            "people": counts(report.people),
            "posts": counts(report.posts),
            "facts": counts(report.facts),
            "mobile_members": counts(report.mobile_members),
        });
        self.entry(tx, "org.roster_imported", "town", &facts).await
    }

    async fn units(&self, tx: &mut PgConnection, plan: &Plan) -> ApiResult<()> {
        let nodes = &plan.tree.nodes;
        let mut ids = Vec::new();
        for node in nodes.iter().filter(|node| node.is_new) {
            let parent = node.parent.map(|parent| nodes[parent].id);
            org::sql::insert_unit(tx, self.town, node.id, node.kind, &node.name, parent, self.now).await?;
            ids.push(json!(node.id));
        }
        self.log(tx, "org.units_added", "unit", &ids).await
    }

    async fn people(&self, tx: &mut PgConnection, people: &People) -> ApiResult<()> {
        let released: Vec<Uuid> = people.released.iter().map(|id| id.0).collect();
        if !released.is_empty() {
            write::release_phones(tx, self.town, &released).await?;
        }
        let (added, changed): (Vec<&Person>, Vec<&Person>) = people
            .all
            .iter()
            .filter(|person| person.is_new || !person.changed.is_empty())
            .partition(|person| person.is_new);
        let busy = || super::stale();
        if !added.is_empty() {
            let columns = self.columns(&added)?;
            let done = write::insert_people(tx, self.town, &columns, self.now).await;
            done.on_constraint("person_phone_once", busy)?;
        }
        if !changed.is_empty() {
            let columns = self.columns(&changed)?;
            let done = write::update_people(tx, self.town, &columns).await;
            done.on_constraint("person_phone_once", busy)?;
        }
        let with = |field| -> Vec<Uuid> {
            changed
                .iter()
                .filter(|person| person.changed.contains(&field))
                .map(|person| person.id.0)
                .collect()
        };
        let (back, leaving) = (with("returned"), with("left"));
        if !back.is_empty() {
            write::rejoin(tx, self.town, &back).await?;
        }
        if !leaving.is_empty() {
            write::leave(tx, self.town, &leaving, clock::today(self.now)).await?;
        }
        let ids: Vec<Value> = added.iter().map(|person| json!(person.id)).collect();
        self.log(tx, "org.people_added", "person", &ids).await?;
        let fields: Vec<Value> =
            changed.iter().map(|person| json!({ "id": person.id, "fields": person.changed })).collect();
        self.log(tx, "org.people_changed", "person", &fields).await?;
        let ids: Vec<Value> = released.iter().map(|id| json!(id)).collect();
        self.log(tx, "org.phones_released", "person", &ids).await
    }

    fn columns(&self, people: &[&Person]) -> ApiResult<PeopleColumns> {
        let mut columns = PeopleColumns::default();
        for person in people {
            let phone = person.phone.as_ref();
            let sealed = phone.map(|phone| seal_phone(self.keys, self.town, person.id, phone)).transpose()?;
            let (sealed, index) = sealed.unzip();
            columns.ids.push(person.id.0);
            columns.names.push(person.name.clone());
            columns.sealed.push(sealed);
            columns.indexes.push(index);
            columns.memberships.push(person.membership.clone());
            columns.branches.push(person.branch.map(|unit| unit.0));
            columns.groups.push(person.group.map(|unit| unit.0));
        }
        Ok(columns)
    }

    async fn posts(&self, tx: &mut PgConnection, plan: &Plan) -> ApiResult<()> {
        if !plan.posts.added.is_empty() {
            write::insert_posts(tx, self.town, &plan.posts.added, self.now).await?;
        }
        if !plan.posts.changed.is_empty() {
            write::update_posts(tx, self.town, &plan.posts.changed).await?;
        }
        let ids: Vec<Value> = plan.posts.added.iter().map(|post| json!(post.id)).collect();
        self.log(tx, "org.posts_added", "post", &ids).await?;
        let ids: Vec<Value> = plan
            .posts
            .changed
            .iter()
            .map(|post| json!({ "id": post.id, "from_on": post.from_on, "to_on": post.to_on }))
            .collect();
        self.log(tx, "org.posts_changed", "post", &ids).await
    }

    async fn away(&self, tx: &mut PgConnection, plan: &Plan) -> ApiResult<()> {
        let away = &plan.away;
        let put: Vec<_> = away.added.iter().chain(&away.changed).collect();
        if !put.is_empty() {
            let done = write::put_away(tx, self.town, &put, self.now).await;
            done.on_constraint("mobile_member_once", super::stale)?;
        }
        if !away.returned.is_empty() {
            write::bring_back(tx, self.town, &away.returned, clock::today(self.now)).await?;
        }
        let ids: Vec<Value> = put.iter().map(|away| json!(away.id)).collect();
        self.log(tx, "org.members_away", "mobile_member", &ids).await?;
        let ids: Vec<Value> = away.returned.iter().map(|id| json!(id)).collect();
        self.log(tx, "org.members_returned", "mobile_member", &ids).await
    }

    async fn facts(&self, tx: &mut PgConnection, plan: &Plan) -> ApiResult<()> {
        let mut told = Vec::new();
        for stated in &plan.facts.stated {
            org::set_facts(tx, self.town, stated.unit, stated.from_on, &stated.facts, self.now).await?;
            told.push(json!({ "id": stated.unit, "from_on": stated.from_on }));
        }
        self.log(tx, "org.facts_imported", "unit", &told).await
    }

    async fn log(
        &self,
        tx: &mut PgConnection,
        action: &'static str,
        kind: &'static str,
        ids: &[Value],
    ) -> ApiResult<()> {
        for ids in ids.chunks(PER_ENTRY) {
            self.entry(tx, action, kind, &json!({ "of": ids })).await?;
        }
        Ok(())
    }

    async fn entry(
        &self,
        tx: &mut PgConnection,
        action: &'static str,
        subject_kind: &'static str,
        facts: &Value,
    ) -> ApiResult<()> {
        let entry =
            audit::Entry { town: self.town, actor: self.actor, action, subject_kind, subject: None, facts };
        audit::record(tx, entry, self.now).await
    }
}
