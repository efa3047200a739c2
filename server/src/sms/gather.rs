//! From what WeChat does not carry to the text of a person's day.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::sql::{self, NewText};
use crate::App;
use crate::error::ApiResult;

/// What has stood in the inbox for longer is not news by text either.
const FRESH: TimeDelta = TimeDelta::days(3);
/// Notices looked at in one pass.
const MOST: i64 = 500;

/// Queues texts for what is stranded; what comes when the day's text is gone waits for the next day.
pub(super) async fn gather(app: &App, now: DateTime<Utc>) -> ApiResult<()> {
    let wechat = &app.config.wechat;
    let found =
        sql::stranded(&app.db, &wechat.appid, wechat.template.as_deref(), now - FRESH, now, MOST).await?;
    for of_person in found.chunk_by(|one, next| (one.town, one.person) == (next.town, next.person)) {
        let Some(first) = of_person.first() else { continue };
        // Never at night; the day it goes out on is the one it counts for.
        let release = first.hours.release(now);
        let fit: Vec<_> = of_person.iter().filter(|notice| notice.not_after > release).collect();
        let Some(not_after) = fit.iter().map(|notice| notice.not_after).max() else { continue };
        let notices: Vec<Uuid> = fit.iter().map(|notice| notice.notice).collect();
        let new = NewText {
            town: first.town,
            id: Uuid::now_v7(),
            person: first.person,
            day: first.hours.day(release),
            release,
            not_after,
        };
        let mut tx = app.db.begin().await?;
        sql::queue(&mut tx, &new, &notices, now).await?;
        tx.commit().await?;
    }
    Ok(())
}
