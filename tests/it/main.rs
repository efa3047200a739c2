//! Behaviour tests over the real server, PostgreSQL, Redis and the WeChat stand-in. One binary: it links once.

mod flow;
mod world;

mod access;
mod catalogue;
mod duty;
mod meeting;
mod mobile;
mod photo;
mod plan;
mod record;
mod review;
mod sign;
mod smoke;
mod statement;
