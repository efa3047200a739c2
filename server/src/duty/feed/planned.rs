//! What the holder of a secret will owe within a year: windows that are no duties yet, from the rules, facts and calendar
//! that will make them. Looking makes none.

use std::collections::HashMap;

use chrono::{Months, NaiveDate};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::ics::{Entry, PLANNED};
use super::sql::Fed;
use crate::duty::ground::RuleNow;
use crate::duty::outlook::{Outlook, OutlookRow, Planned};
use crate::error::{ApiError, ApiResult};

/// How far ahead windows are told, in months.
const AHEAD: Months = Months::new(12);

/// A post of today.
#[derive(Deserialize)]
struct Post {
    role: String,
    unit: Uuid,
    path: String,
}

/// A mobile member linked to the person, or to nobody.
#[derive(Deserialize)]
struct Link {
    member: Uuid,
    mine: bool,
}

/// Who will hold what: by the rule of `duty_holders`, for what is handed over to nobody yet.
struct Holder {
    person: Uuid,
    posts: Vec<Post>,
    links: Vec<Link>,
    /// Whose each rule is, by its id.
    roles: HashMap<Uuid, String>,
}

impl Holder {
    fn role(&self, rule: &RuleNow) -> &str {
        self.roles.get(&rule.id).map_or("", String::as_str)
    }

    fn holds(&self, planned: &Planned<'_>) -> bool {
        let person = planned.owed.person;
        match self.role(planned.rule) {
            "mobile_member" => person == Some(self.person),
            "committee_member" => self.links.iter().any(|link| {
                let secretary = |post: &Post| post.role == "branch_secretary" && post.unit == planned.unit.id;
                person == Some(link.member) && (link.mine || self.posts.iter().any(secretary))
            }),
            role => self
                .posts
                .iter()
                .any(|post| post.role == role && planned.unit.path.starts_with(post.path.as_str())),
        }
    }

    /// Whether a rule could be theirs at all: a rule of others is not worth working out.
    fn may_hold(&self, rule: &RuleNow) -> bool {
        let holder = self.role(rule);
        matches!(holder, "mobile_member" | "committee_member")
            || self.posts.iter().any(|post| post.role == holder)
    }
}

fn read<T: DeserializeOwned>(value: Value) -> ApiResult<T> {
    serde_json::from_value(value).map_err(ApiError::internal)
}

/// The duties that are, then the windows to come, each by its last day.
pub(super) fn with(fed: Fed, today: NaiveDate) -> ApiResult<Vec<Entry>> {
    let holder = Holder {
        person: fed.person,
        posts: read(fed.held)?,
        links: read(fed.linked)?,
        roles: read(fed.holders)?,
    };
    let mut entries: Vec<Entry> = read(fed.events)?;
    let mut outlook = Outlook::of(OutlookRow {
        start_on: fed.start_on,
        rules: fed.rules,
        units: fed.units,
        scope_units: fed.scope_units,
        mobile: fed.mobile,
        facts: fed.facts,
        former: fed.former,
        duties: fed.early,
    })?;
    outlook.keep(|rule| holder.may_hold(rule));
    let until = today.checked_add_months(AHEAD).unwrap_or(today);
    let planned = outlook.planned(today, until, today);
    entries.extend(planned.into_iter().filter(|one| holder.holds(one)).filter_map(|one| {
        Some(Entry {
            rule: one.rule.code.clone(),
            subject: one.owed.subject(),
            key: one.owed.window.key.clone(),
            title: one.rule.title.clone(),
            last: one.owed.window.last?,
            state: PLANNED.into(),
            changes: 0,
        })
    }));
    Ok(entries)
}
