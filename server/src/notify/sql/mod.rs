//! The slice's queries, one file per verb.
//!
//! Whoever locks several kinds of row takes them in this order, each by id: person, message, pause, sending,
//! grant balance, notice. The one exception is composing, which locks waiting notices before messages: nobody else holds a
//! message and wants a waiting notice.

pub mod books;
pub mod calls;
pub mod compose;
pub mod evidence;
pub mod finish;
pub mod gauges;
pub mod grants;
pub mod inbox;
pub mod mark;
pub mod queue;
pub mod relay;
pub mod resend;
pub mod spare;
pub mod turn;
pub mod worker;
