//! Behaviour tests over the real server, PostgreSQL, Redis and the WeChat stand-in. One binary: it links once.

mod world;

mod access;
mod audit;
mod catalogue;
mod edge;
mod hazards;
mod house;
mod identity;
mod operations;
mod roster;
mod smoke;
