//! Behaviour tests over the real server, PostgreSQL, Redis and the WeChat stand-in. One binary: it links once.

mod flow;
mod world;

mod access;
mod audit;
mod catalogue;
mod duty;
mod edge;
mod hazards;
mod house;
mod identity;
mod meeting;
mod mobile;
mod operations;
mod photo;
mod plan;
mod record;
mod review;
mod roster;
mod sign;
mod smoke;
mod statement;
