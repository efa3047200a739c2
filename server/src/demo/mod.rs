//! The demo: an invented town in which something is always due, people who can log in, and a clock of its own
//! (design D23). Nothing here runs outside `tuhe demo`.

mod people;
mod seed;
mod tour;

pub use seed::settle_in;
pub use tour::{clock_lever, introduce};

use secrecy::SecretString;

use crate::config::Config;

pub const APPID: &str = "wxdemo0000000001";
pub const SECRET: &str = "demo-secret";
pub const TEMPLATE_ID: &str = "TPL-DEMO";
/// As the stand-in takes it: the template's id and its keywords.
pub const TEMPLATE: &str = "TPL-DEMO=thing1,date2,thing3";
pub const PAGES: [&str; 4] =
    ["pages/today/index", "pages/duty/index", "pages/record/index", "more/feedback/index"];

/// Points a configuration at the stand-in.
pub fn configure(config: &mut Config, wechat: &str) {
    wechat.clone_into(&mut config.wechat.base_url);
    APPID.clone_into(&mut config.wechat.appid);
    config.wechat.secret = SecretString::from(SECRET.to_owned());
    config.wechat.template = Some(TEMPLATE_ID.to_owned());
}
