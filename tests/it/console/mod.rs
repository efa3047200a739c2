//! 办公台: the office's pages, as a browser without a script sees them.

mod calendar;
mod calls;
mod code;
mod desk;
mod entry;
mod excuses;
mod explain;
mod feedback;
mod guard;
mod kept;
mod ledger;
mod lend;
mod login;
mod people;
mod plan_table;
mod review;
mod rights;
mod roster;
mod rules;
mod typed;
mod year;

pub use desk::Desk;
