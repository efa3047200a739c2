//! 意见建议: a suggestion, a complaint, or a request that the office enter a record (改由镇里录入), from anybody who can
//! log in. Each has a number; the answer comes back to its writer as a notice. A complaint is seen by its writer, 党建办
//! and 镇纪委, and by nobody of the village it is about.

mod answer;
mod api;
pub mod lists;
mod sql;
mod view;
mod write;

pub use answer::{Sent, answer};
pub use api::Api;
pub use view::View;

use crate::named::named;

named! {
    /// What is wanted.
    #[oai(rename = "FeedbackKind")]
    pub enum Kind {
        Suggestion = "suggestion" "建议",
        Complaint = "complaint" "投诉",
        /// The office is asked to enter a duty's record: what must not be photographed, or cannot be.
        ClerkRequest = "clerk_request" "请镇里代录",
    }
}

named! {
    /// Where it stands.
    #[oai(rename = "FeedbackState")]
    pub enum State {
        Open = "open" "待答复",
        Answered = "answered" "已答复",
    }
}

/// The number people quote: `2026-0001`.
fn number(year: i32, no: i32) -> String {
    format!("{year}-{no:04}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_four_digits_and_more_when_needed() {
        assert_eq!(number(2026, 1), "2026-0001");
        assert_eq!(number(2026, 12_345), "2026-12345");
    }
}
