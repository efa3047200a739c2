//! 待办: generation, lists, excuses, delegation.

mod away;
mod excuse;
mod facts;
mod generate;
mod hand_over;
mod list;
mod reshape;
mod rungs;
mod undated;
mod unreached;
