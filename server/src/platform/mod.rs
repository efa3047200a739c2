//! Infrastructure without a single word of the trade: clock, database, Redis, photo store, WeChat's wire.

pub mod clock;
pub mod local;
