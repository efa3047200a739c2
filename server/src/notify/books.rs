//! The books: what follows from a send, for many sends in one transaction, a moment after their results were committed.
//!
//! A sender holds a place until the result of its send is committed, so as little as possible is done there: what came of
//! it is written beside the mark, in `sending`. Here it is taken from there and booked: the message's end or next try, a
//! line on the list of attempts, the grant it cost, its notices. Nothing is sent to a WeChat identity whose last send is
//! not booked, so a grant is never spent twice; a process that dies leaves the rest to the next pass of any other.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::grants::{self, Purse, Spent};
use super::relay::Key;
use super::sql::books::{self as sql, Move, Tried};

/// Results booked in one transaction.
const BATCH: i64 = 1_000;

/// Books what there is; returns how many results.
pub(super) async fn pass(db: &PgPool, now: DateTime<Utc>) -> Result<usize, sqlx::Error> {
    let mut booked = 0;
    loop {
        let n = batch(db, now).await?;
        booked += n;
        // What comes meanwhile is left for the next pass: many at once cost far less than few at a time.
        if i64::try_from(n).unwrap_or(i64::MAX) < BATCH {
            return Ok(booked);
        }
    }
}

async fn batch(db: &PgPool, now: DateTime<Utc>) -> Result<usize, sqlx::Error> {
    let mut tx = db.begin().await?;
    sql::need_not_last(&mut tx).await?;
    let results = sql::take(&mut tx, BATCH, now).await?;
    if results.is_empty() {
        return Ok(0);
    }
    let key = |result: &sql::SendResult| Key { town: result.town_id, id: result.message_id };
    let attempts = results.iter().map(|result| Tried {
        key: key(result),
        attempt: result.attempt,
        at: result.at,
        outcome: &result.outcome,
        errcode: result.errcode,
        note: result.note.as_deref(),
    });
    sql::list_attempts(&mut tx, &attempts.collect::<Vec<_>>()).await?;
    let spent = results.iter().filter_map(|result| {
        let purse = Purse { appid: &result.appid, openid: &result.openid, template: &result.template };
        let dedupe = grants::of_send(key(result), result.attempt);
        Some(Spent { purse, why: result.why.as_deref()?, dedupe })
    });
    grants::spend(&mut tx, &spent.collect::<Vec<_>>(), now).await?;
    let moves = results.iter().filter_map(|result| Some(Move::all(key(result), result.notices.as_deref()?)));
    sql::move_notices(&mut tx, &moves.collect::<Vec<_>>(), now).await?;
    tx.commit().await?;
    Ok(results.len())
}
