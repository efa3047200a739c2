# shellcheck shell=bash
# `./dev upgrade`: the binary released before runs on the schema of this one (design D19).

# Builds the released commit in a scratch worktree, migrates a database by the present binary, and starts the old one
# on it: it must come up, and log in, read and write over HTTP.
upgrade() {
    ensure_tools
    forget_settings
    local pinned=tests/released/stage-1/queries.json commit old
    commit=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["commit"])' "$pinned")
    git cat-file -e "$commit^{commit}" 2>/dev/null || die "the released commit $commit is not in this clone"
    begin "build"
    cargo build --locked -p tuhe -p wechat-stand-in
    make_scratch
    begin "build the release before"
    old=$scratch/old
    git worktree add --quiet --detach "$old" "$commit"
    worktrees+=("$old")
    (cd "$old" && CARGO_TARGET_DIR=$target/released cargo build --locked -p tuhe)
    begin "services"
    start_services "$scratch/services"
    begin "the release before, on this schema"
    mkdir "$scratch/var"
    TUHE_VAR=$scratch/var "$target/debug/tuhe" migrate
    python3 -B tests/check/upgrade.py "$target/released/debug/tuhe" "$target/debug/wechat-stand-in" "$scratch/var"
}
