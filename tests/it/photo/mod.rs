//! 佐证: what is taken as a photo, how it is shown, what is swept.

mod intake;
mod link;
mod sweep;
