# shellcheck shell=bash
# The tools of the system that everything else needs, and how to get them on Debian.

readonly RUST_MINOR=94 # of 1.x, as in Cargo.toml's rust-version

ensure_tools() {
    ensure_rust
    local missing=()
    command -v cc >/dev/null || missing+=(gcc libc6-dev)
    # They build libjpeg-turbo.
    command -v cmake >/dev/null || missing+=(cmake)
    command -v make >/dev/null || missing+=(make)
    command -v nasm >/dev/null || missing+=(nasm)
    # It reads an iPhone's photos.
    command -v heif-convert >/dev/null || missing+=(libheif-examples)
    command -v git >/dev/null || missing+=(git)
    command -v python3 >/dev/null || missing+=(python3)
    command -v redis-server >/dev/null || missing+=(redis-server)
    command -v setpriv >/dev/null || missing+=(util-linux)
    has_postgres || missing+=(postgresql)
    [[ -s /etc/ssl/certs/ca-certificates.crt ]] || missing+=(ca-certificates)
    [[ ${#missing[@]} -eq 0 ]] || get_packages "${missing[@]}"
}

# Others that make the same copies of photos, for `./dev bench` alone.
ensure_photo_peers() {
    local missing=()
    command -v vipsthumbnail >/dev/null || missing+=(libvips-tools)
    [[ -x /usr/bin/convert-im6.q16 || -x /usr/bin/magick ]] || missing+=(imagemagick)
    [[ ${#missing[@]} -eq 0 ]] || get_packages "${missing[@]}"
}

# For one test, which says so and tests nothing where it is missing.
ensure_strace() {
    command -v strace >/dev/null && return
    if [[ $EUID -eq 0 ]]; then
        get_packages strace
    else
        say "strace is missing: the write path of photos will not be killed at its system calls"
    fi
}

ensure_rust() {
    command -v cargo >/dev/null || PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
    command -v cargo >/dev/null || die "cargo is missing. Install rustup, then: rustup toolchain install stable"
    local version minor
    version=$(cargo --version)
    minor=${version#cargo 1.}
    minor=${minor%%.*}
    [[ $minor =~ ^[0-9]+$ && $minor -ge $RUST_MINOR ]] ||
        die "Rust 1.$RUST_MINOR or newer is needed, this is $version. Run: rustup update stable"
}

has_postgres() {
    compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || command -v postgres >/dev/null
}

get_packages() {
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        say "These programs are missing. As root, run:"
        say "  apt-get update && apt-get install --no-install-recommends -y $*"
        exit 1
    fi
    say "installing: $*"
    (
        # In a subshell, for a trap of its own: what is laid out here lasts no longer than the installation.
        trap allow_services EXIT
        forbid_services
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -q
        # From Debian 13 on the decoder for it is a package of its own, and only recommended.
        if [[ " $* " == *' libheif-examples '* ]] && apt-cache show libheif-plugin-libde265 >/dev/null 2>&1; then
            set -- "$@" libheif-plugin-libde265
        fi
        apt-get install -q -y --no-install-recommends "$@"
    )
    disable_services "$@"
}

readonly POLICY=/usr/sbin/policy-rc.d
readonly CLUSTERS=/etc/postgresql-common/createcluster.d

# The packages would start services of their own and lay out a cluster that nobody uses.
forbid_services() {
    if [[ ! -e $POLICY ]]; then
        printf '#!/bin/sh\n# tuhe ./dev\nexit 101\n' >"$POLICY"
        chmod 755 "$POLICY"
    fi
    mkdir -p "$CLUSTERS"
    echo 'create_main_cluster = false' >"$CLUSTERS/tuhe-dev.conf"
}

allow_services() {
    if grep -qs 'tuhe ./dev' "$POLICY"; then
        rm -f "$POLICY"
    fi
    rm -f "$CLUSTERS/tuhe-dev.conf"
    rmdir --ignore-fail-on-non-empty "$CLUSTERS"
}

# Nor are they to start with the machine, if it was us who brought them.
disable_services() {
    command -v systemctl >/dev/null || return 0
    local package
    for package in "$@"; do
        case $package in
            redis-server | postgresql) systemctl disable --quiet "$package" 2>/dev/null || true ;;
        esac
    done
}
