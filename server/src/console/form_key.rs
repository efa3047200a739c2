//! What every form carries, so that no other site's page can send one: whose page it is and of which login, under our
//! signature. The router asks for it before a form reaches its page ([`check`]); a form with files shows it first of all,
//! to [`opened`].

use poem::http::StatusCode;
use poem::http::header::CONTENT_TYPE;
use poem::web::{Field, Multipart};
use poem::{FromRequest, Request};
use subtle::ConstantTimeEq;
use tokio::io::AsyncReadExt;

use super::desk::Desk;
use super::filled::Filled;
use super::hold::Held;
use crate::App;
use crate::error::{ApiError, ApiResult};
use crate::identity::Caller;
use crate::ids::{PersonId, TownId};
use crate::platform::keys::Keys;

/// There is nothing to keep of a form by which somebody leaves.
const LEAVES: &str = "/console/logout";
/// Letters of one field.
const MOST_BYTES: u64 = 100_000;
/// Letters of a form that waits for its person: it goes through the login with the browser.
const MOST_TEXT: usize = 256 * 1024;
/// The end of the name of a field that carries a file from page to page.
pub const KEPT: &str = ".kept";
/// Fields of one form, a branch of five hundred members among them.
pub const MOST_FIELDS: usize = 3000;

/// Whose page a form stood on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Whose {
    pub town: TownId,
    pub person: PersonId,
}

impl Whose {
    pub fn of(caller: &Caller) -> Self {
        Self { town: caller.town, person: caller.person }
    }
}

/// The key of a login's forms.
pub fn of(keys: &Keys, caller: &Caller) -> String {
    signed(keys, &format!("{}.{}.{}", caller.town, caller.person, caller.session))
}

fn signed(keys: &Keys, whose: &str) -> String {
    format!("{whose}.{}", hex::encode(keys.link_signature(&format!("form/{whose}"))))
}

/// Who was given this key, by whichever login.
fn whose(keys: &Keys, key: &str) -> Option<Whose> {
    let (of, _) = key.rsplit_once('.')?;
    if !same(&signed(keys, of), key) {
        return None;
    }
    let mut parts = of.split('.').map(str::parse);
    let town = TownId(parts.next()?.ok()?);
    Some(Whose { town, person: PersonId(parts.next()?.ok()?) })
}

fn same(one: &str, other: &str) -> bool {
    bool::from(one.as_bytes().ct_eq(other.as_bytes()))
}

fn expired() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "console.form_expired", "页面已过期,请返回上一页刷新后再试。")
}

pub fn broken(cause: &dyn std::fmt::Display) -> ApiError {
    tracing::debug!(%cause, "a form broke off");
    ApiError::bad_request("request.interrupted", "没有传完,请返回上一页再提交一次。")
}

fn is_multipart(request: &Request) -> bool {
    request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"))
}

/// Lets a form through to its page if it carries this login's key; its fields are then a [`Filled`] of the request. What a page
/// of the same person's last login brought is held, anything else refused. `uploads`: the page reads files, by [`opened`].
pub async fn check(app: &App, desk: &Desk, request: &mut Request, uploads: bool) -> ApiResult<()> {
    if is_multipart(request) {
        return if uploads { Ok(()) } else { Err(expired()) };
    }
    let body = request.take_body().into_bytes().await.map_err(|error| broken(&error))?;
    let filled = Filled::read(&body)?;
    let key = filled.of("form_key");
    if same(&desk.form_key, key) {
        request.set_data(filled);
        request.set_body(body);
        return Ok(());
    }
    match whose(&app.keys, key) {
        // Who leaves by a page of the login before leaves all the same.
        Some(owner) if owner == Whose::of(&desk.caller) && desk.path == LEAVES => {
            request.set_data(filled);
            request.set_body(body);
            Ok(())
        }
        Some(owner) if owner == Whose::of(&desk.caller) => {
            Err(held(&filled, &desk.path, desk.now).refusal(&app.keys, &owner, false))
        }
        _ => Err(expired()),
    }
}

/// A form that comes where nobody is logged in, held for whose page it was; none if no page of ours sent it.
pub async fn locked(app: &App, mut request: Request) -> ApiResult<Option<ApiError>> {
    let (path, now) = (request.original_uri().path().to_owned(), app.clock.now());
    if path == LEAVES {
        return Ok(None);
    }
    if is_multipart(&request) {
        let (request, mut body) = request.split();
        let Ok(mut form) = Multipart::from_request(&request, &mut body).await else { return Ok(None) };
        let Some(owner) = whose(&app.keys, &first(&mut form).await?) else { return Ok(None) };
        return Ok(Some(rest(form, &path, now).await?.refusal(&app.keys, &owner, true)));
    }
    let body = request.take_body().into_bytes().await.map_err(|error| broken(&error))?;
    let Ok(filled) = Filled::read(&body) else { return Ok(None) };
    let owner = whose(&app.keys, filled.of("form_key"));
    Ok(owner.map(|owner| held(&filled, &path, now).refusal(&app.keys, &owner, true)))
}

/// A form with files that has shown this login's key; the fields behind it are to be read.
pub async fn opened(app: &App, desk: &Desk, mut form: Multipart) -> ApiResult<Multipart> {
    let key = first(&mut form).await?;
    if same(&desk.form_key, &key) {
        return Ok(form);
    }
    match whose(&app.keys, &key) {
        Some(owner) if owner == Whose::of(&desk.caller) => {
            Err(rest(form, &desk.path, desk.now).await?.refusal(&app.keys, &owner, false))
        }
        _ => Err(expired()),
    }
}

/// The key, if the form begins with it.
async fn first(form: &mut Multipart) -> ApiResult<String> {
    match form.next_field().await.map_err(|error| broken(&error))? {
        Some(field) if field.name() == Some("form_key") => text(field).await,
        _ => Ok(String::new()),
    }
}

fn held(filled: &Filled, path: &str, now: chrono::DateTime<chrono::Utc>) -> Held {
    let mut held = Held::new(path, false, now);
    for (name, value) in filled.fields() {
        held.add(name.to_owned(), value.to_owned());
    }
    held
}

/// The fields behind the key, without the bytes of files; a file the page itself carries along (`file.kept`) is one.
async fn rest(mut form: Multipart, path: &str, now: chrono::DateTime<chrono::Utc>) -> ApiResult<Held> {
    let (mut held, mut count, mut bytes) = (Held::new(path, true, now), 0, 0);
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        count += 1;
        if count > MOST_FIELDS {
            return Err(too_many());
        }
        let Some(name) = field.name().map(str::to_owned) else { continue };
        match (field.file_name().map(str::to_owned), name.strip_suffix(KEPT)) {
            (Some(file), _) if file.is_empty() => {}
            (Some(file), _) => held.add_file(name, file),
            (None, Some(of)) => held.add_file(of.to_owned(), "刚才那份".to_owned()),
            (None, None) => {
                let text = text(field).await?;
                bytes += name.len() + text.len();
                if bytes > MOST_TEXT {
                    return Err(too_many());
                }
                held.add(name, text);
            }
        }
    }
    Ok(held)
}

pub fn too_many() -> ApiError {
    ApiError::bad_request("request.invalid", "提交的内容太多,请分开录入。")
}

/// The text of a field of a form with files.
pub async fn text(field: Field) -> ApiResult<String> {
    let mut bytes = Vec::new();
    let read = field.into_async_read().take(MOST_BYTES + 1).read_to_end(&mut bytes).await;
    if read.map_err(|error| broken(&error))? as u64 > MOST_BYTES {
        return Err(too_many());
    }
    // A browser ends its lines as the wire does; a record keeps them as a phone would send them.
    let text = String::from_utf8(bytes).map_err(|error| broken(&error))?;
    Ok(text.replace("\r\n", "\n"))
}
