//! One type per kind of id: poem-openapi binds path parameters by position, so two plain UUIDs could swap unseen.

use poem_openapi::NewType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A type of id: a UUID that cannot be taken for another kind's.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, NewType, sqlx::Type)]
        #[oai(from_parameter, to_header = false, from_multipart = false)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh, time-ordered id (UUIDv7).
            #[expect(clippy::new_without_default, reason = "a new id is never a default")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A tenant.
    TownId
);
id!(
    /// 组织: a node of the town's tree.
    UnitId
);
id!(
    /// A person of a town.
    PersonId
);
id!(
    /// 职务: a post.
    PostId
);
id!(
    /// 待办事项: a duty.
    DutyId
);
id!(
    /// 工作记录: a record; made by the phone.
    RecordId
);
id!(
    /// A version of a record; made by the phone.
    VersionId
);
id!(
    /// 提醒: a notice.
    NoticeId
);
id!(
    /// 需电话通知: an item of the call list.
    CallItemId
);
id!(
    /// A login on one device.
    SessionId
);
id!(
    /// 意见建议; made by the phone.
    FeedbackId
);
id!(
    /// An answer to a feedback; made by the client.
    AnswerId
);
id!(
    /// An event that the office opened; made by the client.
    OccasionId
);
id!(
    /// A batch of proposals about duties; made by the client.
    BatchId
);
