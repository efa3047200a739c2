//! The inbox: everything owed to a person, whether or not WeChat told them; pages by the server's own values (design D18).

/// A notice's state, as people read it.
pub(super) fn words(state: &str) -> &'static str {
    match state {
        "waiting" => "待发送",
        "in_message" => "发送中",
        "told" => "已发微信",
        _ => "站内提醒",
    }
}
