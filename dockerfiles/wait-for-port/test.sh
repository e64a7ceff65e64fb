#!/bin/bash
# Nothing listens: the time is over; and calls that make no sense. That it finds a listener is seen in the build.
set -euo pipefail
engine=${DOCKER:-docker}
image=$1

# status EXPECTED ARGUMENT…
status() {
    local expected=$1 got=0
    shift
    "$engine" run --rm --network none "$image" "$@" 2>/dev/null || got=$?
    [[ $got == "$expected" ]] || {
        echo "wait-for-port $*: expected exit code $expected, got $got" >&2
        exit 1
    }
}

status 1 127.0.0.1 9 0
status 2 localhost 9 0
status 2 127.0.0.1 70000 0
