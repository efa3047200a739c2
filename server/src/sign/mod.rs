//! 标识牌: the register of boards that must go. A case is opened with its first photo and finished days later, perhaps
//! on another phone; a place is clean when the village has declared its survey complete, no case of it that must be
//! cleared is open, and the town has confirmed.
//!
//! Until the office has loaded the 准入清单 the system names no board wrong by itself (design D7): the finding is the
//! person's.

mod api;
mod case;
mod enter;
mod register;
mod sql;

pub use api::Api;
pub use case::{Action as CaseAction, Finding, State, judge};
pub use enter::{SignForm, SurveyForm, enter, survey};
pub use register::{KnownText, SignLine, cases, texts};
