#!/bin/bash
# Our own configuration holds: long lines are fine, a key twice is not.
set -euo pipefail
engine=${DOCKER:-docker}
image=$1

check() { "$engine" run --rm --interactive --network none "$image" -; }

printf 'key: %0120d\n' 1 | check
if output=$(printf 'a: 1\na: 2\n' | check); then
    echo "yamllint took the same key twice" >&2
    exit 1
fi
[[ $output == *key-duplicates* ]]
