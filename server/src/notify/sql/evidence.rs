use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::notify::evidence::Word;
use crate::notify::grants::Purse;
use crate::notify::relay::Key;

/// The message a word is about.
pub struct About {
    pub town_id: Uuid,
    pub id: Uuid,
    pub attempt: i32,
    pub state: String,
    pub resend: bool,
    /// Another word was heard about it before.
    pub has_word: bool,
}

/// The message with WeChat's id; or else the last one sent to that person before the word, of which no id is known. The
/// word's time is in whole seconds of another clock, so that a send a minute after it may still be meant; WeChat's last
/// word on a send comes within the hour. Found by keys: through the person where the person is still bound. Locked.
pub async fn about(tx: &mut PgConnection, word: &Word<'_>) -> Result<Option<About>, sqlx::Error> {
    let Purse { appid, openid, template } = word.purse;
    let msgid = word.msgid.to_string();
    let named = sqlx::query_as!(
        About,
        r#"select m.town_id, m.id, m.attempt, m.resend,
               case when m.marked_by is null then m.state else 'sending' end as "state!", exists (
               select from send_attempt a where a.town_id = m.town_id and a.message_id = m.id and a.id <> $5
                 and a.outcome in ('delivered', 'undelivered')) as "has_word!"
           from message m
           where m.msgid = $4::text::numeric and m.appid = $1 and m.openid = $2 and m.template = $3
           order by m.town_id, m.id limit 1 for update of m"#,
        appid,
        openid,
        template,
        msgid,
        word.id,
    )
    .fetch_optional(&mut *tx)
    .await?;
    if named.is_some() {
        return Ok(named);
    }
    sqlx::query_as!(
        About,
        r#"select m.town_id, m.id, m.attempt, m.resend,
               case when m.marked_by is null then m.state else 'sending' end as "state!", exists (
               select from send_attempt a where a.town_id = m.town_id and a.message_id = m.id and a.id <> $5
                 and a.outcome in ('delivered', 'undelivered')) as "has_word!"
           from (select m.town_id, m.id from binding b
                 join message m on m.town_id = b.town_id and m.person_id = b.person_id
                     and m.local_day between ($4 at time zone 'Asia/Shanghai')::date - 1
                         and ($4 at time zone 'Asia/Shanghai')::date + 1
                     and m.state not in ('cancelled', 'expired')
                 where b.appid = $1 and b.openid = $2 and b.unbound_at is null
                 union select town_id, id from message where appid = $1 and openid = $2 and state = 'unknown'
                 union select town_id, id from message where appid = $1 and openid = $2 and under_way
                 union select town_id, message_id from sending where appid = $1 and openid = $2) k
           join message m on m.town_id = k.town_id and m.id = k.id
           where m.appid = $1 and m.openid = $2 and m.template = $3 and m.msgid is null
             and (m.state in ('unknown', 'sending', 'sent') or m.marked_by is not null
                 or m.state = 'queued' and (m.errcode = -1 or m.resend))
             and coalesce(m.marked_at, m.sending_at)
                 between $4::timestamptz - interval '1 hour' and $4::timestamptz + interval '1 minute'
           order by date_trunc('second', coalesce(m.marked_at, m.sending_at)) <= $4 desc,
               abs(extract(epoch from coalesce(m.marked_at, m.sending_at) - $4)), m.id
           limit 1 for update of m"#,
        appid,
        openid,
        template,
        word.at,
        word.id,
    )
    .fetch_optional(tx)
    .await
}

/// Puts a word on the list of attempts; false if it is there.
pub async fn list(
    tx: &mut PgConnection,
    about: &About,
    word: &Word<'_>,
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into send_attempt (town_id, id, message_id, attempt, at, outcome, errcode, note)
         values ($1, $2, $3, $4, $5, $6, $7, 'msgid ' || $8::text) on conflict (town_id, id) do nothing",
        about.town_id,
        word.id,
        about.id,
        about.attempt,
        now,
        outcome,
        word.errcode,
        word.msgid.to_string(),
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps WeChat's id, and ends the message where the word decides about it.
pub async fn end(
    tx: &mut PgConnection,
    key: Key,
    word: &Word<'_>,
    state: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update message set msgid = coalesce(msgid, $3::text::numeric),
             state = coalesce($4, state), finished_at = case when $4 is null then finished_at else $5::timestamptz end,
             errcode = case when $4 is null then errcode else nullif($6::integer, 0) end,
             note = case when $4 is null then note else 'sent_event' end, enqueued_at = null
         where town_id = $1 and id = $2 and ($4::text is not null or msgid is null)",
        key.town,
        key.id,
        word.msgid.to_string(),
        state,
        now,
        word.errcode,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The message's notices that are not withdrawn, wherever its former end had put them.
pub async fn move_notices(tx: &mut PgConnection, key: Key, to: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with moved as (
             select town_id, id from notice
             where town_id = $1 and message_id = $2 and state in ('in_message', 'inbox', 'told')
             order by town_id, id for update)
         update notice n set state = $3 from moved where n.town_id = moved.town_id and n.id = moved.id",
        key.town,
        key.id,
        to,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A word that waits.
pub struct Kept {
    pub appid: String,
    pub openid: String,
    pub id: Uuid,
    pub template: String,
    pub msgid: String,
    pub errcode: i32,
    pub at: DateTime<Utc>,
    pub received_at: DateTime<Utc>,
}

impl Kept {
    pub fn word(&self) -> Word<'_> {
        let purse = Purse { appid: &self.appid, openid: &self.openid, template: &self.template };
        // It was written from such a number.
        let msgid = self.msgid.parse().unwrap_or_default();
        Word { id: self.id, purse, msgid, errcode: self.errcode, at: self.at }
    }
}

pub async fn keep(tx: &mut PgConnection, word: &Word<'_>, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into send_event (appid, openid, id, template, msgid, errcode, at, received_at)
         values ($1, $2, $3, $4, $5::text::numeric, $6, $7, $8) on conflict do nothing",
        word.purse.appid,
        word.purse.openid,
        word.id,
        word.purse.template,
        word.msgid.to_string(),
        word.errcode,
        word.at,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether any word waits; hardly ever.
pub async fn any(db: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from send_event) as "any!""#).fetch_one(db).await
}

/// The words that wait, in the order in which they were said; those another process looks at are left to it.
pub async fn kept(tx: &mut PgConnection, limit: i64) -> Result<Vec<Kept>, sqlx::Error> {
    sqlx::query_as!(
        Kept,
        r#"select appid, openid, id, template, msgid::text as "msgid!", errcode, at, received_at from send_event
           order by at, id limit $1 for update skip locked"#,
        limit,
    )
    .fetch_all(tx)
    .await
}

pub async fn drop(tx: &mut PgConnection, word: &Word<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from send_event where appid = $1 and openid = $2 and id = $3",
        word.purse.appid,
        word.purse.openid,
        word.id,
    )
    .execute(tx)
    .await?;
    Ok(())
}
