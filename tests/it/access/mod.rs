//! Who may do what, over every operation of the API document (design D10): no token, a role that is not listed, a
//! listed role of the village next door, the same role in another town, a 片长 of some villages, a listed role at home.
//!
//! The table is `table.rs`: a new operation has no row there, and the first test of `covered.rs` says so.

pub mod cast;
pub mod scene;
pub mod spec;
pub mod table;

mod allowed;
mod area;
mod covered;
mod linked;
mod next_door;
mod other_town;
mod refused;
mod token;
mod village;
