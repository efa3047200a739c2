//! Accepting, returning, confirming.

mod accepted;
mod former;
mod returned;
