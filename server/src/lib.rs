//! 图河六项 (`tuhe`): one crate, one slice per noun. The map of the house is the table in the README.

pub mod duty;
pub mod error;
pub mod plan;
pub mod platform;
