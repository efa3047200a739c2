//! 会议 as entered by a branch.

mod entry;
mod refused;
mod window;
