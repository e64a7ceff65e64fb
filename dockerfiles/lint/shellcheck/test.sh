#!/bin/bash
# A sound script passes, an unquoted variable is found by its number.
set -euo pipefail
engine=${DOCKER:-docker}
image=$1

check() { "$engine" run --rm --interactive --network none "$image" --format=gcc -; }

printf '#!/bin/sh\necho "$1"\n' | check
if output=$(printf '#!/bin/sh\nls $1\n' | check); then
    echo "shellcheck found nothing in a script with a fault" >&2
    exit 1
fi
[[ $output == *SC2086* ]]
