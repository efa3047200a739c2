//! Behaviour tests over the real server, PostgreSQL, Redis and the WeChat stand-in. One binary: it links once.

mod world;

mod access;
mod audit;
mod catalogue;
mod console;
mod duty;
mod edge;
mod faults;
mod feedback;
mod flow;
mod hazards;
mod house;
mod identity;
mod me;
mod meeting;
mod mobile;
mod notify;
mod operations;
mod photo;
mod plan;
mod plan_table;
mod plan_year;
mod record;
mod released;
mod review;
mod roster;
mod sign;
mod smoke;
mod sms;
mod statement;
