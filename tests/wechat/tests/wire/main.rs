//! The stand-in seen from outside: over its sockets, as a client of the platform sees it.

mod control;
mod faults;
mod login;
mod phone;
mod process;
mod push;
mod receiver;
mod subscribe;
mod tokens;
mod transport;
mod world;
