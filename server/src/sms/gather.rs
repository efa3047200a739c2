//! From what WeChat does not carry to the text of a person's day.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use uuid::Uuid;

use super::sql::{self, NewText, Stranded};
use crate::App;
use crate::error::ApiResult;

/// What has stood in the inbox for longer is not news by text either.
const FRESH: TimeDelta = TimeDelta::days(3);
/// Notices looked at together.
const MOST: i64 = 500;

/// Queues texts for what is stranded; what comes when the day's text is gone waits for the next day. Such notices are found in
/// every pass until then, so a pass goes on behind them: they may be many, and the next town's must not wait for them.
pub(super) async fn gather(app: &App, now: DateTime<Utc>, stop: &watch::Receiver<bool>) -> ApiResult<()> {
    let wechat = &app.config.wechat;
    let mut after = (Uuid::nil(), Uuid::nil(), Uuid::nil());
    while !*stop.borrow() {
        let found =
            sql::stranded(&app.db, &wechat.appid, wechat.template.as_deref(), now - FRESH, now, after, MOST)
                .await?;
        let Some(last) = found.last() else { return Ok(()) };
        after = (last.town.0, last.person.0, last.notice);
        for of_person in found.chunk_by(|one, next| (one.town, one.person) == (next.town, next.person)) {
            tell(app, of_person, now).await?;
        }
    }
    Ok(())
}

/// Puts some of a person's notices into the text of their day, unless it is gone.
async fn tell(app: &App, notices: &[Stranded], now: DateTime<Utc>) -> ApiResult<()> {
    let Some(first) = notices.first() else { return Ok(()) };
    // Never at night; the day it goes out on is the one it counts for.
    let release = first.hours.release(now);
    let day = first.hours.day(release);
    let fit = notices.iter().filter(|notice| notice.not_after > release);
    let Some(not_after) = fit.clone().map(|notice| notice.not_after).max() else { return Ok(()) };
    if first.gone_on.contains(&day) {
        return Ok(());
    }
    let notices: Vec<Uuid> = fit.map(|notice| notice.notice).collect();
    let new = NewText { town: first.town, id: Uuid::now_v7(), person: first.person, day, release, not_after };
    let mut tx = app.db.begin().await?;
    sql::queue(&mut tx, &new, &notices, now).await?;
    tx.commit().await?;
    Ok(())
}
