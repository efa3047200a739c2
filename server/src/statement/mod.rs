//! 情况说明: a few sentences on a deed that has no kind of record of its own yet. Villages owe some, and so do the
//! town's own desks.

mod api;
mod enter;

pub use api::Api;
pub use enter::{StatementForm, enter};
