//! Who may do what (design D10): one role × action table, one function that answers. Outside the caller's units the
//! answer is 404, inside them 403; rights of several posts add up.

mod table;

pub use table::{Action, roles};

use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::org::Role;

/// May `caller` do `action` on something that belongs to the unit at `path`?
pub fn check(caller: &Caller, action: Action, path: &str) -> ApiResult<()> {
    let allowed = roles(action);
    let mut inside = false;
    for post in &caller.posts {
        if post.paths.iter().any(|scope| path.starts_with(scope.as_str())) {
            if allowed.contains(&post.role) {
                return Ok(());
            }
            inside = true;
        }
    }
    Err(if inside { ApiError::forbidden() } else { ApiError::not_found() })
}

/// Whether the caller holds any post over the unit at `path`; who does not learns nothing of it.
pub fn inside(caller: &Caller, path: &str) -> ApiResult<()> {
    let covers = |scope: &String| path.starts_with(scope.as_str());
    if caller.posts.iter().any(|post| post.paths.iter().any(covers)) {
        Ok(())
    } else {
        Err(ApiError::not_found())
    }
}

/// May `caller` do `action` somewhere? For operations on the caller's whole scope, such as lists.
pub fn check_any(caller: &Caller, action: Action) -> ApiResult<()> {
    let allowed = roles(action);
    if caller.posts.iter().any(|post| allowed.contains(&post.role)) {
        Ok(())
    } else {
        Err(ApiError::forbidden())
    }
}

/// What `caller` may do in some unit at least: what an app need not hide.
pub fn may(caller: &Caller) -> Vec<Action> {
    Action::ALL.iter().copied().filter(|action| check_any(caller, *action).is_ok()).collect()
}

/// May `caller` do `action` to what the whole town has in common? A post over part of it does not suffice.
pub fn check_town(caller: &Caller, action: Action) -> ApiResult<()> {
    let allowed = roles(action);
    let over_all = |path: &String| !path.trim_matches('/').contains('/');
    if caller.posts.iter().any(|post| allowed.contains(&post.role) && post.paths.iter().any(over_all)) {
        Ok(())
    } else {
        Err(ApiError::forbidden())
    }
}

/// May `caller` do `action` to a person of the units at `paths`? A committee member may for those `linked` to them.
/// Whoever holds no post over any of the person's units learns nothing of the person.
pub fn check_person(caller: &Caller, action: Action, paths: &[String], linked: bool) -> ApiResult<()> {
    let mut refusal = ApiError::not_found();
    for path in paths {
        match check(caller, action, path) {
            Ok(()) if linked || !only_as_committee_member(caller, action, path) => return Ok(()),
            Ok(()) => refusal = ApiError::forbidden(),
            Err(error) if error.status == poem::http::StatusCode::FORBIDDEN => refusal = error,
            Err(_) => {}
        }
    }
    Err(refusal)
}

/// Whether the right comes from a committee post alone, which reaches linked members only.
fn only_as_committee_member(caller: &Caller, action: Action, path: &str) -> bool {
    !roles(action).iter().any(|role| *role != Role::CommitteeMember && caller.holds(*role, path))
}

/// The part of the tree over which `caller` may do `action`, as half-open ranges of paths. Every listing query takes
/// one, so that none can forget whose rows it may show.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pub from: Vec<String>,
    pub to: Vec<String>,
}

/// The caller's scope for `action`; a caller without any such post gets the 403.
pub fn scope(caller: &Caller, action: Action) -> ApiResult<Scope> {
    check_any(caller, action)?;
    Ok(scope_or_none(caller, action, |_| true))
}

/// The caller's scope for `action` by the roles `counting`; empty without any. For lists that hold one's own besides.
pub fn scope_or_none(caller: &Caller, action: Action, counting: impl Fn(Role) -> bool) -> Scope {
    let allowed = roles(action);
    let mut scope = Scope::default();
    let posts = caller.posts.iter().filter(|post| allowed.contains(&post.role) && counting(post.role));
    for path in posts.flat_map(|post| &post.paths) {
        scope.push(path);
    }
    scope
}

/// Whether a post opens the personal records (reports, contacts) of its whole unit. A committee member's opens those
/// of linked members only, a mobile member's only the own.
pub fn opens_reports(role: Role) -> bool {
    !matches!(role, Role::CommitteeMember | Role::MobileMember)
}

impl Scope {
    /// Whether the unit at `path` is in it.
    pub fn holds(&self, path: &str) -> bool {
        self.from.iter().zip(&self.to).any(|(from, to)| path >= from.as_str() && path < to.as_str())
    }

    /// Adds the subtree at `path`.
    pub fn push(&mut self, path: &str) {
        self.from.push(path.to_owned());
        self.to.push(end_of(path));
    }
}

/// The first path after every path that begins with `prefix`: paths end in '/', and '0' follows '/'.
fn end_of(prefix: &str) -> String {
    format!("{}0", prefix.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_the_subtree_and_nothing_else() {
        let inside = |path: &str| path >= "/1/4/" && path < end_of("/1/4/").as_str();
        assert!(inside("/1/4/") && inside("/1/4/99/3/"));
        assert!(!inside("/1/40/") && !inside("/1/5/") && !inside("/1/"));
    }
}
