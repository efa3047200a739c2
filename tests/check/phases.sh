# shellcheck shell=bash
# Saying what happens and how long it takes, and tidying up at the end, whatever the end is.

phase=
phase_start=0
phase_times=()
scratch=
scratch_folders=()
worktrees=()

say() { printf '%s\n' "$*" >&2; }

die() {
    say "./dev: $*"
    exit 1
}

# Ends the phase before and starts the one named.
begin() {
    end_phase
    phase=$1
    phase_start=$SECONDS
    say
    say "== $phase"
}

end_phase() {
    [[ -n $phase ]] || return 0
    phase_times+=("$phase $((SECONDS - phase_start)) s")
    phase=
}

# Sets `scratch` to a new folder that goes away at the end. User postgres can pass through it: `mktemp -d` as root
# would shut it out.
make_scratch() {
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/tuhe-dev.XXXXXX")
    scratch_folders+=("$scratch")
    [[ $EUID -ne 0 ]] || chmod 711 "$scratch"
}

tidy_up() {
    local status=$? during=$phase times folder
    trap - EXIT
    stop_services
    for folder in "${worktrees[@]}"; do
        git -C "$root" worktree remove --force "$folder"
    done
    for folder in "${scratch_folders[@]}"; do
        rm -rf "$folder"
    done
    end_phase
    if [[ ${#phase_times[@]} -gt 0 ]]; then
        printf -v times '%s, ' "${phase_times[@]}"
        say
        [[ $status -eq 0 ]] || say "FAILED during: $during"
        say "phase times: ${times}total $SECONDS s"
    fi
    exit "$status"
}
trap tidy_up EXIT
