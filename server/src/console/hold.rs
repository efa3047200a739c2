//! A form that comes when its desk has locked, or has been logged in anew since the page was made: nothing is done with it
//! and nothing of it is lost. It is sealed for the person whose page it was, goes with the browser through the login, and
//! that person, and nobody else, sends it off again with one press.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};
use poem::http::StatusCode;
use poem::web::{Data, Form};
use poem::{Request, Response, handler};
use serde::{Deserialize, Serialize};

use super::desk::{Desk, see};
use super::form_key::Whose;
use super::{layout, login};
use crate::App;
use crate::checkin::form::Slot;
use crate::error::{ApiError, ApiResult};
use crate::platform::keys::{Cell, Keys};

/// How long a form waits for its person: over a weekend.
const WAITS: TimeDelta = TimeDelta::days(3);

/// A form as it came, without the bytes of its files.
#[derive(Serialize, Deserialize)]
pub struct Held {
    /// Unix seconds.
    at: i64,
    /// Where it was sent. One of our own pages: it was read off the request that reached it.
    path: String,
    multipart: bool,
    fields: Vec<(String, String)>,
    /// The fields that brought files, with the files' names.
    files: Vec<(String, String)>,
}

impl Held {
    pub fn new(path: &str, multipart: bool, now: DateTime<Utc>) -> Self {
        let path = path.to_owned();
        Self { at: now.timestamp(), path, multipart, fields: Vec::new(), files: Vec::new() }
    }

    pub fn add(&mut self, name: String, value: String) {
        if name != "form_key" {
            self.fields.push((name, value));
        }
    }

    pub fn add_file(&mut self, name: String, file: String) {
        self.files.push((name, file));
    }

    /// The refusal that carries it, sealed for whose page it was. `locked`: nobody is logged in.
    pub fn refusal(&self, keys: &Keys, whose: &Whose, locked: bool) -> ApiError {
        let sealed = serde_json::to_string(self)
            .map_err(ApiError::internal)
            .and_then(|plain| keys.seal(cell(whose), &plain).map_err(ApiError::internal));
        let sealed = match sealed {
            Ok(sealed) => BASE64_URL_SAFE_NO_PAD.encode(sealed),
            Err(error) => return error,
        };
        let refusal = if locked {
            let words =
                "电脑已锁定或登录已到期,还没有保存。您填的内容没有丢:请由刚才填写的人重新登录,再继续保存。";
            ApiError::new(StatusCode::UNAUTHORIZED, "console.locked", words)
        } else {
            let words = "这一页是上次登录时打开的,还没有保存。您填的内容没有丢,请点“继续”。";
            ApiError::new(StatusCode::FORBIDDEN, "console.form_expired", words)
        };
        carrying(refusal, &sealed)
    }

    /// What was sealed for this person.
    fn open(keys: &Keys, whose: &Whose, sealed: &str) -> Option<Self> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
        serde_json::from_str(&keys.open(cell(whose), &sealed).ok()?).ok()
    }
}

fn cell(whose: &Whose) -> Cell<'static> {
    Cell { table: "console", column: "held", town: whose.town.0, row: whose.person.0 }
}

fn carrying(refusal: ApiError, sealed: &str) -> ApiError {
    refusal.with_details(serde_json::json!({ "held": sealed }))
}

/// What a refusal carries, still sealed.
pub fn carried(refusal: &ApiError) -> Option<&str> {
    refusal.details.as_ref()?.get("held")?.as_str()
}

/// The page of a refusal that carries a form.
pub fn page(refusal: &ApiError, sealed: &str) -> Response {
    if refusal.code != "console.form_expired" {
        return login::page(Some(refusal), Some(sealed));
    }
    let body = html! {
        div class="card narrow" {
            p class="said wrong" role="alert" { (refusal.message) }
            (press(sealed, "继续"))
        }
    };
    let mut response = layout::bare("还没有保存", None, &body);
    response.set_status(refusal.status);
    response
}

/// The button that goes on with a sealed form.
pub fn press(sealed: &str, words: &str) -> Markup {
    html! {
        form method="post" action="/console/continue" {
            input type="hidden" name="held" value=(sealed);
            button class="main" { (words) }
        }
    }
}

#[derive(Deserialize)]
pub struct Holding {
    held: String,
}

/// Shows whoever is logged in by now what they had filled in, to be sent off. A page of another site brings nothing here: the
/// cookies stay away, and what it could seal is its own author's.
#[handler]
pub async fn go_on(app: Data<&App>, request: &Request, form: Form<Holding>) -> ApiResult<Response> {
    match Desk::of(request).await? {
        Some(desk) => Ok(show(&app, &desk, &form.held)),
        None => match login::paired(&app, request).await? {
            login::Pairing::Done(desk) => {
                let mut response = show(&app, &desk, &form.held);
                login::forget_pairing(&mut response, desk.secure);
                Ok(response)
            }
            login::Pairing::Waits(code) => Ok(login::waiting(&code, Some(&form.held))),
            login::Pairing::None => {
                let words = "还没有登录。您填的内容都还在这一页上,请先登录。";
                Err(carrying(ApiError::new(StatusCode::UNAUTHORIZED, "console.locked", words), &form.held))
            }
        },
    }
}

#[handler]
pub fn nothing_held() -> Response {
    see("/console/")
}

/// The form as it was, to be sent to where it was going. Somebody else is told that it is not theirs, and is logged in all the
/// same.
pub fn show(app: &App, desk: &Desk, sealed: &str) -> Response {
    let Some(held) = Held::open(&app.keys, &Whose::of(&desk.caller), sealed) else {
        let words = "刚才的内容是另一个人填的,只有他本人登录后才能继续。";
        let error = ApiError::new(StatusCode::FORBIDDEN, "console.other_person", words);
        return login::others(app, desk, &error);
    };
    if desk.now.timestamp() - held.at > WAITS.num_seconds() {
        let words = "这些内容放了三天以上,不能再直接保存,请打开原来的页面重新填写。下面是当时填的文字。";
        let body = html! { p class="said wrong" role="alert" { (words) } (written(&held, true)) };
        let mut response = layout::page(app, desk, "", "没有保存", &body);
        response.set_status(StatusCode::UNPROCESSABLE_ENTITY);
        return response;
    }
    let body = html! {
        form class="card" method="post" action=(held.path) enctype=[held.multipart.then_some("multipart/form-data")] {
            (layout::key(desk))
            @for (name, value) in &held.fields {
                input type="hidden" name=(name) value=(value);
            }
            p { "您刚才填的内容都在,还没有保存。点“继续保存”接着办。" }
            @if !held.files.is_empty() { (files(&held)) }
            button class="main" { "继续保存" }
        }
        (written(&held, false))
        p { a class="button" href="/console/" { "不保存了,回到首页" } }
    };
    layout::page(app, desk, "", "继续保存", &body)
}

/// Files are not kept over a login: they are chosen again, each in its field.
fn files(held: &Held) -> Markup {
    let names: std::collections::BTreeSet<&str> = held.files.iter().map(|(name, _)| name.as_str()).collect();
    html! {
        p class="hint" { "照片和文件没有收下,请重新选:" }
        div class="fields" {
            @for name in names {
                @let of: Vec<&str> = held.files.iter().filter(|(one, _)| one == name).map(|(_, file)| file.as_str()).collect();
                p class="field" {
                    label for=(name) {
                        (name.strip_prefix("new-").and_then(Slot::parse).map_or("文件", Slot::label)) "(刚才选的是 " (of.join("、")) ")"
                    }
                    input id=(name) type="file" name=(name) multiple[name.starts_with("new-")];
                }
            }
        }
    }
}

/// What was typed in words, so that the person sees that it is there.
fn written(held: &Held, open: bool) -> Markup {
    let is_text = |text: &str| text.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c));
    html! {
        details open[open] {
            summary { "看看刚才填了什么" }
            @for (_, text) in held.fields.iter().filter(|(_, text)| is_text(text)) { p class="words" { (text) } }
        }
    }
}
