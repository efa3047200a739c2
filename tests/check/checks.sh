# shellcheck shell=bash
# `./dev check`, `./dev sqlx`, `./dev audit`.

readonly QUERIES=server/.sqlx

check() {
    ensure_tools
    ensure_phone_tools
    begin "format"
    cargo fmt --all --check || die "run: cargo fmt --all"
    begin "file sizes"
    check_sizes
    begin "scripts"
    check_scripts
    begin "licences"
    check_licences
    begin "clippy"
    cargo clippy --locked --workspace --all-targets -- -D warnings
    begin "query data"
    check_queries
    check_phone
}

# No file over 500 lines, half of them at most 150. What a tool writes is not counted.
check_sizes() {
    git ls-files -z -- '*.rs' '*.ts' '*.mjs' '*.wxml' '*.wxss' '*.sh' '*.py' dev .ci/run ":!$API_TYPES" | xargs -0 wc -l | awk '$2 != "total"' | sort -n |
        awk '
            { lines[NR] = $1 }
            $1 > 500 { print $2 " has " $1 " lines; split it, the limit is 500"; bad = 1 }
            END {
                median = lines[int((NR + 1) / 2)]
                print NR " files, median " median " lines, longest " lines[NR]
                if (median > 150) { print "the median may not exceed 150"; bad = 1 }
                exit bad
            }'
}

check_scripts() {
    local script
    if command -v shellcheck >/dev/null; then
        # With -x it follows ./dev into the rest.
        shellcheck -x dev .ci/run
    else
        for script in dev .ci/run tests/check/*.sh; do
            bash -n "$script"
        done
        say "syntax only: shellcheck is not installed"
    fi
}

check_licences() {
    if command -v cargo-deny >/dev/null; then
        cargo deny check --config .deny.toml licenses bans sources
    fi
    python3 -B tests/check/licences.py
}

check_queries() {
    make_scratch
    local fresh=$scratch/sqlx empty=$scratch/empty kept=$QUERIES
    mkdir "$empty"
    [[ -d $kept ]] || kept=$empty
    make_query_data "$fresh"
    diff -rq "$kept" "$fresh" || die "$QUERIES does not match the queries and migrations. Run: ./dev sqlx"
    say "$(find "$fresh" -type f | wc -l) queries, all described in $QUERIES"
}

sqlx() {
    ensure_tools
    begin "query data"
    make_scratch
    make_query_data "$scratch/sqlx"
    rm -rf "$QUERIES"
    # A folder without queries would not be kept by git; it is not made here either.
    if [[ -n $(ls "$scratch/sqlx") ]]; then
        cp -R "$scratch/sqlx" "$QUERIES"
    fi
    say "$(find "$scratch/sqlx" -type f | wc -l) queries described in $QUERIES"
}

# Describes every query of the server into the folder given, by a database that has just been migrated: on the server
# of DATABASE_URL if that is set, else on a private one.
make_query_data() {
    local psql name base url rest
    if [[ -z ${DATABASE_URL:-} ]]; then
        build_for_services
        start_services "$scratch/services"
    fi
    psql=$(find_psql)
    name=tuhe_queries_$$
    base=${DATABASE_URL%%\?*}
    rest=${DATABASE_URL#"$base"}
    url=${base%/*}/$name$rest
    "$psql" -Xq -d "$DATABASE_URL" -c "create database $name"
    if migrate_by_psql "$psql" "$url" && describe_queries "$url" "$1"; then
        "$psql" -Xq -d "$DATABASE_URL" -c "drop database $name with (force)"
    else
        "$psql" -Xq -d "$DATABASE_URL" -c "drop database $name with (force)"
        die "the queries could not be checked against the migrations"
    fi
}

# The program is wanted for its services alone: if new queries keep it from being built, the last one built will do.
build_for_services() {
    cargo build --locked -p tuhe && return
    [[ -x $target/debug/tuhe ]] || die "build the last commit once, or set DATABASE_URL to a PostgreSQL server"
    say "going on with the program built last (with a new query the error above is to be expected)"
}

find_psql() {
    command -v psql || compgen -G '/usr/lib/postgresql/*/bin/psql' | sort -V | tail -n 1
}

# Not by `tuhe migrate`: new queries cannot be compiled before they are described.
migrate_by_psql() {
    local file transaction
    for file in migrations/*.sql; do
        [[ -e $file ]] || continue
        transaction=-1
        ! head -n 1 "$file" | grep -q '^-- no-transaction' || transaction=
        "$1" -Xq ${transaction:+"$transaction"} -v ON_ERROR_STOP=1 -d "$2" -f "$file" || return
    done
}

describe_queries() {
    mkdir "$2" && touch server/src/lib.rs server/src/main.rs &&
        SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$2 DATABASE_URL=$1 cargo check --locked -p tuhe --all-targets
}

audit() {
    ensure_rust
    if command -v cargo-deny >/dev/null && cargo deny fetch --config .deny.toml db; then
        cargo deny check --config .deny.toml advisories
    elif command -v cargo-audit >/dev/null && cargo audit --help >/dev/null; then
        audit_by_cargo_audit
    else
        echo "advisories: not checked (no cargo-deny or cargo-audit here, or their database cannot be reached)"
    fi
}

# cargo-audit has no separate fetch: an answer it could not give is told from a bad one by its report.
audit_by_cargo_audit() {
    local ignored report
    mapfile -t ignored < <(grep -o 'RUSTSEC-[0-9-]*' .deny.toml | sed 's/^/--ignore=/')
    if report=$(cargo audit --json "${ignored[@]}"); then
        echo "advisories: none known beyond those in .deny.toml"
    elif [[ $report == *'"vulnerabilities"'* ]]; then
        cargo audit "${ignored[@]}"
    else
        echo "advisories: not checked (the database of cargo-audit cannot be reached)"
    fi
}
