#!/bin/bash
# Runs commands at the same time: `side_by_side.sh 'make a' 'make b'`. What the first prints is seen at once, what each of the
# others prints when it has ended. When one fails the others are stopped, its output comes last, and its status is the script's.

set -uo pipefail
# Each command is a process group of its own, so that it can be stopped with all that it has started.
set -m

logs=$(mktemp -d)
declare -A commands running
stop() {
    for pid in "${!running[@]}"; do
        kill -TERM -- "-$pid" 2>/dev/null
    done
    wait 2>/dev/null
}
trap 'rm -rf "$logs"' EXIT
trap 'stop; exit 130' INT TERM

first=
for command in "$@"; do
    if [ -z "$first" ]; then
        bash -c "$command" </dev/null &
        first=$!
    else
        log=$(mktemp -p "$logs")
        bash -c "$command" </dev/null >"$log" 2>&1 &
        running[$!]=$log
    fi
    commands[$!]=$command
    running[$!]=${running[$!]-}
done

while ((${#running[@]})); do
    wait -n -p ended "${!running[@]}"
    status=$?
    log=${running[$ended]}
    unset "running[$ended]"
    ((status == 0)) || stop
    [ -z "$log" ] || cat "$log"
    if ((status)); then
        printf '\n%s: failed with status %d\n' "${commands[$ended]}" "$status" >&2
        exit "$status"
    fi
done
