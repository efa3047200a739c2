//! SQL is checked against the schema when it is built, and takes the time from the caller.

use super::{code, sources};

/// Files with statements no macro can check, and why.
const UNCHECKED: [(&str, &str); 3] = [
    ("platform/db.rs", "the pool's guard speaks the simple protocol"),
    ("platform/local/tests.rs", "a schema of its own"),
    ("server/health.rs", "asks whether anybody answers"),
];

/// Files whose SQL reads PostgreSQL's clock, and why.
const BY_ITS_CLOCK: [(&str, &str); 2] = [
    ("platform/db.rs", "asks for the one time all go by; compares two of PostgreSQL's clocks"),
    ("notify/sql/worker.rs", "a lease is a promise between processes: one clock for all of them"),
];

#[test]
fn every_query_is_a_macro() {
    let plain = [
        "sqlx::query(",
        "sqlx::query_as(",
        "sqlx::query_scalar(",
        "sqlx::query_with(",
        "sqlx::query_as_with(",
        "::raw_sql(",
        "AssertSqlSafe",
        "QueryBuilder",
        "_unchecked!(",
        "execute(\"",
        "fetch_one(\"",
        "query_as::<",
        "query_scalar::<",
        "query::<",
    ];
    for (path, text) in sources("server/src") {
        if UNCHECKED.iter().any(|(known, _)| *known == path) {
            continue;
        }
        for (number, line) in code(&text).enumerate() {
            let found = plain.iter().find(|mark| line.contains(*mark));
            assert!(
                found.is_none(),
                "server/src/{path}:{}: {line}\nuse sqlx::query!, query_as! or query_scalar!, which check it",
                number + 1
            );
        }
    }
}

#[test]
fn sql_is_told_the_time() {
    let clocks = ["now()", "current_timestamp", "current_date", "clock_timestamp()", "localtimestamp"];
    let in_code = ["::now()", ".now()", "fn now()"];
    for (path, text) in sources("server/src") {
        if BY_ITS_CLOCK.iter().any(|(known, _)| *known == path) {
            continue;
        }
        let body = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code(body).enumerate() {
            // Whoever holds a worker's lease is asked by the clock that gave it.
            if line.contains("lease_until > now()") {
                continue;
            }
            let line = in_code.iter().fold(line.to_lowercase(), |line, rust| line.replace(rust, ""));
            let found = clocks.iter().find(|clock| line.contains(*clock));
            assert!(
                found.is_none(),
                "server/src/{path}:{}: {line}\ntime is an argument: read the clock once and bind it",
                number + 1
            );
        }
    }
    for entry in std::fs::read_dir(super::root().join("migrations")).expect("migrations") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("text").to_lowercase();
        let found = clocks.iter().find(|clock| text.contains(*clock));
        assert!(found.is_none(), "{} lets PostgreSQL choose the time", path.display());
    }
}

#[test]
fn the_exceptions_are_still_needed() {
    let sources = sources("server/src");
    for (known, reason) in UNCHECKED.iter().chain(&BY_ITS_CLOCK) {
        let file = sources.iter().find(|(path, _)| path == known);
        let (path, text) = file.unwrap_or_else(|| panic!("{known} ({reason}) is gone: take it off the list"));
        assert!(text.contains("raw_sql") || text.contains("now()"), "{path} ({reason}) needs no exception");
    }
}
