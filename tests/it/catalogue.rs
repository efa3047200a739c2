//! What every table of the schema must be like, read from PostgreSQL's own catalogue (design D5): towns are told apart
//! in the keys themselves, constraints are known by name, append-only tables append only.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use crate::house::{sources, string_after};
use crate::world::Database;

/// Tables that belong to no town.
const OF_NO_TOWN: [(&str, &str); 7] = [
    ("pairing", "a desk is nobody's until a phone says whose"),
    ("town", "is the tenant itself"),
    ("worker", "a process sends for every town"),
    ("grant_balance", "WeChat keeps one count per person and template, whatever the town"),
    ("grant_event", "the journal of grant_balance"),
    ("send_event", "WeChat's word names the person, never the town; gone within the hour"),
    ("send_pause", "WeChat pauses an appid, whatever the town"),
];

/// Unique indexes of town tables that do not begin with the town.
const ACROSS_TOWNS: [(&str, &str); 3] = [
    ("message_sending_once", "the same person may be in two towns, and WeChat takes one send at a time"),
    ("sending_pkey", "one send at a time to a person of two towns, and the next when it is booked"),
    ("send_result_pkey", "what is sent to a person of two towns is booked before anything else is"),
];

/// Town tables whose town is not looked up again.
const TOWN_KNOWN: [(&str, &str); 8] = [
    ("duty", "its rule and unit are of the town"),
    ("record", "its unit and writer are of the town"),
    ("record_version", "its record is of the town"),
    ("record_photo", "likewise"),
    ("record_duty", "likewise"),
    ("send_attempt", "written for every send, from the message itself, which is never deleted"),
    ("sending", "likewise, and gone a moment later"),
    ("send_result", "the release before's sending"),
];

/// Of sqlx: which migrations have run.
const MIGRATIONS: [&str; 2] = ["_sqlx_migrations", "_sqlx_migrations_expand"];

async fn open() -> PgPool {
    let database = Database::fresh().await;
    PgPoolOptions::new().max_connections(1).connect(&database.url).await.expect("the database opens")
}

async fn tables(db: &PgPool) -> BTreeSet<String> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "select relname::text from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace",
    )
    .fetch_all(db)
    .await
    .expect("tables");
    rows.into_iter().map(|row| row.0).filter(|name| !MIGRATIONS.contains(&name.as_str())).collect()
}

async fn town_tables(db: &PgPool) -> BTreeSet<String> {
    let mut names = tables(db).await;
    for (name, reason) in OF_NO_TOWN {
        assert!(names.remove(name), "{name} ({reason}) is no table any more: take it off the list");
    }
    names
}

#[tokio::test]
async fn every_table_belongs_to_a_town_or_says_why_not() {
    let db = open().await;
    let rows: Vec<(String, bool)> = sqlx::query_as(
        "select c.relname::text, a.attnotnull from pg_class c join pg_attribute a on a.attrelid = c.oid
         where a.attname = 'town_id' and c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace",
    )
    .fetch_all(&db)
    .await
    .expect("columns");
    let with: BTreeMap<String, bool> = rows.into_iter().collect();
    for table in town_tables(&db).await {
        let required = with.get(&table);
        assert_eq!(
            required,
            Some(&true),
            "{table} needs `town_id uuid not null references town (id)`, or a reason in OF_NO_TOWN"
        );
    }
}

#[tokio::test]
async fn primary_keys_and_unique_indexes_begin_with_the_town() {
    let db = open().await;
    let rows: Vec<(String, String, bool, Option<String>)> = sqlx::query_as(
        "select c.relname::text, i.relname::text, x.indisprimary, a.attname::text
         from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
         left join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
         where x.indisunique and c.relnamespace = 'public'::regnamespace",
    )
    .fetch_all(&db)
    .await
    .expect("indexes");
    let across: BTreeSet<&str> = ACROSS_TOWNS.iter().map(|(name, _)| *name).collect();
    let of_towns = town_tables(&db).await;
    let mut with_key = BTreeSet::new();
    for (table, index, is_primary, first) in rows.iter().filter(|row| of_towns.contains(&row.0)) {
        if *is_primary {
            with_key.insert(table.clone());
        }
        let leads = first.as_deref() == Some("town_id");
        assert_ne!(leads, across.contains(index.as_str()), "{index} of {table} begins with {first:?}");
    }
    assert_eq!(with_key, of_towns, "a table has no primary key");
}

#[tokio::test]
async fn foreign_keys_carry_the_town_along() {
    let db = open().await;
    let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(
        "select con.conname::text, c.relname::text, f.relname::text, a.attname::text, fa.attname::text
         from pg_constraint con
         join pg_class c on c.oid = con.conrelid join pg_class f on f.oid = con.confrelid
         join pg_attribute a on a.attrelid = c.oid and a.attnum = con.conkey[1]
         join pg_attribute fa on fa.attrelid = f.oid and fa.attnum = con.confkey[1]
         where con.contype = 'f' and con.connamespace = 'public'::regnamespace",
    )
    .fetch_all(&db)
    .await
    .expect("foreign keys");
    let of_towns = town_tables(&db).await;
    let mut to_town = BTreeSet::new();
    for (name, table, other, column, theirs) in rows {
        assert!(of_towns.contains(&table), "{name}: {table} belongs to no town and points into one");
        let wanted = if other == "town" { "id" } else { "town_id" };
        assert_eq!((column.as_str(), theirs.as_str()), ("town_id", wanted), "{name} of {table}");
        if other == "town" {
            to_town.insert(table);
        }
    }
    for (name, reason) in TOWN_KNOWN {
        assert!(
            to_town.insert(name.to_owned()),
            "{name} ({reason}) points to its town: take it off the list"
        );
    }
    assert_eq!(to_town, of_towns, "a table's town_id points nowhere");
}

/// Every constraint and unique index, with its table and whether PostgreSQL named it.
async fn named_things(db: &PgPool) -> Vec<(String, String, String)> {
    sqlx::query_as(
        "select con.conname::text, c.relname::text, con.contype::text from pg_constraint con
         join pg_class c on c.oid = con.conrelid
         where con.connamespace = 'public'::regnamespace and con.contype in ('p', 'f', 'u', 'c')
         union
         select i.relname::text, c.relname::text, 'i' from pg_index x
         join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
         where c.relnamespace = 'public'::regnamespace
           and not exists (select from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u'))",
    )
    .fetch_all(db)
    .await
    .expect("constraints")
}

/// Whether this is the name PostgreSQL makes up where the migration gives none.
fn is_made_up(name: &str, table: &str, kind: &str) -> bool {
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
    match kind {
        // Every table has one key and one town: their names cannot be mistaken.
        "p" => false,
        "f" if name == format!("{table}_town_id_fkey") => false,
        "f" => bare.ends_with("_fkey"),
        "u" => bare.ends_with("_key"),
        "c" => bare.ends_with("_check"),
        _ => bare.ends_with("_idx"),
    }
}

#[tokio::test]
async fn constraints_have_names_of_their_own() {
    let db = open().await;
    let mut seen = BTreeMap::new();
    for (name, table, kind) in named_things(&db).await {
        if MIGRATIONS.contains(&table.as_str()) {
            continue;
        }
        assert!(
            name.starts_with(&table),
            "{name} does not begin with its table {table}: errors are told apart by it"
        );
        assert!(
            !is_made_up(&name, &table, &kind),
            "{name} of {table}: say `constraint {table}_…` in the migration"
        );
        if let Some(other) = seen.insert(name.clone(), table.clone()) {
            assert_eq!(other, table, "{name} is a constraint of two tables");
        }
    }
    assert!(is_made_up("unit_kind_check1", "unit", "c") && is_made_up("unit_town_id_no_key", "unit", "u"));
}

#[tokio::test]
async fn the_constraints_the_code_asks_for_exist() {
    let db = open().await;
    let known: BTreeSet<String> = named_things(&db).await.into_iter().map(|row| row.0).collect();
    let mut asked = 0;
    for (path, text) in sources("server/src") {
        let quoted = string_after(&text, ".on_constraint(\"");
        for name in quoted.into_iter().chain(string_after(&text, "on conflict on constraint ")) {
            assert!(known.contains(&name), "{path} counts on {name}, which is no constraint");
            asked += 1;
        }
    }
    assert!(asked >= 5, "only {asked} constraints were found in the code");
}

#[tokio::test]
async fn append_only_tables_refuse_to_change_or_lose_a_row() {
    let db = open().await;
    let rows: Vec<(String,)> = sqlx::query_as(
        "select distinct c.relname::text from pg_trigger t join pg_class c on c.oid = t.tgrelid
         join pg_proc p on p.oid = t.tgfoid where p.proname = 'refuse_change' and t.tgenabled = 'O'",
    )
    .fetch_all(&db)
    .await
    .expect("triggers");
    let guarded: BTreeSet<String> = rows.into_iter().map(|row| row.0).collect();
    assert_eq!(guarded, ["audit_entry", "audit_seal"].map(str::to_owned).into(), "the guarded tables");
    let (town, entry) = (Uuid::now_v7(), Uuid::now_v7());
    let fill = format!(
        "insert into town values ('{town}', 'tuhe', '图河镇', now());
         insert into audit_entry (town_id, id, at, action, subject_kind, facts)
             values ('{town}', '{entry}', now(), 'test.done', 'test', '{{}}');
         insert into audit_seal values ('{town}', 1, '{entry}', '\\x00')"
    );
    sqlx::raw_sql(AssertSqlSafe(fill)).execute(&db).await.expect("rows");
    for table in guarded {
        let changes = [
            format!("update {table} set town_id = town_id"),
            format!("delete from {table}"),
            format!("truncate {table} cascade"),
        ];
        for change in changes {
            let refusal = sqlx::raw_sql(AssertSqlSafe(change.clone())).execute(&db).await;
            let refusal = refusal.expect_err(&change).to_string();
            assert!(refusal.contains("is append-only"), "{change}: {refusal}");
        }
    }
}
