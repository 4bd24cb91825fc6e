#!/usr/bin/env bash
# Files over HTTP with curl: upload, download a range, search, archive.
set -euo pipefail
url=${ACTIOND_URL:-http://localhost:60000}
key=${SESSION_API_KEY:-}
folder=$(mktemp -d)

ask() {
    curl -sS --fail-with-body ${key:+-H "X-Session-API-Key: $key"} "$@"
    echo
}

echo 'some text to find' >"$folder/local.txt"

echo '# upload; parents are made, the file appears whole or not at all'
ask "$url/api/file/upload?path=$folder/deep/remote.txt" -F "file=@$folder/local.txt"

echo '# download the first four bytes'
ask "$url/api/file/download?path=$folder/deep/remote.txt" -r 0-3

echo '# search'
ask "$url/api/native/files/grep?root=$folder&pattern=t.xt"

echo '# the whole folder as a tar.gz, streamed'
ask -o "$folder/archive.tar.gz" "$url/api/file/archive?path=$folder/deep&format=tar.gz"
tar -tzf "$folder/archive.tar.gz"
