#!/bin/sh
# Runs the tests. Those in a browser use the system's Chromium; where there is none and we may, Debian's is installed.
# Without one they are skipped, and the last line says how many (tests/conftest.py); in CI that is a failure.
set -eu
cd "$(dirname "$0")/.."
. scripts/python.sh
# What was compiled once stays so, whatever the surroundings say: many tests start programs.
unset PYTHONDONTWRITEBYTECODE

has_browser() {
    command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null ||
        command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

# What drives the browser is a node that comes with the Python package; a bare Debian lacks a library of it.
has_driver() { .venv/lib/python3*/site-packages/playwright/driver/node --version >/dev/null 2>&1; }

install() {
    log=.cache/apt.log
    mkdir -p .cache
    say "installing Debian's $1 for the tests in a browser"
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends "$@"; } >"$log" 2>&1
}

# The browser without windows does the same sooner, so CI gets it; elsewhere a browser that is there is enough.
needs_browser() { [ "${CI:-}" = true ] || ! has_browser || ! has_driver; }

if needs_browser && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! { command -v chromium-headless-shell >/dev/null && has_driver; }; then
    install chromium-headless-shell fonts-noto-cjk libatomic1 || { has_browser && has_driver; } ||
        install chromium fonts-noto-cjk libatomic1 || say "it could not be installed: $(tail -n 1 .cache/apt.log)"
fi
# Chosen tests, or all of them: on all cores, a module's tests together, since they share servers and databases; ids of
# tests must not depend on the process that collects them. Those in a browser, where people wait for each other, come
# behind the others, file by file: beside them they would wait in vain on a small machine.
if [ $# -gt 0 ]; then
    exec .venv/bin/python -m pytest "$@"
fi
# Their databases come and go: where memory has room for them, no commit waits for a disk.
if [ "$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')" -gt 4000000 ] 2>/dev/null; then
    TMPDIR=$(mktemp -d /dev/shm/kefuflow-tests-XXXXXX)
    chmod 755 "$TMPDIR" # some tests are somebody else
    export TMPDIR
    trap 'rm -rf "$TMPDIR"' EXIT
    trap 'exit 130' INT TERM
fi
# In a browser one more than there are cores: some wait for the other side of a page.
workers=$(($(nproc 2>/dev/null || echo 2) + 1))
status=0
.venv/bin/python -m pytest --numprocesses auto --dist loadscope --no-loadscope-reorder \
    tests/engine tests/processes tests/web tests/unit tests/golden tests/faults tests/soak || status=$?
say "tests in a browser"
.venv/bin/python -m pytest --numprocesses "$workers" --dist loadfile --no-loadscope-reorder tests/browser || status=$?
exit "$status"
