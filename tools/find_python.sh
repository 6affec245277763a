#!/bin/sh
# Prints the path of an interpreter: `find_python.sh 3.12`. Looks on PATH, then among pyenv's.

version=$1

# A shim of pyenv may be there without the version behind it: it has to run.
if path=$("python$version" -c 'import sys; print(sys.executable)' 2>/dev/null); then
    echo "$path"
    exit 0
fi
for path in "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python"$version"; do
    if [ -x "$path" ]; then
        echo "$path"
        exit 0
    fi
done
echo "python$version is missing: install CPython $version so that python$version is on PATH, or by pyenv" >&2
exit 1
