# shellcheck shell=bash
# A private PostgreSQL and Redis for as long as this script lives.

services_pid=

# Starts them from the folder given and exports DATABASE_URL and REDIS_URL. `tuhe services` ends when its standard
# input does, so nothing survives this script, not even a kill -9 of it.
start_services() {
    local line ready=false
    coproc SERVICES { exec "$target/debug/tuhe" services --dir "$1"; }
    services_pid=$SERVICES_PID
    while [[ -n ${SERVICES[0]:-} ]] && IFS= read -r line <&"${SERVICES[0]}"; do
        case $line in
            DATABASE_URL=*) export DATABASE_URL=${line#*=} ;;
            REDIS_URL=*) export REDIS_URL=${line#*=} ;;
            ready)
                ready=true
                break
                ;;
        esac
    done
    $ready || die "the private database and Redis did not start; the reason stands above"
}

stop_services() {
    [[ -n $services_pid ]] || return 0
    kill -TERM "$services_pid" 2>/dev/null || true
    wait "$services_pid" 2>/dev/null || true
    services_pid=
}
