//! 待办: generation, lists, excuses, delegation.

mod away;
mod batch;
mod calendar;
mod decade;
pub mod edit;
mod excuse;
mod explain;
mod facts;
mod feed;
mod generate;
mod hand_over;
mod list;
mod occasion;
mod oracle;
mod postpone;
mod reshape;
mod rungs;
mod share;
mod undated;
mod unreached;
mod withdraw;
