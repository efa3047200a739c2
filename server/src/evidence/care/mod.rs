//! The care of photos that are here: copies made anew, originals read again to see whether they are what they were, and
//! how much of them a town may have.

mod quota;
mod rebuild;
mod remake;
mod scrub;
mod sql;

pub use quota::{Usage, set_limit, usage};
pub use rebuild::{Rebuilt, rebuild};
pub use scrub::{Rot, Scrubbed, scrub, scrub_some};

pub(super) use quota::{check_room, over};
pub(super) use remake::{is_whole, mend, remade, tell_copies};
pub(super) use sql::note_rotten;
