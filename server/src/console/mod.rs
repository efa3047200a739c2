//! 办公台: the office's web pages (design D13). Rendered here, without a script: they work in any browser the office has, and
//! print. They show and do what the API shows and does, through the same public functions of the slices; nothing is decided
//! here but how it looks.

mod bulk;
mod calendar;
mod calls;
mod cookie;
mod desk;
mod duties;
mod duty;
mod excuses;
mod export;
mod facts;
mod feedback;
mod home;
mod layout;
mod login;
mod not_owed;
mod record;
mod review;
mod roster;

use poem::http::{HeaderName, HeaderValue, header};
use poem::middleware::SetHeader;
use poem::{Endpoint, EndpointExt, IntoResponse, Response, Route, get, handler, post};

/// Every page. Who may open which stands in the slices' own functions; [`desk::Desk`] lets in only who is logged in.
pub fn routes() -> impl Endpoint<Output = Response> {
    Route::new()
        .at("/", get(home::show))
        .at("/login", get(login::ask).post(login::begin))
        .at("/pair", get(login::wait))
        .at("/logout", post(login::leave))
        .at("/review", get(review::queue).post(review::accept_many))
        .at("/records/:id", get(record::show))
        .at("/records/:id/accept", post(record::accept))
        .at("/records/:id/return", post(record::give_back))
        .at("/duties", get(duties::show))
        .at("/duties/export", get(export::duties))
        .at("/duties/:id", get(duty::show))
        .at("/duties/:id/excuse", post(duty::propose))
        .at("/calendar", get(calendar::month))
        .at("/year", get(calendar::year))
        .at("/not-owed", get(not_owed::show))
        .at("/excuses", get(excuses::show))
        .at("/excuses/new", get(bulk::form))
        .at("/excuses/preview", post(bulk::preview))
        .at("/excuses/propose", post(bulk::propose))
        .at("/excuses/duty/:id/decide", post(excuses::decide))
        .at("/excuses/duty/:id/undo", post(excuses::undo))
        .at("/excuses/batch/:id/decide", post(excuses::decide_batch))
        .at("/excuses/batch/:id/undo", post(excuses::undo_batch))
        .at("/calls", get(calls::show))
        .at("/calls/:id/done", post(calls::done))
        .at("/feedback", get(feedback::show))
        .at("/feedback/:id/answer", post(feedback::answer))
        .at("/roster", get(roster::show).post(roster::import))
        .at("/roster/template", get(roster::template))
        .at("/console.css", get(style))
        .at("/landscape.css", get(landscape))
        .at("/icon.svg", get(icon))
        .catch_all_error(layout::trouble)
        .with(headers())
}

/// Nothing from elsewhere, no script at all, never inside another page, never kept by a cache.
fn headers() -> SetHeader {
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                  frame-ancestors 'none'";
    SetHeader::new()
        .overriding(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy))
        .overriding(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
        .overriding(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"))
        .overriding(
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        )
        .appending(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

#[handler]
fn icon() -> Response {
    let icon = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#9d1c1c"/></svg>"##;
    icon.with_content_type("image/svg+xml").into_response()
}

#[handler]
fn landscape() -> Response {
    include_str!("landscape.css").with_content_type("text/css; charset=utf-8").into_response()
}

#[handler]
fn style() -> Response {
    include_str!("console.css").with_content_type("text/css; charset=utf-8").into_response()
}
