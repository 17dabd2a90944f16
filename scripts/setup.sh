#!/bin/sh
# Makes the checkout ready: virtual environment, pinned packages, the project itself, node where there is none, and the
# pages' bundle. `setup.sh` is enough to run, `setup.sh dev` to test and check as well; `setup.sh bench` and `setup.sh
# fuzz` add what only those need. What is done already is skipped: a stamp in .venv holds the hash of what each part was
# made from.
set -eu
cd "$(dirname "$0")/.."
. scripts/python.sh
export IBM_TELEMETRY_DISABLED=true PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
kind=${1:-run}
bin=$PWD/.venv/bin

stamped() { [ "$(cat ".venv/.stamp-$1" 2>/dev/null)" = "$2" ]; }
stamp() { printf '%s\n' "$2" >".venv/.stamp-$1"; }
pip_install() { "$bin/python" -m pip install --quiet "$@"; }

make_venv() {
    # A virtual environment holds its own path: one that was moved with the checkout is made anew.
    if [ -x "$bin/python" ] && "$bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
        { [ ! -f .venv/.stamp-place ] || stamped place "$PWD"; }; then
        return
    fi
    python=$(find_python)
    say "making a virtual environment with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv || fail "the virtual environment could not be made: is there room on the disk?"
}

install_packages() {
    lock=requirements-dev.lock packages=dev
    [ "$kind" != run ] || lock=requirements.lock packages=run
    now=$(cksum requirements.lock requirements-dev.lock pyproject.toml)
    # What is there to test with is enough to run with.
    stamped packages "dev $now" && return
    stamped packages "$packages $now" && return
    say "installing the Python packages of $lock"
    pip_install --require-hashes -r "$lock" ||
        fail "the Python packages could not be installed (see above): is the package index within reach?"
    # compat: one path entry, so that a package added later is found without installing anew.
    pip_install --no-index --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
    stamp packages "$packages $now"
}

# The engines that ours is measured beside ask for other versions than we do: they get an environment of their own.
install_bench() {
    now=$(cksum requirements-bench.lock)
    stamped bench "$now" && return
    say "installing the packages of requirements-bench.lock into .venv/bench"
    rm -rf .venv/bench
    "$bin/python" -m venv .venv/bench
    .venv/bench/bin/python -m pip install --quiet --require-hashes -r requirements-bench.lock ||
        fail "the engines to measure beside could not be installed (see above)"
    rm -f .venv/.stamp-bench-node
    stamp bench "$now"
}

# One of them runs on node with SQLite built in (22.13 or newer). Where there is none it is left out, and the report says so.
install_bench_node() {
    now=$(cksum requirements-node.lock bench/node/package-lock.json)
    stamped bench-node "$now" && [ -d bench/node/node_modules ] && return
    say "installing bpmn-engine into bench/node/node_modules"
    (
        if ! node -e 'require("node:sqlite")' 2>/dev/null || ! command -v npm >/dev/null; then
            node_from_index .venv/bench/bin || exit
            PATH=$PWD/.venv/bench/bin:$PATH
        fi
        cd bench/node && npm ci --ignore-scripts --loglevel=error --no-audit --no-fund >/dev/null
    ) || {
        say "bpmn-engine could not be installed (see above): it will be left out"
        return 0
    }
    stamp bench-node "$now"
}

install_fuzz() {
    now=$(cksum requirements-fuzz.lock)
    stamped fuzz "$now" && return
    say "installing the packages of requirements-fuzz.lock"
    pip_install --only-binary :all: --require-hashes -r requirements-fuzz.lock ||
        fail "atheris has no wheel for this platform (only for Linux on x86-64, Python 3.11 to 3.13): no fuzzing here"
    stamp fuzz "$now"
}

node_from_index() { "$1/python" -m pip install --quiet --require-hashes -r requirements-node.lock; }

has_node() {
    major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || major=0
    [ "$major" -ge 20 ] && command -v npm >/dev/null
}

# Node is only needed to bundle the pages' scripts: the system's, else the one that the Python package index has.
find_node() {
    has_node && return
    [ -x "$bin/npm" ] || {
        say "no node of version 20 or newer with npm here: installing one into .venv"
        node_from_index "$bin" ||
            fail "node 20 or newer with npm is needed to bundle the pages and could not be installed: install nodejs and npm"
    }
    PATH=$bin:$PATH
    export PATH
}

bundle_pages() {
    [ -f web/assets/package.json ] || return 0
    now=$(cd web/assets && find . -name node_modules -prune -o -type f -exec cksum {} + | sort | cksum)
    [ -f web/static/dist/manifest.json ] && stamped bundle "$now" && return
    find_node
    locked=$(cksum web/assets/package-lock.json)
    if ! stamped node-modules "$locked" || [ ! -d web/assets/node_modules ]; then
        say "installing the pages' packages"
        (cd web/assets && npm ci --ignore-scripts --silent --no-audit --no-fund) ||
            fail "the pages' packages could not be installed with npm: is the package registry within reach?"
        stamp node-modules "$locked"
    fi
    say "bundling the pages"
    (cd web/assets && npm run --silent build) || fail "the pages could not be bundled (see above)"
    stamp bundle "$now"
}

make_venv
stamp place "$PWD"
case $kind in
    bench)
        install_packages
        install_bench
        install_bench_node
        ;;
    fuzz)
        install_packages
        install_fuzz
        ;;
    *)
        # Half a minute is won where the pages need nothing of Python's index.
        if has_node; then
            bundle_pages &
            install_packages
            wait $!
        else
            install_packages
            bundle_pages
        fi
        ;;
esac
