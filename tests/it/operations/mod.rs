//! The program as it is run: its commands, serving and draining, its log, and what the county sees.

mod commands;
mod configuration;
mod county;
mod draining;
mod log;
mod memory;
mod operator;
mod photos;
mod program;
mod ready;
