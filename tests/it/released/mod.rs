//! The binary released before runs on this schema (design D19): every query of it can be prepared with the types it
//! expects, and what it does not know of can be left out. `tests/released/pin.py` writes the lists; `./dev upgrade`
//! runs the binary itself.

mod golden;

use std::collections::BTreeSet;
use std::str::FromStr;

use serde::Deserialize;
use sqlx::postgres::PgConnectOptions;
use sqlx::{
    AssertSqlSafe, Column, Connection, Either, Executor, PgConnection, SqlSafeStr, Statement, TypeInfo,
};
use tuhe::platform::db::{MIGRATOR, only_expands};

use crate::house::root;
use crate::world::Database;

/// What a release asks of the database.
#[derive(Deserialize)]
struct Release {
    /// The last migration it knows.
    migration: i64,
    queries: Vec<Query>,
}

#[derive(Deserialize)]
struct Query {
    sql: String,
    takes: Vec<String>,
    gives: Vec<(String, String)>,
}

/// The release before this one. The next stage pins its own predecessor here.
fn before() -> Release {
    let path = root().join("tests/released/stage-1/queries.json");
    let text = std::fs::read_to_string(path).expect("the pinned queries");
    serde_json::from_str(&text).expect("a release")
}

async fn open(database: &Database) -> PgConnection {
    let options = PgConnectOptions::from_str(&database.url).expect("a PostgreSQL URL");
    PgConnection::connect_with(&options).await.expect("the database opens")
}

/// A type's name, as sqlx writes it down and as it says it: `UuidArray` is `UUID[]`.
fn plain(name: &str) -> String {
    name.to_lowercase().replace("array", "[]")
}

#[tokio::test]
async fn every_query_of_the_release_before_is_understood_as_it_was() {
    let database = Database::fresh().await;
    let mut connection = open(&database).await;
    let release = before();
    assert!(release.queries.len() > 150, "only {} queries are pinned", release.queries.len());
    for query in release.queries {
        let statement = connection.prepare(AssertSqlSafe(query.sql.clone()).into_sql_str()).await;
        let statement = statement.unwrap_or_else(|error| panic!("{}\n{error}", query.sql));
        let takes = match statement.parameters() {
            Some(Either::Left(types)) => types.iter().map(|one| plain(one.name())).collect(),
            _ => Vec::new(),
        };
        let expected: Vec<String> = query.takes.iter().map(|name| plain(name)).collect();
        assert_eq!(takes, expected, "takes other types: {}", query.sql);
        let gives: Vec<(String, String)> = statement
            .columns()
            .iter()
            .map(|column| (column.name().to_owned(), plain(column.type_info().name())))
            .collect();
        let expected: Vec<_> = query.gives.into_iter().map(|(name, kind)| (name, plain(&kind))).collect();
        assert_eq!(gives, expected, "gives other columns: {}", query.sql);
    }
}

/// Every column: table, name, and whether a row can be inserted without it.
async fn columns(connection: &mut PgConnection) -> BTreeSet<(String, String, bool)> {
    let rows: Vec<(String, String, bool)> = sqlx::query_as(
        "select table_name::text, column_name::text,
                is_nullable = 'YES' or column_default is not null or is_generated = 'ALWAYS'
         from information_schema.columns where table_schema = 'public'",
    )
    .fetch_all(connection)
    .await
    .expect("columns");
    rows.into_iter().collect()
}

#[tokio::test]
async fn what_the_release_before_does_not_know_can_be_left_out() {
    let release = before();
    let old = Database::empty().await;
    let mut there = open(&old).await;
    for migration in MIGRATOR.iter().filter(|migration| migration.version <= release.migration) {
        sqlx::raw_sql(migration.sql.clone()).execute(&mut there).await.expect("migrated");
    }
    let known = columns(&mut there).await;
    let tables: BTreeSet<&String> = known.iter().map(|(table, ..)| table).collect();
    let here = columns(&mut open(&Database::fresh().await).await).await;
    for (table, column, optional) in &here {
        let is_known = known.iter().any(|(other, name, _)| (other, name) == (table, column));
        let fine = !tables.contains(table) || is_known || *optional;
        assert!(fine, "the release before cannot insert into {table}: {column} has no default");
    }
    let names = |columns: &BTreeSet<(String, String, bool)>| -> BTreeSet<(String, String)> {
        columns.iter().map(|(table, column, _)| (table.clone(), column.clone())).collect()
    };
    let gone: Vec<_> = names(&known).difference(&names(&here)).cloned().collect();
    assert!(gone.is_empty(), "the release before still reads {gone:?}: contract one release later");
}

#[test]
fn a_new_migration_says_whether_the_release_before_may_run_on_it() {
    let release = before();
    for migration in MIGRATOR.iter().filter(|migration| migration.version > release.migration) {
        let sql = migration.sql.as_str();
        let says = only_expands(migration) || sql.lines().any(|line| line == "-- contract");
        assert!(
            says,
            "migration {}: say `-- expand` in its head if the release before may run on it, else `-- contract`",
            migration.version
        );
    }
}
