//! 我的: what the app shows of oneself.

mod devices;
mod helpers;
mod profile;
mod visibility;
