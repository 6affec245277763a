#!/bin/sh
# Checks for programs that the set-up can't bring by itself: `need.sh cargo npm`.
# One that is missing gives one line that says what to install.

fail() {
    echo "$1" >&2
    exit 1
}

has() {
    command -v "$1" >/dev/null 2>&1
}

for program in "$@"; do
    case "$program" in
    cargo)
        { has cargo && cargo --version >/dev/null 2>&1; } || fail "cargo is missing: install Rust with rustup"
        # rustc links with it.
        has cc || fail "cc is missing: apt-get install build-essential"
        ;;
    npm)
        { has node && has npm; } || fail "node or npm is missing: install Node.js 20 or newer with npm"
        ;;
    python)
        python=${PYTHON:-python3}
        "$python" -c '' 2>/dev/null || fail "$python is missing: install CPython 3.11 or newer, or name it by PYTHON=..."
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
            fail "$("$python" --version) is too old: install CPython 3.11 or newer, or name it by PYTHON=..."
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            fail "$python has no venv: apt-get install python3-venv"
        ;;
    valgrind)
        has valgrind || fail "valgrind is missing: apt-get install valgrind"
        ;;
    *)
        fail "need.sh knows nothing of $program"
        ;;
    esac
done
