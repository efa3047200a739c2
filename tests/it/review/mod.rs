//! Accepting, returning, confirming.

mod accepted;
mod former;
mod named;
mod photos;
mod returned;
