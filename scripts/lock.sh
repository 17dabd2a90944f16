#!/bin/sh
# Pins every Python package by version and hash: requirements.lock (to run), requirements-dev.lock (to test as well), and
# from scripts/*.in node (where the system has none), bench and fuzz. Needs the oldest Python we support, so that no
# package is missing there. UPGRADE=1 takes the newest versions that pyproject.toml allows; without it, pins stay.
set -eu
cd "$(dirname "$0")/.."
. scripts/python.sh

venv=.cache/lock
[ -x "$venv/bin/pip-compile" ] || {
    "${LOCK_PYTHON:-python3.11}" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools==7.6.2
}
export CUSTOM_COMPILE_COMMAND="make lock"
compile() {
    "$venv/bin/pip-compile" --quiet --generate-hashes --strip-extras --allow-unsafe --annotation-style line \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options ${UPGRADE:+--upgrade} "$@"
}
compile --build-deps-for editable --output-file requirements.lock pyproject.toml
compile --build-deps-for editable --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
for name in node bench fuzz; do
    compile --output-file "requirements-$name.lock" "scripts/$name.in"
done
say "requirements.lock and requirements-{dev,node,bench,fuzz}.lock are up to date"
