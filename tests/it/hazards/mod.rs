//! The hazards of the libraries underneath, each met with code and shown here to be met.

mod bodies;
mod connections;
mod places;
mod pool;
mod redis;
mod source;
mod uploads;
mod wire;
