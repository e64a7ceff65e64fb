#!/bin/bash
# Python has the version that the settings of the catalogue promise, with TLS and SQLite.
set -euo pipefail
engine=${DOCKER:-docker}
image=$1

inside() { "$engine" run --rm --network none "$image" "$@"; }

[[ $(inside python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])') == 3.11 ]]
inside python3 -c 'import ssl, sqlite3, json, xml.etree.ElementTree'
