use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Queues held messages again whose send took the last consent, if none was given, taken back or refused since and nothing
/// else is under way to the same person; their notices come back into them. What was held on a second look stays held.
pub async fn revive(
    tx: &mut PgConnection,
    sent_after: DateTime<Utc>,
    sent_before: DateTime<Utc>,
    most_attempts: i32,
    now: DateTime<Utc>,
) -> Result<usize, sqlx::Error> {
    let n = sqlx::query_scalar!(
        r#"with due as (
               select m.town_id, m.id from message m
               join grant_balance g on g.appid = m.appid and g.openid = m.openid and g.template = m.template and g.n = 0
               where m.state = 'unknown' and m.sending_at between $1 and $2 and m.not_after > $4 and m.attempt < $3
                 and m.note is distinct from 'held'
                 and (m.resend or exists (select from grant_event e
                     where e.appid = m.appid and e.openid = m.openid and e.template = m.template
                       and e.dedupe = 'send/' || m.id || '/' || m.attempt and e.delta = -1))
                 and not exists (select from grant_event e
                     where e.appid = m.appid and e.openid = m.openid and e.template = m.template
                       and e.at >= m.sending_at and e.why not in ('send', 'unknown'))
                 -- Of two held ones the last consent can tell nothing.
                 and not exists (select from message o where o.appid = m.appid and o.openid = m.openid
                     and o.template = m.template and o.state in ('unknown', 'queued') and o.sending_at between $1 and $4
                     and (o.town_id, o.id) <> (m.town_id, m.id))
                 and not exists (select from sending s where s.appid = m.appid and s.openid = m.openid)
                 and not exists (select from send_result r where r.appid = m.appid and r.openid = m.openid)
                 and not exists (select from message o where o.appid = m.appid and o.openid = m.openid and o.under_way)
                 and exists (select from notice n where n.town_id = m.town_id and n.message_id = m.id
                     and n.state = 'inbox' and n.not_after > $4)
               order by m.town_id, m.id limit 1000 for update of m skip locked),
           again as (
               update message m set state = 'queued', resend = true, next_at = $4, enqueued_at = null, finished_at = null,
                   note = 'last_credit'
               from due where m.town_id = due.town_id and m.id = due.id
               returning m.town_id, m.id),
           back as (
               update notice n set state = 'in_message' from again
               where n.town_id = again.town_id and n.message_id = again.id and n.state = 'inbox' and n.not_after > $4)
           select count(*) as "n!" from again"#,
        sent_after,
        sent_before,
        most_attempts,
        now,
    )
    .fetch_one(tx)
    .await?;
    Ok(usize::try_from(n).unwrap_or_default())
}
