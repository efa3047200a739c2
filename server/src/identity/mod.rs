//! 身份: WeChat login, binding by one-time code, sessions, and `Caller`: who is asking, with the posts held today.

mod api;
mod bind;
pub mod desk;
pub mod desk_code;
mod login;
mod session;
mod sql;
mod sql_desk_code;

use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

pub use api::Api;
pub use bind::{BindCode, bind_openid, issue, issue_code};
pub use session::{Device, Sessions, caller, devices, hash_of, revoke_all, revoke_one, start};

use crate::App;
use crate::error::ApiError;
use crate::ids::{PersonId, SessionId, TownId};
use crate::org::Role;

/// Who is asking.
#[derive(Debug, Clone)]
pub struct Caller {
    pub town: TownId,
    pub person: PersonId,
    pub session: SessionId,
    pub name: String,
    pub posts: Vec<Held>,
}

/// A post in force today, with the paths of its units.
#[derive(Debug, Clone)]
pub struct Held {
    pub role: Role,
    pub paths: Vec<String>,
}

impl Caller {
    /// Whether the caller holds `role` over the unit at `path`.
    pub fn holds(&self, role: Role, path: &str) -> bool {
        self.posts
            .iter()
            .any(|post| post.role == role && post.paths.iter().any(|scope| path.starts_with(scope.as_str())))
    }
}

/// The bearer token of a session.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", checker = "check")]
pub struct Auth(pub Caller);

async fn check(request: &Request, bearer: Bearer) -> poem::Result<Caller> {
    let app = request.data::<App>().ok_or_else(|| ApiError::internal("the app is not in the request"))?;
    Ok(session::caller(app, &bearer.token, app.clock.now()).await?)
}
