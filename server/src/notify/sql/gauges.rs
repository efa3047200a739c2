use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// When the longest-due message was due.
pub async fn oldest_due(db: &PgPool, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select min(m.next_at) from town t cross join lateral (
             select next_at from message where town_id = t.id and waits and marked_by is null and next_at <= $1
             order by next_at limit 1) m",
        now,
    )
    .fetch_one(db)
    .await
}

/// Sends whose outcome is unknown, by template.
pub async fn unknown(db: &PgPool) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select template, count(*) as "n!" from message where state = 'unknown' group by template order by template"#,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.template, row.n)).collect())
}

/// Messages WeChat will never take, by template.
pub async fn dead(db: &PgPool) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select template, count(*) as "n!" from message where state = 'dead' group by template order by template"#,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.template, row.n)).collect())
}

/// Consents left, by template.
pub async fn credits(db: &PgPool) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select template, sum(n)::bigint as "n!" from grant_balance group by template order by template"#,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.template, row.n)).collect())
}
