//! 会议 as entered by a branch.

mod entry;
mod prefill;
mod refused;
mod window;
