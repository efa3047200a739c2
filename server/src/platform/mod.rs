//! Infrastructure without a single word of the trade: clock, database, Redis, photo store, WeChat's wire, the
//! text-message gateway's.

pub mod clock;
pub mod db;
pub mod gateway;
pub mod keys;
pub mod limit;
pub mod local;
pub mod metrics;
pub mod objects;
pub mod redis;
pub mod stream;
pub mod wechat;

pub use tuhe_photo as photo;
