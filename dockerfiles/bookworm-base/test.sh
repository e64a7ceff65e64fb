#!/bin/bash
# The base has Debian 12, an apt that knows its archives, and no users of its own.
set -euo pipefail
engine=${DOCKER:-docker}
image=$1

inside() { "$engine" run --rm --network none "$image" "$@"; }

inside grep -q '^VERSION_CODENAME=bookworm$' /etc/os-release
inside apt-config dump >/dev/null
inside grep -rqs '^deb ' /etc/apt/sources.list /etc/apt/sources.list.d
[[ $(inside stat -c %a /tmp) == 1777 ]]
[[ -z $(inside awk -F: '$3 >= 1000 && $3 < 60000' /etc/passwd) ]]
