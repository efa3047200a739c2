//! What every page has around it.

use chrono::{DateTime, FixedOffset, NaiveDate};
use maud::{DOCTYPE, Markup, html};
use poem::web::Html;
use poem::{IntoResponse, Response};

use super::desk::Desk;
use super::{hold, routes};
use crate::App;
use crate::error::ApiError;

/// A page for who is logged in.
pub fn page(app: &App, desk: &Desk, path: &str, title: &str, body: &Markup) -> Response {
    let head = html! {
        nav aria-label="办公台" {
            a class="brand" href="/console/" { "图河六项" }
            @for (to, name) in routes::head(desk) {
                a href=(to) aria-current=[(path == to).then_some("page")] { (name) }
            }
            form class="who" method="post" action="/console/logout" {
                span { (desk.caller.name) }
                (key(desk))
                button class="quiet" { "退出" }
            }
        }
    };
    let mut response = whole(title, Some(&head), None, body);
    desk.touch(&app.keys, &mut response);
    response
}

/// A page for anybody. `refresh` asks for it again after so many seconds.
pub fn bare(title: &str, refresh: Option<&str>, body: &Markup) -> Response {
    whole(title, None, refresh, body)
}

fn whole(title: &str, head: Option<&Markup>, refresh: Option<&str>, body: &Markup) -> Response {
    let text = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if let Some(refresh) = refresh { meta http-equiv="refresh" content=(refresh); }
                title { (title) " · 图河六项办公台" }
                link rel="icon" href="/console/icon.svg";
                link rel="stylesheet" href="/console/console.css";
            }
            body {
                @if let Some(head) = head { header { (head) } }
                main { h1 { (title) } (body) }
            }
        }
    };
    Html(text.into_string()).into_response()
}

/// The hidden field every form has.
pub fn key(desk: &Desk) -> Markup {
    html! { input type="hidden" name="form_key" value=(desk.form_key); }
}

/// Says what has just been done, or why it was not.
pub fn said(words: Option<&str>) -> Markup {
    html! { @if let Some(words) = words { p class="said" role="status" { (words) } } }
}

/// 2021年10月10日 10:21
pub fn instant(at: DateTime<FixedOffset>) -> String {
    at.format("%Y年%-m月%-d日 %H:%M").to_string()
}

/// A last day; 立即 has none.
pub fn last_day(day: Option<NaiveDate>) -> String {
    day.map_or_else(|| "立即".to_owned(), crate::edge::date_label)
}

/// A refusal as a page: the sentence of the API, and the way back.
pub async fn trouble(error: poem::Error) -> Response {
    if error.is_from_response() {
        return error.into_response();
    }
    if let Some(refusal) = error.downcast_ref::<ApiError>()
        && let Some(sealed) = hold::carried(refusal)
    {
        return hold::page(refusal, sealed);
    }
    let (status, words) = match error.downcast_ref::<ApiError>() {
        Some(ours) => (ours.status, ours.message.clone()),
        None if error.status().is_client_error() => {
            (error.status(), "没有这个页面,或填写的内容有误。".to_owned())
        }
        None => {
            let ours = ApiError::internal(&error);
            (ours.status, ours.message)
        }
    };
    let body = html! {
        p class="said wrong" role="alert" { (words) }
        p { a class="button" href="/console/" { "回到首页" } }
    };
    let mut response = bare("没有办成", None, &body);
    response.set_status(status);
    response
}
