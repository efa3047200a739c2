//! 待办事项: who owes what in which window. Here its pure parts: the calendar, who is exempt, and what a record is worth.

pub mod applies;
pub mod calendar;
pub mod judge;
