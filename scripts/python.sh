# Read by the other scripts: finds a Python that can make a virtual environment, and says things in one sentence.

say() { printf 'kefuflow: %s\n' "$*"; }
fail() {
    printf 'kefuflow: %s\n' "$*" >&2
    exit 1
}

# Prints the name of the first Python of at least 3.11 that has the venv module whole, or says what is missing.
find_python() {
    old="" bare=""
    for name in ${PYTHON:+"$PYTHON"} python3.13 python3.12 python3.11 python3; do
        version=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        if ! "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            old=$version
        elif ! "$name" -c 'import ensurepip, venv' 2>/dev/null; then
            bare=$version
        else
            printf '%s\n' "$name"
            return
        fi
    done
    [ -z "$bare" ] || fail "Python $bare lacks its venv module: install the package python3-venv (apt-get install python3-venv)"
    [ -z "$old" ] || fail "Python 3.11 or newer is needed, only $old was found: install a newer python3 (with python3-venv)"
    fail "Python 3.11 or newer is needed and no python3 was found: install python3 and python3-venv"
}
