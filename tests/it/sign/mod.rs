//! 标识牌: cases and surveys.

mod case;
mod survey;
mod texts;
