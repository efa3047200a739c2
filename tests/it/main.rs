//! Behaviour tests over the real server, PostgreSQL, Redis and the WeChat stand-in. One binary: it links once.

mod world;

mod access;
mod catalogue;
mod faults;
mod notify;
mod smoke;
