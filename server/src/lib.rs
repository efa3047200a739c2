//! 图河六项 (`tuhe`): one crate, one slice per noun. The map of the house is the table in the README.

use std::sync::Arc;

use sqlx::PgPool;

pub mod access;
pub mod audit;
pub mod config;
pub mod edge;
pub mod error;
pub mod evidence;
pub mod identity;
pub mod ids;
pub mod notify;
pub mod org;
pub mod platform;
pub mod server;
mod tags;

/// Everything a request or a job may need. Cheap to clone; nothing in it is needed by another process.
#[derive(Clone)]
pub struct App {
    pub config: Arc<config::Config>,
    pub clock: platform::clock::Clock,
    pub db: PgPool,
    pub redis: platform::redis::Redis,
    pub limiter: platform::limit::Limiter,
    pub keys: Arc<platform::keys::Keys>,
    pub photos: platform::objects::Objects,
    pub photo_pool: platform::photo::Pool,
    pub wechat: platform::wechat::WeChat,
}
