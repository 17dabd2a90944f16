#!/bin/sh
# nightly-backup.sh FOLDER [DAYS]: a new backup in the folder, checked; then those older than so many days go (30 without
# a word). Where the backup fails or does not hold, nothing goes, and the exit status says so.
set -eu
folder=${1:?which folder}
days=${2:-30}
kefuflow=$(dirname "$0")/../.venv/bin/kefuflow
target=$folder/$(date -u +%Y-%m-%dT%H%M%SZ)

"$kefuflow" backup "$target"
"$kefuflow" backup --check "$target"
# Only what this script has made, by its name.
find "$folder" -mindepth 1 -maxdepth 1 -type d -name '2???-??-??T??????Z' -mtime "+$days" -exec rm -rf -- {} +
