#!/bin/bash
# The tools are there, the user is not root, and retry gives up with the command's own exit code.
set -euo pipefail
engine=${DOCKER:-docker}
image=$1

inside() { "$engine" run --rm --network none "$image" "$@"; }

[[ $(inside id -un) == ci ]]
inside curl --version >/dev/null
[[ $(inside sh -c 'echo "{\"a\": [1, 2]}" | jq .a[1]') == 2 ]]
inside test -s /etc/ssl/certs/ca-certificates.crt
inside retry 2 true
status=0
inside retry 2 sh -c 'exit 7' || status=$?
[[ $status == 7 ]]
