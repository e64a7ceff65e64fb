#!/bin/bash
# It becomes healthy, serves its page, knows what it does not have and stays inside its folder.
set -euo pipefail
# shellcheck source=dockerfiles/common/server-test.sh
. "$(dirname "${BASH_SOURCE[0]}")/server-test.sh"

start_server "$1"
page=$(fetch /)
[[ $page == *"<title>Files</title>"* ]]
for path in /no-such-page /../etc/passwd; do
    if fetch "$path" 2>/dev/null; then
        echo "$path is served and should not be" >&2
        exit 1
    fi
done
