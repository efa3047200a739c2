//! 图河六项 (`tuhe`): one crate, one slice per noun. The map of the house is the table in the README.

pub mod access;
mod app;
pub mod audit;
pub mod checkin;
pub mod cli;
pub mod config;
pub mod console;
pub mod county;
mod demo;
pub mod duty;
pub mod edge;
pub mod error;
pub mod evidence;
pub mod feedback;
pub mod identity;
pub mod ids;
pub mod me;
pub mod meeting;
pub mod mobile;
mod named;
pub mod notify;
pub mod org;
pub mod plan;
pub mod platform;
pub mod server;
pub mod sign;
pub mod sms;
pub mod statement;
mod tags;

pub use app::{App, housekeeping};
