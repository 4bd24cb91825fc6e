# Shared by the image and the bundle test: starts a server below a root directory as PID 1 of its
# own namespace, waits for its banner, runs the smoke test, stops it with SIGTERM.

# serve_and_smoke ROOT KEY "SMOKE OPTIONS" UNSHARE_OPTIONS... -- PROGRAM ARGUMENTS...
serve_and_smoke() {
    local root=$1 key=$2 smoke_options=$3 options=()
    shift 3
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    local banner log pid port status=0
    banner=$(mktemp -u)
    log=$(mktemp)
    mkfifo "$banner"
    env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/root SESSION_API_KEY="$key" LOG_JSON=true \
        unshare --pid --fork --kill-child --mount-proc --root "$root" --wd / "${options[@]}" \
        "$@" --host 127.0.0.1 --port 0 >"$banner" 2>"$log" &
    pid=$!
    # The banner's first line names the port that was chosen; it comes when the server listens.
    port=$(sed -n 's/^Starting OpenHands Agent Server on .*:\([0-9]*\)$/\1/p;/^$/q' "$banner")
    if [ -z "$port" ]; then
        echo "the server did not start:" >&2
        cat "$log" >&2
        return 1
    fi
    # shellcheck disable=SC2086
    python3 "$(dirname "${BASH_SOURCE[0]}")/smoke.py" "http://127.0.0.1:$port" "$key" $smoke_options ||
        status=1
    if ! timeout 5 nsenter --target "$(pgrep -P "$pid")" --pid --mount --root -- \
        "$1" --probe --port "$port"; then
        echo "the health probe failed" >&2
        status=1
    fi
    kill -TERM "$(pgrep -P "$pid")"
    wait "$pid" || true
    [ "$status" -eq 0 ] || cat "$log" >&2
    rm -f "$banner" "$log"
    return "$status"
}
