//! A stand-in for WeChat's servers: what `api.weixin.qq.com` shows on the wire, with a clock that tests can
//! move, faults that tests can script and a journal of all that was asked of it.
//!
//! It is written from WeChat's published documents alone and shares no code with the client it tests, so that
//! one misreading cannot hide on both sides. `README.md` says which behaviours are documented facts and which
//! are this model's choice where the documents are silent.

mod answer;
mod api;
mod clock;
mod control;
mod counter;
mod fault;
mod http;
mod journal;
mod levers;
mod login;
mod options;
mod phone;
mod platform;
mod push;
mod query;
mod secure;
mod send;
mod session;
mod stand_in;
mod state;
mod subscription;
mod switches;
mod template;
mod token;
mod values;
mod xml;

pub use api::endpoint;
pub use fault::{Fault, FaultRule};
pub use journal::Entry;
pub use levers::{Levers, Phone};
pub use options::{Limits, Options, PushTarget};
pub use push::{Attempt, PushRecord};
pub use secure::{Seal, padded};
pub use send::{Message, SendCount};
pub use stand_in::StandIn;
pub use subscription::{Choice, Grant};
pub use switches::{PushMode, Rotation, SuccessStyle, SuffixStyle, Switches};
pub use template::{Keyword, Template};
