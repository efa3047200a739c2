//! 会议: what is written down of a branch's meetings. One meeting may serve several duties (a general meeting with a
//! lecture on a study day is entered once).

mod api;
mod enter;
pub mod prefill;
mod sql;

pub use api::Api;
pub use enter::{Absence, MeetingForm, enter};

use crate::error::{ApiError, ApiResult};

/// Attendance as entered: 应到 = 实到 + 缺席, and every absence has a reason.
pub struct Attendance<'a> {
    pub expected: u32,
    pub present: u32,
    pub reasons: Vec<&'a str>,
}

/// Checks the arithmetic of an attendance list.
pub fn check_attendance(attendance: &Attendance<'_>) -> ApiResult<()> {
    let absent = u32::try_from(attendance.reasons.len()).unwrap_or(u32::MAX);
    if attendance.present.saturating_add(absent) != attendance.expected {
        return Err(ApiError::refused(
            "meeting.attendance",
            format!(
                "应到 {} 人,实到 {} 人,缺席 {absent} 人,对不上,请核对。",
                attendance.expected, attendance.present
            ),
        ));
    }
    if attendance.reasons.iter().any(|reason| reason.trim().is_empty()) {
        return Err(ApiError::refused("meeting.absence_reason", "每位缺席的人都要写明原因(如:外出、请假)。"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_is_present_plus_absent_with_reasons() {
        for (expected, present, reasons, code) in [
            (12, 12, vec![], None),
            (12, 10, vec!["外出", "病假"], None),
            (12, 11, vec![], Some("meeting.attendance")),
            (12, 12, vec!["外出"], Some("meeting.attendance")),
            (12, 11, vec![" "], Some("meeting.absence_reason")),
            (1, u32::MAX, vec![], Some("meeting.attendance")),
        ] {
            let refusal = check_attendance(&Attendance { expected, present, reasons }).err();
            assert_eq!(refusal.map(|error| error.code), code);
        }
    }
}
