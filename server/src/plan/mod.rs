//! 方案: the notice's six actions, its 38 tasks, and the rules a task splits into, all of it data a town may replace.

mod api;
pub mod cadence;
mod check;
pub mod definition;
pub mod edit;
mod load;
pub mod rule;
mod sql;
mod sql_edit;
pub mod table;
pub mod view;
mod words;
pub mod year;

pub use api::Api;
pub use cadence::{Cadence, MonthDay, Period, is_of_this_century};
pub use definition::{Action, Definition, Problem, Source, Task, TaskKind};
pub use edit::RuleForm;
pub use load::{load, set_date};
pub use rule::{Audience, Condition, Counts, Desk, Enough, Ladder, MeetingType, Place, RecordKind, Rule};
pub use words::{KINDS, PERIODS};
