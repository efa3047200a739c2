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
mod entry;
mod excuses;
mod export;
mod facts;
mod feedback;
mod filled;
mod form_key;
mod hand_over;
mod hold;
mod home;
mod layout;
mod lend;
mod login;
mod not_owed;
mod people;
mod person;
mod plan_table;
mod record;
mod reshape;
mod review;
mod roster;
mod routes;
mod rule;
mod rules;
mod twins;
mod units;
mod year;

pub use layout::trouble;
pub use routes::{Needs, PAGES, Page};

use poem::http::{HeaderName, HeaderValue, header};
use poem::middleware::SetHeader;
use poem::{Endpoint, EndpointExt, IntoResponse, Response, handler};

/// Every page, by its [table](PAGES).
pub fn routes() -> impl Endpoint<Output = Response> {
    routes::all().catch_all_error(layout::trouble).with(headers())
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
