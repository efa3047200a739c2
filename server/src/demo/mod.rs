//! The demo: an invented town in which something is always due, people who can log in, and a clock of its own
//! (design D23). Nothing here runs outside `tuhe demo`.

mod past;
mod people;
mod seed;
mod tour;

pub use seed::settle_in;
pub use tour::{bind_code_lever, clock_lever, introduce};

use secrecy::SecretString;

use crate::config::Config;

pub const APPID: &str = "wxdemo0000000001";
pub const SECRET: &str = "demo-secret";
pub const TEMPLATE_ID: &str = "TPL-DEMO";
/// As the stand-in takes it: the template's id and its keywords.
pub const TEMPLATE: &str = "TPL-DEMO=thing1,date2,thing3";
pub const PAGES: [&str; 4] =
    ["pages/today/index", "pages/duty/index", "pages/record/index", "more/feedback/index"];
/// Nobody's number.
const HELP_PHONE: &str = "0000-0000000";

/// Points a configuration at the stand-in.
pub fn configure(config: &mut Config, wechat: &str) {
    wechat.clone_into(&mut config.wechat.base_url);
    APPID.clone_into(&mut config.wechat.appid);
    config.wechat.secret = SecretString::from(SECRET.to_owned());
    config.wechat.template = Some(TEMPLATE_ID.to_owned());
    config.about.help_phone.get_or_insert_with(|| HELP_PHONE.to_owned());
}
