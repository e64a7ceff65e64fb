#!/bin/bash
# The utilities run as nobody, and nothing but busybox is in the image.
set -euo pipefail
engine=${DOCKER:-docker}
image=$1

inside() { "$engine" run --rm --network none "$image" "$@"; }

[[ $(inside id -u) == 65534 ]]
[[ $(inside sh -c 'echo one two | awk "{print \$2}"') == two ]]
[[ $(inside sh -c 'printf abc | sha256sum | cut -c 1-8') == ba7816bf ]]
[[ -z $(inside find /bin -type f ! -name busybox) ]]
