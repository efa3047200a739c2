//! 办公台: the office's pages, as a browser without a script sees them.

mod calendar;
mod desk;
mod excuses;
mod explain;
mod feedback;
mod ledger;
mod login;
mod review;
mod rights;
mod roster;

pub use desk::Desk;
