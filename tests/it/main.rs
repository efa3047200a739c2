//! Behaviour tests over the real server, PostgreSQL, Redis and the WeChat stand-in. One binary: it links once.

mod world;

mod access;
mod audit;
mod catalogue;
mod edge;
mod faults;
mod hazards;
mod house;
mod identity;
mod notify;
mod operations;
mod roster;
mod smoke;
