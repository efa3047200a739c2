//! 待办: generation, lists, excuses, delegation.

mod away;
mod batch;
mod calendar;
mod excuse;
mod explain;
mod facts;
mod feed;
mod generate;
mod list;
mod postpone;
mod rungs;
mod undated;
mod unreached;
