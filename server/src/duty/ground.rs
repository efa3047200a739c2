//! What the making of duties and the look ahead are made from, loaded once and by one statement: the rules in force, the town
//! as it stands, and what former versions of the rules have made. From there on it is pure.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::calendar::{self, Window};
use super::sql_ground::{self as sql, GroundRow};
use super::takeover::{Former, Standing};
use super::town::{Falling, Town};
use crate::error::{ApiError, ApiResult};
use crate::ids::TownId;
use crate::plan::{Audience, Cadence, Condition};
use crate::platform::clock;

/// Duties of former versions of a rule, by whom they are about.
pub(super) type FormerDuties = HashMap<Uuid, Vec<Former>>;

/// All of it.
pub struct Ground {
    /// None: the town has no plan.
    pub(super) start_on: Option<NaiveDate>,
    /// In the annex's order.
    pub(super) rules: Vec<RuleNow>,
    pub(super) town: Town,
    /// By rule in force.
    pub(super) former: HashMap<Uuid, FormerDuties>,
}

/// A rule in force.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RuleNow {
    pub id: Uuid,
    pub code: String,
    pub task_code: String,
    pub title: String,
    cadence: Value,
    audience: String,
    conditions: Value,
    grace_days: u32,
    first_on: Option<NaiveDate>,
    effective_on: Option<NaiveDate>,
    pub off: bool,
    pub minutes: u32,
    /// 内容 of its task.
    pub item: String,
    /// It only asks the office for a date.
    pub asks_date: bool,
    /// What it was before it came to ask.
    before: Option<Before>,
}

/// A rule as a date for it would restore it.
#[derive(Debug, Clone, Deserialize)]
struct Before {
    title: String,
    audience: String,
    conditions: Value,
    grace_days: u32,
}

/// A rule as far as it decides who owes what.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub id: Uuid,
    pub cadence: Cadence,
    pub audience: Audience,
    pub conditions: Vec<Condition>,
    pub grace_days: u32,
    pub first_on: Option<NaiveDate>,
    /// Windows that closed before this version came are the former one's.
    pub effective_on: Option<NaiveDate>,
    pub off: bool,
}

/// A duty of a former version as the statement gives it.
#[derive(Deserialize)]
struct FormerRow {
    rule_id: Uuid,
    subject_id: Uuid,
    id: Uuid,
    version: i32,
    cadence: Cadence,
    key: String,
    first: NaiveDate,
    last: Option<NaiveDate>,
    state: String,
    fulfilled_at: Option<DateTime<Utc>>,
}

/// Former duties by rule and by whom they are about, from the rows of `duty_former`.
pub(super) fn former(rows: Value) -> ApiResult<HashMap<Uuid, FormerDuties>> {
    let mut former: HashMap<Uuid, FormerDuties> = HashMap::new();
    for row in read::<Vec<FormerRow>>(rows)? {
        let of_rule = former.entry(row.rule_id).or_default();
        of_rule.entry(row.subject_id).or_default().push(Former {
            id: row.id,
            version: row.version,
            single: row.cadence.is_single(),
            key: row.key,
            first: row.first,
            last: row.last,
            standing: Standing::of(&row.state),
            done_on: row.fulfilled_at.map(clock::today),
        });
    }
    Ok(former)
}

impl Ground {
    /// The town's, as it stands.
    pub async fn load(tx: &mut PgConnection, town: TownId) -> ApiResult<Self> {
        Self::read(sql::ground(tx, town).await?)
    }

    pub(super) fn read(row: GroundRow) -> ApiResult<Self> {
        Ok(Self {
            start_on: row.start_on,
            rules: read(row.rules)?,
            town: Town::new(read(row.units)?, read(row.mobile)?, read(row.facts)?),
            former: former(row.former)?,
        })
    }

    /// What every rule asks of whom, for the windows that open by `until`, as known on `today`. Nothing where there is no plan.
    pub fn falling(&self, today: NaiveDate, until: NaiveDate) -> ApiResult<Falling> {
        let mut all = Falling::default();
        if let Some(start_on) = self.start_on {
            for rule in &self.rules {
                let former = self.former.get(&rule.id);
                all.append(self.town.falling(&rule.terms()?, start_on, today, until, former));
            }
        }
        Ok(all)
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> ApiResult<T> {
    serde_json::from_value(value).map_err(ApiError::internal)
}

impl RuleNow {
    pub fn terms(&self) -> ApiResult<Terms> {
        self.made(&self.audience, &self.conditions, self.grace_days)
    }

    /// As it is owed once it has a date.
    pub fn dated_terms(&self) -> ApiResult<Terms> {
        match &self.before {
            Some(before) => self.made(&before.audience, &before.conditions, before.grace_days),
            None => self.terms(),
        }
    }

    /// What a date for it is a date for.
    pub fn dated_title(&self) -> &str {
        match &self.before {
            Some(before) => &before.title,
            None if self.asks_date => &self.item,
            None => &self.title,
        }
    }

    pub fn cadence(&self) -> ApiResult<Cadence> {
        Cadence::deserialize(&self.cadence).map_err(ApiError::internal)
    }

    fn made(&self, audience: &str, conditions: &Value, grace_days: u32) -> ApiResult<Terms> {
        let Some(audience) = Audience::parse(audience) else {
            return Err(ApiError::internal(format!("{} has no known audience", self.code)));
        };
        Ok(Terms {
            id: self.id,
            cadence: self.cadence()?,
            audience,
            conditions: Vec::deserialize(conditions).map_err(ApiError::internal)?,
            grace_days,
            first_on: self.first_on,
            effective_on: self.effective_on,
            off: self.off,
        })
    }
}

impl Terms {
    /// Its windows that open by `until`; none of a rule that is switched off.
    pub(super) fn windows(&self, start_on: NaiveDate, until: NaiveDate) -> Vec<Window> {
        if self.off {
            return Vec::new();
        }
        let from = self.first_on.into_iter().chain(self.effective_on).fold(start_on, NaiveDate::max);
        let mut windows = calendar::windows(&self.cadence, self.grace_days, from, until, Some(from));
        // What has no date is asked for from the rule's first day on, where it names one.
        for window in windows.iter_mut().filter(|window| window.last.is_none()) {
            window.first = self.first_on.map_or(window.first, |first| first.max(window.first));
        }
        windows
    }
}
