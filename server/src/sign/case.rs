//! What becomes of a case: pure rules.

use crate::error::{ApiError, ApiResult};
use crate::named::named;

named! {
    /// What is wrong with a board, in the finder's judgement.
    pub enum Finding {
        OffList = "off_list" "清单以外",
        Advertisement = "advertisement" "商业广告",
        WrongName = "wrong_name" "名称不符",
        WrongStyle = "wrong_style" "样式不符",
        /// For the office to say.
        Unsure = "unsure" "拿不准",
    }
}

named! {
    /// What was done with it.
    #[oai(rename = "SignAction")]
    pub enum Action {
        Removed = "removed" "已拆除",
        Replaced = "replaced" "已更换",
        /// Allowed after all; needs no after photo.
        Kept = "kept" "保留",
        /// With the reason; needs no after photo.
        Cannot = "cannot" "无法清理",
    }
}

named! {
    /// Where a case stands.
    #[oai(rename = "SignState")]
    pub enum State {
        Open = "open" "未办结",
        Done = "done" "已清理",
        Kept = "kept" "保留",
        Cannot = "cannot" "无法清理",
    }
}

/// A case as entered: how many photos show before and after, and what was done.
pub struct Entered<'a> {
    pub before: usize,
    pub after: usize,
    pub action: Option<Action>,
    pub reason: Option<&'a str>,
}

/// The case's state, and how many photos it needs. A missing photo never refuses the case: it waits for the photo.
pub fn judge(entered: &Entered<'_>) -> ApiResult<(State, usize)> {
    let has_reason = entered.reason.is_some_and(|reason| !reason.trim().is_empty());
    match entered.action {
        None if entered.after > 0 => Err(ApiError::refused(
            "sign.after_without_action",
            "有清理后的照片,请选择是“已拆除”还是“已更换”。",
        )),
        None => Ok((State::Open, 1)),
        Some(Action::Kept) if has_reason => Ok((State::Kept, 1)),
        Some(Action::Cannot) if has_reason => Ok((State::Cannot, 1)),
        Some(Action::Kept | Action::Cannot) => {
            Err(ApiError::refused("sign.reason_needed", "“保留”或“无法清理”请写明原因。"))
        }
        Some(Action::Removed | Action::Replaced) => {
            // One of each is needed; two of the same do not make up for the other.
            let needed = 2 + entered.before.saturating_sub(1) + entered.after.saturating_sub(1);
            Ok((State::Done, needed))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_needs_what_its_action_proves() {
        let case = |before, after, action, reason| judge(&Entered { before, after, action, reason });
        assert_eq!(case(1, 0, None, None).ok(), Some((State::Open, 1)));
        assert_eq!(case(1, 1, Some(Action::Removed), None).ok(), Some((State::Done, 2)));
        assert_eq!(case(2, 0, Some(Action::Replaced), None).ok(), Some((State::Done, 3)));
        assert_eq!(case(1, 0, Some(Action::Kept), Some("准入清单内")).ok(), Some((State::Kept, 1)));
        assert_eq!(case(1, 0, Some(Action::Cannot), Some("文物")).ok(), Some((State::Cannot, 1)));
        assert_eq!(
            case(1, 0, Some(Action::Cannot), Some(" ")).err().map(|e| e.code),
            Some("sign.reason_needed")
        );
        assert_eq!(case(1, 1, None, None).err().map(|e| e.code), Some("sign.after_without_action"));
    }
}
