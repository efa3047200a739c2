//! The client of WeChat's server API, and the checks on what WeChat pushes to us. Facts and section numbers: the
//! project's notes on the platform (`wechat.md`), quoted here as "§1.4" and the like.
//!
//! Three habits run through all files. WeChat's numbers become words of ours in one `match` per call, with a test per
//! number. An act that may have happened is never repeated by the client: it is reported as such, and the queue
//! decides. URLs carry the token (and at login the secret), so no error and no log line ever holds one.

mod loose;
pub mod push;
pub mod values;
