//! The two cookies of a desk. Neither is readable by a page, neither leaves for another site.

use poem::http::HeaderValue;
use poem::{Request, Response};

use crate::App;

/// A desk that is logged in: token, when it was last used, and our signature under both.
pub const DESK: &str = "tuhe_desk";
/// A desk that waits for a phone: code and token.
pub const PAIRING: &str = "tuhe_pairing";

/// The value of a cookie the browser sent.
pub fn get<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let sent = request.header("cookie")?;
    sent.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Gives the browser a cookie for so many seconds; 0 takes it away.
pub fn set(response: &mut Response, name: &str, value: &str, seconds: i64, secure: bool) {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/console; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append("set-cookie", value);
    }
}

/// Whether the browser came over https, by the word of a configured proxy.
pub fn is_secure(app: &App, request: &Request) -> bool {
    let peer = request.remote_addr().as_socket_addr().map(std::net::SocketAddr::ip);
    peer.is_some_and(|peer| app.config.trusted_proxies.contains(&peer))
        && request.header("x-forwarded-proto") == Some("https")
}
