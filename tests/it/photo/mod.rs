//! 佐证: what is taken as a photo, how it is shown, what is swept.

mod care;
mod hostile;
mod intake;
mod link;
mod original;
mod quota;
mod stores;
mod sweep;
pub mod tus;
mod upload;
