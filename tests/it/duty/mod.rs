//! 待办: generation, lists, excuses, delegation.

mod away;
mod edit;
mod excuse;
mod facts;
mod generate;
mod hand_over;
mod list;
mod occasion;
mod oracle;
mod rungs;
mod undated;
mod unreached;
