# shellcheck shell=bash
# `./dev test`: the whole suite, from nothing.

suite() {
    local here=false
    if [[ ${1:-} == --here ]]; then
        here=true
        shift
    fi
    ensure_tools
    ensure_strace
    ensure_node
    ensure_browser
    forget_settings
    if [[ -z ${TUHE_TEST_PHOTOS:-} && -d $root/../shared/photos ]]; then
        TUHE_TEST_PHOTOS=$(cd "$root/../shared/photos" && pwd -P)
        export TUHE_TEST_PHOTOS
    fi
    export CARGO_TARGET_DIR=$target
    $here || enter_clone

    begin "phone packages"
    ensure_phone_tools
    begin "phone: unit tests"
    test_phone_units
    begin "build"
    cargo build --locked -p tuhe -p wechat-stand-in
    begin "build tests"
    cargo test --locked --workspace --no-run
    begin "services"
    make_scratch
    start_services "$scratch/services"
    begin "tests"
    cargo test --locked --workspace --no-fail-fast "$@"
    begin "fault schedules"
    test_faults
    begin "browser tests"
    test_browser
    begin "stop services"
    stop_services
}

# What the caller has set for a server of his own must not colour the tests.
forget_settings() {
    local name
    for name in ${!TUHE_@} DATABASE_URL REDIS_URL; do
        [[ $name == TUHE_TEST_* ]] || unset "$name"
    done
}

# A clone always in the same place: cargo names what it builds by the path, and a new path each time would fill the
# target folder, which is shared so that the dependencies are built once.
enter_clone() {
    begin "clone"
    local clones clone lock
    clones=${TMPDIR:-/tmp}/tuhe-test-$(printf '%s' "$root" | sha256sum | cut -c1-12)
    mkdir -p "$clones"
    [[ -O $clones && ! -L $clones ]] || die "$clones belongs to somebody else"
    # Nobody writes here but us; as root, user postgres passes through.
    chmod "$([[ $EUID -eq 0 ]] && echo 711 || echo 700)" "$clones"
    exec {lock}>"$clones/lock"
    flock -n "$lock" || die "another ./dev test of this repository is running"
    clone=$clones/clone
    scratch_folders+=("$clone")
    rm -rf "$clone"
    if [[ -n $(git status --porcelain) ]]; then
        say "!! There are uncommitted changes. They are NOT part of this test, which is of the last commit."
        say "!! To test the files as they lie here: ./dev test --here"
    fi
    git clone --quiet --no-hardlinks "$root" "$clone"
    git -C "$clone" checkout --quiet --detach "$(git rev-parse HEAD)"
    say "testing $(git log -1 --format='%h %s')"
    if ! mkdir -p "$target" 2>/dev/null || [[ ! -w $target ]]; then
        export CARGO_TARGET_DIR=$clone/target
        target=$CARGO_TARGET_DIR
    fi
    cd "$clone" || die "no clone"
}
