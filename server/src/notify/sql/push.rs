use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::notify::grants::Purse;
use crate::platform::keys::sha256;
use crate::platform::wechat::push::{Delivery, Push};

/// Writes WeChat's final word about a send beside the message's attempts: of the message with its id, or of the newest one
/// to that person whose own id we never learned. It changes nothing else. False if there is no such message.
pub async fn delivery(
    tx: &mut PgConnection,
    purse: Purse<'_>,
    delivery: &Delivery,
    push: &Push,
    item: usize,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    // The same push gives the same id, so that a repeated one is stored once.
    let hash = sha256(format!("{}/{item}", push.dedupe).as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    let id = uuid::Builder::from_custom_bytes(bytes).into_uuid();
    let outcome = if delivery.error_code == 0 { "delivered" } else { "undelivered" };
    let done = sqlx::query_scalar!(
        r#"with sent as (
               select town_id, id, attempt from message
               where appid = $1 and openid = $2 and template = $3 and state <> 'queued' and created_at <= $7
                 and (msgid = $4::text::numeric or (msgid is null and state in ('sending', 'unknown')))
               order by msgid is null, created_at desc limit 1),
           entry as (
               insert into send_attempt (town_id, id, message_id, attempt, at, outcome, errcode, note)
               select town_id, $5, id, attempt, $7, $6, $8, 'msgid ' || $4::text from sent
               on conflict (town_id, id) do nothing)
           select exists (select from sent) as "known!""#,
        purse.appid,
        purse.openid,
        purse.template,
        delivery.msgid.to_string(),
        id as Uuid,
        outcome,
        now,
        i32::try_from(delivery.error_code).unwrap_or(i32::MAX),
    )
    .fetch_one(tx)
    .await?;
    Ok(done)
}
