#!/usr/bin/env bash
# Commands over HTTP with curl: run and wait, start and follow, stop.
#
#   ./run & examples/commands.sh
set -euo pipefail
url=${ACTIOND_URL:-http://localhost:60000}
key=${SESSION_API_KEY:-}

ask() {
    curl -sS --fail-with-body ${key:+-H "X-Session-API-Key: $key"} -H 'Content-Type: application/json' "$@"
    echo
}

echo '# run, wait, read the whole output'
ask "$url/api/bash/execute_bash_command" -d '{"command": "echo hello; echo oops >&2; exit 3"}'

echo '# start with an id of our own; saying it twice is harmless'
id=$(cat /proc/sys/kernel/random/uuid | tr -d -)
ask "$url/api/native/commands" -d '{"id": "'"$id"'", "command": "read name; echo hello $name", "stdin": "open"}'
ask "$url/api/native/commands" -d '{"id": "'"$id"'", "command": "read name; echo hello $name", "stdin": "open"}'

echo '# write to it, close its input, wait for the end with one request'
ask "$url/api/native/commands/$id/stdin?end=true" --data-binary $'world\n'
ask "$url/api/native/commands/$id/wait?timeout=10"

echo '# its output, from an offset'
ask "$url/api/native/commands/$id/output?stream=stdout&from=6"
