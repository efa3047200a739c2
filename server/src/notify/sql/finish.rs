use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::notify::relay::Key;

/// What came of a send, judged.
pub struct Ended {
    pub key: Key,
    pub appid: String,
    pub openid: String,
    pub worker: Uuid,
    pub attempt: i32,
    pub state: &'static str,
    pub next_at: Option<DateTime<Utc>>,
    pub errcode: Option<i32>,
    pub msgid: Option<u64>,
    pub note: Option<String>,
    /// As the list of attempts has it.
    pub outcome: &'static str,
    /// What it costs.
    pub why: Option<&'static str>,
    /// Where its notices go.
    pub notices: Option<&'static str>,
}

/// The appid rests until then; of two pauses the longer one holds.
pub async fn pause(
    tx: &mut PgConnection,
    appid: &str,
    until: DateTime<Utc>,
    errcode: i32,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into send_pause (appid, until, errcode) values ($1, $2, $3)
         on conflict (appid) do update set until = excluded.until, errcode = excluded.errcode, probing = false
             where send_pause.until < excluded.until",
        appid,
        until,
        errcode,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends the appids' pauses that are over.
pub async fn unpause(
    tx: &mut PgConnection,
    appids: &[String],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if appids.is_empty() {
        return Ok(());
    }
    sqlx::query!("delete from send_pause where appid = any($1) and until <= $2", appids, now)
        .execute(tx)
        .await?;
    Ok(())
}
