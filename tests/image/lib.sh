# Shared by the image and the bundle test: starts a server below a root directory as PID 1 of its
# own namespace, waits for its banner, runs a smoke test, stops it with SIGTERM.

# start_server ROOT KEY [NAME=VALUE...] UNSHARE_OPTIONS... -- PROGRAM ARGUMENTS...
# Sets server_pid (of unshare, whose only child is the server), server_port and server_log. As in a
# container there are terminals and shared memory; the mounts are gone with the namespace.
start_server() {
    local root=$1 key=$2 options=() variables=() banner
    shift 2
    while [ "$1" != -- ]; do
        case $1 in
        [A-Z]*=*) variables+=("$1") ;;
        *) options+=("$1") ;;
        esac
        shift
    done
    shift
    banner=$(mktemp -u)
    server_log=$(mktemp)
    mkfifo "$banner"
    mkdir -p "$root/dev/pts" "$root/dev/shm"
    unshare --mount --propagation private sh -ec '
        root=$1 && shift
        mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts"
        [ -e "$root/dev/ptmx" ] || touch "$root/dev/ptmx"
        mount --bind "$root/dev/pts/ptmx" "$root/dev/ptmx"
        mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
        exec "$@"' sh "$root" \
        env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/root SESSION_API_KEY="$key" LOG_JSON=true \
        "${variables[@]}" \
        unshare --pid --fork --kill-child --mount-proc --root "$root" --wd / "${options[@]}" \
        "$@" >"$banner" 2>"$server_log" &
    server_pid=$!
    # The banner's first line names the port that was chosen; it comes when the server listens.
    server_port=$(sed -n 's/^Starting OpenHands Agent Server on .*:\([0-9]*\)$/\1/p;/^$/q' "$banner")
    rm -f "$banner"
    if [ -z "$server_port" ]; then
        echo "the server did not start:" >&2
        cat "$server_log" >&2
        return 1
    fi
}

# stop_server STATUS: shows the log of a server that has failed.
stop_server() {
    local status=$1
    pkill -TERM -P "$server_pid" || echo "the server has ended by itself" >&2
    wait "$server_pid" || true
    [ "$status" -eq 0 ] || cat "$server_log" >&2
    rm -f "$server_log"
    return "$status"
}

# serve_and_smoke ROOT KEY "SMOKE OPTIONS" UNSHARE_OPTIONS... -- PROGRAM ARGUMENTS...
serve_and_smoke() {
    local root=$1 key=$2 smoke_options=$3 words=("${@:4}") status=0 program=
    for word in "${words[@]}"; do
        [ "$program" != -- ] || program=$word
        [ "$word" != -- ] || program=--
    done
    start_server "$root" "$key" "${words[@]}" --host 127.0.0.1 --port 0 || return 1
    # shellcheck disable=SC2086
    python3 "$(dirname "${BASH_SOURCE[0]}")/smoke.py" "http://127.0.0.1:$server_port" "$key" \
        $smoke_options || status=1
    if ! timeout 5 nsenter --target "$(pgrep -P "$server_pid")" --pid --mount --root -- \
        "$program" --probe --port "$server_port"; then
        echo "the health probe failed" >&2
        status=1
    fi
    stop_server "$status"
}

# serve_and_smoke_v0 ROOT KEY "SMOKE OPTIONS" "PLUGINS" [NAME=VALUE...]: by the start words of V0
# backends, as root, for a user that is added.
serve_and_smoke_v0() {
    local root=$1 key=$2 smoke_options=$3 plugins=$4 status=0
    # shellcheck disable=SC2086
    start_server "$root" "$key" "${@:5}" --wd /openhands/code -- \
        /openhands/micromamba/bin/micromamba run -n openhands poetry run \
        python -u -m openhands.runtime.action_execution_server 0 --working-dir /workspace \
        ${plugins:+--plugins $plugins} --username openhands --user-id 1000 --no-enable-browser \
        --host 127.0.0.1 || return 1
    if ! grep -q -m 1 -F v0.alive < <(tail -n +1 --pid="$server_pid" -f "$server_log"); then
        echo "the server has not become alive" >&2
        status=1
    fi
    # shellcheck disable=SC2086
    [ "$status" -ne 0 ] ||
        python3 "$(dirname "${BASH_SOURCE[0]}")/smoke_v0.py" "http://127.0.0.1:$server_port" \
            "$key" $smoke_options || status=1
    stop_server "$status"
}
