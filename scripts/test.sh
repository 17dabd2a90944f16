#!/bin/sh
# Runs the tests. Those in a browser use the system's Chromium; where there is none and we may, Debian's is installed.
# Without one they are skipped, and the last line says how many (tests/conftest.py); in CI that is a failure.
set -eu
cd "$(dirname "$0")/.."
. scripts/python.sh

has_browser() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }

# What drives the browser is a node that comes with the Python package; a bare Debian lacks a library of it.
has_driver() { .venv/lib/python3*/site-packages/playwright/driver/node --version >/dev/null 2>&1; }

install_browser() {
    say "installing Debian's chromium for the tests in a browser"
    export DEBIAN_FRONTEND=noninteractive
    log=.cache/apt.log
    mkdir -p .cache
    { apt-get -qq update && apt-get -qq -y install --no-install-recommends chromium fonts-noto-cjk libatomic1; } >"$log" 2>&1 ||
        say "chromium could not be installed: $(tail -n 1 "$log")"
}

if { ! has_browser || ! has_driver; } && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    install_browser
fi
# Chosen tests, or all of them: on every core, a module's tests together, since they share servers and databases; ids of
# tests must not depend on the process that collects them. Those in a browser, where people wait for each other, by
# themselves behind the others: beside them they would wait in vain on a small machine.
if [ $# -gt 0 ]; then
    exec .venv/bin/python -m pytest "$@"
fi
status=0
.venv/bin/python -m pytest --numprocesses auto --dist loadscope --no-loadscope-reorder \
    tests/engine tests/processes tests/web tests/unit tests/golden tests/faults tests/soak || status=$?
say "tests in a browser"
.venv/bin/python -m pytest tests/browser || status=$?
exit "$status"
