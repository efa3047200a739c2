//! Who reviews a record: whom the rules of its duties name, and always the 党建办.

use sqlx::PgConnection;

use super::sql_review;
use crate::access::{self, Action, Scope};
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{PersonId, RecordId, TownId};
use crate::org::Role;

/// What a caller may review, as the statements ask for it.
pub(super) struct Reviewer {
    pub town: TownId,
    pub person: PersonId,
    /// The reviewing posts held, one a path.
    pub roles: Vec<String>,
    pub posts: Scope,
    /// Where records are accepted that no rule speaks of.
    pub unnamed: Scope,
}

impl Reviewer {
    pub fn of(caller: &Caller) -> Self {
        let mut by = Self {
            town: caller.town,
            person: caller.person,
            roles: Vec::new(),
            posts: Scope::default(),
            unnamed: access::scope_or_none(caller, Action::ReviewUnnamed, |_| true),
        };
        let reviewing = access::roles(Action::Review);
        for post in caller.posts.iter().filter(|post| reviewing.contains(&post.role)) {
            for path in &post.paths {
                by.roles.push(post.role.name().to_owned());
                by.posts.push(path);
            }
        }
        by
    }
}

/// Refuses a record of the unit at `path` that does not fall to the caller; inside the own units it says to whom.
pub(super) async fn check(
    tx: &mut PgConnection,
    caller: &Caller,
    record: RecordId,
    path: &str,
) -> ApiResult<()> {
    access::inside(caller, path)?;
    if sql_review::falls_to(tx, &Reviewer::of(caller), record, path).await? {
        return Ok(());
    }
    let named = sql_review::named(tx, caller.town, record).await?;
    Err(if named.is_empty() { ApiError::forbidden() } else { somebody_else(&named) })
}

/// One record for several rules takes a reviewer of all of them.
fn somebody_else(named: &[String]) -> ApiError {
    let roles: Vec<Role> = named.iter().filter_map(|name| Role::parse(name)).collect();
    let told = if roles.contains(&Role::PartyOffice) {
        "这条记录由党建办审核。".to_owned()
    } else {
        let labels: Vec<_> = roles.iter().map(|role| role.label()).collect();
        format!("这条记录由{}审核,党建办也可以审核。", labels.join("兼"))
    };
    ApiError::new(poem::http::StatusCode::FORBIDDEN, "review.other_reviewer", told)
}
