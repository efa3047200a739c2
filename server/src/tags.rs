//! The groups under which operations stand in the API document.

use poem_openapi::Tags;

#[derive(Tags)]
pub enum Tag {
    /// 登录与绑定
    Identity,
    /// 组织与名册
    Org,
    /// 方案与任务
    Plan,
    /// 待办事项
    Duty,
    /// 照片
    Evidence,
    /// 工作记录
    Record,
    /// 提醒
    Notify,
    /// 意见建议
    Feedback,
    /// 县级
    County,
}
