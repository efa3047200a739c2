//! Choices a test makes about how the platform behaves where it is documented to vary, or not documented.

use serde::{Deserialize, Serialize};

/// How `errmsg` ends (wechat.md §1.0: all four shapes were seen).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuffixStyle {
    /// ` rid: 676d614b-1234abcd-0badcafe`, the present shape.
    #[default]
    Rid,
    /// ` hint: [xxxx]`
    Hint,
    /// `, hints: [ req_id: xxxx ]`
    HintsReqId,
    /// ` hint: [xxxx] rid: …`
    HintRid,
}

/// Whether a success carries `errcode` and `errmsg` (wechat.md §1.0).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuccessStyle {
    /// As each page's example shows: tokens and login without, the rest with.
    #[default]
    Documented,
    Always,
    Never,
}

/// Whether a new login code brings a new `session_key` (wechat.md §4 C2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    #[default]
    Always,
    Never,
    Random,
}

/// How pushes are protected (wechat.md §1.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushMode {
    /// In the clear, whatever the target's key.
    #[default]
    Plain,
    /// In the clear and sealed, side by side.
    Compatible,
    /// Sealed.
    Secure,
}

/// All switches, with the present platform's behaviour as the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch")]
pub struct Switches {
    pub suffix: SuffixStyle,
    pub success: SuccessStyle,
    /// `text/plain` on every answer, not only on jscode2session (§4 A1).
    pub plain_text_everywhere: bool,
    /// Real milliseconds between an act and its answer, on every platform call.
    pub latency_ms: u64,
    /// The mini-program is bound to an Open Platform account, so logins carry `unionid` (§1.1).
    pub unionid: bool,
    pub rotate_session_key: Rotation,
    /// `countryCode` as a number rather than a string (§1.0).
    pub country_code_as_number: bool,
    /// The old 47003 text that stops after 30 characters (§1.4).
    pub cut_argument_error: bool,
    /// "Always keep" answers add to the quota although no pop-up shows (§5.1, unverified).
    pub silent_accept_counts: bool,
    /// Unsubscribing voids accepts already collected (§5.1, unverified).
    pub unsubscribe_voids: bool,
    /// Push `subscribe_msg_sent_event` after an accepted send.
    pub sent_event: bool,
    pub sent_event_delay_ms: u64,
    /// The sent event reports a system failure and nothing reaches the inbox (§4 E4).
    pub sent_event_fails: bool,
    /// Plain, compatible or secure; the last two need a target with an EncodingAESKey.
    pub push_mode: PushMode,
    /// Push XML instead of JSON (§1.8).
    pub push_xml: bool,
    /// Send an unanswered push again, three times (§1.8).
    pub push_retry: bool,
    /// Real milliseconds before a push counts as unanswered.
    pub push_timeout_ms: u64,
    /// One-item `List` as an object, as the platform does, rather than an array (§1.4).
    pub push_single_as_object: bool,
    /// Numbers in pushes as strings (§1.4).
    pub push_numbers_as_strings: bool,
    /// Add a field that no document mentions to every push (§4 H5).
    pub push_unknown_field: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            suffix: SuffixStyle::Rid,
            success: SuccessStyle::Documented,
            plain_text_everywhere: false,
            latency_ms: 0,
            unionid: false,
            rotate_session_key: Rotation::Always,
            country_code_as_number: false,
            cut_argument_error: false,
            silent_accept_counts: true,
            unsubscribe_voids: true,
            sent_event: true,
            sent_event_delay_ms: 0,
            sent_event_fails: false,
            push_mode: PushMode::Plain,
            push_xml: false,
            push_retry: true,
            push_timeout_ms: 5000,
            push_single_as_object: true,
            push_numbers_as_strings: true,
            push_unknown_field: false,
        }
    }
}
