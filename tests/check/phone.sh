# shellcheck shell=bash
# The phone side: the mini-program's checks and unit tests, the web host, the browser tests, the preview.

readonly NODE_MAJOR=20
readonly NODE_VERSION=20.20.2 # for systems whose own Node is older
readonly API_TYPES=miniprogram/src/services/openapi.d.ts

# Node and the packages of both folders.
ensure_phone_tools() {
    ensure_node
    install_modules miniprogram
    install_modules tests/browser
}

# The browser and the letters it needs.
ensure_browser() {
    local missing=()
    [[ -n ${CHROMIUM:-} ]] || command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
    compgen -G '/usr/share/fonts/*/*/NotoSansCJK*' >/dev/null || has_chinese_font || missing+=(fonts-noto-cjk)
    [[ ${#missing[@]} -eq 0 ]] || get_packages "${missing[@]}"
}

has_chinese_font() {
    command -v fc-list >/dev/null && [[ -n $(fc-list :lang=zh family) ]]
}

# Debian 12 has Node 18; its npm then fetches a newer Node as the package it also is.
ensure_node() {
    local arch own
    case $(uname -m) in
        aarch64) arch=arm64 ;;
        *) arch=x64 ;;
    esac
    own=$target/node/node_modules/node-linux-$arch/bin
    if [[ -x $own/node ]]; then
        PATH=$own:$PATH
    fi
    if ! command -v npm >/dev/null; then
        if command -v node >/dev/null; then get_packages npm; else get_packages nodejs npm; fi
    fi
    node_is_new && return
    say "Node $NODE_MAJOR is needed, this is $(node --version); taking $NODE_VERSION into $target/node"
    npm install --silent --no-audit --no-fund --no-save --prefix "$target/node" "node-linux-$arch@$NODE_VERSION"
    PATH=$own:$PATH
    node_is_new || die "Node $NODE_MAJOR or newer is needed. Install it, or let npm reach its registry"
}

node_is_new() {
    local major
    major=$(node --version) && major=${major#v} && [[ ${major%%.*} -ge $NODE_MAJOR ]]
}

# As locked, and only when the lock has changed since.
install_modules() {
    local kept=$1/node_modules/.installed sum
    sum=$(cat "$1/package.json" "$1/package-lock.json" | sha256sum)
    if [[ ! -f $kept || $(<"$kept") != "$sum" ]]; then
        say "npm ci in $1"
        (cd "$1" && npm ci --no-audit --no-fund --prefer-offline --loglevel=error)
        printf '%s' "$sum" >"$kept"
    fi
}

check_phone() {
    begin "phone: types"
    (cd miniprogram && node_modules/.bin/tsc -p .)
    begin "phone: lint"
    (
        cd miniprogram
        node_modules/.bin/eslint .
        node_modules/.bin/stylelint --allow-empty-input 'src/**/*.wxss'
        node tools/vendor.mjs --check
    )
    begin "phone: format"
    check_format miniprogram
    check_format tests/browser
    begin "phone: build"
    node tests/browser/host/build.mjs --sizes
    begin "phone: pictures"
    check_screens
    begin "phone: API types"
    make_scratch
    make_api_types "$scratch/openapi.d.ts"
    cmp -s "$API_TYPES" "$scratch/openapi.d.ts" || die "$API_TYPES does not match the server. Run: ./dev types"
}

check_format() {
    local prettier=$PWD/miniprogram/node_modules/.bin/prettier
    (cd "$1" && "$prettier" --check --log-level warn .) ||
        die "run, in $1: $(realpath --relative-to="$1" "$prettier") --write ."
}

# TypeScript types of the server's answers, into the file given.
make_api_types() {
    cargo build --locked -p tuhe
    local document=${1%.d.ts}.json
    "$target/debug/tuhe" openapi >"$document"
    miniprogram/node_modules/.bin/openapi-typescript "$document" -o "$1" >&2
}

types() {
    ensure_rust
    ensure_phone_tools
    begin "API types"
    make_scratch
    make_api_types "$scratch/openapi.d.ts"
    cp "$scratch/openapi.d.ts" "$API_TYPES"
}

# Every picture under docs/ is listed once in docs/screens.md, and every one listed is there.
check_screens() {
    diff <(grep -o 'screens/[a-z0-9-]*\.png' docs/screens.md | sort) \
        <(cd docs && find . -name '*.png' | sed 's|^\./||' | sort) >&2 ||
        die "docs/screens.md and the pictures under docs/ differ: < is listed only, > lies there only"
}

# Takes the pictures of docs/screens anew. They are to be looked at, and docs/screens.md says what was seen.
screens() {
    ensure_tools
    ensure_phone_tools
    ensure_browser
    cargo build --locked -p tuhe -p wechat-stand-in
    TUHE=$target/debug/tuhe node tests/browser/screens.mjs docs/screens
    check_screens
}

# What needs no server.
test_phone_units() {
    local files
    mapfile -t files < <(find miniprogram/test -name '*.test.mjs' | sort)
    [[ ${#files[@]} -gt 0 ]] || die "miniprogram/test has no tests"
    node_tests 60000 "${files[@]}"
}

# The outbox, in Node, on lines that fail at random: 200 schedules from a seed that is printed.
test_faults() {
    node tests/browser/faults/run.mjs --bin "$target/debug"
}

# The host by itself, then the mini-program against the services that DATABASE_URL and REDIS_URL name.
test_browser() {
    node tests/browser/host/build.mjs
    local files
    mapfile -t files < <(find tests/browser/host/test tests/browser/flows -name '*.test.mjs' | sort)
    TUHE=$target/debug/tuhe TUHE_PHONE_BUILT=1 node_tests 180000 "${files[@]}"
}

# Runs test files one after the other, each test for so many milliseconds at most; the last lines are the counts.
node_tests() {
    local limit=$1
    shift
    node --test --test-concurrency=1 --test-timeout="$limit" --test-reporter=spec "$@"
}
