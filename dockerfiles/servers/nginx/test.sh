#!/bin/bash
# It becomes healthy without root and with a read-only root file system, and serves its page.
set -euo pipefail
# shellcheck source=dockerfiles/common/server-test.sh
. "$(dirname "${BASH_SOURCE[0]}")/server-test.sh"

start_server "$1" --cap-drop ALL
[[ $(fetch /health) == well ]]
page=$(fetch /)
[[ $page == *"<title>Reports</title>"* ]]
if fetch /no-such-page 2>/dev/null; then
    echo "a page that is not there is served" >&2
    exit 1
fi
