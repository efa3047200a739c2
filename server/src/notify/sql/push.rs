use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::notify::grants::Purse;
use crate::platform::keys::sha256;
use crate::platform::wechat::push::{Delivery, Push};

/// Writes WeChat's final word about a send beside the message's attempts: of the message with WeChat's id, or of the newest
/// one to that person of which we never learned an id. It changes nothing else. False if there is no such message.
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
        r#"with known as (
               select town_id, id, attempt, created_at, 1 as rank from message where msgid = $4::text::numeric
               union all
               select town_id, id, attempt, created_at, 2 from message
               where appid = $1 and openid = $2 and state = 'unknown' and template = $3
               union all
               select town_id, id, attempt, created_at, 3 from message
               where appid = $1 and openid = $2 and under_way and template = $3),
           sent as (select town_id, id, attempt from known order by rank, created_at desc limit 1),
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
